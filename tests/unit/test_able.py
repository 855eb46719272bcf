# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles of balancers and directors ask of a host, and refuse there before anything is written.

The host is this machine, which is asked and not changed. Its ip(8) answers as recorded.
"""

from __future__ import annotations

import os
import socket
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
ROLES = ["ipvsadm", "ldirectord", "keepalived"]
REFUSED = "real server 198.51.100.7: forwarding is gate, and it is behind the router 192.0.2.1"


def run(directory, plays, hosts, *arguments, group="directors", more=None):
    """(return code, output) of plays on hosts that are this machine. hosts: {name: variables}; more: other groups"""
    commands = directory / "bin"
    commands.mkdir()
    (commands / "ip").write_text(IP, encoding="ascii")
    (commands / "ip").chmod(0o755)
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    found = {"hosts": {name: dict(here, **variables) for name, variables in hosts.items()}}
    inventory = {group: found, **(more or {})}
    (directory / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": inventory}}), encoding="utf-8")
    (directory / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                       PATH="%s:%s:%s" % (commands, Path(sys.executable).parent, os.environ["PATH"]))
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "play.yml", *arguments], cwd=directory, env=environment,
                          capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def able(role):
    """A play that asks what the role asks."""
    task = {"ansible.builtin.include_role": {"name": "halab.cluster." + role, "tasks_from": "able"}}
    return {"hosts": "directors", "gather_facts": False, "tasks": [task]}


def ldirectord(*addresses):
    real = [{"address": address, "forwarding": "gate"} for address in addresses]
    return {"ldirectord_virtual": [{"virtual": "192.0.2.10:80", "real": real}]}


def ipvsadm(*addresses):
    real = [{"address": address} for address in addresses]
    return {"ipvsadm_services": [{"tcp": "192.0.2.10:80", "real_servers": real}]}


def keepalived(*addresses):
    real = [{"address": address, "port": 80} for address in addresses]
    server = {"address": "192.0.2.10", "port": 80, "lvs_sched": "wlc", "lvs_method": "DR", "real_server": real}
    return {"keepalived_virtual_servers": [server]}


@pytest.mark.parametrize(
    ("role", "variables", "said"),
    [
        ("ipvsadm", ipvsadm("192.0.2.7", "198.51.100.7"), "tcp 192.0.2.10:80: real server"),
        ("ldirectord", ldirectord("192.0.2.7", "198.51.100.7"), "Role ldirectord refuses ldirectord_virtual on this"),
        ("keepalived", keepalived("192.0.2.7", "198.51.100.7"), "Role keepalived refuses keepalived_virtual_servers"),
    ],
)
def test_a_server_behind_a_router_is_refused_by_name(tmp_path, role, variables, said):
    rc, output = run(tmp_path, [able(role)], {"lb1": variables})
    assert rc != 0 and said in output and REFUSED in output


def test_an_interface_that_is_not_there_is_refused_by_name(tmp_path):
    variables = {"keepalived_global_defs": {"lvs_sync_daemon": "no-such-one web"}}
    rc, output = run(tmp_path, [able("keepalived")], {"lb1": variables})
    assert rc != 0 and "or lvs_sync_daemon in keepalived_global_defs, here:" in output
    assert "interface of a synchronisation daemon is no-such-one; allowed is one that this host has: " in output


def test_what_can_be_reached_is_not_refused_and_asked_for_once_a_run(tmp_path):
    plays = [able(role) for role in ROLES + ROLES]
    variables = {**ipvsadm("192.0.2.7"), **ldirectord("192.0.2.7"), **keepalived("192.0.2.7")}
    rc, output = run(tmp_path, plays, {"lb1": variables})
    # What is skipped is not shown.
    assert rc == 0 and output.count("Ask whether this host can balance like that]") == 3, output
    assert "changed=0" in output


def test_a_host_that_is_to_balance_nothing_is_not_asked(tmp_path):
    # Port 1 of this machine: nobody answers there.
    nowhere = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    rc, output = run(tmp_path, [able(role) for role in ROLES], {"lb1": nowhere})
    assert rc == 0 and "unreachable=0" in output, output


@pytest.mark.parametrize("role", ["ldirectord", "keepalived"])
def test_something_else_is_asked_again(tmp_path, role):
    """Nobody else would refuse it."""
    right, wrong = [{"ldirectord": ldirectord, "keepalived": keepalived}[role](each)
                    for each in ("192.0.2.7", "198.51.100.7")]
    rc, output = run(tmp_path, [dict(able(role), vars=right), dict(able(role), vars=wrong)], {"lb1": {}})
    assert rc != 0 and REFUSED in output


def site():
    return yaml.safe_load((ROOT / "playbooks" / "site.yml").read_text(encoding="utf-8"))


def asks(play):
    """The roles of which a play of site.yml asks what only the host knows."""
    return [role for task in play.get("tasks", []) for role in task.get("loop", [])
            if task.get("ansible.builtin.include_role", {}).get("tasks_from") == "able"]


@pytest.mark.parametrize("group", ["balancers", "directors"])
def test_site_asks_all_before_it_changes_one(group):
    plays = [play for play in site() if play["hosts"] == group]
    able_at = next(number for number, play in enumerate(plays) if asks(play))
    changes_at = next(number for number, play in enumerate(plays) if "roles" in play)
    roles = [each["role"].rsplit(".", 1)[1] for each in plays[changes_at]["roles"]]
    assert asks(plays[able_at]) == [role for role in roles if (ROOT / "roles" / role / "tasks" / "able.yml").exists()]
    assert able_at < changes_at and "serial" not in plays[able_at] and plays[able_at]["any_errors_fatal"] is True


def test_what_one_director_cannot_do_spares_the_other(tmp_path):
    (play,) = [play for play in site() if play["hosts"] == "directors" and asks(play)]
    play["become"] = False
    change = {"hosts": "directors", "gather_facts": False, "serial": 1,
              "tasks": [{"name": "Change it", "ansible.builtin.debug": {"msg": "changed now"}}]}
    hosts = {"lb1": keepalived("192.0.2.7"), "lb2": keepalived("198.51.100.7")}
    rc, output = run(tmp_path, [play, change], hosts)
    assert rc != 0 and REFUSED in output and "changed now" not in output


def haproxy(port, **more):
    return {"haproxy_listens": [{"name": "pages", "bind": "127.0.0.1:%d" % port, "http-request": "return status 200"}],
            **more}


@pytest.fixture
def taken():
    """A port on which this test listens, and one on which nobody does."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as other:
        port, free = server.getsockname()[1], other.getsockname()[1]
        other.close()
        yield port, free


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_what_one_balancer_lacks_spares_the_other(tmp_path, taken, arguments):
    """There is no haproxy here, as before a first run."""
    (play,) = [play for play in site() if play["hosts"] == "balancers" and asks(play)]
    play["become"] = False
    change = {"hosts": "balancers", "gather_facts": False, "serial": 1,
              "tasks": [{"name": "Change it", "ansible.builtin.debug": {"msg": "changed now"}}]}
    port, free = taken
    hosts = {"lb1": haproxy(free), "lb2": haproxy(port)}
    rc, output = run(tmp_path, [play, change], hosts, *arguments, group="balancers")
    assert rc != 0 and "changed now" not in output, output
    assert "Role haproxy refuses these variables on lb2:" in output and "variables on lb1:" not in output, output
    assert ("bind 127.0.0.1 port %d in listen pages (haproxy_listens): " % port) in output, output
    assert "allowed is a port that no other program has." in output and "changed=0" in output, output


