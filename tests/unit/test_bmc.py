# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role lab's BMC: what it knows of its node without asking the engine."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("bmc", Path(__file__).parents[2] / "roles/lab/files/bmc.py")
bmc = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(bmc)


@pytest.fixture
def process():
    with subprocess.Popen(["sleep", "60"]) as running:
        yield running
        running.kill()


@pytest.fixture
def node(monkeypatch):
    """A node, and the answers of the engine that are still to come."""
    answers = []
    monkeypatch.setattr(bmc, "run", lambda *argv: answers.pop(0))
    config = {"podman": "podman", "nodes": {"node1": {"machine": "c", "interfaces": [], "disks": []}}}
    return bmc.Container("node1", config), answers


def test_the_engine_is_asked_once_while_the_node_runs(node, process):
    node, answers = node
    answers.append(str(process.pid))
    assert [node.pid() for dummy in range(3)] == [process.pid] * 3


def test_a_node_that_died_by_itself_is_noticed(node, process):
    node, answers = node
    answers += [str(process.pid), ""]
    assert node.pid() == process.pid
    process.kill()
    process.wait()
    assert node.pid() == 0


def test_one_that_was_off_is_asked_for_each_time(node, process):
    node, answers = node
    answers += ["", str(process.pid)]
    assert node.pid() == 0
    assert node.pid() == process.pid


def test_a_zombie_does_not_run(process):
    assert bmc.started(process.pid) is not None
    process.kill()
    while "Z" not in Path("/proc/%d/stat" % process.pid).read_text().rpartition(")")[2].split()[0]:
        pass
    assert bmc.started(process.pid) is None
    process.wait()
    assert bmc.started(process.pid) is None


def test_a_vm_runs_while_the_process_that_libvirt_names_does(process, monkeypatch, tmp_path):
    (tmp_path / "d.pid").write_text(str(process.pid))
    monkeypatch.setattr(bmc, "LIBVIRT_RUN", str(tmp_path))
    there, missing = (bmc.Vm(name, {"nodes": {name: {"machine": name}}}) for name in ("d", "e"))
    assert there.pid() == process.pid and missing.pid() == 0
    process.kill()
    process.wait()
    assert there.pid() == 0


CARDS = [{"name": "eth0", "mac": "52:54:00:00:00:01", "bridge": "br0", "cable": "hl0", "addresses": []},
         {"name": "eth1", "mac": "52:54:00:00:00:02", "port": 20001, "far_port": 20002, "addresses": []}]
DISK = {"name": "a1", "file": "/lab/a1.img", "target": "sdb", "bus": "scsi", "serial": "A-1", "unit": 3, "shared": False}


@pytest.fixture
def hand(monkeypatch):
    """What a pair of hands does to a node, as commands; and what virsh lists."""
    done = []

    def run(*argv):
        if "attach-device" in argv:
            argv = (*argv[:-2], Path(argv[-2]).read_text(), argv[-1])
        done.append(" ".join(argv).replace("virsh --connect qemu:///system --quiet ", "virsh "))
        if "domstate" in argv:
            return hand.states.pop(0)
        return hand.disks if "domblklist" in argv else ""

    monkeypatch.setattr(bmc, "run", run)
    far = {"name": "eth5", "mac": "52:54:00:00:00:03", "port": 20002, "far_port": 20001, "addresses": []}
    config = {"podman": "podman", "nodes": {
        "node1": {"machine": "m", "backend": "vm", "interfaces": CARDS, "disks": [DISK]},
        "node2": {"machine": "n", "backend": "vm", "interfaces": [far], "disks": []}}}
    monkeypatch.setattr(bmc.Vm, "ask_pid", lambda node: os.getpid() if node.domain in hand.running else 0)

    def hand(machine, verb, *arguments):
        done.clear()
        getattr(machine("node1", config), verb)(*arguments)
        return list(done)

    hand.disks = " sdb /lab/a1.img"
    hand.running = ["m", "n"]
    return hand


@pytest.mark.parametrize("machine, state, commands", [
    (bmc.Vm, "out", ["virsh domif-setlink m 52:54:00:00:00:01 down"]),
    # Not out of the bridge: this machine answered ARP there, and a bond found nothing wrong with a dead port.
    (bmc.Vm, "dead", ["virsh domif-setlink m 52:54:00:00:00:01 up", "bridge link set dev hl0 state 0"]),
    (bmc.Vm, "in", ["virsh domif-setlink m 52:54:00:00:00:01 up", "ip link set hl0 nomaster", "ip link set hl0 master br0"]),
    (bmc.Container, "out", ["ip link set hl0 down"]),
    (bmc.Container, "dead", ["ip link set hl0 up", "bridge link set dev hl0 state 0"]),
])
def test_a_cable(hand, machine, state, commands):
    assert hand(machine, "cable", "eth0", state) == commands


