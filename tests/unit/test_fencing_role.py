# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles fencing and pacemaker: a message on a disk is no fence device before sbd reads the disk on every node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MESSAGE, BMC = {"id": "fence-node1", "agent": "fence_sbd"}, {"id": "fence-node1-2", "agent": "fence_ipmilan"}


@pytest.mark.parametrize("pending, unread, asked", [
    ([], [], [MESSAGE, BMC]),
    (["SBD_DEVICE"], ["node2"], [BMC]),
    # Another setting that waits for a restart is no reason.
    (["SBD_WATCHDOG_TIMEOUT"], [], [MESSAGE, BMC]),
])
def test_who_has_to_wait(tmp_path, pending, unread, asked):
    def told(names):
        return {"sbd": {"pending": names}}

    hosts = {"node1": {"__fencing_sbd": told([]), "__pacemaker_sbd": told([])},
             "node2": {"__fencing_sbd": told(pending), "__pacemaker_sbd": told(pending)}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"cluster": {"hosts": hosts}}), encoding="utf-8")
    play = {"hosts": "cluster", "gather_facts": False, "connection": "local",
            "vars_files": [str(ROOT / "roles" / role / "vars" / "main.yml") for role in ("fencing", "pacemaker")],
            "vars": {"pacemaker_group": "cluster", "fencing_devices": [MESSAGE, BMC],
                     "ansible_python_interpreter": sys.executable},
            "tasks": [{"name": "See", "ansible.builtin.copy": {
                "dest": str(tmp_path / "seen"), "mode": "0644",
                "content": "{{ {'unread': __fencing_unread, 'asked': __pacemaker_asked} | to_json }}"}, "run_once": True}]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = subprocess.run(
        ["ansible-playbook", "-i", str(tmp_path / "hosts.yml"), str(tmp_path / "play.yml")],
        env=dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg")), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "seen").read_text(encoding="utf-8")) == {"unread": unread, "asked": asked}
