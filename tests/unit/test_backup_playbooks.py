# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/backup.yml, restore.yml and cold_start.yml: what must not change in their order, and what they refuse first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TASKS = ROOT / "roles" / "pacemaker" / "tasks"


def names(tasks):
    """Names of tasks, those of blocks among them, in their order."""
    return [name for task in tasks for name in [task["name"], *names(task.get("block", []))]]


def tasks_of(name):
    return yaml.safe_load((TASKS / (name + ".yml")).read_text(encoding="utf-8"))


def test_module_copy_does_not_decrypt_the_backup():
    (block,) = [task["block"] for task in tasks_of("backup_write") if "block" in task]
    assert block[0]["ansible.builtin.copy"]["decrypt"] is False and block[0]["ansible.builtin.copy"]["mode"] == "0600"


def test_what_holds_secrets_is_not_shown():
    for name in ("backup", "backup_look", "backup_write", "restore_plan"):
        tasks = [each for task in tasks_of(name) for each in [task, *task.get("block", [])]]
        for task in tasks:
            if {"halab.cluster.cluster_files_info", "ansible.builtin.set_fact", "ansible.builtin.copy"} & {*task}:
                assert task.get("no_log") is True or "__pacemaker_moment" in task["ansible.builtin.set_fact"], task["name"]


def test_the_configuration_comes_before_what_the_variables_say():
    order = names(tasks_of("resources"))
    assert order.index("Bring back the configuration of a backup, where this is a restore") < order.index(
        "Apply the configuration of the cluster")


def test_corosync_has_quorum_before_any_pacemaker_starts():
    order = names(tasks_of("cold_start"))
    assert order.index("Start corosync") < order.index("Wait until it sees the others, with quorum") < order.index(
        "Start Pacemaker")


def test_a_node_that_does_not_answer_does_not_end_a_run_without_a_word():
    """any_errors_fatal does, where the node is ignored for being unreachable."""
    for name, tasks in (("backup", "backup_reach"), ("cold_start", "cold_plan")):
        plays = yaml.safe_load((ROOT / "playbooks" / (name + ".yml")).read_text(encoding="utf-8"))
        (play,) = [play for play in plays for task in play.get("tasks", [])
                   if task.get("ansible.builtin.include_role", {}).get("tasks_from") == tasks]
        assert "any_errors_fatal" not in play
    assert "ignore_unreachable" in (TASKS / "backup_reach.yml").read_text(encoding="utf-8")


def test_nobody_is_switched_on_beside_a_cluster_that_lives():
    order = names(tasks_of("cold_plan"))
    assert order.index("Refuse a cluster that lives") < order.index("Switch on those that do not answer")
    # Nor for a name that is none.
    assert order[0] == "Refuse to go on without somebody whom nobody knows"


def test_remote_nodes_are_there_before_a_cluster_that_starts_looks_for_them():
    plays = yaml.safe_load((ROOT / "playbooks" / "cold_start.yml").read_text(encoding="utf-8"))
    assert [play["hosts"] for play in plays] == [
        "remote_nodes:!removed", "cluster:remote_hosts:!removed", "cold_start_remotes", "cold_start_nodes"]
    assert plays[2]["tasks"][0]["ansible.builtin.systemd_service"] == {"name": "pacemaker_remote", "state": "started"}


def test_a_restore_is_refused_before_anything_is_put_anywhere():
    plays = yaml.safe_load((ROOT / "playbooks" / "restore.yml").read_text(encoding="utf-8"))
    # The first play only looks, and what it has seen is judged with the rest.
    first = [play["tasks"][-1]["ansible.builtin.include_role"]["tasks_from"] for play in plays[:2]]
    assert first == ["look_qnetd", "restore_plan"] and plays[0]["hosts"] == "qnetd" and len(plays[0]["tasks"]) == 1
    assert [{*task} & {"ansible.builtin.raw"} for task in tasks_of("look_qnetd")] == [{"ansible.builtin.raw"}]
    assert all(play.get("any_errors_fatal") for play in plays if "hosts" in play)
    assert [play["ansible.builtin.import_playbook"] for play in plays if "hosts" not in play] == ["site.yml"]


def test_a_site_has_its_booth_before_the_configuration_that_starts_it():
    paths = yaml.safe_load((ROOT / "roles" / "pacemaker" / "vars" / "main.yml").read_text(encoding="utf-8"))
    assert "/etc/booth" in paths["__pacemaker_backup_paths"]
    plays = yaml.safe_load((ROOT / "playbooks" / "restore.yml").read_text(encoding="utf-8"))
    order = [each for play in plays for each in [play["name"], *names(play.get("tasks", []))]]
    assert order.index("Install booth on the nodes of a site") < order.index("Put it back") < order.index("Converge")


def test_no_password_no_backup(tmp_path):
    """A run that had asked a host would report it as unreachable."""
    hosts = {"node1": {"ansible_ssh_common_args": "-o ConnectTimeout=1 -o HostName=127.0.0.1 -o Port=1"}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"cluster": {"hosts": hosts}}), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"), HOME=str(tmp_path),
                       PATH="%s:%s" % (Path(sys.executable).parent, os.environ["PATH"]))
    environment.pop("ANSIBLE_VAULT_PASSWORD_FILE", None)
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", str(ROOT / "playbooks" / "backup.yml")], cwd=tmp_path,
                          env=environment, capture_output=True, text=True, check=False)
    text = " ".join((done.stdout + done.stderr).split())
    said = "This run has no vault password, and nothing is written unencrypted."
    assert done.returncode != 0 and said in text and "UNREACHABLE" not in text, text
