# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks without a lab: figures and limits, haproxy beside the role's, and a lab that is always removed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _cib_check, _cib_xml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import bench  # noqa: E402
import cib  # noqa: E402
import run  # noqa: E402
import throughput  # noqa: E402

HEY = ROOT / "tests/unit/fixtures/hey"
SERVERS = [{"name": "web1", "address": "198.18.0.41:80"}, {"name": "web2", "address": "198.18.0.42:80"}]
each_release = pytest.mark.parametrize("release", ["debian12", "debian13"])


def said(release, name):
    return (HEY / release / f"{name}.txt").read_text(encoding="utf-8")


@each_release
def test_requests_per_second_are_what_hey_says(release):
    text = said(release, "interrupted")
    assert f"Requests/sec:\t{throughput.per_s(text):.4f}\n" in text


@each_release
@pytest.mark.parametrize("name, why", [
    ("troubles", r"\d+ of 215 requests failed: .*'refused'"),
    ("not_found", "40 of 40 .*'404': 40"),
    ("nobody", "40 of 40 .*'refused': 40"),
])
def test_a_run_with_failed_requests_has_no_figure(release, name, why):
    with pytest.raises(ValueError, match=why):
        throughput.per_s(said(release, name))


def test_one_failed_request_of_many_is_let_pass():
    text = ("Summary:\n  Total:\t1.0 secs\n  Requests/sec:\t{0}.0\n\n"
            "Status code distribution:\n  [200]\t{0} responses\n\n"
            "Error distribution:\n  [1]\tGet \"http://198.18.0.31/\": EOF\n")
    assert throughput.per_s(text.format(999)) == 999
    with pytest.raises(ValueError, match="1 of 999 requests failed"):
        throughput.per_s(text.format(998))


def test_each_is_measured_once_a_round_and_nobody_is_always_first():
    assert [sorted(throughput.turns(number)) for number in range(4)] == [sorted(throughput.PORTS)] * 4
    assert throughput.turns(0) == throughput.turns(1)[::-1] == throughput.turns(2)


def test_the_ratio_is_the_median_of_those_of_each_round():
    # Of the medians it would be 300 / 300, and the machine was slow in different rounds.
    figures = {"a": [90, 300, 500], "b": [100, 150, 1000]}
    assert throughput.ratio(figures, "a", "b") == 0.9


def test_the_minimal_configuration_has_nothing_that_is_not_needed():
    assert throughput.config(8080, SERVERS) == """\
global
defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m
frontend web
    bind :8080
    default_backend web
backend web
    server web1 198.18.0.41:80
    server web2 198.18.0.42:80
"""


def lines(text):
    return {line.strip() for line in text.splitlines()}


def test_the_one_with_the_log_differs_by_what_the_role_would_log():
    plain, logs = (lines(throughput.config(8080, SERVERS, logs=logs)) for logs in (False, True))
    assert plain < logs
    assert logs - plain == {"log /dev/log local0", "log /dev/log local1 notice", "log global", "option httplog"}
    assert logs - plain < lines(throughput.role_config(8082, SERVERS))


def test_the_one_of_the_role_has_all_that_the_role_says_and_the_same_servers():
    text = throughput.role_config(8082, SERVERS)
    assert {"chroot /var/lib/haproxy", "option dontlog-normal", "option redispatch", "bind :8082"} < lines(text)
    assert "/run/haproxy/admin.sock" not in text, "that of the topology's haproxy"
    assert text.endswith("backend web\n    server web1 198.18.0.41:80\n    server web2 198.18.0.42:80\n")


def test_all_have_the_servers_of_the_topology():
    assert throughput.balancer_address() == "198.18.0.31"
    assert throughput.servers() == [
        {"name": f"web{number}", "address": f"198.18.0.4{number}:80"} for number in (1, 2, 3)]


@pytest.fixture
def farm():
    return throughput.Throughput(Path("inventory"), "debian13", [])


def test_the_role_is_held_to_its_part_of_the_minimal_one(farm):
    farm.judge({throughput.ROLE: [94, 94], throughput.FARM: [80, 80], throughput.LOGS: [95, 95],
                throughput.MINIMAL: [100, 100]})
    rows = {row["name"]: row for row in farm.rows}
    assert {name for name, row in rows.items() if bench.missed(row)} == {"haproxy of the role / minimal"}
    assert rows["haproxy of the role / minimal"]["least"] == 0.95
    assert rows["haproxy minimal"] == {
        "name": "haproxy minimal", "value": 100, "unit": "requests/s", "limit": None, "least": None}
    assert rows["haproxy minimal with log / minimal"]["value"] == 0.95


