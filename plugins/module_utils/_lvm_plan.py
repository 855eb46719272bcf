# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which modules and commands bring a host's volumes to what is wanted, or why none will be run. No I/O.

What is wanted are the four variables of role lvm, by their names. What is there comes from _lvm_host.Host.look().
A step is a module with its arguments: community.general's where it does what is needed, else one of LVM's commands.
Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _lvm_wanted as want
from ansible_collections.halab.cluster.plugins.module_utils._lvm_plan_volumes import Volume
from ansible_collections.halab.cluster.plugins.module_utils._problems_lvm import lvm_problems

LOCAL_CONF = "/etc/lvm/lvmlocal.conf"
MARKER = "# {mark} halab.cluster.lvm"
EXTENT_SIZE = 4 * 1024 * 1024
# What LVM keeps at the start of a device, unless it is told otherwise.
PE_START = 1024 * 1024


class World:
    """What is wanted and what is there; the steps from one to the other, and the sentences that forbid them."""

    def __init__(self, wanted, found, check):
        self.wanted, self.found, self.check = wanted, found, check
        self.steps, self.sentences = [], []
        self.groups = {entry["vg"]: entry for entry in wanted["lvm_volume_groups"]}
        self.volumes = wanted["lvm_logical_volumes"]
        self.losable = wanted["lvm_may_lose_data"]
        # What the volumes of a group will find: {device: free extents}, None where nobody knows. Which of them a volume
        # takes is LVM's business, so that is counted for the group.
        self.extent_size, self.free, self.taken = {}, {}, {}

    def add(self, module, args, shown):
        self.steps.append({"module": module, "args": args, "shown": shown})

    def command(self, *argv):
        self.add("ansible.builtin.command", {"argv": ["env", "LC_ALL=C", *argv]}, " ".join(argv))

    def refuse(self, variable, text, *values):
        sentence = "%s: %s" % (variable, text % values)
        if sentence not in self.sentences:
            self.sentences.append(sentence)

    def group(self, name):
        return next((group for group in self.found["volume_groups"] if group["vg"] == name), None)

    def volume(self, vg, name):
        return next(
            (volume for volume in self.found["logical_volumes"] if (volume["vg"], volume["lv"]) == (vg, name)), None
        )

    def of_group(self, vg):
        """The volumes of a group that are to be seen."""
        return [volume for volume in self.found["logical_volumes"] if volume["vg"] == vg and not volume["hidden"]]

    def entry(self, vg, name):
        return next((entry for entry in self.volumes if (entry["vg"], entry["lv"]) == (vg, name)), None)

    def goes(self, vg, name):
        """Whether a volume is to be absent."""
        entry = self.entry(vg, name)
        return entry is not None and entry.get("state") == "absent"

    def device(self, given):
        """The kernel's name of a device, or the given one where it is not there yet."""
        known = self.found["devices"].get(given)
        return known["device"] if known else given

    def known(self, path):
        """What is known about a device by its kernel's name."""
        return next((known for known in self.found["devices"].values() if known and known["device"] == path), None)

    def members(self, vg):
        """The devices of a group that are there, by their kernel's names."""
        return {
            volume["device"]: volume for volume in self.found["physical_volumes"]
            if volume["vg"] == vg and volume["device"] and not volume["missing"]
        }

    def room(self, vg, extent_size):
        """Notes what is free in a group now."""
        self.extent_size[vg], self.taken[vg] = extent_size, 0
        self.free[vg] = {path: volume["free"] // extent_size for path, volume in self.members(vg).items()}

    def may_lose(self, name):
        """Whether somebody agreed to lose what a device or volume holds."""
        return name in self.losable or name in [self.device(given) for given in self.losable]


class Group:
    """One volume group and its devices."""

    def __init__(self, world, entry):
        self.world, self.entry, self.name = world, entry, entry["vg"]
        self.place = "lvm_volume_groups: %s" % self.name
        self.found = world.group(self.name)
        self.members = world.members(self.name)
        self.given = entry.get("pvs", [])
        self.incoming, self.returned = [], []

    def refuse(self, text, *values):
        self.world.refuse(self.place, text, *values)

    def plan(self):
        self.look_at_devices()
        extent_size = want.bytes_of(self.entry.get("pesize", 0)) or EXTENT_SIZE
        if self.found:
            self.compare(extent_size)
            extent_size = self.found["extent_size"]
        self.count(extent_size)
        self.wipe()
        self.make()

    def look_at_devices(self):
        paths = {}
        for given in self.given:
            known = self.world.found["devices"][given]
            if known is None:
                # In check mode it may be a device that an earlier task would have made.
                if self.world.check:
                    self.incoming.append(given)
                else:
                    self.refuse("pvs names %s; allowed are block devices of this host.", given)
                continue
            path = known["device"]
            if path in paths:
                self.refuse("pvs names %s and %s, both %s; allowed is a device once.", paths[path], given, path)
            paths[path] = given
            if path not in self.members:
                self.incoming.append(path)
                self.look_at_device(given, known)

    def look_at_device(self, given, known):
        """Whether a device can become one of the group's."""
        path = known["device"]
        shown = given if given == path else "%s (%s)" % (given, path)
        volume = next((volume for volume in self.world.found["physical_volumes"] if volume["device"] == path), None)
        if volume and volume["vg"] == self.name:
            self.incoming.remove(path)
            self.returned.append(path)
        elif volume and volume["vg"]:
            self.refuse("pvs names %s, which is one of %s; allowed is a device of no group.", shown, volume["vg"])
        elif known["use"]:
            self.refuse("pvs names %s. %s Allowed is a device that is not in use.", shown, known["use"])
        # What pvcreate has left is no data, unless LVM itself says that a group has been using it.
        elif (set(known["signatures"]) - ({"LVM2_member"} if volume and not volume["in_use"] else set())
              and not self.world.may_lose(path)):
            self.refuse(
                "pvs names %s, which holds %s; allowed is a blank device, or one that lvm_may_lose_data names.",
                shown, known["holds"],
            )

    def compare(self, extent_size):
        """A group that is there with what cannot be changed about it."""
        if not set(self.given_paths()) & set(self.members):
            self.refuse(
                "pvs names %s, and the group is there with others: %s; allowed is to name one of these, or another vg.",
                ", ".join(self.given), ", ".join(sorted(self.members)) or "none",
            )
        if "pesize" in self.entry and self.found["extent_size"] != extent_size:
            self.refuse(
                "pesize is %s, and that of the group is %d bytes; allowed is to leave it.", self.entry["pesize"],
                self.found["extent_size"],
            )

    def given_paths(self):
        return [self.world.device(given) for given in self.given]

    def count(self, extent_size):
        """What the volumes of the group will find."""
        world = self.world
        world.room(self.name, extent_size)
        for path in self.incoming:
            known = world.known(path)
            world.free[self.name][path] = (known["size"] - PE_START) // extent_size if known else None

    def wipe(self):
        for path in self.incoming:
            if (self.world.known(path) or {}).get("signatures") and self.world.may_lose(path):
                self.world.command("wipefs", "--all", path)

    def grown(self):
        """Devices that have become larger than the group knows."""
        if not self.found or not self.entry.get("pvresize"):
            return []
        return [
            path for path, volume in sorted(self.members.items())
            if volume["device_size"] - volume["pe_start"] - volume["size"] > self.found["extent_size"]
        ]

    def make(self):
        for path in self.returned:
            # It was away while the group was changed, and LVM does not trust it until it is told to.
            self.world.command("vgextend", "--restoremissing", self.name, path)
        grown = self.grown()
        if not self.incoming and not grown:
            return
        args = {"vg": self.name, "pvs": self.given_paths(), "remove_extra_pvs": False, "pvresize": bool(grown)}
        for key in ("pesize", "pv_options", "vg_options"):
            if key in self.entry:
                args[key] = str(self.entry[key])
        shown = []
        if self.incoming:
            shown.append("%s %s %s" % ("vgextend" if self.found else "vgcreate", self.name, " ".join(self.incoming)))
        if grown:
            shown.append("pvresize %s" % " ".join(grown))
        self.world.add("community.general.lvg", args, ", ".join(shown))

    def repair(self):
        """What a device that is gone has left behind."""
        if not self.found or not self.found["missing_pvs"]:
            return
        if self.returned:
            return  # what is left to do is seen when they are back
        for volume in self.world.of_group(self.name):
            if volume["health"] == "partial" and not self.world.goes(self.name, volume["lv"]):
                self.repair_volume(volume)
        self.world.command("vgreduce", "--removemissing", self.name)

    def repair_volume(self, volume):
        name = "%s/%s" % (self.name, volume["lv"])
        if volume["type"] not in want.RAID or volume["cachevol"]:
            self.refuse(
                "a device is missing, and with it a part of %s (type %s); allowed is to bring it back, or to give the "
                "volume up (state: absent, and lvm_may_lose_data names it).", name, volume["type"],
            )
            return
        needed = volume["stripes"] * (volume["mirrors"] + 1) + want.PARITY.get(volume["type"], 0)
        there = sorted(self.world.free[self.name])
        if len(there) < needed:
            self.refuse(
                "a device is missing, and %s (type %s) needs %d; there are %s; allowed is to name another one in pvs.",
                name, volume["type"], needed, ", ".join(there) or "none",
            )
            return
        self.world.command("lvconvert", "--yes", "--repair", name)

    def remove(self):
        if not self.found:
            return
        volumes = [volume["lv"] for volume in self.world.of_group(self.name)]
        left = [name for name in volumes if not self.world.goes(self.name, name)]
        if left:
            self.refuse(
                "state is absent, and the group has the volumes %s; allowed is absent after theirs is absent.",
                ", ".join(left),
            )
        self.world.add("community.general.lvg", {"vg": self.name, "state": "absent"}, "vgremove %s" % self.name)


def activation(world):
    """The policies of dmeventd, in a file that is made for what one host wants beyond lvm.conf."""
    settings, found = world.wanted["lvm_activation"], world.found
    lines = [
        "    %s = %s" % (name, value if isinstance(value, int) else '"%s"' % value)
        for name, value in sorted(settings.items())
    ]
    text = "\n".join(["activation {"] + lines + ["}"]) if settings else None
    args = {"path": LOCAL_CONF, "marker": MARKER, "create": True, "mode": "0644"}
    if settings and found["activation_block"] != text + "\n":
        shown = ", ".join("%s=%s" % item for item in sorted(settings.items()))
        world.add("ansible.builtin.blockinfile", dict(args, block=text), "%s: %s" % (LOCAL_CONF, shown))
    elif not settings and found["activation_block"] is not None:
        world.add("ansible.builtin.blockinfile", dict(args, state="absent"), "%s: LVM's own settings" % LOCAL_CONF)
    elif found["installed"]:
        for name, value in sorted(settings.items()):
            there = found["activation"].get(name)
            if there != value:
                world.refuse(
                    "lvm_activation", "%s is %s, and LVM still takes it for %s; allowed is to remove what says so "
                    "behind the block of this role in %s.", name, value, there, LOCAL_CONF,
                )


def plan(wanted, found, check=False):
    """A World with the steps, in order. With sentences in it, none of them may be taken."""
    world = World(wanted, found, check)
    world.sentences = lvm_problems(wanted)
    if world.sentences:
        return world
    activation(world)
    staying = [Group(world, entry) for entry in wanted["lvm_volume_groups"] if entry.get("state") != "absent"]
    going = [Group(world, entry) for entry in wanted["lvm_volume_groups"] if entry.get("state") == "absent"]
    volumes = sorted((Volume(world, entry) for entry in world.volumes), key=Volume.rank)
    for group in found["volume_groups"]:
        world.room(group["vg"], group["extent_size"])
    for volume in reversed(volumes):
        volume.leave()
    for group in staying:
        group.plan()
    for group in staying:
        group.repair()
    for stage in ("make", "attach", "format", "mount"):
        for volume in volumes:
            if volume.stays:
                getattr(volume, stage)()
    for group in going:
        group.remove()
    return world


def unfinished(world):
    """What LVM itself has put off, as sentences."""
    return [
        "%s/%s takes back the content of %s when it is next activated, at the latest with the next boot, because it is "
        "in use. Or unmount it and run this again." % (volume["vg"], volume["origin"], volume["lv"])
        for volume in world.found["logical_volumes"]
        if volume["merging"] and volume["hidden"]
    ]


def diff(world):
    """What the variables describe, as it is and as it will be."""
    before = _shown(world, False)
    return {"before": before, "after": _shown(world, True) if world.steps else before}


def _shown(world, after):
    """The one or the other as text."""
    lines = []
    for name, entry in sorted(world.groups.items()):
        found = world.group(name)
        devices = world.members(name)
        if after and entry.get("state") != "absent":
            devices = sorted(set(devices) | {world.device(given) for given in entry["pvs"]})
        if found and not after or after and entry.get("state") != "absent":
            lines.append("vg %s: %s" % (name, " ".join(sorted(devices))))
    for entry in world.volumes:
        line = Volume(world, entry).shown(after)
        if line:
            lines.append("lv %s: %s" % (want.name(entry), line))
    if world.wanted["lvm_activation"] or world.found["activation_block"] is not None:
        text = world.found["activation_block"]
        if after:
            text = "".join("%s = %s\n" % item for item in sorted(world.wanted["lvm_activation"].items()))
        lines += ["activation: %s" % line.strip().replace('"', "") for line in (text or "").splitlines() if "=" in line]
    return "".join(line + "\n" for line in lines)
