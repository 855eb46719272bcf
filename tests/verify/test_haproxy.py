# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role haproxy: each balancer takes requests and hands them to every server, and is closed where it has to be."""

from __future__ import annotations

import socket
import urllib.request

import pytest
import topology

BALANCERS = topology.members("balancers")
SERVERS = topology.members("webservers")
each_balancer = pytest.mark.parametrize("node", BALANCERS)


def address(node):
    """Where clients reach a host."""
    return topology.variables(node)["ansible_host"]


@each_balancer
def test_it_runs(node):
    topology.check_units(topology.host(node), running=["haproxy"], enabled=["haproxy"])


@each_balancer
def test_its_own_check_accepts_its_file(node):
    topology.host(node).check_output("haproxy -c -f /etc/haproxy/haproxy.cfg")


@each_balancer
def test_every_server_gets_its_share(node):
    seen = []
    for dummy in range(3 * len(SERVERS)):
        with urllib.request.urlopen("http://%s/" % address(node), timeout=5) as answer:
            seen.append(answer.headers["X-Served-By"])
    assert sorted(set(seen)) == sorted(SERVERS)


@each_balancer
def test_its_health_is_told_to_nobody_else(node):
    assert topology.host(node).check_output("curl --silent --fail http://127.0.0.1:8404/health") != ""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address(node), 8404), timeout=5)


@each_balancer
def test_its_socket_is_for_root_and_its_group(node):
    found = topology.host(node).check_output("stat --format='%U %G %a' /run/haproxy/admin.sock")
    assert found == "root haproxy 660"