@pytest.mark.parametrize("value, limits, missed", [
    (1.6, {"limit": 1.6}, False), (1.604, {"limit": 1.6}, True),
    (0.95, {"least": 0.95}, False), (0.946, {"least": 0.95}, True),
    (99, {}, False),
])
def test_a_figure_misses_its_limit_or_does_not(farm, tmp_path, capsys, value, limits, missed):
    farm.row("figure", value, "ratio", **limits)
    assert bench.report(farm.rows, tmp_path / "build/bench.json") == missed
    assert ("MISSED" in capsys.readouterr().out) == missed
    assert json.loads((tmp_path / "build/bench.json").read_text(encoding="utf-8")) == farm.rows


def test_a_command_that_fails_is_told_with_what_it_said(farm, capsys):
    with pytest.raises(SystemExit):
        farm.run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert capsys.readouterr().err == "\nsh -c echo out; echo err >&2; exit 3: exit status 3\nout\nerr\n\n"


def test_a_command_that_does_not_end_is_ended(farm, capsys):
    with pytest.raises(SystemExit):
        farm.run("sleep", "9", timeout=0.1)
    assert "sleep 9: not done within 0.1 s" in capsys.readouterr().err


@pytest.fixture
def commands(farm, monkeypatch):
    """What the benchmark runs. One that has a word of "failing" in it fails."""
    seen, failing = [], []

    def run(*argv, stdin="", **dummy):
        seen.append(argv[-1])
        if any(word in argv[-1] for word in failing):
            bench.fail(f"{argv[-1]} failed")
        return said("debian13", "interrupted") if argv[-1].startswith("hey") else ""

    monkeypatch.setattr(throughput.Throughput, "run", staticmethod(run))
    monkeypatch.setattr(bench.signal, "signal", lambda *dummy: None)
    return seen, failing


def test_the_whole(commands, capsys):
    seen, dummy = commands
    rows = []
    throughput.measure("debian13", rows, rounds=2, seconds=4)
    kinds = [command.split()[0] for command in seen]
    assert kinds == ["playbooks/lab_up.yml", "playbooks/site.yml", *["cat", "systemd-run"] * 3, *["hey"] * 12,
                     *["systemctl"] * 3, "playbooks/lab_down.yml"]
    loads = [command for command in seen if command.startswith("hey -z 4s ")]
    ports = (8082, 80, 8081, 8080, 8080, 8081, 80, 8082)
    assert loads == [f"hey -z 4s -c 50 http://198.18.0.31:{port}/" for port in ports]
    assert len(rows) == 7 and not any(map(bench.missed, rows))


@pytest.mark.parametrize("word", [
    "lab_up", "site", "bench-role.cfg", "bench-minimal.cfg", "bench-logs.cfg", "hey -z 1s", "hey -z 4s",
    "systemctl stop"])
def test_the_lab_is_removed_and_haproxys_are_stopped_when_something_failed(commands, capsys, word):
    seen, failing = commands
    failing.append(word)
    with pytest.raises(SystemExit):
        throughput.measure("debian13", [], rounds=2, seconds=4)
    assert seen[-1] == "playbooks/lab_down.yml"
    assert word in capsys.readouterr().err
    if word.startswith("hey"):
        assert sum(command.startswith("systemctl stop") for command in seen) == 3


def test_what_failed_first_is_told_where_the_removal_fails_too(commands, capsys):
    commands[1].extend(["site", "lab_down"])
    with pytest.raises(SystemExit):
        throughput.measure("debian13", [])
    told = capsys.readouterr().err
    assert "playbooks/site.yml failed" in told and "playbooks/lab_down.yml failed" in told


