# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused of a change of a running cluster, on what corosync 3.1.9 said of real ones."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.halab.cluster.plugins.filter.fencing_devices import fencing_devices
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _members as membership
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync import nodelist
from transcripts import Transcript

NAMES = ("node1", "node2", "node3")


def corosync(state="healthy", **pending):
    """What corosync_info says on a node of a recorded cluster."""
    told = {command: answer[1] for command, answer in Transcript("corosync", "debian13", state).answers.items()}
    found = read.status(read.cmap(told["corosync-cmapctl"]), read.quorum(told["corosync-quorumtool -s"]),
                        *read.links(told["corosync-cfgtool -s"]))
    nothing = {"reload": [], "restart": [], "cold": [], "qdevice": [], "refused": []}
    return dict(found, running=True, pending={**nothing, **pending})


STOPPED = {"running": False, "version": "3.1.9"}


def cluster(state="healthy", **pending):
    return {name: corosync(state, **pending) for name in NAMES}


def pacemaker(holder="node1", nodes=NAMES, **changed):
    """What pacemaker_info says: a service on one node, a fence device on each."""
    return {
        "cluster": {"stonith_enabled": True},
        "nodes": {name: {"online": True, "standby": False, "unclean": False, **changed.get(name, {})} for name in nodes},
        "resources": {
            "vip": {"agent": "ocf:heartbeat:IPaddr2", "nodes": [holder]},
            "fence-node2": {"agent": "stonith:fence_ipmilan", "nodes": ["node3"]},
        },
    }


NETMTU = {"restart": ["totem.netmtu"]}


class TestRoll:
    def test_the_holder_comes_last(self):
        assert membership.rolling_plan(cluster(**NETMTU), pacemaker()) == {
            "problems": [], "order": ["node2", "node3", "node1"]}

    def test_nobody_is_restarted_for_nothing(self):
        assert membership.rolling_plan(cluster(), pacemaker()) == {"problems": [], "order": []}
        assert membership.rolling_plan(cluster("node_lost"), pacemaker()) == {"problems": [], "order": []}

    def test_who_has_an_sbd_that_lags_behind(self):
        assert membership.rolling_plan(cluster(), pacemaker(), also=["node1", "node2"])["order"] == ["node2", "node1"]

    def test_who_was_restarted_is_left_alone(self):
        nodes = dict(cluster(**NETMTU), node2=corosync())
        assert membership.rolling_plan(nodes, pacemaker())["order"] == ["node3", "node1"]

    def test_all_of_them_if_that_is_wanted(self):
        assert membership.rolling_plan(cluster(), pacemaker("node2"), everyone=True)["order"] == ["node1", "node3", "node2"]

    def test_an_interrupted_run_goes_on_with_the_node_that_it_left(self):
        nodes = dict(cluster("node_lost", **NETMTU), node3=STOPPED)
        plan = membership.rolling_plan(nodes, pacemaker(node3={"online": False, "standby": True}), begun=["node3"])
        assert plan == {"problems": [], "order": ["node3", "node2", "node1"]}

    @pytest.mark.parametrize("nodes, said", [
        (dict(cluster(**NETMTU), node2=STOPPED), "node2: corosync does not run."),
        (cluster(reload=["totem.token"], **NETMTU), "has not loaded all that its corosync.conf says (totem.token)"),
        (cluster(refused=["nodelist.node.1.ring0_addr"]), "(nodelist.node.1.ring0_addr). Converge first"),
        (cluster(cold=["totem.transport"]), "totem.transport cannot differ between two nodes"),
        (cluster("node_lost", **NETMTU), "node1: without it the others have no quorum. Bring back whoever is missing"),
        (cluster("no_quorum", **NETMTU), "node1: its partition has no quorum."),
        (cluster("link_down", **NETMTU), "node1: it does not reach node3 on every link."),
    ])
    def test_refused(self, nodes, said):
        plan = membership.rolling_plan(nodes, pacemaker())
        assert plan["order"] == [] and any(said in problem for problem in plan["problems"]), plan

    def test_nobody_left_to_take_the_resources(self):
        state = pacemaker(node2={"standby": True}, node3={"online": False})
        plan = membership.rolling_plan(cluster(**NETMTU), state)
        assert plan["order"] == [] and plan["problems"] == [
            "node1: no other node is online and out of standby to take its resources. Readmit one: "
            "playbooks/readmit.yml."]


class TestRotation:
    def test_nothing_speaks_against_it(self):
        assert membership.rotation_problems(cluster(), NAMES, False, "knet") == []

    @pytest.mark.parametrize("nodes, authkey, transport, said", [
        (cluster(), True, "knet", "corosync_authkey is set"),
        (cluster(), False, "udpu", "transport is udpu, which does not encrypt; allowed is knet"),
        ({"node1": corosync(), "node2": corosync()}, False, "knet", "--limit leaves out node3"),
        (dict(cluster(), node3=STOPPED), False, "knet", "node3: corosync does not run."),
        (cluster(reload=["totem.token"]), False, "knet", "has not loaded all that its corosync.conf says"),
        (cluster("node_lost"), False, "knet", "node1: it does not reach node3, or has no quorum."),
    ])
    def test_refused(self, nodes, authkey, transport, said):
        problems = membership.rotation_problems(nodes, NAMES, authkey, transport)
        assert any(said in problem for problem in problems), problems

    def test_those_that_an_interrupted_one_has_cut_off_get_it(self):
        assert membership.rotation_problems(cluster("node_lost"), NAMES, False, "knet", True) == []


