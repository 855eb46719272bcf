# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role webserver behind the floating address, as a client sees it."""

from __future__ import annotations

import urllib.request

import pytest
import topology


@pytest.fixture
def vip(configured):
    """The floating address of the inventory."""
    addresses = [
        resource["instance_attributes"]["ip"]
        for resource in configured.values()
        if resource["agent"] == "ocf:heartbeat:IPaddr2"
    ]
    return addresses[0]


@pytest.fixture
def holders(vip):
    """The nodes that carry the address."""
    return [
        node
        for node in topology.nodes()
        if vip in topology.host(node).check_output("ip -brief -4 address show").replace("/", " ").split()
    ]


def test_one_node_holds_the_address(holders):
    assert len(holders) == 1


def test_the_holder_answers(vip, holders):
    with urllib.request.urlopen("http://%s/" % vip, timeout=5) as answer:
        assert answer.status == 200
        assert answer.headers["X-Served-By"] == holders[0]


def test_it_runs_on_the_holder_only(host, holders):
    running = host.run("pgrep --exact nginx").rc == 0
    assert running == (host.check_output("hostname") in holders)


def test_the_cluster_starts_it_and_not_the_boot(host):
    assert not host.service("nginx").is_enabled
