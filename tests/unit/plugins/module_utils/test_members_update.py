# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is updated, in which order, and what is refused, on what corosync, apt and Pacemaker said of real clusters."""

from __future__ import annotations

import copy
import pathlib

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _apt
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_read as read
from ansible_collections.halab.cluster.plugins.module_utils._members_update import (
    CLUSTER, fenced_since, last_fencing, update_plan)
from transcripts import Transcript

NAMES = ("node1", "node2", "node3")
ROLES = pathlib.Path(__file__).parents[4] / "roles"


def corosync(state="healthy", **pending):
    told = {command: answer[1] for command, answer in Transcript("corosync", "debian13", state).answers.items()}
    found = read.status(read.cmap(told["corosync-cmapctl"]), read.quorum(told["corosync-quorumtool -s"]),
                        *read.links(told["corosync-cfgtool -s"]))
    nothing = {"reload": [], "restart": [], "cold": [], "qdevice": [], "refused": []}
    return dict(found, running=True, pending={**nothing, **pending})


def packages(state="nothing", now=(), after=(), **changed):
    answers = Transcript("apt", "debian13", state).answers
    installed = _apt.parse_installed(next(answer[1] for command, answer in answers.items() if command.startswith("dpkg")))
    plan = _apt.parse_simulation(answers["apt-get --simulate dist-upgrade"][1], installed)
    return {"plan": {**plan, "unfinished": _apt.unfinished(installed), "absent": [], **changed},
            "reboot": {"now": list(now), "after": list(after)}}


def node(state="nothing", owed=False, rebooted=False, ring="healthy", **more):
    return {"corosync": corosync(ring), "packages": packages(state, **more), "owed": owed, "rebooted": rebooted}


def step(source, old, new):
    return [{"name": source, "source": source, "from": old, "to": new}]


def cluster(**changed):
    return {name: changed.get(name, node("updates")) for name in NAMES}


def pacemaker(holder="node1", **changed):
    return {
        "nodes": {name: {"online": True, "standby": False, **changed.get(name, {})} for name in NAMES},
        "resources": {"vip": {"agent": "ocf:heartbeat:IPaddr2", "nodes": [holder]},
                      "fence-node2": {"agent": "stonith:fence_ipmilan", "nodes": ["node3"]}},
    }


IDLE = {name: node() for name in NAMES}
STOPPED = {"running": False, "version": "3.1.9"}


class TestOrder:
    def test_the_holder_comes_last(self):
        assert update_plan(cluster(), pacemaker("node2"))["order"] == ["node1", "node3", "node2"]

    def test_remote_nodes_come_after_the_nodes_of_the_cluster(self):
        remote = dict(node("updates"), corosync=None)
        nodes = {"busy": remote, "free": remote, **cluster(node2=node())}
        state = pacemaker("busy")
        state["nodes"].update({name: {"online": True, "standby": False} for name in ("busy", "free")})
        assert update_plan(nodes, state)["order"] == ["node1", "node3", "free", "busy"]
        assert update_plan(nodes, state, ["free"])["order"] == ["free", "node1", "node3", "busy"]

    def test_what_would_be_done(self):
        plan = update_plan(dict(cluster(), node3=node("updates", after=["a library"])), pacemaker())
        updates = ["recorded-corosync 3.1.9-2 -> 3.1.9-2+deb13u1", "recorded-tool 1.0-1 -> 1.1-1~deb13u1",
                   "recorded-new 2:1.0+b1 (new)"]
        assert plan["problems"] == [] and plan["nodes"] == {
            "node1": {"packages": updates, "reboot": []}, "node2": {"packages": updates, "reboot": []},
            "node3": {"packages": updates, "reboot": ["a library"]}}

    def test_who_is_up_to_date_is_left_alone(self):
        assert update_plan(IDLE, pacemaker()) == {"problems": [], "order": [], "nodes": {}, "said": []}
        assert update_plan(dict(IDLE, node2=node("updates")), pacemaker())["order"] == ["node2"]

    def test_what_dpkg_has_left_halfway_is_finished(self):
        plan = update_plan(dict(IDLE, node2=node(unfinished=["openssl"])), pacemaker())
        assert plan["nodes"] == {"node2": {"packages": ["openssl (finished)"], "reboot": []}}

    def test_an_interrupted_run_goes_on_with_the_node_that_it_left(self):
        nodes = dict(cluster(node2=node()), node3=dict(node(), corosync=STOPPED))
        plan = update_plan(nodes, pacemaker(node3={"online": False, "standby": True}), begun=["node3"])
        assert (plan["problems"], plan["order"]) == ([], ["node3", "node1"])


