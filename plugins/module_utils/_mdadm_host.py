# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks this host about its block devices and md arrays, and runs mdadm.

Private to this collection.
"""

from __future__ import annotations

import errno
import json
import os

from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_read as read

LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}
LSBLK = ["lsblk", "--json", "--bytes", "--output", "NAME,KNAME,PATH,TYPE,SIZE,MOUNTPOINTS,FSTYPE,LABEL"]
WIPEFS = ["wipefs", "--json", "--output", "DEVICE,TYPE,LABEL,UUID,OFFSET"]
MDSTAT = "/proc/mdstat"
ATTRIBUTES = (
    "array_state",
    "level",
    "raid_disks",
    "layout",
    "chunk_size",
    "component_size",
    "metadata_version",
    "degraded",
    "sync_action",
    "reshape_position",
    "bitmap/location",
)
MEMBER_ATTRIBUTES = ("state", "slot", "offset", "new_offset")
# A node where nothing was ever assembled has none of these yet.
NO_MD = ""


class Host:
    """The block devices and arrays of this host."""

    def __init__(self, module):
        self.module = module

    def run(self, argv):
        return self.module.run_command(argv, environ_update=LOCALE)

    def must(self, argv, advice):
        """The output of a command that has to succeed."""
        rc, out, err = self.run(argv)
        if rc:
            self.fail(argv, rc, out, err, advice)
        return out

    def fail(self, argv, rc, out, err, advice, **more):
        said = err.strip() or out.strip() or "nothing"
        self.module.fail_json(
            msg="%s failed with rc %s: %s. %s" % (" ".join(argv), rc, said.rstrip("."), advice), rc=rc, **more
        )

    # Reading

    def read_mdstat(self):
        if not os.path.exists(MDSTAT):
            return NO_MD
        with open(MDSTAT, encoding="ascii", errors="replace") as handle:
            return handle.read()

    def read_attributes(self, name):
        """{path: value} of what is of interest in /sys/block/NAME/md. Levels differ in what they have."""
        top = "/sys/block/%s/md" % name
        wanted = list(ATTRIBUTES)
        if os.path.isdir(top):
            wanted += [
                "%s/%s" % (member, attribute)
                for member in sorted(os.listdir(top))
                if member.startswith("dev-")
                for attribute in MEMBER_ATTRIBUTES
            ]
        values = {}
        for path in wanted:
            try:
                with open(os.path.join(top, path), encoding="ascii", errors="replace") as handle:
                    values[path] = handle.read().strip()
            except OSError:
                continue  # a member that leaves at this moment, or an attribute of another level
        return values

    def is_there(self, name):
        return os.path.exists("/sys/block/%s/md" % name)

    def is_held(self, device):
        """Whether something holds a device for itself alone, as mounting does and a member of an array is."""
        try:
            os.close(os.open(device, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC))
        except OSError as error:
            return error.errno == errno.EBUSY
        return False

    def arrays(self):
        """All assembled arrays."""
        found = []
        for name, mdstat in sorted(read.parse_mdstat(self.read_mdstat()).items()):
            device = "/dev/" + name
            argv = ["mdadm", "--detail", "--export", device]
            rc, out, err = self.run(argv)
            if rc and not self.is_there(name):
                continue  # stopped since
            if rc:
                self.fail(argv, rc, out, err, "/proc/mdstat has this array; look at the kernel's log (dmesg).")
            found.append(read.array(device, mdstat, read.parse_detail(out), self.read_attributes(name)))
        return found

    def blocks(self):
        return read.parse_block_devices(json.loads(self.must(LSBLK, "util-linux 2.37 or later is needed.")))

    def look(self, devices):
        """What _mdadm_plan has to know; devices are those that the task names."""
        host = {"arrays": self.arrays(), "blocks": self.blocks(), "signatures": {}, "examine": {}, "held": set()}
        there = [device for device in devices if device in host["blocks"]]
        if there:
            out = self.must(WIPEFS + there, "These devices could not be read.")
            host["signatures"] = read.parse_signatures(json.loads(out or "{}"), there)
        for device in there:
            if any(signature["type"] == "linux_raid_member" for signature in host["signatures"].get(device, [])):
                argv = ["mdadm", "--examine", "--export", device]
                # Return code 1: no superblock that mdadm can read, such as one that is damaged.
                rc, out, err = self.run(argv)
                host["examine"][device] = None if rc else read.parse_examine(out)
            block = host["blocks"][device]
            if not block["children"] and not block["mountpoints"] and self.is_held(device):
                host["held"].add(device)
        return host


def kernel_path(device):
    """/dev/disk/by-id/... as /dev/vda."""
    return os.path.realpath(device)
