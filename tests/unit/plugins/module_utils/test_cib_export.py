# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back from a CIB: it is told as it is, or what is not told is named."""

from __future__ import annotations

import copy
import pathlib
import xml.etree.ElementTree as ET

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.filter.fencing_cib import fencing_cib
from ansible_collections.halab.cluster.plugins.module_utils import (
    _cib, _cib_check, _cib_describe, _cib_export, _cib_export_sets, _cib_export_variables, _cib_operation, _cib_xml)
from ansible_collections.halab.cluster.plugins.module_utils._remote_nodes import remote_resources
from cib_subjects import FIXTURES

RECORDED = sorted(path.relative_to(FIXTURES) for name in ("*.cib.xml", "subject.*.configuration.xml")
                  for path in FIXTURES.glob("debian*/" + name))
SUBJECTS = [path for path in RECORDED if path.parent.name == "debian13" and path.name.startswith("subject.")]
CASES = yaml.safe_load(pathlib.Path(__file__).with_suffix(".yml").read_text())


def load(path):
    text = (FIXTURES / path).read_text()
    return _cib_xml.parse(text if text.startswith("<cib") else "<cib>%s<status/></cib>" % text)


@pytest.fixture(params=RECORDED, ids=str)
def recorded(request):
    return load(request.param)


@pytest.fixture
def healthy():
    return load("debian13/healthy.cib.xml")


def test_every_recording_is_here():
    assert len(RECORDED) >= 35 and len(SUBJECTS) >= 14
    assert {path.parent.name for path in RECORDED} == {"debian12", "debian13"}


@pytest.mark.parametrize("purge", [False, True], ids=["additive", "purge"])
def test_the_plan_of_an_export_is_empty(recorded, purge):
    desired, left = _cib_export.export(recorded)
    assert left == [], "all of it can be said"
    assert _cib_check.problems(recorded, desired, purge, purge) == []
    before = ET.tostring(recorded)
    wanted, steps = _cib.plan(recorded, desired, purge, purge)
    assert steps == [] and ET.tostring(wanted) == before


def test_an_export_makes_the_same_cluster_of_nothing(recorded):
    """What is not in the export cannot be in the cluster that is made of it."""
    desired, dummy = _cib_export.export(recorded)
    bare = _cib.empty()
    for node in recorded.iterfind("configuration/nodes/node"):
        ET.SubElement(_cib_xml.section(bare, "nodes"), "node", {key: node.get(key) for key in ("id", "uname")})
    made, dummy = _cib.plan(bare, desired)
    view, there = _cib_describe.describe(made), _cib_describe.describe(recorded)
    for name in _cib_describe.OWN_PROPERTIES + _cib_operation.OF_THE_CLUSTER:
        there["properties"]["cib-bootstrap-options"].pop(name, None)
    for node in there["nodes"].values():
        node["instance_attributes"].pop("standby", None)
    for ident in [item.get("id") for item in recorded.iter("rsc_location") if _cib_operation.of_a_verb(item)]:
        del there["constraints"][ident]
    for kind in ("templates", "resources"):
        for spec in [*view[kind].values(), *there[kind].values()]:
            # In the CIB 0 and 0s are the same interval.
            spec["operations"] = {
                key.removesuffix("s"): dict(said, interval=said.get("interval", "0").removesuffix("s"))
                for key, said in spec["operations"].items()}
    assert view == there
    again = _cib_export.export(made)[0]
    # A group that is made anew comes behind what stands alone, and its members with it.
    for told in (desired, again):
        told["resources"].sort(key=lambda spec: spec["id"])
    assert again == desired, "the export of an export is the same"


@pytest.mark.parametrize("purge", [False, True], ids=["additive", "purge"])
def test_the_roles_change_nothing(recorded, purge):
    """Role fencing comes first, and does not purge."""
    told = _cib_export_variables.variables(recorded, True)["variables"]
    if told.get("fencing_devices"):
        assert _cib.plan(recorded, fencing_cib(told["fencing_devices"], told["fencing_monitor_interval"]))[1] == []
    desired = {kind: told.get("pacemaker_" + kind, {} if spec["type"] == "dict" else [])
               for kind, spec in _cib_export.sections().items()}
    desired["resources"] = remote_resources(told.get("pacemaker_remote_nodes", [])) + desired["resources"]
    steps = [step for step in _cib.plan(recorded, desired, purge)[1] if step["id"] != "standby-after-fencing"]
    assert steps == []


