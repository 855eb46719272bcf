# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import pathlib
import xml.etree.ElementTree as ET

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _cib, _cib_check, _cib_describe, _cib_view, _cib_xml

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "pacemaker"
CHANGE = yaml.safe_load((FIXTURES / "change.yml").read_text())
VIP = {"id": "vip", "agent": "ocf:heartbeat:IPaddr2"}
NGINX = {"id": "nginx", "agent": "ocf:heartbeat:nginx"}
DUMMY = {"id": "dummy", "agent": "ocf:pacemaker:Dummy"}
WEB = {"id": "web", "members": ["vip", "nginx"]}


@pytest.fixture(params=["debian12", "debian13"])
def os_name(request):
    return request.param


@pytest.fixture
def live(os_name):
    return read(os_name, "before")


def read(os_name, state):
    return _cib_xml.parse((FIXTURES / os_name / ("offline.%s.cib.xml" % state)).read_text())


def short(steps):
    return ["%s %s %s" % (step["action"], step["kind"], step["id"]) for step in steps]


def members(root, ident):
    return [item.get("id") for item in _cib_xml.resource_by_id(root, ident)
            if item.tag in ("primitive", "group")]


def all_ids(root):
    return [item.get("id") for item in root.find("configuration").iter() if item.get("id")]


DESIRED = {
    "everything": CHANGE,
    "nothing": {},
    "properties": {"properties": {"no-quorum-policy": None, "stonith-enabled": True, "node-health-score": 5}},
    "out of a group": {"resources": [VIP, NGINX], "groups": [{"id": "web", "members": ["vip"]}]},
    "into another group": {"groups": [{"id": "other", "members": ["nginx", "vip"]}]},
    "a cloned group": {"clones": [{"id": "web-clone", "member": "web"}]},
    "a member cloned": {"clones": [{"id": "c", "member": "nginx"}]},
    "reordered": {"groups": [{"id": "web", "members": ["nginx", "vip"]}]},
    "another agent": {"resources": [{"id": "nginx", "agent": "systemd:nginx"}]},
    "constraints": {"constraints": [{"id": "fence-node1-not-on-node1", "type": "colocation", "rsc": "web",
                                     "with-rsc": "vip", "score": "INFINITY", "influence": False}]},
    "an alert": {"alerts": [{"id": "a", "path": "/x", "select": ["resources"], "meta_attributes": {"timeout": "9s"}}]},
}


@pytest.mark.parametrize("purge", [False, True], ids=["additive", "purge"])
@pytest.mark.parametrize("name", DESIRED)
def test_the_plan_of_what_was_planned_is_empty(live, name, purge):
    desired = copy.deepcopy(DESIRED[name])
    if purge and {"resources", "groups", "clones", "constraints"} & set(desired):
        # What is named elsewhere has to be listed, or purge would remove it.
        for kind, specs in (("resources", [VIP, NGINX]), ("groups", [WEB])):
            listed = desired.setdefault(kind, [])
            listed += [spec for spec in specs if spec["id"] not in [item["id"] for item in listed]
                       and not (kind == "groups" and name in ("into another group", "a member cloned"))]
    assert _cib_check.problems(live, desired, purge) == []
    wanted, steps = _cib.plan(live, desired, purge)
    # Through text, as a real patch would be.
    again, left = _cib.plan(_cib_xml.parse(ET.tostring(wanted)), desired, purge)
    assert left == [] and ET.tostring(again) == ET.tostring(wanted)
    assert len(all_ids(wanted)) == len(set(all_ids(wanted))), "ids are unique"
    assert bool(steps) == (_cib_view.digest(wanted) != _cib_view.digest(live))


def test_the_cib_the_tools_made_of_the_patch_is_the_planned_one(os_name, live):
    wanted, steps = _cib.plan(live, CHANGE)
    after = read(os_name, "after")
    assert _cib_describe.describe(after) == _cib_describe.describe(wanted)
    assert _cib_view.digest(after) == _cib_view.digest(wanted) != _cib_view.digest(live)
    assert _cib.plan(after, CHANGE)[1] == []
    assert short(steps) == [
        "update properties cib-bootstrap-options", "update rsc_defaults rsc_defaults-options", "update resource vip",
        "create resource dummy", "create resource ping", "update group web", "create clone ping-clone",
        "create constraint web-not-node3", "create constraint web-with-ping", "create constraint ping-then-web",
        "create alert mail"]


