# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Pacemaker's own tools made of the plan of each subject, and said to it: see record_subjects.py beside those."""

from __future__ import annotations

import copy
import pathlib
import xml.etree.ElementTree as ET

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import (
    _cib, _cib_check, _cib_describe, _cib_view, _cib_xml)
from cib_subjects import FIXTURES, subjects

SUBJECTS = subjects()
REFUSALS = yaml.safe_load(pathlib.Path(__file__).with_suffix(".yml").read_text())


@pytest.fixture(params=["debian12", "debian13"])
def os_name(request):
    return request.param


@pytest.fixture
def live(os_name):
    return _cib_xml.parse((FIXTURES / os_name / "offline.before.cib.xml").read_text())


@pytest.fixture(params=SUBJECTS)
def subject(request):
    return request.param


@pytest.fixture
def desired(subject):
    return copy.deepcopy(SUBJECTS[subject])


@pytest.fixture
def recorded(os_name, subject):
    text = (FIXTURES / os_name / ("subject.%s.configuration.xml" % subject)).read_text()
    return _cib_xml.parse("<cib>%s</cib>" % text)


def test_crm_verify_had_no_complaint(os_name, subject):
    said = FIXTURES / os_name / ("subject.%s.crm_verify.txt" % subject)
    assert said.read_text() == "" and "return code 0" in said.with_suffix(".cmd").read_text()


def test_what_was_judged_is_what_is_planned_today(live, desired, recorded):
    wanted, steps = _cib.plan(live, desired)
    assert steps
    assert _cib_describe.describe(recorded) == _cib_describe.describe(wanted)
    assert _cib_view.digest(recorded) == _cib_view.digest(wanted)


@pytest.mark.parametrize("purge", [False, True], ids=["additive", "purge"])
def test_the_plan_of_what_was_planned_is_empty(recorded, desired, purge):
    before = ET.tostring(recorded)
    desired = with_the_base(desired) if purge else desired
    assert _cib_check.problems(recorded, desired, purge) == []
    wanted, steps = _cib.plan(recorded, desired, purge)
    # Purge takes away what the base has and the subject does not name: once.
    again, left = _cib.plan(_cib_xml.parse(ET.tostring(wanted)), desired, purge)
    assert left == [] and ET.tostring(again) == ET.tostring(wanted)
    if not purge:
        assert steps == [] and ET.tostring(wanted) == before


def test_purge_keeps_what_is_named_and_removes_what_is_not(live, recorded, desired):
    wanted, dummy = _cib.plan(recorded, with_the_base(desired), True)
    kept = _cib_describe.describe(wanted)
    for kind in set(desired) & set(PURGED):
        for spec in desired[kind]:
            assert spec["id"] in kept[kind]
    wanted, dummy = _cib.plan(recorded, with_the_base({kind: PURGED[kind] for kind in desired if kind in PURGED}), True)
    left, before = _cib_describe.describe(wanted), _cib_describe.describe(live)
    for kind in set(desired) & set(PURGED):
        # Fence devices stay, and the levels that order them: that is not for purge alone to decide.
        foreign = {ident for ident, content in left[kind].items()
                   if kind == "fencing_levels" or str(content.get("agent")).startswith("stonith:")}
        assert set(left[kind]) - foreign == set(before[kind]) - foreign, "nothing is left of the subject"
    assert len(ids(wanted)) == len(set(ids(wanted)))


# What purge owns as a list: without the subject there is nothing in it.
PURGED = {kind: [] for kind in (
    "conditional_rsc_defaults", "conditional_op_defaults", "templates", "resources", "groups", "clones", "bundles",
    "constraints",
    "tags", "fencing_levels", "acl_roles", "acl_targets", "acl_groups", "alerts")}
BASE = {"resources": [{"id": "vip", "agent": "ocf:heartbeat:IPaddr2"}, {"id": "nginx", "agent": "ocf:heartbeat:nginx"}],
        "groups": [{"id": "web", "members": ["vip", "nginx"]}]}


def with_the_base(desired):
    """What the subject wants, and beside it what its constraints are about: purge would remove that."""
    result = dict(desired)
    for kind, specs in BASE.items():
        named = [spec["id"] for spec in result.get(kind) or ()]
        result[kind] = [spec for spec in specs if spec["id"] not in named] + list(result.get(kind) or ())
    return result


