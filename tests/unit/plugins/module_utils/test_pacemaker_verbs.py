# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs on the CIBs of both releases, and what Pacemaker's own tools made of the plans: see record_verbs.py."""

from __future__ import annotations

import datetime
import pathlib
import xml.etree.ElementTree as ET

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import (
    _cib, _cib_export, _cib_operation, _cib_view, _cib_xml, _duration, _pacemaker_status, _pacemaker_verbs,
    _pacemaker_verbs_check)
from verbs_cases import CASES, HERE, NOW, base, live, verb

REFUSALS = yaml.safe_load(pathlib.Path(__file__).with_name("test_pacemaker_verbs_refused.yml").read_text())
JUDGED = {release: yaml.safe_load((HERE / release / "verbs.yml").read_text()) for release in ("debian12", "debian13")}


@pytest.fixture(params=["debian12", "debian13"])
def release(request):
    return request.param


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


def status_of(release, name="offline.before"):
    return _pacemaker_status.parse_mon((HERE / release / (name + ".crm_mon.xml")).read_text())


def short(steps):
    return ["%s %s %s%s" % (step["action"], step["kind"], step["id"], " (%s)" % ", ".join(
        path for path in step["changes"]) if step["action"] == "update" else "") for step in steps]


def test_the_plan_is_what_pacemakers_tools_judged(release, case):
    """They applied it as a patch, had no complaint, and predict what the verb says."""
    before = live(release, case)
    text = ET.tostring(before)
    wanted, steps = _pacemaker_verbs.plan(before, verb(case["verb"]), NOW)
    judged = JUDGED[release][case["name"]]
    assert ET.tostring(before) == text, "planning leaves the live tree alone"
    assert short(steps) == case["steps"]
    assert _cib_view.digest(wanted) == judged["digest"] and judged["crm_verify"] == ""
    name, node = case["verb"]["name"], case["verb"].get("node")
    if case["verb"]["state"] == "moved":
        assert judged["runs_on"] == [node]
    if case["verb"]["state"] == "banned" and not case["verb"].get("role"):
        assert judged["runs_on"] and node not in judged["runs_on"]
    if case["verb"]["state"] == "disabled":
        assert judged["runs_on"] == [] and judged["transitions"][0].startswith("Stop %s on " % name)


def test_a_verb_twice_is_once(release, case):
    said = verb(case["verb"])
    wanted, dummy = _pacemaker_verbs.plan(live(release, case), said, NOW)
    again, steps = _pacemaker_verbs.plan(wanted, said, NOW + datetime.timedelta(seconds=20))
    assert steps == [] and ET.tostring(again) == ET.tostring(wanted)
    ids = [item.get("id") for item in wanted.find("configuration").iter()
           if item.get("id") and item.tag not in ("resource_ref", "obj_ref")]
    assert len(ids) == len(set(ids))


def test_it_reads_what_crm_resource_writes(release):
    root = base(release, "offline.before")
    written = ET.fromstring((HERE / release / "verbs.crm_resource.xml").read_text())
    _cib_xml.section(root, "constraints").extend(written.findall("rsc_location"))
    found = {item["id"]: (item["kind"], item["node"], item["role"], bool(item["ends"]))
             for item in _pacemaker_verbs.placements(root, "web")}
    assert found == {"cli-ban-web-on-node1": ("cli-ban-", "node1", "Started", False),
                     "cli-ban-web-on-node3": ("cli-ban-", "node3", "Started", True),
                     "cli-prefer-web": ("cli-prefer-", "node2", "Started", True)}
    # What it has written already is no change, and clearing leaves nothing of it.
    assert _pacemaker_verbs.plan(root, verb({"name": "web", "state": "banned", "node": "node1"}), NOW)[1] == []
    cleared, steps = _pacemaker_verbs.plan(root, verb({"name": "web", "state": "cleared"}), NOW)
    assert len(steps) == 3 and _pacemaker_verbs.placements(cleared, "web") == []
    assert len(_pacemaker_verbs.placements(cleared, "fence-node1")) == 2


def test_it_writes_what_crm_resource_writes(release):
    written = ET.fromstring((HERE / release / "verbs.crm_resource.xml").read_text())
    root = base(release, "offline.before")
    for said in ({"state": "banned", "node": "node1"}, {"state": "banned", "node": "node3", "lifetime": "PT1H"}):
        root, dummy = _pacemaker_verbs.plan(root, verb(dict(said, name="web")), NOW)
    for ident in ("cli-ban-web-on-node1", "cli-ban-web-on-node3"):
        ours, theirs = (next(item for item in parent.iter("rsc_location") if item.get("id") == ident)
                        for parent in (root, written))
        for item in [*ours.iter("date_expression"), *theirs.iter("date_expression")]:
            item.set("end", "a moment")
        assert [(item.tag, item.attrib) for item in ours.iter()] == [(item.tag, item.attrib) for item in theirs.iter()]


