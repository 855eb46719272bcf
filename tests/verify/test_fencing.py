# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role fencing: every node can be switched off, by every other, and the cluster knows how."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import topology

each_node = pytest.mark.parametrize("node", topology.members("cluster"))
# All but those that reset themselves and have no disk for a message: tests/verify/test_sbd.py.
FENCED = [node for node in topology.members("cluster") + topology.members("remote_nodes")
          if "sbd_environment" not in topology.variables(node) or topology.rendered()[node].get("fencing_device")]


def test_every_device_answers_every_node():
    """Asks the devices themselves, past the cluster."""
    devices = "{{ (groups['cluster'] + groups['remote_nodes'] | default([])) | halab.cluster.fencing_devices(hostvars) }}"
    report = topology.ansible_json(
        [
            "ansible",
            "cluster",
            "-i",
            str(topology.INVENTORY),
            "--become",
            "-m",
            "halab.cluster.fence_device_info",
            "-a",
            json.dumps({"devices": devices}),
        ]
    )
    asked = report["plays"][0]["tasks"][0]["hosts"]
    assert set(asked) == set(topology.members("cluster"))
    for result in asked.values():
        assert not result.get("failed")


if FENCED:

    @each_node
    def test_every_other_node_can_be_fenced_from_here(node):
        # A node is not asked to fence itself.
        for peer in FENCED:
            if peer == node:
                continue
            found = topology.host(node).run("stonith_admin --list %s", peer)
            assert found.rc == 0, found.stderr
            assert "fence-%s" % peer in found.stdout

    def test_the_devices_are_watched(crm_mon):
        devices = [
            resource for resource in crm_mon.iter("resource") if resource.get("resource_agent").startswith("stonith:")
        ]
        assert len(devices) >= len(FENCED)
        for device in devices:
            assert device.get("role") == "Started", device.get("id")
            assert device.get("failed") == "false", device.get("id")


def test_an_outlet_is_tried_when_the_bmc_has_failed(first):
    with_outlet = [node for node in topology.nodes() if "pdu_address" in topology.variables(node)]
    if not with_outlet:
        return
    found = ElementTree.fromstring(first.check_output("cibadmin --query --scope=fencing-topology"))
    levels = {(level.get("target"), level.get("index")): level.get("devices") for level in found.iter("fencing-level")}
    assert levels == {(node, index): "fence-%s%s" % (node, more)
                      for node in with_outlet for index, more in (("1", ""), ("2", "-2"))}


def test_a_wrong_password_presses_no_button(first):
    node = topology.variables(topology.members("cluster")[-1])
    asked = first.run(
        "fence_ipmilan --ip=%s --username=halab --password=wrong-password --lanplus --action=status --login-timeout=2",
        node["bmc_address"],
    )
    assert asked.rc not in (0, 2), "0 is on, 2 is off: the BMC answered a stranger"
