# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that each role wants of the kernel, against one that ipvsadm has printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_table as table

# Of these, what `ipvsadm --save --numeric` printed, ipvsadm 1.31 on Linux 6.12 (Debian 13).
PLAIN = Path(__file__).parents[2] / "fixtures" / "ipvs" / "debian13" / "plain.txt"
FARM = {"scheduler": "wlc", "servers": {"198.18.0.41:80": 1, "198.18.0.42:80": 0}}


def recorded():
    text = PLAIN.read_text(encoding="ascii").split("$ ipvsadm --save --numeric\n")[1].split("\n$ ")[0]
    return read.parse_save(text)


def keepalived(*servers, groups=()):
    return {"keepalived_virtual_servers": list(servers), "keepalived_virtual_server_groups": list(groups)}


def test_keepalived_and_ldirectord_and_ipvsadm_want_the_same():
    real = [{"address": "198.18.0.41", "port": 80}, {"address": "198.18.0.42", "port": 80, "weight": "0"}]
    wanted = {"tcp 198.18.0.200:80": FARM}
    assert table.keepalived_table(keepalived({
        "address": "198.18.0.200", "port": 80, "lvs_method": "DR", "real_server": real})) == wanted
    assert table.ldirectord_table({"ldirectord_virtual": [{"virtual": "198.18.0.200:80", "scheduler": "wlc", "real": [
        {"address": "198.18.0.41", "forwarding": "gate"},
        {"address": "198.18.0.42", "forwarding": "gate", "weight": 0}]}]}) == wanted
    assert table.ipvsadm_table({
        "ipvsadm_services": [
            {"tcp": "198.18.0.200:80", "real_servers": [
                {"address": "198.18.0.41"}, {"address": "198.18.0.42", "weight": 0},
                {"address": "198.18.0.43", "state": "absent"}]},
            {"udp": "198.18.0.200:53", "state": "absent"}],
        "ipvsadm_timeouts": {}, "ipvsadm_purge": False}) == wanted


@pytest.mark.parametrize("server, groups, expected", [
    ({"address": "192.0.2.10", "port": 53, "protocol": "UDP"}, [], ["udp 192.0.2.10:53"]),
    ({"address": "2001:db8::10", "port": 80}, [], ["tcp [2001:db8::10]:80"]),
    ({"address": "192.0.2.10"}, [], ["tcp 192.0.2.10:0"]),
    ({"fwmark": 7}, [], ["fwmark 7"]),
    ({"fwmark": 7, "real_server": [{"address": "2001:db8::21"}]}, [], ["fwmark 7 ipv6"]),
    ({"group": "web"}, [{"name": "web", "addresses": ["192.0.2.10 80", "fwmark 3", "192.0.2.11-13 80",
                                                      {"address": "192.0.2.14", "port": 443}]},
                        {"name": "other", "addresses": ["192.0.2.20 80"]}],
     ["tcp 192.0.2.10:80", "fwmark 3", "tcp 192.0.2.14:443"]),
])
def test_which_services_one_of_keepalived_is(server, groups, expected):
    assert list(table.keepalived_table(keepalived(server, groups=groups))) == expected


def test_what_ldirectord_takes_for_granted():
    found = table.ldirectord_table({"ldirectord_virtual": [
        {"virtual": "192.0.2.10:53", "real": [{"address": "192.0.2.21->192.0.2.23", "forwarding": "masq", "port": 5353}]},
        {"virtual": "[2001:db8::10]:80", "real": [{"address": "2001:db8::21", "forwarding": "gate", "weight": 3}]},
        {"virtual": 5, "real": [{"address": "192.0.2.21", "forwarding": "gate"}]},
    ]})
    assert found == {
        "udp 192.0.2.10:53": {"scheduler": "wrr", "servers": {
            "192.0.2.21:5353": 1, "192.0.2.22:5353": 1, "192.0.2.23:5353": 1}},
        "tcp [2001:db8::10]:80": {"scheduler": "wrr", "servers": {"[2001:db8::21]:80": 3}},
        "fwmark 5": {"scheduler": "wrr", "servers": {"192.0.2.21:0": 1}},
    }


def test_a_table_is_what_was_wanted():
    services = recorded()
    wanted = table.table_of(services)
    assert wanted == {"tcp 192.0.2.10:80": {"scheduler": "wlc",
                                            "servers": {"10.0.0.1:8080": 1, "10.0.0.2:8080": 0}}}
    assert table.ipvs_table_problems(services, wanted) == []
    # What nobody named stays.
    del wanted["tcp 192.0.2.10:80"]["servers"]["10.0.0.2:8080"]
    assert table.ipvs_table_problems(services, wanted) == []
    assert table.ipvs_table_problems(services, {}) == []


def test_what_a_table_lacks_is_named():
    wanted = json.loads(json.dumps(table.table_of(recorded())))
    service = wanted["tcp 192.0.2.10:80"]
    service["scheduler"] = "rr"
    service["servers"].update({"10.0.0.2:8080": 5, "10.0.0.3:8080": 1})
    wanted["udp 192.0.2.10:53"] = FARM
    assert table.ipvs_table_problems(recorded(), wanted) == [
        "tcp 192.0.2.10:80: scheduler is wlc; wanted is rr.",
        "tcp 192.0.2.10:80: real server 10.0.0.2:8080: weight is 0; wanted is 5.",
        "tcp 192.0.2.10:80: real server 10.0.0.3:8080 is not in the table; wanted is weight 1.",
        "udp 192.0.2.10:53 is not in the table.",
    ]
