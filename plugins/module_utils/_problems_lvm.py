# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role lvm, and module lvm, refuse before they touch a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _lvm_wanted as wanted
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

GROUPS, VOLUMES = "lvm_volume_groups", "lvm_logical_volumes"
ACTIVATION, MAY_LOSE = "lvm_activation", "lvm_may_lose_data"
# lvm(8), "Valid names".
NAME = re.compile(r"^[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}$")
HIDDEN = re.compile(
    r"^(snapshot|pvmove)|_(cdata|cmeta|corig|cpool|cvol|iorig|imeta|mimage|mlog|pmspare|rimage|rmeta|tdata|tmeta"
    r"|vdata|vorigin|wcorig)"
)
DEVICE = re.compile(r"^/dev/[^\s,;|]+$")
# Of a path in /etc/fstab, what needs no quoting there, and no part that leads elsewhere.
MOUNTPOINT = re.compile(r"^(/[A-Za-z0-9_@+.:-]+)+$")
GROUP_KEYS = ("vg", "pvs", "pesize", "pv_options", "vg_options", "pvresize", "state")
OF_ALL = ("vg", "lv", "type", "state", "size", "opts")
PLACED = ("pvs", "cachevol", "cachemode", "filesystem", "mount")
KEYS = {
    "linear": OF_ALL + PLACED,
    "striped": OF_ALL + PLACED + ("stripes", "stripesize"),
    "raid1": OF_ALL + PLACED + ("mirrors", "regionsize"),
    "raid5": OF_ALL + PLACED + ("stripes", "stripesize", "regionsize"),
    "raid6": OF_ALL + PLACED + ("stripes", "stripesize", "regionsize"),
    "raid10": OF_ALL + PLACED + ("stripes", "stripesize", "mirrors", "regionsize"),
    "thin-pool": OF_ALL + ("pvs", "poolmetadatasize", "chunksize"),
    "thin": OF_ALL + ("thinpool", "filesystem", "mount"),
    "snapshot": OF_ALL + ("origin", "mount"),
}
STATES = ("present", "absent")
CACHE_MODES = ("writethrough", "writeback")
# What can stand inside a cached volume, and be its cache.
CACHEABLE = ("linear", "striped", *wanted.RAID)
# lvm.conf(5), section activation. Below 50 LVM takes a threshold for 50; 100 means never.
SETTINGS = {
    "thin_pool_autoextend_threshold": range(50, 101),
    "thin_pool_autoextend_percent": range(1, 1001),
    "snapshot_autoextend_threshold": range(50, 101),
    "snapshot_autoextend_percent": range(1, 1001),
    "raid_fault_policy": ("warn", "allocate"),
}


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_name(value):
    return isinstance(value, str) and bool(NAME.match(value)) and value not in (".", "..")


def texts(value):
    """What of a list can be looked at; what cannot is refused elsewhere."""
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def kind(entry):
    value = entry.get("type", "linear")
    return value if isinstance(value, str) else None


def stays(entry):
    return entry.get("state", "present") == "present"


class Described:
    """The entries of both lists, by name; of two with one name the first."""

    def __init__(self, groups, volumes):
        self.groups, self.volumes = groups, volumes
        self.group = {entry["vg"]: entry for entry in reversed(groups) if is_name(entry.get("vg"))}
        self.volume = {
            (entry["vg"], entry["lv"]): entry
            for entry in reversed(volumes)
            if is_name(entry.get("vg")) and is_name(entry.get("lv"))
        }

    def other(self, entry, key):
        """The entry that another one names by a key, or None. It may be on the host without standing here."""
        value = entry.get(key)
        known = is_name(entry.get("vg")) and is_name(value)
        return self.volume.get((entry["vg"], value)) if known else None


def where(entry):
    return "%s: %s/%s" % (VOLUMES, entry.get("vg"), entry.get("lv"))


# Volume groups


