# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role bonding: the kernel has the bonds that the inventory describes, and they carry."""

from __future__ import annotations

import functools
import json

import pytest
import topology

NOBODY = "00:00:00:00:00:00"


def wanted():
    """[(node, bond)] with what the inventory's templates become."""
    return [(node, bond) for node in topology.nodes() for bond in topology.rendered()[node].get("bonding_bonds", [])]


def names(value):
    return value if isinstance(value, str) else value["name"]


@functools.lru_cache(maxsize=None)
def devices(node):
    """{name: device} for all network devices of a node. Asked once for all tests: on a VM a command takes a second."""
    shown = json.loads(topology.host(node).check_output("ip -json -details address show"))
    return {device["ifname"]: device for device in shown}


@pytest.mark.parametrize("node, bond", wanted(), ids=names)
def test_the_bond_is_up_with_all_its_members(node, bond):
    found = devices(node)[bond["name"]]
    assert found["linkinfo"]["info_data"]["mode"] == bond["mode"]
    assert {"UP", "LOWER_UP"} <= set(found["flags"])
    members = [device for device in devices(node).values() if device.get("master") == bond["name"]]
    assert sorted(member["ifname"] for member in members) == sorted(bond["members"])
    assert {member["linkinfo"]["info_slave_data"]["mii_status"] for member in members} == {"UP"}


@pytest.mark.parametrize("node, bond", wanted(), ids=names)
def test_the_addresses_are_the_bond_s_and_no_member_s(node, bond):
    of = {
        name: {"%(local)s/%(prefixlen)s" % address for address in device["addr_info"]}
        for name, device in devices(node).items()
    }
    assert set(bond["addresses"]) <= of[bond["name"]]
    assert not [card for card in bond["members"] if of[card] & set(bond["addresses"])]


LACP = [(node, bond) for node, bond in wanted() if bond["mode"] == "802.3ad"]

if LACP:

    @pytest.mark.parametrize("node, bond", LACP, ids=names)
    def test_the_partner_answers_on_every_member(node, bond):
        aggregator = devices(node)[bond["name"]]["linkinfo"]["info_data"]["ad_info"]
        assert aggregator["partner_mac"] != NOBODY
        assert aggregator["num_ports"] == len(bond["members"])

    @pytest.mark.parametrize("node, bond", LACP, ids=names)
    def test_the_other_end_is_reached_through_it(node, bond):
        network = bond["addresses"][0].rpartition(".")[0]
        others = [address.split("/")[0] for other, there in LACP if other != node for address in there["addresses"]
                  if address.startswith(network)]
        assert others
        for address in others:
            topology.host(node).check_output("ping -n -q -c 1 -w 10 -I %s %s", bond["name"], address)
