# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/rolling_converge.yml: it does what site.yml does to these hosts, and refuses who cannot be gone round."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STANDBY = {"name": "standby", "file": "/etc/keepalived/standby", "weight": 0, "init_file": 0}
WEB = {"name": "web", "interface": "eth0", "virtual_router_id": 52, "virtual_ipaddress": ["198.18.255.200/24"],
       "track_file": ["standby"]}


def playbook(name):
    return yaml.safe_load((ROOT / "playbooks" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("group", ["balancers", "directors"])
def test_the_roles_are_those_of_site(group):
    """And each can say whether the host is fit again."""
    (play,) = [play for play in playbook("site.yml") if play["hosts"] == group and "roles" in play]
    wanted = [each["role"].rsplit(".", 1)[1] for each in play["roles"]]
    for rolling in playbook("rolling_converge.yml"):
        template = jinja2.Environment().from_string(rolling["vars"]["__rolling_roles"])
        roles = ast.literal_eval(template.render(group_names=[group], inventory_hostname="lb1",
                                                 hostvars={"lb1": {"ldirectord_virtual": []}}).strip())
        assert ["node"] + roles == wanted
    assert all((ROOT / "roles" / role / "tasks" / "settled.yml").exists() for role in roles)


def test_who_has_an_address_comes_last_and_alone():
    _first, play = playbook("rolling_converge.yml")
    assert play["hosts"] == "rolling_first:rolling_last" and play["serial"] == 1 and play["any_errors_fatal"] is True
    order = [task["ansible.builtin.include_role"].get("tasks_from", "main") for task in play["tasks"]]
    assert order == ["give_up", "main", "settled", "take_part"]


def run(directory, hosts, **variables):
    """The output with directors that nobody answers for."""
    variables = {
        "ansible_ssh_common_args": "-o ConnectTimeout=1 -o ControlMaster=no -o HostName=127.0.0.1 -o Port=1",
        "keepalived_group": "directors", "keepalived_track_files": [STANDBY], "keepalived_instances": [WEB],
        "node_group": "directors", **variables}
    found = {"lb%d" % number: {
        "ansible_host": "198.18.255.%d" % number,
        "keepalived_node": {"web": {"priority": 255 - number, "unicast_src_ip": "198.18.255.%d" % number}},
    } for number in range(1, hosts + 1)}
    inventory = {"all": {"children": {"directors": {"hosts": found, "vars": variables}}}}
    (directory / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                       PATH="%s:%s" % (Path(sys.executable).parent, os.environ["PATH"]))
    done = subprocess.run(["ansible-playbook", "-i", str(directory / "hosts.yml"),
                           str(ROOT / "playbooks" / "rolling_converge.yml")],
                          env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("hosts, variables, expected", [
    (1, {}, "keepalived_group has lb1; allowed are two hosts or more."),
    (2, {"keepalived_track_files": [dict(STANDBY, name="other")],
         "keepalived_instances": [dict(WEB, track_file=["other weight 5"], nopreempt=False)]},
     "keepalived_track_files has no file with weight 0 that every instance tracks"),
    # What every converge refuses.
    (2, {"keepalived_instances": [dict(WEB, virtual_router_id=0)]}, "virtual_router_id is 0"),
])
def test_refused_before_a_host_is_touched(tmp_path, hosts, variables, expected):
    output = run(tmp_path, hosts, **variables)
    assert expected in output, output
    assert "UNREACHABLE" not in output


def test_what_is_right_goes_on_to_the_hosts(tmp_path):
    """Shows that the test above would notice a host being touched."""
    assert "UNREACHABLE" in run(tmp_path, 2).upper()
