# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which mdadm commands bring an array to what is wanted, or why none will be run. No I/O.

What is there comes as a dict:
  arrays   the assembled ones, as _mdadm_read.array gives them
  blocks   all block devices, as _block_devices.parse_block_devices gives them, by kernel path
  signatures, examine   what wipefs and mdadm --examine found on the devices in question
  held     devices that something else holds open for itself alone

All devices are kernel paths (/dev/vda, /dev/dm-0), links resolved.
Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _block_devices
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_wanted

# Level changes that mdadm can do and that lose no redundancy: {(from, to): devices the array must have before}.
RESHAPES = {("0", "5"): None, ("1", "5"): 2, ("4", "5"): None, ("5", "6"): None}
# KiB that superblock and bitmap may take at the end of a device.
AT_THE_END = 256
# KiB that a partial parity log takes there instead of a bitmap.
PPL_AT_THE_END = 1280
UNDONE = (
    "mdadm reported success, but this is still to be done: %s. Somebody else may be changing the array at the same "
    "time."
)


class Refused(Exception):
    """Sentences that say why nothing will be done."""

    def __init__(self, sentences):
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def step(action, *argv):
    return {"action": action, "argv": list(argv)}


WAIT = step("wait")


def plan_all(arrays, host, waiting):
    """The steps for each of several wanted arrays, by its name. Raises Refused.

    waiting: steps that were planned before and have to wait, by name; these stay as they are.
    """
    sentences = _mdadm_wanted.problems_together(arrays)
    plans = {}
    for wanted in lent(arrays, host["arrays"]):
        name = wanted["name"]
        try:
            plans[name] = waiting[name] if name in waiting else plan(wanted, host)
        except Refused as refused:
            sentences += _mdadm_wanted.about(name, refused.sentences)
    if sentences:
        raise Refused(sentences)
    return plans


def plan(wanted, host):
    """The steps for one array, in order. Raises Refused."""
    sentences = _mdadm_wanted.problems(wanted)
    if sentences:
        raise Refused(sentences)
    array = running(wanted["name"], host)
    if wanted["state"] == "absent":
        return _absent(wanted, host, array)
    devices = wanted["devices"] + wanted["spares"]
    missing = [device for device in devices if device not in host["blocks"]]
    if missing:
        raise Refused(["%s is no block device of this host." % device for device in missing])
    if array is not None and array["active"]:
        return Change(wanted, host, array).steps()
    steps = _stopped(wanted, host, array)
    return steps if steps is not None else _create(wanted, host)


def running(name, host):
    """The assembled array of that name, or None."""
    found = [array for array in host["arrays"] if array["name"] == name]
    if len(found) > 1:
        raise Refused(
            [
                "%s are both named %s. Rename one (mdadm --assemble --update=name) or stop it."
                % (" and ".join(array["device"] for array in found), name)
            ]
        )
    return found[0] if found else None


def lent(arrays, assembled):
    """The wanted arrays, where a spare that mdadm --monitor has moved within its spare group is wanted where it is."""
    arrays = [dict(wanted, **{key: list(wanted[key]) for key in ("devices", "spares", "wipe")}) for wanted in arrays]
    by_name = {wanted["name"]: wanted for wanted in arrays}
    holder = {member["device"]: by_name.get(array["name"]) for array in assembled for member in array["members"]}
    for giver in arrays:
        for device in giver["devices"] + giver["spares"]:
            taker = holder.get(device)
            if taker in (None, giver) or giver["spare_group"] in (None, "") or (
                giver["spare_group"] != taker["spare_group"]
            ):
                continue
            if device in giver["spares"]:
                giver["spares"].remove(device)
            elif giver["spares"]:
                # It had become a spare before, because a spare is active in its place.
                giver["devices"][giver["devices"].index(device)] = giver["spares"].pop(0)
            else:
                continue
            giver["wipe"] = [other for other in giver["wipe"] if other != device]
            taker["spares"].append(device)
    return arrays


# Devices that are to be taken


def _use(device, host):
    """What a device is used for, or None."""
    return _block_devices.use(device, host["blocks"], host["held"])


def _uses_below(device, host):
    """What uses a device or a partition of it."""
    block = host["blocks"].get(device)
    if block is None:
        return []
    uses = [
        "%s is %s" % (device, "swap" if point == "[SWAP]" else "mounted at %s" % point)
        for point in block["mountpoints"]
    ]
    for child in block["children"]:
        kind = host["blocks"][child]["type"]
        uses += _uses_below(child, host) if kind == "part" else ["%s (%s) is made of it" % (child, kind)]
    return uses