def ids(root):
    # A user's name is no id of XML, and neither is that of a node: a remote one has that of its connection.
    return [item.get("id") for item in root.find("configuration").iter()
            if item.get("id") and item.tag not in ("resource_ref", "obj_ref", "role", "acl_target", "node")]


NIGHT = {"expressions": [{"date_expression": {"operation": "date_spec", "date_spec": {"hours": "0-5"}}}]}
DAY = {"expressions": [{"date_expression": {"operation": "date_spec", "date_spec": {"hours": "6-23"}}}]}


def nightly(**keys):
    """A resource that has a set of attributes for the night."""
    night = dict({"id": "n", "rule": NIGHT, "attributes": {"password": "not-to-be-seen", "nic": "eth5"}}, **keys)
    return {"resources": [{"id": "vip", "agent": "ocf:heartbeat:IPaddr2", "conditional_instance_attributes": [night]}]}


def test_a_rule_is_one_value_and_keeps_its_id(live):
    first, dummy = _cib.plan(live, nightly())
    second, steps = _cib.plan(first, nightly(rule=DAY))
    assert list(steps[0]["changes"]) == ["conditional_instance_attributes.n.rule.expressions"]
    before, after = (next(root.iter("rule")).get("id") for root in (first, second))
    assert before == after == "n-rule"


def test_additive_keeps_a_pair_of_a_set_with_a_rule_and_purge_removes_it(live):
    first, dummy = _cib.plan(live, nightly(score=7))
    fewer = nightly(attributes={"nic": "eth5"})
    assert _cib.plan(first, fewer)[1] == []
    wanted, dummy = _cib.plan(first, with_the_base(fewer), True)
    left = _cib_describe.describe(wanted)["resources"]["vip"]["conditional_instance_attributes"]["n"]
    assert left["attributes"] == {"nic": "eth5"} and "score" not in left
    none, dummy = _cib.plan(first, with_the_base({"resources": [
        dict(fewer["resources"][0], conditional_instance_attributes=[])]}), True)
    assert "conditional_instance_attributes" not in _cib_describe.describe(none)["resources"]["vip"]


@pytest.mark.parametrize("schema, told", [
    ("3.8", True), ("3.9", False), ("3.10", False), ("4.0", False)])
def test_units_that_the_schema_does_not_know_are_refused(live, schema, told):
    """As crm_verify of both releases does, which names neither the rule nor a way out."""
    live.set("validate-with", "pacemaker-" + schema)
    rule = {"score": 1, "expressions": [{"rule": {"expressions": [
        {"date_expression": {"operation": "date_spec", "date_spec": {"hours": 3, "minutes": "0-5", "seconds": 1}}},
        {"date_expression": {"operation": "in_range", "start": "2026-01-01", "duration": {"days": 3}}}]}}]}
    found = _cib_check.problems(live, {"constraints": [{"id": "k", "type": "location", "rsc": "web", "rule": rule}]})
    assert found == ([
        "constraints: k: rule: %s needs schema pacemaker-3.9, and the CIB has pacemaker-3.8; allowed after cibadmin "
        "--upgrade." % what for what in ("minutes and seconds of a date_spec", "days of a duration")] if told else [])


def test_a_secret_in_a_set_with_a_rule_is_masked(live):
    dummy, steps = _cib.plan(live, nightly())
    assert "not-to-be-seen" in str(steps) and "not-to-be-seen" not in str(_cib_view.masked(steps))


def test_a_location_goes_from_a_node_to_a_rule_and_back(live):
    by_node = {"id": "k", "type": "location", "rsc": "web", "role": "Started", "node": "node1", "score": 5}
    by_rule = {"id": "k", "type": "location", "rsc-pattern": "^w", "rule": dict(NIGHT, score="INFINITY")}
    wanted = live
    for spec in (by_node, by_rule, by_node):
        wanted, steps = _cib.plan(wanted, {"constraints": [spec]})
        # The role stays, which both can have.
        assert steps and set(_cib_describe.describe(wanted)["constraints"]["k"]) == (set(spec) | {"role"}) - {"id"}


