# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""haproxy-reload of role haproxy: where it refuses, what it waits for, what it makes of what the master says, and which
changes it leaves to a restart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import scripts

SCRIPT = Path(__file__).resolve().parents[2] / "roles" / "haproxy" / "files" / "haproxy-reload"
RECORDED = Path(__file__).parent / "fixtures" / "haproxy" / "show_proc"


@pytest.fixture
def script():
    return scripts.load(SCRIPT)


def said(name):
    return (RECORDED / (name + ".txt")).read_text(encoding="ascii")


@pytest.mark.parametrize("name, expected", [("started", (0, 0)), ("failed", (1, 1)), ("reloaded", (2, 0))])
def test_what_the_master_says(script, name, expected):
    assert script.parse(said(name)) == expected


def test_an_answer_without_a_master_is_none(script):
    assert script.parse("Unknown command\n") is None


def listener(address="127.0.0.1", shared=False):
    """Something that listens on loopback, as haproxy does (shared) or as most others do."""
    server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    if shared:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.bind((address, 0))
    server.listen()
    return server, server.getsockname()[1]


def own_name():
    return Path("/proc/self/comm").read_text(encoding="ascii").strip()


@pytest.mark.parametrize("theirs, shared, wanted", [
    ("127.0.0.1", False, "127.0.0.1"),
    ("127.0.0.1", False, "0.0.0.0"),
    ("0.0.0.0", False, "127.0.0.1"),
    # The kernel would allow it, and deal out the connections.
    ("127.0.0.1", True, "127.0.0.1"),
    ("::1", False, "::1"),
    # Of both families.
    ("::", False, "127.0.0.1"),
])
@pytest.mark.parametrize("transparent", ["", "transparent "])
def test_a_port_of_another_program_names_it(script, theirs, shared, wanted, transparent):
    server, port = listener(theirs, shared)
    with server:
        assert script.why_not(wanted, str(port), transparent + "frontend web") == (
            "bind %s port %d in frontend web: %s, pid %d, listens on %s port %d; allowed is a port that no other "
            "program has." % (wanted, port, own_name(), os.getpid(), theirs, port))
    assert script.why_not(wanted, str(port), "frontend web") is None


def test_a_port_of_another_program_that_hides(script, monkeypatch):
    server, port = listener()
    monkeypatch.setattr(script, "processes", lambda inodes: {inode: [] for inode in inodes})
    with server:
        assert "another program has it, and ss -tanp may show which; allowed" in script.why_not(
            "127.0.0.1", str(port), "frontend web")


def test_the_same_port_of_another_address_is_free(script):
    server, port = listener()
    with server:
        assert script.why_not("127.0.0.2", str(port), "frontend web") is None


def test_a_port_of_haproxy_itself_stays_its_own(script, monkeypatch):
    monkeypatch.setattr(script, "OWN", own_name())
    server, port = listener(shared=True)
    with server:
        assert script.why_not("127.0.0.1", str(port), "frontend web") is None
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            server.settimeout(5)
            server.accept()[0].close()


# Linux 6.1, `cat /proc/net/tcp /proc/net/tcp6`: sshd for all, something on loopback, a connection.
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1674042 1 0000 100 0 0 10 0
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1088 1 0000 100 0 0 10 0
   2: 0100007F:1F90 0100007F:CF2C 01 00000000:00000000 00:00000000 00000000     0        0 1674016 1 0000 20 4 30 10 -1
