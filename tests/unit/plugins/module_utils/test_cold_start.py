# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused of a start of a cluster that was off, on what corosync 3.1.9 said of real ones, and what is told."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _cold_start as cold
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_conf, _corosync_read as read
from transcripts import Transcript

NAMES = ("node1", "node2", "node3")
VARS = Path(__file__).resolve().parents[4] / "roles" / "pacemaker" / "vars" / "main.yml"
HOLDS = "key abc  -\nnode node1\nnode node2\nnode node3\n"
STOPPED, IDLE = {"running": False, "version": "3.1.9"}, {"running": False}
RUNS = {"running": True}


def corosync(state="healthy"):
    """What corosync_info says on a node of a recorded cluster."""
    told = {command: answer[1] for command, answer in Transcript("corosync", "debian13", state).answers.items()}
    return dict(read.status(read.cmap(told["corosync-cmapctl"]), read.quorum(told["corosync-quorumtool -s"]),
                            *read.links(told["corosync-cfgtool -s"])), running=True)


def conf(nodes=NAMES, totem=None, **quorum):
    return _corosync_conf.corosync_conf({
        "corosync_cluster_name": "failover", "corosync_totem": totem or {}, "corosync_quorum": quorum, "corosync_logging": {},
        "corosync_system": {}, "corosync_resources": {}, "corosync_nozzle": {}, "corosync_uidgid": [],
        "corosync_nodes": [{"name": name, "nodeid": int(name[4:]), "ring0_addr": "198.18.0.1" + name[4:]} for name in nodes]})


def problems(present=NAMES, without=(), text=None, hosts=NAMES, looks=None, corosyncs=None, running=(), remotes=()):
    """Of a cluster that is off, but for what is said."""
    corosyncs = {name: STOPPED for name in present} if corosyncs is None else corosyncs
    return cold.cold_start_problems(
        corosyncs, {name: RUNS if name in running else IDLE for name in present},
        {name: HOLDS for name in present} if looks is None else looks, list(hosts), list(without), text or conf(hosts),
        list(remotes))


class TestProblems:
    def test_all_are_there(self):
        assert problems() == []

    def test_all_run_already(self):
        assert problems(corosyncs={name: corosync() for name in NAMES}, running=NAMES) == []

    def test_those_that_wait_for_the_others(self):
        corosyncs = {"node1": dict(corosync("no_quorum"), members=["node1"]), "node2": STOPPED, "node3": STOPPED}
        assert problems(corosyncs=corosyncs, running=["node1"]) == []

    @pytest.mark.parametrize("options, said", [
        ({"present": ()}, "No node answers."),
        ({"present": NAMES[:2]}, "node3 does not answer. Switch it on, and run again; or go on without: "
                                 "-e cold_start_without=node3."),
        ({"present": NAMES[:1], "without": NAMES[1:]}, "node1 would have 1 votes of the 2 that make a quorum"),
        ({"without": ["node3"]}, "cold_start_without is 'node3'; allowed is a node that does not answer: none."),
        ({"without": ["node9"]}, "cold_start_without is 'node9'"),
        ({"looks": {**{name: HOLDS for name in NAMES}, "node2": "node node1\n"}}, "node2 has no key or no corosync.conf"),
        ({"looks": {**{name: HOLDS for name in NAMES}, "node2": HOLDS.replace("abc", "def")}}, "hold different keys"),
    ])
    def test_refused(self, options, said):
        found = problems(**options)
        assert any(said in problem for problem in found), found

    def test_a_cluster_without_a_key(self):
        plain = HOLDS.replace("key abc  -", "plain")
        assert problems(looks={name: plain for name in NAMES}) == []
        # One that has none is no reason to ask the others for theirs.
        assert "has no key" in problems(looks={**{name: HOLDS for name in NAMES}, "node2": "node node1\nnode node2\n"})[0]

    def test_without_one_that_is_named(self):
        assert problems(NAMES[:2], without=["node3"]) == []

    def test_a_lone_return(self):
        lived = {"node1": corosync("node_lost"), "node2": corosync("node_lost"), "node3": STOPPED}
        found = problems(corosyncs=lived, running=NAMES[:2])
        assert found == ["This is no cold start: the cluster lives on node1, node2, with quorum, and node3 would come back to "
                         "it alone. Start it there (systemctl start corosync pacemaker), look at it, and readmit it: "
                         "playbooks/readmit.yml -e readmit_node=node3."]
        # Nor is one that does not answer, and it is not switched on.
        lived.pop("node3")
        pacemakers = {name: RUNS for name in lived}
        assert "node3 would come back" in cold.lone_return_problems(lived, pacemakers, ["node3"])[0]
        assert cold.lone_return_problems(lived, pacemakers, []) == []

    def test_remote_nodes(self):
        """They have neither corosync's key nor its configuration, and no vote."""
        looks, remotes = {name: HOLDS for name in NAMES}, ["remote1", "remote2"]
        assert problems(looks=dict(looks, remote1="", remote2=""), remotes=remotes) == []
        silent = problems(looks=dict(looks, remote1=""), remotes=remotes)
        assert len(silent) == 1 and silent[0].startswith("remote2 does not answer. Switch it on, and run again; or go on "
                                                         "without: -e cold_start_without=remote2.")
        assert problems(looks=dict(looks, remote1=""), remotes=remotes, without=["remote2"]) == []
        # Nor do they make a cluster without nodes.
        assert problems(present=(), looks={"remote1": "", "remote2": ""}, remotes=remotes)[0].startswith("No node answers.")
        few = problems(NAMES[:1], NAMES[1:], looks={"node1": HOLDS, "remote1": "", "remote2": ""}, remotes=remotes)
        assert "node1 would have 1 votes of the 2" in few[0]
        named = problems(looks=dict(looks, remote1="", remote2=""), remotes=remotes, without=["remote2"])
        assert named == ["cold_start_without is 'remote2'; allowed is a node that does not answer: none."]

    def test_partitions(self):
        apart = {name: dict(corosync("no_quorum"), members=[name]) for name in NAMES}
        assert "corosync runs on node1 and on node2, node3" in problems(corosyncs=apart)[0]

    def test_two_nodes_wait_for_each_other(self):
        two = NAMES[:2]
        assert "wait_for_all is in effect, so node1 wait for node2" in problems(
            ["node1"], ["node2"], conf(two, two_node=True), two)[0]
        assert problems(["node1"], ["node2"], conf(two, two_node=True, wait_for_all=False), two) == []

    def test_the_vote_of_a_device(self):
        text = conf(NAMES[:2], device={"model": "net", "votes": 1, "net": {"host": "198.18.0.21", "algorithm": "ffsplit"}})
        assert problems(["node1"], ["node2"], text, NAMES[:2]) == []
        assert "1 votes of the 2" in problems(["node1"], ["node2"], conf(NAMES[:2]), NAMES[:2])[0]


