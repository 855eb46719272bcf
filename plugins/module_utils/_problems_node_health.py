# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role node_health refuses, before it touches a host and when it has looked at one."""

from __future__ import annotations

import re
import shlex

from ansible_collections.halab.cluster.plugins.module_utils import _node_health_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils._node_health_files import unit_of
from ansible_collections.halab.cluster.plugins.module_utils._problems_nut import (
    nut_problems,
    options,
    password,
    secretive_dictionary,
)

STATES = ("red", "yellow")
MODULE = re.compile(r"^[A-Za-z0-9_-]+$")
# The kernel numbers watchdogs in the order in which it finds them.
NUMBERED_WATCHDOG = re.compile(r"^/dev/watchdog\d*$")
DEVICE = re.compile(r"^/dev/[A-Za-z0-9/_.:+-]+$")
# smartd.conf(5): -s is a regular expression for T/MM/DD/d/HH.
SCHEDULE = re.compile(r"^[LSCOncr0-9/.()|\[\]*+?{},:-]+$")
SERVICE = re.compile(r"^[A-Za-z0-9:_.@-]+$")
RECIPIENT = re.compile(r"^[A-Za-z0-9._+-]+(@[A-Za-z0-9.-]+)?$")
SPAN_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hr": 3600, "d": 86400}
FASTEST_CHECK = 10
# ipmitool refuses longer ones with IPMI 2.0.
IPMI_PASSWORD = (8, 20)


def alert(given):
    return options(
        "node_health_alert",
        given,
        {
            "mail": words.Text(RECIPIENT.pattern, "a user or an address to mail to"),
            "command": words.PATH,
            "pacemaker": words.FLAG,
        },
    )


# SMART


def smartd(given):
    where = "node_health_smartd"
    if not given:
        return []
    problems = common.unknown_keys(where, given, ("devices", "interval"))
    if not words.Whole(FASTEST_CHECK).accepts(given.get("interval", 1800)):
        problems.append(
            "%s: interval is %r; allowed is %s." % (where, given["interval"], words.Whole(FASTEST_CHECK).allowed())
        )
    devices, found = common.list_of_dicts("%s: devices" % where, given.get("devices"))
    if not found and not devices:
        problems.append("%s: devices is empty; allowed is a list of devices, or the device DEVICESCAN." % where)
    names = [entry.get("device") for entry in devices]
    problems += ["%s: devices names %s twice; allowed is once." % (where, name) for name in common.repeated(names)]
    if "DEVICESCAN" in names and len(names) > 1:
        problems.append("%s: devices names DEVICESCAN and others; allowed is DEVICESCAN alone." % where)
    for entry in devices:
        problems += device("%s: devices: %s" % (where, entry.get("device")), entry)
    return problems + found


def device(where, entry):
    problems = common.unknown_keys(where, entry, ("device", "directives"))
    name, directives = entry.get("device"), entry.get("directives", "-a")
    if name != "DEVICESCAN" and (not isinstance(name, str) or not DEVICE.match(name)):
        problems.append("%s: device is %r; allowed is a path below /dev, or DEVICESCAN." % (where, name))
    if not isinstance(directives, str) or not directives.strip() or re.search(r"[\n#\\\"']", directives):
        return problems + [
            "%s: directives is %r; allowed is text such as -a -s (S/../.././02|L/../../6/03)." % (where, directives)
        ]
    return problems + directive_words(where, shlex.split(directives))


