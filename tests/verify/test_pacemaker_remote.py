# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role pacemaker_remote: the cluster is connected to every remote node, by one key that nobody else can read."""

from __future__ import annotations

import pytest
import topology

REMOTE = topology.members("remote_nodes")
each_remote = pytest.mark.parametrize("node", REMOTE)


@each_remote
def test_runs_now_and_after_a_boot(node):
    daemon = topology.host(node).service("pacemaker_remote")
    assert daemon.is_running and daemon.is_enabled


@each_remote
def test_it_is_no_node_of_corosync(node):
    host = topology.host(node)
    assert not host.package("pacemaker").is_installed
    assert not host.service("corosync").is_running


@each_remote
def test_it_waits_where_the_cluster_looks_for_it(node):
    port = topology.variables(node).get("pacemaker_remote_port", 3121)
    assert ":%d " % port in topology.host(node).check_output("ss --listening --tcp --numeric")


def test_a_node_of_the_cluster_holds_the_connection(crm_mon):
    nodes = {node.get("name"): node for node in crm_mon.findall("nodes/node")}
    connections = {item.get("id"): item for item in crm_mon.iter("resource")
                   if item.get("resource_agent") == "ocf:pacemaker:remote"}
    assert set(connections) == set(REMOTE)
    for name, connection in connections.items():
        assert nodes[name].get("type") == "remote" and nodes[name].get("online") == "true"
        assert connection.find("node").get("name") in topology.members("cluster")


def test_all_hold_one_key_that_nobody_else_reads():
    keys = set()
    for node in topology.members("cluster") + REMOTE:
        host = topology.host(node)
        key = host.file("/etc/pacemaker/authkey")
        # Not root's: Pacemaker's controller has to read it.
        assert (key.user, key.group, key.mode) == ("hacluster", "haclient", 0o600)
        keys.add(host.check_output("sha256sum < /etc/pacemaker/authkey"))
        # Longer than what anybody could guess, and not the one that Debian's package makes.
        assert key.size == 256
    assert len(keys) == 1


@each_remote
def test_the_cluster_can_be_seen_from_there(node):
    shown = topology.host(node).check_output("crm_mon --one-shot --output-as=xml")
    assert 'name="%s"' % node in shown
