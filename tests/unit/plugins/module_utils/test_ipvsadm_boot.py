# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role ipvsadm leaves for the next boot, read by the collection's own reader."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _ipvsadm_boot as boot
from ansible_collections.halab.cluster.plugins.module_utils._ipvsadm_wanted import wanted
from fake_ipvsadm import FakeIpvsadm

ALL = {
    "ipvsadm_services": [
        {
            "tcp": "192.0.2.10:80",
            "scheduler": "wrr",
            "persistent": 300,
            "netmask": "255.255.255.0",
            "real_servers": [
                {"address": "10.0.0.1", "port": 8080, "forwarding": "masq", "weight": 10, "u_threshold": 200,
                 "l_threshold": 150},
                {"address": "10.0.0.2", "port": 8080, "forwarding": "masq", "weight": 0},
                {"address": "10.0.0.9", "state": "absent"},
            ],
        },
        {"tcp": "[2001:db8::10]:443", "scheduler": "sh", "sched_flags": ["sh-port", "sh-fallback"],
         "real_servers": [{"address": "2001:DB8::1", "forwarding": "masq"}]},
        {"udp": "192.0.2.10:5060", "persistent": 60, "pe": "sip", "ops": True},
        {"sctp": "192.0.2.10:36412", "real_servers": [{"address": "10.0.0.3"}]},
        {"fwmark": "4294967295", "persistent": "600", "real_servers": [
            {"address": "10.0.0.4", "forwarding": "ipip", "tun_type": "gue", "tun_port": 6080, "tun_flags": "csum"},
            {"address": "10.0.0.5", "forwarding": "ipip", "tun_type": "gre"}]},
        {"fwmark": 1, "ipv6": True, "persistent": 600, "netmask": 64},
        {"tcp": "192.0.2.11:80", "state": "absent", "real_servers": [{"address": "10.0.0.1", "forwarding": "masq"}]},
    ],
    "ipvsadm_timeouts": {"tcp": 3600},
    "ipvsadm_daemons": [
        {"state": "backup", "mcast_interface": "eth1", "syncid": 7},
        {"state": "master", "mcast_interface": "eth1", "syncid": 7, "sync_maxlen": 1000},
    ],
    "ipvsadm_purge": False,
    "ipvsadm_sysctl": {"net.ipv4.vs.conntrack": 1},
}
# 0 is the kernel's default.
REMOVED_SERVERS = {"net.ipv4.vs.expire_nodest_conn": 1}
NOTHING = {"ipvsadm_services": [], "ipvsadm_timeouts": {}, "ipvsadm_purge": False, "ipvsadm_sysctl": {}}


def after(variables):
    table, problems = wanted(variables)
    assert problems == []
    return plan.after(table, read.NOT_LOADED)


def test_the_rules_are_read_as_the_table_that_is_wanted():
    services = read.parse_save(boot.ipvsadm_rules(ALL))
    assert services == after(ALL)["services"] and len(services) == 6
    assert services[0]["real_servers"][0]["u_threshold"] == 200


def test_ipvsadm_comes_to_the_table_that_the_module_makes():
    fake = FakeIpvsadm(*boot.ipvsadm_rules(ALL).splitlines())
    for command in boot.ipvsadm_commands(ALL):
        assert fake.run(command.split()) == (0, "", "")
    thresholds = read.parse_list(fake.run(["ipvsadm", "--list", "--numeric", "--thresholds"])[1], read.THRESHOLDS)
    here = {
        "services": read.with_thresholds(read.parse_save(fake.run(["ipvsadm", "--save", "--numeric"])[1]), thresholds),
        "timeouts": read.parse_timeout(fake.run(["ipvsadm", "--list", "--timeout"])[1]),
        "daemons": read.parse_daemon(fake.run(["ipvsadm", "--list", "--daemon"])[1]),
    }
    assert plan.commands(here, plan.after(wanted(dict(ALL, ipvsadm_purge=True))[0], here)) == []


def test_timeouts_and_daemons():
    assert boot.ipvsadm_commands(ALL) == [
        "ipvsadm --set 3600 120 300",
        "ipvsadm --start-daemon master --syncid 7 --sync-maxlen 1000 --mcast-interface eth1",
        "ipvsadm --start-daemon backup --syncid 7 --mcast-interface eth1",
    ]


def test_nothing():
    assert boot.ipvsadm_rules(NOTHING) == "" and boot.ipvsadm_commands(NOTHING) == []
    # Whoever has role ipvsadm is a director, though another may keep its table.
    assert boot.ipvsadm_sysctl(NOTHING) == REMOVED_SERVERS


def test_ones_own_word_counts_more():
    kept = {"net.ipv4.vs.expire_nodest_conn": 0}
    assert boot.ipvsadm_sysctl(dict(NOTHING, ipvsadm_sysctl=kept)) == kept


NAT4 = {
    "net.ipv4.ip_forward": 1,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.default.send_redirects": 0,
    "net.ipv4.conf.*.send_redirects": 0,
}
NAT6 = {"net.ipv6.conf.all.forwarding": 1}
# 1 is the kernel's default: a port that comes again before its last connection was forgotten.
UNSEEN_ANSWERS = {"net.ipv4.vs.conn_reuse_mode": 3}


@pytest.mark.parametrize(
    ("service", "sysctl"),
    [
        ({"tcp": "192.0.2.10:80", "real_servers": [{"address": "10.0.0.1", "forwarding": "masq"}]}, NAT4),
        ({"fwmark": 1, "ipv6": True, "real_servers": [{"address": "2001:db8::1", "forwarding": "masq"}]}, NAT6),
        ({"tcp": "192.0.2.10:80", "real_servers": [{"address": "10.0.0.1"}]}, UNSEEN_ANSWERS),
        ({"tcp": "192.0.2.10:80", "real_servers": [{"address": "10.0.0.1", "forwarding": "ipip"}]}, UNSEEN_ANSWERS),
        ({"fwmark": 1, "real_servers": [{"address": "10.0.0.1", "forwarding": "masq", "state": "absent"}]}, {}),
        ({"fwmark": 1, "state": "absent", "real_servers": [{"address": "10.0.0.1", "forwarding": "masq"}]}, {}),
    ],
)
def test_sysctls_of_forwarding(service, sysctl):
    assert boot.ipvsadm_sysctl(dict(NOTHING, ipvsadm_services=[service])) == {**sysctl, **REMOVED_SERVERS}


def test_sysctls_of_both_families_and_some_of_ones_own():
    found = boot.ipvsadm_sysctl(ALL)
    assert found == {**NAT4, **NAT6, **UNSEEN_ANSWERS, **REMOVED_SERVERS, "net.ipv4.vs.conntrack": 1}
    # A change of it changes switches of interfaces.
    assert next(iter(found)) == "net.ipv4.ip_forward"