DEVICES = [{"id": "fence-%s" % name, "target": name} for name in NAMES]
STAY = {name: corosync() for name in NAMES[:2]}


def removal(name="node3", members=NAMES, removed=("node3",), devices=DEVICES[:2], nodes=None, state=None, power=None):
    return membership.removal_problems(
        name, [list(members), list(removed)], devices, STAY if nodes is None else nodes, state or pacemaker(), power)


class TestRemoval:
    def test_nothing_speaks_against_it(self):
        assert removal() == []
        # It was taken out by an interrupted run, or is dead.
        assert removal(state=pacemaker(nodes=NAMES[:2])) == []
        lost = {name: corosync("node_lost") for name in NAMES[:2]}
        assert removal(nodes=lost, state=pacemaker(node3={"online": False}), power="off") == []

    @pytest.mark.parametrize("given, said", [
        ({"name": ""}, "node is ''; allowed is a host of the cluster's group that is in group removed as well (node3)"),
        ({"removed": ()}, "node is 'node3'; allowed is a host of the cluster's group that is in group removed as well"),
        ({"name": "node1", "members": ["node1"], "removed": ["node1"]}, "node is node1, the last node"),
        ({"devices": []}, "node is node3, and its fence device is the last one"),
        ({"devices": DEVICES[2:]}, "node is node3, and its fence device is the last one"),
        ({"removed": ("node2", "node3")}, "node2 is in group removed as well, and still a node of the cluster"),
        ({"nodes": {"node1": STOPPED}}, "node1: corosync does not run there."),
        ({"state": pacemaker(node3={"online": False, "unclean": True})}, "node3 is lost and was not fenced yet."),
        ({"power": "on"}, "node3 does not answer, and its fence device says that its power is on."),
        ({"power": "unknown"}, "its power is unknown. It may still write. Switch it off: stonith_admin --off node3."),
    ])
    def test_refused(self, given, said):
        problems = removal(**given)
        assert any(said in problem for problem in problems), problems

    def test_one_that_is_needed_for_quorum(self):
        """node3 is lost already, and now node2 is to go."""
        nodes = {"node1": corosync("node_lost")}
        problems = removal("node2", removed=("node2",), nodes=nodes)
        assert problems == ["node2 is needed for quorum: the members are node1, node2, with 2 of the 2 votes that it "
                            "takes. Bring the others back first."]


class TestAddition:
    def test_nothing_speaks_against_it(self):
        assert membership.addition_problems(["node3"], list(NAMES), ["node1", "node2"]) == []
        # An interrupted run is finished.
        assert membership.addition_problems(["node3"], list(NAMES), list(NAMES)) == []

    @pytest.mark.parametrize("names, running, said", [
        ([""], NAMES, "node is ''; allowed is a host of the cluster's group that is not in group removed: node1"),
        (["node9"], NAMES, "node is 'node9'; allowed"),
        (["node3"], (), "There is no running cluster on node1, node2 to add a node to"),
        (["node3"], ("node1",), "node2: corosync does not run there. Bring it back first, or add it with the others: "
                                "-e node=node3,node2."),
    ])
    def test_refused(self, names, running, said):
        problems = membership.addition_problems(names, list(NAMES), list(running))
        assert any(said in problem for problem in problems), problems


class TestReplacement:
    def test_nothing_speaks_against_it(self):
        assert membership.replacement_problems("node3", NAMES, pacemaker(node3={"online": False}), []) == []

    @pytest.mark.parametrize("state", [pacemaker(), pacemaker(node3={"online": False})])
    def test_an_interrupted_run_is_finished(self, state):
        """Halfway, the machine has files of the cluster, and may be a member."""
        left = ["/etc/corosync/authkey"]
        assert membership.replacement_problems("node3", NAMES, state, left, True) == []
        assert membership.replacement_problems("node3", NAMES, state, left) != []

    @pytest.mark.parametrize("name, state, left, said", [
        ("node9", pacemaker(), [], "node is 'node9'; allowed"),
        ("node3", pacemaker(nodes=NAMES[:2]), [], "which the cluster does not know; playbooks/node_add.yml adds a node, playbooks/site.yml a remote one"),
        ("node3", pacemaker(), ["/etc/corosync/authkey"], "node3 is online, so there is nothing to replace."),
        ("node3", pacemaker(node3={"online": False, "unclean": True}), [], "node3 was lost and not fenced yet."),
        ("node3", pacemaker(node3={"online": False}), ["/etc/corosync/authkey"], "so it is no new machine."),
    ])
    def test_refused(self, name, state, left, said):
        problems = membership.replacement_problems(name, NAMES, state, left)
        assert len(problems) == 1 and said in problems[0], problems


def test_who_is_removed_keeps_its_variables_and_is_no_member():
    hostvars = {name: {"corosync_node": {"nodeid": number}, "fencing_device": {"agent": "fence_ipmilan"},
                       "group_names": ["cluster", "removed"] if number == 2 else ["cluster"]}
                for number, name in enumerate(NAMES, 1)}
    assert [node["name"] for node in nodelist(NAMES, hostvars)] == ["node1", "node3"]
    assert [device["target"] for device in fencing_devices(NAMES, hostvars)] == ["node1", "node3"]


def test_nothing_is_changed_in_what_is_judged():
    nodes, state = cluster(**NETMTU), pacemaker()
    before = copy.deepcopy((nodes, state))
    membership.rolling_plan(nodes, state)
    membership.rotation_problems(nodes, NAMES, False, "knet")
    assert (nodes, state) == before
