# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module corosync_info, on what corosync 3.1.7 and 3.1.9 said of real clusters: tests/unit/fixtures/corosync."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.halab.cluster.plugins.modules import corosync_info
from transcripts import FIXTURES, RELEASES, Transcript

NOTHING = {"reload": [], "restart": [], "cold": [], "qdevice": [], "refused": []}
VERSIONS = {"debian12": "3.1.7", "debian13": "3.1.9"}


def conf_of(release, state):
    """The corosync.conf that was in force."""
    head = (FIXTURES / "corosync" / release / (state + ".txt")).read_text(encoding="utf-8").split("\n\n")[0]
    return "\n".join(line[2:] for line in head.splitlines()[1:]) + "\n"


class World:
    """Answers from one transcript."""

    def __init__(self, transcript):
        self.answers = dict(transcript.answers)
        self.asked = []

    def run_command(self, argv, **kwargs):
        assert kwargs["environ_update"] == {"LC_ALL": "C", "LANGUAGE": "C"}
        self.asked.append(" ".join(argv))
        if argv[0] == "corosync-qdevice-tool" and self.asked[-1] not in self.answers:
            raise FileNotFoundError(argv[0])  # it was not installed there
        return self.answers[self.asked[-1]]


@pytest.fixture(params=RELEASES)
def ask(request, run_module, tmp_path):
    def run(state, changes=(), answers=(), path=None):
        world = World(Transcript("corosync", request.param, state))
        world.answers.update(answers)
        text = conf_of(request.param, state)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        config = tmp_path / "corosync.conf"
        config.write_text(text, encoding="utf-8")
        given = {"config": path or str(config), "note": str(tmp_path / "note")}
        return run_module(corosync_info, {"input": given}, world=world)[0]

    run.release = request.param
    return run


def test_a_healthy_cluster(ask):
    result = ask("healthy")
    found = result["corosync"]
    assert result["changed"] is False
    assert {key: found[key] for key in ("running", "version", "cluster_name", "transport", "encrypted", "nodeid")} == {
        "running": True, "version": VERSIONS[ask.release], "cluster_name": "recorded", "transport": "knet",
        "encrypted": True, "nodeid": 1}
    # 1000 ms, and 650 more for the third node.
    assert found["token"] == 1650
    assert found["links"] == {"0": "udp", "1": "udp"}
    assert found["members"] == ["node1", "node2", "node3"]
    assert found["nodes"]["node1"]["links"] == {"0": "localhost", "1": "localhost"}
    assert found["nodes"]["node2"] == {
        "nodeid": 2, "local": False, "member": True, "votes": 1, "qdevice": None,
        "addresses": {"0": "198.18.0.12", "1": "198.18.1.12"}, "links": {"0": "connected", "1": "connected"}}
    ring = found["quorum"].pop("ring_id")
    assert ring.startswith("1.")
    assert found["quorum"] == {
        "quorate": True, "provider": "corosync_votequorum", "expected_votes": 3, "highest_expected": 3,
        "total_votes": 3, "quorum": 2, "flags": ["Quorate"], "device": None,
        "votes_of_nodes": 3, "quorate_without_device": True}
    assert (found["qdevice"], found["quorum_pending"]) == (None, 2)


def test_a_link_is_down(ask):
    nodes = ask("link_down")["corosync"]["nodes"]
    assert {name: node["links"]["1"] for name, node in nodes.items()} == {
        "node1": "localhost", "node2": "connected", "node3": "disconnected"}
    assert all(node["member"] for node in nodes.values())


def test_a_node_is_lost(ask):
    found = ask("node_lost")["corosync"]
    assert found["members"] == ["node1", "node2"]
    assert found["nodes"]["node3"]["links"] == {"0": "disconnected", "1": "disconnected"}
    assert (found["quorum"]["quorate"], found["quorum"]["total_votes"]) == (True, 2)
    assert found["nodes"]["node3"]["votes"] == 1


def test_without_quorum(ask):
    found = ask("no_quorum")["corosync"]
    assert found["members"] == ["node1"]
    assert {key: found["quorum"][key] for key in ("quorate", "quorum", "total_votes", "flags")} == {
        "quorate": False, "quorum": 2, "total_votes": 1, "flags": []}


