# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the directives of ldirectord(8) and their values. No I/O.

What its parser would cut off or misread is not among the values: in a virtual section # begins a comment, also inside
of quotes, and a tab becomes four blanks.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_wanted as ipvs
from ansible_collections.halab.cluster.plugins.module_utils import _problems
from ansible_collections.halab.cluster.plugins.module_utils._node_health_words import (
    FLAG,
    PATH,
    Choice,
    Either,
    Text,
    Whole,
)

FORWARDING = Choice("gate", "masq", "ipip")
SECONDS = Whole(1)
COUNT = Whole(1)
# A text in quotes may hold quotes: ldirectord takes the last one of the line for its end.
LINE = Text(r"[^#\t\n\r]+", "text in one line, without # and without tabs")
UNQUOTED = Text(r"[^#\t\n\r\"\s]([^#\t\n\r\"]*[^#\t\n\r\"\s])?", "text in one line, without #, tabs and double quotes")
COMMAND = Text(
    r"/[^#\t\n\r\"]*[^#\t\n\r\"\s]",
    "an absolute path, with arguments if need be, without # and double quotes",
)
FILE = Text(r"/[^#\s\"]*[^#\s\"/]", "an absolute path without blanks")
HOST = Text(r"[0-9A-Za-z][0-9A-Za-z._+-]*", "a name or an IPv4 address")
MAIL = Text(
    r"[^\s@#\",]+@[^\s@#\",]+(\s*,\s*[^\s@#\",]+@[^\s@#\",]+)*",
    "mail addresses with commas between, such as ops@example.com",
)
# syslog(3)
FACILITIES = ("auth", "authpriv", "cron", "daemon", "kern", "lpr", "mail", "news", "syslog", "user", "uucp")
LOGFILE = Text(
    r"/[^\s\"]*[^\s\"/]|%s|local[0-7]" % "|".join(FACILITIES),
    "an absolute path, or a facility such as daemon or local0",
)
STATES = ("starting", "running", "stopping", "reloading")
STATUS = Text(
    r"all|none|(STATE)(\s*,\s*(STATE))*".replace("STATE", "|".join(STATES)),
    "all, none, or some of %s with commas between" % ", ".join(STATES),
)
SCHEDULER = Choice(*ipvs.SCHEDULERS)
SERVICE = Choice(
    "dns",
    "ftp",
    "http",
    "https",
    "http_proxy",
    "imap",
    "imaps",
    "ldap",
    "ldaps",
    "mysql",
    "nntp",
    "none",
    "oracle",
    "pgsql",
    "pop",
    "pops",
    "radius",
    "simpletcp",
    "sip",
    "smtp",
    "submission",
)
CHECKTYPES = ("connect", "external", "external-perl", "negotiate", "off", "on", "ping")
# ldirectord(8), IPv6
SERVICES_6 = ("dns", "http", "https", "nntp", "none", "simpletcp", "sip")


class CheckType:
    """One of the words, or after how many connects a negotiation follows."""

    def accepts(self, value):
        return isinstance(value, bool) or Choice(*CHECKTYPES).accepts(value) or Whole(1).accepts(value)

    def allowed(self):
        return "%s, or a whole number of at least 1" % ", ".join(CHECKTYPES)


class Configurations:
    """Names of configurations for `execute`."""

    name = re.compile(r"[A-Za-z0-9_./-]+")

    def accepts(self, value):
        return isinstance(value, list) and all(isinstance(item, str) and self.name.fullmatch(item) for item in value)

    def allowed(self):
        return "a list of configurations, such as [/etc/ha.d/mail.cf]"


BOTH = {
    "checktimeout": SECONDS,
    "negotiatetimeout": SECONDS,
    "checkinterval": SECONDS,
    "checkcount": COUNT,
    "failurecount": COUNT,
    "fallbackcommand": COMMAND,
    "emailalert": MAIL,
    "emailalertfreq": Whole(0),
    "emailalertstatus": STATUS,
    "smtp": HOST,
    "quiescent": FLAG,
    "cleanstop": FLAG,
}
GLOBAL = {
    **BOTH,
    "autoreload": FLAG,
    "callback": FILE,
    "emailalertfrom": Text(r"\S([^\n\r]*\S)?", "an address in one line"),
    "execute": Configurations(),
    "fork": FLAG,
    "logfile": LOGFILE,
    "maintenancedir": PATH,
    "readdquiescent": FLAG,
    # With true it stays in the foreground, and both systemd and Pacemaker would wait for it to go.
    "supervised": Choice(False),
}
VIRTUAL = {
    **BOTH,
    "checktype": CheckType(),
    "checkcommand": FILE,
    "checkport": Whole(1, 65535),
    "comment": UNQUOTED,
    "database": LINE,
    "httpmethod": Choice("GET", "HEAD"),
    "login": LINE,
    "monitorfile": FILE,
    "netmask": Either(Whole(1, 128), Text(r"[0-9.]+", "with IPv4 a mask such as 255.255.255.0")),
    "ops": FLAG,
    "passwd": LINE,
    "persistent": Whole(1, ipvs.LONGEST),
    "protocol": Choice("tcp", "udp", "fwm"),
    "receive": LINE,
    "request": LINE,
    "scheduler": SCHEDULER,
    # Not in its manual page: the --sched-flags of ipvsadm(8).
    "schedflags": Text(r"[a-z-]+(,[a-z-]+)*", "flags of ipvsadm(8) with commas between, such as sh-port"),
    "secret": LINE,
    "service": SERVICE,
    "servicename": UNQUOTED,
    "virtualhost": HOST,
}
# The text of a pair in a real server's line ends at the first quote that could end it.
PAIR = Text(r"[^#\t\n\r\"]*", "text in one line, without #, tabs and double quotes")
REAL = {
    "forwarding": FORWARDING,
    "weight": Whole(0, 65535),
    "port": Whole(1, 65535),
    "request": PAIR,
    "receive": PAIR,
    "l_threshold": Whole(0, 65535),
    "u_threshold": Whole(0, 65535),
}


def unknown(where, entry, known):
    """Directives that ldirectord would refuse, each with the one that may be meant."""
    return _problems.unknown_words("directive", where, entry, known)


def wrong(where, entry, known, secrets=()):
    """Values that ldirectord would refuse, or read as something else. Secrets are not shown."""
    return [
        "%s: %s is %s; allowed is %s."
        % (where, word, "not shown" if word in secrets else repr(entry[word]), allowed.allowed())
        for word, allowed in known.items()
        if word in entry and not allowed.accepts(entry[word])
    ]