def directive_words(where, given):
    problems = []
    while given:
        name = given.pop(0)
        if name == "-m" or name == "-M" and given[:1] == ["exec"]:
            return problems + [
                "%s: directives has %s, which is the role's own; allowed is node_health_alert, with "
                "mail or command." % (where, name)
            ]
        if name not in words.SMARTD_DIRECTIVES:
            return problems + [
                "%s: directives has %r; allowed are those of smartd.conf(5): %s."
                % (where, name, common.listed(words.SMARTD_DIRECTIVES))
            ]
        arguments = [given.pop(0) for dummy in range(words.SMARTD_DIRECTIVES[name]) if given]
        if len(arguments) < words.SMARTD_DIRECTIVES[name] or arguments and arguments[0] in words.SMARTD_DIRECTIVES:
            return problems + ["%s: directives has %s without an argument; allowed is one." % (where, name)]
        if name == "-s" and not schedule(arguments[0]):
            problems.append(
                "%s: directives has -s %s; allowed is a regular expression for T/MM/DD/d/HH, such as "
                "(S/../.././02|L/../../6/03)." % (where, arguments[0])
            )
    return problems


def schedule(text):
    """Whether a test could ever be due."""
    if not SCHEDULE.match(text) or not re.search(r"[LSCOncr.]/", text):
        return False
    try:
        re.compile(text)
    except re.error:
        return False
    return True


# Watchdog


def watchdog(given):
    where = "node_health_watchdog"
    if not given:
        return []
    highest = words.WATCHDOG_MODULES.get(given.get("module")) if isinstance(given.get("module"), str) else None
    seconds = words.Whole(0, highest)
    problems = options(
        where,
        given,
        {
            "module": words.Text(MODULE.pattern, "the name of a kernel module, such as i6300esb or softdog"),
            "identity": words.Text(
                r"[^\n\"\\\\*?\[\]|]+", "what /sys/class/watchdog/*/identity says, such as Software Watchdog"
            ),
            "WatchdogDevice": words.Text(DEVICE.pattern, "a device such as /dev/watchdog0"),
            "RuntimeWatchdogSec": seconds,
            "RebootWatchdogSec": seconds,
        },
    )
    if "identity" in given and "WatchdogDevice" in given:
        problems.append(
            "%s: identity is %r and WatchdogDevice is %r; allowed is one of them."
            % (where, given["identity"], given["WatchdogDevice"])
        )
    if "RuntimeWatchdogSec" not in given:
        problems.append("%s: RuntimeWatchdogSec is missing; allowed is %s." % (where, seconds.allowed()))
    return problems


# Service processor


def ipmi(given):
    where = "node_health_ipmi"
    if not given:
        return []
    problems = common.unknown_keys(
        where, given, ("interface", "address", "username", "password", "thresholds", "expect", "ignore", "sel")
    )
    interface = given.get("interface")
    if interface not in ("open", "lanplus"):
        problems.append(
            "%s: interface is %r; allowed are open (the node's own, /dev/ipmi0) and lanplus." % (where, interface)
        )
    lan = {key: given[key] for key in ("address", "username", "password") if key in given}
    if interface == "open" and lan:
        problems.append(
            "%s: %s is given and interface is open; allowed is that with interface lanplus." % (where, ", ".join(lan))
        )
    if interface == "lanplus":
        problems += over_lan(where, lan)
    if not words.FLAG.accepts(given.get("sel", True)):
        problems.append("%s: sel is %r; allowed is %s." % (where, given["sel"], words.FLAG.allowed()))
    ignore = given.get("ignore", [])
    if not isinstance(ignore, list) or [name for name in ignore if not isinstance(name, str)]:
        problems.append("%s: ignore is %r; allowed is a list of sensors' names." % (where, ignore))
    expect, found = common.dictionary("%s: expect" % where, given.get("expect", {}))
    problems += found + [
        "%s: expect: %s is %r; allowed is text such as Presence detected." % (where, sensor, states)
        for sensor, states in expect.items()
        if not isinstance(states, str)
    ]
    thresholds, found = common.dictionary("%s: thresholds" % where, given.get("thresholds", {}))
    for sensor, sides in thresholds.items():
        problems += limits("%s: thresholds: %s" % (where, sensor), sides)
    return problems + found


def over_lan(where, lan):
    problems = []
    if common.address(lan.get("address")) is None and not (
        isinstance(lan.get("address"), str) and common.NAME.match(lan["address"])
    ):
        problems.append("%s: address is %r; allowed is an IP address or a host name." % (where, lan.get("address")))
    if not isinstance(lan.get("username"), str) or not lan["username"]:
        problems.append("%s: username is %r; allowed is text." % (where, lan.get("username")))
    return problems + password(where, lan.get("username"), lan.get("password"), *IPMI_PASSWORD)


