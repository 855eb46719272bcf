# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks this host about its block devices and md arrays, and runs mdadm.

Private to this collection.
"""

from __future__ import annotations

import os

from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_read as read
from ansible_collections.halab.cluster.plugins.module_utils._block_host import BlockHost

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
    "consistency_policy",
)
MEMBER_ATTRIBUTES = ("state", "slot", "offset", "new_offset")
# A node where nothing was ever assembled has none of these yet.
NO_MD = ""


class Host(BlockHost):
    """The block devices and arrays of this host."""

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

    def read_superblock(self, device, start):
        """The bytes of a superblock of version 1; fewer, or none, where there are none to be read."""
        try:
            with open(device, "rb", buffering=0) as handle:
                handle.seek(start)
                return handle.read(read.SUPERBLOCK_BYTES)
        except OSError:
            return b""

    def examine(self, device, size):
        """What a device says of the array that it belongs to, None if that cannot be read."""
        # Return code 1: no superblock that mdadm can read, such as one that is damaged.
        rc, out, err = self.run(["mdadm", "--examine", "--export", device])
        found = None if rc else read.parse_examine(out)
        if found:
            superblock = self.read_superblock(device, read.superblock_start(found["metadata"], size))
            found["ppl_room"] = read.ppl_room(superblock)
        return found

    def look(self, devices):
        """What _mdadm_plan has to know; devices are those that the task names."""
        host = {"arrays": self.arrays(), "blocks": self.blocks(), "examine": {}}
        there = [device for device in devices if device in host["blocks"]]
        host["signatures"] = self.signatures(there)
        for device in there:
            if any(signature["type"] == "linux_raid_member" for signature in host["signatures"].get(device, [])):
                host["examine"][device] = self.examine(device, host["blocks"][device]["size"])
        host["held"] = self.held(there, host["blocks"])
        return host
