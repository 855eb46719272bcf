# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How role corosync has a changed corosync.conf taken on: its handlers, with tools that say what real ones said."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from transcripts import FIXTURES, Transcript

ROOT = Path(__file__).resolve().parents[2]
REFUSED = (0, "Reloading corosync.conf...\n", "Could not reload configuration. Error CS_ERR_INVALID_PARAM\n")
DONE = (0, "Reloading corosync.conf...\nDone\n", "")
SYSTEMCTL = {
    "systemctl show corosync-qdevice": (0, "LoadState=loaded\nActiveState=active\nSubState=running\n", ""),
    "systemctl restart corosync-qdevice": (0, "", ""),
}
PLAY = [{
    "hosts": "all",
    "gather_facts": False,
    "tasks": [
        {"ansible.builtin.import_role": {"name": "halab.cluster.corosync", "tasks_from": "assert"}},
        {"ansible.builtin.set_fact": {"__corosync_daemon": {"reload_pending": True}}},
        {"ansible.builtin.debug": {"msg": "written"}, "changed_when": True, "notify": "Reload corosync"},
    ],
}]


def tool(folder, name, answers):
    """A command that says what was recorded, and notes how it was called."""
    cases = "".join(
        "%s) printf %%s %s; printf %%s %s >&2; exit %d;;\n" % (
            shlex.quote(" ".join(command.split()[1:])), shlex.quote(out), shlex.quote(err), rc)
        for command, (rc, out, err) in answers.items() if command.split()[0] == name)
    path = folder / name
    path.write_text("#!/bin/sh\necho %s $* >> %s/calls\ncase $* in\n%sesac\nexit 99\n" % (name, folder, cases),
                    encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def reload(tmp_path):
    def run(changes, answer=DONE, options=(), state="healthy", tasks=None):
        answers = {**Transcript("corosync", "debian13", state).answers, **SYSTEMCTL, "corosync-cfgtool -R": answer}
        for name in ("corosync", "corosync-cmapctl", "corosync-quorumtool", "corosync-cfgtool",
                     "corosync-qdevice-tool", "systemctl"):
            tool(tmp_path, name, answers)
        head = (FIXTURES / "corosync" / "debian13" / (state + ".txt")).read_text(encoding="utf-8").split("\n\n")[0]
        text = "\n".join(line[2:] for line in head.splitlines()[1:]) + "\n"
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "corosync.conf").write_text(text, encoding="utf-8")
        (tmp_path / "pending").touch()
        (tmp_path / "authkey").write_text("secret", encoding="ascii")
        (tmp_path / "play.yml").write_text(yaml.safe_dump([{
            **PLAY[0], "tasks": tasks or PLAY[0]["tasks"], "environment": {"PATH": "%s:%s" % (tmp_path, os.environ["PATH"])}}]), encoding="utf-8")
        node = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        hosts = {"node%d" % number: {**node, "corosync_node": {
            "nodeid": number, "ring0_addr": "198.18.0.1%d" % number}} for number in (1, 2, 3)}
        # Beats what the role says.
        variables = {"__corosync_conf_file": {"path": str(tmp_path / "corosync.conf")},
                     "__corosync_reload_pending": str(tmp_path / "pending"),
                     "__corosync_qdevice_pending": str(tmp_path / "pending"),
                     "__corosync_note": str(tmp_path / "note"), "__corosync_keyfile": str(tmp_path / "authkey")}
        (tmp_path / "extra.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
        inventory = {"all": {"children": {"cluster": {"hosts": hosts}}}}
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
        environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                           ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                           PATH="%s:%s:%s" % (tmp_path, Path(sys.executable).parent, os.environ["PATH"]))
        done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "-e", "@extra.yml", "play.yml", *options],
                              cwd=tmp_path, check=False, env=environment, capture_output=True, text=True)
        calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
        output = " ".join((done.stdout + done.stderr).split())
        count = calls.count("corosync-cfgtool -R") + calls.count("systemctl restart corosync-qdevice")
        return done.returncode, output, count, (tmp_path / "pending").exists()

    return run


def test_one_node_tells_all(reload):
    rc, output, reloads, pending = reload([("token: 1000", "token: 2000")])
    assert (rc, reloads, pending) == (0, 1, False), output
    assert "does not heed it" not in output


def test_check_mode_reloads_nothing(reload):
    rc, output, reloads, pending = reload([("token: 1000", "token: 2000")], options=["--check"])
    assert (rc, reloads, pending) == (0, 0, True), output