def test_the_figures_of_an_hour_are_written_down_when_the_last_minute_failed(commands, monkeypatch, tmp_path, capsys):
    seen, failing = commands
    failing.append("hey -z 1s")
    monkeypatch.setattr(run.Cost, "run", throughput.Throughput.run)
    # Their playbook would write what they read.
    monkeypatch.setattr(run.Cost, "drills", lambda self: self.row("client outage: planned_move", 0.2, "s", 1))
    monkeypatch.setattr(cib, "measure", lambda lab, rounds: None)
    monkeypatch.setattr(bench, "refuse_where_a_lab_is_up", lambda: None)
    output = tmp_path / "bench.json"
    monkeypatch.setattr(sys, "argv", ["run.py", "--nodes", "3", "--rounds", "1", "--output", str(output)])
    with pytest.raises(SystemExit):
        run.main()
    names = [row["name"] for row in json.loads(output.read_text(encoding="utf-8"))]
    assert names[0] == "client outage: planned_move" and names[-1] == "3 nodes: unchanged converge / floor"
    assert seen[-1] == "playbooks/lab_down.yml" and seen.count("playbooks/lab_up.yml") == 3


EMPTY = ('<cib validate-with="pacemaker-3.9" epoch="1"><configuration><crm_config/>'
         '<nodes><node id="1" uname="node1"/></nodes><resources/><constraints/></configuration><status/></cib>')


def test_a_large_configuration_is_as_large_as_its_figure_says():
    desired = cib.desired("x-")
    assert len(desired["resources"]) == 200 and len(desired["constraints"]) == 300
    assert _cib_check.problems(_cib_xml.parse(EMPTY), desired) == []


class CibLab(bench.Bench):
    """A node whose tools answer at once; the module says each time what it should."""

    def __init__(self):
        super().__init__(None, "debian13", [])
        self.asked = []
        self.changed = [True, False, False] * 2
        self.exported = {"pacemaker_resources": [{}] * 201, "pacemaker_constraints": [{}] * 300}

    def ssh(self, node, command, stdin="", timeout=120):
        self.asked.append((command.split()[0], stdin))
        if command == "cibadmin --query":
            return EMPTY
        if "in_module" not in command:
            return ""
        told = {"variables": self.exported} if "pacemaker_info" in command else {"changed": self.changed.pop(0)}
        return json.dumps(told) + "\n1.5\n"


def test_module_and_cibadmin_take_turns_and_leave_nothing(monkeypatch):
    monkeypatch.setattr(cib, "send", lambda: None)
    lab = CibLab()
    cib.measure(lab, 2)
    assert [tool for tool, dummy in lab.asked] == ["cibadmin"] + 2 * [
        "cibadmin", "cibadmin", "python3", "python3", "python3", "python3", "cibadmin"]
    written = [text for tool, text in lab.asked[1:] if tool == "cibadmin"]
    # Resources of one round are never those of another: what the cluster has found out of them it knows.
    assert 'id="floor0-0"' in written[0] and 'id="floor1-0"' in written[3] and 'id="floor0-0"' not in written[3]
    assert all("<primitive" not in text for text in written[1:3] + written[4:])
    assert [(row["name"], row["limit"]) for row in lab.rows][2:] == [
        ("200 resources, 300 constraints: applied / floor", 2),
        ("200 resources, 300 constraints: unchanged, in the module", 3),
        ("200 resources, 300 constraints: exported, in the module", 2)]
    assert lab.rows[1]["value"] == lab.rows[3]["value"] == lab.rows[4]["value"] == 1.5


@pytest.mark.parametrize("changed, resources", [
    ([True, True, False], 200), ([False, False, False], 200), ([True, False, True], 200), ([True, False, False], 199)])
def test_a_module_that_does_not_do_what_it_should_ends_the_benchmark(monkeypatch, changed, resources):
    monkeypatch.setattr(cib, "send", lambda: None)
    lab = CibLab()
    lab.changed, lab.exported["pacemaker_resources"] = changed, [{}] * resources
    with pytest.raises(SystemExit):
        cib.measure(lab, 1)


@pytest.mark.parametrize("module", ["pacemaker_cib", "pacemaker_info"])
def test_the_node_gets_all_that_the_modules_import(tmp_path, module):
    (tmp_path / "ansible").mkdir()
    (tmp_path / "ansible/__init__.py").touch()
    subprocess.run(["tar", "--extract", "--directory", tmp_path], input=cib.archive(), check=True)
    (tmp_path / "file.xml").write_text("nonsense", encoding="utf-8")
    # Without the Ansible of this environment: a node has none.
    done = subprocess.run(
        [sys.executable, "-S", tmp_path / "in_module.py", module], capture_output=True, text=True, check=False, env={},
        input=json.dumps({"cib_file": str(tmp_path / "file.xml")}))
    assert "is no CIB, and no XML" in done.stdout and float(done.stdout.split()[-1]) > 0, done.stderr
