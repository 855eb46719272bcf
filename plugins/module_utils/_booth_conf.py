# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: booth.conf, its words and what its daemon takes, from the variables of role booth and back again. No I/O.

Ranges are those of boothd(8) 1.0-283 and 1.2, each tried.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

# What booth 1.0 and 1.2 take, and refuse with "only alphanumeric names" beyond; 64 are too long.
TICKET = re.compile(r"^[A-Za-z0-9_/.-]{1,63}\Z")
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")
ACCOUNT = re.compile(r"^[a-z_][a-z0-9_-]*\Z")
# A time is in seconds; timeout may be in ms, with that unit behind it.
MILLISECONDS = re.compile(r"^([1-9][0-9]*)ms\Z")
PREREQUISITE = re.compile(r"^(auto|manual) \S+ (eq|ne) \S+\Z")
HANDLER = re.compile(r"^/[^\s\"]+( [^\s\"]+)*\Z")
MODES = ("automatic", "manual")
DEFAULTS = {"expire": 600, "acquire-after": 0, "timeout": 5, "retries": 10, "mode": "automatic"}
TICKET_WORDS = ("expire", "acquire-after", "renewal-freq", "timeout", "retries", "weights", "before-acquire-handler",
                "attr-prereq", "mode")
SETTINGS = ("port", "transport", "maxtimeskew", "debug", "site-user", "site-group", "arbitrator-user",
            "arbitrator-group")


def is_whole(value, least, most=2**31 - 1):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def seconds(value):
    """A time as boothd reads it, None if it does not."""
    if is_whole(value, 1):
        return float(value)
    found = MILLISECONDS.match(value) if isinstance(value, str) else None
    return int(found.group(1)) / 1000.0 if found else None


def _is_list_of_whole(value):
    return isinstance(value, list) and bool(value) and all(is_whole(entry, 0) for entry in value)


def matching(pattern):
    return lambda value: isinstance(value, str) and bool(pattern.match(value))


# {word: (whether its value is taken, what is allowed)}
TICKET_VALUES = {
    "expire": (lambda value: is_whole(value, 1), "a whole number of seconds from 1 on"),
    "acquire-after": (lambda value: is_whole(value, 0), "a whole number of seconds from 0 on"),
    "renewal-freq": (lambda value: is_whole(value, 1), "a whole number of seconds from 1 on"),
    "timeout": (lambda value: seconds(value) is not None, "a whole number of seconds from 1 on, or of ms such as 500ms"),
    "retries": (lambda value: is_whole(value, 3, 100), "a whole number from 3 to 100"),
    "weights": (_is_list_of_whole, "a list of whole numbers from 0 on, one for each site and then each arbitrator"),
    "before-acquire-handler": (matching(HANDLER), "an absolute path, with arguments behind it"),
    "attr-prereq": (matching(PREREQUISITE), "such as: auto repl_state eq ACTIVE"),
    "mode": (lambda value: isinstance(value, str) and value in MODES, "automatic or manual"),
}
SETTING_VALUES = {
    "port": (lambda value: is_whole(value, 1, 65535), "a whole number from 1 to 65535"),
    "transport": (lambda value: value == "UDP", "UDP, which is all that booth has"),
    "maxtimeskew": (lambda value: is_whole(value, 1), "a whole number of seconds from 1 on"),
    "debug": (lambda value: is_whole(value, 0, 100), "a whole number from 0 to 100"),
}
SETTING_VALUES.update({word: (matching(ACCOUNT), "the name of an account") for word in SETTINGS[4:]})


def renewal(ticket):
    """After how many seconds a ticket is renewed."""
    return ticket["renewal-freq"] if "renewal-freq" in ticket else ticket["expire"] / 2.0


def _written(value):
    return ",".join(str(entry) for entry in value) if isinstance(value, list) else str(value)


def _ticket(name, options):
    lines = ['ticket = "%s"' % name]
    return lines + ["    %s = %s" % (word, _written(options[word])) for word in TICKET_WORDS if word in options]


def booth_conf(variables):
    """The text of booth.conf. It has to be the same on all members, so nothing in it is a host's own."""
    settings = dict({"port": 9929, "transport": "UDP"}, **variables["booth_settings"])
    lines = ["# Written by role booth of halab.cluster. boothd(8)"]
    lines += ["%s = %s" % (word, settings[word]) for word in SETTINGS if word in settings]
    lines.append("authfile = %s" % variables["booth_authfile"])
    lines += ["site = %s" % address for address in variables["booth_sites"]]
    lines += ["arbitrator = %s" % address for address in variables["booth_arbitrators"]]
    if variables["booth_ticket_defaults"]:
        lines += _ticket("__defaults__", variables["booth_ticket_defaults"])
    for ticket in variables["booth_tickets"]:
        lines += _ticket(ticket["name"], ticket)
    return "".join(line + "\n" for line in lines)


LINE = re.compile(r"^\s*([a-z-]+)\s*=\s*(.*?)\s*$")


def parse(text):
    """What modules want to know of a booth.conf, whoever wrote it: sites, arbitrators, {ticket: its words}."""
    found = {"sites": [], "arbitrators": [], "tickets": {}}
    defaults, current = {}, None
    for line in text.splitlines():
        match = LINE.match(line)
        if line.lstrip().startswith("#") or not match:
            continue
        word, value = match.group(1), match.group(2).strip("\"'")
        if word in ("site", "arbitrator"):
            found[word + "s"].append(value)
        elif word == "ticket":
            current = defaults if value == "__defaults__" else found["tickets"].setdefault(value, dict(defaults))
        elif current is not None:
            current[word] = value
    return found


def takes_over_after(ticket):
    """Seconds within which another site is expected to have a ticket whose holder was lost.

    The lease has to end (it was renewed just before, at worst) and acquire-after to pass. Then the sites that are left
    ask the one that was lost for its vote, and do not wait for it longer than timeout; each of these steps is looked at
    once more by their clock.
    """
    words = dict(DEFAULTS, **ticket)
    return words["expire"] + words["acquire-after"] + 3 * seconds(words["timeout"])


def named(variable, value):
    """(the entries that are addresses, sentences about the others)"""
    if not isinstance(value, list):
        return [], ["%s is %s (%r); allowed is a list of IP addresses." % (variable, common.kind(value), value)]
    problems = ["%s[%d] is %r; allowed is an IP address." % (variable, position, entry)
                for position, entry in enumerate(value) if common.address(entry) is None]
    return [entry for entry in value if common.address(entry) is not None], problems
