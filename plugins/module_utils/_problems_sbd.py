# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role sbd refuses, by looking at variables alone and by looking at a node."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _sbd_words as words
from ansible_collections.halab.cluster.plugins.module_utils._node_health_words import WATCHDOG_MODULES, Whole, is_whole

TIMEOUT = Whole(1, words.LONGEST)
# Pacemaker's own, and that of a quorum device, in seconds.
STONITH_TIMEOUT = 60
SYNC_TIMEOUT = 30
TIME = re.compile(r"^(\d+)\s*(ms|msec|s|sec|m|min|)$")
PER_SECOND = {"ms": 0.001, "msec": 0.001, "m": 60, "min": 60}
# The kernel numbers watchdogs in the order in which it finds them.
NUMBERED = re.compile(r"^/dev/watchdog\d*$")
SOFTDOG = "Software Watchdog"
SOFTDOG_COSTS = (
    "a watchdog in software dies with the kernel that it is to reset, and then a lost node may still write when the others "
    "take over; allowed is one of hardware, unless sbd_accept_data_loss_with_softdog is true"
)
MODULE = re.compile(r"^[A-Za-z0-9_-]+$")


def seconds(value):
    """A time of Pacemaker's, such as 60s, 1min or 60, as seconds; None for what is none."""
    match = TIME.match(str(value)) if not isinstance(value, bool) else None
    return int(match.group(1)) * PER_SECOND.get(match.group(2), 1) if match else None


def _environment(value):
    """(the words, problems)"""
    environment, problems = common.dictionary("sbd_environment", value)
    problems += common.unknown_words("variable", "sbd_environment", environment, words.ENVIRONMENT)
    problems += [
        "sbd_environment: %s is %r; allowed is %s." % (word, value, words.ENVIRONMENT[word].allowed())
        for word, value in environment.items()
        if word in words.ENVIRONMENT and not words.ENVIRONMENT[word].accepts(value)
    ]
    return environment, problems


def _timeouts(value):
    timeouts, problems = common.dictionary("sbd_timeouts", value)
    problems += common.unknown_keys("sbd_timeouts", timeouts, words.TIMEOUTS)
    problems += [
        "sbd_timeouts: %s is %r; allowed is %s." % (name, seconds, TIMEOUT.allowed())
        for name, seconds in timeouts.items()
        if name in words.TIMEOUTS and not TIMEOUT.accepts(seconds)
    ]
    return timeouts, problems


def _options(environment):
    """What SBD_OPTS says once more, or takes away."""
    given = [word for word in environment.get("SBD_OPTS", "").split() if word.startswith(words.NOT_IN_OPTS)]
    return [
        "sbd_environment: SBD_OPTS has %s; allowed is what no other variable says, and what leaves the self-fencing as it is."
        % word
        for word in given
    ]


def _watchdog(environment, timeouts, module, accepted):
    problems = []
    if environment.get("SBD_WATCHDOG_DEV") == "/dev/null":
        problems.append(
            "sbd_environment: SBD_WATCHDOG_DEV is /dev/null, so nothing resets a node whose sbd hangs; allowed is a watchdog."
        )
    if module == "softdog" and not accepted:
        problems.append("sbd_watchdog_module is softdog: %s." % SOFTDOG_COSTS)
    timeout, longest = words.watchdog_timeout(environment, timeouts), WATCHDOG_MODULES.get(module)
    if longest and timeout > longest:
        problems.append(
            "sbd_environment: SBD_WATCHDOG_TIMEOUT is %d and %s can count to %d; allowed is at most that."
            % (timeout, module, longest)
        )
    if "SBD_WATCHDOG_TIMEOUT" in environment and timeouts.get("watchdog", timeout) != timeout:
        problems.append(
            "sbd_timeouts: watchdog is %d and SBD_WATCHDOG_TIMEOUT is %d; allowed is the same, or one of them."
            % (timeouts["watchdog"], timeout)
        )
    return problems


def _feeders(environment, variables):
    """Others who would hold the watchdog open."""
    problems = []
    resources = variables["corosync_resources"]
    if isinstance(resources, dict) and resources.get("watchdog_device") not in (None, False):
        problems.append(
            "corosync_resources: watchdog_device is %s, and sbd needs the watchdog for itself alone; allowed is false."
            % resources["watchdog_device"]
        )
    systemd = variables["node_health_watchdog"]
    if isinstance(systemd, dict) and systemd.get("RuntimeWatchdogSec", 0) not in (0, False):
        device = systemd.get("WatchdogDevice", "/dev/watchdog")
        if "identity" not in systemd and device == environment.get("SBD_WATCHDOG_DEV", "/dev/watchdog"):
            problems.append(
                "node_health_watchdog: RuntimeWatchdogSec is %s, so systemd feeds %s, and sbd needs it for itself alone; "
                "allowed is RuntimeWatchdogSec: 0, or another watchdog." % (systemd["RuntimeWatchdogSec"], device)
            )
    return problems


