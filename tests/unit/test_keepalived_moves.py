# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What moves between two hosts with keepalived, and when. Their kernels are asked who has it."""

from __future__ import annotations

from collections import Counter

import keepalived_hosts
import pytest
from patience import until

NOTE = {"name": "note", "content": '#!/bin/sh\necho "$(id -un) $*" >> /run/notes\n'}
# A router with two networks. What eth2 and eth3 lead to is only tracked.
ROUTER = {
    "keepalived_sync_groups": [
        {"name": "router", "group": ["outside4", "outside6", "inside4"], "track_interface": ["eth3"]},
    ],
    "keepalived_instances": [
        {"name": "outside4", "interface": "eth0", "virtual_router_id": 51, "version": 3, "advert_int": 0.2,
         "virtual_ipaddress": ["198.18.0.100/24", {"address": "198.18.0.101/24", "dev": "eth0"}],
         "virtual_ipaddress_excluded": ["fd00:0::200/64"],
         "virtual_routes": [{"to": "198.19.1.0/24", "via": "198.18.0.1", "dev": "eth0"},
                            {"to": "198.19.2.0/24", "via": "198.18.0.1", "dev": "eth0", "metric": 7}],
         "virtual_rules": [{"from": "198.18.0.100", "table": 100, "priority": 100}]},
        {"name": "outside6", "interface": "eth0", "virtual_router_id": 51, "advert_int": 0.2,
         "virtual_ipaddress": ["fe80::100/64", {"address": "fd00:0::100/64", "preferred_lft": "forever"}],
         "virtual_routes": [{"to": "fd00:99::/64", "via": "fd00:0::1", "dev": "eth0"}]},
        {"name": "inside4", "interface": "eth1", "virtual_router_id": 52, "version": 3, "advert_int": 0.2,
         "virtual_ipaddress": ["198.18.1.1/24"], "track_interface": ["eth2"]},
    ],
}
MOVES = {"198.18.0.100", "198.18.0.101", "fd00::200", "to 198.19.1.0/24", "to 198.19.2.0/24", "from 198.18.0.100",
         "fe80::100", "fd00::100", "to fd00:99::/64", "198.18.1.1"}
INTERFACES = ("eth0", "eth1", "eth2", "eth3")
RANKS = keepalived_hosts.ranks("outside4", "outside6", "inside4")


@pytest.fixture
def router(tmp_path):
    """lb1 has everything."""
    with keepalived_hosts.network(tmp_path, ROUTER, RANKS, INTERFACES) as net:
        net["lb1"].start()
        net.alone("lb1", MOVES)
        net["lb2"].start()
        yield net


@keepalived_hosts.needed
def test_all_of_a_sync_group_moves_when_its_holder_dies(router):
    router.ear.heard()
    router["lb1"].end()
    del router.hosts["lb1"]
    router.alone("lb2", MOVES)
    # It comes back with a higher priority, and hears who has it. Three adverts that are missing would be enough.
    router.plug("lb1")
    router["lb1"].start()
    router.ear.heard()
    adverts = Counter()
    while min(adverts[key] for key in ((51, 4), (51, 6), (52, 4))) < 5:
        adverts.update((one["virtual_router_id"], one["family"]) for one in until(bool, router.ear.heard))
    router.alone("lb2", MOVES)
    # By hand, as the documentation has it: what is stopped says goodbye.
    router["lb2"].tell("TERM")
    router.alone("lb1", MOVES)


@keepalived_hosts.needed
def test_all_of_a_sync_group_moves_when_one_member_fails(router):
    # eth1 is a member's own, eth2 one that a member tracks, eth3 one that the group tracks. eth0 has the other members.
    holder, other = "lb1", "lb2"
    for interface in ("eth1", "eth2", "eth3"):
        router.cable(holder, interface, "down")
        router.alone(other, MOVES)
        router.cable(holder, interface, "up")
        # What is repaired is a backup again: the next fault brings it everything.
        holder, other = other, holder


@keepalived_hosts.needed
def test_nopreempt_is_what_keeps_it(tmp_path):
    both = {"interface": "eth0", "version": 3, "advert_int": 0.2}
    instances = [
        dict(both, name="stays", virtual_router_id=51, virtual_ipaddress=["198.18.0.100/24"]),
        dict(both, name="returns", virtual_router_id=52, virtual_ipaddress=["198.18.0.101/24"], nopreempt=False),
    ]
    own = keepalived_hosts.ranks("stays", "returns")
    with keepalived_hosts.network(tmp_path, {"keepalived_instances": instances}, own) as net:
        net["lb2"].start()
        net.alone("lb2", {"198.18.0.100", "198.18.0.101"})
        net["lb1"].start()
        net.alone("lb1", {"198.18.0.101"})
        assert net.holders("198.18.0.100") == ["lb2"]


@keepalived_hosts.needed
def test_who_is_told_and_what(tmp_path):
    words = ("master", "backup", "fault", "stop")
    told = {"notify_%s" % word: "/etc/keepalived/note %s" % word for word in words}
    both = {"interface": "eth0", "virtual_router_id": 51, "advert_int": 0.2}
    common = {
        "keepalived_scripts": [NOTE],
        "keepalived_instances": [
            dict(both, name="web", version=3, virtual_ipaddress=["198.18.0.100/24"], notify="/etc/keepalived/note",
                 **dict(told, notify_fault='"/etc/keepalived/note a fault" nobody')),
            dict(both, name="web6", virtual_ipaddress=["fe80::100/64"]),
        ],
        "keepalived_sync_groups": [{"name": "all", "group": ["web", "web6"], "notify": "/etc/keepalived/note of a",
                                    "notify_master": "/etc/keepalived/note"}],
    }
    with keepalived_hosts.network(tmp_path, common, {"lb1": keepalived_hosts.rank(150, "web", "web6")}) as net:
        host, expected = net["lb1"], []
        notes = host.path("/run/notes")
        notes.touch()
        notes.chmod(0o666)

        def heard(*lines):
            """Scripts run at the same time: their order is nobody's."""
            expected.extend(lines)
            until(lambda text: sorted(text.splitlines()) == sorted(expected), notes.read_text)

        host.start()
        heard("root backup", "root INSTANCE web BACKUP 150", "root of a GROUP all BACKUP 0",
              "root master", "root INSTANCE web MASTER 150", "root of a GROUP all MASTER 0", "root ")
        net.cable("lb1", "eth0", "down")
        heard("nobody a fault", "root INSTANCE web FAULT 150", "root of a GROUP all FAULT 0")
        host.tell("TERM")
        heard("root stop", "root INSTANCE web STOP 150", "root of a GROUP all STOP 0")
