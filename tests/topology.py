# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topology that a scenario's tests look at: its inventory, its nodes, runs of its playbooks."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
from pathlib import Path

import testinfra
import yaml

ROOT = Path(__file__).resolve().parents[1]
NAME = os.environ.get("HALAB_TOPOLOGY", "failover")
INVENTORY = ROOT / "inventories" / NAME
# What a scenario plugs into the nodes beside what the topology describes: one more inventory. Unset elsewhere.
HARDWARE = os.environ.get("HALAB_HARDWARE")
SOURCES = ["--inventory=%s" % source for source in (INVENTORY, HARDWARE) if source]
# Variables of the inventory that have another value in this lab, as for make: VARS. Unset or empty elsewhere.
VARS = os.environ.get("HALAB_VARS")
EXTRA_VARS = ["--extra-vars=%s" % VARS] if VARS else []
# Written by the lab. On real hosts there is none, and SSH uses its own configuration.
SSH_CONFIG = Path.home() / ".cache" / "halab" / "labs" / NAME / "ssh_config"
# Testinfra keeps a connection open, and has to be told where.
# A node that breaks down says no farewell: without the questions, its last command would be waited for for ever.
SSH_ARGUMENTS = "-o ServerAliveInterval=5 -o ServerAliveCountMax=6 -o ControlPath=%s" % SSH_CONFIG.with_name("%n.ssh")
# A command that lists everything below the folders that roles write to, and when it was written.
FILES = "find /etc /usr/local /var/lib/pacemaker/cib /var/lib/corosync -xdev -type f -printf '%p %T@ %s %m\\n' | sort"
# What makes the topology of its nodes: an inventory with sites has a playbook of its own, as in the Makefile.
PLAYBOOK = "geo.yml" if (INVENTORY / "group_vars" / "site_a").is_dir() else "site.yml"
# short: leave out what has been seen on another release of the nodes' system.
SHORT = os.environ.get("HALAB_DEPTH", "full") == "short"


def playbook_command(name, *arguments):
    """The command that runs one of the collection's playbooks on this topology."""
    system = "lab_os=%s" % os.environ.get("HALAB_OS", "debian13")
    return ["ansible-playbook", *SOURCES, "-e", system, *EXTRA_VARS, str(ROOT / "playbooks" / name), *arguments]


def environment(**more):
    """The environment for Ansible, the same as in the Makefile, but for what changes a report.

    Callbacks add lines to it, and mitogen leaves all hosts of a task out of it but the first.
    """
    left_out = ("ANSIBLE_CALLBACKS_ENABLED", "ANSIBLE_STRATEGY", "ANSIBLE_STRATEGY_PLUGINS")
    inherited = {key: value for key, value in os.environ.items() if key not in left_out}
    return dict(
        inherited,
        ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_FORCE_COLOR="0",
        **more,
    )


def asked_once(ask):
    """Asks Ansible once, for all workers of pytest where HALAB_ANSWERS is a folder: an answer costs seconds."""
    @functools.lru_cache(maxsize=None)
    def answer():
        folder = os.environ.get("HALAB_ANSWERS")
        if not folder:
            return ask()
        path = Path(folder, "%s.json" % ask.__name__)
        if not path.exists():
            path.write_text(json.dumps(ask()), encoding="utf-8")
        return json.loads(path.read_text(encoding="utf-8"))

    return answer


@asked_once
def inventory():
    """The inventory as ansible-inventory prints it; templates in it are not rendered."""
    done = subprocess.run(
        ["ansible-inventory", *SOURCES, *EXTRA_VARS, "--list"],
        env=environment(), capture_output=True, text=True, check=True,
    )
    return json.loads(done.stdout)


def members(group):
    """The names of the hosts in a group and its children, in their order."""
    found = inventory().get(group, {})
    return found.get("hosts", []) + [node for child in found.get("children", []) for node in members(child)]


