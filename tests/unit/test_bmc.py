# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role lab's BMC: what it knows of its node without asking the engine."""

from __future__ import annotations

import importlib.util
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
