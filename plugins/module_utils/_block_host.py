# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks this host about its block devices, and runs commands on it.

Private to this collection.
"""

from __future__ import annotations

import errno
import json
import os

from ansible_collections.halab.cluster.plugins.module_utils import _block_devices

LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}
LSBLK = ["lsblk", "--json", "--bytes", "--output", "NAME,KNAME,PATH,TYPE,SIZE,MOUNTPOINTS,FSTYPE,LABEL"]
WIPEFS = ["wipefs", "--json", "--output", "DEVICE,TYPE,LABEL,UUID,OFFSET"]


def kernel_path(device):
    """/dev/disk/by-id/... as /dev/vda."""
    return os.path.realpath(device)


class BlockHost:
    """The block devices of this host."""

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

    def blocks(self):
        return _block_devices.parse_block_devices(
            json.loads(self.must(LSBLK, "util-linux 2.37 or later is needed."))
        )

    def signatures(self, devices):
        """{device: its signatures} of devices that are there."""
        if not devices:
            return {}
        out = self.must(WIPEFS + devices, "These devices could not be read.")
        return _block_devices.parse_signatures(json.loads(out or "{}"), devices)

    def is_held(self, device):
        """Whether something holds a device for itself alone, as mounting does and a member of an array is."""
        try:
            os.close(os.open(device, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC))
        except OSError as error:
            return error.errno == errno.EBUSY
        return False

    def held(self, devices, blocks):
        """Those of these devices that are held, and nothing that is known tells by what."""
        return {
            device
            for device in devices
            if not blocks[device]["children"] and not blocks[device]["mountpoints"] and self.is_held(device)
        }
