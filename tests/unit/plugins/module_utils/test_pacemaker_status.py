# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _cib_xml, _pacemaker_status

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "pacemaker"
BOTH = pytest.mark.parametrize("os_name", ["debian12", "debian13"])


def text(name):
    return (FIXTURES / name).read_text()


def monitor(name):
    return _pacemaker_status.parse_mon(text(name + ".crm_mon.xml"))


@BOTH
def test_monitor_of_both_releases(os_name):
    status = monitor(os_name + "/offline.after")
    version = {"debian12": "2.1.5", "debian13": "3.0.0"}[os_name]
    assert status["cluster"] == {
        "dc": "node1", "quorate": True, "stonith_enabled": True, "maintenance": False, "version": version}
    assert status["nodes"]["node2"] == {
        "id": "2", "online": True, "standby": False, "unclean": False, "pending": False, "maintenance": False,
        "dc": False, "kind": "member", "connected_from": None, "attributes": {}}
    assert status["resources"]["vip"] == {
        "agent": "ocf:heartbeat:IPaddr2", "group": "web", "clone": None, "role": "Started", "nodes": ["node1"],
        "promoted": [], "failed": False, "managed": True, "blocked": False}
    assert status["resources"]["ping"]["clone"] == "ping-clone"
    assert status["resources"]["ping"]["nodes"] == ["node1", "node2", "node3"]


def test_monitor_after_a_failed_start_and_a_fencing():
    status = monitor("debian13/failed")
    assert status["failures"] == [{
        "resource": "bad", "node": "node3", "operation": "start", "interval": 0, "rc": 6,
        "exit_reason": "[findif] failed", "when": "2026-11-22 09:59:33Z"}]
    assert status["fail_counts"] == {"bad": {"node3": 1000000}}
    assert status["fence_history"][0] == {
        "target": "node3", "action": "reboot", "state": "success", "origin": "node1", "delegate": "node1",
        "client": "pacemaker-controld.574", "completed": "2026-11-22 09:57:54.483257Z"}


@pytest.mark.parametrize("key, task, interval, resource", [
    ("vip_monitor_10000", "monitor", "10000", "vip"), ("my_vip_migrate_to_0", "migrate_to", "0", "my_vip")])
def test_resource_of_a_failure(key, task, interval, resource):
    told = _pacemaker_status.parse_mon(
        '<r><failures><failure op_key="%s" node="n" exitcode="1" task="%s" interval="%s"/></failures></r>'
        % (key, task, interval))
    assert told["failures"][0]["resource"] == resource


def test_remote_and_guest_nodes_and_who_holds_their_connections():
    nodes = monitor("debian13/remote")["nodes"]
    assert {name: (node["kind"], node["connected_from"]) for name, node in nodes.items()} == {
        "n1": ("member", None), "n2": ("member", None), "r1": ("remote", "n2"), "guest1": ("guest", "n1")}
    away = text("debian13/remote.crm_mon.xml").replace('<node name="n2" id="2" cached="true"/>', "")
    assert _pacemaker_status.parse_mon(away)["nodes"]["r1"]["connected_from"] is None


def test_a_remote_node_of_which_nothing_is_said_is_known():
    cib = _cib_xml.parse(text("debian13/remote.cib.xml"))
    assert set(_pacemaker_status.node_attributes(cib)) == {"n1", "n2", "r1", "guest1"}
    assert "guest1" not in [node.get("uname") for node in cib.iterfind("configuration/nodes/node")]


def test_the_node_where_a_clone_is_promoted():
    """Pacemaker 2 may still say Master."""
    for role in ("Promoted", "Master"):
        told = _pacemaker_status.parse_mon(
            '<r><resources><clone id="c"><resource id="d" role="%s"><node name="n2"/></resource><resource id="d" '
            'role="Unpromoted"><node name="n1"/></resource></clone></resources></r>' % role)["resources"]["d"]
        assert (told["nodes"], told["promoted"]) == (["n1", "n2"], ["n2"])


@BOTH
def test_the_resources_after_the_transitions(os_name):
    after = _pacemaker_status.parse_outcome(text(os_name + "/verbs.move.first.crm_simulate.xml"))
    assert after["vip"]["nodes"] == after["nginx"]["nodes"] == ["node2"] and after["fence-node1"]["nodes"] == ["node2"]