def test_what_only_a_restart_takes_on_is_said(reload):
    rc, output, reloads, pending = reload([
        ("token: 1000", "token: 2000\n  netmtu: 9000"),
        ("provider: corosync_votequorum", "provider: corosync_votequorum\n  wait_for_all: 1")])
    assert (rc, reloads, pending) == (0, 1, False), output
    assert "does not heed it before it is restarted: quorum.wait_for_all, totem.netmtu. Restart it on one" in output
    assert "stop of the whole cluster" not in output and "the same on all nodes at any time" not in output


def test_what_corosync_goes_by_is_noted_before_the_reload(reload, tmp_path):
    rc, output, reloads, pending = reload([("token: 1000", "token: 1000\n  netmtu: 9000")])
    assert (rc, reloads) == (0, 1), output
    assert json.loads((tmp_path / "note").read_text(encoding="utf-8"))["heeded"] == {"totem.netmtu": None}


def test_what_cannot_differ_for_a_moment_is_said(reload):
    rc, output, reloads, pending = reload([("transport: knet", "transport: udpu")])
    assert (rc, reloads, pending) == (0, 1, False), output
    assert "totem.transport. These have to be the same on all nodes at any time" in output
    assert "one node after the other" not in output


def test_members_with_different_keys_are_not_told(reload, tmp_path):
    """A reload would cut them off from each other."""
    (tmp_path / "sha256sum").write_text("#!/bin/sh\necho $$\n", encoding="ascii")
    (tmp_path / "sha256sum").chmod(0o755)
    rc, output, reloads, pending = reload([("token: 1000", "token: 2000")])
    assert (rc, reloads, pending) == (2, 0, True), output
    assert "different keys" in output and "playbooks/key_rotate.yml" in output


def test_what_corosync_would_refuse_is_not_tried(reload):
    rc, output, reloads, pending = reload([("ring1_addr: 198.18.1.13", "ring1_addr: 198.18.1.33")])
    # The next run tries again.
    assert (rc, reloads, pending) == (2, 0, True), output
    assert "no reload changes nodelist.node.3.ring1_addr. Take this link away" in output


def test_a_refusal_that_ends_with_0_is_seen(reload):
    rc, output, reloads, pending = reload([("token: 1000", "token: 2000")], REFUSED)
    assert (rc, reloads, pending) == (2, 1, True), output
    assert "CS_ERR_INVALID_PARAM" in output


DEVICE = [("provider: corosync_votequorum", """provider: corosync_votequorum
  device {
    model: net
    net {
      host: 198.18.0.50
      algorithm: lms
    }
  }""")]


def test_a_device_is_taken_on_while_the_nodes_have_the_quorum_without_it(reload):
    # Three votes of five, and three are needed.
    rc, output, reloads, pending = reload(DEVICE)
    assert (rc, reloads, pending) == (0, 1, False), output


def test_a_device_that_would_cost_the_quorum_waits(reload):
    rc, output, reloads, pending = reload(DEVICE, state="node_lost")
    assert (rc, reloads, pending) == (2, 0, True), output
    assert "have 2 votes of the 3 that they need until the device votes" in output


NEEDLESS = [{"ansible.builtin.include_role": {"name": "halab.cluster.corosync", "tasks_from": "needless"}}]


@pytest.mark.parametrize("state, rc", [("ffsplit_node1", 0), ("host_lost_node1", 0), ("split_node1", 2),
                                       # It has no quorum that it could lose.
                                       ("split_node2", 0)])
def test_a_vote_is_taken_only_from_nodes_that_do_not_need_it(reload, state, rc):
    found, output, reloads, dummy = reload([], state="qnetd/" + state, tasks=NEEDLESS)
    assert (found, reloads) == (rc, 0), output
    assert ("there is no quorum on node1, node2, node3: corosync-qdevice goes on as it is" in output) == (rc != 0)


RESTART = [
    PLAY[0]["tasks"][0],
    {"ansible.builtin.set_fact": {"__corosync_qdevice": {"reload_pending": True}}},
    {"ansible.builtin.debug": {"msg": "written"}, "changed_when": True, "notify": "Restart corosync-qdevice"},
]


def test_a_changed_device_restarts_what_speaks_with_it(reload):
    rc, output, restarts, pending = reload([], state="qnetd/ffsplit_node1", tasks=RESTART)
    assert (rc, restarts, pending) == (0, 3, False), output


def test_it_does_not_while_a_node_needs_the_vote(reload):
    rc, output, restarts, pending = reload([], state="qnetd/split_node1", tasks=RESTART)
    # The next run tries again.
    assert (rc, restarts, pending) == (2, 0, True), output
