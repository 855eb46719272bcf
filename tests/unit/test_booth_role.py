# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role booth: its file, the program that restarts its daemon, and the times of the topology that has it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import scripts
import yaml
from ansible_collections.halab.cluster.plugins.filter.booth import booth_hosts
from ansible_collections.halab.cluster.plugins.module_utils import _booth_conf as conf
from transcripts import FIXTURES

ROOT = Path(__file__).resolve().parents[2]
RESTART = scripts.load(ROOT / "roles" / "booth" / "files" / "booth-restart")
VARIABLES = {
    "booth_sites": ["198.19.77.101", "198.19.77.102"], "booth_arbitrators": ["198.19.77.13"],
    "booth_authfile": "/etc/booth/authkey", "booth_settings": {},
    "booth_ticket_defaults": {"timeout": 2, "retries": 3},
    "booth_tickets": [{"name": "web", "expire": 30, "acquire-after": 10, "weights": [3, 2, 0]},
                      {"name": "batch", "mode": "manual"}]}


def test_the_file_with_which_booth_was_recorded_is_the_roles():
    assert conf.booth_conf(VARIABLES) == (FIXTURES / "booth" / "booth.conf").read_text(encoding="utf-8")


def test_settings_come_before_members_and_defaults_before_tickets():
    lines = conf.booth_conf(dict(VARIABLES, booth_settings={"port": 9930, "maxtimeskew": 60})).splitlines()
    assert lines[1:6] == ["port = 9930", "transport = UDP", "maxtimeskew = 60", "authfile = /etc/booth/authkey",
                          "site = 198.19.77.101"]
    assert lines.index('ticket = "__defaults__"') < lines.index('ticket = "web"')


def test_what_was_written_is_read():
    found = conf.parse(conf.booth_conf(VARIABLES))
    assert (found["sites"], found["arbitrators"]) == (VARIABLES["booth_sites"], VARIABLES["booth_arbitrators"])
    assert found["tickets"] == {
        "web": {"timeout": "2", "retries": "3", "expire": "30", "acquire-after": "10", "weights": "3,2,0"},
        "batch": {"timeout": "2", "retries": "3", "mode": "manual"}}


def test_a_file_of_somebody_else_is_read():
    text = '# site = x\n  site="192.0.2.1"\nsite=\'192.0.2.2\'\n\narbitrator="192.0.2.3"\nticket="db8"\n  expire = 600\n'
    assert conf.parse(text) == {"sites": ["192.0.2.1", "192.0.2.2"], "arbitrators": ["192.0.2.3"],
                                "tickets": {"db8": {"expire": "600"}}}


@pytest.mark.parametrize("ticket, seconds", [
    ({"expire": 30, "acquire-after": 10, "timeout": 2}, 46), ({}, 615), ({"expire": 10, "timeout": "500ms"}, 11.5)])
def test_how_long_a_ticket_may_be_away(ticket, seconds):
    assert conf.takes_over_after(ticket) == seconds


def test_drills_watch_longer_than_a_ticket_is_away():
    folder = ROOT / "inventories" / "two_sites" / "group_vars" / "all"
    tickets = yaml.safe_load((folder / "booth.yml").read_text(encoding="utf-8"))["booth_tickets"]
    drills = yaml.safe_load((folder / "drills.yml").read_text(encoding="utf-8"))
    assert drills["drill_watch_s"] > max(conf.takes_over_after(ticket) for ticket in tickets)
    assert all(drill["long"] for drill in drills["drill_list"])


def test_what_is_looked_at_of_hosts():
    given = {"node1": {"booth_address": "192.0.2.1", "corosync_networks": ["192.0.2.0/24"], "more": 1}, "arbitrator1": {}}
    assert booth_hosts(["node1", "arbitrator1"], given) == {
        "node1": {"booth_address": "192.0.2.1", "networks": ["192.0.2.0/24"]}, "arbitrator1": {}}


@pytest.fixture
def daemon(tmp_path, monkeypatch):
    """A boothd that has read its files: this process, by another name."""
    for name in ("booth.conf", "authkey"):
        (tmp_path / name).write_text("x", encoding="utf-8")
        os.utime(tmp_path / name, ns=(1, 1))
    (tmp_path / "booth.pid").write_text("booth_lockpid=7 booth_pid=%d booth_state=started" % os.getpid(), encoding="utf-8")
    os.utime(tmp_path / "booth.pid", ns=(2, 2))
    monkeypatch.setattr(RESTART, "LOCK", str(tmp_path / "%s.pid"))
    monkeypatch.setattr(RESTART, "CONF", str(tmp_path / "%s.conf"))
    comm = Path("/proc/self/comm").read_text(encoding="utf-8")
    Path("/proc/self/comm").write_text("boothd", encoding="utf-8")
    yield tmp_path
    Path("/proc/self/comm").write_text(comm, encoding="utf-8")


@pytest.fixture
def told(monkeypatch):
    """What was run, and how it ended: {first word: return codes, one after the other}."""
    asked, codes = [], {}

    def run(argv, **kwargs):
        asked.append(" ".join(argv))
        left = codes.get(argv[0], [0])
        return subprocess.CompletedProcess(argv, left.pop(0) if len(left) > 1 else left[0], "", "it is so")
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return asked, codes


def restart(folder, *options):
    return RESTART.main([*options, "booth", str(folder / "authkey"), "198.19.77.13"])


@pytest.mark.parametrize("name", ["booth.conf", "authkey"])
def test_a_file_that_is_newer_than_the_daemon_restarts_it(daemon, told, name, capsys):
    asked, codes = told
    assert restart(daemon) == 0 and asked == []
    os.utime(daemon / name, ns=(3, 3))
    assert restart(daemon, "--due") == 0 and asked == [] and "boothd has not read" in capsys.readouterr().out
    codes["timeout"] = [1, 0]
    assert restart(daemon) == 0
    assert asked == ["systemctl --quiet is-active booth@booth", "systemctl restart booth@booth",
                     *["timeout 20 booth list -c booth -s 198.19.77.13"] * 2]


def test_what_pacemaker_runs_it_restarts(daemon, told):
    asked, codes = told
    codes["systemctl"] = [3]
    os.utime(daemon / "booth.conf", ns=(3, 3))
    assert restart(daemon) == 0
    assert asked[1] == "crm_resource --restart --resource booth-site --timeout 60s"


def test_a_restart_that_fails_or_is_not_survived_is_told(daemon, told, monkeypatch):
    dummy, codes = told
    os.utime(daemon / "booth.conf", ns=(3, 3))
    codes["systemctl"] = [0, 1]
    assert restart(daemon) == "systemctl restart booth@booth ended with 1: it is so"
    codes.update(systemctl=[0], timeout=[1])
    clock = iter(range(0, 1000, 40))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    assert "does not answer at 198.19.77.13 after 60 s" in restart(daemon)


def test_a_node_without_the_daemon_has_nothing_to_restart(daemon, told):
    os.utime(daemon / "booth.conf", ns=(3, 3))
    (daemon / "booth.pid").write_text("booth_pid=1 booth_state=started", encoding="utf-8")  # somebody else's by now
    assert restart(daemon) == 0
    (daemon / "booth.pid").unlink()
    assert restart(daemon) == 0 and told[0] == []