def _quorum(variables, timeout, disks):
    """Who knows that it has lost the others, and by when."""
    quorum = variables["corosync_quorum"] if isinstance(variables["corosync_quorum"], dict) else {}
    device = quorum.get("device") if isinstance(quorum.get("device"), dict) else None
    nodes = common.list_of_dicts("corosync_nodes", variables["corosync_nodes"])[0]
    if not device:
        if len(nodes) == 2 and not disks:
            return [
                "sbd_environment: SBD_DEVICE is empty and there are two nodes: a node that loses the other cannot know which "
                "of them has to go; allowed are a quorum device (corosync_quorum: device), three nodes or more, or a disk in "
                "SBD_DEVICE."
            ]
        return []
    sync = device.get("sync_timeout", SYNC_TIMEOUT * 1000)
    if is_whole(sync) and sync > timeout * 1000:
        return [
            "sbd_environment: SBD_WATCHDOG_TIMEOUT is %d s and sync_timeout of the quorum device %d ms: sbd does not trust a "
            "quorum that may be that old; allowed is a SBD_WATCHDOG_TIMEOUT that is no shorter, or a shorter "
            "corosync_quorum: device: sync_timeout." % (timeout, sync)
        ]
    return []


def _properties(variables, needed, what):
    """Properties of the cluster that have to fit."""
    properties = variables["pacemaker_properties"] if isinstance(variables["pacemaker_properties"], dict) else {}
    problems = []
    if "stonith-watchdog-timeout" in properties:
        problems.append(
            "pacemaker_properties: stonith-watchdog-timeout is %s; allowed is sbd_stonith_watchdog_timeout, which is set when "
            "sbd runs on all nodes: Pacemaker ends where it does not." % properties["stonith-watchdog-timeout"]
        )
    given = seconds(properties.get("stonith-timeout", STONITH_TIMEOUT))
    if given is not None and given <= needed:
        problems.append(
            "pacemaker_properties: stonith-timeout is %g s and %s %d s, so fencing would be given up before it is done; "
            "allowed is more than that." % (given, what, needed)
        )
    return problems


def _diskless(environment, timeouts, variables, timeout):
    problems = []
    if timeouts:
        problems.append(
            "sbd_timeouts is for the devices, and SBD_DEVICE is empty; allowed is SBD_WATCHDOG_TIMEOUT in sbd_environment."
        )
    if environment.get("SBD_PACEMAKER", True) in (False, "no"):
        problems.append(
            "sbd_environment: SBD_PACEMAKER is no and SBD_DEVICE is empty, so nothing tells sbd that the quorum is lost; "
            "allowed is yes."
        )
    wanted = variables["sbd_stonith_watchdog_timeout"]
    # A template may have made text of it.
    wanted = int(wanted) if isinstance(wanted, str) and wanted.isdecimal() else wanted
    if not is_whole(wanted) or wanted < 2 * timeout:
        problems.append(
            "sbd_stonith_watchdog_timeout is %r; allowed is a whole number of seconds, at least twice SBD_WATCHDOG_TIMEOUT: "
            "%d." % (variables["sbd_stonith_watchdog_timeout"], 2 * timeout)
        )
    else:
        problems += _properties(variables, wanted, "sbd_stonith_watchdog_timeout")
    devices = common.list_of_dicts("fencing_devices", variables["fencing_devices"])[0]
    return problems + [
        "fencing_devices: %s is fence_sbd, which writes to a disk, and SBD_DEVICE is empty; allowed is no such device, or a "
        "disk." % device.get("id")
        for device in devices
        if _is_sbd(device)
    ]


def _is_sbd(device):
    return str(device.get("agent")).rsplit(":", maxsplit=1)[-1] == "fence_sbd"