def test_a_balancer_that_has_what_it_needs_is_asked_once_a_run(tmp_path, taken):
    """Once for all hosts, and not again when it is the host's turn."""
    plays = [dict(able("haproxy"), hosts="balancers") for dummy in range(2)]
    rc, output = run(tmp_path, plays, {"lb1": haproxy(taken[1])}, group="balancers")
    assert rc == 0 and output.count("Ask whether this host has what haproxy.cfg needs]") == 1, output
    assert "changed=0" in output, output


def handed_over(play):
    """Whether a play has Pacemaker start what it runs."""
    return any(task.get("ansible.builtin.import_role", {}).get("tasks_from") == "resources" for task in play.get("tasks", []))


def test_what_pacemaker_starts_is_there_before():
    """ldirectord reads its file when it is started, on whichever director of a cluster that is."""
    plays = site()
    (last,) = [number for number, play in enumerate(plays) if handed_over(play)]
    assert last > max(number for number, play in enumerate(plays) if play.get("roles"))


@pytest.mark.parametrize("more, changed", [({}, ["keepalived"]), ({"cluster": {"children": {"directors": {}}}}, [])])
def test_directors_of_a_cluster_have_no_keepalived(tmp_path, more, changed):
    (play,) = [play for play in site() if play["hosts"] == "directors" and play.get("roles")]
    asked = [{"name": "Do it", "ansible.builtin.debug": {"msg": "%s was changed" % role["role"].rsplit(".", 1)[1]},
              **({"when": role["when"]} if "when" in role else {})} for role in play["roles"]]
    rc, output = run(tmp_path, [{"hosts": "directors", "gather_facts": False, "tasks": asked}],
                     {"lb1": {"ldirectord_virtual": []}}, more=more)
    assert rc == 0 and "ldirectord was changed" in output
    assert [role for role in ["keepalived"] if "%s was changed" % role in output] == changed