def test_a_cable_between_two_vms_is_dead_at_both_ends(hand):
    near, far = "virsh domif-setlink m 52:54:00:00:00:02 ", "virsh domif-setlink n 52:54:00:00:00:03 "
    assert hand(bmc.Vm, "cable", "eth1", "out") == [near + "down", far + "down"]
    assert hand(bmc.Vm, "cable", "eth1", "in") == [near + "up", far + "up"]
    hand.running = ["m"]
    assert hand(bmc.Vm, "cable", "eth1", "out") == [near + "down"]


def test_a_cable_between_two_vms_has_no_port_that_could_be_dead(hand):
    with pytest.raises(SystemExit, match="straight to another VM"):
        hand(bmc.Vm, "cable", "eth1", "dead")


def test_a_disk_is_pulled_out_and_pushed_in_once(hand):
    assert hand(bmc.Vm, "disk", "a1", "out")[1:] == ["virsh detach-disk m sdb --live"]
    assert hand(bmc.Vm, "disk", "a1", "in")[1:] == []
    hand.disks = " vda /lab/root.qcow2"
    (pushed,) = hand(bmc.Vm, "disk", "a1", "in")[1:]
    assert all(word in pushed for word in ("/lab/a1.img", 'dev="sdb"', 'bus="scsi"', "<serial>A-1</serial>", 'unit="3"', "--live"))
    assert hand(bmc.Vm, "disk", "a1", "out")[1:] == []


def test_a_shared_disk_is_pushed_in_as_it_was(hand, monkeypatch):
    monkeypatch.setitem(DISK, "shared", True)
    hand.disks = ""
    (pushed,) = hand(bmc.Vm, "disk", "a1", "in")[1:]
    assert 'cache="none"' in pushed and "<shareable/>" in pushed


def test_what_a_node_has_not_is_named_with_what_it_has(hand):
    with pytest.raises(SystemExit, match="node1 has no eth9; its interfaces are eth0, eth1"):
        hand(bmc.Vm, "cable", "eth9", "out")
    with pytest.raises(SystemExit, match="container"):
        hand(bmc.Container, "disk", "a1", "out")


def test_a_vm_that_has_switched_itself_off_is_started_when_libvirt_has_seen_it(hand):
    hand.running, hand.states = [], ["running", "shut off"]
    assert hand(bmc.Vm, "start") == ["virsh domstate m", "virsh domstate m", "virsh start m"]


def test_a_node_with_an_outlet_can_be_switched_at_two_places():
    config = {"nodes": {"node1": {"bmc_address": "198.18.0.211", "pdu_address": "198.18.0.221"},
                        "node2": {"bmc_address": "198.18.0.212", "pdu_address": None}}}
    assert bmc.places(config) == [("node1", "198.18.0.211"), ("node1", "198.18.0.221"), ("node2", "198.18.0.212")]


def reboots(node, answers, process, code):
    """Whether a node whose container ends with this code is started again."""
    started = []
    node.start = lambda: started.append(True)
    answers.append(str(process.pid))
    node.come_back()
    process.kill()
    process.wait()
    # The engine says that nothing runs, what it came to, and once more that nothing runs.
    answers += ["", "running 0", "exited %d" % code, ""]
    node.come_back()
    return bool(started)


@pytest.mark.parametrize("code, expected", [(129, True), (130, False), (137, False), (0, False)])
def test_a_container_that_reboots_is_started_again(node, process, code, expected):
    """129 is SIGHUP, a reboot; 130 SIGINT, switched off by itself; 137 SIGKILL, by its BMC."""
    node, answers = node
    assert reboots(node, answers, process, code) is expected


def test_one_that_reboots_before_anybody_has_looked_is_started_again(node):
    node, answers = node
    started = []
    node.start = lambda: started.append(True)
    answers.append("")
    node.on()
    answers += ["", "exited 129", ""]
    node.come_back()
    assert len(started) == 2


def test_one_that_was_switched_off_meanwhile_is_not(node, process):
    node, answers = node
    answers.append(str(process.pid))
    node.come_back()
    process.kill()
    process.wait()
    answers.append("")
    node.off()
    answers += ["", ""]
    node.come_back()
    assert answers == []


def test_firmware_takes_longer_than_corosync_takes_to_miss_a_node(node, monkeypatch):
    machine, done = node[0], []
    monkeypatch.setattr(bmc.time, "sleep", lambda seconds: done.append(("waited", seconds)))
    monkeypatch.setattr(machine, "on", lambda: done.append("on"))
    machine.boot()
    # Topology failover notices after token + consensus, 2.2 s, and a container takes two more to be back.
    assert done == [("waited", 2), "on"]