def _signatures(device, host):
    return host["signatures"].get(device, [])


def _describe(device, host):
    """The signatures of a device in words."""
    return _block_devices.described(_signatures(device, host))


def refusals(devices, host, wipe):
    """Why devices must not be taken into an array."""
    sentences = []
    for device in devices:
        use = _use(device, host)
        if use:
            sentences.append(use)
        elif _signatures(device, host) and device not in wipe:
            sentences.append(
                "%s holds data: %s. Name %s in wipe to have it destroyed." % (device, _describe(device, host), device)
            )
    return sentences


def _sizes(devices, host, tolerance):
    """Why the sizes of devices do not fit."""
    sizes = {device: host["blocks"][device]["size"] for device in devices}
    smallest, largest = min(sizes, key=sizes.get), max(sizes, key=sizes.get)
    excess = 100.0 * (sizes[largest] - sizes[smallest]) / max(sizes[smallest], 1)
    if excess <= tolerance:
        return []
    return [
        "%s has %d bytes and %s %d, %.1f %% more; size_tolerance is %s %%. The excess would be lost."
        % (smallest, sizes[smallest], largest, sizes[largest], excess, tolerance)
    ]


def wipes(devices, host):
    """The steps that remove all signatures."""
    steps = []
    for device in devices:
        kinds = {signature["type"] for signature in _signatures(device, host)}
        if "linux_raid_member" in kinds:
            steps.append(step("zero_superblock", "mdadm", "--zero-superblock", device))
        if kinds - {"linux_raid_member"}:
            steps.append(step("wipe", "wipefs", "--all", device))
    return steps


# Absent


def _absent(wanted, host, array):
    steps, sentences = [], []
    uuid = None
    if array is not None:
        uuid = array["uuid"]
        uses = _uses_below(array["device"], host)
        if uses:
            raise Refused(
                [
                    "%s (%s) cannot be stopped while it is in use: %s."
                    % (wanted["name"], array["device"], ", ".join(uses))
                ]
            )
        steps.append(step("stop", "mdadm", "--stop", array["device"]))
    own = {member["device"] for member in array["members"]} if array else set()
    for device in wanted["wipe"]:
        examine = host["examine"].get(device)
        if device in own or examine and examine["name"] == wanted["name"] and uuid in (None, examine["uuid"]):
            if device not in own and _use(device, host):
                sentences.append(_use(device, host))
            steps.append(step("zero_superblock", "mdadm", "--zero-superblock", device))
        elif _signatures(device, host):
            sentences.append(
                "wipe names %s, which holds no superblock of %s, but: %s. It is left alone; take it out of "
                "wipe." % (device, wanted["name"], _describe(device, host))
            )
    if sentences:
        raise Refused(sentences)
    return steps


# Not running


def _stopped(wanted, host, array):
    """The steps that assemble an array whose members are there; None if there is no such array."""
    name, devices = wanted["name"], wanted["devices"] + wanted["spares"]
    # Members that the kernel has bound to an inactive array count as well as those it has not.
    of = {
        device: host["examine"][device]
        for device in devices
        if host["examine"].get(device) and host["examine"][device]["name"] == name
    }
    elsewhere = sorted(
        device for device, block in host["blocks"].items() if read.raid_name(block) == name and device not in devices
    )
    if not of:
        if array is not None:
            raise Refused(
                [
                    "%s (%s) is there, inactive, with other members: %s. devices and spares name %s."
                    % (
                        name,
                        array["device"],
                        ", ".join(member["device"] for member in array["members"]) or "none",
                        ", ".join(devices),
                    )
                ]
            )
        if elsewhere:
            raise Refused(
                [
                    "An array named %s is there, stopped, with other members: %s. devices and spares name %s. "
                    "Choose another name, or remove that array (state: absent with wipe)."
                    % (name, ", ".join(elsewhere), ", ".join(devices))
                ]
            )
        return None
    uuids = sorted({examine["uuid"] for examine in of.values()})
    if len(uuids) > 1:
        raise Refused(
            [
                "These devices belong to different arrays named %s: %s. Name the devices of one of them."
                % (name, ", ".join("%s (%s)" % (device, of[device]["uuid"]) for device in sorted(of)))
            ]
        )
    sentences = [use for use in (_use(device, host) for device in of if array is None) if use]
    newest = max(of.values(), key=lambda examine: examine["events"] or 0)
    lost = newest["raid_devices"] - len(of)
    if lost > _mdadm_wanted.redundancy(newest["level"], newest["raid_devices"], wanted["layout"]):
        sentences.append(
            "%s (level %s) is stopped and %d of its %d devices are there: %s. Bring the others back, or remove "
            "what is left of it (state: absent with wipe)."
            % (name, newest["level"], len(of), newest["raid_devices"], ", ".join(sorted(of)))
        )
    if sentences:
        raise Refused(sentences)
    steps = []
    if array is not None:
        steps.append(step("stop", "mdadm", "--stop", array["device"]))
    return steps + _assemble(wanted, uuids[0], [device for device in devices if device in of])


