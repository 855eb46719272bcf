# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role node_health refuses about UPSs before it touches a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _node_health_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

VARIABLE = "node_health_nut"
KEYS = ("mode", "ups", "upsd", "users", "upsmon")
UPS_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
OPTION = re.compile(r"^[A-Za-z][A-Za-z0-9_.-]*$")
SYSTEM = re.compile(r"^(?P<ups>[A-Za-z0-9][A-Za-z0-9_-]*)@(?P<host>\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(:(?P<port>\d+))?$")
USER_KEYS = ("name", "password", "actions", "instcmds", "upsmon")
MONITOR_KEYS = ("system", "powervalue", "username", "password", "type")
OWN_WORDS = ("NOTIFYCMD", "NOTIFYFLAG")
ROLES = ("primary", "secondary")
ACTIONS = ("SET", "FSD")
LOCAL = ("localhost", "127.0.0.1", "[::1]")
DIFFERENT_CHARACTERS = 6
# What breaks the quotes of NUT's files.
UNWRITABLE = re.compile(r"[\"\\\s#]")


def password(where, name, value, shortest=12, longest=None):
    """Problems with a secret. It is never part of a sentence."""
    lengths = "%d characters or more" % shortest if longest is None else "%d to %d characters" % (shortest, longest)
    if value is None:
        return ["%s: password is missing; allowed are %s." % (where, lengths)]
    if not isinstance(value, str):
        return ["%s: password is %s; allowed is text." % (where, common.kind(value))]
    if UNWRITABLE.search(value):
        return ["%s: password holds a quote, a backslash, a blank or a hash; allowed are other characters." % where]
    if len(value) < shortest or longest is not None and len(value) > longest:
        return ["%s: password has %d characters; allowed are %s." % (where, len(value), lengths)]
    if len(set(value)) < DIFFERENT_CHARACTERS or value == name:
        return [
            "%s: password is easily guessed; allowed are at least %d different characters, and not the name."
            % (where, DIFFERENT_CHARACTERS)
        ]
    return []


def secretive_dictionary(variable, value):
    """(the dictionary, problems), which do not show what may hold a secret."""
    if isinstance(value, dict):
        return value, []
    return {}, ["%s is %s; allowed is a dictionary." % (variable, common.kind(value))]


def secretive_list(variable, value):
    """The same of a list of dictionaries."""
    if not isinstance(value, list):
        return [], ["%s is %s; allowed is a list of dictionaries." % (variable, common.kind(value))]
    problems = [
        "%s[%d] is %s; allowed is a dictionary." % (variable, position, common.kind(entry))
        for position, entry in enumerate(value)
        if not isinstance(entry, dict)
    ]
    return dicts(value), problems


def options(where, given, known):
    """Problems with words that each have a value of their own kind."""
    problems = common.unknown_keys(where, given, known)
    return problems + [
        "%s: %s is %r; allowed is %s." % (where, key, value, known[key].allowed())
        for key, value in given.items()
        if key in known and not known[key].accepts(value)
    ]


# ups.conf, upsd.conf, upsd.users


def one_ups(entry):
    where = "%s: ups: %s" % (VARIABLE, entry.get("name"))
    problems = []
    if not isinstance(entry.get("name"), str) or not UPS_NAME.match(entry["name"]) or entry["name"] == "default":
        problems.append(
            "%s: name is %r; allowed are letters, digits, dashes and underscores." % (where, entry.get("name"))
        )
    for key, example in (("driver", "usbhid-ups"), ("port", "auto")):
        if not isinstance(entry.get(key), str) or not words.LINE.accepts(entry[key]):
            problems.append("%s: %s is %r; allowed is text such as %s." % (where, key, entry.get(key), example))
    rest = {key: value for key, value in entry.items() if key not in ("name", "driver", "port", "dummy")}
    problems += [
        "%s: the key %r is no word; allowed are options of ups.conf and of the driver." % (where, key)
        for key in rest
        if not isinstance(key, str) or not OPTION.match(key)
    ]
    # The names of drivers' secrets are their own, and they are many.
    problems += [
        "%s: %s is %s; allowed are text, a number or a boolean." % (where, key, common.kind(value))
        for key, value in rest.items()
        if not isinstance(value, (str, int, float))
    ]
    problems += common.boolean_words(where, rest)
    problems += [
        "%s: %s has a line break or a double quote; allowed is text in one line without." % (where, key)
        for key, value in rest.items()
        if isinstance(value, str) and not words.LINE.accepts(value)
    ]
    return problems + dummy(where, entry)


