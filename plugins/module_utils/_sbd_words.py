# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the words of /etc/default/sbd and of `sbd create`, their values, and the file that is made of them. No I/O.

What is not said is as Debian's package has it.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._node_health_words import (
    PATH,
    Choice,
    Text,
    Whole,
    is_whole,
)

# A disk is read once a second, and three reads that come to nothing are not yet a lost disk.
SHORTEST = 3
LONGEST = 65535


class Flag:
    """yes or no, which YAML makes a boolean of."""

    def __init__(self, *others):
        self.others = others

    def accepts(self, value):
        return isinstance(value, bool) or value in ("yes", "no") or isinstance(value, str) and value in self.others

    def allowed(self):
        return ", ".join(("yes", "no", *self.others))


class Delay(Flag):
    """Seconds as well. 1 would be taken for yes."""

    def accepts(self, value):
        return super().accepts(value) or is_whole(value) and value >= 2

    def allowed(self):
        return "yes, no, or a whole number of seconds from 2 on"


class Devices:
    """Paths, in a list or with semicolons between."""

    def accepts(self, value):
        return isinstance(value, (str, list)) and all(DEVICE.accepts(path) for path in devices_of({"SBD_DEVICE": value}))

    def allowed(self):
        return "a list of devices such as /dev/disk/by-id/..."


DEVICE = Text(r"/dev/[^\s\";,]+", "a device such as /dev/disk/by-id/...")
ACTION = r"(no)?flush|reboot|crashdump|off|(no)?flush,(reboot|crashdump|off)|(reboot|crashdump|off),(no)?flush"
ENVIRONMENT = {
    "SBD_DEVICE": Devices(),
    "SBD_PACEMAKER": Flag(),
    "SBD_STARTMODE": Choice("always", "clean"),
    "SBD_DELAY_START": Delay(),
    "SBD_WATCHDOG_DEV": PATH,
    "SBD_WATCHDOG_TIMEOUT": Whole(SHORTEST, LONGEST),
    "SBD_TIMEOUT_ACTION": Text(ACTION, "flush or noflush, and reboot, crashdump or off, with a comma between"),
    "SBD_MOVE_TO_ROOT_CGROUP": Flag("auto"),
    "SBD_SYNC_RESOURCE_STARTUP": Flag(),
    "SBD_OPTS": Text(r"[^\n\"]*", "text in one line, without double quotes"),
}
DEFAULTS = {
    "SBD_DEVICE": [],
    "SBD_PACEMAKER": "yes",
    "SBD_STARTMODE": "always",
    "SBD_DELAY_START": "no",
    "SBD_WATCHDOG_DEV": "/dev/watchdog",
    "SBD_WATCHDOG_TIMEOUT": 5,
    "SBD_TIMEOUT_ACTION": "flush,reboot",
    "SBD_MOVE_TO_ROOT_CGROUP": "auto",
    "SBD_SYNC_RESOURCE_STARTUP": "yes",
    "SBD_OPTS": "",
}
# What stands in the header of a device, as `sbd dump` calls it, with the option of `sbd create` for it.
TIMEOUTS = {"watchdog": "-1", "allocate": "-2", "loop": "-3", "msgwait": "-4"}
# Options that say otherwise what has a variable of its own, or that take the self-fencing away.
NOT_IN_OPTS = ("-d", "-n", "-w", "-W", "-P", "-Z", "-T", "-S", "-p", "-r", "-R")


def is_sound(environment):
    """Whether all of it can be written."""
    return isinstance(environment, dict) and all(
        word in ENVIRONMENT and ENVIRONMENT[word].accepts(value) for word, value in environment.items())


def devices_of(environment):
    """The devices as a list; none of them is diskless."""
    value = environment.get("SBD_DEVICE") or []
    return [path.strip() for path in value.split(";") if path.strip()] if isinstance(value, str) else list(value)


def watchdog_timeout(environment, timeouts):
    """Seconds after which the watchdog resets a node: one number, wherever it is said."""
    return environment.get("SBD_WATCHDOG_TIMEOUT", timeouts.get("watchdog", DEFAULTS["SBD_WATCHDOG_TIMEOUT"]))


def sbd_timeouts(timeouts, environment):
    """The timeouts of the devices, complete."""
    watchdog = watchdog_timeout(environment, timeouts)
    return {"watchdog": watchdog, "allocate": 2, "loop": 1, "msgwait": 2 * watchdog, **timeouts}


def _text(word, value):
    if word == "SBD_DEVICE":
        return ";".join(devices_of({word: value}))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def sbd_environment(environment, timeouts):
    """{variable: text}, complete."""
    said = {**DEFAULTS, **environment, "SBD_WATCHDOG_TIMEOUT": watchdog_timeout(environment, timeouts)}
    return {word: _text(word, value) for word, value in said.items()}


def sbd_default(environment, timeouts):
    """The text of /etc/default/sbd."""
    lines = ['%s="%s"' % pair for pair in sbd_environment(environment, timeouts).items()]
    return "\n".join(["# Written by role sbd of halab.cluster. sbd(8)", *lines]) + "\n"


def start_timeout(environment, timeouts):
    """Seconds that systemd has to leave sbd for its start: it sleeps for SBD_DELAY_START in there."""
    delay = environment.get("SBD_DELAY_START", "no")
    if delay in (False, "no"):
        return 90
    return 90 + (sbd_timeouts(timeouts, environment)["msgwait"] if delay in (True, "yes") else delay)