def group(entry):
    place = "%s: %s" % (GROUPS, entry.get("vg"))
    problems = common.unknown_keys(place, entry, GROUP_KEYS) + common.boolean_words(place, entry)
    state = entry.get("state", "present")
    if state not in STATES:
        problems.append("%s: state is %r; allowed are %s." % (place, state, ", ".join(STATES)))
    if not is_name(entry.get("vg")):
        problems.append(
            "%s: vg is %r; allowed are letters, digits and the characters _ + . - (not first), at most 127."
            % (GROUPS, entry.get("vg"))
        )
    if state != "absent":
        problems += devices(place, entry.get("pvs"))
    if "pesize" in entry and not wanted.bytes_of(entry["pesize"]):
        problems.append("%s: pesize is %r; allowed is a size such as 4M." % (place, entry["pesize"]))
    if not isinstance(entry.get("pvresize", False), (bool, str)):
        problems.append("%s: pvresize is %r; allowed is true or false." % (place, entry["pvresize"]))
    return problems + options(place, entry, ("pv_options", "vg_options"))


def options(place, entry, keys):
    """Free text that is passed on."""
    return [
        "%s: %s is %r; allowed is text: options of the command line." % (place, key, entry[key])
        for key in keys
        if key in entry and not isinstance(entry[key], str)
    ]


def devices(place, value):
    if not isinstance(value, list) or not value:
        return ["%s: pvs is %r; allowed is a list of devices such as [/dev/vdb]." % (place, value)]
    return [
        "%s: pvs names %r; allowed are paths below /dev." % (place, device)
        for device in value
        if not isinstance(device, str) or not DEVICE.match(device)
    ]


def of_all_groups(described):
    problems = []
    for name in common.repeated([entry["vg"] for entry in described.groups if is_name(entry.get("vg"))]):
        problems.append("%s: %s is described twice; allowed is once." % (GROUPS, name))
    owners = [(device, entry.get("vg")) for entry in described.groups for device in texts(entry.get("pvs"))]
    for device in common.repeated([device for device, owner in owners]):
        names = [str(owner) for other, owner in owners if other == device]
        problems.append(
            "%s: pvs name %s more than once (%s); allowed is one group, once." % (GROUPS, device, ", ".join(names))
        )
    return problems


# Logical volumes


def volume(entry, described):
    place, name = where(entry), entry.get("lv")
    problems = common.boolean_words(place, entry)
    if not is_name(entry.get("vg")):
        problems.append("%s: vg is %r; allowed is the name of a volume group." % (place, entry.get("vg")))
    if not is_name(name) or HIDDEN.search(name):
        problems.append(
            "%s: lv is %r; allowed are letters, digits and the characters _ + . - (not first), at most 127, and none "
            "of the names that LVM keeps for itself, such as snapshot... and ..._rimage." % (VOLUMES, name)
        )
    if kind(entry) not in KEYS:
        return problems + ["%s: type is %r; allowed are %s." % (place, entry["type"], ", ".join(wanted.TYPES))]
    of_type = KEYS[kind(entry)]
    for key in entry:
        if key not in of_type:
            problems.append(
                "%s: the key %r is not one of type %s; allowed are %s."
                % (place, key, kind(entry), ", ".join(sorted(of_type)))
            )
    states = STATES + (("merged",) if kind(entry) == "snapshot" else ())
    if entry.get("state", "present") not in states:
        problems.append("%s: state is %r; allowed are %s." % (place, entry["state"], ", ".join(states)))
    owner = described.group.get(entry["vg"]) if is_name(entry.get("vg")) else None
    if owner is not None and not stays(owner) and entry.get("state", "present") != "absent":
        problems.append(
            "%s: state is %s, and %s is to be absent; allowed is absent."
            % (place, entry.get("state", "present"), entry["vg"])
        )
    if not stays(entry):
        return problems
    problems += options(place, entry, ("opts",)) + size(place, entry, described)
    problems += numbers(place, entry) + placement(place, entry, owner)
    problems += relations(place, entry, described) + filesystem(place, entry) + mount(place, entry)
    return problems


def size(place, entry, described):
    value = entry.get("size")
    if kind(entry) == "snapshot":
        origin = described.other(entry, "origin")
        of_thin = origin is not None and kind(origin) == "thin"
        if of_thin and value is not None:
            return [
                "%s: size is %r, and its origin is thin; allowed is none, since it takes space from the pool."
                % (place, value)
            ]
        # Whether an origin that is only on the host is thin, is seen there.
        if value is None and (of_thin or origin is None):
            return []
    if wanted.is_share(value):
        share = value.split("%")[1]
        if kind(entry) == "thin":
            return ["%s: size is %r; allowed with type thin is a size such as 10G." % (place, value)]
        if share == "ORIGIN" and kind(entry) != "snapshot":
            return ["%s: size is %r; allowed is a share of ORIGIN with type snapshot." % (place, value)]
        return []
    if not wanted.bytes_of(value):
        return [
            "%s: size is %r; allowed is a number with one of the units b, s, k, m, g, t, p, e (512 means 512 MiB), or "
            "a share such as 50%%VG, 100%%FREE." % (place, value)
        ]
    return []