def dummy(where, entry):
    """The state that a driver which only pretends begins with."""
    if "dummy" not in entry:
        return []
    values, problems = common.dictionary("%s: dummy" % where, entry["dummy"])
    if entry.get("driver") != "dummy-ups":
        problems.append(
            "%s: dummy is given and the driver is %s; allowed is dummy with the driver dummy-ups."
            % (where, entry.get("driver"))
        )
    if not re.match(r"^[A-Za-z0-9][A-Za-z0-9_-]*\.(dev|seq)$", str(entry.get("port"))):
        problems.append(
            "%s: port is %r and dummy is given; allowed is the name of its file, such as rack.dev."
            % (where, entry.get("port"))
        )
    return problems + common.scalars("%s: dummy" % where, values)


def one_user(entry):
    name = entry.get("name")
    where = "%s: users: %s" % (VARIABLE, name)
    problems = common.unknown_keys(where, entry, USER_KEYS)
    if not isinstance(name, str) or not UPS_NAME.match(name):
        problems.append("%s: name is %r; allowed are letters, digits, dashes and underscores." % (where, name))
    if entry.get("upsmon", ROLES[0]) not in ROLES:
        problems.append("%s: upsmon is %r; allowed are %s." % (where, entry["upsmon"], ", ".join(ROLES)))
    actions, instcmds = entry.get("actions", []), entry.get("instcmds", [])
    if not isinstance(actions, list) or [action for action in actions if action not in ACTIONS]:
        problems.append("%s: actions is %r; allowed is a list of %s." % (where, actions, ", ".join(ACTIONS)))
    if not isinstance(instcmds, list) or [
        command for command in instcmds if not isinstance(command, str) or not OPTION.match(command)
    ]:
        problems.append(
            "%s: instcmds is %r; allowed is a list such as [test.battery.start], or [ALL]." % (where, instcmds)
        )
    return problems + password(where, name, entry.get("password"))


def upsd(given, mode):
    where = "%s: upsd" % VARIABLE
    listen = given.get("LISTEN", [])
    problems = options(where, {key: value for key, value in given.items() if key != "LISTEN"}, words.UPSD)
    pairs = [line.split() if isinstance(line, str) else [] for line in listen] if isinstance(listen, list) else [[]]
    if [
        pair
        for pair in pairs
        if len(pair) not in (1, 2)
        or pair[0] != "*"
        and not common.address(pair[0])
        or pair[1:]
        and not pair[1].isdigit()
    ]:
        return problems + ["%s: LISTEN is %r; allowed is a list such as ['192.0.2.11 3493']." % (where, listen)]
    outside = [pair for pair in pairs if pair[0] == "*" or not common.address(pair[0]).is_loopback]
    if mode == "netserver" and not outside:
        problems.append(
            "%s: LISTEN is %r and mode is netserver; allowed is a list with an address that clients reach."
            % (where, listen)
        )
    if mode == "standalone" and outside:
        problems.append(
            "%s: LISTEN is %r and mode is standalone; allowed are loopback addresses, "
            "or mode netserver." % (where, listen)
        )
    return problems


# upsmon.conf


def name_and_password(user):
    return user.get("name"), user.get("password")


def one_monitor(entry, nut, peers):
    where = "%s: upsmon: MONITOR: %s" % (VARIABLE, entry.get("system"))
    problems = common.unknown_keys(where, entry, MONITOR_KEYS)
    if not words.Whole(0).accepts(entry.get("powervalue", 1)):
        problems.append("%s: powervalue is %r; allowed is %s." % (where, entry["powervalue"], words.Whole(0).allowed()))
    if entry.get("type") not in ROLES:
        problems.append("%s: type is %r; allowed are %s." % (where, entry.get("type"), ", ".join(ROLES)))
    system = SYSTEM.match(entry["system"]) if isinstance(entry.get("system"), str) else None
    if not system:
        return problems + [
            "%s: system is %r; allowed is a UPS and its host, such as rack@localhost." % (where, entry.get("system"))
        ]
    if not isinstance(entry.get("username"), str) or not UPS_NAME.match(entry["username"]):
        return problems + ["%s: username is %r; allowed is a user of upsd.users." % (where, entry.get("username"))]
    if system["host"] in LOCAL:
        return problems + served(where, entry, system, nut)
    problems += password(where, entry["username"], entry.get("password"))
    # One that is not known is somebody else's server, such as a storage box.
    server = peers.get(system["host"].strip("[]"))
    return problems + (served(where, entry, system, server) if server else [])


