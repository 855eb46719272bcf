# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role realserver as a user meets it, until a host would be touched: what it would write, and what it refuses."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = [
    {"address": "192.0.2.100", "forwarding": "gate"},
    {"address": "192.0.2.101", "forwarding": "masq", "gateway": "198.51.100.1", "tcp": [80]},
]
PLAY = [{
    "hosts": "all",
    "gather_facts": False,
    "tasks": [
        {"ansible.builtin.include_role": {"name": "halab.cluster.realserver", "tasks_from": "assert", "public": True}},
        {"ansible.builtin.debug": {"msg": "<{{ __realserver_files | map(attribute='content') | map('b64encode') }}>"}},
        {"ansible.builtin.raw": "true"},
    ],
}]


def run(directory, services):
    # A task behind the role looks here for its files.
    (directory / "files").symlink_to(ROOT / "roles" / "realserver" / "files")
    (directory / "play.yml").write_text(yaml.safe_dump(PLAY), encoding="utf-8")
    # Port 1 of this machine: refused at once, instead of waiting for an answer.
    variables = {"realserver_services": services, "ansible_host": "127.0.0.1", "ansible_port": 1}
    (directory / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"web1": variables}}}), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                       PATH="%s:%s" % (Path(sys.executable).parent, os.environ["PATH"]))
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "play.yml"], cwd=directory, env=environment,
                          capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_what_is_right_goes_on_to_the_host_as_files(tmp_path):
    output = run(tmp_path, SERVICES)
    assert "UNREACHABLE" in output, output
    program, config, unit = [base64.b64decode(text).decode() for text in re.findall("'([A-Za-z0-9+/=]{40,})'", output)]
    assert program.startswith("#!/usr/bin/python3\n# Copyright")
    compile(program, "realserver", "exec")
    assert json.loads(config) == {"services": SERVICES}
    assert "ExecStart=/usr/local/sbin/realserver start\n" in unit


@pytest.mark.parametrize("services, expected", [
    ("web", "allowed is a list of dictionaries"),
    ([{"address": "192.0.2.100", "forwarding": "DR"}], "allowed are gate, ipip, masq"),
])
def test_what_is_wrong_is_refused_before_a_host_is_touched(tmp_path, services, expected):
    output = run(tmp_path, services)
    assert expected in output and "UNREACHABLE" not in output, output