def numbers(place, entry):
    problems = []
    for key, lowest in {"stripes": wanted.STRIPES.get(kind(entry), 2), "mirrors": 1}.items():
        value = entry.get(key, lowest)
        if not is_whole(value) or value < lowest:
            problems.append(
                "%s: %s is %r; allowed with type %s is a whole number from %d."
                % (place, key, value, kind(entry), lowest)
            )
    for key in ("stripesize", "regionsize", "poolmetadatasize", "chunksize"):
        if key in entry and not wanted.bytes_of(entry[key]):
            problems.append("%s: %s is %r; allowed is a size such as 64k." % (place, key, entry[key]))
    return problems


def placement(place, entry, owner):
    """The devices that a volume is to stand on."""
    problems = devices(place, entry["pvs"]) if "pvs" in entry else []
    of_group = texts(owner.get("pvs")) if owner else []
    chosen = texts(entry["pvs"]) if "pvs" in entry else of_group
    for device in common.repeated(texts(entry.get("pvs"))):
        problems.append("%s: pvs name %s twice; allowed is once." % (place, device))
    for device in texts(entry.get("pvs")) if owner else []:
        if device not in of_group:
            problems.append(
                "%s: pvs names %s; allowed are those of %s, %s." % (place, device, entry["vg"], common.listed(of_group))
            )
    counts = [entry.get("stripes", 1), entry.get("mirrors", 1)]
    if chosen and kind(entry) not in ("thin", "snapshot") and all(is_whole(count) for count in counts):
        needed = wanted.devices_needed(entry)
        if len(set(chosen)) < needed:
            problems.append(
                "%s: type %s with %d stripes and %d mirrors needs %d devices, and there are %d (%s); allowed is that "
                "many or more in pvs."
                % (
                    place, kind(entry), wanted.stripes(entry), wanted.mirrors(entry), needed, len(set(chosen)),
                    ", ".join(chosen),
                )
            )
    return problems


def relations(place, entry, described):
    """The other volumes that an entry names."""
    problems = []
    if kind(entry) == "thin":
        problems += named(place, entry, "thinpool", described, ("thin-pool",))
    if kind(entry) == "snapshot":
        problems += named(place, entry, "origin", described, CACHEABLE + ("thin", "snapshot"))
    if entry.get("cachevol"):
        problems += named(place, entry, "cachevol", described, CACHEABLE)
        cache = described.other(entry, "cachevol") or {}
        for key in ("filesystem", "mount", "cachevol"):
            if cache.get(key):
                problems.append(
                    "%s: cachevol is %s, which has a %s of its own; allowed is a volume that nothing else uses."
                    % (place, entry["cachevol"], key)
                )
    if "cachemode" in entry:
        if not entry.get("cachevol"):
            problems.append("%s: cachemode is given; allowed is cachemode with cachevol." % place)
        if entry["cachemode"] not in CACHE_MODES:
            problems.append(
                "%s: cachemode is %r; allowed are %s." % (place, entry["cachemode"], ", ".join(CACHE_MODES))
            )
    return problems


def named(place, entry, key, described, types):
    value = entry.get(key)
    if not is_name(value) or value == entry.get("lv"):
        return ["%s: %s is %r; allowed is the name of another volume of the group." % (place, key, value)]
    other = described.other(entry, key)
    if other is None:
        return []
    if kind(other) not in types:
        return [
            "%s: %s is %s, which has type %s; allowed are volumes of type %s."
            % (place, key, value, other.get("type", "linear"), ", ".join(types))
        ]
    if not stays(other):
        return ["%s: %s is %s, which is to be %s; allowed is one that stays." % (place, key, value, other["state"])]
    return []


def filesystem(place, entry):
    if "filesystem" not in entry:
        return []
    value, problems = common.dictionary("%s: filesystem" % place, entry["filesystem"])
    if problems:
        return problems
    problems = common.unknown_keys("%s: filesystem" % place, value, ("fstype", "opts"))
    if value.get("fstype") not in wanted.FILESYSTEMS:
        problems.append(
            "%s: filesystem: fstype is %r; allowed are %s."
            % (place, value.get("fstype"), ", ".join(wanted.FILESYSTEMS))
        )
    return problems + options("%s: filesystem" % place, value, ("opts",))


