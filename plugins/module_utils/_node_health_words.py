# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of smartd.conf(5), NUT, ipmitool and systemd that role node_health hands on, and their values. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


class Whole:
    """A whole number from one to another."""

    def __init__(self, lowest, highest=None):
        self.lowest, self.highest = lowest, highest

    def accepts(self, value):
        return is_whole(value) and value >= self.lowest and (self.highest is None or value <= self.highest)

    def allowed(self):
        if self.highest is None:
            return "a whole number of at least %d, without quotes" % self.lowest
        return "a whole number from %d to %d, without quotes" % (self.lowest, self.highest)


class Choice:
    """One of some words. A boolean among them is YAML's, without quotes."""

    def __init__(self, *words):
        self.words = words

    def accepts(self, value):
        # In Python, 1 == True.
        return any(value == word and isinstance(value, bool) == isinstance(word, bool) for word in self.words)

    def allowed(self):
        return ", ".join(str(word).lower() if isinstance(word, bool) else str(word) for word in self.words)


class Text:
    """Text of a shape."""

    def __init__(self, pattern, description):
        self.pattern, self.description = re.compile(pattern), description

    def accepts(self, value):
        return isinstance(value, str) and bool(self.pattern.fullmatch(value))

    def allowed(self):
        return self.description


class Either:
    """What one of several accepts."""

    def __init__(self, *values):
        self.values = values

    def accepts(self, value):
        return any(inner.accepts(value) for inner in self.values)

    def allowed(self):
        return ", or ".join(inner.allowed() for inner in self.values)


FLAG = Choice(True, False)
LINE = Text(r"[^\n\"]+", "text in one line, without double quotes")
PATH = Text(r"/[^\s\"]*", "an absolute path")

# systemd.time(7), systemd.exec(5), systemd.resource-control(5)
SPAN = Either(Whole(0), Text(r"infinity|(\d+(\.\d+)?\s*(us|ms|s|sec|m|min|h|hr|d)\s*)+", "a time such as 5min"))
SIZE = Either(Whole(0), Text(r"infinity|\d+(\.\d+)?[KMGT]|\d+%", "a size such as 512M, a percentage or infinity"))
LIMIT = Either(Whole(0), Text(r"(infinity|\d+[KMGT]?)(:(infinity|\d+[KMGT]?))?", "soft:hard or infinity"))
WEIGHT = Whole(1, 10000)
UNIT_DIRECTIVES = {
    "StartLimitIntervalSec": SPAN,
    "StartLimitBurst": Whole(1),
    "StartLimitAction": Choice("none", "reboot", "reboot-force", "reboot-immediate", "poweroff", "poweroff-force"),
}
SERVICE_DIRECTIVES = {
    "Restart": Choice("no", "always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog"),
    "RestartSec": SPAN,
    "TimeoutStartSec": SPAN,
    "TimeoutStopSec": SPAN,
    "WatchdogSec": SPAN,
    "Nice": Whole(-20, 19),
    "OOMScoreAdjust": Whole(-1000, 1000),
    "OOMPolicy": Choice("continue", "stop", "kill"),
    "TasksMax": Either(Whole(1), Text(r"infinity|\d+%", "a percentage or infinity")),
    "CPUQuota": Text(r"\d+%", "a percentage such as 150%"),
    "CPUWeight": WEIGHT,
    "IOWeight": WEIGHT,
}
SERVICE_DIRECTIVES.update(
    (name, SIZE) for name in ("MemoryMin", "MemoryLow", "MemoryHigh", "MemoryMax", "MemorySwapMax")
)
# setrlimit(2)
SERVICE_DIRECTIVES.update(
    ("Limit" + name, LIMIT)
    for name in (
        "CPU",
        "FSIZE",
        "DATA",
        "STACK",
        "CORE",
        "RSS",
        "NOFILE",
        "AS",
        "NPROC",
        "MEMLOCK",
        "LOCKS",
        "SIGPENDING",
        "MSGQUEUE",
        "NICE",
        "RTPRIO",
        "RTTIME",
    )
)
# What systemd takes when nobody says otherwise, systemd-system.conf(5), in seconds.
START_LIMIT_INTERVAL, START_LIMIT_BURST = 10, 5

# Seconds that a driver of the kernel can count to.
WATCHDOG_MODULES = {
    "hpwdt": 65,
    "i6300esb": 2046,
    "iTCO_wdt": 613,
    "ipmi_watchdog": 6553,
    "softdog": 65535,
    "sp5100_tco": 65535,
}

# smartd.conf(5): directives, each with the number of its arguments. Where mail goes to is node_health_alert's.
SMARTD_DIRECTIVES = {
    "-a": 0,
    "-C": 1,
    "-d": 1,
    "-e": 1,
    "-f": 0,
    "-F": 1,
    "-H": 0,
    "-i": 1,
    "-I": 1,
    "-l": 1,
    "-M": 1,
    "-n": 1,
    "-o": 1,
    "-p": 0,
    "-P": 1,
    "-r": 1,
    "-R": 1,
    "-s": 1,
    "-S": 1,
    "-t": 0,
    "-T": 1,
    "-u": 0,
    "-U": 1,
    "-v": 1,
    "-W": 1,
}

# ipmitool: the sides of a sensor's thresholds, lower and upper, not critical, critical, not recoverable.
THRESHOLDS = ("lnc", "lcr", "lnr", "unc", "ucr", "unr")

# nut.conf(5)
NUT_MODES = ("standalone", "netserver", "netclient")
# upsd.conf(5)
UPSD = {
    "MAXAGE": Whole(1),
    "TRACKINGDELAY": Whole(1),
    "MAXCONN": Whole(1),
    "ALLOW_NO_DEVICE": FLAG,
    "STATEPATH": PATH,
    "CERTFILE": PATH,
    "CERTPATH": PATH,
    "CERTREQUEST": Choice("NO", "REQUEST", "REQUIRE"),
    "DISABLE_WEAK_SSL": FLAG,
}
# upsmon.conf(5). NOTIFYCMD and NOTIFYFLAG are the role's, MONITOR is looked at by itself.
UPSMON = {
    "CERTIDENT": LINE,
    "CERTHOST": LINE,
    "CERTPATH": PATH,
    "CERTVERIFY": Choice(0, 1),
    "FORCESSL": Choice(0, 1),
    "DEADTIME": Whole(1),
    "FINALDELAY": Whole(0),
    "HOSTSYNC": Whole(1),
    "MINSUPPLIES": Whole(0),
    "NOCOMMWARNTIME": Whole(1),
    "POLLFREQ": Whole(1),
    "POLLFREQALERT": Whole(1),
    "POWERDOWNFLAG": PATH,
    "RBWARNTIME": Whole(1),
    "SHUTDOWNCMD": LINE,
}