def test_what_a_default_or_a_template_says_is_overruled(release):
    root = base(release, "offline.before")
    _cib_xml.write_pairs(_cib_xml.section(root, "rsc_defaults"), "meta_attributes", "d", {"is-managed": "false"},
                         _cib_xml.Ids(root))
    wanted, steps = _pacemaker_verbs.plan(root, verb({"name": "vip", "state": "managed"}), NOW)
    assert steps[0]["changes"] == {"meta_attributes.is-managed": {"before": None, "after": "true"}}
    assert _pacemaker_verbs.plan(wanted, verb({"name": "vip", "state": "managed"}), NOW)[1] == []


@pytest.mark.parametrize("first, second, told", [
    ("web", "nginx", ["web is unmanaged, too: make it managed as well."]),
    ("nginx", "web", ["nginx is unmanaged, too: make it managed as well."]),
    ("vip", "nginx", [])])
def test_who_says_otherwise_is_named(release, first, second, told):
    root, dummy = _pacemaker_verbs.plan(base(release, "offline.before"), verb({"name": first, "state": "unmanaged"}), NOW)
    assert _pacemaker_verbs.overruled(root, verb({"name": second, "state": "managed"})) == told


@pytest.mark.parametrize("seconds, steps", [(30, 0), (59, 0), (61, 1), (-3600, 1)])
def test_a_lifetime_that_ends_within_a_minute_is_the_same(release, seconds, steps):
    said = verb({"name": "web", "state": "banned", "node": "node1", "lifetime": "PT1H"})
    root, dummy = _pacemaker_verbs.plan(base(release, "offline.before"), said, NOW)
    assert len(_pacemaker_verbs.plan(root, said, NOW + datetime.timedelta(seconds=seconds))[1]) == steps


def test_a_short_ban_that_is_over_is_renewed(release):
    said = verb({"name": "web", "state": "banned", "node": "node1", "lifetime": "PT10S"})
    root, dummy = _pacemaker_verbs.plan(base(release, "offline.before"), said, NOW)
    assert len(_pacemaker_verbs.plan(root, said, NOW + datetime.timedelta(seconds=11))[1]) == 1


@pytest.mark.parametrize("refused", REFUSALS, ids=lambda refused: refused["name"])
def test_refused(release, refused):
    root, status = live(release, refused), status_of(release)
    for path, value in refused.get("status", {}).items():
        *keys, last = path.split(".")
        part = status
        for key in keys:
            part = part.setdefault(key, {})
        part[last] = value
    found = _pacemaker_verbs_check.problems(root, verb(refused["verb"]), status, NOW)
    assert len(found) == len(refused["told"]) and all(text in said for text, said in zip(refused["told"], found)), found


def test_every_case_is_allowed(release, case):
    if case.get("base", "offline.before") == "offline.before" and case["verb"]["state"]:
        assert _pacemaker_verbs_check.problems(live(release, case), verb(case["verb"]), status_of(release), NOW) == []


def outcome(release, said, passing, final, change=lambda root, status: None):
    root, status = base(release, "offline.before"), status_of(release)
    change(root, status)
    resources = [{ident: dict(resource, nodes=nodes if ident in ("vip", "nginx") else resource["nodes"])
                  for ident, resource in status["resources"].items()} for nodes in (passing, final)]
    return _pacemaker_verbs_check.outcome_problems(root, verb(said), status, *resources, NOW)


MOVE = {"name": "web", "state": "moved", "node": "node2"}


@pytest.mark.parametrize("passing, final, told", [
    (["node2"], ["node2"], []),
    (["node1"], ["node1"], ["web would not run on node2 but on node1."]),
    ([], [], ["web would not run on node2 but nowhere."]),
    (["node2"], ["node1"], ["web would go back to node1 when nothing keeps it on node2 any more"])])
def test_a_move_that_would_not_end_there_is_refused(release, passing, final, told):
    found = outcome(release, MOVE, passing, final)
    assert len(found) == len(told) and all(said.startswith(text) for text, said in zip(told, found)), found


def test_what_keeps_it_away_is_named(release):
    def change(root, status):
        ET.SubElement(_cib_xml.section(root, "constraints"), "rsc_location", {
            "id": "not-there", "rsc": "web", "node": "node2", "score": "-INFINITY"})
        status["fail_counts"] = {"nginx": {"node3": 1000000}}
    found = outcome(release, MOVE, ["node1"], ["node1"], change)
    assert "node2: constraint not-there; node3: nginx has failed there too often" in found[0]


def test_a_ban_that_stops_it_is_refused(release):
    said = {"name": "web", "state": "banned", "node": "node1"}
    assert "web would run nowhere without node1" in outcome(release, said, ["node1"], [])[0]
    assert outcome(release, said, ["node1"], ["node2"]) == []


