# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writer of role drill as a process of its own, and the probe that asks it, over loopback."""

from __future__ import annotations

import importlib.util
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.halab.cluster.plugins.module_utils import _probe_writes
from ansible_collections.halab.cluster.plugins.modules import probe_writes

SCRIPT = Path(__file__).resolve().parents[2] / "roles/drill/files/writer.py"
SPEC = importlib.util.spec_from_file_location("writer", SCRIPT)
writer = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(writer)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Service:
    """A writer that runs, as systemd would run it."""

    def __init__(self, port, directories):
        self.process = subprocess.Popen([sys.executable, str(SCRIPT), "write", "127.0.0.1", str(port), *directories])

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


@pytest.fixture
def directories(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / writer.NAME).touch()
    return [str(tmp_path / "one"), str(tmp_path / "two")]


def watch(capsys, tmp_path, port, directories, meanwhile=lambda: None, **more):
    """The result of the probe; what happens meanwhile happens when it is ready."""
    ready, stop, over = tmp_path / "ready", tmp_path / "stop", threading.Event()

    def act():
        for dummy in range(200):
            if ready.exists() or over.wait(0.05):
                break
        meanwhile()
        stop.touch()

    actor = threading.Thread(target=act)
    actor.start()
    arguments = dict({"address": "127.0.0.1", "port": port, "directories": directories, "ready_file": str(ready),
                      "stop_file": str(stop), "max_seconds": 20}, **more)
    with patch_module_args(arguments), pytest.raises(SystemExit):
        probe_writes.main()
    over.set()
    actor.join()
    return json.loads(capsys.readouterr().out)


def test_all_that_was_promised_is_there(capsys, tmp_path, directories):
    port = free_port()
    service = Service(port, directories)
    try:
        seen = watch(capsys, tmp_path, port, directories, lambda: time.sleep(2))
    finally:
        # As hard as a power cut, for the process.
        service.end(signal.SIGKILL)
    assert seen["recovered"] and seen["failed_requests"] == 0
    assert seen["outage_s"] < 1
    found = writer.check(directories)
    assert _probe_writes.lost(seen["promised"], found) == []
    assert all(number > 5 for runs in seen["promised"].values() for number in runs.values())
    assert _probe_writes.not_ended(seen["promised"], found) == directories


def test_a_writer_that_is_stopped_says_so_on_the_disk(capsys, tmp_path, directories):
    port = free_port()
    service = Service(port, directories)
    seen = watch(capsys, tmp_path, port, directories, lambda: service.end(signal.SIGTERM))
    assert service.process.returncode == 0
    assert _probe_writes.not_ended(seen["promised"], writer.check(directories)) == []


def test_a_writer_that_dies_is_an_outage_and_another_run(capsys, tmp_path, directories):
    port = free_port()
    services = [Service(port, directories)]

    def die_and_come_back():
        services[0].end(signal.SIGKILL)
        time.sleep(1.5)
        services.append(Service(port, directories))
        time.sleep(1.5)

    try:
        seen = watch(capsys, tmp_path, port, directories, die_and_come_back, timeout_ms=300)
    finally:
        services[-1].end(signal.SIGTERM)
    assert 1.2 < seen["outage_s"] < 5
    assert seen["recovered"] is True and seen["failed_requests"] > 5
    assert [len(runs) for runs in seen["promised"].values()] == [2, 2]
    assert _probe_writes.lost(seen["promised"], writer.check(directories)) == []


def test_a_directory_that_cannot_be_written_is_named(capsys, tmp_path, directories):
    port = free_port()
    gone = str(tmp_path / "gone")
    service = Service(port, [directories[0], gone])
    try:
        seen = watch(capsys, tmp_path, port, [directories[0], gone], ready_timeout=2)
    finally:
        service.end(signal.SIGKILL)
    assert seen["failed"] is True
    assert gone in seen["msg"] and "No such file" in seen["msg"]


def test_nobody_there(capsys, tmp_path, directories):
    seen = watch(capsys, tmp_path, free_port(), directories, ready_timeout=1)
    assert seen["failed"] is True and "no answer" in seen["msg"]


def test_half_a_record_is_taken_away_and_a_damaged_one_seen(directories):
    path = Path(directories[0]) / writer.NAME
    whole = [writer.record("a", number) for number in (1, 2, 3)]
    # Another byte than was there, whatever the noise made it: a fixed one is right once in 256 times.
    damaged = whole[1][:-1] + bytes([whole[1][-1] ^ 1])
    path.write_bytes(whole[0] + damaged + whole[2] + whole[2][:100])
    assert writer.check(directories[:1])[directories[0]] == {
        "runs": {"a": {"first": 1, "last": 3, "count": 2, "ended": False}}, "damaged": 2}
    again = writer.Writer(directories[0], "b")
    again.start()
    while again.written < 1:
        time.sleep(0.01)
    again.stopped.set()
    again.join()
    assert writer.check(directories[:1])[directories[0]]["damaged"] == 1


def test_nothing_is_written_below_a_file_system_that_is_not_mounted(capsys, tmp_path, directories):
    (Path(directories[1]) / writer.NAME).unlink()
    port = free_port()
    service = Service(port, directories)
    try:
        seen = watch(capsys, tmp_path, port, directories, ready_timeout=2)
    finally:
        service.end(signal.SIGKILL)
    assert seen["failed"] is True and "No such file" in seen["msg"]
    assert list(Path(directories[1]).iterdir()) == []
    assert list(writer.check(directories)) == directories[:1]


def test_all_of_it_is_on_the_disk_before_it_is_started(monkeypatch, tmp_path, directories):
    """A power cut a second later once left an empty unit behind."""
    done = []
    for name in ("UNIT_FILE", "AT_BOOT", "ORDERS"):
        monkeypatch.setattr(writer, name, str(tmp_path / name))
    monkeypatch.setattr(writer.os, "sync", lambda: done.append(sorted(path.name for path in tmp_path.glob("[A-Z]*"))))
    monkeypatch.setattr(writer, "systemctl", lambda *arguments: done.append(arguments[0]))
    writer.start("127.0.0.1", "7007", directories)
    assert done == [["AT_BOOT", "ORDERS", "UNIT_FILE"], "start"]