class TestReboot:
    def test_where_something_asks_for_it(self):
        nodes = dict(IDLE, node1=node(now=["kernel"]))
        assert update_plan(nodes, pacemaker())["nodes"] == {"node1": {"packages": [], "reboot": ["kernel"]}}

    def test_never(self):
        plan = update_plan(dict(IDLE, node1=node(now=["kernel"])), pacemaker(), reboot="never")
        assert plan["order"] == []
        assert plan["said"] == ["node1: not rebooted (pacemaker_update_reboot is never), though: kernel."]

    def test_always(self):
        plan = update_plan(IDLE, pacemaker(), reboot="always")
        assert plan["order"] == ["node2", "node3", "node1"]
        assert plan["nodes"]["node2"]["reboot"] == ["pacemaker_update_reboot is always"]

    @pytest.mark.parametrize("reboot", ["always", "auto"])
    def test_always_is_once_for_each_though_the_run_was_interrupted(self, reboot):
        plan = update_plan(dict(IDLE, node1=node(owed=True)), pacemaker(), reboot=reboot)
        assert plan["nodes"] == {"node1": {"packages": [], "reboot": [
            "an interrupted run was to reboot it (pacemaker_update_reboot was always)"]}}

    def test_also_if_it_was_interrupted_by_the_last_reboot(self):
        nodes = dict(IDLE, node1=node(owed=True, rebooted=True))
        plan = update_plan(nodes, pacemaker(node1={"standby": True}), begun=["node1"], reboot="always")
        assert plan["nodes"] == {"node1": {"packages": [], "reboot": []}}

    def test_another_word(self):
        assert update_plan(IDLE, pacemaker(), reboot="yes")["problems"] == [
            "pacemaker_update_reboot is 'yes'; allowed are auto, always, never."]


