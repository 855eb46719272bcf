# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role haproxy as a user meets it, until a host would be touched: files are read, and what is wrong is refused."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import haproxy_examples
import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_cfg

ROOT = Path(__file__).resolve().parents[2]
PLAY = [{
    "hosts": "all",
    "gather_facts": False,
    "tasks": [
        {"ansible.builtin.include_role": {"name": "halab.cluster.haproxy", "tasks_from": "assert", "public": True}},
        {"ansible.builtin.debug": {"msg": "{{ __haproxy_files | to_json }}"}, "when": "show | default(false)"},
        {"ansible.builtin.raw": "true"},
    ],
}]


def run(directory, variables):
    (directory / "play.yml").write_text(yaml.safe_dump(PLAY), encoding="utf-8")
    # Port 1 of this machine: refused at once, instead of waiting for an answer.
    variables = dict(variables, ansible_host="127.0.0.1", ansible_port=1)
    (directory / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"lb1": variables}}}), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                       PATH="%s:%s" % (Path(sys.executable).parent, os.environ["PATH"]))
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "play.yml", "-vvv"], cwd=directory, env=environment,
                          capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def variables(tmp_path):
    (tmp_path / "files").mkdir()
    pem = haproxy_examples.certificate(tmp_path)
    (tmp_path / "files" / "web.pem").write_text(pem + "\n\n", encoding="ascii")
    (tmp_path / "files" / "sorry.html").write_text("<p>closed for today</p>\n", encoding="ascii")
    return {
        "haproxy_certificates": [
            {"name": "web.pem", "src": "web.pem"},
            {"name": "b.pem", "pem": pem + "ieTh7ieyah"},
        ],
        "haproxy_errorfiles": [{"code": 503, "src": "sorry.html"}],
        "haproxy_peers": [{"name": "both", "peer": "lb1 192.0.2.11:10000"}],
        "haproxy_userlists": [{"name": "ops", "user": "admin insecure-password eeTh7ieyah"}],
        "haproxy_frontends": [{"name": "web", "bind": ":443 ssl crt web.pem", "default_backend": "web"}],
        "haproxy_backends": [{"name": "web", "server": "a 192.0.2.21:80"}],
    }


def test_what_is_right_goes_on_to_the_host_without_a_secret(tmp_path, variables):
    output = run(tmp_path, variables)
    assert "UNREACHABLE" in output, output
    assert "eeTh7ieyah" not in output and "ieTh7ieyah" not in output


def test_files_of_the_controller_are_read_as_they_are(tmp_path, variables):
    output = run(tmp_path, dict(variables, show=True)).replace("\\\\", "\\")
    # The report breaks lines at blanks.
    assert "KEY-----\\n\\n\\n" in " ".join(output.split()).replace("\\\\n", "\\n"), output
    assert "closed for today" in output and "localpeer lb1" in output
    assert "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA" in output


@pytest.mark.parametrize("change, expected", [
    ({"haproxy_backends": []}, "there is no backend web; allowed are none"),
    ({"haproxy_certificates": [{"name": "web.pem", "src": "wep.pem"}]}, "wep.pem"),
    ({"haproxy_certificates": [{"name": "web.pem", "src": "sorry.html"}]}, "its text has no -----BEGIN line"),
])
def test_what_is_wrong_is_refused_before_a_host_is_touched(tmp_path, variables, change, expected):
    output = run(tmp_path, dict(variables, **change))
    assert expected in output, output
    assert "UNREACHABLE" not in output
    assert "eeTh7ieyah" not in output


def test_the_drill_of_a_restart_needs_one():
    """What the inventory's drill changes is what the script of the role leaves to a restart, there and back."""
    drills = yaml.safe_load((ROOT / "inventories/webfarm/group_vars/all/drills.yml").read_text(encoding="utf-8"))
    changed = next(drill for drill in drills["drill_list"] if drill["name"] == "restart")["variables"]
    nothing = dict.fromkeys(["haproxy_defaults", "haproxy_errorfiles", *_haproxy_cfg.SECTIONS], [])
    now, then = (_haproxy_cfg.haproxy_cfg(dict(nothing, **{"haproxy_global": {}, **more}), haproxy_examples.base())
                 for more in ({}, changed))
    script = runpy.run_path(str(ROOT / "roles/haproxy/files/haproxy-reload"))
    for before, after in ((now, then), (then, now)):
        assert script["restart_reasons"](before, after) == ["permissions of /run/haproxy/admin.sock"]
    task = yaml.safe_load((ROOT / "roles/haproxy/tasks/service.yml").read_text(encoding="utf-8"))[0]
    assert task["halab.cluster.daemon"]["restart"] == ["{{ __haproxy_script.path }}", "--restart"]
