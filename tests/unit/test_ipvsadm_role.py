# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role ipvsadm would write on a director, and that it refuses before it touches one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SYSCTL = "[{'path': 'sysctl', 'content': lookup('ansible.builtin.template', 'sysctl.conf.j2')}]"
SHOWN = "{{ __ipvsadm_boot_files + %s }}" % SYSCTL
# A role's templates are found by tasks of the role alone, so they are told where to look.
PLAY = [{
    "hosts": "all",
    "gather_facts": False,
    "tasks": [
        {"ansible.builtin.include_role": {"name": "halab.cluster.ipvsadm", "tasks_from": "assert", "public": True}},
        {"ansible.builtin.copy": {"content": SHOWN, "dest": "{{ shown }}", "mode": "0600"}, "delegate_to": "localhost"},
    ],
}]
NAT = [{"tcp": "192.0.2.10:80", "real_servers": [{"address": "10.0.0.1", "port": 8080, "forwarding": "masq"}]}]


def run(directory, variables):
    for name in ("templates", "files"):
        (directory / name).symlink_to(ROOT / "roles" / "ipvsadm" / name)
    (directory / "play.yml").write_text(yaml.safe_dump(PLAY), encoding="utf-8")
    shown = directory / "shown.json"
    # Port 1 of this machine: nothing is to be asked of the host.
    variables = dict(variables, ansible_host="127.0.0.1", ansible_port=1, shown=str(shown))
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = {"all": {"hosts": {"lb1": variables, "localhost": here}}}
    (directory / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                       PATH="%s:%s" % (Path(sys.executable).parent, os.environ["PATH"]))
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "-l", "lb1", "play.yml"], cwd=directory, check=False,
                          env=environment, capture_output=True, text=True)
    files = json.loads(shown.read_text(encoding="utf-8")) if shown.exists() else []
    return {entry["path"]: entry["content"] for entry in files}, done.stdout + done.stderr


def lines(text, start):
    return [line for line in text.splitlines() if line.startswith(start)]


def test_what_is_written_for_the_next_boot(tmp_path):
    files, output = run(tmp_path, {
        "ipvsadm_services": NAT,
        "ipvsadm_timeouts": {"udp": 60},
        "ipvsadm_daemons": [{"state": "backup", "mcast_interface": "eth1"}],
        "ipvsadm_sysctl": {"net.ipv4.vs.conntrack": 1},
    })
    assert files, output
    assert files["/etc/ipvsadm-restore.rules"] == (
        "-A -t 192.0.2.10:80 -s wlc\n-a -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 1\n"
    )
    unit = files["/etc/systemd/system/ipvsadm-restore.service"]
    assert lines(unit, "ExecStart=") == [
        "ExecStart=/usr/sbin/ipvsadm --restore",
        "ExecStart=/usr/sbin/ipvsadm --set 900 120 60",
        "ExecStart=/usr/sbin/ipvsadm --start-daemon backup --syncid 0 --mcast-interface eth1",
    ]
    # Where somebody else has filled the table, nothing of it is done, timeouts and daemons included.
    assert lines(unit, "Before=") == ["Before=keepalived.service ldirectord.service pacemaker.service"]
    assert lines(unit, "StandardInput=") == ["StandardInput=file:/etc/ipvsadm-restore.rules"]
    assert not lines(unit, "ExecStop") and unit.endswith("\nWantedBy=multi-user.target\n")
    assert lines(files["/etc/systemd/system/ipvsadm.service"], "Exec") == ["ExecStart=/bin/true"]
    assert [line for line in files["sysctl"].splitlines() if not line.startswith("#")] == [
        "net.ipv4.ip_forward = 1",
        "net.ipv4.conf.all.send_redirects = 0",
        "net.ipv4.conf.default.send_redirects = 0",
        "net.ipv4.conf.*.send_redirects = 0",
        "net.ipv4.vs.expire_nodest_conn = 1",
        "net.ipv4.vs.conntrack = 1",
    ]


def test_a_refusal_names_the_role(tmp_path):
    files, output = run(tmp_path, {"ipvsadm_services": NAT, "ipvsadm_sysctl": {"net.ipv4.ip_forward": 0}})
    assert files == {} and "Role ipvsadm refuses these variables:" in output
    assert "net.ipv4.ip_forward is 0; allowed with a server of forwarding masq is 1." in output


def condition():
    """The command of ExecCondition, as systemd would take it apart."""
    text = (ROOT / "roles" / "ipvsadm" / "templates" / "ipvsadm-restore.service.j2").read_text(encoding="utf-8")
    return re.search(r"^ExecCondition=/bin/sh -c '([^']*)'$", text, re.MULTILINE).group(1)


@pytest.mark.parametrize(
    ("table", "acts"),
    [
        (None, True),
        ("", True),
        ("TCP  C000020A:0050 wlc \n  -> 0A000001:1F90      Masq    1      0          0         \n", False),
        ("FWM  00000001 rr \n", False),
        ("UDP  [2001:0db8:0000:0000:0000:0000:0000:0010]:0035 rr \n", False),
    ],
)
def test_the_unit_acts_where_there_is_no_table(tmp_path, table, acts):
    path = tmp_path / "ip_vs"
    if table is not None:
        header = (
            "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
            "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n"
        )
        path.write_text(header + table, encoding="ascii")
    command = condition().replace("/proc/net/ip_vs", str(path))
    assert (subprocess.run(["/bin/sh", "-c", command], check=False).returncode == 0) is acts
