# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: ldirectord.cf from the variables of role ldirectord. No I/O.

A key is the directive of ldirectord(8). What IPv6 calls virtual6, real6 and fallback6 follows from the addresses.
"""

from __future__ import annotations

import ipaddress
import re

# What a cluster wants, and ldirectord does not do by itself.
GLOBAL = {
    # A server that is dead, or hangs, is out after 2 x (3 + 3) s at most; ldirectord's own values make that 40 s.
    "checkinterval": 3,
    "checktimeout": 3,
    "negotiatetimeout": 3,
    # One lost packet, or a check that a signal has cut short, takes no server out.
    "failurecount": 2,
    # A dead server gets weight 0. With false it is removed and its connections end; but at each start and reload
    # ldirectord also removes, for a moment, a server that has weight 0 because it is drained. The manual page calls true
    # the default, the program has false; so it is always written.
    "quiescent": True,
    # At a start or reload, a server that is down gets no weight for a moment.
    "readdquiescent": True,
    # The kernel goes on balancing while ldirectord is restarted or upgraded. With true, a stop cuts every connection.
    "cleanstop": False,
    # The role says when, once the file has passed its test.
    "autoreload": False,
}

QUOTED = (
    "callback",
    "checkcommand",
    "database",
    "emailalert",
    "logfile",
    "login",
    "monitorfile",
    "passwd",
    "receive",
    "request",
    "secret",
    "virtualhost",
)
SECRETS = ("passwd", "secret")

ENDPOINT = re.compile(r"(?P<v4>\d+\.\d+\.\d+\.\d+)(?::(?P<port4>\d+))?|\[(?P<v6>[0-9A-Fa-f:.]+)\](?::(?P<port6>\d+))?")

# The service that is checked at these ports: ld_port_to_service in ldirectord.
SERVICES = {
    21: "ftp",
    25: "smtp",
    53: "dns",
    80: "http",
    110: "pop",
    119: "nntp",
    143: "imap",
    389: "ldap",
    443: "https",
    587: "submission",
    636: "ldaps",
    993: "imaps",
    995: "pops",
    1521: "oracle",
    1812: "radius",
    3128: "http_proxy",
    3306: "mysql",
    5060: "sip",
    5432: "pgsql",
}


def dicts(value):
    """The dictionaries of a list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def global_words(variables):
    """The global directives with what the role adds."""
    given = variables.get("ldirectord_global")
    return {**GLOBAL, **(given if isinstance(given, dict) else {})}


def endpoint(value):
    """(address, port or None) of text such as 192.0.2.1:80 or [2001:db8::1]:80; None if it is something else."""
    found = ENDPOINT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        address = ipaddress.ip_address(found["v4"] or found["v6"])
    except ValueError:
        return None
    port = found["port4"] or found["port6"]
    return address, int(port) if port else None


def fwmark(entry):
    """The mark of a virtual service, as a number; None if it has an address."""
    virtual = entry.get("virtual")
    if isinstance(virtual, str) and re.fullmatch(r"[0-9]+", virtual):
        return int(virtual)
    return virtual if isinstance(virtual, int) and not isinstance(virtual, bool) else None


def ends(real):
    """The address of a real server, or the first and the last of a range; None for what is no address."""
    address = real.get("address")
    words = address.split("->") if isinstance(address, str) else []
    try:
        return [ipaddress.ip_address(word) for word in words] or None
    except ValueError:
        return None


def version(entry):
    """4 or 6. A mark has the family of its real servers."""
    found = endpoint(entry.get("virtual"))
    if found:
        return found[0].version
    first = next((ends(real) for real in dicts(entry.get("real")) if ends(real)), None)
    return first[0].version if first else 4


def port(entry):
    """The port of a virtual service; None with a mark."""
    found = endpoint(entry.get("virtual"))
    return found[1] if found else None


def service(entry):
    """What is checked unless it says so itself; None where ldirectord would check nothing."""
    return entry.get("service", SERVICES.get(port(entry)))


def checktype(entry):
    """YAML makes booleans of on and off."""
    value = entry.get("checktype", "negotiate")
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


def text(word, value):
    """The value of one directive."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return '"%s"' % value if word in QUOTED else str(value)


def pair(server, virtual):
    """request and receive of a real server that has one of them: ldirectord takes both or none."""
    return [server.get(word, virtual.get(word, default)) for word, default in (("request", "/"), ("receive", ""))]


def real(server, virtual):
    """The line of one real server, without its indentation."""
    v6 = version(virtual) == 6
    address = "[%s]" % server["address"] if v6 else server["address"]
    own = server.get("port", port(virtual))
    # A weight is always written: without one, ldirectord takes the first number in the request for it.
    line = "real%s = %s%s %s %d" % (
        "6" if v6 else "",
        address,
        "" if own is None else ":%d" % own,
        server["forwarding"],
        server.get("weight", 1),
    )
    if "request" in server or "receive" in server:
        # ldirectord forgets what stands behind a request that begins with /, and sets one before each that does not.
        line += ' "%s", "%s"' % (pair(server, virtual)[0].lstrip("/"), pair(server, virtual)[1])
    for word, letter in (("l_threshold", "l"), ("u_threshold", "u")):
        if word in server:
            line += " %s:%d" % (letter, server[word])
    return line


def with_defaults(virtual, given):
    """A virtual service with what the role adds; 'given' are the user's global directives.

    The kernel sends a persistent client to its server as long as that is in the table, whatever its weight.
    """
    stays = "persistent" in virtual and "quiescent" not in {**virtual, **given}
    return {**virtual, "quiescent": False} if stays else virtual


def section(virtual):
    """The lines of one virtual service."""
    v6 = "6" if version(virtual) == 6 else ""
    lines = ["virtual%s = %s" % (v6, virtual["virtual"])]
    lines += ["    " + real(server, virtual) for server in virtual["real"]]
    for word, value in virtual.items():
        if word == "checktype":
            value = checktype(virtual)
        if word not in ("virtual", "real"):
            name = word + v6 if word == "fallback" else word
            lines.append("    %s = %s" % (name, text(word, value)))
    return lines


def global_lines(words):
    """One line for each, and for each configuration that is to be executed."""
    return [
        "%s = %s" % (word, text(word, item))
        for word, value in words.items()
        for item in (value if isinstance(value, list) else [value])
    ]


def ldirectord_cf(variables):
    """The text of ldirectord.cf."""
    blocks = [["# Written by role ldirectord of halab.cluster. ldirectord(8)"], global_lines(global_words(variables))]
    given = variables["ldirectord_global"]
    blocks += [section(with_defaults(virtual, given)) for virtual in variables["ldirectord_virtual"]]
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"
