# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks this host about its block devices.

Private to this collection.
"""

from __future__ import annotations

import errno
import json
import os

from ansible_collections.halab.cluster.plugins.module_utils import _block_devices
from ansible_collections.halab.cluster.plugins.module_utils._command import CommandHost

LSBLK = ["lsblk", "--json", "--bytes", "--output", "NAME,KNAME,PATH,TYPE,SIZE,MOUNTPOINTS,FSTYPE,LABEL"]
WIPEFS = ["wipefs", "--json", "--output", "DEVICE,TYPE,LABEL,UUID,OFFSET"]


def kernel_path(device):
    """/dev/disk/by-id/... as /dev/vda."""
    return os.path.realpath(device)


class BlockHost(CommandHost):
    """The block devices of this host."""

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