@pytest.mark.parametrize("transport", ["udpu", "udp"])
def test_without_knet(ask, transport):
    found = ask(transport)["corosync"]
    assert (found["transport"], found["encrypted"], found["links"]) == (transport, False, {"0": None})
    # corosync-cfgtool shows the other's in place of its own.
    assert found["nodes"]["node1"]["addresses"] == {"0": "198.18.0.11"}
    assert found["quorum"]["flags"] == ["2Node", "Quorate", "WaitForAll"]


def test_what_is_switched_on(ask):
    assert ask("options")["corosync"]["quorum"]["flags"] == [
        "Quorate", "WaitForAll", "LastManStanding", "AutoTieBreaker"]


def test_votes_that_differ(ask):
    found = ask("votes")["corosync"]
    assert {name: node["votes"] for name, node in found["nodes"].items()} == {"node1": 3, "node2": 1, "node3": 0}
    assert (found["quorum"]["expected_votes"], found["quorum"]["quorum"]) == (4, 3)


@pytest.mark.parametrize("state, device, total, qdevice", [
    ("device", None, 2, None),
    ("device_votes", {"name": "Qdevice", "votes": 1, "votes_cast": 1}, 3, "A,V,NMW"),
    ("device_silent", {"name": "Qdevice", "votes": 1, "votes_cast": 0}, 2, "A,NV,NMW"),
])
def test_a_quorum_device(ask, state, device, total, qdevice):
    found = ask(state)["corosync"]
    assert (found["quorum"]["device"], found["quorum"]["total_votes"]) == (device, total)
    assert found["nodes"]["node1"]["qdevice"] == qdevice
    assert found["members"] == ["node1", "node2"]


def test_a_quorum_device_whose_package_is_not_there(ask):
    assert ask("device")["corosync"]["qdevice"] == {"running": False}


@pytest.mark.parametrize("state, more", [
    ("ffsplit", {}),
    ("lms", {"algorithm": "LMS"}),
    ("plain", {"tie_breaker": "Node with highest node ID", "tls": False}),
    ("heuristics", {"heuristics": "Pass"}),
    # The node that the device gives its vote to, with the other cut off.
    ("split", {}),
    ("host_lost", {"state": "Connect failed", "connected": False, "tls": False, "casts_vote": False}),
])
def test_what_a_quorum_device_says(ask, state, more):
    found = ask("qnetd/%s_node1" % state)["corosync"]
    assert found["qdevice"] == {
        "running": True, "host": "198.18.0.50:5403", "algorithm": "Fifty-Fifty split",
        "tie_breaker": "Node with lowest node ID", "state": "Connected", "connected": True, "tls": True,
        "heuristics": None, "casts_vote": True, **more}
    assert found["pending"] == NOTHING


@pytest.mark.parametrize("state", ["no_certificate", "not_started"])
def test_a_quorum_device_that_does_not_run(ask, state):
    found = ask("qnetd/%s_node1" % state)["corosync"]
    assert found["qdevice"] == {"running": False}


@pytest.mark.parametrize("state, node, quorate, without", [
    ("ffsplit", 1, True, True),
    ("lms", 1, True, True),
    ("host_lost", 1, True, True),
    # One node and the device.
    ("split", 1, True, False),
    ("split", 2, False, False),
])
def test_who_needs_the_vote_of_the_device(ask, state, node, quorate, without):
    found = ask("qnetd/%s_node%d" % (state, node))["corosync"]["quorum"]
    assert (found["quorate"], found["quorate_without_device"]) == (quorate, without)


@pytest.mark.parametrize("state, changes, needed", [
    ("two_node", [("two_node: 1", "device {\n model: net\n votes: 1\n net {\n host: q\n }\n }")], 2),
    ("healthy", [("provider: corosync_votequorum", "provider: corosync_votequorum\n device {\n model: net\n }")], 3),
    ("votes", [], 3),
])
def test_what_a_quorum_will_take(ask, state, changes, needed):
    assert ask(state, changes)["corosync"]["quorum_pending"] == needed