def limits(where, sides):
    sides, problems = common.dictionary(where, sides)
    problems += common.unknown_keys(where, sides, words.THRESHOLDS)
    numbers = {
        key: value for key, value in sides.items() if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    problems += [
        "%s: %s is %r; allowed is a number without quotes." % (where, key, value)
        for key, value in sides.items()
        if key in words.THRESHOLDS and key not in numbers
    ]
    # From the lowest to the highest, a sensor's values.
    ordered = [key for key in ("lnr", "lcr", "lnc", "unc", "ucr", "unr") if key in numbers]
    problems += [
        "%s: %s is %s and %s is %s; allowed is a higher %s." % (where, low, numbers[low], high, numbers[high], high)
        for low, high in zip(ordered, ordered[1:])
        if numbers[low] >= numbers[high]
    ]
    return problems


# Services


def services(entries, resources):
    where = "node_health_services"
    entries, problems = common.list_of_dicts(where, entries)
    names = [unit_of(entry["name"]) for entry in entries if isinstance(entry.get("name"), str)]
    problems += ["%s: %s is named twice; allowed is once." % (where, name) for name in common.repeated(names)]
    by_cluster = {
        unit_of(str(resource.get("agent")).split(":", 1)[1]): resource.get("id")
        for resource in resources
        if str(resource.get("agent")).startswith(("systemd:", "service:"))
    }
    for entry in entries:
        problems += service("%s: %s" % (where, entry.get("name")), entry, by_cluster)
    return problems


def service(where, entry, by_cluster):
    name = entry.get("name")
    known = dict(words.UNIT_DIRECTIVES, **words.SERVICE_DIRECTIVES)
    known["name"] = words.Text(SERVICE.pattern, "the name of a service, such as nginx")
    known["alert"] = words.Choice("red", "yellow", False)
    # YAML reads Restart: no as a boolean, and systemd would be right about it.
    given = dict(entry, Restart="no") if entry.get("Restart") is False else entry
    problems = options(where, given, known)
    if not known["name"].accepts(name):
        return (
            problems
            if "name" in entry
            else problems + ["%s: name is missing; allowed is %s." % (where, known["name"].allowed())]
        )
    if "." in name and not name.endswith(".service"):
        problems.append("%s: name is %s; allowed are services, with or without .service." % (where, name))
    resource = by_cluster.get(unit_of(name))
    if resource and given.get("Restart", "no") != "no":
        problems.append(
            "%s: Restart is %s, and the cluster runs this as resource %s; allowed is no Restart, the "
            "cluster restarts it." % (where, given["Restart"], resource)
        )
    return problems + endless(where, given)


def seconds(value):
    """A time in seconds; None for one that is not to be compared."""
    if words.is_whole(value):
        return value
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]+)", value) if isinstance(value, str) else []
    if not parts or any(unit not in SPAN_UNITS for dummy, unit in parts):
        return None
    return sum(float(number) * SPAN_UNITS[unit] for number, unit in parts)


def endless(where, given):
    """A service that is restarted so slowly that it never reaches its limit fails for ever, and nobody is told."""
    pause = seconds(given.get("RestartSec", "100ms"))
    interval = seconds(given.get("StartLimitIntervalSec", words.START_LIMIT_INTERVAL))
    burst = given.get("StartLimitBurst", words.START_LIMIT_BURST)
    if given.get("Restart", "no") == "no" or given.get("alert", "yellow") is False:
        return []
    if pause is None or interval is None or not words.is_whole(burst) or pause * burst < interval:
        return []
    return [
        "%s: %d starts with %g s between them take longer than StartLimitIntervalSec, %g s, so the limit is never "
        "reached and nobody is told; allowed is a StartLimitIntervalSec above %g s."
        % (where, burst, pause, interval, pause * burst)
    ]


