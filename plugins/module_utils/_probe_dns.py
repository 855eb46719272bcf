# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One question to a name server, and what its answer says (RFC 1035). No I/O.

Private to this collection.
"""

from __future__ import annotations

import struct
from urllib.parse import urlsplit

TYPES = {'A': 1, 'TXT': 16, 'AAAA': 28}
# What a server says that does not answer.
RCODES = {1: 'formerr', 2: 'servfail', 3: 'nxdomain', 4: 'notimp', 5: 'refused'}
HEADER = struct.Struct('>6H')
RECORD = struct.Struct('>HHIH')
IN = 1
ANSWER, TRUNCATED, RECURSION_DESIRED = 0x8000, 0x0200, 0x0100


def parse_url(url):
    """{host, port, name, type} of dns://address[:port]/name[?type=TYPE] (RFC 4501); ValueError of what is none."""
    parts = urlsplit(url)
    key, dummy, kind = (parts.query or 'type=A').partition('=')
    name = parts.path.strip('/')
    labels = name.split('.')
    if (parts.scheme != 'dns' or not parts.hostname or key != 'type' or kind not in TYPES or len(name) > 253
            or not name.isascii() or any(not 1 <= len(label) <= 63 for label in labels)):
        raise ValueError('%s is not of the form dns://address/name or dns://address/name?type=TXT (or AAAA)' % url)
    return {'host': parts.hostname, 'port': parts.port or 53, 'name': name, 'type': kind}


def question(number, name, kind):
    """The datagram that asks; 'number' is in the answer, too."""
    labels = b''.join(bytes([len(label)]) + label.encode('ascii') for label in name.split('.'))
    return HEADER.pack(number, RECURSION_DESIRED, 1, 0, 0, 0) + labels + b'\0' + struct.pack('>2H', TYPES[kind], IN)


def after_name(data, at):
    """Where a name ends. Its last part may be a pointer to an earlier one."""
    while data[at]:
        if data[at] >= 0xc0:
            return at + 2
        at += 1 + data[at]
    return at + 1


def records(data, asked, count):
    """(type, content) of the records in the section of answers."""
    at = HEADER.size
    for dummy in range(asked):
        at = after_name(data, at) + 4
    for dummy in range(count):
        at = after_name(data, at)
        kind, dummy, dummy, length = RECORD.unpack_from(data, at)
        at += RECORD.size + length
        if at > len(data):
            raise ValueError('it ends in the middle of a record')
        yield kind, data[at - length:at]


def parse(data, number, kind):
    """(error or None, the text of a TXT record or None) of a datagram; None where it is no answer to this question."""
    try:
        got, flags, asked, count, dummy, dummy = HEADER.unpack_from(data)
        if got != number or not flags & ANSWER:
            return None
        if flags & 0xf:
            return 'dns_%s' % RCODES.get(flags & 0xf, flags & 0xf), None
        found = [content for one, content in records(data, asked, count) if one == TYPES[kind]]
    except (struct.error, IndexError, ValueError):
        return 'garbled', None
    if not found:
        return 'truncated' if flags & TRUNCATED else 'no_record', None
    # A TXT record is a list of texts, each after its length.
    return None, found[0][1:1 + found[0][0]].decode('utf-8', errors='replace') if kind == 'TXT' and found[0] else None
