# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a host has what haproxy.cfg needs, from what its kernel and its files say. No I/O.

Private to this collection.
"""

from __future__ import annotations

import base64
import datetime
import re
import socket
import struct

# What its processes are called: where one of them listens, haproxy may listen again.
OWN = "haproxy"
EVERYWHERE = ("0.0.0.0", "::")
LISTEN = "0A"
CERTIFICATE = re.compile(r"-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END")
# RFC 5280, section 4.1: the tags of a version, and of the two kinds of time.
VERSION = 0xA0
TIMES = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}


def listening(tables):
    """[(address, port, inode)] of the sockets that listen, of the texts of /proc/net/tcp and /proc/net/tcp6."""
    found = []
    for text in tables:
        for line in text.splitlines()[1:]:
            words = line.split()
            place, port = words[1].split(":")
            if words[3] == LISTEN:
                numbers = [int(place[begin:begin + 8], 16) for begin in range(0, len(place), 8)]
                family = socket.AF_INET if len(numbers) == 1 else socket.AF_INET6
                address = socket.inet_ntop(family, struct.pack("=%dI" % len(numbers), *numbers))
                found.append((address, int(port, 16), words[9]))
    return found


def near(sockets, bind, in_use):
    """Those of the sockets that listen because of which haproxy cannot listen there, or would share the port.

    With SO_REUSEPORT on both sides the kernel lets them share it, and deals out the connections at random.
    """
    return [found for found in sockets if found[1] == bind["port"] and (
        found[0] == bind["address"] or in_use and (found[0] in EVERYWHERE or bind["address"] in EVERYWHERE))]


def taken(sockets, owners):
    """[(name, pid, address)] of other programs that have these sockets. owners: {inode: [(name, pid)]}"""
    return [
        (name, pid, address)
        for address, dummy, inode in sockets
        if OWN not in [name for name, pid in owners[inode]]
        for name, pid in owners[inode]
    ]


def place(bind):
    return "bind %s port %d in %s" % (bind["address"], bind["port"], bind["where"])


def elsewhere(bind):
    return ("%s: this host does not have that address. If it is to come later, say transparent in the bind line or "
            "set the sysctl net.ipv4.ip_nonlocal_bind (net.ipv6 for IPv6)." % place(bind))


def not_free(bind, programs):
    """programs: as taken() names them. None is named where they hide."""
    if not programs:
        return "%s: another program has it, and ss -tanp may show which; allowed is a port that none has." % place(bind)
    found = ["%s, pid %d, listens on %s port %d" % (name, pid, address, bind["port"]) for name, pid, address in programs]
    return "%s: %s; allowed is a port that no other program has." % (place(bind), ", ".join(found))


def no_interface(wanted, there):
    return "interface %s in %s: this host does not have it; allowed are %s." % (
        wanted["name"], wanted["where"], ", ".join(sorted(there)))


def elements(der):
    """[(tag, content)] of what stands in a sequence of ASN.1, which is DER."""
    found = []
    position = 0
    while position < len(der):
        tag, length = der[position], der[position + 1]
        position += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(der[position:position + size], "big")
            position += size
        found.append((tag, der[position:position + length]))
        position += length
    return found


def dates(der):
    """From when on and until when a certificate is valid."""
    # Read here, since Debian's haproxy brings no openssl, and Python tells no dates of a file.
    parts = elements(elements(elements(der)[0][1])[0][1])
    # Serial number, signature and issuer stand before it.
    validity = parts[4 if parts[0][0] == VERSION else 3][1]
    return [
        datetime.datetime.strptime(text.decode("ascii"), TIMES[tag]).replace(tzinfo=datetime.timezone.utc)
        for tag, text in elements(validity)
    ]


def invalid(text, now):
    """[what is wrong with it, or None] for each certificate."""
    found = []
    for block in CERTIFICATE.findall(text):
        try:
            begin, end = dates(base64.b64decode(block))
        except (IndexError, KeyError, ValueError):
            continue  # No certificate: if haproxy needs it, it says so itself.
        found.append("has expired, on %s" % end.date() if end < now
                     else "is valid from %s on" % begin.date() if begin > now else None)
    return found


def not_valid(wanted, files, now):
    """Sentences about certificates that are not valid now. files: [(path, text, whether a key is beside it)]"""
    problems = []
    for path, text, has_key in files:
        found = invalid(text, now)
        # Whoever has a key shows all of the chain to clients. A bundle of CAs outlives some of them.
        if "PRIVATE KEY-----" in text or has_key or None not in found:
            problems += ["certificate %s in %s: it %s; allowed is one that is valid now." % (path, wanted["where"], reason)
                         for reason in found if reason]
    return problems
