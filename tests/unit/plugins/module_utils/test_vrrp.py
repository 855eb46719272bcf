# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adverts to the byte, made by hand after RFC 3768 (version 2) and RFC 5798 (version 3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _vrrp as vrrp

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "keepalived"

# RFC 791: version and length of the header, TOS, length of all, identification, fragment, TTL 255, protocol 112,
# checksum (the kernel has looked at it), source 192.0.2.77, destination 224.0.0.18.
IPV4 = "45 c0 %s 00 01 00 00 ff 70 00 00 c0 00 02 4d e0 00 00 12"
# RFC 3768, 5.1: version 2 and type 1, virtual_router_id 51, priority 100, one address, no authentication, every second,
# checksum; 192.0.2.200; eight bytes of authentication.
V2 = bytes.fromhex((IPV4 % "00 28") + "21 33 64 01 00 01 b8 01 c0 00 02 c8" + "00" * 8)
# RFC 5798, 5.1: version 3 and type 1, virtual_router_id 51, priority 100, one address, 100 hundredths of a second,
# checksum with the pseudo-header; 192.0.2.200.
V3 = bytes.fromhex((IPV4 % "00 20") + "31 33 64 01 00 64 04 c2 c0 00 02 c8")
# The same by a sender that leaves the pseudo-header out of the checksum.
V3_WITHOUT = bytes.fromhex((IPV4 % "00 20") + "31 33 64 01 00 64 a7 9e c0 00 02 c8")
# RFC 8200: version, length of what follows, next header 112, hop limit 255, fe80::77, ff02::12. RFC 5798: two
# addresses, fe80::100 and 2001:db8::100.
IPV6 = "60 00 00 00 00 28 70 ff fe80%s0077 ff02%s0012" % ("0000" * 6, "0000" * 6)
V6 = bytes.fromhex(IPV6 + "31 34 c8 02 00 64 d9 85 fe80%s0100 20010db8%s0100" % ("0000" * 6, "0000" * 5))


def changed(packet, position, value):
    """One byte of it is another, and the checksum of the message is right again."""
    made = bytearray(packet)
    made[position] = value
    made[26:28] = b"\0\0"
    total = sum(int.from_bytes(made[at:at + 2], "big") for at in range(20, len(made), 2))
    total = (total & 0xFFFF) + (total >> 16)
    made[26:28] = (0xFFFF ^ ((total & 0xFFFF) + (total >> 16))).to_bytes(2, "big")
    return bytes(made)


HEARD = {
    "source": "192.0.2.77",
    "virtual_router_id": 51,
    "priority": 100,
    "version": 2,
    "family": 4,
    "addresses": ["192.0.2.200"],
}


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (V2, HEARD),
        # Ethernet has no shorter frames; what fills them is no part of the packet.
        (V2 + b"\xff" * 6, HEARD),
        # The same with its 8 bytes of authentication left out, as by a keepalived without VRRP authentication.
        (V2[:2] + b"\0\x20" + V2[4:32], HEARD),
        (V3, dict(HEARD, version=3)),
        (V3_WITHOUT, dict(HEARD, version=3)),
        (changed(V2, 22, 0), dict(HEARD, priority=0)),
        # To this host alone (unicast_peer). What is sent to others does not get here.
        (V2[:16] + bytes([192, 0, 2, 11]) + V2[20:], HEARD),
        # Options of IP: four bytes that are none.
        (b"\x46" + V2[1:2] + b"\0\x2c" + V2[4:20] + b"\1" * 4 + V2[20:], HEARD),
        (V6, {
            "source": "fe80::77",
            "virtual_router_id": 52,
            "priority": 200,
            "version": 3,
            "family": 6,
            "addresses": ["fe80::100", "2001:db8::100"],
        }),
        # To fd00::214 alone, with keepalived's hop limit for that. The sum of the words is the same as above.
        (V6[:7] + b"\x40" + V6[8:24] + bytes.fromhex("fd00" + "0000" * 6 + "0214") + V6[40:], {
            "source": "fe80::77",
            "virtual_router_id": 52,
            "priority": 200,
            "version": 3,
            "family": 6,
            "addresses": ["fe80::100", "2001:db8::100"],
        }),
    ],
)
def test_an_advert(packet, expected):
    assert vrrp.parse(packet) == expected