def _assemble(wanted, uuid, devices):
    """The steps that start an array. All that is wanted beyond this is planned again once it runs."""
    argv = ["mdadm", "--assemble", "/dev/md/" + wanted["name"], "--uuid", uuid]
    if wanted["backup_file_holds"] == "mdadm":
        argv += ["--backup-file", wanted["backup_file"]]
    # The monitor knows an array by its name, and lends it spares, only if it was there when the monitor started.
    monitor = step("monitor", "systemctl", "try-restart", "mdmonitor.service")
    return [step("assemble", *(argv + devices)), monitor]


def _create(wanted, host):
    devices, spares = wanted["devices"], wanted["spares"]
    sentences = refusals(devices + spares, host, wanted["wipe"])
    sentences += _sizes(devices + spares, host, wanted["size_tolerance"])
    if sentences:
        raise Refused(sentences)
    argv = [
        "mdadm",
        "--create",
        "/dev/md/" + wanted["name"],
        "--run",
        "--level",
        wanted["level"],
        "--raid-devices",
        str(len(devices)),
    ]
    if spares:
        argv += ["--spare-devices", str(len(spares))]
    for option in ("metadata", "layout", "chunk"):
        if wanted[option] is not None:
            argv += ["--" + option, str(wanted[option])]
    if wanted["size"] is not None:
        argv += ["--size", wanted["size"]]
    if wanted["level"] != "0" and wanted["consistency_policy"] != "ppl":
        argv += ["--bitmap", _mdadm_wanted.bitmap(wanted) or "internal"]
    if wanted["consistency_policy"]:
        argv += ["--consistency-policy", wanted["consistency_policy"]]
    return wipes(devices + spares, host) + [step("create", *(argv + devices + spares)), WAIT]


# Running


def has_ppl(array):
    """Whether an array has a partial parity log."""
    return array is not None and array["consistency_policy"] == "ppl"


def wants_ppl(wanted, array):
    """Whether it is to have one. What it has it keeps, unless something else is asked for."""
    if wanted["consistency_policy"] is None:
        return has_ppl(array) and wanted["bitmap"] != "internal"
    return wanted["consistency_policy"] == "ppl"


