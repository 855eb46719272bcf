# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mdadm, /proc/mdstat and md's directory in /sys say, as data. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re
import struct

from ansible_collections.halab.cluster.plugins.module_utils._block_devices import kernel_path

# md.c of the kernel, status_line(): one array starts at the left margin, its further lines are indented.
ARRAY = re.compile(r"^(?P<name>md\S*) : (?P<state>\S+)(?P<flags>(?: \([a-z-]+\))*)(?P<rest>.*)$")
MEMBER = re.compile(r"^(?P<name>[^\[\s]+)\[(?P<number>\d+)\](?P<flags>(?:\([A-Z]\))*)$")
BLOCKS = re.compile(r"^(?P<blocks>\d+) blocks(?P<rest>.*)$")
PROGRESS = re.compile(
    r"(?P<name>reshape|check|resync|recovery|repair)\s*=\s*(?P<percent>[\d.]+)% \((?P<done>\d+)/(?P<total>\d+)\)"
    r"(?: finish=(?P<finish>[\d.]+)min)?(?: speed=(?P<speed>\d+)K/sec)?"
)
HELD = re.compile(r"^(?P<name>reshape|check|resync|recovery|repair)=(?P<state>DELAYED|PENDING|REMOTE)$")
BITMAP = re.compile(r"^bitmap: \d+/\d+ pages \[\d+KB\], \d+(?:B|KB)? chunk(?:, file: (?P<file>.+))?$")
# md_p.h of the kernel, struct mdp_superblock_1: how much of it is read here, and how it begins.
SUPERBLOCK_BYTES = 192
SUPERBLOCK_MAGIC = (0xA92B4EFC, 1)
# Sectors that mdadm takes for a partial parity log at least: its header and one page.
LEAST_PPL_ROOM = 16
FLAGS = {"F": "faulty", "S": "spare", "R": "replacement", "W": "write-mostly", "J": "journal"}

# mdadm(8), --layout. The numbers are the kernel's.
PARITY_LAYOUTS = {
    0: "left-asymmetric",
    1: "right-asymmetric",
    2: "left-symmetric",
    3: "right-symmetric",
    4: "parity-first",
    5: "parity-last",
    8: "ddf-zero-restart",
    9: "ddf-N-restart",
    10: "ddf-N-continue",
    16: "left-asymmetric-6",
    17: "right-asymmetric-6",
    18: "left-symmetric-6",
    19: "right-symmetric-6",
    20: "parity-first-6",
}


def _number(text):
    return int(text) if text and text.lstrip("-").isdigit() else None


def parse_mdstat(text):
    """/proc/mdstat as {name: {active, read_only, level, members, blocks, metadata, slots, bitmap, operation}}."""
    arrays, current = {}, None
    for line in text.splitlines():
        start = ARRAY.match(line)
        if start:
            current = _mdstat_array(start)
            arrays[start.group("name")] = current
        elif current is not None and line[:1] in (" ", "\t"):
            _mdstat_more(current, line.strip())
        else:
            current = None
    return arrays


def _mdstat_array(start):
    words = start.group("rest").split()
    members = [found for found in (MEMBER.match(word) for word in words) if found]
    # An inactive array has no level.
    level = words[0] if words and not MEMBER.match(words[0]) else None
    flags = start.group("flags")
    return {
        "active": start.group("state") == "active",
        "read_only": "auto" if "(auto-read-only)" in flags else "yes" if "(read-only)" in flags else "no",
        "broken": "(broken)" in flags or start.group("state") == "broken",
        "level": level_name(level),
        "members": [
            {
                "name": member.group("name"),
                "number": int(member.group("number")),
                "flags": [FLAGS.get(letter, letter) for letter in re.findall(r"\((.)\)", member.group("flags"))],
            }
            for member in members
        ],
        "blocks": None,
        "metadata": "0.90",
        "slots": None,
        "bitmap": None,
        "operation": None,
    }


