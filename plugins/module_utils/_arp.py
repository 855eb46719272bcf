# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build and read ARP frames for IPv4 over Ethernet: bytes in, bytes out, no sockets.

Private to this collection.
"""

from __future__ import annotations

import socket
import struct

ETHERTYPE_ARP = 0x0806
BROADCAST = b'\xff' * 6
REQUEST = 1
REPLY = 2

# Ethernet: destination, source, type; ARP: hardware type, protocol type, their lengths, operation,
# sender MAC, sender IP, target MAC, target IP.
_FRAME = struct.Struct('!6s6sHHHBBH6s4s6s4s')


def mac_to_text(mac):
    return ':'.join('%02x' % octet for octet in mac)


def mac_to_bytes(text):
    return bytes.fromhex(text.replace(':', ''))


def who_has(wanted, own_ip, own_mac):
    """The broadcast frame that asks who has the address 'wanted'."""
    return _FRAME.pack(
        BROADCAST, mac_to_bytes(own_mac), ETHERTYPE_ARP,
        1, 0x0800, 6, 4, REQUEST,
        mac_to_bytes(own_mac), socket.inet_aton(own_ip), b'\0' * 6, socket.inet_aton(wanted),
    )


def parse(frame):
    """What an Ethernet frame says in ARP, or None when it is not ARP for IPv4."""
    if len(frame) < _FRAME.size:
        return None
    (dummy_to, dummy_from, ethertype, hardware, protocol, mac_length, ip_length, operation,
     sender_mac, sender_ip, dummy_mac, target_ip) = _FRAME.unpack_from(frame)
    if (ethertype, hardware, protocol, mac_length, ip_length) != (ETHERTYPE_ARP, 1, 0x0800, 6, 4):
        return None
    return {
        'operation': operation,
        'sender_mac': mac_to_text(sender_mac),
        'sender_ip': socket.inet_ntoa(sender_ip),
        'target_ip': socket.inet_ntoa(target_ip),
    }


def statement(frame, wanted, own_ip, own_mac):
    """Who claims the address 'wanted' in this frame.

    Returns a pair (MAC, kind) or None. Kind is 'answer' for a reply to our own question and 'announcement' for
    everything else sent from that address, such as the gratuitous ARP of a node that has just taken it.
    """
    arp = parse(frame)
    if arp is None or arp['sender_ip'] != wanted or arp['sender_mac'] == own_mac:
        return None
    if arp['operation'] == REPLY and arp['target_ip'] == own_ip:
        return arp['sender_mac'], 'answer'
    return arp['sender_mac'], 'announcement'