# Cleaning

def test_failures_are_chosen_by_resource_node_and_operation():
    root, status = base("debian13", "failed"), status_of("debian13", "failed")

    def chosen(**said):
        operations, counted = _pacemaker_verbs.failed(root, verb(dict(said, state="cleaned")), status)
        return [(item["resource"], item["operation"]) for item in operations], counted
    everything = ([("bad", "start")], [("bad", "node3")])
    assert chosen() == chosen(name="bad") == chosen(node="node3") == everything
    assert chosen(name="web") == chosen(node="node1") == ([], [])
    assert chosen(name="bad", operation="start") == ([("bad", "start")], [])
    assert chosen(name="bad", operation="stop") == ([], [])


def test_the_history_of_the_failure_is_gone_and_nothing_else():
    root, status = base("debian13", "failed"), status_of("debian13", "failed")
    after = _pacemaker_verbs.forgotten(root, *_pacemaker_verbs.failed(root, verb({"state": "cleaned"}), status))
    before_ids, after_ids = ([(item.tag, item.get("id")) for item in tree.find("status").iter()]
                             for tree in (root, after))
    gone = [item for item in before_ids if item not in after_ids]
    assert gone and all("bad" in ident for tag, ident in gone), gone
    names = [item.get("name", "") for item in after.iter("nvpair")]
    assert not [name for name in names if name.startswith(("fail-count-bad#", "last-failure-bad#"))]
    assert ET.tostring(root.find("configuration")) == ET.tostring(after.find("configuration"))


def test_of_a_member_the_whole_is_cleaned(release):
    root = base(release, "offline.before")
    assert _pacemaker_verbs.scope(root, "nginx") == "web" and _pacemaker_verbs.scope(root, "fence-node1") == "fence-node1"


@pytest.mark.parametrize("said, operations, commands", [
    ({"state": "cleaned"}, [], ["crm_resource --cleanup"]),
    ({"state": "refreshed", "name": "web", "node": "node1"}, [], ["crm_resource --refresh --resource web --node node1"]),
    ({"state": "cleaned", "name": "web", "operation": "monitor"},
     [{"interval": 3000}, {"interval": 0}, {"interval": 3000}],
     ["crm_resource --cleanup --resource web --operation monitor --interval 0ms",
      "crm_resource --cleanup --resource web --operation monitor --interval 3000ms"])])
def test_commands_that_clean(said, operations, commands):
    assert [" ".join(argv) for argv in _pacemaker_verbs.cleaning_commands(verb(said), operations)] == commands


# What is true

def test_what_is_true_in_sentences(release):
    root = base(release, "offline.before")
    for said in ({"state": "banned", "node": "node3", "lifetime": "PT1H"},
                 {"state": "moved", "node": "node1", "lifetime": "forever"}, {"state": "unmanaged"}):
        root, dummy = _pacemaker_verbs.plan(root, verb(dict(said, name="web")), NOW)
    resources = status_of(release)["resources"]
    assert _pacemaker_verbs.told(root, resources, "web", NOW) == (
        "web runs on node1. It is unmanaged. It is banned from node3 until 2026-11-27 01:00:00Z (cli-ban-web-on-node3). "
        "It is kept on node1 until it is cleared (cli-prefer-web).")
    later = NOW + datetime.timedelta(hours=2)
    assert "until 2026-11-27 01:00:00Z, which is over" in _pacemaker_verbs.told(root, resources, "web", later)
    resources["nginx"]["nodes"] = []
    assert _pacemaker_verbs.told(root, resources, "web", NOW).startswith("web runs on node1. Stopped of it: nginx.")


# A converge and what verbs have set

EVERYTHING = {
    "properties": {"no-quorum-policy": "stop"}, "rsc_defaults": {"resource-stickiness": 1000},
    "resources": [{"id": "vip", "agent": "ocf:heartbeat:IPaddr2"}, {"id": "nginx", "agent": "ocf:heartbeat:nginx"}],
    "groups": [{"id": "web", "members": ["vip", "nginx"]}], "constraints": [],
    "nodes": [{"name": "node2", "instance_attributes": {}}],
}


def in_operation(release):
    """A cluster on which every verb has been said that leaves a mark."""
    root, dummy = _cib.plan(base(release, "offline.before"), {
        "properties": {"maintenance-mode": True},
        "nodes": [{"name": "node2", "instance_attributes": {"standby": "on", "maintenance": "true"}}]})
    for said in ({"state": "banned", "node": "node3", "lifetime": "PT1H"}, {"state": "unmanaged"}, {"state": "disabled"},
                 {"state": "moved", "node": "node1", "lifetime": "forever"}, {"name": "nginx", "state": "maintenance"}):
        root, dummy = _pacemaker_verbs.plan(root, verb(dict({"name": "web"}, **said)), NOW)
    return root


