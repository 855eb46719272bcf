# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles around IPVS ask of a host, and refuse there before anything is written.

The host is this machine, which is asked and not changed. Its ip(8) answers as recorded.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
IP = """#!/bin/sh
case $* in
"-json route get 198.51.100.7") echo '[{"dst":"198.51.100.7","gateway":"192.0.2.1","dev":"eth0","flags":[]}]' ;;
"-json route get 192.0.2.7") echo '[{"dst":"192.0.2.7","dev":"eth0","prefsrc":"192.0.2.2","flags":[]}]' ;;
*) exit 1 ;;
esac
"""
REFUSED = "real server 198.51.100.7: forwarding is gate, and it is behind the router 192.0.2.1"


def run(directory, plays, hosts):
    """(return code, output) of plays on hosts that are this machine. hosts: {name: variables}"""
    commands = directory / "bin"
    commands.mkdir()
    (commands / "ip").write_text(IP, encoding="ascii")
    (commands / "ip").chmod(0o755)
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = {"directors": {"hosts": {name: dict(here, **variables) for name, variables in hosts.items()}}}
    (directory / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": inventory}}), encoding="utf-8")
    (directory / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                       PATH="%s:%s:%s" % (commands, Path(sys.executable).parent, os.environ["PATH"]))
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "play.yml"], cwd=directory, env=environment,
                          capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def able(role):
    """A play that asks what the role asks."""
    task = {"ansible.builtin.include_role": {"name": "halab.cluster." + role, "tasks_from": "able"}}
    return {"hosts": "directors", "gather_facts": False, "tasks": [task]}


def ldirectord(*addresses):
    real = [{"address": address, "forwarding": "gate"} for address in addresses]
    return {"ldirectord_virtual": [{"virtual": "192.0.2.10:80", "real": real}]} if real else {}


def ipvsadm(*addresses):
    real = [{"address": address} for address in addresses]
    return {"ipvsadm_services": [{"tcp": "192.0.2.10:80", "real_servers": real}]} if real else {}


@pytest.mark.parametrize(
    ("role", "variables", "said"),
    [
        ("ipvsadm", ipvsadm("192.0.2.7", "198.51.100.7"), "tcp 192.0.2.10:80: real server"),
        ("ldirectord", ldirectord("192.0.2.7", "198.51.100.7"), "Role ldirectord refuses ldirectord_virtual on this"),
    ],
)
def test_a_server_behind_a_router_is_refused_by_name(tmp_path, role, variables, said):
    rc, output = run(tmp_path, [able(role)], {"lb1": variables})
    assert rc != 0 and said in output and REFUSED in output


@pytest.mark.parametrize(("role", "variables"), [
    ("ipvsadm", ipvsadm("192.0.2.7")),
    ("ldirectord", ldirectord("192.0.2.7")),
])
def test_what_can_be_reached_is_not_refused(tmp_path, role, variables):
    rc, output = run(tmp_path, [able(role)], {"lb1": variables})
    assert rc == 0 and "changed=0" in output, output


@pytest.mark.parametrize("role", ["ipvsadm", "ldirectord"])
def test_a_host_that_is_to_balance_nothing_is_not_asked(tmp_path, role):
    rc, output = run(tmp_path, [able(role)], {"lb1": {"ansible_connection": "ssh", "ansible_port": 1}})
    assert rc == 0 and "unreachable=0" in output, output