class TestRefused:
    @pytest.mark.parametrize("changed, said", [
        (node("removes"), "node2: the update would remove recorded-pacemaker 3.0.0-1, which belongs to the cluster; that is "
                          "never done."),
        (node(removes=step("libfoo", "1", None)), "node2: the update would remove libfoo 1; allowed are the packages of "
                                                  "pacemaker_update_may_remove (none)."),
        (node(updates=step("corosync", "2.4.5-1", "3.1.7-1")), "node2: corosync 2.4.5-1 -> 3.1.7-1: two major versions of "
                                                               "corosync do not hear each other. Stop the cluster on all"),
        (node(updates=step("pacemaker", "1.1.24-1", "2.1.5-1")), "a node with Pacemaker 1 cannot be mixed"),
        (node(updates=step("pacemaker", "3.0.0-1", "2.1.5-1")), "pacemaker 3.0.0-1 -> 2.1.5-1 is a step back. A node with an "
                                                                "older feature set may not join"),
        (node("updates", ring="node_lost"), "node2: without it the others have no quorum."),
        (node("updates", ring="link_down"), "node2: it does not reach node3 on every link."),
        (dict(node("updates"), corosync=STOPPED), "node2: corosync does not run."),
        (dict(node("updates"), corosync=corosync(cold=["totem.transport"])), "totem.transport cannot differ"),
    ])
    def test_by_name(self, changed, said):
        plan = update_plan(cluster(node2=changed), pacemaker())
        assert plan["order"] == [] and plan["nodes"] == {}
        assert any(said in problem for problem in plan["problems"]), plan["problems"]

    def test_what_the_cluster_needs_may_not_even_be_named(self):
        plan = update_plan(cluster(node2=node("removes")), pacemaker(), may_remove=["recorded-pacemaker"])
        assert len(plan["problems"]) == 1 and "belongs to the cluster" in plan["problems"][0]

    def test_what_was_named_may_go(self):
        nodes = cluster(node2=node(removes=step("libfoo", "1", None)))
        assert update_plan(nodes, pacemaker(), may_remove=["libfoo"])["problems"] == []

    def test_nobody_left_to_take_the_resources(self):
        state = pacemaker(node2={"standby": True}, node3={"online": False})
        problems = update_plan(dict(IDLE, node1=node("updates")), state)["problems"]
        assert problems == ["node1: no other node is online and out of standby to take its resources. Readmit one: "
                            "playbooks/readmit.yml."]

    def test_a_name_that_no_node_knows(self):
        nodes = {name: node(absent=["opensl", "nginx"] if name == "node1" else ["opensl"]) for name in NAMES}
        assert update_plan(nodes, pacemaker())["problems"] == [
            "pacemaker_update_packages has opensl, installed on no node; allowed are packages that are installed."]


class TestMixture:
    def test_what_is_allowed_is_said(self):
        said = update_plan(dict(IDLE, node1=node(updates=step("pacemaker", "2.1.5-1", "3.0.0-1"))), pacemaker())["said"]
        assert len(said) == 1 and "a node with the older one may join; once the last one is updated, none may" in said[0]
        said = update_plan(cluster(), pacemaker())["said"]
        assert said == ["Nodes with either version of corosync hear each other as long as both are 3.x."]

    def test_what_apt_keeps_back_is_said(self):
        assert "node2: kept back by apt: recorded-tool." in update_plan(cluster(node2=node("kept")), pacemaker())["said"]

    def test_packages_that_the_roles_install_are_those_of_a_cluster(self):
        """Their binary packages; in Debian each of these is of the source package beside it."""
        sources = {"pacemaker-cli-utils": "pacemaker"}
        wanted = yaml.safe_load((ROLES / "pacemaker" / "vars" / "main.yml").read_text())["__pacemaker_packages"]
        assert {sources.get(name, name) for name in wanted} <= set(CLUSTER)


FENCED = {"target": "node2", "state": "success", "completed": "2026-11-22 09:57:54.483257Z"}


class TestFencing:
    def test_when_it_was_last(self):
        later = dict(FENCED, completed="2026-11-23 09:00:00Z")
        history = [later, FENCED, dict(later, target="node1", completed="2026-11-24 09:00:00Z"),
                   dict(later, state="failed", completed="2026-11-25 09:00:00Z")]
        assert last_fencing(history, "node2") == "2026-11-23 09:00:00Z"
        assert last_fencing(history, "node3") == ""

    @pytest.mark.parametrize("before, since", [
        ("", "2026-11-22 09:57:54.483257Z"),
        ("2026-11-20 00:00:00Z", "2026-11-22 09:57:54.483257Z"),
        ("2026-11-22 09:57:54.483257Z", ""),
        # The same one, as another node has noted it.
        ("2026-11-22 10:57:54.1 +01:00", ""),
    ])
    def test_whether_it_was_meanwhile(self, before, since):
        assert fenced_since([FENCED], "node2", before) == since
        assert fenced_since([FENCED], "node1", before) == ""


def test_nothing_is_changed_in_what_is_judged():
    nodes, state = cluster(), pacemaker()
    before = copy.deepcopy((nodes, state))
    update_plan(nodes, state, reboot="always")
    assert (nodes, state) == before