def _mdstat_more(array, line):
    blocks, progress, held, bitmap = BLOCKS.match(line), PROGRESS.search(line), HELD.match(line), BITMAP.match(line)
    if blocks:
        array["blocks"] = int(blocks.group("blocks"))
        metadata = re.search(r" super (external:\S+|non-persistent|[\d.]+)", blocks.group("rest"))
        # Version 0.90 is the one that is not named.
        array["metadata"] = metadata.group(1) if metadata else "0.90"
        slots = re.search(r"\[\d+/\d+\] \[([U_]+)\]", blocks.group("rest"))
        array["slots"] = slots.group(1) if slots else None
    elif progress:
        array["operation"] = {
            "name": progress.group("name"),
            "state": "running",
            "percent": float(progress.group("percent")),
            "done": int(progress.group("done")),
            "total": int(progress.group("total")),
            "finish_minutes": float(progress.group("finish")) if progress.group("finish") else None,
            "speed": _number(progress.group("speed")),
        }
    elif held:
        array["operation"] = {
            "name": held.group("name"),
            "state": held.group("state").lower(),
            "percent": None,
            "done": None,
            "total": None,
            "finish_minutes": None,
            "speed": None,
        }
    elif bitmap:
        array["bitmap"] = "file" if bitmap.group("file") else "internal"


def parse_export(text):
    """The KEY=value lines of mdadm --detail --export and mdadm --examine --export."""
    return dict(line.split("=", 1) for line in text.splitlines() if line.startswith("MD_") and "=" in line)


def level_name(level):
    """raid5 as 5, as mdadm's --level takes it; other levels by their names."""
    return level[4:] if level and re.match(r"^raid\d+$", level) else level


def own_name(name):
    """(home host, name) of MD_NAME, which is host:name or name."""
    host, colon, rest = (name or "").partition(":")
    return (host, rest) if colon else (None, name or None)


def parse_detail(text):
    """mdadm --detail --export: who the array is."""
    values = parse_export(text)
    host, name = own_name(values.get("MD_NAME"))
    members = {}
    for key, value in values.items():
        found = re.match(r"^MD_DEVICE_(.+)_DEV$", key)
        if found:
            members[value] = values.get("MD_DEVICE_%s_ROLE" % found.group(1))
    return {
        "level": level_name(values.get("MD_LEVEL")),
        "raid_devices": _number(values.get("MD_DEVICES")),
        "metadata": values.get("MD_METADATA"),
        "uuid": values.get("MD_UUID"),
        "home_host": host,
        "name": name or values.get("MD_DEVNAME"),
        "devname": values.get("MD_DEVNAME"),
        "reshape": values.get("MD_RESHAPE_ACTIVE") == "True",
        "members": members,
    }


def parse_examine(text):
    """mdadm --examine --export: which array a device says it belongs to. None without a superblock."""
    values = parse_export(text)
    if "MD_UUID" not in values:
        return None
    host, name = own_name(values.get("MD_NAME"))
    return {
        "level": level_name(values.get("MD_LEVEL")),
        "raid_devices": _number(values.get("MD_DEVICES")),
        "metadata": values.get("MD_METADATA"),
        "uuid": values["MD_UUID"],
        "home_host": host,
        "name": name,
        "events": _number(values.get("MD_EVENTS")),
    }


