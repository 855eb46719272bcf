# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks this host about LVM, and about what stands below and above it.

Private to this collection.
"""

from __future__ import annotations

import json
import os
import shutil

from ansible_collections.halab.cluster.plugins.module_utils import _block_devices
from ansible_collections.halab.cluster.plugins.module_utils import _lvm_read as read
from ansible_collections.halab.cluster.plugins.module_utils._block_host import BlockHost, kernel_path

LOCAL_CONF = "/etc/lvm/lvmlocal.conf"
SETTINGS = (
    "raid_fault_policy",
    "snapshot_autoextend_percent",
    "snapshot_autoextend_threshold",
    "thin_pool_autoextend_percent",
    "thin_pool_autoextend_threshold",
)
LVMCONFIG = ["lvmconfig", "--typeconfig", "full"] + ["activation/" + name for name in SETTINGS]
# How to ask a file system for its size, and how to understand the answer. xfs_info knows a mounted one by its place.
SIZES = {
    "ext2": (["tune2fs", "-l"], read.ext_size),
    "ext3": (["tune2fs", "-l"], read.ext_size),
    "ext4": (["tune2fs", "-l"], read.ext_size),
    "xfs": (["xfs_info"], read.xfs_size),
}


class Host(BlockHost):
    """The volumes of this host."""

    def read_file(self, path):
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="surrogateescape") as handle:
            return handle.read()

    def resolved(self, path):
        """Where a path leads to."""
        return kernel_path(path)

    def is_installed(self):
        return shutil.which("lvm", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None

    def report(self, argv):
        return json.loads(self.must(argv, "lvm2 2.03 or later is needed."))

    def source(self, text):
        """The device that the first field of a line in fstab means."""
        kind, equals, value = text.partition("=")
        folder = {"UUID": "by-uuid", "LABEL": "by-label", "PARTUUID": "by-partuuid", "PARTLABEL": "by-partlabel"}
        if equals and kind in folder:
            return self.resolved("/dev/disk/%s/%s" % (folder[kind], value.strip('"')))
        return self.resolved(text) if text.startswith("/") else text

    def mounts(self, path):
        lines = read.fstab(self.read_file(path))
        return [dict(line, device=self.source(line["src"])) for line in lines]

    def filesystem(self, signatures, device, mountpoints):
        """What is on a volume: {fstype, size}, None for nothing. The size is None where nobody was asked for it."""
        types = sorted({signature["type"] for signature in signatures})
        if not types:
            return None
        fstype = "+".join(types)
        if fstype not in SIZES:
            return {"fstype": fstype, "size": None}
        argv, understood = SIZES[fstype]
        mounted = [point for point in mountpoints if point.startswith("/")]
        out = self.must(argv + [mounted[0] if mounted and fstype == "xfs" else device], "Is it damaged?")
        return {"fstype": fstype, "size": understood(out)}

    def look(self, devices):
        """All that _lvm_plan has to know; devices are those that the task names."""
        blocks = self.blocks()
        found = {
            "installed": self.is_installed(),
            "volume_groups": [],
            "physical_volumes": [],
            "logical_volumes": [],
            "activation": {},
            "activation_block": read.block(self.read_file(LOCAL_CONF)),
            "fstab": self.mounts("/etc/fstab"),
            "mounts": self.mounts("/proc/self/mounts"),
        }
        if found["installed"]:
            found["physical_volumes"] = read.physical_volumes(self.report(read.PVS))
            found["volume_groups"] = read.volume_groups(self.report(read.VGS))
            found["logical_volumes"] = read.logical_volumes(self.report(read.LVS))
            found["activation"] = read.settings(self.must(LVMCONFIG, "lvm2 2.03 or later is needed."))
        for volume in found["physical_volumes"]:
            # What is gone has no path, only something in brackets.
            volume["device"] = self.resolved(volume["pv"]) if volume["pv"].startswith("/") else None
        self.look_at_volumes(found["logical_volumes"], blocks)
        found["devices"] = self.look_at_devices(devices, blocks)
        return found

    def look_at_volumes(self, volumes, blocks):
        """Adds the kernel's device, where it is mounted, and the file system."""
        there = {}
        for volume in volumes:
            device = self.resolved(volume["path"])
            volume.update(device=None, mountpoints=[], filesystem=None)
            volume["pvs"] = sorted(self.resolved(name) if name.startswith("/") else name for name in volume["pvs"])
            if volume["active"] and not volume["hidden"] and device in blocks:
                volume.update(device=device, mountpoints=blocks[device]["mountpoints"])
                if volume["type"] != "thin-pool":
                    there[device] = volume
        signatures = self.signatures(sorted(there))
        for device, volume in there.items():
            volume["filesystem"] = self.filesystem(signatures.get(device, []), device, volume["mountpoints"])

    def look_at_devices(self, devices, blocks):
        """{device as it was named: what is known about it}; None for what is no block device."""
        paths = {device: self.resolved(device) for device in devices}
        there = sorted({path for path in paths.values() if path in blocks})
        signatures, held = self.signatures(there), self.held(there, blocks)
        return {
            device: {
                "device": path,
                "size": blocks[path]["size"],
                "use": _block_devices.use(path, blocks, held),
                "signatures": sorted({signature["type"] for signature in signatures.get(path, [])}),
                "holds": _block_devices.described(signatures.get(path, [])),
            }
            if path in blocks
            else None
            for device, path in paths.items()
        }
