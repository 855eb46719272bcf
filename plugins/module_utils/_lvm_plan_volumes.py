# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One logical volume, from what it is to what is wanted: size, type, cache, file system, mount. No I/O.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _lvm_wanted as want

# Changes of type that LVM makes in one step, while the volume is in use: {(from, to): whether it costs redundancy}.
CONVERSIONS = {
    ("linear", "raid1"): False,
    ("raid1", "linear"): True,
    ("striped", "raid5"): False,
    ("striped", "raid6"): False,
    ("striped", "raid10"): False,
}
# mkfs leaves off what is too small to be of use at the end of a device.
SLACK = {"xfs": 16 * 1024 * 1024}
SLACK_OF_EXT = 4 * 1024 * 1024
LVOL, MKFS, MOUNT = "community.general.lvol", "community.general.filesystem", "ansible.posix.mount"


class Volume:
    """One entry of lvm_logical_volumes."""

    def __init__(self, world, entry):
        self.world, self.entry = world, entry
        self.vg, self.lv, self.kind = entry["vg"], entry["lv"], want.kind(entry)
        self.name, self.path = want.name(entry), want.path(entry)
        self.stays = entry.get("state", "present") == "present"
        self.found = world.volume(self.vg, self.lv)
        # As a cache it lives on under another name, hidden in the volume that it speeds up.
        self.is_cache = any(
            volume["vg"] == self.vg and volume["cachevol"] == self.lv for volume in world.found["logical_volumes"]
        )
        # What is not active cannot be looked into: the next look finds the rest.
        self.unseen = bool(self.found) and not self.found["active"]
        self.grows = False

    def rank(self):
        """A volume comes after those it stands on, and goes before them. One that goes need not tell its type."""
        if "origin" in self.entry or self.found and self.found["origin"]:
            return 2
        return 1 if "thin" in (self.kind, (self.found or {}).get("type")) else 0

    def refuse(self, text, *values):
        self.world.refuse("lvm_logical_volumes: %s" % self.name, text, *values)

    def lvol(self, shown, **args):
        self.world.add(LVOL, dict({"vg": self.vg, "lv": self.lv, "shrink": False}, **args), shown)

    # Going

    def leave(self):
        if self.stays or not self.found and not self.is_cache:
            return
        if self.is_cache:
            self.refuse('state is absent, and it is a cache; allowed is absent after cachevol is "" in its volume.')
            return
        if self.entry["state"] == "merged":
            self.merge()
            return
        if not self.world.may_lose(self.name):
            self.refuse("state is absent, which destroys what it holds; allowed is that when lvm_may_lose_data names "
                        "the volume.")
        dependents = [
            volume["lv"] for volume in self.world.of_group(self.vg)
            if self.lv in (volume["origin"], volume["thinpool"]) and not self.world.goes(self.vg, volume["lv"])
        ]
        if dependents:
            self.refuse("state is absent, and %s would go with it; allowed is that after they are absent.",
                        ", ".join(dependents))
        self.unmount()
        self.lvol("lvremove %s" % self.name, state="absent", force=True)

    def merge(self):
        origin = self.world.volume(self.vg, self.found["origin"])
        if not self.found["merging"]:
            self.unmount()
            self.world.command("lvconvert", "--merge", self.name)
        elif not origin["open"]:
            self.world.command("lvchange", "--refresh", "%s/%s" % (self.vg, origin["lv"]))

    def unmount(self):
        path = self.entry.get("mount", {}).get("path")
        others = [point for point in self.found["mountpoints"] if point != path]
        if others:
            self.refuse("state is %s, and it is in use at %s; allowed is to unmount it first.", self.entry["state"],
                        ", ".join(others))
        elif any(line["path"] == path and self.is_this(line) for line in self.world.found["fstab"]):
            self.world.add(MOUNT, {"path": path, "state": "absent"}, "umount %s, and out of fstab" % path)
        elif path in self.found["mountpoints"]:
            self.world.add(MOUNT, {"path": path, "state": "unmounted"}, "umount %s" % path)
        elif self.found["open"] and self.found["type"] != "thin-pool":
            self.refuse("state is %s, and something has it open; allowed is one that nothing uses.",
                        self.entry["state"])

    # Being there

    def make(self):
        if self.vg not in self.world.extent_size:
            self.refuse("vg is %s, which is no volume group of this host; allowed are those, and those of "
                        "lvm_volume_groups.", self.vg)
        elif self.found:
            self.change()
        elif not self.is_cache:
            self.create()

    def origin_is_thin(self):
        """Whether the origin of a snapshot is in a thin pool; None if there is no origin."""
        found = self.world.volume(self.vg, self.entry["origin"])
        entry = self.world.entry(self.vg, self.entry["origin"])
        if found:
            return found["type"] == "thin"
        if entry is None:
            return None
        return Volume(self.world, entry).origin_is_thin() if "origin" in entry else want.kind(entry) == "thin"

    def devices(self):
        """The devices it is to stand on, by the kernel's names; none for LVM's choice."""
        of_group = self.world.free[self.vg]
        for given in self.entry.get("pvs", []):
            if self.world.device(given) not in of_group:
                self.refuse("pvs names %s, which is not in %s; allowed are %s.", given, self.vg,
                            ", ".join(of_group) or "none")
        return [self.world.device(given) for given in self.entry.get("pvs", [])]

    def size(self, across):
        """The size in bytes, as LVM rounds it; None if it is a share of something."""
        size = want.bytes_of(self.entry.get("size"))
        extent_size = self.world.extent_size[self.vg]
        return want.extents(size, extent_size, across) * extent_size if size else None

    def take(self, size, mirrors):
        """Refuses what the group has no room for. LVM needs some extents more for itself, which are not counted."""
        found, count = self.found, size // self.world.extent_size[self.vg]
        across, before = (found["stripes"], found["size"] // self.world.extent_size[self.vg]) if found else (
            want.stripes(self.entry), 0)
        needed = want.extents_used(self.kind, across, mirrors, count)
        if found:
            needed -= want.extents_used(found["type"], across, found["mirrors"], before)
        free = self.world.free[self.vg]
        if None in free.values() or not needed:
            return
        self.world.taken[self.vg] += needed
        # Each part goes to a device of its own, so that none is of use for more than one.
        part = (count - before or count) // across
        devices = self.devices() or free
        usable = sum(min(free.get(device, 0), part) if needed > part else free.get(device, 0) for device in devices)
        fits = min(usable, sum(free.values()) - self.world.taken[self.vg] + needed)
        if needed > fits:
            self.refuse("it takes %d extents more of %s, and finds room for %d; allowed is what fits.", needed, self.vg,
                        max(fits, 0))

    def create(self):
        entry, kind = self.entry, self.kind
        args, opts = {}, []
        if kind == "snapshot":
            thin = self.origin_is_thin()
            if thin is None:
                self.refuse("origin is %s, which is no volume of %s; allowed is one that is.", entry["origin"], self.vg)
                return
            if thin == ("size" in entry):
                self.refuse("size is %s, and the origin is %s; allowed is none with a thin origin, and one otherwise.",
                            entry.get("size", "missing"), "thin" if thin else "not thin")
            args = {"lv": entry["origin"], "snapshot": self.lv}
            # LVM leaves thin snapshots inactive, unless it is told that they are for use.
            opts = ["--setactivationskip", "n"] if thin and "mount" in entry else []
        elif kind == "thin":
            pool = self.world.volume(self.vg, entry["thinpool"])
            if pool["type"] != "thin-pool" if pool else not self.world.entry(self.vg, entry["thinpool"]):
                self.refuse("thinpool is %s, which is no thin pool of %s; allowed is one that is.", entry["thinpool"],
                            self.vg)
            args = {"thinpool": entry["thinpool"]}
        else:
            devices = self.devices()
            if len(self.world.free[self.vg]) < want.devices_needed(entry):
                self.refuse("type %s needs %d devices, and %s has %s; allowed is that many or more.", kind,
                            want.devices_needed(entry), self.vg, ", ".join(self.world.free[self.vg]) or "none")
            opts = self.shape()
            args = {"pvs": devices} if devices else {}
        size = self.size(want.stripes(entry))
        if size:
            self.take(size, want.mirrors(entry))
            args["size"] = "%sb" % size
        elif "size" in entry:
            args["size"] = entry["size"]
        given = " ".join(opts + [entry["opts"]] if entry.get("opts") else opts)
        if given:
            args["opts"] = given
        words = ["lvcreate", self.name, given, "from %s" % (entry.get("origin") or entry.get("thinpool"))
                 if kind in ("snapshot", "thin") else "", "size %s" % entry["size"] if "size" in entry else ""]
        self.lvol(" ".join(word for word in words if word), **args)

    def shape(self):
        """The options of lvcreate that make the type."""
        entry, words = self.entry, []
        if self.kind != "linear":
            words += ["--type", self.kind]
        if self.kind in want.STRIPES:
            words += ["--stripes", str(want.stripes(entry))]
        if self.kind in ("raid1", "raid10"):
            words += ["--mirrors", str(want.mirrors(entry))]
        for key in ("stripesize", "regionsize", "poolmetadatasize", "chunksize"):
            if key in entry:
                words += ["--" + key, str(entry[key])]
        return words

    def change(self):
        entry, found = self.entry, self.found
        if not self.same_type():
            return
        if self.kind == "snapshot" and found["merging"]:
            return
        if self.unseen and (self.kind != "snapshot" or "mount" in entry):
            self.world.command("lvchange", "--activate", "y", "--ignoreactivationskip", self.name)
        if self.unseen:
            return
        if "refresh needed" in found["health"]:
            self.world.command("lvchange", "--refresh", self.name)
        self.convert()
        self.resize()
        if found["monitored"] is False:
            self.world.command("lvchange", "--monitor", "y", self.name)

    def same_type(self):
        """Whether a volume is what it is to be, or can become that."""
        found, entry = self.found, self.entry
        if self.kind == "snapshot":
            if found["origin"] == entry["origin"]:
                return True
            self.refuse("it is there, and is %s; allowed is another name for a snapshot of %s.",
                        "a snapshot of %s" % found["origin"] if found["origin"] else "no snapshot", entry["origin"])
            return False
        if self.kind == "thin" and found["type"] == "thin" and found["thinpool"] != entry["thinpool"]:
            self.refuse("thinpool is %s, and the volume is in %s; allowed is to leave it.", entry["thinpool"],
                        found["thinpool"])
            return False
        change = (found["type"], self.kind)
        if change[0] != change[1] and change not in CONVERSIONS:
            possible = [to for start, to in CONVERSIONS if start == found["type"]]
            self.refuse("type is %s, and the volume has type %s; allowed is to leave it%s.", self.kind, found["type"],
                        "".join(", or " + to for to in possible))
            return False
        if self.kind in want.STRIPES and found["stripes"] < want.STRIPES[self.kind]:
            self.refuse("type is %s, and the volume has %d stripes; allowed is that from %d on.", self.kind,
                        found["stripes"], want.STRIPES[self.kind])
            return False
        if "stripes" in entry and found["stripes"] != entry["stripes"]:
            self.refuse("stripes is %d, and the volume has %d; allowed is to leave them.", entry["stripes"],
                        found["stripes"])
            return False
        return True

    # Type

    def convert(self):
        entry, found = self.entry, self.found
        change = (found["type"], self.kind)
        fewer = "mirrors" in entry and want.mirrors(entry) < found["mirrors"]
        more = "mirrors" in entry and want.mirrors(entry) > found["mirrors"]
        if change[0] == change[1] and not fewer and not more:
            return
        if change == ("raid10", "raid10"):
            self.refuse("mirrors is %d, and the volume has %d; allowed is to leave them.", want.mirrors(entry),
                        found["mirrors"])
            return
        if CONVERSIONS.get(change, fewer) and not self.world.may_lose(self.name):
            self.refuse(
                "type is %s with %d mirrors, and the volume is %s with %d: that costs redundancy; allowed is that when "
                "lvm_may_lose_data names the volume.", self.kind, want.mirrors(entry), found["type"], found["mirrors"],
            )
        self.refuse_now("changes its type")
        self.refuse_full(change)
        self.take(found["size"], want.mirrors(entry))
        words = ["lvconvert", "--yes", "--type", self.kind]
        if self.kind == "raid1":
            words += ["--mirrors", str(want.mirrors(entry))]
            if "regionsize" in entry and change[0] == "linear":
                words += ["--regionsize", str(entry["regionsize"])]
        # With devices named, LVM would take away the copies on these.
        self.world.command(*words, self.name, *([] if fewer or self.kind == "linear" else self.devices()))

    def refuse_full(self, change):
        """RAID keeps records beside the data, on the same device. LVM puts them elsewhere if it must, and then the loss
        of one device is that of two stripes."""
        full = [device for device in self.found["pvs"] if not self.world.free[self.vg].get(device)]
        if change[0] == "striped" and full or change[0] == "linear" and len(full) == len(self.found["pvs"]):
            self.refuse("type is %s, which needs a free extent on %s; allowed is that when there is one (pvmove makes "
                        "room).", self.kind, ", ".join(full))

    def refuse_now(self, what):
        """What LVM cannot do to a volume in this state."""
        found = self.found
        if found["cachevol"]:
            self.refuse('%s while it has the cache %s; allowed is cachevol "" first.', what, found["cachevol"])
        if found["sync_percent"] not in (None, 100.0):
            self.refuse("%s while its copies are in sync to %s %%; allowed is that when they are (lvs -o "
                        "sync_percent).", what, found["sync_percent"])
        if self.snapshots():
            self.refuse("%s while it has snapshots (%s); allowed is that after they are absent or merged.", what,
                        ", ".join(self.snapshots()))

    def snapshots(self):
        """Its snapshots that have a store of their own, and that do not go."""
        return [volume["lv"] for volume in self.world.of_group(self.vg)
                if volume["origin"] == self.lv and volume["type"] == "snapshot"
                and not self.world.goes(self.vg, volume["lv"])]

    # Size

    def resize(self):
        found, size = self.found, self.size(self.found["stripes"])
        if not size or size == found["size"]:
            return
        fstype = (found["filesystem"] or {}).get("fstype")
        if size > found["size"]:
            self.extend(size, fstype)
        # A pool or snapshot that has been extended as it filled up stays as large as it is.
        elif self.kind not in ("thin-pool", "snapshot"):
            self.shrink(size, fstype)

    def extend(self, size, fstype):
        found = self.found
        if self.kind == "snapshot" and found["type"] == "snapshot":
            origin = self.world.volume(self.vg, found["origin"])
            if found["size"] >= origin["size"]:
                return  # it can hold all of its origin: LVM makes none larger
        elif self.snapshots():
            self.refuse_now("grows")
        self.take(size, found["mirrors"])
        self.grows = True
        args = {"size": "%db" % size, "resizefs": fstype in want.FILESYSTEMS and self.kind != "snapshot"}
        devices = self.devices() if "pvs" in self.entry else []
        if devices:
            args["pvs"] = devices
        with_it = ", with its %s" % fstype if args["resizefs"] else ""
        self.lvol("lvextend %s to %s%s" % (self.name, self.entry["size"], with_it), **args)

    def shrink(self, size, fstype):
        found = self.found
        if not self.world.may_lose(self.name):
            self.refuse(
                "size is %s (%d bytes), and the volume has %d: a shrink; allowed is that when lvm_may_lose_data names "
                "the volume.", self.entry["size"], size, found["size"],
            )
        if fstype == "xfs":
            self.refuse("size is %s, less than the volume has, and xfs cannot shrink; allowed is a larger size.",
                        self.entry["size"])
        if found["mountpoints"]:
            self.refuse("size is %s, less than the volume has, and it is mounted at %s; allowed is that when it is "
                        "not.", self.entry["size"], ", ".join(found["mountpoints"]))
        self.refuse_now("shrinks")
        self.grows = True
        self.lvol("lvreduce %s to %s" % (self.name, self.entry["size"]), size="%db" % size, shrink=True, force=True,
                  resizefs=fstype in want.FILESYSTEMS)

    # Cache

    def attach(self):
        wanted = self.entry.get("cachevol")
        if wanted is None or self.unseen:
            return
        found = self.found or {"cachevol": None, "cachemode": None, "merging": False}
        mode = ["--cachemode", self.entry["cachemode"]] if "cachemode" in self.entry else []
        if found["cachevol"] == wanted:
            if mode and found["cachemode"] != self.entry["cachemode"]:
                self.world.command("lvchange", *mode, self.name)
        elif found["cachevol"]:
            if wanted:
                self.refuse('cachevol is %s, and the volume has %s; allowed is "" first.', wanted, found["cachevol"])
            else:
                self.world.command("lvconvert", "--yes", "--splitcache", self.name)
        elif wanted:
            cache, entry = self.world.volume(self.vg, wanted), self.world.entry(self.vg, wanted)
            if not cache and not entry:
                self.refuse("cachevol is %s, which is no volume of %s; allowed is one that is.", wanted, self.vg)
            elif cache and not cache["active"]:
                return  # it can be looked into when it is
            elif cache and cache["filesystem"] and not self.world.may_lose("%s/%s" % (self.vg, wanted)):
                self.refuse("cachevol is %s, which holds %s; allowed is a blank one, or one that lvm_may_lose_data "
                            "names.", wanted, cache["filesystem"]["fstype"])
            self.world.command("lvconvert", "--yes", "--type", "cache", "--cachevol", wanted, *mode, self.name)

    # What is on it

    def fstype(self):
        """The type of the file system that it has or is to have, None if nobody knows."""
        if "filesystem" in self.entry:
            return self.entry["filesystem"]["fstype"]
        if self.found and self.found["filesystem"]:
            return self.found["filesystem"]["fstype"]
        # That of a snapshot is its origin's.
        entry = self.world.entry(self.vg, self.entry.get("origin"))
        if entry:
            return Volume(self.world, entry).fstype()
        origin = self.world.volume(self.vg, self.entry.get("origin"))
        return origin["filesystem"]["fstype"] if origin and origin["filesystem"] else None

    def format(self):
        if "filesystem" not in self.entry or self.unseen:
            return
        wanted, there = self.entry["filesystem"], (self.found or {}).get("filesystem")
        if there is None:
            args = {"dev": self.path, "fstype": wanted["fstype"]}
            if wanted.get("opts"):
                args["opts"] = wanted["opts"]
            self.world.add(MKFS, args, "mkfs.%s %s" % (wanted["fstype"], self.path))
        elif there["fstype"] != wanted["fstype"]:
            self.refuse("filesystem: fstype is %s, and the volume holds %s; allowed is to leave it.", wanted["fstype"],
                        there["fstype"])
        elif not self.grows and there["size"] + SLACK.get(there["fstype"], SLACK_OF_EXT) < self.found["size"]:
            # What an interrupted run has left; fsadm also checks what is not mounted.
            self.world.command("fsadm", "--yes", "resize", self.path)

    def mount(self):
        if "mount" not in self.entry or self.unseen:
            return
        fstype = self.fstype()
        if fstype is None:
            self.refuse("mount is given, and its origin has no file system; allowed is mount where there is one.")
            return
        line = want.fstab_line(self.entry, fstype)
        mounted = [entry for entry in self.world.found["mounts"] if entry["path"] == line["path"]]
        written = [entry for entry in self.world.found["fstab"] if entry["path"] == line["path"]]
        for entry, place in [(entry, "mounted there") for entry in mounted[-1:]] + [
            (entry, "in /etc/fstab") for entry in written
        ]:
            if not self.is_this(entry):
                self.refuse("mount: path is %s, and %s is %s; allowed is a path that nothing else has.", line["path"],
                            entry["src"], place)
                return
        if not mounted or not any(all(entry[key] == line[key] for key in line) for entry in written):
            args = dict(line)
            self.world.add(MOUNT, dict(args, state="mounted"), "mount %s at %s" % (self.path, line["path"]))

    def is_this(self, line):
        """Whether a line of fstab, or a mount, is about this volume."""
        device = (self.found or {}).get("device")
        return line["src"] == self.path or device is not None and line["device"] == device

    # What it looks like

    def shown(self, after):
        found, entry = self.found, self.entry
        if self.is_cache and not found:
            return "cache"
        if not after and not found or after and not self.stays:
            return None
        values = {
            "type": found["type"] if found else None,
            "stripes": found["stripes"] if found else None,
            "mirrors": found["mirrors"] if found else None,
            "size": found["size"] if found else None,
            "cachevol": found["cachevol"] if found else None,
            "filesystem": (found["filesystem"] or {}).get("fstype") if found else None,
            "mounted at": ", ".join(found["mountpoints"]) if found else None,
        }
        if after:
            self.over(values)
        if values["stripes"] == 1:
            del values["stripes"]
        return ", ".join("%s %s" % item for item in values.items() if item[1])

    def over(self, values):
        """Puts what is wanted over what is there."""
        entry = self.entry
        if self.kind != "snapshot" or not self.found:
            values.update(type=self.kind)
        if not self.found or "stripes" in entry:
            values.update(stripes=want.stripes(entry))
        if not self.found or "mirrors" in entry or self.found["type"] != self.kind:
            values.update(mirrors=want.mirrors(entry))
        size = self.size(self.found["stripes"] if self.found else want.stripes(entry))
        if size and not (self.found and self.kind in ("thin-pool", "snapshot") and size < self.found["size"]):
            values.update(size=size)
        elif not self.found:
            values.update(size=entry.get("size"))
        values["cachevol"] = entry.get("cachevol", values["cachevol"])
        if "filesystem" in entry:
            values["filesystem"] = entry["filesystem"]["fstype"]
        if "mount" in entry:
            values["mounted at"] = entry["mount"]["path"]
