# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role haproxy_agent: each server tells its weight, and an administrator takes it out and brings it back."""

from __future__ import annotations

import re

import pytest
import topology

SERVERS = topology.members("webservers")
each_server = pytest.mark.parametrize("node", SERVERS)
STATE = "/etc/haproxy-agent/state"


# What haproxy would be told, asked on the server itself: the network of the balancers need not be here.
ASK = """
import json, socket
config = json.load(open("/etc/haproxy-agent.json"))
place = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config["listen"], config["listen"])
print(socket.create_connection((place, config["port"]), 5).makefile().read())
"""


def ask(node):
    return topology.host(node).check_output("python3 -c '%s'" % ASK).strip()


@each_server
def test_it_runs(node):
    topology.check_units(topology.host(node), running=["haproxy-agent"], enabled=["haproxy-agent"])


@each_server
def test_it_is_nobody(node):
    host = topology.host(node)
    pid = host.check_output("systemctl show --property=MainPID --value haproxy-agent")
    assert host.check_output("stat --format=%%U /proc/%s" % pid) != "root"


@each_server
def test_it_tells_its_weight(node):
    assert re.fullmatch(r"(ready )?up \d+%", ask(node))


@each_server
def test_it_tells_what_the_administrator_wants(node):
    host = topology.host(node)
    assert host.run("test -e %s" % STATE).rc == 1, "somebody has taken this server out"
    try:
        host.check_output("echo drain > %s" % STATE)
        assert ask(node) == "drain"
        host.check_output("echo ready > %s" % STATE)
        assert ask(node).startswith("ready up ")
    finally:
        # Whoever hears it has to take the drain back first.
        host.check_output("echo ready > %s && sleep 6 && rm %s" % (STATE, STATE))