# All of them


def peers_of(hostvars):
    """{name or address: node_health_nut} of the hosts of the inventory."""
    found = {}
    for name in hostvars:
        nut = hostvars[name].get("node_health_nut")
        if isinstance(nut, dict) and nut:
            found[name] = nut
            found[str(hostvars[name].get("ansible_host", name))] = nut
    return found


def node_health_problems(variables, hostvars=None):
    """All reasons why role node_health would not touch a host with these variables."""
    problems = []
    if not words.Whole(FASTEST_CHECK).accepts(variables["node_health_interval"]):
        problems.append(
            "node_health_interval is %r; allowed is %s."
            % (variables["node_health_interval"], words.Whole(FASTEST_CHECK).allowed())
        )
    for name, look in (("alert", alert), ("smartd", smartd), ("watchdog", watchdog), ("ipmi", ipmi)):
        given, found = secretive_dictionary("node_health_%s" % name, variables["node_health_%s" % name])
        problems += found + look(given)
    resources = common.list_of_dicts("pacemaker_resources", variables.get("pacemaker_resources", []))[0]
    problems += services(variables["node_health_services"], resources)
    return problems + nut_problems(variables["node_health_nut"], peers_of(hostvars or {}))


def node_health_missing(looked, variables, loaded=False):
    """What a node lacks for these variables.

    looked: what node_health_info said of it; loaded: whether the kernel modules are there.
    """
    problems = [
        "node_health_smartd: devices: %s is not on this node; allowed is a device that is." % disk["device"]
        for disk in looked["disks"]
        if not disk["present"]
    ]
    problems += [
        "node_health_services: %s is not on this node; allowed is a service that is." % service["name"]
        for service in looked["services"]
        if service["LoadState"] == "not-found"
    ]
    for name, there in looked["kernel_modules"].items():
        if not there:
            where = (
                "node_health_watchdog: module"
                if name == variables["node_health_watchdog"].get("module")
                else ("node_health_ipmi: interface open needs the module")
            )
            problems.append("%s: %s is not in this node's kernel; allowed is what is." % (where, name))
    return problems + (watchdog_missing(variables["node_health_watchdog"], looked, loaded) if not problems else [])


def watchdog_missing(given, looked, loaded):
    """A device that is not there, that cannot count so far, or that somebody else feeds."""
    if not given or given.get("module") and not loaded:
        return []
    where = "node_health_watchdog"
    there = ["%s (%s)" % (entry["device"], entry["identity"]) for entry in looked["watchdogs"]]
    wanted = given.get("WatchdogDevice", "/dev/watchdog")
    if "identity" in given:
        wanted = given["identity"]
        found = [entry for entry in looked["watchdogs"] if entry["identity"] == wanted]
    elif NUMBERED_WATCHDOG.match(wanted) and len(there) > 1:
        return [
            "%s: there are %s on this node, and the next boot may number them otherwise; allowed is identity, in "
            "place of WatchdogDevice." % (where, " and ".join(there))
        ]
    else:
        # The first one has the old name too.
        device = {"/dev/watchdog": "/dev/watchdog0"}.get(wanted, wanted)
        found = [entry for entry in looked["watchdogs"] if device in [entry["device"]] + entry["links"]]
    if not found:
        return [
            "%s: there is no %s on this node; allowed is what there is: %s." % (where, wanted, common.listed(there))
        ]
    device, longest = found[0]["device"], found[0]["max_timeout"]
    problems = [
        "%s: %s is %d and %s can count to %d; allowed is at most that." % (where, key, given[key], device, longest)
        for key in ("RuntimeWatchdogSec", "RebootWatchdogSec")
        if longest and given.get(key, 0) > longest
    ]
    if found[0]["state"] == "active" and looked["manager"]["RuntimeWatchdogUSec"] == "0":
        problems.append(
            "%s: %s is fed by something else than systemd, such as sbd; allowed is one that nobody else "
            "feeds." % (where, device)
        )
    return problems
