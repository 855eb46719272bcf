# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernels of Debian 12 and 13 say of bonds, as data. They are recorded, by capture.py beside them."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _bond_read

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "bonding"
RELEASES = ("debian12", "debian13")
SITUATIONS = sorted(path.stem for path in (FIXTURES / "debian12").glob("*.txt"))
CARD = "52:54:00:00:00:0%d"

# situation: (what the bond has, what each member has)
EXPECTED = {
    "no-members": ({"mode": "active-backup", "mii_status": "down", "active": None, "members": []}, []),
    "balance-rr": ({"mode": "balance-rr", "mii_status": "up", "active": None, "primary": None, "miimon": 100}, [
        {"name": "eth0", "carries": True, "speed": 1000, "duplex": "full", "link_failure_count": 0,
         "permanent_mac": CARD % 0, "queue_id": 0, "aggregator_id": None, "actor": None, "partner": None},
        {"name": "eth1", "carries": True, "permanent_mac": CARD % 1}]),
    "balance-rr.one-down": ({"mii_status": "up"}, [
        {"mii_status": "up", "carries": True}, {"mii_status": "down", "carries": False, "link_failure_count": 1}]),
    "active-backup": (
        {"mode": "active-backup", "active": "eth0", "primary": "eth0", "primary_reselect": "better", "updelay": 200,
         "downdelay": 200, "fail_over_mac": "none", "xmit_hash_policy": None, "lacp": None, "arp_ip_target": []},
        [{"carries": True}, {"carries": False, "mii_status": "up"}]),
    "active-backup.active-down": ({"active": "eth1", "mii_status": "up"}, [
        {"mii_status": "down", "carries": False, "link_failure_count": 1},
        {"carries": True, "link_failure_count": 0}]),
    # Back and better, but no better than the other: primary_reselect.
    "active-backup.flapped": ({"active": "eth1", "primary": "eth0"}, [
        {"mii_status": "up", "carries": False, "link_failure_count": 2}, {"carries": True}]),
    "active-backup.all-down": ({"active": None, "mii_status": "down"}, [{"carries": False}, {"carries": False}]),
    "active-backup.fail-over-mac": ({"fail_over_mac": "active", "active": "eth0", "primary": None}, [{}, {}]),
    "active-backup.arp": (
        {"miimon": 0, "arp_interval": 200, "arp_ip_target": ["198.18.9.1", "198.18.9.2"], "active": "eth0",
         "mii_status": "up"}, [{"carries": True}, {"carries": False}]),
    "active-backup.arp-no-answer": ({"arp_interval": 200, "active": None}, [{"carries": False}, {"carries": False}]),
    "balance-xor": ({"mode": "balance-xor", "xmit_hash_policy": "layer3+4"}, [{"carries": True}, {"carries": True}]),
    "broadcast": ({"mode": "broadcast"}, [{"carries": True}, {"carries": True}]),
    "802.3ad": (
        {"mode": "802.3ad", "xmit_hash_policy": "layer2+3", "lacp_rate": "fast", "min_links": 1,
         "ad_select": "bandwidth",
         "lacp": {"aggregator_id": 1, "ports": 2, "actor_key": 9, "partner_key": 9, "partner_mac": CARD % 4,
                  "system_mac": CARD % 0, "system_priority": 65535}},
        [{"carries": True, "aggregator_id": 1, "queue_id": 0,
          "actor": {"system_priority": 65535, "system_mac": CARD % 0, "key": 9, "port_priority": 255, "port_number": 1,
                    "port_state": 15}},
         {"carries": True, "aggregator_id": 1}]),
    "802.3ad.no-partner": ({"mii_status": "up"}, [
        {"mii_status": "up", "carries": True, "aggregator_id": 1, "partner": None},
        {"mii_status": "up", "carries": False, "aggregator_id": 2, "partner": None}]),
    "802.3ad.one-down": ({}, [{"carries": True}, {"mii_status": "down", "carries": False, "link_failure_count": 1}]),
    # The kernel shows an ordinary user no partner.
    "802.3ad.unprivileged": (
        {"mode": "802.3ad", "lacp_rate": "fast",
         "lacp": dict.fromkeys(("aggregator_id", "ports", "actor_key", "partner_key", "partner_mac", "system_mac",
                                "system_priority"))},
        [{"carries": None, "actor": None, "partner": None, "aggregator_id": 1}, {"carries": None}]),
    "balance-tlb": ({"mode": "balance-tlb", "active": "eth0"}, [{"carries": True}, {"carries": True}]),
    "balance-alb": ({"mode": "balance-alb", "active": "eth0"}, [{"carries": True}, {"carries": True}]),
}


def read(release, situation):
    return _bond_read.parse((FIXTURES / release / (situation + ".txt")).read_text(encoding="utf-8"))


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_recorded(release, situation):
    found = read(release, situation)
    of_bond, of_members = EXPECTED[situation]
    for key, value in of_bond.items():
        assert found[key] == value, key
    assert len(found["members"]) == len(of_members)
    for member, expected in zip(found["members"], of_members):
        for key, value in expected.items():
            assert member[key] == value, (member["name"], key)


@pytest.mark.parametrize("release", RELEASES)
def test_the_partner_of_each_member(release):
    for number, member in enumerate(read(release, "802.3ad")["members"], start=1):
        assert member["partner"]["system_mac"] == CARD % 4
        assert member["partner"]["key"] == 9 and member["partner"]["port_number"] == number


@pytest.mark.parametrize("release", RELEASES)
def test_every_mode_is_recorded(release):
    assert {read(release, situation)["mode"] for situation in SITUATIONS} == set(_bond_read.MODES.values())


def test_a_speed_that_the_card_does_not_know():
    """virtio cards always know one, so this line is the only one that is not recorded."""
    text = (FIXTURES / "debian12" / "balance-rr.txt").read_text(encoding="utf-8")
    text = text.replace("Speed: 1000 Mbps", "Speed: Unknown").replace("Duplex: full", "Duplex: Unknown")
    assert [(member["speed"], member["duplex"]) for member in _bond_read.parse(text)["members"]] == [(None, None)] * 2


@pytest.mark.parametrize("text, message", [
    ("", "no line 'Bonding Mode:'"), ("MII Status: up\n", "no line 'Bonding Mode:'"),
    ("Bonding Mode: something new\n", "'something new' is unknown"),
])
def test_what_cannot_be_read_is_said(text, message):
    with pytest.raises(_bond_read.UnreadableError, match=message):
        _bond_read.parse(text)
