# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _pacemaker_run
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_status import DAEMONS
from ansible_collections.halab.cluster.plugins.modules import pacemaker_info

STATE = "pacemaker/debian13/%s.%s.xml"


@pytest.fixture
def daemons(monkeypatch):
    running = dict.fromkeys(DAEMONS, True)
    monkeypatch.setattr(Pacemaker, "daemons", lambda self: running)
    return running


def case(state, arguments=None, **more):
    replies = [
        {"argv": "cibadmin --query", "file": STATE % (state, "cib")},
        {"argv": "crm_mon --output-as=xml", "file": STATE % (state, "crm_mon")},
        {"argv": "crm_simulate --live-check --simulate --output-as=xml", "file": STATE % (state, "crm_simulate")},
        {"argv": "crmadmin --status node1 --timeout 2s --output-as=xml", "file": STATE % (state, "crmadmin")},
    ]
    for reply in replies:
        reply.update(more.get(reply["argv"].split()[0], {}))
    return {"input": arguments or {}, "replies": replies}


# The first words of /proc/PID/cmdline where all of them run, and of processes that are none of them.
COMMANDS = ["/usr/sbin/pacemakerd", *("/usr/lib/pacemaker/pacemaker-" + name for name in (
    "based", "fenced", "execd", "attrd", "schedulerd", "controld"))]
OTHERS = ["/usr/sbin/corosync", "/usr/bin/python3", "/usr/sbin/pacemaker-remoted", "tail"]


@pytest.mark.parametrize("lost", [None, *COMMANDS])
def test_each_of_the_seven_daemons_is_watched(monkeypatch, tmp_path, lost):
    """One that has died and that nobody has reaped has no command line any more."""
    for number, command in enumerate(COMMANDS + OTHERS):
        (tmp_path / str(number)).mkdir()
        text = "" if command == lost else "%s\0-f\0/var/log/pacemaker-based\0" % command
        (tmp_path / str(number) / "cmdline").write_text(text)
    (tmp_path / "self").mkdir()
    (tmp_path / "99").mkdir()  # gone while it was looked at
    monkeypatch.setattr(_pacemaker_run, "PROC", str(tmp_path))
    told = Pacemaker(None, 0).daemons()
    assert len(told) == 7 and [name for name, up in told.items() if not up] == (
        [pathlib.Path(lost).name] if lost else [])


@pytest.mark.parametrize("lost", DAEMONS)
def test_a_cluster_without_one_of_them_is_not_healthy(run_module, daemons, lost):
    daemons[lost] = False
    replies = case("standby", {"wait_for": ["healthy"]}) if lost != "pacemakerd" else {
        "input": {"wait_for": ["healthy"]}, "replies": []}
    result, dummy = run_module(pacemaker_info, replies)
    assert result["failed"] and "healthy: daemon %s is not running" % lost in result["msg"]


def test_a_settled_cluster(run_module, daemons):
    result, dummy = run_module(pacemaker_info, case("standby", {"wait_for": ["healthy"]}))
    told = result["pacemaker"]
    assert result["changed"] is False and told["running"] and told["settled"]
    assert told["nodes"]["node3"]["attributes"] == {"standby": "on"}
    assert told["configuration"]["epoch"] == 10
    assert "not-a-real-secret" not in repr(result)


def test_pacemaker_is_not_running(run_module, daemons):
    daemons.update(dict.fromkeys(DAEMONS, False))
    result, world = run_module(pacemaker_info, {"input": {}, "replies": []})
    assert world.calls == [] and result["pacemaker"]["running"] is False
    assert result["pacemaker"]["cluster"]["dc"] is None and result["pacemaker"]["daemons"]["pacemakerd"] is False


def test_pacemaker_starts_and_does_not_answer_yet(run_module, daemons):
    result, dummy = run_module(pacemaker_info, case("standby", cibadmin={"rc": 102, "err": "not connected"}))
    assert result["pacemaker"]["running"] is False


@pytest.mark.parametrize("rc", [66, 102])
def test_pacemaker_ends_while_it_is_asked(run_module, daemons, rc):
    result, dummy = run_module(pacemaker_info, case("standby", crm_simulate={"rc": rc}))
    assert result["pacemaker"]["settled"] is False


def test_a_busy_dc_is_not_settled(run_module, daemons):
    busy = {"replace": {"S_IDLE": "S_TRANSITION_ENGINE"}}
    result, dummy = run_module(pacemaker_info, case("standby", crmadmin=busy))
    assert result["pacemaker"]["settled"] is False


def test_what_is_missing_is_named(run_module, daemons):
    offline = {"replace": {'name="node2" id="2" online="true"': 'name="node2" id="2" online="false"'}}
    result, dummy = run_module(pacemaker_info, case("standby", {"wait_for": ["all_online"]}, crm_mon=offline))
    assert result["failed"] and "all_online: not online: node2" in result["msg"]


def test_it_waits_until_the_condition_holds(run_module, daemons):
    world_case = case("standby", {"wait": 60, "wait_for": ["settled"]})
    busy, idle = [{"file": STATE % ("standby", "crmadmin"), "replace": change}
                  for change in ({"S_IDLE": "S_POLICY_ENGINE"}, {})]
    world_case["replies"][3]["then"] = [busy, busy, idle]
    result, world = run_module(pacemaker_info, world_case)
    assert not result.get("failed") and world.calls.count("cibadmin --query") == 3


def test_a_failing_tool_is_named_with_its_words(run_module, daemons):
    result, dummy = run_module(pacemaker_info, case("standby", crm_mon={"rc": 4, "err": "Permission denied"}))
    assert result["failed"] and "crm_mon" in result["msg"] and "Permission denied" in result["msg"]


def test_the_configuration_as_variables(run_module, daemons):
    result, world = run_module(pacemaker_info, case("healthy", {"export": "without_secrets"}))
    told = result["variables"]
    assert result["changed"] is False and told["pacemaker_groups"] == [{"id": "web", "members": ["vip", "nginx"]}]
    assert [device["target"] for device in told["fencing_devices"]] == ["node1", "node2", "node3"]
    assert result["secrets_left_out"] == [
        "fencing_devices: fence-node%d: secret_attributes: password" % number for number in (1, 2, 3)]
    assert result["remarks"] == [] and "not-a-real-secret" not in repr(result)
    assert world.calls.count("cibadmin --query") == 1


def test_the_configuration_with_its_secrets(run_module, daemons):
    result, dummy = run_module(pacemaker_info, case("healthy", {"export": "with_secrets"}))
    assert result["variables"]["fencing_devices"][0]["secret_attributes"] == {"password": "not-a-real-secret"}
    assert result["secrets_left_out"] == []


def test_no_export_unless_it_is_asked_for(run_module, daemons):
    result, dummy = run_module(pacemaker_info, case("healthy"))
    assert set(result) == {"changed", "pacemaker"}


def test_nothing_is_exported_before_a_dc_is_elected(run_module, daemons):
    """The live CIB is empty until then."""
    empty = {"replace": {'dc-uuid="1"': ""}}
    result, dummy = run_module(pacemaker_info, case("healthy", {"export": "without_secrets"}, cibadmin=empty))
    assert result["failed"] and "dc: no node is the designated controller" in result["msg"]
    assert "variables" not in result


def test_nothing_is_exported_where_pacemaker_does_not_run(run_module, daemons):
    daemons.update(dict.fromkeys(DAEMONS, False))
    result, dummy = run_module(pacemaker_info, {"input": {"export": "with_secrets"}, "replies": []})
    assert result["failed"] and "dc: no node is the designated controller" in result["msg"]
