# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import datetime

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _pacemaker_verbs
from ansible_collections.halab.cluster.plugins.modules import pacemaker_resource

IDLE = '<pacemaker-result><crmd node_name="node1" state="S_IDLE" result="ok"/></pacemaker-result>'
PLAN = "crm_simulate --xml-file TMP --simulate --output-as=xml"
SAVED_PLAN = "crm_simulate --xml-file TMP --simulate --save-output TMP --output-as=xml"
SETTLED = "crm_simulate --live-check --simulate --output-as=xml"
PATCH = "cibadmin --patch --sync-call --xml-pipe"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(pacemaker_resource, "utc_now", lambda: datetime.datetime(
        2026, 11, 27, tzinfo=datetime.timezone.utc))


def test_case(case, check_case):
    check_case(pacemaker_resource, case)


def test_the_states_are_those_of_the_planner():
    choices = _pacemaker_verbs.STATES
    documented = pacemaker_resource.DOCUMENTATION.split("    choices: [")[1].split("]")[0].split(", ")
    assert sorted(documented) == sorted(choices)


@pytest.fixture(params=["debian12", "debian13"])
def move(request):
    """A move in two phases, as record_verbs.py has recorded it."""
    def file(name):
        return {"file": "pacemaker/%s/%s.xml" % (request.param, name)}
    return {"input": {"name": "web", "state": "moved", "node": "node2"}, "replies": [
        {"argv": "cibadmin --query", "before": file("offline.before.cib"),
         "after": {"then": [file("verbs.move.first.cib"), file("verbs.move.second.cib")]}},
        {"argv": "crm_mon --output-as=xml", "before": file("offline.before.crm_mon"),
         "after": file("verbs.move.second.crm_mon")},
        {"argv": "crm_verify --xml-file TMP --verbose"},
        dict({"argv": SAVED_PLAN, "saves": file("verbs.move.first.cib")["file"]}, **file("verbs.move.first.crm_simulate")),
        dict({"argv": PLAN}, **file("verbs.move.second.crm_simulate")),
        {"argv": "crm_diff --original TMP --new TMP", "rc": 1, "out": "<diff/>"},
        {"argv": PATCH, "writes": True},
        dict({"argv": SETTLED}, **file("offline.before.crm_simulate")),
        {"argv": "crmadmin --status node1 --timeout 2s --output-as=xml", "out": IDLE}]}


def test_a_move_leaves_no_constraint(run_module, move):
    result, world = run_module(pacemaker_resource, move)
    assert result["changed"] and result["transitions"] == [
        "Move vip from node1 to node2", "Move nginx from node1 to node2"]
    assert [(step["action"], step["id"]) for step in result["plan"]] == [
        ("create", "cli-prefer-web"), ("remove", "cli-prefer-web")]
    assert result["now"] == "web runs on node2." and result["runs_on"] == ["node2"]
    assert result["diff"]["before"] == "web runs on node1.\n" and result["diff"]["after"] == "web runs on node2.\n"
    assert world.calls.count(PATCH) == 2
    # It waits between the two, or the resource would never have moved.
    first = world.calls.index(PATCH)
    assert SETTLED in world.calls[first:first + 1 + world.calls[first + 1:].index(PATCH)]

    checked, world = run_module(pacemaker_resource, move, check=True)
    assert world.wrote == [] and {key: checked[key] for key in result} == result


def test_a_move_that_is_done_is_not_done_again(run_module, move):
    del move["replies"][0]["after"]["then"][0]
    result, world = run_module(pacemaker_resource, move, state="after")
    assert result["changed"] is False and result["now"] == "web runs on node2."
    assert world.calls == ["cibadmin --query", "crm_mon --output-as=xml"]


def test_a_move_that_was_interrupted_is_finished(run_module, move):
    """It was killed when the resource had moved: its constraint is still there."""
    result, world = run_module(pacemaker_resource, move, state="after")
    assert result["changed"]
    assert [(step["action"], step["id"]) for step in result["plan"]] == [("remove", "cli-prefer-web")]
    assert world.calls.count(PATCH) == 1 and SAVED_PLAN not in world.calls
    assert result["now"] == "web runs on node2."


def test_a_move_that_was_interrupted_at_once_is_finished(run_module, move):
    """Its constraint is there, and the resource has not moved yet."""
    placed = {"<constraints>": '<constraints><rsc_location id="cli-prefer-web" rsc="web" role="Started" node="node2" '
                               'score="INFINITY"/>'}
    move["replies"][0]["before"] = dict(move["replies"][0]["before"], replace=placed)
    # Its first patch has been written: the only one left is that which takes the constraint away.
    move["replies"][0]["before"] = {"then": [move["replies"][0]["before"], {"file": move["replies"][3]["saves"]}]}
    move["replies"][0]["after"] = move["replies"][0]["after"]["then"][1]
    result, world = run_module(pacemaker_resource, move)
    assert result["changed"] and [(step["action"], step["id"]) for step in result["plan"]] == [("remove", "cli-prefer-web")]
    assert result["transitions"] == ["Move vip from node1 to node2", "Move nginx from node1 to node2"]
    assert world.calls.count(PATCH) == 1 and world.calls.index(SETTLED) < world.calls.index(PATCH)
    assert result["now"] == "web runs on node2."


def test_a_move_that_would_not_last_is_refused(run_module, move):
    back = copy.deepcopy(move)
    back["replies"][4] = dict(back["replies"][4], file=back["replies"][4]["file"].replace(
        "verbs.move.second", "offline.change"))  # there it runs on node1 in the end
    result, world = run_module(pacemaker_resource, back)
    assert result["failed"] and "web would go back to node1 when nothing keeps it on node2 any more" in result["msg"]
    assert world.wrote == []


def test_a_move_that_does_not_settle_says_what_it_leaves(run_module, move, monkeypatch):
    monkeypatch.setattr("ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run.STEP", 0)
    move["input"]["timeout"] = 0
    move["replies"][7] = {"argv": SETTLED, "file": move["replies"][3]["file"]}
    result, world = run_module(pacemaker_resource, move)
    assert result["failed"] and world.calls.count(PATCH) == 1
    assert "The move has begun, and the constraint that asks for it stays, but the cluster has not settled within 0 s. " \
           "Outstanding: Move vip from node1 to node2; Move nginx from node1 to node2." in result["msg"]


def test_a_settled_cluster_in_which_it_is_elsewhere_is_a_failure(run_module, move):
    """Something has moved it on at once."""
    move["replies"][1]["after"] = move["replies"][1]["before"]
    result, dummy = run_module(pacemaker_resource, move)
    assert result["failed"] and "The cluster has settled, but web runs on node1." in result["msg"]


def test_somebody_elses_change_in_between_is_no_conflict_of_ours(run_module, move):
    """The patch is refused, what is there now differs, and is told."""
    move["replies"][6] = {"argv": PATCH, "rc": 103}
    changed = {"no-quorum-policy\" value=\"stop": "no-quorum-policy\" value=\"freeze"}
    before = move["replies"][0]["before"]
    move["replies"][0]["before"] = {"then": [before, dict(before, replace=changed)]}
    result, dummy = run_module(pacemaker_resource, move)
    assert result["failed"] and "changed by somebody else" in result["msg"] and "no-quorum-policy" in result["msg"]