def _with_disks(environment, timeouts, variables, paths):
    problems = []
    if len(paths) not in (1, 3):
        problems.append(
            "sbd_environment: SBD_DEVICE names %d devices; allowed are 1 or 3: with two, the loss of either is the loss of the "
            "majority." % len(paths)
        )
    problems += ["sbd_environment: SBD_DEVICE names %s twice; allowed is once." % path for path in common.repeated(paths)]
    whole = words.sbd_timeouts(timeouts, environment)
    if whole["msgwait"] < 2 * whole["watchdog"]:
        problems.append(
            "sbd_timeouts: msgwait is %d; allowed is at least twice watchdog, %d: before that a node that does not read its "
            "messages may not have been reset." % (whole["msgwait"], 2 * whole["watchdog"])
        )
    if whole["loop"] >= whole["watchdog"]:
        problems.append(
            "sbd_timeouts: loop is %d and watchdog %d; allowed is a shorter loop, or healthy nodes are reset."
            % (whole["loop"], whole["watchdog"])
        )
    devices = [device for device in common.list_of_dicts("fencing_devices", variables["fencing_devices"])[0]
               if _is_sbd(device)]
    if not devices:
        problems.append(
            "sbd_environment: SBD_DEVICE names a disk and fencing_devices has none of agent fence_sbd, so nobody would write a "
            "message to it; allowed is a fencing_device with agent: fence_sbd for every node."
        )
    for device in devices:
        problems += _device(device, paths, whole["msgwait"])
    return problems + _race(variables, devices) + _properties(variables, whole["msgwait"], "msgwait")