def test_the_order_of_sets_counts_and_their_ids_stay(live):
    def order(*sets):
        sets = [{"members": list(item)} for item in sets]
        return {"constraints": [{"id": "k", "type": "order", "resource_sets": sets}]}
    first, dummy = _cib.plan(live, order(["vip"], ["fence-node1"]))
    other, steps = _cib.plan(first, order(["fence-node1"], ["vip"]))
    assert list(steps[0]["changes"]) == ["resource_sets"]
    assert [item.get("id") for item in other.iter("resource_set")] == ["k-set", "k-set-1"]
    by_name = {"id": "k", "type": "order", "first": "vip", "then": "fence-node1"}
    pair, dummy = _cib.plan(other, {"constraints": [by_name]})
    assert next(pair.iter("resource_set"), None) is None
    again, dummy = _cib.plan(pair, order(["vip", "fence-node1"]))
    assert set(_cib_describe.describe(again)["constraints"]["k"]) == {"type", "resource_sets"}


def test_what_belongs_to_a_pair_goes_with_it(live):
    pair = {"id": "k", "type": "order", "first": "vip", "first-action": "stop", "then": "fence-node1"}
    first, dummy = _cib.plan(live, {"constraints": [pair]})
    wanted, dummy = _cib.plan(first, {"constraints": [
        {"id": "k", "type": "order", "resource_sets": [{"members": ["vip", "fence-node1"]}]}]})
    assert set(_cib_describe.describe(wanted)["constraints"]["k"]) == {"type", "resource_sets"}


def test_sets_are_written_before_the_rule(live):
    """The schema knows them in this order only."""
    location = {"id": "k", "type": "location", "rule": dict(NIGHT, score=5), "resource_sets": [
        {"members": ["vip", "fence-node1"]}]}
    first, dummy = _cib.plan(live, {"constraints": [location]})
    location["resource_sets"] = [{"members": ["vip"]}, {"members": ["fence-node1", "fence-node2"]}]
    wanted, dummy = _cib.plan(first, {"constraints": [location]})
    assert [item.tag for item in next(item for item in wanted.iter("rsc_location") if item.get("id") == "k")] == [
        "resource_set", "resource_set", "rule"]


def test_an_id_that_is_made_up_is_not_one_that_is_given(live):
    rule = dict(NIGHT, score=5)
    desired = {"constraints": [{"id": "k", "type": "location", "rsc": "web", "rule": rule},
                               {"id": "k-rule", "type": "location", "rsc": "web", "rule": rule}]}
    wanted, dummy = _cib.plan(live, desired)
    assert len(ids(wanted)) == len(set(ids(wanted)))


def test_a_tag_that_loses_its_last_member_takes_its_constraints_along(live):
    first, dummy = _cib.plan(live, {
        "tags": [{"id": "t", "members": ["nginx"]}],
        "constraints": [{"id": "k", "type": "location", "rsc": "t", "node": "node1", "score": 5}]})
    wanted, dummy = _cib.plan(first, {"resources": [BASE["resources"][0]], "groups": []}, True)
    assert not {"t", "k", "nginx"} & set(ids(wanted))


def test_purge_keeps_the_template_of_a_device_that_it_keeps(live):
    first, dummy = _cib.plan(live, {"templates": [{"id": "bmc", "agent": "stonith:fence_ipmilan"},
                                                  {"id": "t", "agent": "ocf:pacemaker:Dummy"}],
                                    "resources": [{"id": "other", "template": "bmc"}]})
    wanted, dummy = _cib.plan(first, with_the_base({"templates": []}), True)
    assert {"bmc", "other"} <= set(ids(wanted)) and "t" not in ids(wanted)
    desired = with_the_base({"resources": [{"id": "third", "template": "bmc"}]})
    assert _cib_check.problems(first, desired, True) == []
    assert "template bmc does not exist" in _cib_check.problems(first, desired, True, True)[0]


def test_a_circle_of_others_is_theirs(live):
    """What was in the CIB before is no reason to refuse something else."""
    for ident, first, then in (("k", "web", "fence-node1"), ("l", "fence-node1", "web")):
        ET.SubElement(_cib_xml.section(live, "constraints"), "rsc_order", {"id": ident, "first": first, "then": then})
    desired = {"constraints": [{"id": "m", "type": "order", "first": "fence-node2", "then": "fence-node3"}]}
    assert _cib_check.problems(live, desired) == []