def nodes():
    """The names of the topology's hosts, in the order of the group that the lab makes nodes of."""
    groups = {found.get("lab_group", "cluster") for found in inventory()["_meta"]["hostvars"].values()}
    assert len(groups) == 1, "the hosts of %s name different groups as lab_group: %s" % (NAME, sorted(groups))
    return members(groups.pop())


def matching(pattern):
    """The names of the hosts of a play: those of a group, without those of another one (group:!other).

    Where a playbook that imports the play may say otherwise, it is the default that counts.
    """
    pattern = re.sub(r"^{{ \w+ \| default\('(.*)'\) }}$", r"\1", pattern)
    group, *others = pattern.split(":!")
    left_out = [node for other in others for node in members(other)]
    return [node for node in members(group) if node not in left_out]


def roles():
    """The roles that its playbook itself applies to the hosts of this topology."""
    plays = yaml.safe_load((ROOT / "playbooks" / PLAYBOOK).read_text(encoding="utf-8"))
    names = [role["role"] for play in plays for role in play.get("roles", []) if matching(play["hosts"])]
    return [name.rpartition(".")[2] for name in names]


def variables(node):
    """The variables of a host."""
    return inventory()["_meta"]["hostvars"][node]


@asked_once
def rendered():
    """{node: {variable: value}} for those below that are defined, with what the inventory's templates become."""
    kinds = ("lab_disks", "lab_interfaces", "bonding_bonds", "keepalived_instances", "realserver_services",
             "nameserver_records", "ipvsadm_services", "ipvsadm_daemons", "ipvsadm_sysctl", "ldirectord_virtual",
             "pacemaker_resources", "fencing_device")
    if not any(variables(node).get(kind) for node in nodes() for kind in kinds):
        return {node: {} for node in nodes()}
    # Addresses are made from the nodes' own, and only Ansible renders that: all kinds in one run, which takes seconds.
    message = {kind: "{{ %s | default(none) }}" % kind for kind in kinds}
    show = ["ansible", *SOURCES, *EXTRA_VARS, ",".join(nodes()), "-m", "ansible.builtin.debug",
            "-a", json.dumps({"msg": message})]
    shown = ansible_json(show)["plays"][0]["tasks"][0]["hosts"]
    return {node: {kind: value for kind, value in shown[node]["msg"].items() if value is not None} for node in nodes()}


def hardware(kind):
    """[(node, description)] for each of the nodes' disks (lab_disks) or cards (lab_interfaces) that are described."""
    return [(node, description) for node in nodes() for description in rendered()[node].get(kind, [])]


def host(node):
    """A node as testinfra sees it, over one SSH connection that stays open."""
    if not SSH_CONFIG.exists():
        return testinfra.get_host("ssh://%s" % node)
    return testinfra.get_host("ssh://%s" % node, ssh_config=str(SSH_CONFIG), ssh_extra_args=SSH_ARGUMENTS)


def send(node, command, data):
    """Runs a command of a shell on a node, with these bytes as its input. Testinfra has no input to give."""
    configuration = ["-F", str(SSH_CONFIG), *SSH_ARGUMENTS.split()] if SSH_CONFIG.exists() else []
    return subprocess.run(["ssh", *configuration, node, command], input=data, capture_output=True, check=False)


def check_units(host, running=(), enabled=()):
    """Fails unless these units of systemd run and these start at boot.

    One command, since on a VM under software emulation each takes a second. When it fails, the last state that it has
    printed is that of the unit which is not as it should be.
    """
    questions = ["systemctl is-active %s" % unit for unit in running]
    questions += ["systemctl is-enabled %s" % unit for unit in enabled]
    host.check_output(" && ".join(questions))


def ansible_json(command, fails=False):
    """Runs Ansible and returns what it reports as data. A failed run, or one that should, fails the test."""
    done = subprocess.run(
        command,
        env=environment(ANSIBLE_STDOUT_CALLBACK="ansible.posix.json", ANSIBLE_LOAD_CALLBACK_PLUGINS="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) is fails, "%s\n%s" % (done.stdout[-8000:], done.stderr[-2000:])
    # Warnings of plugins may stand before the report.
    return json.loads(done.stdout[done.stdout.index("{"):])
