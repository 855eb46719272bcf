# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what hosts say of their fence devices to what the cluster is told."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.filter.fencing_cib import fencing_cib, fencing_packages
from ansible_collections.halab.cluster.plugins.filter.fencing_devices import fencing_devices

BMC = {"agent": "fence_ipmilan", "instance_attributes": {"ip": "198.18.0.211"}}
PDU = {"agent": "fence_apc_snmp", "instance_attributes": {"ip": "198.18.0.220", "plug": 1}}


def test_a_host_has_one_device_or_a_list_or_none():
    hostvars = {
        "node1": {"fencing_device": BMC},
        "node2": {"fencing_device": [dict(BMC, level=1), dict(PDU, level=2), dict(PDU, level=2, id="other-strip")]},
        "node3": {},
        "node4": {"fencing_device": None},
    }
    found = [(device["id"], device["target"]) for device in fencing_devices(hostvars, hostvars)]
    assert found == [("fence-node1", "node1"), ("fence-node2", "node2"), ("fence-node2-2", "node2"), ("other-strip", "node2")]


def test_hosts_that_were_removed_have_none():
    hostvars = {"node1": {"fencing_device": [BMC, PDU], "group_names": ["cluster", "removed"]},
                "node2": {"fencing_device": BMC, "group_names": ["cluster"]}}
    assert [device["id"] for device in fencing_devices(hostvars, hostvars)] == ["fence-node2"]


def test_levels_are_those_of_nodes_with_several_devices():
    devices = fencing_devices(["node1", "node2", "node3"], {
        "node1": {"fencing_device": [dict(BMC, level=1)]},
        "node2": {"fencing_device": [dict(PDU, level=2), dict(BMC, level=1), dict(PDU, level=2)]},
        "node3": {"fencing_device": [BMC, PDU]},
    })
    cib = fencing_cib(devices, 60)
    assert cib["fencing_levels"] == [
        {"id": "fencing-node2-1", "target": "node2", "index": 1, "devices": ["fence-node2-2"]},
        # Two power supplies: the node is off only when both outlets are.
        {"id": "fencing-node2-2", "target": "node2", "index": 2, "devices": ["fence-node2", "fence-node2-3"]},
    ]
    assert len(cib["resources"]) == len(cib["constraints"]) == 6
    assert all("level" not in resource for resource in cib["resources"])


def cib_of(**device):
    return fencing_cib([{"id": "f1", "target": "node1", "instance_attributes": {}, **device}], 60)


@pytest.mark.parametrize("agent", ["fence_scsi", "fence_mpath"])
def test_a_disk_that_was_taken_away_is_given_back_by_the_node_itself(agent):
    cib = cib_of(agent=agent)
    (resource,) = cib["resources"]
    assert resource["meta_attributes"] == {"provides": "unfencing"}
    assert resource["instance_attributes"] == {"pcmk_reboot_action": "off", "pcmk_host_list": "node1"}
    # Where a device may not run, the fencer of the node does not know it, and "on" would never come.
    assert cib["constraints"] == []


def test_what_only_listens_reboots_nobody():
    cib = cib_of(agent="fence_kdump")
    assert cib["resources"][0]["instance_attributes"]["pcmk_reboot_action"] == "off"
    assert "meta_attributes" not in cib["resources"][0] and len(cib["constraints"]) == 1


def test_every_other_device_is_as_it_was():
    cib = cib_of(agent="fence_sbd", instance_attributes={"devices": "/dev/a"})
    assert cib["resources"][0]["instance_attributes"] == {"devices": "/dev/a", "pcmk_host_list": "node1"}
    assert "meta_attributes" not in cib["resources"][0] and len(cib["constraints"]) == 1
    assert cib_of(agent="fence_sbd", meta_attributes={"priority": 1})["resources"][0]["meta_attributes"] == {"priority": 1}


@pytest.mark.parametrize("agents, own, all_in_one", [
    ([], [], []),
    (["fence_ipmilan", "stonith:fence_ipmilan"], ["fence-agents-ipmilan"], ["fence-agents", "ipmitool"]),
    (["fence_sbd"], ["fence-agents-sbd"], ["fence-agents"]),
    (["fence_scsi", "fence_kdump", "fence_ipmilan"],
     ["fence-agents-ipmilan", "fence-agents-kdump", "fence-agents-scsi"], ["fence-agents", "ipmitool", "sg3-utils"]),
    # As it was before: one's own.
    (["fence_mine"], ["fence-agents-ipmilan"], ["fence-agents", "ipmitool"]),
])
def test_packages_of_both_releases(agents, own, all_in_one):
    devices = [{"agent": agent} for agent in agents]
    assert fencing_packages(devices) == own
    assert fencing_packages(devices, all_in_one=True) == all_in_one