def _device(device, paths, msgwait):
    attributes = device.get("instance_attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    named = [path.strip() for path in str(attributes.get("devices", "")).split(",") if path.strip()]
    problems = []
    if sorted(named) != sorted(paths):
        problems.append(
            "fencing_devices: %s: devices is %s and SBD_DEVICE %s; allowed is the same, with commas between."
            % (device.get("id"), ",".join(named) or "missing", ";".join(paths))
        )
    for key in ("pcmk_reboot_timeout", "pcmk_off_timeout"):
        given = seconds(attributes[key]) if key in attributes else None
        if given is not None and given <= msgwait:
            problems.append(
                "fencing_devices: %s: %s is %s and msgwait %d s; allowed is more than that."
                % (device.get("id"), key, attributes[key], msgwait)
            )
    return problems


def _race(variables, devices):
    """Two nodes that do not hear each other both write a message, and both go."""
    quorum = variables["corosync_quorum"] if isinstance(variables["corosync_quorum"], dict) else {}
    properties = variables["pacemaker_properties"] if isinstance(variables["pacemaker_properties"], dict) else {}
    nodes = common.list_of_dicts("corosync_nodes", variables["corosync_nodes"])[0]
    if len(nodes) != 2 or quorum.get("device") or seconds(properties.get("priority-fencing-delay", 0)):
        return []
    delayed = [device for device in devices for key in ("pcmk_delay_max", "pcmk_delay_base")
               if isinstance(device.get("instance_attributes"), dict) and seconds(device["instance_attributes"].get(key, 0))]
    if delayed or not devices:
        return []
    return [
        "fencing_devices: no fence_sbd of the two nodes has pcmk_delay_max, so nodes that do not hear each other fence each "
        "other at the same moment; allowed is pcmk_delay_max or pcmk_delay_base in instance_attributes, or "
        "priority-fencing-delay in pacemaker_properties."
    ]


def sbd_problems(variables):
    """Sentences about the variables of role sbd; no sentence, no problem.

    Beside the role's own there are corosync_nodes, corosync_quorum, corosync_resources, fencing_devices,
    pacemaker_properties and node_health_watchdog.
    """
    environment, problems = _environment(variables["sbd_environment"])
    timeouts, found = _timeouts(variables["sbd_timeouts"])
    problems += found
    module, accepted = variables["sbd_watchdog_module"], variables["sbd_accept_data_loss_with_softdog"]
    for name in ("sbd_enabled", "sbd_accept_data_loss_with_softdog"):
        if not isinstance(variables[name], bool):
            problems.append("%s is %r; allowed is true or false without quotes." % (name, variables[name]))
    if not isinstance(module, str) or module and not MODULE.match(module):
        problems.append(
            "sbd_watchdog_module is %r; allowed is the name of a kernel module such as i6300esb, or an empty text." % (module,)
        )
        module = ""
    again = variables["sbd_reinitialize"]
    if not isinstance(again, list):
        problems.append("sbd_reinitialize is %r; allowed is a list of devices of SBD_DEVICE." % (again,))
        again = []
    # What cannot be read cannot be judged any further.
    if problems or not variables["sbd_enabled"]:
        return problems
    paths, timeout = words.devices_of(environment), words.watchdog_timeout(environment, timeouts)
    if timeout < words.SHORTEST:
        problems.append("sbd_timeouts: watchdog is %d; allowed are %d or more." % (timeout, words.SHORTEST))
    problems += _options(environment) + _watchdog(environment, timeouts, module, accepted)
    problems += _feeders(environment, variables) + _quorum(variables, timeout, paths)
    problems += [
        "sbd_reinitialize: %s is not in SBD_DEVICE; allowed are %s." % (path, common.listed(paths))
        for path in again
        if path not in paths
    ]
    if paths:
        return problems + _with_disks(environment, timeouts, variables, paths)
    return problems + _diskless(environment, timeouts, variables, timeout)


# On a node


def sbd_unable(looked, variables, sbd, loaded=False):
    """What a node lacks for these variables, which have been judged before.

    looked: what node_health_info says of it, sbd: what sbd_info says. loaded: whether the kernel module is there.
    """
    environment, module = variables["sbd_environment"], variables["sbd_watchdog_module"]
    problems = [
        "sbd_watchdog_module: %s is not in this node's kernel; allowed is a module that is." % name
        for name, there in looked["kernel_modules"].items()
        if not there
    ]
    problems += [
        "sbd_environment: SBD_DEVICE: %s is not on this node; allowed is a disk that all nodes have." % device["device"]
        for device in sbd["devices"]
        if not device["present"]
    ]
    problems += [
        "sbd_environment: SBD_DEVICE: %s; allowed is a disk that sbd can read." % device["error"]
        for device in sbd["devices"]
        if device["error"]
    ]
    if problems or module and not loaded:
        return problems
    return _watchdog_missing(environment, words.watchdog_timeout(environment, variables["sbd_timeouts"]), looked,
                             sbd["sbd"], variables["sbd_accept_data_loss_with_softdog"])


def _watchdog_missing(environment, timeout, looked, sbd, accepted):
    """A device that is not there, that cannot count so far, or that somebody else feeds."""
    where = "sbd_environment: SBD_WATCHDOG_DEV"
    wanted = environment.get("SBD_WATCHDOG_DEV", "/dev/watchdog")
    there = ["%s (%s)" % (entry["device"], entry["identity"]) for entry in looked["watchdogs"]]
    if NUMBERED.match(wanted) and len(there) > 1:
        return [
            "%s is %s, and there are %s on this node, which the next boot may number otherwise; allowed is a name that udev "
            "gives one of them." % (where, wanted, " and ".join(there))
        ]
    # The first one has the old name too.
    device = {"/dev/watchdog": "/dev/watchdog0"}.get(wanted, wanted)
    found = [entry for entry in looked["watchdogs"] if device in [entry["device"], *entry["links"]]]
    if not found:
        return [
            "%s is %s, which is not on this node; allowed is what there is: %s. sbd_watchdog_module names the driver to load."
            % (where, wanted, common.listed(there))
        ]
    watchdog, problems = found[0], []
    if watchdog["identity"] == SOFTDOG and not accepted:
        problems.append("%s is %s, which is softdog: %s." % (where, wanted, SOFTDOG_COSTS))
    if watchdog["max_timeout"] and timeout > watchdog["max_timeout"]:
        problems.append(
            "sbd_environment: SBD_WATCHDOG_TIMEOUT is %d and %s can count to %d; allowed is at most that."
            % (timeout, watchdog["device"], watchdog["max_timeout"])
        )
    if watchdog["state"] == "active" and not sbd["running"]:
        who = "something else" if looked["manager"].get("RuntimeWatchdogUSec", "0") == "0" else "systemd (RuntimeWatchdogSec)"
        problems.append("%s: %s is fed by %s; allowed is one that nobody else feeds." % (where, watchdog["device"], who))
    return problems


def sbd_differing(looks, reference):
    """Sentences about disks that are not the same on all nodes.

    looks: {node: what sbd_info says of its devices}. reference: the node on which they were initialised.
    """
    problems = []
    own = {device["device"]: device.get("header", {}).get("uuid") for device in looks[reference]}
    for node, devices in sorted(looks.items()):
        for device in devices:
            found = device.get("header", {}).get("uuid")
            if found != own.get(device["device"]) or found is None:
                problems.append(
                    "sbd_environment: SBD_DEVICE: %s has header %s on %s and %s on %s; allowed is one disk that all nodes share."
                    % (device["device"], own.get(device["device"]) or "none", reference, found or "none", node)
                )
    return problems
