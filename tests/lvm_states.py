# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts as module lvm_info describes them, in the states that tests begin with.

Made by hand after what lvm2 2.03.31 was seen to say in a virtual machine: seven disks of 128 MiB, /dev/disk1 to
/dev/disk7, which are /dev/vdb to /dev/vdh, and on the first five of them the group `data`.
"""

from __future__ import annotations

MIB = 1024 * 1024
EXTENT = 4 * MIB
DISKS = {"/dev/disk%d" % number: "/dev/vd" + "abcdefgh"[number] for number in range(1, 8)}
DATA = [DISKS["/dev/disk%d" % number] for number in range(1, 6)]


def volume(name, kind, size, number, **more):
    """One logical volume, in use and well."""
    return dict(
        {
            "vg": "data", "lv": name, "uuid": "uuid-" + name, "path": "/dev/data/" + name, "hidden": False,
            "size": size * MIB, "type": kind, "stripes": 1, "mirrors": 0, "stripesize": None, "active": True,
            "open": False, "health": "", "merging": False, "origin": None, "thinpool": None, "cachevol": None,
            "cachemode": None, "data_percent": None, "metadata_percent": None, "sync_percent": None,
            "sync_action": None, "mismatches": None, "monitored": None, "pvs": DATA[:1],
            "device": "/dev/dm-%d" % number, "mountpoints": [], "filesystem": None,
        },
        **more,
    )


def mount(entry, fstype, passno):
    path = "/mnt/" + entry["lv"]
    entry.update(mountpoints=[path], open=True)
    return {"src": entry["path"], "device": entry["device"], "path": path, "fstype": fstype, "opts": "defaults,nofail",
            "dump": "0", "passno": passno}


class State:
    """What lvm_info returns."""

    def __init__(self, name):
        self.signatures = {}
        self.free = dict.fromkeys(DATA, 15 * EXTENT)
        self.gone, self.members, self.volumes, self.fstab = [], [], {}, []
        self.orphans = []
        getattr(self, name)()

    # The states, each on top of another

    def blank(self):
        pass

    def foreign(self):
        self.signatures["/dev/vdh"] = ("ext4", "ext4 mine at byte 0x438")

    def orphan(self):
        self.orphans = ["/dev/vdb"]

    def group(self):
        self.members = list(DATA)
        self.free = dict.fromkeys(DATA, 31 * EXTENT)

    def bare(self):
        self.group()
        self.free = dict.fromkeys(DATA, 15 * EXTENT)
        raid = {"sync_percent": 100.0, "sync_action": "idle", "mismatches": 0, "monitored": True}
        for entry in (
            volume("plain", "linear", 12, 0),
            volume("wide", "striped", 24, 1, stripes=2, stripesize=64, pvs=DATA[:2]),
            volume("mail", "raid1", 16, 2, mirrors=1, pvs=DATA[:2], **raid),
            volume("five", "raid5", 24, 3, stripes=2, pvs=DATA[:3], **raid),
            volume("six", "raid6", 24, 4, stripes=3, pvs=DATA, **raid),
            volume("ten", "raid10", 24, 5, stripes=2, mirrors=1, pvs=DATA[:4], **raid),
        ):
            self.volumes[entry["lv"]] = entry

    def types(self):
        self.bare()
        for entry in self.volumes.values():
            entry["filesystem"] = {"fstype": "ext4", "size": entry["size"]}
        self.volumes["pool"] = volume("pool", "thin-pool", 96, 6, monitored=True, open=True, data_percent=67.12)
        self.volumes["www"] = volume("www", "thin", 320, 7, thinpool="pool", pvs=[])
        self.volumes["www"]["filesystem"] = {"fstype": "xfs", "size": 320 * MIB}
        for name, fstype, passno in (("plain", "ext4", "2"), ("mail", "ext4", "2"), ("www", "xfs", "0")):
            self.fstab.append(mount(self.volumes[name], fstype, passno))

    def half_grown(self):
        self.types()
        self.volumes["plain"]["size"] = 20 * MIB

    def full(self):
        self.types()
        self.free[DATA[0]] = 0

    def snapshots(self):
        self.types()
        self.volumes["mail-before"] = volume("mail-before", "snapshot", 8, 8, origin="mail", monitored=True)
        self.volumes["www-before"] = volume("www-before", "thin", 320, 9, origin="www", thinpool="pool", active=False,
                                            device=None)

    def cached(self):
        self.types()
        self.volumes["five"].update(cachevol="fast", cachemode="writethrough")
        self.volumes["fast_cvol"] = volume("fast_cvol", "linear", 12, 10, hidden=True, device=None, open=True)

    def uncached(self):
        self.types()
        self.volumes["fast"] = volume("fast", "linear", 12, 10, active=False, device=None)

    def unused(self):
        self.uncached()
        self.volumes["fast"].update(active=True, device="/dev/dm-10")

    def merge_waits(self):
        self.snapshots()
        self.volumes["mail"]["merging"] = True
        self.volumes["mail-before"].update(merging=True, hidden=True)

    def merge_closed(self):
        self.merge_waits()
        self.volumes["mail"].update(open=False, mountpoints=[])

    def mirrored(self):
        self.types()
        self.volumes["plain"].update(type="raid1", mirrors=1, sync_percent=100.0, monitored=True)

    def syncing(self):
        self.mirrored()
        self.volumes["plain"].update(sync_percent=43.5, sync_action="recover")

    def inactive(self):
        self.types()
        self.volumes["plain"].update(active=False, device=None, mountpoints=[], open=False, filesystem=None)

    def lost(self):
        self.types()
        del self.volumes["wide"]
        self.gone = ["/dev/vdc"]
        for name in ("mail", "five", "six", "ten"):
            self.volumes[name]["health"] = "partial"

    def lost_plain(self):
        self.lost()
        self.volumes["plain"]["health"] = "partial"

    def repaired(self):
        self.lost()
        self.members.append("/dev/vdg")
        for entry in self.volumes.values():
            entry["health"] = ""

    def whole(self):
        self.repaired()
        self.members.remove("/dev/vdc")

    def back(self):
        self.types()
        self.volumes["mail"]["health"] = "refresh needed"

    # As a module returns it

    def found(self, devices):
        volumes = list(self.volumes.values())
        return {
            "installed": True,
            "volume_groups": [
                {"vg": "data", "uuid": "uuid", "extent_size": EXTENT, "extents": 31 * len(self.members),
                 "free_extents": 0, "missing_pvs": len(set(self.gone) & set(self.members))}
            ] if self.members else [],
            "physical_volumes": [self.physical(device) for device in self.members + self.orphans],
            "logical_volumes": volumes,
            "activation": {"raid_fault_policy": "warn", "thin_pool_autoextend_threshold": 100},
            "activation_block": None,
            "fstab": self.fstab,
            "mounts": [line for line in self.fstab
                       if any(line["path"] in entry["mountpoints"] for entry in volumes)],
            "devices": {given: self.device(given) for given in devices},
        }

    def physical(self, device):
        gone, member = device in self.gone, device in self.members
        return {
            "pv": "[unknown]" if gone else next(given for given, path in DISKS.items() if path == device),
            "device": None if gone else device, "uuid": "uuid" + device, "vg": "data" if member else None,
            "size": 124 * MIB if member else 128 * MIB, "free": self.free.get(device, 31 * EXTENT),
            "device_size": 128 * MIB, "pe_start": MIB, "missing": gone, "in_use": member, "duplicate": False,
        }

    def device(self, given):
        path = DISKS.get(given, given)
        if path == "/dev/vda":
            return {"device": path, "size": 8192 * MIB, "use": "/dev/vda is in use: mounted at /.",
                    "signatures": ["ext4"], "holds": "ext4 at byte 0x438"}
        if path not in DISKS.values() or path in self.gone:
            return None
        types, holds = self.signatures.get(path, (None, ""))
        if path in self.members + self.orphans:
            types, holds = "LVM2_member", "LVM2_member at byte 0x218"
        return {"device": path, "size": 128 * MIB, "use": None, "signatures": [types] if types else [], "holds": holds}


def look(state, devices=()):
    """What module lvm_info returns in a state."""
    return State(state).found(devices)