def test_a_tag_loses_a_member_to_purge_only(live):
    first, dummy = _cib.plan(live, {"tags": [{"id": "t", "members": ["vip", "nginx"]}]})
    fewer = {"tags": [{"id": "t", "members": ["nginx"]}]}
    assert _cib.plan(first, fewer)[1] == []
    dummy, steps = _cib.plan(first, fewer, True)
    assert steps[0]["changes"] == {"members": {"before": ["nginx", "vip"], "after": ["nginx"]}}
    ET.SubElement(_cib_xml.section(first, "constraints"), "rsc_location",
                  {"id": "k", "rsc": "t", "node": "node1", "score": "5"})
    wanted, dummy = _cib.plan(first, {"tags": []}, True)
    assert wanted.find("configuration/tags") is None
    assert "k" not in ids(wanted), "a constraint on what is gone would make the CIB invalid"


def test_a_level_is_for_one_kind_of_target(live):
    level = {"id": "l", "index": 1, "devices": ["fence-node1"]}
    first, dummy = _cib.plan(live, {"fencing_levels": [dict(level, target="node1")]})
    dummy, steps = _cib.plan(first, {"fencing_levels": [
        {"id": "l", "index": 2, "devices": ["fence-node2", "fence-node1"], "target-pattern": "n"}]})
    assert steps[0]["changes"] == {
        "target": {"before": "node1", "after": None}, "target-pattern": {"before": None, "after": "n"},
        "index": {"before": "1", "after": "2"},
        "devices": {"before": ["fence-node1"], "after": ["fence-node2", "fence-node1"]}}


def test_a_level_on_a_node_the_cluster_has_not_met_is_named(live):
    desired = {"fencing_levels": [{"id": "l", "index": 1, "devices": ["fence-node1"], "target": "node7"}]}
    assert _cib_check.unknown_nodes(live, desired) == {"node7": ["node1", "node2", "node3"]}


def test_purge_leaves_a_node_in_standby_and_nodes_that_are_not_listed(live):
    first, dummy = _cib.plan(live, {"nodes": [
        {"name": "node1", "instance_attributes": {"standby": "on", "site": "one"}, "utilization": {"cpu": 4}}]})
    wanted, dummy = _cib.plan(first, {"nodes": [{"name": "node1", "instance_attributes": {"rack": 7}}]}, True)
    assert _cib_describe.describe(wanted)["nodes"]["node1"] == {
        "instance_attributes": {"standby": "on", "rack": "7"}, "utilization": {}}
    assert _cib.plan(first, {"nodes": []}, True)[1] == []


def test_the_plan_before_the_cluster_is_born_knows_its_nodes():
    desired = {"nodes": [{"name": "node1", "utilization": {"cpu": 4}}]}
    assert _cib_check.problems(_cib.empty(), desired) == []
    assert [step["id"] for step in _cib.plan(_cib.empty(), desired)[1]] == ["node1"]


ACLS = {"acl_roles": [{"id": "r", "permissions": [{"kind": "read", "xpath": "/cib"}]},
                      {"id": "s", "permissions": [{"kind": "read", "reference": "vip"}]}],
        "acl_targets": [{"id": "alice", "roles": ["r", "s"]}]}


def test_a_role_that_purge_removes_is_nobodys(live):
    first, dummy = _cib.plan(live, ACLS)
    wanted, dummy = _cib.plan(first, {"acl_roles": ACLS["acl_roles"][:1]}, True)
    assert _cib_describe.describe(wanted)["acl_targets"] == {"alice": {"roles": ["r"]}}
    fewer = {"acl_targets": [{"id": "alice", "roles": ["r"]}]}
    assert _cib.plan(first, fewer)[1] == []
    dummy, steps = _cib.plan(first, fewer, True)
    assert steps[0]["changes"] == {"roles": {"before": ["r", "s"], "after": ["r"]}}


def test_a_permission_goes_with_the_resource_it_is_about(live):
    first, dummy = _cib.plan(live, ACLS)
    wanted, dummy = _cib.plan(first, {"resources": [BASE["resources"][1]], "groups": []}, True)
    assert _cib_describe.describe(wanted)["acl_roles"]["s"] == {"permissions": []}


def test_permissions_are_one_value_in_their_order(live):
    permissions = [{"kind": "deny", "xpath": "//nodes"}, {"kind": "read", "xpath": "/cib"}]
    first, dummy = _cib.plan(live, {"acl_roles": [{"id": "r", "permissions": permissions}]})
    dummy, steps = _cib.plan(first, {"acl_roles": [{"id": "r", "permissions": permissions[::-1]}]})
    assert list(steps[0]["changes"]) == ["permissions"]
    permissions[1]["xpath"] = "/cib/configuration"
    wanted, dummy = _cib.plan(first, {"acl_roles": [{"id": "r", "permissions": permissions}]})
    assert [item.get("id") for item in wanted.iter("acl_permission")] == ["r-deny", "r-read"]