def test_planning_leaves_the_live_tree_alone(live):
    text = ET.tostring(live)
    _cib.plan(live, CHANGE, purge=True, purge_stonith=True)
    assert ET.tostring(live) == text


def test_ids_as_pcs_makes_them(live):
    wanted, dummy = _cib.plan(live, CHANGE)
    assert {"vip-monitor-interval-10s", "dummy-instance_attributes-passwd", "ping-clone-meta_attributes-interleave",
            "rsc_defaults-options-migration-threshold", "cib-bootstrap-options-maintenance-mode"} <= set(all_ids(wanted))


def test_an_id_that_is_taken_is_not_used_twice(live):
    _cib_xml.section(live, "constraints").append(ET.Element("rsc_order", {
        "id": "dummy-instance_attributes", "first": "vip", "then": "nginx"}))
    wanted, dummy = _cib.plan(live, {"resources": [dict(DUMMY, instance_attributes={"a": 1})]})
    assert _cib_xml.resource_by_id(wanted, "dummy").find("instance_attributes").get("id") == \
        "dummy-instance_attributes-1"


def test_existing_ids_are_kept_and_only_meaning_counts(live):
    pair = next(item for item in live.iter("nvpair") if item.get("name") == "ip" and item.get("value") == "198.18.0.100")
    pair.set("id", "made-by-somebody")
    wanted, steps = _cib.plan(live, {"resources": [dict(VIP, instance_attributes={"ip": "198.18.0.100"})]})
    assert steps == []
    wanted, steps = _cib.plan(live, {"resources": [dict(VIP, instance_attributes={"ip": "198.18.0.7"})]})
    assert steps[0]["changes"] == {"instance_attributes.ip": {"before": "198.18.0.100", "after": "198.18.0.7"}}
    assert next(item for item in wanted.iter("nvpair") if item.get("id") == "made-by-somebody").get("value") == \
        "198.18.0.7"


def test_additive_keeps_what_is_not_listed_and_purge_removes_it(live):
    desired = {"resources": [VIP, NGINX], "groups": [WEB], "constraints": [], "properties": {}}
    assert _cib.plan(live, desired)[1] == []
    wanted, steps = _cib.plan(live, desired, purge=True)
    # The devices and the constraint that only places one of them belong to fencing.
    assert short(steps) == ["update properties cib-bootstrap-options", "update resource vip", "update resource nginx"]
    assert set(_cib_describe.describe(wanted)["properties"]["cib-bootstrap-options"]) == {
        "have-watchdog", "dc-version", "cluster-infrastructure"}
    wanted, steps = _cib.plan(live, desired, purge=True, purge_stonith=True)
    assert [line for line in short(steps) if line.startswith("remove")] == [
        "remove resource fence-node1", "remove resource fence-node2", "remove resource fence-node3",
        "remove constraint fence-node1-not-on-node1"]


def test_a_section_that_is_not_given_survives_purge(live):
    wanted, steps = _cib.plan(live, {"properties": {"no-quorum-policy": "stop"}}, purge=True, purge_stonith=True)
    assert steps == []


def test_null_removes_a_pair(live):
    dummy, steps = _cib.plan(live, {"rsc_defaults": {"resource-stickiness": None, "never-there": None}})
    assert steps[0]["changes"] == {"resource-stickiness": {"before": "1000", "after": None}}


@pytest.mark.parametrize("live_interval, wanted_interval, same", [
    ("5s", "5", True), ("5s", "5000ms", True), ("5s", "0m", False), ("60s", "1min", True), ("5s", "5m", False)])
def test_an_operation_is_known_by_name_and_interval(live, live_interval, wanted_interval, same):
    operation = _cib_xml.resource_by_id(live, "vip").find("operations/op")
    operation.set("interval", live_interval)
    wanted, steps = _cib.plan(live, {"resources": [dict(VIP, operations=[
        {"name": "monitor", "interval": wanted_interval}])]})
    assert (steps == []) == same
    # Another interval replaces the old operation instead of adding a second monitor.
    assert len(_cib_xml.resource_by_id(wanted, "vip").findall("operations/op")) == 1