"""
TCP6 = """  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0     0        0 2077 1 0
"""


def test_who_listens_as_the_kernel_tells(script):
    # So on machines whose numbers begin with the low byte, as all of Debian's with haproxy but s390x.
    assert script.listening([TCP, TCP6, ""]) == [
        ("0.0.0.0", 22, "1674042"), ("127.0.0.1", 8080, "1088"), ("::1", 8080, "2077")]


# Of TEST-NET-1, which no host has.
ELSEWHERE = "192.0.2.77 80 frontend web"


def test_an_address_that_is_elsewhere(script):
    assert script.why_not(*ELSEWHERE.split(" ", 2)).startswith(
        "bind 192.0.2.77 port 80 in frontend web: this host does not have that address.")


def test_an_address_that_is_elsewhere_and_transparent(script):
    assert script.why_not("192.0.2.77", "8080", "transparent frontend web") is None
    assert script.why_not("2001:db8::77", "8080", "transparent frontend web") is None


@pytest.mark.parametrize("allowed, code", [("0", 1), ("1", 0)])
def test_the_whole_script_where_the_kernel_allows_such_an_address_or_not(tmp_path, allowed, code):
    """In a network of its own, since the sysctl is that of all programs."""
    network = ["unshare", "--map-root-user", "--net"]
    if subprocess.run(network + ["ip", "link"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make a network")
    (tmp_path / "haproxy").write_text("#!/bin/sh\n", encoding="ascii")
    (tmp_path / "haproxy").chmod(0o755)
    # Without any interface, every address would do.
    command = "ip link set lo up && echo %s > /proc/sys/net/ipv4/ip_nonlocal_bind && exec \"$@\"" % allowed
    environment = dict(os.environ, PATH="%s:%s" % (tmp_path, os.environ["PATH"]))
    done = subprocess.run(
        network + ["sh", "-c", command, "sh", sys.executable, str(SCRIPT), "--check", "x.cfg", ELSEWHERE],
        env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert ("does not have that address" in done.stderr) == bool(code)


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
    def with_answers(*answers, do="reload"):
        commands = []
        monkeypatch.setattr(script, "MASTER", str(tmp_path / "master.sock"))
        monkeypatch.setattr(script, "run", commands.append)
        monkeypatch.setattr(script.time, "sleep", lambda seconds: None)
        master = Master(tmp_path / "master.sock", answers)
        getattr(script, do)()
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


def test_a_restart_waits_until_the_new_master_answers(reload):
    commands, heard = reload("", said("started"), do="restart")
    assert commands == [["systemctl", "restart", "haproxy"]]
    assert heard == [b"show proc\n"] * 2


def test_a_restart_after_which_nobody_answers(script, monkeypatch, reload, capsys):
    monkeypatch.setattr(script, "PATIENCE_S", 0)
    with pytest.raises(SystemExit):
        reload(do="restart")
    assert "does not answer within 0 s of its restart" in capsys.readouterr().err


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
        script.check("x.cfg", ["192.0.2.77 80 frontend a", "127.0.0.1 0 frontend b", "192.0.2.78 443 listen c"])
    error = capsys.readouterr().err
    assert "192.0.2.77 port 80 in frontend a" in error and "192.0.2.78 port 443 in listen c" in error
    assert "127.0.0.1" not in error


# What a reload cannot do. Tried with `haproxy -W` of 2.6.12 and 3.0.11, by what env() said and by stat(1) of the
# sockets after `reload`; resetenv that keeps more with 2.6.12 only. test_haproxy_restart.py asks a haproxy again.
ADMIN = "stats socket /run/haproxy/admin.sock"
RESTARTS = {
    "setenv is gone": ("setenv A 1", "", ["environment: A"]),
    "presetenv is gone": ("presetenv A 1", "", ["environment: A"]),
    "presetenv of another value": ("presetenv A 1", "presetenv A 2", ["environment: A"]),
    "presetenv of another quoted value": ("presetenv A 'x#y'", "presetenv A 'x#z'", ["environment: A"]),
    "setenv becomes presetenv": ("setenv A 1", "presetenv A 2", ["environment: A"]),
    "unsetenv is gone": ("unsetenv A B", "unsetenv B", ["environment: A"]),
    "resetenv is gone": ("resetenv PATH", "", ["environment: all others"]),
    "resetenv keeps more": ("resetenv PATH", "resetenv PATH A", ["environment: A"]),
    "two of them": ("setenv B 1\n\tsetenv A 1", "", ["environment: A, B"]),
    "the mode of a socket": (ADMIN + " mode 660 level admin", ADMIN + " mode 600 level admin", [
        "permissions of /run/haproxy/admin.sock"]),
    "a socket gets an owner": (ADMIN, "stats socket unix@/run/haproxy/admin.sock user root", [
        "permissions of /run/haproxy/admin.sock"]),
    "a socket of a frontend": ("bind :80,/run/web.sock mode 666", "bind :80,/run/web.sock mode 600", [
        "permissions of /run/web.sock"]),
    "those of all frontends": ("unix-bind mode 640\nbind /run/web.sock", "unix-bind mode 600\nbind /run/web.sock", [
        "permissions of /run/web.sock"]),
    "both kinds": ("setenv A 1\n" + ADMIN, ADMIN + " mode 600", [
        "environment: A", "permissions of /run/haproxy/admin.sock"]),
}
RELOADS = {
    "nothing": ("setenv A 1\npresetenv B 1\nunsetenv C\n" + ADMIN,) * 2,
    "blanks and comments": ("setenv A 1", "# setenv B 1\n\n  setenv   A 1 # why"),
    "setenv of another value": ("setenv A 1", "setenv A 2"),
    "a new setenv": ("", "setenv A 1"),
    "presetenv becomes setenv": ("presetenv A 1", "setenv A 2"),
    "a new unsetenv": ("setenv A 1", "unsetenv A"),
    "a new resetenv": ("setenv A 1", "resetenv PATH"),
    "resetenv, and setenv of what it would keep": ("setenv A 1", "resetenv A\nsetenv A 2"),
    "a name that needs no setenv any more, since it is set all the same": ("setenv A 1\nsetenv A 2", "setenv A 2"),
    "another socket": (ADMIN + " mode 660", "stats socket /run/other.sock mode 600"),
    "what may be done on a socket": (ADMIN + " mode 660 level admin", ADMIN + " level user mode 660"),
    "a port": ("bind :80 user x", "bind :80 user y"),
    "unix-bind, and no such socket": ("unix-bind mode 640\n" + ADMIN, ADMIN),
    "what is not a whole line": ("setenv\nbind\nstats socket", "setenv A\npresetenv"),
}


@pytest.mark.parametrize("before, after, expected", RESTARTS.values(), ids=RESTARTS)
def test_what_only_a_restart_does(script, before, after, expected):
    assert script.restart_reasons(before, after) == expected


@pytest.mark.parametrize("before, after", RELOADS.values(), ids=RELOADS)
def test_what_a_reload_does(script, before, after):
    assert script.restart_reasons(before, after) == []


@pytest.fixture
def tell(script, monkeypatch, tmp_path):
    """Has the script tell why these texts need a restart, where no master is yet."""
    def about(before, after):
        (tmp_path / "old").write_text(before, encoding="utf-8")
        (tmp_path / "new").write_text(after, encoding="utf-8")
        script.tell_restart_reasons(str(tmp_path / "old"), str(tmp_path / "new"))

    monkeypatch.setattr(script, "MASTER", str(tmp_path / "master.sock"))
    return about


def test_it_says_why_and_no_value(tell, tmp_path, capsys):
    master = Master(tmp_path / "master.sock", [said("started")])
    tell("global\n    setenv A eeTh7ieyah\n    unsetenv B\n", "global\n    # \N{LATIN SMALL LETTER U WITH DIAERESIS}\n")
    assert capsys.readouterr().out == "environment: A, B\n"
    assert master.heard == [b"show proc\n"]


def test_without_a_master_a_restart_is_refused_before_anything_is_done(tell, capsys):
    with pytest.raises(SystemExit):
        tell("setenv A 1\n", "")
    assert "nothing was done" in capsys.readouterr().err
    tell("setenv A 1\n", "setenv A 1\nmaxconn 5\n")
    assert capsys.readouterr().out == ""


def test_an_interface_that_is_not_there_is_named_with_those_that_are(script, monkeypatch, capsys):
    monkeypatch.setattr(script, "run", lambda argv: None)
    monkeypatch.setattr(script.socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    with pytest.raises(SystemExit):
        script.check("x.cfg", ["interface lo backend a", "interface nope0 frontend web", "127.0.0.1 0 frontend b"])
    assert capsys.readouterr().err == (
        "haproxy could not work on this host. interface nope0 in frontend web: this host does not have it; allowed are "
        "eth0, lo.\n")
