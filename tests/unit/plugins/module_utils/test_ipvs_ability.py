# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to a server of direct routing, on what `ip -json route get` was recorded to say."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_ability as ability
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_lvs import keepalived_lvs
from transcripts import FIXTURES
from transcripts import read as transcript

RECORDED = transcript(FIXTURES / "ipvs" / "routes.txt")


def recorded(address):
    return RECORDED[" ".join(ability.question(address))]


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.2", "192.0.2.7", "fd00::2", "fd00::7"])
def test_what_is_at_hand(address):
    assert ability.routed("x", *recorded(address)) == []


@pytest.mark.parametrize(("address", "gateway"), [("198.51.100.7", "192.0.2.1"), ("2001:db8::7", "fd00::1")])
def test_what_is_behind_a_router(address, gateway):
    (said,) = ability.routed("tcp 192.0.2.10:80: real server " + address, *recorded(address))
    assert said == (
        "tcp 192.0.2.10:80: real server %s: forwarding is gate, and it is behind the router %s; allowed is a server in "
        "a network that this host is attached to, or another forwarding method (NAT, tunnel)." % (address, gateway)
    )


def test_what_cannot_be_reached():
    (said,) = ability.routed("x", *RECORDED["ip -json -6 route get 2001:db8::7 oif lo"])
    assert said.split(";")[0] == (
        "x: forwarding is gate, and there is no way to it (RTNETLINK answers: Network is unreachable)"
    )


def test_an_ipv4_route_over_an_ipv6_router():
    # Not recorded: print_rta_via in iproute2's source.
    text = '[{"dst":"198.51.100.7","via":{"family":"inet6","host":"fe80::1"},"dev":"eth0","flags":[]}]'
    assert ability.router(text) == "fe80::1"


def table(*servers):
    lines = ["-a -t 192.0.2.10:80 -r " + words for words in servers]
    return read.parse_save("\n".join(["-A -t 192.0.2.10:80 -s wlc"] + lines))


def test_only_servers_that_are_new_for_direct_routing_are_asked_for():
    first = table("10.0.0.1:80 -g -w 1", "10.0.0.2:80 -m -w 1")
    second = table(
        "10.0.0.1:80 -g -w 0", "10.0.0.2:80 -g -w 1", "10.0.0.3:80 -g -w 1", "10.0.0.4:80 -m -w 1",
        "10.0.0.5:80 -i -w 1",
    )
    assert ability.new_gates(first, second) == [
        ("tcp 192.0.2.10:80: real server 10.0.0.2", "10.0.0.2"),
        ("tcp 192.0.2.10:80: real server 10.0.0.3", "10.0.0.3"),
    ]
    assert ability.new_gates(second, first) == []


def keepalived(servers, blocks=None, **global_defs):
    return keepalived_lvs({"keepalived_virtual_servers": servers, "keepalived_blocks": blocks or {},
                           "keepalived_global_defs": global_defs})


def test_what_virtual_servers_of_keepalived_ask_for():
    servers = [
        {
            "address": "192.0.2.100",
            "lvs_sched": "wlc",
            "lvs_method": "DR",
            "sorry_server": "10.0.0.9 80",
            "real_server": [
                {"address": "10.0.0.1"},
                {"address": "10.0.0.2", "lvs_method": "NAT"},
                {"address": "10.0.0.1", "port": 81},
            ],
        },
        {
            "fwmark": 1,
            "lvs_sched": "mh",
            "lvs_method": "TUN type gue port 6080",
            "sorry_server": "10.0.0.8",
            "sorry_server_lvs_method": "DR",
            "real_server": [{"address": "10.0.0.3"}, {"address": "10.0.0.4", "lvs_method": "DR"}],
        },
        {"fwmark": 2, "lvs_sched": "mh", "lvs_method": "NAT", "sorry_server": "10.0.0.7 80", "real_server": []},
    ]
    assert keepalived(servers) == {
        "schedulers": ["mh", "wlc"],
        "gate": ["10.0.0.1", "10.0.0.4", "10.0.0.8", "10.0.0.9"],
        "interfaces": [],
    }
    assert keepalived([]) == {"schedulers": [], "gate": [], "interfaces": []}


def test_which_interface_lvs_sync_daemon_asks_for():
    assert keepalived([], lvs_sync_daemon="eth1 web id 7")["interfaces"] == ["eth1"]
    assert keepalived([], lvs_sync_daemon="eth1 web", net_namespace_ipvs="other")["interfaces"] == []
    assert keepalived([], {"net_namespace": "other"}, lvs_sync_daemon="eth1 web")["interfaces"] == []
