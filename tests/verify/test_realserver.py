# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role realserver: a server does what its directors need, is quiet about it, and undoes it."""

from __future__ import annotations

import pytest
import topology

SERVERS = topology.members("realservers")
CLIENTS = topology.members("clients")
each_server = pytest.mark.parametrize("node", SERVERS)


def services(node):
    return topology.rendered()[node]["realserver_services"]


def on_the_server(node):
    """The virtual addresses that it has itself."""
    return [service["address"] for service in services(node) if service["forwarding"] != "masq"]


@each_server
def test_nothing_is_missing(node):
    topology.check_units(topology.host(node), running=["realserver"], enabled=["realserver"])
    assert topology.host(node).check_output("realserver check") == ""


@each_server
def test_it_is_quiet_about_the_address(node):
    mac = topology.host(node).check_output("cat /sys/class/net/eth0/address")
    for address in on_the_server(node):
        answers = topology.host(CLIENTS[0]).run("arping -b -c 2 -w 3 -I eth0 %s" % address).stdout
        assert "reply from" in answers and mac.lower() not in answers.lower()


def test_what_it_undoes_is_gone_and_comes_back():
    host = topology.host(SERVERS[0])
    host.check_output("systemctl stop realserver")
    try:
        shown = host.check_output("ip -brief address show; ip rule show")
        assert not [address for address in on_the_server(SERVERS[0]) if address + "/32" in shown.split()]
        assert "530" not in shown
    finally:
        host.check_output("systemctl start realserver")
    assert host.check_output("realserver check") == ""