def test_an_operation_without_options_is_a_change(live):
    dummy, steps = _cib.plan(live, {"resources": [dict(DUMMY, operations=[{"name": "monitor", "interval": "7s"}])]})
    wanted, dummy = _cib.plan(live, {"resources": [dict(DUMMY, operations=[{"name": "monitor", "interval": "7s"}])]})
    dummy, steps = _cib.plan(wanted, {"resources": [dict(DUMMY, operations=[{"name": "monitor", "interval": "8s"}])]})
    assert short(steps) == ["update resource dummy"]


def test_group_order_counts_and_foreign_members_stay(live):
    wanted, dummy = _cib.plan(live, {"resources": [DUMMY], "groups": [{"id": "web", "members": ["dummy", "nginx"]}]})
    assert members(wanted, "web") == ["dummy", "nginx", "vip"]
    assert _cib.plan(live, {"groups": [{"id": "web", "members": ["vip"]}]})[1] == []
    wanted, steps = _cib.plan(live, {"groups": [{"id": "web", "members": ["nginx", "vip"]}]})
    assert members(wanted, "web") == ["nginx", "vip"]
    assert steps[0]["changes"]["members"] == {"before": ["vip", "nginx"], "after": ["nginx", "vip"]}


def test_a_listed_resource_leaves_a_group_that_no_longer_names_it(live):
    wanted, dummy = _cib.plan(live, {"resources": [VIP, NGINX], "groups": [{"id": "web", "members": ["vip"]}]})
    assert members(wanted, "web") == ["vip"]
    assert _cib_xml.parent_of(wanted, _cib_xml.resource_by_id(wanted, "nginx")).tag == "resources"


def test_a_group_whose_members_all_left_is_gone_with_its_constraints(live):
    live, dummy = _cib.plan(live, {"constraints": [
        {"id": "c", "type": "location", "rsc": "web", "node": "node1", "score": "1"}]})
    dummy, steps = _cib.plan(live, {"groups": [{"id": "other", "members": ["vip", "nginx"]}]})
    assert sorted(short(steps)) == ["create group other", "remove constraint c", "remove group web"]


def test_clones_come_and_go_around_the_same_primitive(live):
    cloned, dummy = _cib.plan(live, {"resources": [DUMMY], "clones": [{"id": "c", "member": "dummy"}]})
    assert members(cloned, "c") == ["dummy"]
    wanted, steps = _cib.plan(cloned, {"resources": [VIP, NGINX, DUMMY], "groups": [WEB], "clones": []}, purge=True)
    assert "remove clone c" in short(steps) and "remove resource dummy" not in short(steps)
    wanted, steps = _cib.plan(cloned, {"clones": [{"id": "c", "member": "web"}]})
    assert members(wanted, "c") == ["web"] and _cib_xml.resource_by_id(wanted, "dummy") is not None


@pytest.mark.parametrize("purge", [False, True], ids=["additive", "purge"])
def test_a_master_of_old_becomes_a_promotable_clone(live, purge):
    cloned, dummy = _cib.plan(live, {"clones": [{"id": "c", "member": "web"}]})
    _cib_xml.resource_by_id(cloned, "c").tag = "master"
    desired = {"resources": [VIP, NGINX], "groups": [WEB],
               "clones": [{"id": "c", "member": "web", "meta_attributes": {"promotable": True}}]}
    wanted, steps = _cib.plan(cloned, desired, purge)
    assert _cib_xml.resource_by_id(wanted, "c").tag == "clone"
    assert "clone c" not in str(short(steps)), "it means the same"
    # Without a word on it, it stays promotable, unless purge owns the whole.
    desired["clones"][0]["meta_attributes"] = {}
    wanted, dummy = _cib.plan(cloned, desired, purge)
    assert _cib_describe.describe(wanted)["clones"]["c"]["meta_attributes"] == ({} if purge else {"promotable": "true"})


def test_sets_with_rules_are_left_alone(live):
    vip = _cib_xml.resource_by_id(live, "vip")
    ruled = ET.SubElement(vip, "instance_attributes", {"id": "ruled"})
    ET.SubElement(ruled, "rule", {"id": "r", "score": "1"})
    ET.SubElement(ruled, "nvpair", {"id": "n", "name": "ip", "value": "10.0.0.1"})
    wanted, dummy = _cib.plan(live, {"resources": [VIP, NGINX], "groups": [WEB]}, purge=True)
    assert "ruled" in all_ids(wanted) and "n" in all_ids(wanted)


