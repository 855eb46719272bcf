# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role pacemaker: all nodes take part, every resource runs where it should, the usual tools can be used."""

from __future__ import annotations

import urllib.request

import pytest
import topology


@pytest.fixture(params=topology.cluster())
def host(request):
    """Not every host of a topology with a cluster is a node of it."""
    return topology.host(request.param)


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
        for node in topology.cluster()
        if vip in topology.host(node).check_output("ip -brief -4 address show").replace("/", " ").split()
    ]


def test_runs_now_and_after_a_boot(host):
    pacemaker = host.service("pacemaker")
    assert pacemaker.is_running
    assert pacemaker.is_enabled


def test_every_node_takes_part(crm_mon):
    nodes = {node.get("name"): node for node in crm_mon.findall("nodes/node")}
    assert set(nodes) == set(topology.cluster())
    for node in nodes.values():
        assert node.get("online") == "true", node.attrib
        for state in ("standby", "maintenance", "pending", "unclean"):
            assert node.get(state) == "false", node.attrib


def test_every_resource_runs(crm_mon, configured):
    running = {resource.get("id"): resource for resource in crm_mon.iter("resource")}
    assert set(configured) <= set(running)
    for name, resource in running.items():
        assert resource.get("role") != "Stopped", name
        assert resource.get("failed") == "false", name
        assert resource.get("managed") == "true", name


def test_nothing_has_failed(crm_mon):
    assert crm_mon.findall("failures/failure") == []


def test_fencing_is_on(crm_mon):
    assert crm_mon.find("summary/cluster_options").get("stonith-enabled") == "true"


def test_the_configuration_is_valid(host):
    assert host.run("crm_verify --live-check").rc == 0


def test_pcs_works(host):
    status = host.run("pcs status")
    assert status.rc == 0, status.stderr
    for node in topology.cluster():
        assert node in status.stdout


def test_crmsh_works(host):
    status = host.run("crm status")
    assert status.rc == 0, status.stderr
    for node in topology.cluster():
        assert node in status.stdout


def test_one_node_holds_the_address(holders):
    assert len(holders) == 1


def test_the_holder_answers(vip, holders):
    with urllib.request.urlopen("http://%s/" % vip, timeout=5) as answer:
        assert answer.status == 200
        assert answer.headers["X-Served-By"] == holders[0]


def test_the_service_runs_on_the_holder_only(host, holders):
    running = host.run("pgrep --exact nginx").rc == 0
    assert running == (host.check_output("hostname") in holders)
