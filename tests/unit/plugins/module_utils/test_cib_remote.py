# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote and guest nodes in the planner: known by their names, and what is refused. The CIB is a real cluster's."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _cib, _cib_check, _cib_remote, _cib_view, _cib_xml
from ansible_collections.halab.cluster.plugins.module_utils._cib_nodes import without_node
from cib_subjects import FIXTURES

REMOTE = {"id": "r3", "agent": "ocf:pacemaker:remote", "instance_attributes": {"server": "10.77.0.13"}}
GUEST = {"id": "vm2", "agent": "ocf:heartbeat:VirtualDomain", "meta_attributes": {"remote-node": "guest2"}}


@pytest.fixture
def live():
    return _cib_xml.parse((FIXTURES / "debian13" / "remote.cib.xml").read_text())


def changed(spec, **keys):
    spec = copy.deepcopy(spec)
    for key, value in keys.items():
        spec[key] = dict(spec.get(key, {}), **value) if isinstance(value, dict) else value
    return spec


def test_who_is_a_node_by_a_resource(live):
    assert _cib_remote.remote_nodes(live) == {"r1": ("remote", "r1"), "guest1": ("guest", "vm")}
    assert _cib_remote.member_nodes(live) == ["n1", "n2"]
    desired = {"templates": [{"id": "t", "agent": "ocf:pacemaker:remote"}],
               "resources": [{"id": "r4", "template": "t"}, GUEST]}
    assert _cib_remote.desired_remote_nodes(desired) == {"r4": ("remote", "r4"), "guest2": ("guest", "vm2")}
    wanted = _cib.plan(live, desired)[0]
    assert set(_cib_remote.remote_nodes(wanted)) == {"r1", "guest1", "r4", "guest2"}


def test_constraints_levels_attributes_and_fencing_may_name_them(live):
    desired = {
        "resources": [REMOTE, {"id": "fence-r3", "agent": "stonith:fence_ipmilan",
                               "instance_attributes": {"pcmk_host_list": "r3"}}],
        "constraints": [{"id": "c", "type": "location", "rsc": "app", "node": "r3", "score": 100},
                        {"id": "off", "type": "location", "rsc": "fence-r3", "node": "r3", "score": "-INFINITY"}],
        "fencing_levels": [{"id": "l", "index": 1, "target": "r3", "devices": ["fence-r3"]}],
        "nodes": [{"name": "r3", "instance_attributes": {"site": "one"}}]}
    assert _cib_check.problems(live, desired) == []
    assert _cib_check.unknown_nodes(live, desired) == {}
    wanted, steps = _cib.plan(live, desired)
    node = next(item for item in wanted.iter("node") if item.get("uname") == "r3")
    # crm_verify and Pacemaker take an entry without a type for a member that never came.
    assert node.get("type") == "remote" and node.get("id") == "r3"
    assert _cib.plan(wanted, desired)[1] == []


def test_a_fence_device_comes_before_its_remote_node_without_a_warning(live):
    desired = {"resources": [{"id": "f", "agent": "stonith:fence_x", "instance_attributes": {"pcmk_host_map": "r9:7;r8:8"}}],
               "constraints": [{"id": "c", "type": "location", "rsc": "f", "node": node, "score": "-INFINITY"}
                               for node in ("r9",)]}
    assert _cib_check.unknown_nodes(live, desired) == {}
    desired["constraints"][0]["node"] = "r7"
    assert _cib_check.unknown_nodes(live, desired) == {"r7": ["guest1", "n1", "n2", "r1", "r8", "r9"]}