class Change:
    """From an array that runs to the one that is wanted."""

    def __init__(self, wanted, host, array):
        self.wanted, self.host, self.array = wanted, host, array
        self.md = array["device"]
        self.named = wanted["devices"] + wanted["spares"]
        self.members = {member["device"]: member for member in array["members"]}
        failed = [device for device, member in self.members.items() if member["role"] == "faulty"]
        # Failed ones go when nobody names them any more, or when they are to be taken back.
        self.failed = [device for device in failed if device not in self.named or wanted["readd_failed"]]
        self.incoming = [device for device in self.named if device not in self.members or device in self.failed]
        self.present = {device: member for device, member in self.members.items() if member["role"] != "faulty"}
        self.replaced = self._pairs()
        # A spare that is there when the array grows might be taken for it.
        grows = len(wanted["devices"]) > array["raid_devices"]
        self.last = [device for device in self.incoming if grows and device in wanted["spares"]]
        self.first = [device for device in self.incoming if device not in self.last]

    def _pairs(self):
        """{member: its replacement} of what is under way."""
        at_slot = {member["slot"]: device for device, member in self.present.items() if member["role"] == "replacement"}
        return {
            device: at_slot[member["slot"]]
            for device, member in self.present.items()
            if member["role"] != "replacement" and member["slot"] in at_slot
        }

    def outgoing(self, *roles):
        return [
            device for device, member in self.present.items() if device not in self.named and member["role"] in roles
        ]

    def refuse(self):
        """Why what is there cannot become what is wanted."""
        wanted, array = self.wanted, self.array
        name = "%s (%s)" % (wanted["name"], self.md)
        if not set(self.named) & set(self.members):
            return [
                "%s is there with other members: %s. devices and spares name %s."
                % (name, ", ".join(self.members) or "none", ", ".join(self.named))
            ]
        sentences = []
        count, grown = array["raid_devices"], len(wanted["devices"])
        if grown < count:
            sentences.append(
                "%s has %d active devices, devices names %d: a shrink. Nothing here shrinks an array."
                % (name, count, grown)
            )
        if wanted["level"] != array["level"]:
            sentences += self._refuse_level(name, grown)
        elif grown > count and array["level"] == "10":
            sentences += self._refuse_growth(name)
        for option in ("layout", "chunk", "metadata"):
            same_level = wanted["level"] == array["level"]
            if wanted[option] is not None and wanted[option] != array[option] and (same_level or option == "metadata"):
                sentences.append(
                    "%s has %s %s, wanted is %s. That of an existing array is not changed here."
                    % (name, option, array[option], wanted[option])
                )
        sentences += self._refuse_policy(name)
        if self._needs_backup() and wanted["backup_file_holds"] == "other":
            sentences.append(
                "backup_file is %s, which is there and is none of mdadm's. Name another." % wanted["backup_file"]
            )
        size = wanted["size"]
        if size not in (None, "max") and int(size) < self._rounded_down():
            sentences.append(
                "%s uses %d KiB of each device, wanted is %s: a shrink. Nothing here shrinks an array."
                % (name, array["size"], size)
            )
        if array["level"] == "0" and self.outgoing("active"):
            sentences.append(
                "%s has level 0: %s cannot be replaced while it runs." % (name, ", ".join(self.outgoing("active")))
            )
        sentences += refusals(
            [device for device in self.incoming if device not in self.failed and not self._own(device)],
            self.host,
            wanted["wipe"],
        )
        for device in self.incoming:
            if device not in self.failed and self._own(device) and _use(device, self.host):
                sentences.append(_use(device, self.host))
        for device in self.incoming:
            if self._room(device) < (array["size"] or 0):
                sentences.append(
                    "%s is too small: %s uses %d KiB of each device, %s has %d KiB for it."
                    % (device, name, array["size"], device, self._room(device))
                )
        if self.incoming:
            sentences += _sizes(self.named, self.host, wanted["size_tolerance"])
        return sentences

    def _room(self, device):
        """KiB of a device behind the place where the array's data begin."""
        offset = self.members.get(device, {}).get("offset")
        if offset is None:
            offset = min(
                (member["offset"] for member in self.present.values() if member["offset"] is not None), default=0
            )
        return self.host["blocks"][device]["size"] // 1024 - offset // 2

    def _refuse_growth(self, name):
        """Level 10 is reshaped by moving all data a little to the front, and not at all with far copies."""
        if (self.array["layout"] or "").startswith("f"):
            return [
                "%s has layout %s; level 10 with far copies cannot be given more devices."
                % (name, self.array["layout"])
            ]
        if any(member["offset"] == 0 for member in self.present.values()):
            return [
                "%s has metadata %s, so its data begin at the very start of its devices; level 10 cannot be given more "
                "devices then." % (name, self.array["metadata"])
            ]
        return []

    def _refuse_level(self, name, grown):
        array, wanted = self.array, self.wanted
        change, count = (array["level"], wanted["level"]), array["raid_devices"]
        if change not in RESHAPES:
            possible = sorted(to for start, to in RESHAPES if start == array["level"])
            return [
                "%s has level %s, wanted is %s: an impossible reshape. Possible from there is %s."
                % (name, array["level"], wanted["level"], " or ".join(possible) or "none")
            ]
        sentences = []
        if RESHAPES[change] and count != RESHAPES[change]:
            sentences.append(
                "%s has %d devices; from level %s to %s it must have %d."
                % (name, count, change[0], change[1], RESHAPES[change])
            )
        if change != ("4", "5") and grown <= count:
            sentences.append(
                "%s has %d devices and devices names %d; level %s needs one more for the same data."
                % (name, count, grown, wanted["level"])
            )
        return sentences

    def _refuse_policy(self, name):
        wanted, array = self.wanted, self.array
        if wanted["consistency_policy"] and array["consistency_policy"] == "journal":
            return [
                "%s has a journal, wanted is consistency_policy %s. The policy of such an array is not changed here."
                % (name, wanted["consistency_policy"])
            ]
        if not wants_ppl(wanted, array):
            return []
        if has_ppl(array) and (self._grow() or self._size()):
            return [
                "%s has a partial parity log; md cannot give such an array another level, or more or larger devices. "
                "Give consistency_policy: resync for this run, and ppl again after it." % name
            ]
        if not has_ppl(array) and (self.incoming or set(self.members) - set(self.present) - set(self.failed)):
            return [
                "%s is to get a partial parity log while devices come or failed ones stay, and only without its bitmap "
                "mdadm sees whether each has room for one. Do the rest in a run of its own first, without "
                "consistency_policy: ppl." % name
            ]
        rooms = {device: (self.host["examine"].get(device) or {}).get("ppl_room") for device in self.present}
        cramped = [device for device, room in rooms.items() if room is not None and room < read.LEAST_PPL_ROOM]
        if cramped and not has_ppl(array):
            return [
                "%s has no room for a partial parity log on %s: the bad block log is in its place. Stop the array, "
                "assemble it with --update=no-bbl (see mdadm(8)), and run again."
                % (name, ", ".join(cramped))
            ]
        return []

    def _rounded_down(self):
        """The size of members, less what mdadm rounds off a wanted size."""
        return self.array["size"] - max(self.array["chunk"] or 0, 64) + 1

    def _own(self, device):
        """Whether a device that is no member now was one: its superblock names this array."""
        examine = self.host["examine"].get(device)
        return bool(examine) and examine["uuid"] == self.array["uuid"]

    def steps(self):
        """The steps, in order. Raises Refused."""
        operation = self.array["operation"]
        if operation and operation["name"] == "reshape" and self.array["read_only"] == "no":
            # Halfway between two shapes nothing else can be done, and level 0 looks like level 4.
            return [WAIT]
        if read.interrupted(self.array):
            return self._resume()
        if self._half_grown():
            return [step("grow", "mdadm", "--grow", self.md, "--level", "0"), WAIT]
        sentences = self.refuse()
        if sentences:
            raise Refused(sentences)
        steps = self._remove_failed() + self._take_in(self.first) + self._replace() + self._remove_spares()
        # What has been added to an array that has a partial parity log has room for it.
        steps += self._without_ppl() + self._grow() + self._take_in(self.last) + self._size()
        steps += self._bitmap() + self._with_ppl()
        if steps and self.array["read_only"] == "yes":
            raise Refused(
                [
                    "%s (%s) is read-only, and this would have to be done: %s. Let it be written to first: mdadm "
                    "--readwrite %s." % (self.wanted["name"], self.md, "; ".join(commands(steps)), self.md)
                ]
            )
        if self.array["read_only"] == "auto" and (steps or operation):
            # The kernel holds all work on an array back until the first write to it.
            steps = [step("readwrite", "mdadm", "--readwrite", self.md)] + steps
        if (steps or self._works()) and steps[-1:] != [WAIT]:
            steps.append(WAIT)
        return steps

    def _resume(self):
        """The steps that let a reshape go on which a power cut has interrupted."""
        if not read.needs_backup(self.array):
            return [step("readwrite", "mdadm", "--readwrite", self.md), WAIT]
        name = "%s (%s)" % (self.wanted["name"], self.md)
        if self.wanted["backup_file_holds"] != "mdadm":
            raise Refused(
                [
                    "%s was interrupted in a reshape that needs its backup file, and %s is none. Name it in "
                    "backup_file, or, if it is lost, see --invalid-backup in mdadm(8)." % (name, self.wanted["backup_file"])
                ]
            )
        uses = _uses_below(self.md, self.host)
        if uses:
            raise Refused(
                [
                    "%s was interrupted in a reshape and has to be assembled anew with its backup file, which cannot "
                    "be done while it is in use: %s." % (name, ", ".join(uses))
                ]
            )
        stop = step("stop", "mdadm", "--stop", self.md)
        return [stop] + _assemble(self.wanted, self.array["uuid"], sorted(self.present))

    def _half_grown(self):
        """Whether this is level 0, which mdadm grows as level 4 without parity, and did not turn back into level 0."""
        array, active = self.array, [device for device, member in self.present.items() if member["role"] == "active"]
        return (
            (array["level"], self.wanted["level"]) == ("4", "0")
            and array["slots"] == "U" * (array["raid_devices"] - 1) + "_"
            and set(active) <= set(self.wanted["devices"])
        )

    def _works(self):
        """Whether something is under way whose end has to be waited for. A check changes nothing."""
        return read.busy(self.array) and self.array["sync_action"] not in ("check", "repair")

    def _remove_failed(self):
        steps = []
        for device in self.failed:
            # What has been pulled has no device node any more.
            gone = device not in self.host["blocks"]
            steps.append(step("remove", "mdadm", self.md, "--remove", "detached" if gone else device))
        return steps

    def _take_in(self, devices):
        fresh = [device for device in devices if device in self.wanted["wipe"] or not self._own(device)]
        steps = wipes(fresh, self.host)
        if self.array["level"] == "0":
            return steps  # they are added by the command that grows it
        # mdadm re-adds by itself a device that it knows and that a bitmap lets catch up.
        return steps + [step("add", "mdadm", self.md, "--add", device) for device in devices]

    def _replace(self):
        outgoing = [
            device for device in self.outgoing("active", "rebuilding", "replacement") if device not in self.replaced
        ]
        under_way = [device for device in self.replaced if device not in self.named]
        if not outgoing and not under_way:
            return []
        steps = []
        active = [device for device, member in self.present.items() if member["role"] in ("active", "rebuilding")]
        vacant = self.array["raid_devices"] - len(active)
        free = self.first + [
            device for device, member in self.present.items() if member["role"] == "spare" and device in self.named
        ]
        if len(free) - vacant < len(outgoing):
            raise Refused(
                [
                    "%s (%s) has %s, which devices and spares do not name, and nothing takes their place: that would "
                    "be a shrink." % (self.wanted["name"], self.md, ", ".join(outgoing))
                ]
            )
        if vacant > 0 or read.busy(self.array):
            # The kernel takes spares for empty places first; whichever are left then replace.
            steps.append(WAIT)
        for old, new in zip(outgoing, free[vacant:] if vacant > 0 else free):
            steps.append(step("replace", "mdadm", self.md, "--replace", old, "--with", new))
        steps.append(WAIT)
        for old in outgoing + under_way:
            steps.append(step("remove", "mdadm", self.md, "--remove", old))
        return steps

    def _remove_spares(self):
        return [step("remove", "mdadm", self.md, "--remove", device) for device in self.outgoing("spare")]

    def _needs_backup(self):
        return self.wanted["level"] != self.array["level"] and self.array["level"] != "4"

    def _before_growing(self):
        return (
            [WAIT]
            if read.busy(self.array) or self.array["operation"] or self.incoming and self.array["degraded"]
            else []
        )

    def _grow(self):
        wanted, array = self.wanted, self.array
        level = wanted["level"] if wanted["level"] != array["level"] else None
        grown = len(wanted["devices"]) if len(wanted["devices"]) > array["raid_devices"] else None
        if not level and not grown:
            return []
        argv = ["mdadm", "--grow", self.md]
        if level:
            argv += ["--level", level]
        if grown:
            argv += ["--raid-devices", str(grown)]
        steps = self._before_growing()
        if self._needs_backup():
            argv += ["--backup-file", wanted["backup_file"]]
            if wanted["backup_file_holds"] == "mdadm":
                # Some releases leave it behind, and none overwrites it. Here no reshape is under way that needs it.
                steps.append(step("forget", "rm", "--", wanted["backup_file"]))
        if array["level"] == "0":
            argv += ["--add"] + self.first
        return steps + [step("grow", *argv), WAIT]

    def growable(self):
        """KiB of each device that the array could use beyond what it uses, as far as the smallest one allows."""
        array = self.array
        room = [self._room(device) for device in self.present if device in self.host["blocks"]]
        if not room:
            return 0
        # Version 1.0 stands behind the data, with its bitmap.
        at_the_end = PPL_AT_THE_END if has_ppl(array) else AT_THE_END
        usable = min(room) - (at_the_end if array["metadata"] == "1.0" else 0)
        unit = (array["chunk"] or 1) * (_mdadm_wanted.copies(array["layout"]) if array["level"] == "10" else 1)
        return usable // unit * unit - array["size"]

    def _size(self):
        size, array = self.wanted["size"], self.array
        if size is None or array["level"] == "0":
            return []
        if size == "max":
            # What mdadm rounds off is no gain.
            if self.growable() < max(array["chunk"] or 0, 256):
                return []
        elif int(size) < array["size"] + max(array["chunk"] or 0, 64):
            return []
        return self._before_growing() + [step("grow", "mdadm", "--grow", self.md, "--size", size), WAIT]

    def _bitmap(self):
        bitmap = _mdadm_wanted.bitmap(self.wanted)
        if bitmap is None or bitmap == self.array["bitmap"]:
            return []
        return self._before_growing() + [step("grow", "mdadm", "--grow", self.md, "--bitmap", bitmap)]

    def _without_ppl(self):
        """Before all that md refuses to do with a partial parity log."""
        if not has_ppl(self.array) or wants_ppl(self.wanted, self.array):
            return []
        return self._before_growing() + [self._policy("resync")]

    def _with_ppl(self):
        """After all that, and after the bitmap is gone."""
        if has_ppl(self.array) or not wants_ppl(self.wanted, self.array):
            return []
        return self._before_growing() + [self._policy("ppl")]

    def _policy(self, policy):
        return step("grow", "mdadm", "--grow", self.md, "--consistency-policy", policy)