def test_what_is_left_out_stays_as_it_is(recorded):
    told = _cib_export_variables.variables(recorded)["variables"]
    devices = fencing_cib(told.get("fencing_devices", []), told.get("fencing_monitor_interval", 60))
    assert _cib.plan(recorded, devices)[1] == []
    desired = {kind: told["pacemaker_" + kind] for kind in _cib_export.sections() if "pacemaker_" + kind in told}
    assert _cib.plan(recorded, desired)[1] == []


def test_the_devices_of_role_fencing_are_its_own(healthy):
    told = _cib_export_variables.variables(healthy, True)
    assert told["remarks"] == [] and told["secrets_left_out"] == []
    assert told["variables"]["fencing_devices"][2] == {
        "id": "fence-node3", "agent": "fence_ipmilan", "target": "node3",
        "instance_attributes": {"ip": "198.18.0.213", "username": "halab", "lanplus": 1, "power_wait": 0},
        "secret_attributes": {"password": "not-a-real-secret"}}
    assert told["variables"]["fencing_monitor_interval"] == 60
    assert [spec["id"] for spec in told["variables"]["pacemaker_resources"]] == ["vip", "nginx"]
    assert "pacemaker_constraints" not in told["variables"]


ORDER = [name for role in ("pacemaker", "fencing") for name in yaml.safe_load(
    (pathlib.Path(__file__).parents[4] / "roles" / role / "defaults/main.yml").read_text())]


def with_remote_nodes(root, *nodes):
    return _cib.plan(root, {"resources": remote_resources(nodes)})[0]


@pytest.mark.parametrize("node", [
    {"server": "198.18.0.14"},
    {"server": "198.18.0.14", "port": 3122, "reconnect_interval": "3s",
     "operations": [{"name": "monitor", "interval": "3s", "timeout": "5s"}, {"name": "start", "interval": "0s", "timeout": "9s"}],
     "meta_attributes": {"failure-timeout": "30s", "allow-migrate": True}},
], ids=["defaults", "all"])
def test_a_remote_node_is_one_of_role_pacemaker(healthy, node):
    """A converge that finds the host in group remote_nodes as well would refuse it for being there twice."""
    made = with_remote_nodes(healthy, dict(node, name="remote1"))
    told = _cib_export_variables.variables(made, True)
    (found,) = told["variables"]["pacemaker_remote_nodes"]
    assert found["name"] == "remote1" and {**found, **node} == found
    assert [spec["id"] for spec in told["variables"]["pacemaker_resources"]] == ["vip", "nginx"]
    assert not [text for text in told["remarks"] if "no remote node" in text]
    assert _cib.plan(made, {"resources": remote_resources([found])})[1] == []
    assert list(told["variables"]) == [name for name in ORDER if name in told["variables"]]


def test_another_connection_is_a_resource(healthy):
    made = with_remote_nodes(healthy, {"name": "remote1", "server": "198.18.0.14"})
    connection = made.find(".//primitive[@id='remote1']")
    connection.remove(connection.find("meta_attributes"))
    told = _cib_export_variables.variables(made, True)
    assert "pacemaker_remote_nodes" not in told["variables"]
    assert "remote1" in [spec["id"] for spec in told["variables"]["pacemaker_resources"]]
    assert any(text.startswith("pacemaker_resources: remote1 is no remote node of role pacemaker") for text in told["remarks"])


def test_the_order_is_that_of_the_roles_defaults():
    """So that a reader finds an export the way the roles are documented."""
    told = [name for path in RECORDED for name in _cib_export_variables.variables(load(path))["variables"]]
    assert set(told) <= set(ORDER)
    for path in RECORDED:
        names = list(_cib_export_variables.variables(load(path))["variables"])
        assert names == [name for name in ORDER if name in names]
    assert {"pacemaker_" + kind for kind in _cib_export.sections()} <= set(ORDER)


@pytest.mark.parametrize("case", CASES["fencing"], ids=lambda case: case["name"])
def test_another_device_is_a_resource(healthy, case):
    change(healthy, case)
    told = _cib_export_variables.variables(healthy, True)
    assert case["expected"] in told["remarks"]
    assert [spec["id"] for spec in told["variables"]["fencing_devices"]] == ["fence-node2", "fence-node3"]
    assert "fence-node1" in [spec["id"] for spec in told["variables"]["pacemaker_resources"]]
    assert any(text.startswith("Refused: fencing_devices has no device for node node1") for text in told["remarks"])


