# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role haproxy_agent: each server tells its weight, and an administrator takes it out and brings it back.

What it tells is what every balancer does.
"""

from __future__ import annotations

import re

import haproxy_process
import pytest
import topology
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_read

BALANCERS = topology.members("balancers")
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


def at_balancers(node):
    """[(status, weight)] of a server wherever an agent is asked for it."""
    found = []
    for balancer in BALANCERS:
        said = topology.host(balancer).check_output("echo 'show stat' | socat - /run/haproxy/admin.sock")
        rows = [row for row in _haproxy_read.parse_stat(said) if row["svname"] == node and "agent_status" in row]
        assert rows, "%s asks no agent of %s" % (balancer, node)
        found += [(row["status"], row["weight"]) for row in rows]
    return found


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
def test_every_balancer_gives_it_that_weight(node):
    # It may be another one by the time that the balancers are asked.
    haproxy_process.until(
        lambda found: set(found[1]) == {("UP", int(re.search(r"(\d+)%", found[0]).group(1)))},
        lambda: (ask(node), at_balancers(node)))


@pytest.mark.alone
@each_server
def test_it_does_what_the_administrator_wants(node):
    host = topology.host(node)
    assert host.run("test -e %s" % STATE).rc == 1, "somebody has taken this server out"
    try:
        host.check_output("echo drain > %s" % STATE)
        assert ask(node) == "drain"
        haproxy_process.until(lambda found: {status for status, dummy in found} == {"DRAIN (agent)"},
                              lambda: at_balancers(node))
        host.check_output("echo ready > %s" % STATE)
        assert ask(node).startswith("ready up ")
    finally:
        host.check_output("echo ready > %s" % STATE)
        # All of them have to hear it before it is gone.
        haproxy_process.until(lambda found: {status for status, dummy in found} == {"UP"}, lambda: at_balancers(node))
        host.check_output("rm %s" % STATE)