def until_wait(plans):
    """The steps that can be taken now, and by array those that have to wait."""
    now, later = [], {}
    for name, steps in plans.items():
        end = steps.index(WAIT) if WAIT in steps else len(steps)
        now += steps[:end]
        if steps[end:]:
            later[name] = steps[end:]
    return now, later


def commands(steps):
    """The steps' commands as text."""
    return [" ".join(entry["argv"]) for entry in steps if entry["argv"]]


def conf_line(wanted, host):
    """The array's line in mdadm.conf(5), None for one that is absent. It goes by the UUID: a host's name may change."""
    if wanted["state"] == "absent":
        return None
    array = running(wanted["name"], host) or _superblock(wanted, host)
    line = "ARRAY /dev/md/%s UUID=%s" % (wanted["name"], array["uuid"] if array else "(known when it is made)")
    return line + (" spare-group=%s" % wanted["spare_group"] if wanted["spare_group"] else "")


def _superblock(wanted, host):
    """What a member of the array that is wanted says of it, when it does not run."""
    found = (host["examine"].get(device) for device in wanted["devices"] + wanted["spares"])
    return next((examine for examine in found if examine and examine["name"] == wanted["name"]), None)


def difference(wanted, array):
    """The part of --diff that is about one array."""
    return {
        "before": shown(array),
        "after": shown_wanted(wanted, array),
        "before_header": wanted["name"],
        "after_header": wanted["name"],
    }