def mount(place, entry):
    if "mount" not in entry:
        return []
    value, problems = common.dictionary("%s: mount" % place, entry["mount"])
    if problems:
        return problems
    problems = common.unknown_keys("%s: mount" % place, value, ("path", "opts", "passno"))
    path, opts = value.get("path"), value.get("opts", "defaults")
    if not isinstance(path, str) or not MOUNTPOINT.match(path) or {".", ".."} & set(path.split("/")):
        problems.append(
            "%s: mount: path is %r; allowed is an absolute path of letters, digits and the characters _ @ + . : -, "
            "without a slash at its end." % (place, path)
        )
    if not isinstance(opts, str) or not opts or re.search(r"[\s#\\]", opts):
        problems.append("%s: mount: opts is %r; allowed is text such as defaults,nofail." % (place, opts))
    if value.get("passno", 0) not in (0, 1, 2) or isinstance(value.get("passno"), bool):
        problems.append("%s: mount: passno is %r; allowed are 0, 1 and 2." % (place, value["passno"]))
    if kind(entry) != "snapshot" and "filesystem" not in entry:
        problems.append("%s: mount is given and there is no filesystem; allowed is mount with filesystem." % place)
    return problems


def of_all_volumes(described):
    problems = []
    names = [(entry["vg"], entry["lv"]) for entry in described.volumes
             if is_name(entry.get("vg")) and is_name(entry.get("lv"))]
    for vg, lv in common.repeated(names):
        problems.append("%s: %s/%s is described twice; allowed is once." % (VOLUMES, vg, lv))
    staying = [entry for entry in described.volumes if stays(entry)]
    caches = [(entry.get("vg"), entry["cachevol"]) for entry in staying
              if entry.get("cachevol") and isinstance(entry["cachevol"], str)]
    for vg, lv in common.repeated(caches):
        problems.append("%s: %s/%s is cachevol of more than one volume; allowed is one." % (VOLUMES, vg, lv))
    paths = [entry["mount"].get("path") for entry in staying if isinstance(entry.get("mount"), dict)]
    for path in common.repeated([path for path in paths if isinstance(path, str)]):
        owners = [where(entry).split(": ")[1] for entry in staying
                  if isinstance(entry.get("mount"), dict) and entry["mount"].get("path") == path]
        problems.append(
            "%s: mount: path is %s for %s; allowed is one volume for a path." % (VOLUMES, path, " and ".join(owners))
        )
    return problems


# The rest


def activation(value):
    settings, problems = common.dictionary(ACTIVATION, value)
    problems += common.unknown_keys(ACTIVATION, settings, SETTINGS)
    for key, allowed in SETTINGS.items():
        if key not in settings:
            continue
        if isinstance(allowed, range):
            if not is_whole(settings[key]) or settings[key] not in allowed:
                problems.append(
                    "%s: %s is %r; allowed is a whole number from %d to %d."
                    % (ACTIVATION, key, settings[key], allowed[0], allowed[-1])
                )
        elif settings[key] not in allowed:
            problems.append("%s: %s is %r; allowed are %s." % (ACTIVATION, key, settings[key], ", ".join(allowed)))
    return problems


def may_lose_data(value, described):
    if not isinstance(value, list):
        return ["%s is %s (%r); allowed is a list." % (MAY_LOSE, common.kind(value), value)]
    known = ["%s/%s" % key for key in described.volume]
    for entry in described.groups:
        known += texts(entry.get("pvs"))
    return [
        "%s names %r, which is neither in pvs nor a volume (vg/lv) described here; allowed are those."
        % (MAY_LOSE, name)
        for name in value
        if name not in known
    ]


def lvm_problems(variables):
    """All reasons why these variables cannot be meant, as sentences."""
    groups, problems = common.list_of_dicts(GROUPS, variables[GROUPS])
    volumes, more = common.list_of_dicts(VOLUMES, variables[VOLUMES])
    described = Described(groups, volumes)
    problems += more
    for entry in groups:
        problems += group(entry)
    for entry in volumes:
        problems += volume(entry, described)
    problems += of_all_groups(described) + of_all_volumes(described)
    return problems + activation(variables[ACTIVATION]) + may_lose_data(variables[MAY_LOSE], described)