def test_who_runs_what():
    node = {"online": True, "standby": False}
    told = cold.cluster_told({
        "cluster": {"maintenance": True},
        "nodes": {"node1": node, "node2": dict(node, standby=True), "node3": dict(node, online=False)},
        "resources": {"vip": {"nodes": ["node1"]}, "nginx": {"nodes": ["node1"]}, "disk": {"nodes": []}},
    })
    assert told[:5] == ["node1: nginx, vip", "node2: nothing", "node3: nothing", "Does not run: disk.", "Not online: node3."]
    assert "readmit_node=node2" in told[5] and told[6].startswith("The cluster is in maintenance")


@pytest.mark.parametrize("text, said", [
    (conf(), []),
    (conf(totem={"transport": "udpu"}), ["plain"]),
    (conf(totem={"crypto_cipher": "none", "crypto_hash": "none"}), ["plain"]),
    (conf(totem={"crypto_cipher": "none"}), []),
    # As Debian's own example, which is no cluster.
    (conf(NAMES[:1], {"transport": "udpu"}), []),
    # By hand, and with what corosync_conf does not write.
    (conf(totem={"transport": "udpu"}).replace("version: 2", "version: 2\n secauth : on"), []),
    (None, []),
])
def test_what_a_node_says_of_a_key_that_it_needs(tmp_path, text, said):
    """The part of the look that is about corosync.conf, run as on a node."""
    look = yaml.safe_load(VARS.read_text(encoding="utf-8"))["__pacemaker_look"]
    path = tmp_path / "corosync.conf"
    if text:
        path.write_text(text, encoding="utf-8")
    look = re.sub(r"\{\{.*?\}\}", str(tmp_path / "nothing"), look.split("done;")[2]).replace(
        "/etc/corosync/corosync.conf", str(path))
    done = subprocess.run(["sh", "-c", look], capture_output=True, text=True, check=False)
    assert done.stderr == "" and done.returncode == 0
    names = [] if text is None else NAMES if "node3" in text else NAMES[:1]
    assert done.stdout.splitlines() == ["node " + name for name in names] + said
