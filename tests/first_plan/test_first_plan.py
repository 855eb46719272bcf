# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before there is a cluster, check mode tells what it is going to be, and touches nothing."""

from __future__ import annotations

import json

import pytest
import topology

pytestmark = pytest.mark.skipif(topology.SHORT, reason="seen on another release")


def files():
    return {node: topology.host(node).check_output(topology.FILES) for node in topology.nodes()}


def test_the_whole_cluster_is_planned_and_nothing_touched():
    before = files()
    report = topology.ansible_json(topology.playbook_command("site.yml", "--check", "--diff"))
    assert files() == before
    planned = {}
    for play in report["plays"]:
        for task in play["tasks"]:
            for result in task["hosts"].values():
                if result.get("changed"):
                    planned[task["task"]["name"].split(" : ")[-1]] = json.dumps(result.get("diff"))
    for resource in topology.variables(topology.nodes()[0])["pacemaker_resources"]:
        assert resource["id"] in planned["Apply the configuration of the cluster"]
    for node in topology.members("cluster"):
        assert "fence-%s" % node in planned["Give the devices to the cluster"]
        assert topology.variables(node)["ansible_host"] in planned["Write corosync.conf and run corosync, now and after a boot"]
