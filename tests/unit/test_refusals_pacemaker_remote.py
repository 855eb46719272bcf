# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles pacemaker_remote and pacemaker refuse in remote nodes, and whose key is the cluster's."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_fencing import fencing_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker import pacemaker_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker_remote import pacemaker_remote_problems
from ansible_collections.halab.cluster.plugins.module_utils._remote_nodes import (
    remote_keys, remote_nodelist, remote_resources)

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
BASE = yaml.safe_load(Path(__file__).with_name("test_refusals.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, pacemaker_remote_problems(refusals.with_variables(DATA["base"], case)), DATA["base"])


@pytest.mark.parametrize("variable", DATA["values"])
@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_value_is_answered_in_sentences(variable, value):
    assert all(isinstance(problem, str) for problem in pacemaker_remote_problems(dict(DATA["base"], **{variable: value})))


def with_remotes(nodes, **more):
    variables = {**BASE["base"], "pacemaker_remote_nodes": nodes, **more}
    devices = list(variables["fencing_devices"])
    return {**variables, "fencing_devices": devices + [{"id": "fence-remote1", "agent": "fence_ipmilan", "target": "remote1",
                                                        "instance_attributes": {"ip": "192.0.2.214"}}], **more}


@pytest.mark.parametrize("case", DATA["nodes"], ids=lambda case: case["name"])
def test_remote_nodes_of_role_pacemaker(case):
    found = pacemaker_problems(with_remotes(case["nodes"], **case.get("variables", {})))
    assert len(found) == len(case.get("expected", [])), found
    for expected, problem in zip(case.get("expected", []), found):
        assert expected in problem and "allowed" in problem and problem.endswith(".")


@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_no_value_of_a_node_breaks_the_refusal(value):
    for nodes in (value, [value], [{"name": value, "server": value, "port": value, "reconnect_interval": value}]):
        assert all(isinstance(problem, str) for problem in pacemaker_problems(with_remotes(nodes)))


def test_a_remote_node_is_fenced_as_every_other():
    variables = {"corosync_nodes": [{"name": "node1"}, {"name": "remote1", "server": "192.0.2.14"}], "fencing_extra_agents": [],
                 "pacemaker_accept_data_loss_without_fencing": False, "fencing_devices": [
                     {"id": "fence-node1", "agent": "fence_ipmilan", "target": "node1", "instance_attributes": {"ip": "192.0.2.14"}}]}
    found = fencing_problems(variables)
    assert any("has no device for node remote1" in problem for problem in found)
    assert any("ip is 192.0.2.14, the own address of node remote1" in problem for problem in found)


def test_the_inventory_says_which_nodes_are_remote():
    hostvars = {"remote1": {"pacemaker_remote_node": {"server": "192.0.2.14"}, "group_names": ["remote_nodes"]},
                "remote2": {"pacemaker_remote_node": {"server": "192.0.2.15"}, "group_names": ["remote_nodes", "removed"]},
                "guest1": {"group_names": ["remote_nodes"]},
                "remote3": {"pacemaker_remote_node": {"server": "r3", "reconnect_interval": "5s"}, "pacemaker_remote_port": 3122},
                "bad": {"pacemaker_remote_node": "192.0.2.16"}}
    nodes = remote_nodelist(list(hostvars), hostvars)
    assert [node["name"] for node in nodes] == ["remote1", "remote3", "bad"]
    first, second = remote_resources(nodes[:2])
    assert first["agent"] == "ocf:pacemaker:remote" and first["id"] == "remote1"
    assert second["instance_attributes"] == {"reconnect_interval": "5s", "server": "r3", "port": 3122}
    # Otherwise every node would try once, and then nobody (seen with Pacemaker 3.0.0).
    assert second["meta_attributes"]["failure-timeout"] == "5s"


OURS, OTHER = hashlib.sha256(b"ours").hexdigest(), hashlib.sha256(b"other").hexdigest()


def line(key, size=256, access="hacluster:haclient:600", binary=0):
    return "key %d %s %d %s\r\n" % (size, access, binary, key)


@pytest.mark.parametrize(("said", "wanted", "expected"), [
    ({"a": "", "b": ""}, "", ([], [], ["a", "b"])),
    # What Debian makes for each host is no key of a cluster, unless somebody has given it to all.
    ({"a": line(OURS, 4096), "b": line(OTHER, 4096)}, "", ([], [], ["a", "b"])),
    ({"a": line(OURS, 4096), "b": line(OURS, 4096), "c": line(OTHER, 4096)}, "", ([OURS], ["a", "b"], ["c"])),
    ({"a": line(OURS), "b": "listens port 3121 address all"}, "", ([OURS], ["a"], ["b"])),
    ({"a": line(OURS), "b": line(OURS)}, "", ([OURS], ["a", "b"], [])),
    ({"a": line(OURS), "b": line(OTHER)}, "", (sorted([OURS, OTHER]), ["a", "b"], ["a", "b"])),
    ({"a": line(OURS), "b": line(OTHER)}, OTHER, (sorted([OURS, OTHER]), ["a", "b"], ["a"])),
    # Pacemaker's controller is not root: a key that it cannot read is none (seen: Required key not available).
    ({"a": line(OURS, access="root:root:600"), "b": line(OURS, access="root:haclient:640"),
      "c": line(OURS, access="hacluster:haclient:644"), "d": line(OURS, access="hacluster:haclient:400")},
     "", ([OURS], ["a", "b", "c", "d"], ["a", "c"])),
], ids=["none", "of the package", "of all", "one", "whole", "two", "given", "access"])
def test_who_holds_the_key_and_who_lacks_it(said, wanted, expected):
    found = remote_keys(said, wanted)
    assert (found["keys"], found["holders"], found["keyless"]) == expected


def test_a_key_that_is_no_text_is_told():
    assert remote_keys({"a": line(OURS)})["text"] is True
    assert remote_keys({"a": line(OURS, binary=12), "b": ""})["text"] is False
    assert remote_keys({"a": line(OURS, 4096, binary=12), "b": ""})["text"] is True