@pytest.mark.parametrize("packet", [V2, V3, V6], ids=["RFC 3768", "RFC 5798", "RFC 5798 with IPv6"])
def test_what_was_cut_off_is_none(packet):
    for length in range(len(packet)):
        assert vrrp.parse(packet[:length]) is None


@pytest.mark.parametrize("packet", [V2, V3, V6], ids=["RFC 3768", "RFC 5798", "RFC 5798 with IPv6"])
def test_a_byte_that_was_damaged_is_noticed(packet):
    message = 40 if packet is V6 else 20
    for position in range(message, len(packet)):
        damaged = bytearray(packet)
        damaged[position] ^= 0x55
        assert vrrp.parse(bytes(damaged)) is None, position


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x45",
        b"\x4f" + V2[1:],
        b"\x41" + V2[1:],
        b"\x55" + V2[1:],
        V2[:2] + b"\0\x10" + V2[4:],
        V2[:6] + b"\x20\0" + V2[8:],
        V2[:8] + b"\xfe" + V2[9:],
        V2[:9] + b"\x11" + V2[10:],
        V2[:16] + bytes([224, 0, 0, 19]) + V2[20:],
        V6[:6] + b"\x11" + V6[7:],
        V6[:7] + b"\x40" + V6[8:],
        V6[:39] + b"\x13" + V6[40:],
        changed(V2, 20, 0x22),
        changed(V2, 20, 0x41),
        changed(V2, 21, 0),
        changed(V2, 23, 4),
    ],
    ids=[
        "nothing", "one byte", "a longer header than the packet", "a shorter header than there is", "IPv5",
        "a shorter packet than its header", "a fragment", "through a router", "UDP", "to another group",
        "UDP over IPv6", "IPv6 through a router", "to another group of IPv6", "no advert", "version 4", "no id",
        "more addresses than there is room for",
    ],
)
def test_what_is_no_advert_is_none(packet):
    assert vrrp.parse(packet) is None


def test_one_entry_for_each_speaker():
    assert vrrp.without_repetition([("eth0", dict(HEARD)), ("eth0", dict(HEARD, priority=0)), ("eth1", HEARD)]) == [
        dict(HEARD, interface="eth0", priority=0),
        dict(HEARD, interface="eth1"),
    ]


def test_routers_of_a_file_of_the_role():
    assert vrrp.routers((FIXTURES / "ipv6.lb1.conf").read_text(encoding="utf-8")) == {("eth0", 51, 4), ("eth0", 51, 6)}
    assert vrrp.routers((FIXTURES / "sync_group.lb1.conf").read_text(encoding="utf-8")) == {
        ("eth0", 51, 4), ("eth1", 52, 4)}


BY_HAND = """
! interface eth9
vrrp_instance "a" # {
{
    interface "eth0"  # eth5
    virtual_router_id 7
    authentication { auth_type PASS
        auth_pass x }
    track_interface {
        eth1
    }
    notify "/usr/bin/logger { # }"
    virtual_ipaddress
    {
        2001:db8::1/64
    }
}
virtual_server 192.0.2.1 80 {
    interface eth3
    virtual_router_id 8
}
vrrp_instance without_an_interface {
    virtual_router_id 9
}
vrrp_instance by_a_definition {
    interface $DEVICE
    virtual_router_id ID
}
vrrp_instance without_an_end {
    interface eth0
    virtual_router_id 10
"""


def test_routers_of_a_file_by_hand():
    assert vrrp.routers(BY_HAND) == {("eth0", 7, 6)}


def test_what_is_missing():
    wanted = [{"interface": "eth0", "virtual_router_id": number, "family": 6} for number in (7, 8)]
    assert vrrp.missing(wanted, BY_HAND) == wanted[1:]
    assert vrrp.missing(wanted, "") == wanted
    assert vrrp.missing([dict(wanted[0], family=4), dict(wanted[0], interface="eth1")], BY_HAND) != []