@pytest.mark.parametrize("purge", [False, True], ids=["additive", "purge"])
def test_a_converge_keeps_what_verbs_have_set_and_says_so(release, purge):
    # What else purge removes, it removes in the first run.
    plain, dummy = _cib.plan(base(release, "offline.before"), EVERYTHING, purge)
    marked, there = in_operation(release), set(short(_cib_view.differences(
        *[_cib.describe(root) for root in (base(release, "offline.before"), in_operation(release))])))
    wanted, dummy = _cib.plan(marked, EVERYTHING, purge)
    left = set(short(_cib_view.differences(_cib.describe(plain), _cib.describe(wanted))))
    assert left == there and len(there) == 6, "every mark is left"
    assert _cib_operation.set_in_operation(wanted, EVERYTHING) == [
        "the cluster is in maintenance (maintenance-mode)", "web is disabled", "web is unmanaged",
        "nginx is in maintenance",
        "constraint cli-ban-web-on-node3", "constraint cli-prefer-web"]


def test_what_a_converge_wants_itself_is_not_spoken_of(release):
    desired = dict(EVERYTHING, properties={"maintenance-mode": True}, constraints=[
        {"id": "cli-prefer-web", "type": "location", "rsc": "web", "node": "node1", "score": "INFINITY"}],
        groups=[{"id": "web", "members": ["vip", "nginx"], "meta_attributes": {"target-role": "Stopped"}}])
    assert _cib_operation.set_in_operation(in_operation(release), desired) == [
        "web is unmanaged", "nginx is in maintenance", "constraint cli-ban-web-on-node3"]


def test_of_what_a_run_does_not_want_it_does_not_speak(release):
    """Role fencing makes devices in a run of its own, and has nothing to say about the service."""
    device = {"id": "fence-node1", "agent": "stonith:fence_ipmilan"}
    assert _cib_operation.set_in_operation(in_operation(release), {"resources": [device], "constraints": []}) == []


def test_what_is_wanted_otherwise_is_still_brought_about(release):
    """A verb is no lock: a variable that is written down comes first."""
    desired = {"properties": {"maintenance-mode": False},
               "groups": [{"id": "web", "members": ["vip", "nginx"], "meta_attributes": {"target-role": "Started"}}]}
    dummy, steps = _cib.plan(in_operation(release), desired)
    assert short(steps) == ["update properties cib-bootstrap-options (maintenance-mode)",
                            "update group web (meta_attributes.target-role)"]


def test_a_ban_goes_with_its_resource(release):
    """A constraint on what is gone would make the CIB invalid."""
    desired = dict(EVERYTHING, groups=[], resources=EVERYTHING["resources"][:1])
    wanted, dummy = _cib.plan(in_operation(release), desired, True)
    assert _pacemaker_verbs.placements(wanted, "web") == []


def test_an_export_has_no_move_no_ban_and_no_maintenance_of_the_cluster(release):
    desired, dummy = _cib_export.export(in_operation(release))
    assert "maintenance-mode" not in desired["properties"]
    assert [spec["id"] for spec in desired["constraints"]] == ["fence-node1-not-on-node1"]


# Durations

@pytest.mark.parametrize("said, expected", [
    ("PT30M", "2026-11-27 00:30:00Z"), ("PT2H", "2026-11-27 02:00:00Z"), ("P1DT12H", "2026-11-28 12:00:00Z"),
    ("P1M", "2026-12-27 00:00:00Z"), ("P3M", "2027-02-27 00:00:00Z"), ("P1Y2M3W4DT5H6M7S", "2028-02-21 05:06:07Z"),
    ("PT0S", None), ("P0D", None), ("P", None), ("PT", None), ("2h", None), ("PT1.5H", None), ("-PT1H", None),
    ("2026-12-01", None), ("P9999Y", None), ("PT1H\n", None)])
def test_durations(said, expected):
    end = _duration.after(NOW, said)
    assert (end and _duration.text(end)) == expected


def test_the_last_day_of_a_shorter_month():
    end = _duration.after(datetime.datetime(2027, 1, 31, 12, tzinfo=datetime.timezone.utc), "P1M")
    assert _duration.text(end) == "2027-02-28 12:00:00Z"


@pytest.mark.parametrize("said, hour", [
    ("2026-11-27 01:03:39Z", 1), ("2026-11-27 01:03:39 +00:00", 1), ("2026-11-27T03:03:39+02:00", 1),
    ("2026-11-27 01:03:39", 1), ("tomorrow", None), (None, None), ("2026-11-31 01:03:39Z", None)])
def test_moments_of_a_cib(said, hour):
    moment = _duration.parse(said)
    assert (moment and moment.astimezone(datetime.timezone.utc).hour) == hour
