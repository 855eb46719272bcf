# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugins that ask first, as Ansible uses them: on this machine, with a systemctl that it is given."""

from __future__ import annotations

import getpass
import grp
import os
import subprocess
import sys
from pathlib import Path

import first_question
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SHOWN = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"


@pytest.fixture
def play(tmp_path):
    """Runs a task of each module; returns the output."""
    first_question.give_systemctl(tmp_path / "bin", [
        {"argv": "systemctl show --property=LoadState,ActiveState,UnitFileState -- d", "out": SHOWN}])
    files = [{"path": str(tmp_path / "d.conf"), "secret_content": "{{ 'it costs $5\n' }}", "owner": getpass.getuser(),
              "group": grp.getgrgid(os.getegid()).gr_name}]
    hosts = {"path": str(tmp_path / "hosts"), "nodes": [{"address": "198.18.0.11", "name": "node1"}]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        # It is for the question, too.
        "environment": {"PATH": "%s:%s" % (tmp_path / "bin", os.environ["PATH"])},
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [
            {"name": "The daemon", "halab.cluster.daemon": {"name": "d", "enabled": "{{ 'yes' }}", "files": files}},
            {"name": "The hosts file", "halab.cluster.hosts_file": hosts},
        ],
    }]))

    def run(*options):
        environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                           ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"))
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-playbook"), "-vvv", "--diff", "-i", "localhost,", *options,
             str(tmp_path / "play.yml")], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "it costs" not in done.stdout
        return done.stdout
    return run


def test_modules_run_only_where_there_is_something_to_do(play, tmp_path):
    first = play()
    assert first.count("Using module file") == 2 and "changed=2 " in first
    again = play()
    assert "Using module file" not in again and "ok=2 " in again and "changed=0 " in again
    (tmp_path / "d.conf").chmod(0o600)
    checked = play("--check")
    assert checked.count("Using module file") == 1 and "changed=1 " in checked
