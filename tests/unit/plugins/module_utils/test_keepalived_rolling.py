# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What moves when a host of role keepalived is changed, and whether it has settled."""

from __future__ import annotations

import json

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_rolling as rolling

FILE = "/etc/keepalived/standby"
STANDBY = {"name": "standby", "file": FILE, "weight": 0, "init_file": 0}
WEB = {"name": "web", "interface": "eth0", "virtual_router_id": 52, "advert_int": 1, "track_file": ["standby"],
       "virtual_ipaddress": ["198.18.0.200/24", {"address": "198.18.0.201/24", "dev": "eth0"}]}
SIX = {"name": "six", "interface": "eth1", "virtual_router_id": 52, "advert_int": 2, "track_file": ["standby"],
       "virtual_ipaddress": ["fe80::200/64"], "virtual_ipaddress_excluded": ["2001:db8::200/64"]}
ADVERT = {"interface": "eth0", "source": "198.18.0.31", "virtual_router_id": 52, "priority": 254, "version": 2,
          "family": 4, "addresses": ["198.18.0.200", "198.18.0.201"]}


def variables(*instances, files=(STANDBY,), groups=()):
    return {"keepalived_instances": list(instances), "keepalived_node": {}, "keepalived_track_files": list(files),
            "keepalived_sync_groups": list(groups)}


def shown(*addresses, flags=("BROADCAST", "MULTICAST", "UP", "LOWER_UP")):
    """As `ip -json address` of iproute2 6.15 says it, without what nobody reads here."""
    return json.dumps([
        {"ifname": "lo", "flags": ["LOOPBACK", "UP", "LOWER_UP"], "addr_info": [{"family": "inet", "local": "127.0.0.1"}]},
        {"ifname": "eth0", "flags": list(flags),
         "addr_info": [{"family": "inet", "local": "198.18.0.32", "prefixlen": 24}]
         + [{"family": "inet", "local": address, "prefixlen": 24} for address in addresses]},
        {"ifname": "gone", "flags": []},
    ])


def test_what_moves():
    found = rolling.keepalived_rolling(variables(WEB, SIX))
    assert found["file"] == FILE and found["interfaces"] == ["eth0", "eth1"] and found["seconds"] == 6
    assert found["addresses"] == ["198.18.0.200", "198.18.0.201", "fe80::200", "2001:db8::200"]
    assert [router["family"] for router in found["instances"]] == [4, 6]


@pytest.mark.parametrize("given, expected", [
    (variables(WEB), FILE),
    (variables(WEB, files=[{"name": "a", "file": "/a"}, STANDBY]), FILE),
    (variables(dict(WEB, track_file=[]), groups=[{"name": "all", "group": ["web", "six"], "track_file": ["standby"]}]),
     FILE),
    # With a weight it is no fault, and where one instance does not track it, that one stays.
    (variables(WEB, files=[dict(STANDBY, weight=-20)]), None),
    (variables(WEB, files=[{"name": "standby", "file": FILE}]), None),
    (variables(dict(WEB, track_file=["standby weight -20"])), None),
    (variables(WEB, dict(SIX, track_file=[])), None),
    (variables(WEB, files=[]), None),
])
def test_which_file_moves_them(given, expected):
    assert rolling.keepalived_rolling(given)["file"] == expected


@pytest.mark.parametrize("given, hosts, expected", [
    (variables(WEB), ["lb1", "lb2"], []),
    (variables(WEB), ["lb1"], ["keepalived_group has lb1; allowed are two hosts or more."]),
    (variables(WEB), [], ["keepalived_group has no host; allowed are two hosts or more."]),
    (variables(), ["lb1", "lb2"], ["keepalived_instances is empty; allowed is one instance or more."]),
    (variables(WEB, files=[]), ["lb1", "lb2"],
     ["keepalived_track_files has no file with weight 0 that every instance tracks; allowed is one, such as "]),
])
def test_what_is_refused(given, hosts, expected):
    found = rolling.keepalived_rolling_problems(given, hosts)
    assert len(found) == len(expected) and all(map(str.startswith, found, expected)), found


def test_the_only_host_is_told_what_happens_and_the_way_out():
    (sentence,) = rolling.keepalived_rolling_problems(variables(WEB), ["lb1"])
    assert "clients see whatever the change interrupts" in sentence and "run playbooks/site.yml instead" in sentence


def test_what_a_host_has():
    wanted = rolling.keepalived_rolling(variables(WEB))
    assert rolling.keepalived_held(shown(), wanted) == []
    assert rolling.keepalived_held(shown("198.18.0.200"), wanted) == ["198.18.0.200"]
    # There it is a real server.
    assert rolling.keepalived_held(shown("198.18.0.200", flags=["BROADCAST", "NOARP", "UP"]), wanted) == []


BOTH = ("198.18.0.200", "198.18.0.201")
OTHER = dict(ADVERT, source="198.18.0.33")


@pytest.mark.parametrize("held, adverts, expected", [
    (BOTH, [], None),
    ((), [ADVERT], None),
    # Another virtual router, and one who has just given up.
    (BOTH, [dict(ADVERT, virtual_router_id=51), dict(ADVERT, family=6), dict(ADVERT, interface="eth1")], None),
    ((), [ADVERT, dict(OTHER, priority=0)], None),
    ((), [], "does not have 198.18.0.200, 198.18.0.201, and hears nobody who has; wanted is one other host."),
    ((), [dict(ADVERT, priority=0)], "hears nobody who has"),
    ((), [OTHER, ADVERT], "hears 198.18.0.31, 198.18.0.33; wanted is one other host."),
    (BOTH, [ADVERT], "this host has 198.18.0.200, 198.18.0.201, and 198.18.0.31 says so as well."),
    (BOTH[:1], [], "this host has 198.18.0.200, and not all of 198.18.0.200, 198.18.0.201."),
])
def test_what_has_not_settled(held, adverts, expected):
    found = rolling.keepalived_unsettled(shown(*held), adverts, rolling.keepalived_rolling(variables(WEB)))
    if expected is None:
        assert found == []
    else:
        assert len(found) == 1 and found[0].startswith("web (virtual_router_id 52 on eth0): ") and expected in found[0]