def test_comments_survive(live):
    text = ET.tostring(live).replace(b"<constraints>", b"<constraints><!-- mine -->")
    wanted, dummy = _cib.plan(_cib_xml.parse(text), CHANGE, purge=True)
    assert b"<!-- mine -->" in ET.tostring(wanted)


def test_secrets_are_masked_wherever_they_come_from(live):
    desired = {"resources": [dict(DUMMY, secret_attributes={"pin": "1234"})]}
    dummy, steps = _cib.plan(live, desired, purge=True, purge_stonith=True)
    text = repr(_cib_view.masked(steps, _cib.secret_names(desired)))
    assert "1234" not in text and "not-a-real-secret" not in text
    assert "instance_attributes.pin" in text and "instance_attributes.password" in text


def test_readable_shows_only_what_differs(live):
    dummy, steps = _cib.plan(live, {"resources": [dict(VIP, instance_attributes={"ip": "198.18.0.7", "nic": "eth1"})]})
    assert _cib_view.readable(steps) == {
        "before": "resource vip:\n  instance_attributes.ip: 198.18.0.100\n",
        "after": "resource vip:\n  instance_attributes.ip: 198.18.0.7\n  instance_attributes.nic: eth1\n"}


def test_digest_is_not_of_the_order_of_what_stands_for_itself(live):
    same = copy.deepcopy(live)
    for section in ("nodes", "resources", "constraints"):
        found = same.find("configuration/" + section)
        found[:] = list(reversed(found))
    assert [node.get("uname") for node in same.iter("node")] != [node.get("uname") for node in live.iter("node")]
    assert _cib_view.digest(same) == _cib_view.digest(live)
    group = next(same.iter("group"))
    group[:] = list(reversed(group))
    assert _cib_view.digest(same) != _cib_view.digest(live), "members of a group are started in order"


def test_digest_is_of_the_meaning(live):
    same = copy.deepcopy(live)
    for pairs in same.iter("instance_attributes"):
        pairs[:] = reversed(pairs)
        pairs.set("id", pairs.get("id") + "-other")
    node = same.find("configuration/nodes/node")
    attributes = ET.SubElement(node, "instance_attributes", {"id": "nodes-1"})
    ET.SubElement(attributes, "nvpair", {"id": "nodes-1-standby", "name": "standby", "value": "on"})
    assert _cib_view.digest(same) == _cib_view.digest(live)
    ET.SubElement(attributes, "nvpair", {"id": "nodes-1-x", "name": "x", "value": "y"})
    assert _cib_view.digest(same) != _cib_view.digest(live)
    assert _cib_view.users_part(same) == _cib_view.users_part(live), "nodes are Pacemaker's own business"


