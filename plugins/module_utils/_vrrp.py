# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what module vrrp_info accepts and returns, VRRP adverts, and the routers of a keepalived.conf. No I/O.

Version 2 is RFC 3768, version 3 is RFC 5798.
"""

from __future__ import annotations

import ipaddress
import re
import struct

ARGUMENTS = dict(
    argument_spec=dict(
        interfaces=dict(type="list", elements="str"),
        routers=dict(
            type="list",
            elements="dict",
            options=dict(
                interface=dict(type="str", required=True),
                virtual_router_id=dict(type="int", required=True),
                family=dict(type="int", choices=[4, 6], default=4),
            ),
        ),
        keepalived_conf=dict(type="path", default="/etc/keepalived/keepalived.conf"),
        seconds=dict(type="float", default=3.0),
    ),
    required_one_of=[("interfaces", "routers")],
    mutually_exclusive=[("interfaces", "routers")],
)
PROTOCOL = 112
ADVERTISEMENT = 1
GROUPS = (ipaddress.ip_address("224.0.0.18"), ipaddress.ip_address("ff02::12"))
# To a group; what comes through a router has less. To one host, keepalived sends with less as well (IPv6), and it takes
# any from one.
TTL = 255
VERSIONS = {4: (2, 3), 6: (3,)}
# Elsewhere, # and ! begin a comment.
WORDS = re.compile(r"\"[^\"]*\"|'[^']*'|[#!].*|[{}]|[^\s{}\"'#!]+")


def result(adverts=(), new=(), absent=()):
    """What the module returns."""
    return dict(changed=False, adverts=list(adverts), new=list(new), absent=list(absent))


def is_right(data):
    """Whether the Internet checksum in it is right (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    return sum(struct.unpack("!%dH" % (len(data) // 2), data)) % 0xFFFF == 0


def of_ipv4(packet):
    """(source, destination, TTL, what it carries) of a whole packet, else None."""
    if len(packet) < 20:
        return None
    header, length, fragment = (packet[0] & 15) * 4, *struct.unpack_from("!H2xH", packet, 2)
    # More fragments, or not the first one.
    if not 20 <= header <= length <= len(packet) or fragment & 0x3FFF:
        return None
    if packet[9] != PROTOCOL:
        return None
    return packet[12:16], packet[16:20], packet[8], packet[header:length]


def of_ipv6(packet):
    """The same. VRRP comes without extension headers."""
    if len(packet) < 40:
        return None
    length, following, hops = struct.unpack_from("!HBB", packet, 4)
    if following != PROTOCOL or 40 + length > len(packet):
        return None
    return packet[8:24], packet[24:40], hops, packet[40:40 + length]


def has_checksum(version, source, destination, data):
    """Version 3 counts a pseudo-header in. With IPv4, some leave it out."""
    pseudo = source + destination + struct.pack("!II", len(data), PROTOCOL)
    return version == 3 and is_right(pseudo + data) or len(source) == 4 and is_right(data)


def parse(packet):
    """What an IP packet says as an advert, None for anything else. One address may be its destination, or the group."""
    family = packet[0] >> 4 if packet else None
    found = {4: of_ipv4, 6: of_ipv6}[family](packet) if family in VERSIONS else None
    if found is None:
        return None
    source, destination, hops, data = found
    to = ipaddress.ip_address(destination)
    if len(data) < 8 or to.is_multicast and (to not in GROUPS or hops != TTL):
        return None
    version, virtual_router_id, priority, count = data[0] >> 4, data[1], data[2], data[3]
    size, is_advert = len(source), data[0] & 15 == ADVERTISEMENT and version in VERSIONS[family]
    if not is_advert or not virtual_router_id or len(data) < 8 + count * size:
        return None
    if not has_checksum(version, source, destination, data):
        return None
    return {
        "source": str(ipaddress.ip_address(source)),
        "virtual_router_id": virtual_router_id,
        "priority": priority,
        "version": version,
        "family": family,
        "addresses": [str(ipaddress.ip_address(data[at:at + size])) for at in range(8, 8 + count * size, size)],
    }


def without_repetition(heard):
    """heard: (interface, advert). Of what one host said of one router, the last."""
    last = {}
    for interface, advert in heard:
        key = (interface, advert["family"], advert["virtual_router_id"], advert["source"])
        last[key] = {"interface": interface, **advert}
    return [last[key] for key in sorted(last)]


def lines(text):
    """The words of each line that has any, without comments."""
    found = [[word for word in WORDS.findall(line) if word[0] not in "#!"] for line in text.splitlines()]
    return [words for words in found if words]


def as_router(instance):
    """(interface, virtual_router_id, family), None where that cannot be read here."""
    number = instance.get("virtual_router_id", "")
    if "interface" not in instance or not number.isdigit():
        return None
    return instance["interface"], int(number), 6 if ":" in instance.get("address", "") else 4


def routers(text):
    """{(interface, virtual_router_id, family)} of the instances in a keepalived.conf.

    What is written in another way than one keyword a line, by definitions or in an included file, is not found: then it
    counts as new, and somebody listens in vain.
    """
    found, depth, instance, block = set(), 0, None, None
    for words in lines(text):
        if depth == 0 and words[0] == "vrrp_instance":
            instance = {}
        elif instance is not None and depth == 1 and words[0] != "{":
            block = words[0]
            if block in ("interface", "virtual_router_id") and len(words) > 1:
                instance[block] = words[1].strip("\"'")
        elif instance is not None and depth == 2 and block == "virtual_ipaddress" and words[0] not in ("{", "}"):
            instance.setdefault("address", words[0])
        depth += words.count("{") - words.count("}")
        if depth == 0 and instance is not None and "}" in words:
            found.add(as_router(instance))
            instance = None
    return found - {None}


def missing(wanted, text):
    """Those of the wanted routers that this keepalived.conf does not have."""
    present = routers(text)
    return [one for one in wanted if (one["interface"], one["virtual_router_id"], one["family"]) not in present]
