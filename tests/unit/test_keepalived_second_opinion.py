# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""keepalived-second-opinion as a program: what it sees of its host, and what it writes. Its rule has its own tests."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import scripts
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "roles" / "keepalived" / "files"
ADDRESS = bytes([192, 0, 2, 100])
MAC, OTHER = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")


@pytest.fixture
def script(monkeypatch):
    """The script. Its rule is installed in another directory than it is kept in."""
    monkeypatch.setattr(sys, "path", sys.path + [str(FILES)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return scripts.load(FILES / "keepalived-second-opinion")


class Wire:
    """Stands for a Link."""

    name = "lo"

    def __init__(self):
        self.sent = []

    def mac(self):
        return MAC

    def send(self, data):
        self.sent.append(data)


@pytest.fixture
def watcher(script, tmp_path):
    """A backup that has heard no advert since the clock was 0."""
    config = {"name": "web", "interface": "lo", "dev": "lo", "address": "192.0.2.100", "virtual_router_id": 51,
              "advert_int": 1, "priority": 100, "file": str(tmp_path / "web")}
    return script.Watcher(config, {"lo": Wire()}, 0, set())


def tracked(watcher):
    return Path(watcher.config["file"]).read_text(encoding="ascii")


def vrrp(virtual_router_id):
    """An advert behind an IP header with options."""
    return bytes([0x46]) + bytes(23) + bytes([0x21, virtual_router_id, 100])


def test_the_file_says_what_the_rule_says(script, watcher, capsys):
    answer = script.rule.answer(OTHER, ADDRESS, True, 150)
    assert tracked(watcher) == "0\n"
    watcher.step([], [(answer, False)], 2, set(), 0)
    assert tracked(watcher) == "0\n", "adverts are not missing yet"
    watcher.step([], [(answer, False)], 2.5, set(), 0)
    assert tracked(watcher) == "1\n"
    assert watcher.link.sent == [script.rule.question(MAC, ADDRESS)]
    watcher.step([(vrrp(51), False)], [(answer, False)], 2.6, set(), 0)
    assert tracked(watcher) == "0\n"
    assert capsys.readouterr().out == "web: %s\nweb: no fault any more\n" % script.GIVES_WAY


def test_the_file_is_written_when_it_changes_only(script, watcher):
    answer = script.rule.answer(OTHER, ADDRESS, True, 150)
    for now in (2.5, 2.6):
        watcher.step([], [(answer, False)], now, set(), 0)
        if now == 2.5:
            os.unlink(watcher.config["file"])
    assert not os.path.exists(watcher.config["file"])


@pytest.mark.parametrize("packet", [vrrp(52), bytes([0x45]), b"\0"])
def test_what_is_no_advert_of_this_instance(watcher, packet):
    watcher.step([(packet, False)], [], 2.5, set(), 0)
    assert not watcher.opinion.hears(2.5)


def test_a_holder_answers_where_keepalived_runs(script, watcher):
    present = {(socket.if_nametoindex("lo"), ADDRESS)}
    question = (script.rule.question(OTHER, ADDRESS), False)
    watcher.step([(vrrp(51), False)], [question], 2, present, None)
    assert watcher.link.sent == []
    watcher.step([], [question], 2.1, present, 0)
    assert watcher.link.sent == [script.rule.answer(MAC, ADDRESS, False, 100)]


def test_its_own_frames_say_nothing(script, watcher):
    watcher.step([], [(script.rule.answer(OTHER, ADDRESS, True, 150), True)], 2.5, set(), 0)
    assert tracked(watcher) == "0\n"


def test_an_address_on_another_interface_is_not_held(script, watcher):
    watcher.step([], [], 2, {(socket.if_nametoindex("lo") + 1, ADDRESS)}, 0)
    assert watcher.opinion.held_since is None


def test_addresses_of_this_host(script):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        for dummy in range(2):
            assert (socket.if_nametoindex("lo"), bytes([127, 0, 0, 1])) in script.addresses(netlink)


@pytest.fixture
def process(tmp_path):
    """Something that is called keepalived."""
    shutil.copy(shutil.which("sleep"), tmp_path / "keepalived")
    started = subprocess.Popen([str(tmp_path / "keepalived"), "60"])
    yield started
    started.kill()
    started.wait()


def wait_for(wanted, what):
    for dummy in range(100):
        if what() == wanted:
            return True
        time.sleep(0.02)
    return False


def test_a_process_that_was_stopped_or_killed_does_not_run(script, process):
    assert wait_for("S", lambda: script.state_of(process.pid))
    process.send_signal(signal.SIGSTOP)
    assert wait_for("T", lambda: script.state_of(process.pid))
    process.kill()
    # Nobody has waited for it yet: a zombie.
    assert wait_for(None, lambda: script.state_of(process.pid))
    assert script.state_of(os.getpid()) is None and script.state_of(2**30) is None


def test_runs(script, monkeypatch):
    states = {"10": "S", "11": "S", "12": None}
    monkeypatch.setattr(script, "state_of", states.get)
    monkeypatch.setattr(script.os, "listdir", lambda path: ["self"] + list(states))
    monkeypatch.setattr(script.time, "monotonic", lambda: 0)
    keepalived = script.Keepalived()
    before = float("-inf")
    assert keepalived.runs_since(0.5) == before and keepalived.pids == ["10", "11"]
    states["11"] = "T"
    assert keepalived.runs_since(1.1) is None
    states["11"] = "D"
    assert keepalived.runs_since(1.2) is None
    states["11"] = None
    assert keepalived.runs_since(1.3) == before and keepalived.pids == ["10"], "one that ends makes no new one"
    states["10"] = None
    assert keepalived.runs_since(1.4) is None
    states["13"] = "S"
    assert keepalived.runs_since(2.3) is None, "there is a search once a second only"
    assert keepalived.runs_since(2.4) == 2.4 and keepalived.pids == ["13"]
    assert keepalived.runs_since(9) == 2.4


def test_one_that_is_started_after_the_daemon(script, monkeypatch):
    states = {}
    monkeypatch.setattr(script, "state_of", states.get)
    monkeypatch.setattr(script.os, "listdir", lambda path: list(states))
    monkeypatch.setattr(script.time, "monotonic", lambda: 0)
    keepalived = script.Keepalived()
    states["10"] = "S"
    assert keepalived.runs_since(1.5) == 1.5


def test_a_keepalived_does_not_speak_for_the_address_of_a_dead_one(script, watcher):
    present = {(socket.if_nametoindex("lo"), ADDRESS)}
    question = (script.rule.question(OTHER, ADDRESS), False)
    watcher.step([(vrrp(51), False)], [question], 2, present, 0)
    assert watcher.link.sent == [script.rule.answer(MAC, ADDRESS, False, 100)]
    watcher.step([(vrrp(51), False)], [question], 3, present, 2.9)
    assert len(watcher.link.sent) == 1


def test_without_an_instance_it_ends(script, tmp_path, monkeypatch, capsys):
    (tmp_path / "none.json").write_text("[]\n", encoding="ascii")
    monkeypatch.setattr(script, "CONFIG", str(tmp_path / "none.json"))
    assert script.main() is None
    assert "no instance" in capsys.readouterr().out


PLAY = [{
    "hosts": "all",
    "gather_facts": False,
    "tasks": [
        {"ansible.builtin.include_role": {"name": "halab.cluster.keepalived", "tasks_from": "assert", "public": True}},
        {"ansible.builtin.copy": {"content": "{{ __keepalived_second_opinion_files | to_json }}", "dest": "found.json"},
         "delegate_to": "localhost"},
    ],
}]
HOST = {
    "keepalived_group": "all",
    "keepalived_instances": [
        {"name": "web", "interface": "eth0", "virtual_router_id": 51, "virtual_ipaddress": ["192.0.2.100/24"]}],
    "keepalived_node": {"web": {"priority": 150}},
    "ansible_connection": "local",
}


def test_the_role_writes_what_the_program_reads(script, tmp_path):
    found = tmp_path / "found.json"
    (tmp_path / "play.yml").write_text(yaml.safe_dump(PLAY).replace("found.json", str(found)), encoding="utf-8")
    # Where the role would look for its files.
    (tmp_path / "files").symlink_to(FILES)
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"lb1": HOST}}}), encoding="utf-8")
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), LC_ALL="C.UTF-8",
                       ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
                       PATH="%s:%s" % (Path(sys.executable).parent, os.environ["PATH"]))
    done = subprocess.run(["ansible-playbook", "-i", "hosts.yml", "play.yml"], cwd=tmp_path, env=environment,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    files = {entry["path"]: entry["content"] for entry in json.loads(found.read_text(encoding="utf-8"))}
    (config,) = json.loads(files[script.CONFIG])
    config["interface"] = config["dev"] = "lo"
    config["file"] = str(tmp_path / "web")
    assert script.Watcher(config, {"lo": Wire()}, 0, set()).address == ADDRESS
    assert files["/usr/local/sbin/keepalived-second-opinion"].startswith("#!/usr/bin/python3\n# Copyright")
    # The directory that the program looks into for its rule.
    assert "/usr/local/lib/keepalived_opinion.py" in files and "/usr/local/lib" in sys.path
    unit = files["/etc/systemd/system/keepalived-second-opinion.service"]
    assert "ExecStart=/usr/local/sbin/keepalived-second-opinion\n" in unit


def order(watched):
    """What service.yml does with that many instances to watch, in order."""
    tasks = yaml.safe_load((ROOT / "roles" / "keepalived" / "tasks" / "service.yml").read_text(encoding="utf-8"))
    conditions = {"__keepalived_watched | length == 0": watched == 0, "__keepalived_watched | length > 0": watched > 0}
    steps = []
    for task in tasks:
        if "ansible.builtin.import_tasks" in task and conditions[task["when"]]:
            steps.append(task["ansible.builtin.import_tasks"])
        elif "halab.cluster.daemon" in task:
            steps.append(task["halab.cluster.daemon"]["name"])
    return steps


def test_a_configuration_that_is_refused_leaves_the_second_opinion_as_it_was():
    assert order(1) == ["keepalived", "second_opinion.yml"]


def test_a_second_opinion_that_is_switched_off_takes_its_fault_back_first():
    assert order(0) == ["second_opinion.yml", "keepalived"]