@pytest.mark.parametrize("desired, expected", [
    ({"resources": [VIP, VIP]}, "id vip is listed twice"),
    ({"resources": [DUMMY], "groups": [{"id": "dummy", "members": ["nginx"]}]}, "id dummy is listed twice"),
    ({"resources": [{"id": "1a", "agent": "systemd:x"}]}, "id '1a' is not allowed"),
    ({"resources": [{"id": "web", "agent": "systemd:x"}]}, "id web is taken by a group"),
    ({"resources": [{"id": "a", "agent": "heartbeat:x"}]}, "agent heartbeat:x is not an agent name"),
    ({"resources": [dict(DUMMY, instance_attributes={"p": 1}, secret_attributes={"p": 2})]}, "p is in instance_attr"),
    ({"resources": [dict(DUMMY, operations=[{"name": "monitor", "interval": "10"},
                                            {"name": "monitor", "interval": "10s"}])]}, "listed twice"),
    ({"groups": [{"id": "g", "members": []}]}, "g has no members"),
    ({"groups": [{"id": "g", "members": ["ghost"]}]}, "member ghost does not exist; known resources: fence-node1"),
    ({"groups": [{"id": "g", "members": ["vip"]}, {"id": "h", "members": ["vip"]}]}, "already in group g"),
    ({"clones": [{"id": "c", "member": "ghost"}]}, "member ghost does not exist"),
    ({"clones": [{"id": "c", "member": "vip"}], "groups": [WEB]}, "clone the group instead"),
    ({"constraints": [{"id": "c", "type": "order", "first": "vip", "then": "ghost"}]}, "then ghost does not exist"),
    ({"constraints": [{"id": "c", "type": "location", "rsc": "vip", "score": "1"}]}, "needs node"),
    ({"constraints": [{"id": "c", "type": "colocation", "rsc": "vip", "with-rsc": "nginx", "score": "high"}]},
     "score high is not allowed"),
    ({"constraints": [{"id": "c", "type": "order", "first": "vip", "then": "nginx", "node": "node1"}]},
     "node does not belong"),
    ({"alerts": [{"id": "a", "path": "/a", "recipients": [{"id": "a", "value": "b"}]}]}, "id a is listed twice"),
    # Of the value not a word: it may be a secret.
    ({"resources": [dict(DUMMY, secret_attributes={"passwd": "a\0b"})]},
     "resources: dummy: secret_attributes: passwd: it has the character U+0000, which XML cannot hold"),
    ({"rsc_defaults": {"x": "\ud800"}}, "rsc_defaults: x: it has the character U+D800"),
    ({"rsc_defaults": {"\x1f": 1}}, "it has the character U+001F"),
    ({"acl_roles": [{"id": "r", "permissions": [{"kind": "read", "xpath": "/\uffff"}]}]},
     "acl_roles: r: permissions: 0: xpath: it has the character U+FFFF"),
    ({"properties": {"no-quorum-policy": ["stop"]}},
     "properties: no-quorum-policy is a list; allowed is a text, a number or a boolean."),
    ({"conditional_rsc_defaults": [{"id": "s", "rule": {"expressions": [{"rsc_expression": {"type": "x"}}]},
                                    "attributes": {"a": {"b": 1}}}]},
     "conditional_rsc_defaults: s: attributes: a is a dictionary; allowed is"),
    ({"constraints": [{"id": "c", "type": "location", "rsc": "vip", "rule": {"score": 1, "expressions": [
        {"expression": {"attribute": ["a"], "operation": "defined"}}]}}]},
     "attribute is ['a']; allowed is a text, a number or a boolean."),
])
def test_refused(live, desired, expected):
    found = _cib_check.problems(live, desired)
    assert len(found) == 1 and expected in found[0]


def test_purge_makes_unlisted_resources_unknown(live):
    desired = {"resources": [VIP], "constraints": [
        {"id": "c", "type": "location", "rsc": "nginx", "node": "node1", "score": "1"}]}
    assert _cib_check.problems(live, desired) == []
    assert "rsc nginx does not exist" in _cib_check.problems(live, desired, purge=True)[0]


def test_a_node_the_cluster_has_not_met_is_named(live):
    desired = {"constraints": [{"id": "c", "type": "location", "rsc": "vip", "node": "node7", "score": "1"}]}
    assert _cib_check.unknown_nodes(live, desired) == {"node7": ["node1", "node2", "node3"]}


def test_the_next_version_is_one_epoch_on(live):
    following = _cib.next_version(live)
    assert int(following.get("epoch")) == int(live.get("epoch")) + 1 and following.get("num_updates") == "0"


def test_a_remark_that_is_empty_is_none(live):
    """It would be written, and shown by no plan."""
    wanted, steps = _cib.plan(live, {"resources": [dict(VIP, description="")]})
    assert steps == [] and ET.tostring(wanted) == ET.tostring(live)
    described = _cib.plan(live, {"resources": [dict(VIP, description="the address")]})[0]
    steps = _cib.plan(described, {"resources": [dict(VIP, description="")]})[1]
    assert steps[0]["changes"] == {"description": {"before": "the address", "after": None}}


def test_purge_owns_the_whole_of_an_alert(live):
    full = {"id": "a", "path": "/x", "description": "tells", "select": ["nodes"],
            "recipients": [{"id": "r", "value": "root", "description": "all mail"}]}
    there = _cib.plan(live, {"alerts": [full]})[0]
    less = {"alerts": [{"id": "a", "path": "/x", "recipients": [{"id": "r", "value": "root"}]}]}
    assert _cib.plan(there, less)[1] == []
    wanted = _cib.plan(there, less, purge=True)[0]
    assert _cib_describe.describe(wanted)["alerts"]["a"] == {
        "path": "/x", "instance_attributes": {}, "meta_attributes": {},
        "recipients": {"r": {"value": "root", "instance_attributes": {}, "meta_attributes": {}}}}
    assert "description" not in wanted.find("configuration/alerts/alert/recipient").attrib