def shown(array):
    """An array as text for --diff."""
    if array is None:
        return "absent\n"
    members = {member["device"] for member in array["members"] if member["role"] != "faulty"}
    return _text(array, members, has_ppl(array))


def shown_wanted(wanted, array):
    """The array that is wanted, as text for --diff; what is not asked for stays as it is."""
    if wanted["state"] == "absent":
        return "absent\n"
    ppl = wants_ppl(wanted, array)
    wanted = dict(wanted, bitmap=_mdadm_wanted.bitmap(wanted))
    merged = {
        option: wanted[option] if wanted[option] is not None else (array or {}).get(option)
        for option in ("level", "layout", "chunk", "metadata", "size", "bitmap")
    }
    if array and (merged["size"] == "max" or wanted["level"] != array["level"]):
        merged.update(
            size=array["size"] if wanted["size"] is None else wanted["size"],
            layout=wanted["layout"],
            chunk=wanted["chunk"],
        )
    if array is None and wanted["level"] != "0":
        merged["bitmap"] = wanted["bitmap"] or "internal"
    merged["raid_devices"] = len(wanted["devices"])
    return _text(merged, set(wanted["devices"] + wanted["spares"]), ppl)


def _text(values, members, ppl):
    lines = [
        "%s: %s" % (option.replace("_", "-"), values[option])
        for option in ("level", "raid_devices", "layout", "chunk", "metadata", "size", "bitmap")
        if values[option] is not None
    ]
    # The other policies are what bitmap says.
    lines += ["consistency-policy: ppl"] if ppl else []
    return "".join(line + "\n" for line in lines + ["member: %s" % device for device in sorted(members)])
