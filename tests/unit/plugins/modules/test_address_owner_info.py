# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _arp
from ansible_collections.halab.cluster.plugins.modules import address_owner_info

OWN_IP, OWN_MAC = '198.18.0.11', '02:00:00:00:00:0b'
VIP, PEERS = '198.18.0.100', ['198.18.0.12', '198.18.0.13']
NODE2, NODE3, NODE3_ETH1, STRANGER = ('02:00:00:00:00:%02x' % number for number in (12, 13, 0xd1, 99))


class Link:
    """A socket on a link on which these answers come in, in this order."""

    def __init__(self, answers):
        self.frames = []
        for address, mac in answers:
            frame = bytearray(_arp.who_has(OWN_IP, address, mac))
            frame[20:22] = _arp.REPLY.to_bytes(2, 'big')
            self.frames.append(bytes(frame))

    def __enter__(self):
        return self

    def __exit__(self, *dummy):
        return None

    def bind(self, dummy):
        return None

    def send(self, dummy):
        return None

    def getsockname(self):
        return ('eth0', 0, 0, 0, _arp.mac_to_bytes(OWN_MAC))

    def recv(self, dummy):
        return self.frames.pop(0)


@pytest.fixture
def ask(monkeypatch):
    """The foreign MACs at the VIP, and how many answers were not waited for."""
    def asked(answers):
        link = Link(answers)
        monkeypatch.setattr(address_owner_info.socket, 'socket', lambda *dummy: link)
        monkeypatch.setattr(address_owner_info.select, 'select', lambda *dummy: (link.frames[:1], [], []))
        macs = address_owner_info.ask('eth0', OWN_IP, [VIP] + PEERS, PEERS, 0.1)
        ours = set().union(*(macs[peer] for peer in PEERS))
        return address_owner_info.owner(VIP, {'dev': 'eth0'}, macs, ours)['foreign'], len(link.frames)
    return asked


def test_a_peer_that_holds_it(ask):
    assert ask([(VIP, NODE3), (PEERS[0], NODE2), (PEERS[1], NODE3), (PEERS[0], NODE2)]) == ([], 1)


def test_a_peer_with_two_cards_on_the_link(ask):
    answers = [(VIP, NODE3), (VIP, NODE3_ETH1), (PEERS[0], NODE2), (PEERS[1], NODE3), (PEERS[1], NODE3_ETH1)]
    assert ask(answers) == ([], 0)


def test_somebody_else(ask):
    assert ask([(VIP, STRANGER), (PEERS[0], NODE2), (PEERS[1], NODE3)]) == ([STRANGER], 0)


def test_somebody_else_beside_a_peer(ask):
    answers = [(VIP, NODE2), (VIP, STRANGER), (PEERS[0], NODE2), (PEERS[1], NODE3)]
    assert ask(answers) == ([STRANGER], 0)


def test_nobody(ask):
    assert ask([(PEERS[0], NODE2), (PEERS[1], NODE3)]) == ([], 0)
