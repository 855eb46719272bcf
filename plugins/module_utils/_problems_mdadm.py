# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role mdadm refuses before it touches a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_wanted
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

# mdadm.conf(5) ends a word at a space and takes what follows a # for a comment.
WORD = re.compile(r"[^\s#\"']+")
LINE = re.compile(r"[^\s#\"'][^\n#\"']*")
PATH = re.compile(r"/[^\s#\"']+")
# What date(1) adds to now, as mdcheck asks it to.
DURATION = re.compile(r"[1-9]\d* (minute|hour|day)s?")


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def fits(pattern):
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def are_paths(value):
    return isinstance(value, list) and all(fits(PATH)(path) for path in value)


def one_of(values):
    # YAML reads 5 and 1.2 as numbers.
    return lambda value: (isinstance(value, str) or is_number(value)) and str(value) in values


PATHS = (are_paths, "a list of paths such as /dev/disk/by-id/ata-X")
# {option: (what accepts a value of a sensible type, what to say otherwise)}
ARRAY = {
    "name": (fits(WORD), "text without spaces"),
    "state": (one_of(("present", "absent")), "present or absent"),
    "level": (one_of(_mdadm_wanted.LEVELS), "one of %s" % ", ".join(_mdadm_wanted.LEVELS)),
    "devices": PATHS,
    "spares": PATHS,
    "spare_group": (fits(WORD), "a word"),
    "layout": (fits(WORD), "a word, as mdadm's --layout"),
    "chunk": (is_whole, "a number of KiB"),
    "metadata": (one_of(("1.0", "1.1", "1.2")), "1.0, 1.1 or 1.2"),
    "bitmap": (one_of(("internal", "none")), "internal or none"),
    "consistency_policy": (one_of(("resync", "ppl")), "resync or ppl"),
    "size": (lambda value: is_whole(value) or fits(WORD)(value), "max or a number of KiB used on each device"),
    "size_tolerance": (is_number, "a number of percent"),
    "wipe": PATHS,
    "readd_failed": (lambda value: isinstance(value, bool), "true or false, without quotes"),
    "backup_file": (fits(PATH), "a path"),
}
UNSET = dict(
    dict.fromkeys(ARRAY), state="present", devices=[], spares=[], size_tolerance=1.0, wipe=[], readd_failed=False
)
MONITOR = {
    "mailaddr": (fits(WORD), "one address"),
    "mailfrom": (fits(LINE), "an address, or a name and an address"),
    "program": (fits(PATH), "the path of a program"),
    "monitordelay": (lambda value: is_whole(value) and value > 0, "a number of seconds above 0"),
}
CHECK = {
    "on_calendar": (fits(LINE), "a time as systemd.time(7) has it, such as Sun *-*-1..7 1:05:00"),
    "duration": (fits(DURATION), "a time such as 6 hours"),
}


def values(where, entry, known):
    """Keys and values that have no meaning, whatever the others are."""
    problems = common.unknown_keys(where, entry, known)
    for key, (accepts, words) in known.items():
        if entry.get(key) is not None and not accepts(entry[key]):
            problems.append("%s: %s is %r; allowed is %s." % (where, key, entry[key], words))
    return problems


def wanted_of(entry):
    """The array as module mdadm_array would have it."""
    given = {key: value for key, value in entry.items() if value is not None}
    for key in ("level", "metadata", "size"):
        if key in given:
            given[key] = str(given[key])
    return dict(UNSET, **given)


def arrays(value):
    entries, problems = common.list_of_dicts("mdadm_arrays", value)
    wanted = []
    for entry in entries:
        where = "mdadm_arrays: %s" % entry.get("name")
        found = values(where, entry, ARRAY)
        if entry.get("name") is None:
            found.append("%s: there is no name; allowed is one for each array." % where)
        if not found:
            wanted.append(wanted_of(entry))
            found = ["%s: %s" % (where, sentence) for sentence in _mdadm_wanted.problems(wanted[-1])]
        problems += found
    return problems + ["mdadm_arrays: %s" % sentence for sentence in _mdadm_wanted.problems_together(wanted)]


def monitor(value):
    options, problems = common.dictionary("mdadm_monitor", value)
    problems += values("mdadm_monitor", options, MONITOR)
    if not problems and not options.get("mailaddr") and not options.get("program"):
        problems.append(
            "mdadm_monitor is %r; allowed is a dictionary with mailaddr or program or both: a failed device that "
            "nobody is told of is noticed when the next one fails." % (options,)
        )
    return problems


def check(value):
    options, problems = common.dictionary("mdadm_check", value)
    return problems + values("mdadm_check", options, CHECK)


def mdadm_problems(variables):
    """All reasons why role mdadm would not touch a host with these variables."""
    problems = arrays(variables["mdadm_arrays"])
    if not isinstance(variables["mdadm_wait"], bool):
        problems.append("mdadm_wait is %r; allowed is true or false, without quotes." % (variables["mdadm_wait"],))
    timeout = variables["mdadm_timeout"]
    if not is_whole(timeout) or timeout < 1:
        problems.append("mdadm_timeout is %r; allowed is a number of seconds above 0." % (timeout,))
    return problems + monitor(variables["mdadm_monitor"]) + check(variables["mdadm_check"])
