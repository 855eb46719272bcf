# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said to be wrong with a wanted array without looking at any device. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

LEVELS = ("0", "1", "4", "5", "6", "10")
# mdadm itself takes two devices for levels 4 and 5 and one for 0; none of these is what anybody wants.
LEAST_DEVICES = {"0": 2, "1": 2, "4": 3, "5": 3, "6": 4, "10": 2}
# How many members may be missing in any case; level 10 survives more with luck.
REDUNDANCY = {"0": 0, "4": 1, "5": 1, "6": 2}
LAYOUTS = {
    "5": ("left-asymmetric", "left-symmetric", "right-asymmetric", "right-symmetric", "parity-first", "parity-last"),
    "6": ("left-asymmetric", "left-symmetric", "right-asymmetric", "right-symmetric"),
}
NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")
# The superblock has 32 bytes for name and home host together.
LONGEST_NAME = 32
# How many devices md keeps a partial parity log for.
MOST_DEVICES_WITH_PPL = 64


def repeated(values):
    return sorted({value for value in values if values.count(value) > 1})


def copies(layout):
    """How many times a layout of level 10 stores everything."""
    return int(layout[1:]) if layout else 2


def redundancy(level, raid_devices, layout):
    """How many members may be lost, whichever they are."""
    if level == "1":
        return raid_devices - 1
    if level == "10":
        return copies(layout) - 1
    return REDUNDANCY.get(level, 0)


def bitmap(wanted):
    """The bitmap that is wanted. A bitmap is a consistency policy, and md has one at a time."""
    return "none" if wanted["consistency_policy"] else wanted["bitmap"]


def _consistency_policy(wanted):
    level, policy = wanted["level"], wanted["consistency_policy"]
    if policy is None:
        return []
    found = []
    if wanted["bitmap"] == "internal":
        found.append("bitmap is internal and consistency_policy is %s; allowed is one of the two." % policy)
    if policy == "ppl" and level != "5":
        found.append("consistency_policy is ppl; allowed with level %s is none: only level 5 can have it." % level)
    elif policy == "ppl" and len(wanted["devices"]) > MOST_DEVICES_WITH_PPL:
        found.append(
            "devices are %d; allowed with consistency_policy ppl are %d at most."
            % (len(wanted["devices"]), MOST_DEVICES_WITH_PPL)
        )
    elif level == "0":
        found.append("consistency_policy is %s; allowed with level 0 is none: it has nothing to resync." % policy)
    return found


def _layout(wanted):
    level, layout = wanted["level"], wanted["layout"]
    if layout is None:
        return []
    if level == "10":
        if not re.match(r"^[nfo][1-9]\d?$", layout):
            return ["layout is %s; allowed with level 10 is n, f or o and the number of copies, such as n2." % layout]
        if not 2 <= copies(layout) <= len(wanted["devices"]):
            return [
                "layout is %s, with %d devices; allowed are 2 copies up to one for each device."
                % (layout, len(wanted["devices"]))
            ]
        return []
    if layout not in LAYOUTS.get(level, ()):
        return [
            "layout is %s; allowed with level %s is %s." % (layout, level, ", ".join(LAYOUTS.get(level, ())) or "none")
        ]
    return []


def problems(wanted):
    """All reasons why these options cannot describe an array, as sentences."""
    name, found = wanted["name"], []
    if not NAME.match(name) or len(name) > LONGEST_NAME:
        found.append(
            "name is %r; allowed are letters, digits, dots, dashes and underscores, at most %d." % (name, LONGEST_NAME)
        )
    if wanted["state"] == "absent":
        return found
    level, devices, spares = wanted["level"], wanted["devices"], wanted["spares"]
    if level not in LEVELS:
        return found + ["level is %s; allowed is one of %s." % (level, ", ".join(LEVELS))]
    for device in repeated(devices + spares):
        found.append("%s is listed twice in devices and spares; allowed is once." % device)
    if len(devices) < LEAST_DEVICES[level]:
        found.append(
            "devices are %d (%s); allowed with level %s are %d or more."
            % (len(devices), ", ".join(devices) or "none", level, LEAST_DEVICES[level])
        )
    for device in sorted(set(wanted["wipe"]) - set(devices + spares)):
        found.append("wipe names %s; allowed is what devices and spares name." % device)
    found += _layout(wanted) + _consistency_policy(wanted)
    if level == "0":
        if spares:
            found.append("spares are %s; allowed with level 0 are none: it has no use for a spare." % ", ".join(spares))
        if wanted["bitmap"] == "internal":
            found.append("bitmap is internal; allowed with level 0 is none: it has nothing to resync.")
        if wanted["size"] is not None:
            found.append("size is %s; allowed with level 0 is none: it always uses its devices whole." % wanted["size"])
    chunk = wanted["chunk"]
    if chunk is not None:
        if level == "1":
            found.append("chunk is %d; allowed with level 1 is no chunk: it has none." % chunk)
        elif chunk < 4 or chunk & (chunk - 1):
            found.append("chunk is %d; allowed is a power of two from 4 up, in KiB." % chunk)
    size = wanted["size"]
    if size is not None and size != "max" and not (size.isdigit() and int(size) > 0):
        found.append("size is %s; allowed is max or a number of KiB used on each device." % size)
    if wanted["size_tolerance"] < 0:
        found.append("size_tolerance is %s; allowed is 0 percent or more." % wanted["size_tolerance"])
    return found


def about(name, sentences):
    """Sentences that say which array they are about."""
    return [text if text.startswith(name + " ") else "%s: %s" % (name, text) for text in sentences]


def problems_together(arrays):
    """All reasons why these arrays cannot be on one host."""
    found = ["%s is the name of two arrays; allowed is one." % name for name in repeated([a["name"] for a in arrays])]
    owners = {}
    for wanted in arrays:
        if wanted["state"] == "present":
            for device in set(wanted["devices"] + wanted["spares"]):
                owners.setdefault(device, []).append(wanted["name"])
    found += [
        "%s is in the arrays %s; allowed is one." % (device, " and ".join(names))
        for device, names in sorted(owners.items())
        if len(names) > 1
    ]
    return found