def superblock_start(metadata, size):
    """The byte at which a superblock begins on a device of that many bytes."""
    return {"1.0": (size // 512 - 16) // 8 * 4096, "1.2": 4096}.get(metadata, 0)


def ppl_room(superblock):
    """How many sectors mdadm would find on a member for a partial parity log, None if this is no superblock.

    mdadm itself tells only when it is too late: an array has to lose its bitmap before it is asked for such a log. It
    puts the log between superblock and data, in front of the bad block log.
    """
    if len(superblock) < SUPERBLOCK_BYTES or struct.unpack_from("<II", superblock) != SUPERBLOCK_MAGIC:
        return None
    data, size, start = struct.unpack_from("<QQQ", superblock, 128)
    (bad_blocks,) = struct.unpack_from("<i", superblock, 188)
    if start < data:
        return (bad_blocks or data - start) - 8
    return start - data - size + bad_blocks


def parse_attributes(text):
    """Lines of path:value, as grep -H prints them, as {path: value}."""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _new(value):
    """The value that a reshape leads to; the kernel shows it as "new (old)"."""
    return (value or "").split(" ")[0]


def layout_name(level, number):
    """The layout as mdadm's --layout takes it, or None where the level has none."""
    if number is None:
        return None
    if level in ("5", "6"):
        return PARITY_LAYOUTS.get(number, str(number))
    if level == "10":
        near, far, offset = number & 0xFF, number >> 8 & 0xFF, number >> 16 & 1
        return "o%d" % far if offset else "f%d" % far if far > 1 else "n%d" % near
    return None


def member(values):
    """One member, from the attributes of its dev-* directory."""
    flags = [flag for flag in values.get("state", "").split(",") if flag]
    slot = _number(values.get("slot"))
    if "faulty" in flags:
        role = "faulty"
    elif "journal" in flags:
        role = "journal"
    elif "replacement" in flags:
        role = "replacement"
    elif slot is None:
        role = "spare"
    else:
        role = "active" if "in_sync" in flags else "rebuilding"
    return {
        "role": role,
        "slot": slot,
        "want_replacement": "want_replacement" in flags,
        "offset": _number(values.get("offset")),
        "new_offset": _number(values.get("new_offset")),
    }


def array(device, mdstat, detail, attributes):
    """One array, from its part of /proc/mdstat, mdadm --detail --export and its md directory in /sys."""
    members = {}
    for path, value in attributes.items():
        found = re.match(r"^dev-([^/]+)/(\w+)$", path)
        if found:
            members.setdefault(found.group(1), {})[found.group(2)] = value
    level = level_name(attributes.get("level")) or detail["level"]
    chunk = _number(_new(attributes.get("chunk_size")))
    location = attributes.get("bitmap/location", "none")
    return {
        "device": device,
        "name": detail["name"],
        "home_host": detail["home_host"],
        "uuid": detail["uuid"],
        "level": level,
        "raid_devices": _number(_new(attributes.get("raid_disks"))) or detail["raid_devices"],
        "layout": layout_name(level, _number(_new(attributes.get("layout")))),
        # KiB, as mdadm's options.
        "chunk": chunk // 1024 if chunk else None,
        "size": _number(attributes.get("component_size")),
        "array_size": mdstat["blocks"],
        "metadata": attributes.get("metadata_version") or detail["metadata"],
        "bitmap": mdstat["bitmap"] or ("none" if location == "none" else "file" if location == "file" else "internal"),
        "consistency_policy": attributes.get("consistency_policy"),
        "active": mdstat["active"],
        "state": attributes.get("array_state"),
        "read_only": mdstat["read_only"],
        "degraded": _number(attributes.get("degraded")) or 0,
        "slots": mdstat["slots"],
        "sync_action": attributes.get("sync_action", "idle"),
        "operation": mdstat["operation"],
        "reshape_position": _number(attributes.get("reshape_position")),
        "members": sorted(
            (dict(member(values), device=kernel_path(name)) for name, values in members.items()),
            key=lambda entry: (entry["slot"] is None, entry["slot"] or 0, entry["device"]),
        ),
    }


def interrupted(found):
    """Whether a reshape has got so far and then no further. The kernel waits for somebody to say that it may go on."""
    return found["reshape_position"] is not None and found["operation"] is None and found["read_only"] == "auto"


def needs_backup(found):
    """Whether a reshape writes where it reads, and not towards the free space before the data."""
    return any(entry["new_offset"] == entry["offset"] for entry in found["members"] if entry["role"] != "faulty")


def busy(found):
    """Whether an array is at work, or about to be, so that waiting for it makes sense."""
    if not found["active"] or found["read_only"] != "no":
        return False
    if found["operation"] or found["sync_action"] not in ("idle", "frozen"):
        return True
    roles = [entry["role"] for entry in found["members"]]
    # Between the moment a spare arrives and the start of its rebuild the kernel shows nothing.
    return bool({"rebuilding", "replacement"} & set(roles)) or (found["degraded"] > 0 and "spare" in roles)


def progress(found):
    """What an array is doing, as a sentence; None if nothing."""
    operation = found["operation"]
    if operation is None:
        return None
    if operation["state"] != "running":
        return "%s %s" % (operation["name"], operation["state"])
    text = "%s %.1f %%" % (operation["name"], operation["percent"])
    if operation["finish_minutes"] is not None:
        text += ", %.1f minutes to go" % operation["finish_minutes"]
    if operation["speed"] is not None:
        text += " at %d KiB/s" % operation["speed"]
    return text


def described(found):
    """An array with what follows from the rest, for those who read the result of a module."""
    return dict(found, busy=busy(found), progress=progress(found))


def raid_name(block):
    """The name of the array that a block device (as _block_devices gives it) is a member of, or None."""
    return own_name(block["label"])[1] if block["fstype"] == "linux_raid_member" else None


def stopped(blocks):
    """{name: devices} of members that belong to no assembled array."""
    found = {}
    for device, block in sorted(blocks.items()):
        name = raid_name(block)
        if name and not block["children"]:
            found.setdefault(name, []).append(device)
    return found
