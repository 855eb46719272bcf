# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""haproxy-reload of role haproxy: where it refuses, what it waits for, and what it makes of what the master says."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import socket
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDED = Path(__file__).parent / "fixtures" / "haproxy" / "show_proc"


@pytest.fixture
def script():
    """The script as a module; it has no suffix."""
    loader = importlib.machinery.SourceFileLoader("haproxy_reload", str(ROOT / "roles/haproxy/files/haproxy-reload"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def said(name):
    return (RECORDED / (name + ".txt")).read_text(encoding="ascii")


@pytest.mark.parametrize("name, expected", [("started", (0, 0)), ("failed", (1, 1)), ("reloaded", (2, 0))])
def test_what_the_master_says(script, name, expected):
    assert script.parse(said(name)) == expected


def test_an_answer_without_a_master_is_none(script):
    assert script.parse("Unknown command\n") is None


def listener(family=socket.AF_INET, address="127.0.0.1", shared=False):
    """Something that listens on loopback, as haproxy does (shared) or as most others do."""
    server = socket.socket(family, socket.SOCK_STREAM)
    if shared:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.bind((address, 0))
    server.listen()
    return server, server.getsockname()[1]


def test_a_port_of_another_program(script):
    server, port = listener()
    with server:
        assert "127.0.0.1 port %d: another program listens there" % port in script.why_not("127.0.0.1", port)
    assert script.why_not("127.0.0.1", port) is None


def test_a_port_of_haproxy_itself_stays_its_own(script):
    server, port = listener(shared=True)
    with server:
        assert script.why_not("127.0.0.1", port) is None
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            server.settimeout(5)
            server.accept()[0].close()


def test_an_address_that_is_elsewhere(script, monkeypatch):
    # Of TEST-NET-1, which no host has.
    assert "192.0.2.77 port 80: this host does not have that address" in script.why_not("192.0.2.77", "80")


class Master:
    """Answers on a socket as haproxy's master does, one recorded answer for each connection."""

    def __init__(self, path, answers):
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(str(path))
        self.server.listen()
        self.answers = answers
        self.heard = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        for answer in self.answers:
            connection = self.server.accept()[0]
            with connection:
                self.heard.append(connection.recv(100))
                connection.sendall(answer.encode("ascii"))


@pytest.fixture
def reload(script, monkeypatch, tmp_path):
    """Runs the reload with a master that answers so, and returns (commands, what it was asked)."""
    def with_answers(*answers):
        commands = []
        monkeypatch.setattr(script, "MASTER", str(tmp_path / "master.sock"))
        monkeypatch.setattr(script, "run", commands.append)
        monkeypatch.setattr(script.time, "sleep", lambda seconds: None)
        master = Master(tmp_path / "master.sock", answers)
        script.reload()
        return commands, master.heard

    return with_answers


def test_waits_until_the_master_has_reloaded(reload):
    commands, heard = reload(said("started"), said("started"), "", said("reloaded"))
    assert commands == [["systemctl", "reload", "haproxy"]]
    assert heard == [b"show proc\n"] * 4


def test_a_new_worker_that_does_not_start_is_an_error(reload, capsys):
    with pytest.raises(SystemExit) as stopped:
        reload(said("started"), said("failed"))
    assert stopped.value.code == 1
    assert "the old worker goes on" in capsys.readouterr().err


def test_without_a_master_nothing_is_done(script, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(script, "MASTER", str(tmp_path / "master.sock"))
    monkeypatch.setattr(script, "run", lambda argv: pytest.fail("it ran %s" % argv))
    with pytest.raises(SystemExit):
        script.reload()
    assert "nothing was done" in capsys.readouterr().err


def test_a_reload_that_does_not_end(script, monkeypatch, reload, capsys):
    monkeypatch.setattr(script, "PATIENCE_S", 0)
    with pytest.raises(SystemExit):
        reload(said("started"))
    assert "has not reloaded within 0 s" in capsys.readouterr().err


def test_check_says_what_haproxy_said(script, monkeypatch, capsys):
    real = script.subprocess.run
    monkeypatch.setattr(script.subprocess, "run", lambda argv, **options: real(
        ["sh", "-c", "echo \"$*\"; exit 1", "sh"] + argv, **options))
    with pytest.raises(SystemExit):
        script.check("/tmp/haproxy.cfg", [])
    command = "haproxy -W -c -f /tmp/haproxy.cfg"
    assert capsys.readouterr().err == "%s failed with rc 1: %s\n" % (command, command)


def test_check_names_all_places(script, monkeypatch, capsys):
    monkeypatch.setattr(script, "run", lambda argv: None)
    with pytest.raises(SystemExit):
        script.check("/tmp/haproxy.cfg", ["192.0.2.77 80", "127.0.0.1 0", "192.0.2.78 443"])
    error = capsys.readouterr().err
    assert "192.0.2.77 port 80" in error and "192.0.2.78 port 443" in error and "127.0.0.1" not in error
