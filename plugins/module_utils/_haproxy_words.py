# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: lines of haproxy.cfg as words, and their addresses (configuration.txt, sections 2.2 and 11). No I/O."""

from __future__ import annotations

import ipaddress
import posixpath
import re
import shlex

# Addresses that only this machine reaches, or that have no port.
LOCAL_FAMILIES = ("unix@", "uxst@", "abns@", "abnsz@", "fd@", "sockpair@", "rhttp@", "/")
FAMILY = re.compile(r"^(?:(?:stream|dgram)\+)?(?:ip|ipv4|ipv6|tcp|tcp4|tcp6|udp|udp4|udp6|quic4|quic6)@")
DATAGRAM = re.compile(r"^(?:dgram\+|udp|quic)")
PORTS = re.compile(r"^(\d+)(?:-(\d+))?$")
# What is known only when haproxy runs: environment variables and expressions.
UNKNOWN = re.compile(r"\$|%\[|%\{")
# Options that name a file with certificates, and the directive that says where one without a folder is.
OPTIONS = [("crt", "crt-base"), ("ca-file", "ca-base"), ("crl-file", "ca-base"), ("ca-verify-file", "ca-base"),
           ("crt-list", "")]
# Lines that may name an interface. stats socket may as well.
WITH_INTERFACE = ("bind", "default-server", "dgram-bind", "server", "server-template", "source")
EVERYWHERE = {"": "0.0.0.0", "*": "0.0.0.0"}


def split(line):
    """The words of a line without its comment; None if a quote is left open."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return None


def after(words, option):
    """What follows each occurrence of an option in a line, which begins with its directive."""
    return [words[place + 1] for place, word in enumerate(words[:-1]) if word == option and place]


def is_known(word):
    return not UNKNOWN.search(word)


class Address:
    """One address of a bind line or of a server."""

    def __init__(self, text):
        self.text = text
        family = FAMILY.match(text)
        self.is_local_family = text.startswith(LOCAL_FAMILIES)
        self.is_datagram = bool(DATAGRAM.match(text))
        rest = text[family.end():] if family else text
        host, colon, port = rest.rpartition(":")
        # Without a colon there is no port; an IPv6 address in brackets has its own colons.
        self.port = port if colon and not port.endswith("]") else None
        host = (host if self.port is not None else rest).strip("[]")
        self.host = EVERYWHERE.get(host, host)

    def is_known(self):
        return is_known(self.text)

    def ip(self):
        """As an IP address; None for a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    def is_loopback(self):
        found = self.ip()
        return self.is_local_family or self.host == "localhost" or bool(found and found.is_loopback)

    def ports(self):
        """All of its ports; None for what is no port."""
        found = PORTS.match(self.port or "")
        if not found:
            return None
        first, last = int(found.group(1)), int(found.group(2) or found.group(1))
        return range(first, last + 1) if 1 <= first <= last <= 65535 else None


def addresses(words):
    """The addresses of a bind line."""
    return [Address(text) for text in words[1].split(",")] if len(words) > 1 else []


def binds(section):
    """[(words, addresses)] of the bind lines of a section."""
    return [(words, addresses(words)) for words in section.words() if words[0] == "bind"]


def bindable(sections):
    """Each address and port where a TCP socket can be tried out before haproxy is told to listen there."""
    if ["noreuseport"] in sections[0].words():
        # What haproxy itself listens on could not be told from what somebody else does.
        return []
    found = {}
    for section in sections:
        for words, listed in binds(section) if ["disabled"] not in section.words() else []:
            # There, something else may have the same address.
            if set(words) & {"namespace", "interface"}:
                continue
            for address in listed:
                if address.ip() and not address.is_datagram:
                    for port in address.ports() or []:
                        # A transparent one may listen on an address that is elsewhere.
                        found.setdefault((str(address.ip()), port), {
                            "address": str(address.ip()), "port": port, "transparent": "transparent" in words,
                            "where": section.where()})
    return [found[place] for place in sorted(found)]


def interfaces(sections):
    """Each interface that a line needs."""
    found = {}
    for section in sections:
        if ["disabled"] in section.words():
            continue
        for words in section.words():
            # Its first word may be the name of a server; another namespace has interfaces of its own.
            options = words[1:] if words[0] in WITH_INTERFACE or words[:2] == ["stats", "socket"] else []
            for name in after(options, "interface") if "namespace" not in options else []:
                if is_known(name):
                    found.setdefault(name, {"name": name, "where": section.where()})
    return [found[name] for name in sorted(found)]


def named_files(sections):
    """[(section, words, option, path)] of all lines that name a file with certificates."""
    base = {}
    for words in sections[0].words():
        if words[0] in ("crt-base", "ca-base") and len(words) > 1:
            base[words[0]] = words[1]
    return [
        (section, words, option, posixpath.join(base.get(start, ""), path))
        for section in sections
        for words in section.words()
        if words[0] in ("bind", "server", "default-server", "server-template")
        for option, start in OPTIONS
        for path in after(words, option)
    ]