@pytest.mark.parametrize("case", CASES["not_exported"], ids=lambda case: case["name"])
def test_what_cannot_be_said_is_named(healthy, case):
    before, dummy = _cib_export.export(healthy)
    change(healthy, case)
    desired, left = _cib_export.export(healthy)
    assert left == case["expected"]
    assert _cib.plan(healthy, desired)[1] == [], "and it stays as it is"
    assert ET.tostring(_cib.plan(healthy, desired)[0]) == ET.tostring(healthy)
    if not case.get("changes"):
        assert desired == before, "all else is exported"
    assert _cib_export_variables.variables(healthy)["not_exported"][:len(left)] == left


def change(root, case):
    for path, pieces in case.get("add", {}).items():
        parent = root if path == "." else root.find(path)
        assert parent is not None, path
        for piece in ET.fromstring("<x>%s</x>" % pieces):
            parent.append(piece)
    for path, attributes in case.get("set", {}).items():
        assert root.find(path) is not None, path
        root.find(path).attrib.update(attributes)
    if "group" in case:
        resources = root.find("configuration/resources")
        device = _cib_xml.resource_by_id(root, case["group"])
        resources.remove(device)
        ET.SubElement(resources, "group", {"id": "g"}).append(device)
    for path in case.get("remove", []):
        parent = root.find(path + "/..")
        parent.remove(root.find(path))


def told_apart(root, before):
    """The plan of an export is empty, whatever the CIB is; returns whether it is not told as it was before."""
    now = _cib_export.export(root)
    assert _cib.plan(root, now[0])[1] == []
    return now != before


def places(root):
    """The way to one of each kind of elements of the configuration: told apart by its parents and its attributes."""
    found = {}

    def walk(element, way, kind):
        kind += ((element.tag,) + tuple(sorted(element.attrib)),)
        found.setdefault(kind, way)
        for number, child in enumerate(element):
            if isinstance(child.tag, str):
                walk(child, way + (number,), kind)
    for number, child in enumerate(root):
        if child.tag == "configuration":
            walk(child, (number,), ())
    return found.values()


def at(root, way):
    for number in way:
        root = root[number]
    return root


@pytest.mark.parametrize("path", SUBJECTS, ids=lambda path: path.name.split(".")[1])
def test_nothing_is_dropped_in_silence(path):
    """An attribute that nobody knows, a child that nobody knows, another value: it is exported, or it is named."""
    root = load(path)
    before = _cib_export.export(root)
    silent = []
    for way in places(root):
        for name in ["unheard-of", "id-ref"] + sorted(set(at(root, way).attrib) - {"id"}):
            changed = copy.deepcopy(root)
            at(changed, way).set(name, "zz")
            if not told_apart(changed, before) and not inert(changed, way, name):
                silent.append("%s %s" % (at(root, way).tag, name))
        changed = copy.deepcopy(root)
        ET.SubElement(at(changed, way), "unheard-of", {"id": "zz"})
        if not told_apart(changed, before):
            silent.append("<%s>" % at(root, way).tag)
    assert sorted(set(silent)) == []


def inert(root, way, name):
    """What Pacemaker sets itself, and what means nothing where it is."""
    element = at(root, way)
    return (element.tag == "nvpair" and element.get("name") in _cib_describe.OWN_PROPERTIES
            or element.tag == "rule" and name == "score" and at(root, way[:-1]).tag != "rsc_location"
            or element.tag == "node" and name in ("type", "uname"))


@pytest.mark.parametrize("text", [
    "true", "false", "0", "7", "-1", "-0", "007", "+5", "", "yes", "1e3", "1_000", "٣", "1٣", "9" * 40])
def test_a_value_is_written_back_as_it_was(text):
    assert _cib_xml.as_text(_cib_export_sets.typed(text)) == text


def test_secrets_are_left_out_and_named(healthy):
    change(healthy, CASES["secrets"])
    told = _cib_export_variables.variables(healthy)
    assert told["secrets_left_out"] == CASES["secrets"]["expected"]
    assert "not-to-be-seen" not in repr(told) and "not-a-real-secret" not in repr(told)
    everything = _cib_export_variables.variables(healthy, True)
    assert everything["secrets_left_out"] == []
    assert repr(everything["variables"]).count("not-to-be-seen") == len(CASES["secrets"]["expected"]) - 3
    assert "not-to-be-seen" not in repr([everything["remarks"], everything["not_exported"]])
    assert everything["remarks"] == told["remarks"]