def served(where, entry, system, server):
    """A server whose variables are known has to have the UPS, and the user."""
    problems = []
    names = [ups.get("name") for ups in dicts(server.get("ups"))]
    if system["ups"] not in names:
        problems.append(
            "%s: nobody serves the UPS %s on %s; allowed are those that are served there: %s."
            % (where, system["ups"], system["host"], common.listed(names))
        )
    users = [user for user in dicts(server.get("users")) if user.get("name") == entry["username"]]
    if not users:
        return problems + [
            "%s: username is %s, and %s has no such user; allowed are its users: %s."
            % (
                where,
                entry["username"],
                system["host"],
                common.listed(user.get("name") for user in dicts(server.get("users"))),
            )
        ]
    if users[0].get("upsmon") != entry.get("type") and entry.get("type") in ROLES:
        problems.append(
            "%s: type is %s and upsmon of its user %s is %s; allowed is the same."
            % (where, entry["type"], entry["username"], users[0].get("upsmon"))
        )
    if "password" in entry and entry["password"] != users[0].get("password"):
        problems.append(
            "%s: password is not that of user %s on %s; allowed is the same."
            % (where, entry["username"], system["host"])
        )
    return problems


def upsmon(given, nut, peers):
    where = "%s: upsmon" % VARIABLE
    rest = {key: value for key, value in given.items() if key != "MONITOR"}
    problems = [
        "%s: %s is the role's own; allowed is node_health_alert, with command or mail." % (where, key)
        for key in OWN_WORDS
        if key in rest
    ]
    problems += options(where, {key: value for key, value in rest.items() if key not in OWN_WORDS}, words.UPSMON)
    monitors, found = secretive_list("%s: MONITOR" % where, given.get("MONITOR", []))
    problems += found
    for entry in monitors:
        problems += one_monitor(entry, nut, peers)
    problems += [
        "%s: MONITOR names %s twice; allowed is once." % (where, system)
        for system in common.repeated([entry.get("system") for entry in monitors])
    ]
    values = [entry.get("powervalue", 1) for entry in monitors]
    least = given.get("MINSUPPLIES", 1)
    if not found and all(words.is_whole(value) for value in values + [least]) and sum(values) < least:
        problems.append(
            "%s: MINSUPPLIES is %d and the powervalues of MONITOR add up to %d, so the host would shut "
            "down at once; allowed is at most that." % (where, least, sum(values))
        )
    return problems


def dicts(value):
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def nut_problems(nut, peers):
    """peers: node_health_nut of the other hosts, by each of their names and addresses."""
    nut, problems = secretive_dictionary(VARIABLE, nut)
    if problems or not nut:
        return problems
    problems += common.unknown_keys(VARIABLE, nut, KEYS)
    mode = nut.get("mode")
    if mode not in words.NUT_MODES:
        return problems + ["%s: mode is %r; allowed are %s." % (VARIABLE, mode, ", ".join(words.NUT_MODES))]
    lists = {}
    for key in ("ups", "users"):
        lists[key], found = secretive_list("%s: %s" % (VARIABLE, key), nut.get(key, []))
        problems += found
        problems += [
            "%s: %s: the name %s is given twice; allowed is once." % (VARIABLE, key, name)
            for name in common.repeated([entry.get("name") for entry in lists[key]])
        ]
    for entry in lists["ups"]:
        problems += one_ups(entry)
    for entry in lists["users"]:
        problems += one_user(entry)
    dictionaries = {}
    for key in ("upsd", "upsmon"):
        dictionaries[key], found = secretive_dictionary("%s: %s" % (VARIABLE, key), nut.get(key, {}))
        problems += found
    if mode == "netclient":
        problems += [
            "%s: %s is given and mode is netclient; allowed is upsmon alone, or mode netserver." % (VARIABLE, key)
            for key in ("ups", "upsd", "users")
            if nut.get(key)
        ]
    else:
        if not nut.get("ups"):
            problems.append("%s: ups names no UPS and mode is %s; allowed is a list of one or more." % (VARIABLE, mode))
        problems += upsd(dictionaries["upsd"], mode)
    if not dictionaries["upsmon"].get("MONITOR"):
        return problems + [
            "%s: upsmon has no MONITOR, so nobody would shut this host down; allowed is a list of one "
            "or more, with powervalue 0 for a UPS that does not feed this host." % VARIABLE
        ]
    return problems + upsmon(dictionaries["upsmon"], nut, peers)
