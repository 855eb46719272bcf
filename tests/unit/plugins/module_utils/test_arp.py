# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _arp

OWN = ('198.18.0.1', '02:00:00:00:00:01')
VIP = '198.18.0.100'


def frame(operation, sender_ip, sender_mac, target_ip, target_mac='ff:ff:ff:ff:ff:ff'):
    """A frame as another host sends it: our own builder with its operation and target replaced."""
    made = bytearray(_arp.who_has(target_ip, sender_ip, sender_mac))
    made[20:22] = operation.to_bytes(2, 'big')
    made[0:6] = _arp.mac_to_bytes(target_mac)
    return bytes(made)


def test_who_has_is_the_frame_of_the_standard():
    assert _arp.who_has(VIP, *OWN).hex(' ') == (
        'ff ff ff ff ff ff 02 00 00 00 00 01 08 06 '
        '00 01 08 00 06 04 00 01 '
        '02 00 00 00 00 01 c6 12 00 01 00 00 00 00 00 00 c6 12 00 64'
    )


def test_a_frame_comes_back_as_it_was_built():
    assert _arp.parse(_arp.who_has(VIP, *OWN)) == {
        'operation': _arp.REQUEST, 'sender_mac': OWN[1], 'sender_ip': OWN[0], 'target_ip': VIP}


@pytest.mark.parametrize('data', [b'', b'\0' * 41, b'\xff' * 60, _arp.who_has(VIP, *OWN)[:40]])
def test_what_is_no_arp_is_none(data):
    assert _arp.parse(data) is None


@pytest.mark.parametrize('said, expected', [
    (frame(_arp.REPLY, VIP, '02:00:00:00:00:0b', OWN[0], OWN[1]), ('02:00:00:00:00:0b', 'answer')),
    # Gratuitous ARP comes in both forms.
    (frame(_arp.REPLY, VIP, '02:00:00:00:00:0c', VIP), ('02:00:00:00:00:0c', 'announcement')),
    (frame(_arp.REQUEST, VIP, '02:00:00:00:00:0c', VIP), ('02:00:00:00:00:0c', 'announcement')),
    # A holder that asks for somebody else speaks as the holder, too.
    (frame(_arp.REQUEST, VIP, '02:00:00:00:00:0c', '198.18.0.12'), ('02:00:00:00:00:0c', 'announcement')),
    (frame(_arp.REPLY, '198.18.0.12', '02:00:00:00:00:0c', OWN[0]), None),
    (_arp.who_has(VIP, *OWN), None),
    (b'not ARP', None),
])
def test_statement(said, expected):
    assert _arp.statement(said, VIP, *OWN) == expected


def test_padding_of_short_frames_is_ignored():
    padded = frame(_arp.REPLY, VIP, '02:00:00:00:00:0b', OWN[0]) + b'\0' * 18
    assert _arp.statement(padded, VIP, *OWN) == ('02:00:00:00:00:0b', 'answer')
