# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugin asks, and what it says of nodes that do not come up."""

from __future__ import annotations

import subprocess
import types

import pytest
from ansible_collections.halab.cluster.plugins.action import lab_ready


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs the plugin where the nodes named answer SSH; node2 has a console."""
    console = tmp_path / "console"
    console.write_bytes(b"Starting\r\n\x1b[31mKernel panic\x1b[0m \xff\r\n")
    clock = types.SimpleNamespace(now=0.0, time=lambda: clock.now,
                                  sleep=lambda seconds: setattr(clock, "now", clock.now + seconds))
    monkeypatch.setattr(lab_ready, "time", clock)
    monkeypatch.setattr(lab_ready.ActionBase, "run", lambda self, tmp=None, task_vars=None: {})
    asked = []

    def go(*answering, check=False):
        def ssh(command, **options):
            asked.append(command)
            if command[-2] not in answering:
                raise subprocess.TimeoutExpired(command, options["timeout"])
            return types.SimpleNamespace(returncode=0)

        monkeypatch.setattr(lab_ready.subprocess, "run", ssh)
        plugin = lab_ready.ActionModule.__new__(lab_ready.ActionModule)
        plugin._task = types.SimpleNamespace(check_mode=check)
        plugin.validate_argument_spec = lambda spec: (None, {
            "hosts": ["node1", "node2"], "ssh_config": "/lab/ssh_config", "consoles": {"node2": str(console)},
            "timeout": 30, "interval": 15})
        return plugin.run(task_vars={}), asked

    return go


def test_all_answer(run):
    result, asked = run("node1", "node2")
    assert result == {"changed": False}
    assert sorted(command[-2] for command in asked) == ["node1", "node2"]
    assert asked[0][:3] == ["ssh", "-F", "/lab/ssh_config"]


def test_the_last_lines_of_the_console_are_shown(run):
    result, dummy = run("node1")
    assert result["failed"]
    assert result["msg"] == [
        "node2 did not answer by SSH within 30 s.", "node2: Starting", "node2: Kernel panic \ufffd"]


def test_one_that_answers_is_not_asked_again(run):
    dummy, asked = run("node1")
    assert [command[-2] for command in asked].count("node1") == 1


def test_check_mode_waits_for_nobody(run):
    assert run(check=True)[1] == []
