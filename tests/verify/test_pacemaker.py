# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role pacemaker: all nodes take part, every resource runs where it should, the usual tools can be used."""

from __future__ import annotations

import urllib.request

import pytest
import topology

each_node = pytest.mark.parametrize("node", topology.members("cluster"))


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
        for node in topology.members("cluster") + topology.members("remote_nodes")
        if vip in topology.host(node).check_output("ip -brief -4 address show").replace("/", " ").split()
    ]


@each_node
def test_runs_now_and_after_a_boot(node):
    pacemaker = topology.host(node).service("pacemaker")
    assert pacemaker.is_running
    assert pacemaker.is_enabled


@each_node
def test_all_daemons_run(node):
    processes = topology.host(node).check_output("ps -e -o args=").splitlines()
    running = {line.split()[0].rpartition("/")[2] for line in processes}
    assert {"pacemakerd", "pacemaker-based", "pacemaker-fenced", "pacemaker-execd", "pacemaker-attrd",
            "pacemaker-schedulerd", "pacemaker-controld"} <= running


@each_node
def test_nothing_is_left_of_what_was_set_for_a_while(node, crm_mon):
    """Moves, bans and maintenance are undone by who has said them."""
    assert crm_mon.find("summary/cluster_options").get("maintenance-mode") == "false"
    constraints = topology.host(node).check_output("cibadmin --query --scope constraints")
    assert "cli-prefer-" not in constraints and "cli-ban-" not in constraints


def test_every_node_takes_part(crm_mon):
    nodes = {node.get("name"): node for node in crm_mon.findall("nodes/node")}
    assert set(nodes) == set(topology.members("cluster") + topology.members("remote_nodes"))
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


@each_node
def test_the_configuration_is_valid(node):
    assert topology.host(node).run("crm_verify --live-check").rc == 0


@each_node
def test_pcs_works(node):
    status = topology.host(node).run("pcs status")
    assert status.rc == 0, status.stderr
    for peer in topology.members("cluster"):
        assert peer in status.stdout


@each_node
def test_crmsh_works(node):
    status = topology.host(node).run("crm status")
    assert status.rc == 0, status.stderr
    for peer in topology.members("cluster"):
        assert peer in status.stdout


def test_one_node_holds_the_address(holders):
    assert len(holders) == 1


def test_the_holder_answers(vip, holders):
    # A director hands the question on, and has no web server itself.
    servers = topology.members("webservers") or holders
    with urllib.request.urlopen("http://%s/" % vip, timeout=5) as answer:
        assert answer.status == 200
        assert answer.headers["X-Served-By"] in servers


@each_node
def test_the_service_runs_on_the_holder_only(node, holders):
    servers = topology.members("webservers") or holders
    running = topology.host(node).run("pgrep --exact nginx").rc == 0
    assert running == (node in servers)
