# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role webserver: each server answers with its own name, started by whom the inventory says."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
import topology

# In a cluster, Pacemaker decides where it runs.
MANAGED = topology.variables(topology.nodes()[0]).get("webserver_managed_by", "systemd")
SERVERS = topology.members("webservers") or topology.members("cluster")


@pytest.mark.parametrize("node", SERVERS)
def test_the_boot_starts_it_unless_the_cluster_does(node):
    assert topology.host(node).service("nginx").is_enabled == (MANAGED == "systemd")


def served_by(node):
    """Who answers at a node's address; None when nobody does."""
    try:
        with urllib.request.urlopen("http://%s/" % topology.variables(node)["ansible_host"], timeout=5) as answer:
            return answer.headers["X-Served-By"]
    except urllib.error.URLError as error:
        assert isinstance(error.reason, ConnectionRefusedError), error
        return None


@pytest.mark.parametrize("node", SERVERS)
def test_it_answers_with_its_name_where_it_runs(node):
    runs = topology.host(node).run("pgrep --exact nginx").rc == 0
    assert runs or MANAGED == "pacemaker"
    assert served_by(node) == (node if runs else None)