@pytest.mark.parametrize(("desired", "expected"), [
    ({"resources": [changed(REMOTE, id="n1")]}, ["resources: n1: it is also the name of a node of the cluster"]),
    ({"resources": [changed(GUEST, meta_attributes={"remote-node": "n2"})]},
     ["resources: vm2: remote-node is n2, which is a node of the cluster"]),
    ({"resources": [changed(GUEST, meta_attributes={"remote-node": "app"})]},
     ["resources: vm2: remote-node is app, which is the id of a resource"]),
    ({"resources": [changed(GUEST, meta_attributes={"remote-node": "guest1"})]},
     ["resources: vm2: remote-node guest1 is also that of vm; allowed is one name"]),
    ({"resources": [changed(REMOTE, meta_attributes={"remote-node": "x"})]},
     ["resources: r3: remote-node is said of ocf:pacemaker:remote"]),
    ({"resources": [changed(GUEST, meta_attributes={"remote-node": None, "remote-addr": "10.0.0.1"})]},
     ["resources: vm2: remote-addr is said of a guest node, and there is no remote-node"]),
    ({"resources": [changed(GUEST, meta_attributes={
        "remote-port": 70000, "remote-connect-timeout": "soon", "remote-addr": "a b"})]},
     ["remote-port is 70000; allowed is a whole number from 1 to 65535", "remote-connect-timeout is soon",
      "remote-addr is a b; allowed is an IP address or a host name"]),
    ({"resources": [changed(REMOTE, instance_attributes={"port": "0", "reconnect_interval": "x", "server": "-"})]},
     ["port is 0", "reconnect_interval is x; allowed is a time", "server is -"]),
    ({"resources": [REMOTE], "clones": [{"id": "all", "member": "r3"}]},
     ["resources: r3: it is in clone all, so several nodes would have one name"]),
    ({"resources": [REMOTE], "constraints": [{"id": "c", "type": "location", "rsc": "r3", "node": "r1", "score": "INFINITY"}]},
     ["constraints: c: r3 is a connection to a remote node, and r1 is a remote node"]),
    ({"constraints": [{"id": "c", "type": "location", "rsc": "vm", "node": "r1", "score": 5}]},
     ["constraints: c: vm is a guest node, and r1 is a remote node; allowed is a node of the cluster"]),
    ({"constraints": [{"id": "c", "type": "location", "rsc": "f1", "node": "guest1", "score": 5}]},
     ["constraints: c: f1 is a fence device, and guest1 is a guest node"]),
    ({"constraints": [{"id": "c", "type": "location", "rsc": "f1", "node": "r1", "score": "-INFINITY"}]}, []),
    ({"nodes": [{"name": "r7", "instance_attributes": {"a": 1}}]},
     ["nodes: r7: there is no such node; allowed are guest1, n1, n2, r1"]),
    ({"resources": [REMOTE, GUEST]}, []),
])
def test_refused(live, desired, expected):
    found = _cib_check.problems(live, desired)
    assert len(found) == len(expected), found
    for text, sentence in zip(expected, found):
        assert text in sentence and sentence.endswith(".")


def test_a_remote_node_without_a_fence_device_may_carry_nothing(live):
    status = {"cluster": {"stonith_enabled": True}, "resources": {
        "f1": {"agent": "stonith:fence_test", "role": "Started", "failed": False}}}
    assert _cib_check.fencing_problem(live, status) is None
    wanted = _cib.plan(live, {"resources": [REMOTE]})[0]
    assert "no fence device is for the remote node r3;" in _cib_check.fencing_problem(wanted, status)
    # A device that names nobody is asked by Pacemaker whom it knows.
    asks = _cib.plan(wanted, {"resources": [{"id": "any", "agent": "stonith:fence_vmware_rest"}]})[0]
    assert _cib_check.fencing_problem(asks, status) is None
    # Stopping the machine fences a guest.
    assert _cib_remote.unfenced(_cib.plan(live, {"resources": [GUEST]})[0]) == []


def test_a_forgotten_remote_node_takes_its_connection_and_device_along(live):
    left, gone = without_node(live, "r1")
    assert sorted(gone) == ["primitive fr1", "primitive r1"]
    assert [item for item in without_node(live, "n2")[1] if "r2" in item or "r1" in item] == []
    assert without_node(left, "r1")[1] == []


def test_the_entry_that_a_standby_leaves_behind_is_no_change(live):
    before = _cib_view.digest(live)
    entry = ET.SubElement(live.find("configuration/nodes"), "node", {"id": "r2", "uname": "r2", "type": "remote"})
    attributes = ET.SubElement(entry, "instance_attributes", {"id": "nodes-r2"})
    assert _cib_view.digest(live) == before
    pair = ET.SubElement(attributes, "nvpair", {"id": "p", "name": "standby", "value": "on"})
    assert _cib_view.digest(live) == before
    pair.set("name", "site")
    assert _cib_view.digest(live) != before
