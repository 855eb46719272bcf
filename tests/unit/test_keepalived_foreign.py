# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another cluster on the segment with the id of a new instance: what role keepalived listens for and refuses."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_foreign import (
    keepalived_foreign_problems,
    keepalived_routers,
)

INSTANCE = {"name": "web", "interface": "eth0", "virtual_router_id": 51, "virtual_ipaddress": ["192.0.2.100/24"]}
WEB6 = {"name": "web6", "interface": "eth0", "virtual_router_id": 51, "virtual_ipaddress": ["fe80::100/64"]}
ROUTER = {"interface": "eth0", "virtual_router_id": 51, "family": 4}
ADVERT = {"interface": "eth0", "source": "192.0.2.77", "virtual_router_id": 51, "priority": 100, "version": 2,
          "family": 4, "addresses": ["192.0.2.200"]}
SENTENCE = (
    "keepalived_instances: web: virtual_router_id is 51, which 192.0.2.77 uses on eth0 already, for 192.0.2.200, and "
    "it is no host of keepalived_group; allowed is one that nobody uses there, such as 1, 3, 4."
)


def hostvars_of(lb1=None, lb2=None, instances=(INSTANCE,)):
    common = {"keepalived_instances": copy.deepcopy(list(instances))}
    return {
        "lb1": {**common, "keepalived_node": {"web": lb1 or {}}, "ansible_host": "198.51.100.11"},
        "lb2": {**common, "keepalived_node": {"web": lb2 or {}}, "ansible_host": "198.51.100.12"},
        "other": {"ansible_host": "192.0.2.77"},
    }


def judge(adverts, hostvars, new=(ROUTER,)):
    heard = {"adverts": adverts, "new": list(new), "absent": []}
    return keepalived_foreign_problems(heard, hostvars["lb1"], "lb1", ["lb1", "lb2"], hostvars)


def advert(**words):
    return {**ADVERT, **words}


def test_a_foreign_host():
    more = advert(virtual_router_id=2, source="192.0.2.78")
    assert judge([more, ADVERT], hostvars_of()) == [SENTENCE]


def test_two_foreign_hosts():
    assert len(judge([ADVERT, advert(source="192.0.2.78")], hostvars_of())) == 2


@pytest.mark.parametrize("words", [
    {"virtual_router_id": 52},
    {"interface": "eth1"},
    {"family": 6, "version": 3, "source": "fe80::77", "addresses": ["fe80::200"]},
    {"source": "198.51.100.12"},
])
def test_what_is_no_collision(words):
    assert judge([advert(**words)], hostvars_of()) == []


def test_an_instance_that_is_there_already():
    assert judge([ADVERT], hostvars_of(), new=[]) == []


@pytest.mark.parametrize("lb2", [
    {"unicast_src_ip": "192.0.2.77"},
    {"mcast_src_ip": "192.0.2.77"},
    {"unicast_src_ip": "192.0.2.12", "unicast_peer": ["192.0.2.77"]},
    {"unicast_src_ip": "192.0.2.12", "unicast_peer": [{"address": "192.0.2.77", "min_ttl": 255}]},
])
def test_a_host_of_the_group(lb2):
    assert judge([ADVERT], hostvars_of(lb2=lb2)) == []


def test_a_host_of_the_group_by_its_facts():
    hostvars = hostvars_of()
    hostvars["lb2"]["ansible_facts"] = {"all_ipv4_addresses": ["192.0.2.77"]}
    assert judge([ADVERT], hostvars) == []


def test_a_host_of_the_group_that_does_not_say_its_source():
    """With IPv6 it sends from its link-local address, which no inventory has."""
    router = dict(ROUTER, family=6)
    own = advert(family=6, version=3, source="fe80::12", addresses=["fe80::100"])
    foreign = advert(family=6, version=3, source="fe80::77", addresses=["fe80::200"])
    hostvars = hostvars_of(instances=[WEB6])
    assert judge([own], hostvars, [router]) == []
    assert len(judge([own, foreign], hostvars, [router])) == 1


def test_a_copy_of_this_cluster():
    """The same addresses, from a host that is none of those that say what they send from."""
    copied = advert(addresses=["192.0.2.100"])
    assert len(judge([copied], hostvars_of({"unicast_src_ip": "192.0.2.11"}, {"unicast_src_ip": "192.0.2.12"}))) == 1
    assert judge([copied], hostvars_of()) == []


def test_what_is_listened_for():
    variables = hostvars_of(instances=[INSTANCE, WEB6])["lb1"]
    assert keepalived_routers(variables) == [ROUTER, dict(ROUTER, family=6)]


@pytest.mark.parametrize("changes", [
    {"keepalived_node": {"web": {"mcast_dst_ip": "224.0.0.99"}}},
    {"keepalived_global_defs": {"vrrp_mcast_group4": "224.0.0.99"}},
    {"keepalived_global_defs": {"net_namespace": "blue"}},
    {"keepalived_blocks": {"net_namespace": "blue"}},
    {"keepalived_instances": []},
])
def test_what_nobody_could_hear(changes):
    assert keepalived_routers({**hostvars_of()["lb1"], **changes}) == []