def test_standby():
    assert monitor("debian13/standby")["nodes"]["node3"]["standby"] is True


@BOTH
def test_transitions(os_name):
    simulation = _pacemaker_status.parse_simulation(text(os_name + "/offline.change.crm_simulate.xml"))
    assert simulation["idle"] is False and simulation["dc"] == "node1"
    assert simulation["transitions"][:2] == [
        "Restart vip on node1 due to resource definition change", "Start dummy on node1"]
    simulation = _pacemaker_status.parse_simulation(text(os_name + "/offline.before.crm_simulate.xml"))
    assert simulation == {"transitions": [], "idle": True, "dc": "node1"}


@pytest.mark.parametrize("action, expected", [
    ('<rsc_action action="move" resource="vip" source="node1" dest="node2"/>', "Move vip from node1 to node2"),
    ('<rsc_action action="stop" resource="vip" node="node1" reason="node availability"/>',
     "Stop vip on node1 due to node availability"),
    ('<rsc_action action="start" resource="vip" node="node1" blocked="true"/>', "Start vip on node1 (blocked)"),
    ('<node_action task="fence" action="reboot" node="node1"/>', "Fence node1 (reboot)"),
])
def test_words_of_a_transition(action, expected):
    simulation = _pacemaker_status.parse_simulation("<r><actions>%s</actions></r>" % action)
    assert simulation["transitions"] == [expected] and simulation["idle"] is False


def test_a_monitor_alone_is_not_idle():
    simulation = _pacemaker_status.parse_simulation(
        '<r><actions/><transition><rsc_action resource="vip" op="monitor" node="n"/></transition></r>')
    assert simulation["transitions"] == [] and simulation["idle"] is False


def test_state_of_the_dc():
    assert _pacemaker_status.parse_dc_state(text("debian13/healthy.crmadmin.xml")) == "S_IDLE"
    assert _pacemaker_status.parse_dc_state("<pacemaker-result/>") is None


@BOTH
def test_a_dc_only_the_disk_remembers_is_none(os_name):
    cib = _cib_xml.parse(text(os_name + "/offline.before.cib.xml"))
    assert _pacemaker_status.dc_of(cib) == "node1"
    cib.find("status").clear()
    assert _pacemaker_status.dc_of(cib) is None


def test_configuration_names_the_last_writer():
    told = _pacemaker_status.configuration(_cib_xml.parse(text("debian13/standby.cib.xml")))
    assert told["epoch"] == 10 and told["update_origin"] == "node2" and len(told["digest"]) == 64


def good():
    return dict(monitor("debian13/healthy"), settled=True, daemons={"pacemakerd": True})


@pytest.mark.parametrize("change, expected", [
    (lambda status: None, []),
    (lambda status: status["cluster"].update(dc=None), ["dc: "]),
    (lambda status: status["cluster"].update(quorate=False), ["quorum: "]),
    (lambda status: status["nodes"]["node2"].update(online=False), ["all_online: not online: node2"]),
    (lambda status: status["nodes"]["node2"].update(unclean=True), ["all_online: not online: node2"]),
    (lambda status: status.update(settled=False), ["settled: "]),
    (lambda status: status["resources"]["vip"].update(failed=True), ["healthy: resource vip is failed"]),
    (lambda status: status["resources"]["vip"].update(blocked=True), ["healthy: resource vip is blocked"]),
    (lambda status: status["daemons"].update(pacemakerd=False), ["healthy: daemon pacemakerd"]),
])
def test_what_is_missing_for_health(change, expected):
    status = good()
    change(status)
    found = _pacemaker_status.missing(status, ["healthy"])
    assert len(found) == len(expected) and all(text.startswith(start) for text, start in zip(found, expected))


def test_only_new_failures_that_left_something_down_count():
    before, after = monitor("debian13/standby"), monitor("debian13/failed")
    assert [item["resource"] for item in _pacemaker_status.start_failures(before, after)] == ["bad"]
    assert _pacemaker_status.start_failures(after, after) == []
    # It failed on one node and runs on another now: Pacemaker has recovered it.
    after["resources"]["bad"].update(nodes=["node1"], failed=False)
    assert _pacemaker_status.start_failures(before, after) == []
    after["resources"]["bad"]["clone"] = "bad-clone"
    assert len(_pacemaker_status.start_failures(before, after)) == 1