IN_A_BUNDLE = {"resources": [{"id": "d", "agent": "ocf:pacemaker:Dummy"}],
               "bundles": [{"id": "b", "podman": {"image": "x", "replicas": 2}, "network": {"control-port": 3121},
                            "port-mappings": [{"port": 80}], "member": "d"}]}


def test_a_bundle_changes_its_runtime_and_loses_its_member(live):
    first, dummy = _cib.plan(live, IN_A_BUNDLE)
    desired = {"resources": IN_A_BUNDLE["resources"], "bundles": [{"id": "b", "docker": {"image": "y"}}]}
    wanted, dummy = _cib.plan(first, desired)
    bundle = _cib_xml.resource_by_id(wanted, "b")
    assert [item.tag for item in bundle] == ["network", "docker"]
    assert _cib_xml.parent_of(wanted, _cib_xml.resource_by_id(wanted, "d")).tag == "resources"
    wanted, dummy = _cib.plan(first, with_the_base(desired), True)
    assert [item.tag for item in _cib_xml.resource_by_id(wanted, "b")] == ["docker"], "no network is left"


def test_containers_of_old_become_those_of_today(live):
    first, dummy = _cib.plan(live, IN_A_BUNDLE)
    podman = next(first.iter("podman"))
    podman.set("masters", "1")
    desired = {"bundles": [{"id": "b", "podman": {"image": "x", "promoted-max": 1}}]}
    wanted, steps = _cib.plan(first, desired)
    assert steps == [] and "masters" not in next(wanted.iter("podman")).attrib, "it means the same"
    podman.tag = "rkt"
    wanted, steps = _cib.plan(first, desired)
    assert steps and next(wanted.iter("rkt"), None) is None


def test_additive_keeps_what_a_bundle_says_and_purge_removes_it(live):
    first, dummy = _cib.plan(live, IN_A_BUNDLE)
    fewer = {"resources": IN_A_BUNDLE["resources"], "bundles": [{
        "id": "b", "podman": {"image": "x"}, "network": {"control-port": 3121}, "member": "d"}]}
    assert _cib.plan(first, fewer)[1] == []
    dummy, steps = _cib.plan(first, with_the_base(fewer), True)
    assert set(next(step["changes"] for step in steps if step["id"] == "b")) == {"podman.replicas", "port-mappings"}


def test_an_agent_in_a_container_is_not_looked_for_on_the_node(live):
    wanted, steps = _cib.plan(live, dict(IN_A_BUNDLE, templates=[{"id": "t", "agent": "ocf:heartbeat:apache"}]))
    assert _cib.new_agents(steps, wanted) == {"ocf:heartbeat:apache": "templates: t"}


def test_ids_are_unique(recorded):
    assert len(ids(recorded)) == len(set(ids(recorded)))


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case["name"])
def test_refused(live, case):
    found = _cib_check.problems(live, case["desired"], case.get("purge", False))
    if case.get("accepted"):
        assert found == []
        return
    assert len(found) == len(case["expected"]), found
    for expected, sentence in zip(case["expected"], found):
        assert expected in sentence and sentence.endswith(".")


@pytest.mark.parametrize(("devices", "purge_stonith", "listed", "stays"), [
    ("fence-node1", False, [], True),
    ("fence-node1", True, [], False),
    ("fence-node1,gone", False, [], False),
    ("fence-node1", False, [{"id": "fence-node1", "agent": "stonith:fence_ipmilan"}], False)],
    ids=["of foreign devices", "devices are purged as well", "a device that is not there", "of devices that are listed"])
def test_purge_leaves_the_levels_of_devices_that_it_leaves(live, devices, purge_stonith, listed, stays):
    level = {"id": "l", "index": 1, "devices": ["fence-node1"], "target": "node1"}
    before = _cib.plan(live, {"fencing_levels": [level]})[0]
    before.find("configuration/fencing-topology/fencing-level").set("devices", devices)
    wanted = _cib.plan(before, {"fencing_levels": [], "resources": listed}, True, purge_stonith)[0]
    assert (wanted.find("configuration/fencing-topology/fencing-level") is not None) is stays
