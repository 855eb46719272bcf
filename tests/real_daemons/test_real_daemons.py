# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit tests that need a haproxy or a keepalived, and all examples of docs/haproxy.md, on a balancer: it has both."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import daemons_there
import pytest
import topology


def test_the_unit_tests_that_need_a_daemon(tmp_path):
    # One balancer is as good as the other: they have the same daemons.
    said = daemons_there.run(topology.members("balancers")[-1], tmp_path)
    assert re.search(r"\d+ passed", said) and "skipped" not in said, said


def test_the_end_of_a_process_that_keepalived_tracks():
    """On this machine, by the files of a balancer: a container's keepalived is told of no process by the kernel."""
    lab = json.loads(topology.SSH_CONFIG.with_name("lab.json").read_text(encoding="utf-8"))
    balancer = lab["nodes"][topology.members("balancers")[-1]]
    if balancer["backend"] != "container":
        pytest.skip("the balancers are VMs, whose files are out of reach")
    # As role lab: root has no need of it, and may not have it.
    root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    pid = subprocess.run([*root, lab["podman"], "inspect", "--format={{.State.Pid}}", balancer["machine"]],
                         capture_output=True, text=True, check=True).stdout.strip()
    environment = ["HALAB_KEEPALIVED_OF=" + pid, "PYTHONDONTWRITEBYTECODE=1",
                   "PYTHONPATH=%s" % (topology.ROOT / ".cache" / "collections")]
    done = subprocess.run(
        [*root, "env", *environment, sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider",
         str(topology.ROOT / "tests" / "unit" / "test_keepalived_process_events.py")],
        capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    if "skipped" in said:
        # As it is where this is itself a container.
        pytest.skip(said)
    assert "1 passed" in said, said
