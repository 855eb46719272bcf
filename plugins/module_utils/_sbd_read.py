# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what sbd, its files and its processes say, as data. No I/O."""

from __future__ import annotations

import re

DUMP = re.compile(r"^(Header version|UUID|Number of slots|Sector size|Timeout \((\w+)\))\s*: (\S+)$", re.MULTILINE)
# The first eight bytes of a device that `sbd create` has written.
MAGIC = b"SBD_SBD_"
WATCHER = re.compile(r"^sbd: watcher: (/\S+) - slot: (\d+) - uuid: (\S+)$")
ASSIGNMENT = re.compile(r"^\s*(SBD_\w+)=(.*)$")


def parse_default(text):
    """{variable: value} of a file such as /etc/default/sbd, as systemd reads it: the last one counts."""
    found = {}
    for line in text.splitlines():
        match = ASSIGNMENT.match(line)
        if match:
            value = match.group(2).strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            found[match.group(1)] = value[1:-1] if quoted else value
    return found


def parse_dump(out):
    """The header of a device. None where it has none."""
    said, timeouts = {}, {}
    for name, timeout, value in DUMP.findall(out):
        if timeout:
            timeouts[timeout] = int(value)
        else:
            said[name] = value
    if "Header version" not in said:
        return None
    return {
        "version": said["Header version"],
        "uuid": said.get("UUID"),
        "slots": int(said["Number of slots"]),
        "sector_size": int(said["Sector size"]),
        "timeouts": timeouts,
    }


def parse_list(out):
    """The slots of a device that belong to a node, with the message in each and who has written it."""
    rows = [line.split("\t") for line in out.splitlines() if line.strip()]
    return [{"slot": int(row[0]), "node": row[1], "message": row[2], "sender": (row + [""])[3]} for row in rows]


def parse_titles(titles):
    """The devices that a running sbd reads, from the names that its processes give themselves."""
    found = [WATCHER.match(title.strip()) for title in titles]
    return [{"device": match.group(1), "slot": int(match.group(2)), "uuid": match.group(3)} for match in found if match]


def pending(unit, wanted, heeded):
    """What a running sbd does not go by, or why it is not as it is meant to be, as words; none where all is well.

    unit: enabled and running. wanted: /etc/default/sbd. heeded: the same when this sbd was started, None where nobody
    has noted that.
    """
    if unit["enabled"] != unit["running"]:
        return ["running" if unit["enabled"] else "enabled"]
    if not unit["running"]:
        return []
    if heeded is None:
        return sorted(wanted)
    return sorted(name for name in {*wanted, *heeded} if wanted.get(name, "") != heeded.get(name, ""))