def test_nobody_runs(ask):
    assert ask("stopped")["corosync"] == {"running": False, "version": VERSIONS[ask.release]}


@pytest.mark.parametrize("state", [
    "healthy", "link_down", "node_lost", "no_quorum", "two_node", "udpu", "udp", "options", "device", "votes"])
def test_nothing_is_pending_of_the_file_that_was_loaded(ask, state):
    assert ask(state)["corosync"]["pending"] == NOTHING


def test_what_is_pending(ask):
    changes = [("token: 1000", "token: 2000\n  netmtu: 9000"), ("ring1_addr: 198.18.1.13", "ring1_addr: 198.18.1.33")]
    assert ask("healthy", changes)["corosync"]["pending"] == {
        "reload": ["totem.token"], "restart": ["totem.netmtu"], "cold": [], "qdevice": [],
        "refused": ["nodelist.node.3.ring1_addr"]}


MTU = [("token: 1000", "token: 1000\n  netmtu: 9000")]
LOADED_BY_A_RELOAD = "totem.netmtu (u32) = 9000\n"


@pytest.mark.parametrize("note, restart", [
    ({"process": "%(process)s", "heeded": {"totem.netmtu": None}}, ["totem.netmtu"]),
    # Another corosync was started since.
    ({"process": "%(process)s0", "heeded": {"totem.netmtu": None}}, []),
    ("", []),
])
def test_what_was_noted_before_a_reload(ask, tmp_path, monkeypatch, note, restart):
    (tmp_path / "corosync.pid").write_text("%d\n" % os.getpid(), encoding="ascii")
    monkeypatch.setattr(corosync_info, "PID_FILE", str(tmp_path / "corosync.pid"))
    process = corosync_info.process()
    assert process.startswith("%d." % os.getpid())
    (tmp_path / "note").write_text(json.dumps(note) % {"process": process} if note else "", encoding="utf-8")
    table = Transcript("corosync", ask.release, "healthy").answers["corosync-cmapctl"]
    found = ask("healthy", MTU, {"corosync-cmapctl": (0, table[1] + LOADED_BY_A_RELOAD, "")})["corosync"]
    assert (found["pending"]["restart"], found["process"]) == (restart, process)
    assert found["heeded"] == ({"totem.netmtu": None} if restart else {})


def test_a_corosync_that_left_no_process_id_is_none(ask, monkeypatch):
    monkeypatch.setattr(corosync_info, "PID_FILE", "/nonexistent/corosync.pid")
    assert ask("healthy")["corosync"]["process"] is None


def test_how_often_a_key_was_changed(ask):
    assert ask("healthy")["corosync"]["crypto_messages"] == 0


def test_without_a_file(ask):
    assert ask("healthy", path="/nonexistent/corosync.conf")["corosync"]["pending"] == NOTHING


@pytest.mark.parametrize("command, answer, said", [
    ("corosync -v", (127, "", "not found"), "corosync -v failed with rc 127: not found. This module needs corosync."),
    ("corosync-cmapctl", (1, "", "Failed to initialize the cmap API. Error CS_ERR_TRY_AGAIN"), "CS_ERR_TRY_AGAIN"),
    ("corosync-quorumtool -s", (1, "", "Cannot initialize CMAP service"), "corosync-quorumtool -s failed with rc 1"),
    ("corosync-cfgtool -s", (1, "", "Could not get the local node id"), "corosync-cfgtool -s failed with rc 1"),
    ("corosync -v", (0, "Pacemaker 3", ""), "This is no output that this module knows. corosync -v says no version"),
    ("corosync-cmapctl", (0, "totem.token 1000", ""), "corosync-cmapctl: 'totem.token 1000'"),
    ("corosync-quorumtool -s", (0, "Quorate: Yes", ""), "corosync-quorumtool -s says nothing of votes"),
    ("corosync-cfgtool -s", (0, "Local node ID 1, transport knet\nRING ID 0", ""), "corosync-cfgtool -s: 'RING ID 0'"),
])
def test_what_is_not_understood_is_an_error(ask, command, answer, said):
    result = ask("healthy", answers={command: answer})
    assert result["failed"] and said in result["msg"]