def test_a_secret_that_is_not_exported_is_not_shown(healthy):
    change(healthy, {"add": {"configuration/resources": (
        '<bundle id="b"><rkt image="i" options="-e PASSWORD=not-to-be-seen"/></bundle>'
        '<primitive id="p" class="ocf" provider="pacemaker" type="Dummy"><operations>'
        '<op id="o" name="monitor" interval="3" password="not-to-be-seen"/></operations></primitive>')}})
    told = _cib_export_variables.variables(healthy, True)
    assert "resources: p: operation monitor: password=******** of <op>" in told["not_exported"]
    assert "not-to-be-seen" not in repr(told)


def test_agents_that_debian_does_not_have_are_named(healthy):
    change(healthy, {"set": {
        "configuration/resources/group/primitive": {"type": "mine"},
        "configuration/resources/primitive": {"type": "fence_mine"}}})
    told = _cib_export_variables.variables(healthy, True)
    assert told["variables"]["pacemaker_extra_agents"] == ["ocf:heartbeat:mine"]
    assert told["variables"]["fencing_extra_agents"] == ["fence_mine"]
    assert told["remarks"] == []


def test_words_of_pacemaker_2_are_told_in_those_of_now(healthy):
    change(healthy, {"add": {"configuration/resources": (
        '<master id="m"><primitive id="p" class="ocf" provider="pacemaker" type="Stateful"/></master>'
        '<bundle id="b"><docker image="i" masters="2"/></bundle>')}})
    desired, left = _cib_export.export(healthy)
    assert left == [] and _cib.plan(healthy, desired)[1] == []
    assert desired["clones"] == [{"id": "m", "member": "p", "meta_attributes": {"promotable": True}}]
    assert desired["bundles"] == [{"id": "b", "docker": {"image": "i", "promoted-max": 2}}]


def test_no_defaults_of_resources_are_said_as_well(healthy):
    """The role's own default is not empty."""
    healthy.find("configuration").remove(healthy.find("configuration/rsc_defaults"))
    assert _cib_export_variables.variables(healthy)["variables"]["pacemaker_rsc_defaults"] == {}


def test_what_would_change_is_said(healthy):
    """No Pacemaker has a clone of nothing; whatever it may be that an export overlooks, its plan shows it."""
    change(healthy, {"add": {"configuration/resources": '<clone id="c"/>'}})
    assert "pacemaker_cib would change: remove clone c." in _cib_export_variables.variables(healthy)["remarks"]


def test_the_roles_own_alert_is_its_variable(healthy):
    alert = "configuration/alerts/alert"
    change(healthy, {"add": {alert: '<instance_attributes id="s"><nvpair id="n" name="readmission" value="auto"/>'
                                    '</instance_attributes>'}})
    told = _cib_export_variables.variables(healthy)
    assert told["variables"]["pacemaker_readmission"] == "auto" and told["not_exported"] == []
    change(healthy, {"set": {alert: {"path": "/elsewhere"}}})
    told = _cib_export_variables.variables(healthy)
    # Two alerts of one name would be refused.
    assert "pacemaker_alerts" not in told["variables"]
    assert told["not_exported"] == [
        "alerts: standby-after-fencing: role pacemaker has an alert of this name, and another one; it would change it."]
    change(healthy, {"remove": [alert]})
    told = _cib_export_variables.variables(healthy)
    assert told["not_exported"] == []
    assert told["remarks"] == [
        "pacemaker_readmission: the alert standby-after-fencing is not there; role pacemaker would add it."]


def test_what_the_roles_would_change_or_refuse_is_said(healthy):
    change(healthy, {"set": {"configuration/crm_config/cluster_property_set/nvpair[@name='stonith-enabled']": {
        "value": "yes"}}})
    told = _cib_export_variables.variables(healthy)
    assert told["remarks"] == [
        "fencing_devices: stonith-enabled is yes; role fencing would set it to true.",
        "Refused: pacemaker_properties: stonith-enabled is the text 'yes'; allowed is a boolean without quotes (true "
        "or false)."]


def test_what_is_empty_and_has_to_be_said_is_said(healthy):
    """A run with the export died of a role without permissions."""
    change(healthy, {"add": {
        "configuration": '<acls><acl_role id="nothing"/></acls>',
        "configuration/alerts/alert": '<recipient id="nobody" value=""/>'}})
    desired, left = _cib_export.export(healthy)
    assert left == [] and desired["acl_roles"] == [{"id": "nothing", "permissions": []}]
    assert desired["alerts"][0]["recipients"] == [{"id": "nobody", "value": ""}]
    assert _cib_check.problems(healthy, desired) == [] and _cib.plan(healthy, desired)[1] == []
