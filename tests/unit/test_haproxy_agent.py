# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent of role haproxy_agent: what it makes of measurements, and the program itself on loopback."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import haproxy_examples
import haproxy_process
import pytest
import scripts
import yaml
from jinja2 import StrictUndefined
from jinja2.nativetypes import NativeEnvironment

ROLE = Path(__file__).resolve().parents[2] / "roles" / "haproxy_agent"
PROGRAM = ROLE / "files" / "haproxy-agent"


@pytest.fixture(scope="module")
def agent():
    return scripts.load(PROGRAM)


# From measurement to weight

# Linux 6.1, `head -n 3 /proc/stat`, twice: of 400 ticks, 60 were idle, 40 waited for disks and 20 were stolen.
BEFORE = "cpu  1000 0 500 8000 500 0 0 0 0 0\ncpu0 1000 0 500 8000 500 0 0 0 0 0\nintr 1\n"
AFTER = "cpu  1200 20 550 8060 540 5 5 20 100 0\ncpu0 1200 20 550 8060 540 5 5 20 100 0\nintr 2\n"
# Linux 6.1, `head -n 5 /proc/meminfo`.
MEMINFO = "MemTotal:     8000000 kB\nMemFree:       100000 kB\nMemAvailable: 2000000 kB\nHugePages_Total:   0\n"


def test_idle_cpu(agent):
    before, after = agent.cpu_times(BEFORE), agent.cpu_times(AFTER)
    assert after[1] - before[1] == 400 and agent.idle_share(before, after) == 0.25
    # Asked twice within one tick; and a counter that went back, as that of waiting for disks may.
    assert agent.idle_share(before, before) is None and agent.idle_share((90, 100), (80, 110)) == 0.0


def test_available_memory(agent):
    assert agent.free_share(MEMINFO) == 0.25


@pytest.mark.parametrize("milliseconds, share", [
    (0, 1.0), (20, 1.0), (520, 0.5), (1020, 0.0), (5000, 0.0), (None, 0.0)])
def test_response_time(agent, milliseconds, share):
    assert agent.speed_share(milliseconds, 20, 1020) == share


@pytest.mark.parametrize("shares, minimum, expected", [
    ([1.0], 5, 100), ([0.5, 1.0], 5, 75), ([0.0], 5, 5), ([0.004], 1, 1), ([0.0] * 4 + [1.0], 1, 20), ([], 5, None)])
def test_weight(agent, shares, minimum, expected):
    assert agent.weight(shares, minimum) == expected


@pytest.mark.parametrize("word, age_s, percent, expected", [
    ("", 0, 75, "up 75%"), ("", 0, None, "up"), ("up", 0, 75, "up 75%"), ("drian", 0, 75, "up 75%"),
    ("drain", 0, 75, "drain"), ("drain", 9e9, 75, "drain"), ("maint", 0, 75, "maint"), ("down", 0, 75, "down"),
    # Not for ever: it would undo what somebody says to haproxy.
    ("ready", 5, 75, "ready up 75%"), ("ready", 61, 75, "up 75%"), ("ready", 5, None, "ready up")])
def test_answer(agent, word, age_s, percent, expected):
    assert agent.answer(word, age_s, percent) == expected + "\n"


# The program


def config_of(**variables):
    """What the role makes of its defaults and these."""
    template = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))["__haproxy_agent_config"]
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
    return NativeEnvironment(undefined=StrictUndefined).from_string(template).render(
        dict(defaults, **{"haproxy_agent_" + key: value for key, value in variables.items()}))


@contextlib.contextmanager
def running(folder, **variables):
    """The program on a port of its own. Gives its port; its file for the administrator is folder/state."""
    port = haproxy_process.free_port()
    config = dict(config_of(port=port, listen="127.0.0.1", **variables), state=str(folder / "state"), interval=0.1)
    (folder / "agent.json").write_text(json.dumps(config), encoding="ascii")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.settimeout(haproxy_process.PATIENCE_S)
        systemd.bind(str(folder / "notify.sock"))
        process = subprocess.Popen([sys.executable, str(PROGRAM), str(folder / "agent.json")], stderr=subprocess.PIPE,
                                   env=dict(os.environ, NOTIFY_SOCKET=str(folder / "notify.sock")), text=True)
        try:
            assert systemd.recv(100) == b"READY=1"
            yield port, process
        finally:
            process.terminate()
            process.communicate(timeout=haproxy_process.PATIENCE_S)


def ask(port, says=b""):
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(says)
        return b"".join(iter(lambda: connection.recv(100), b"")).decode("ascii")


def percent(port):
    found = re.fullmatch(r"up (\d+)%\n", ask(port))
    return int(found.group(1)) if found else None


@pytest.mark.parametrize("by", ["cpu", "memory"])
def test_it_tells_what_this_host_can_bear(tmp_path, by):
    with running(tmp_path, by=by) as (port, dummy):
        assert haproxy_process.until(lambda found: found is not None, lambda: percent(port)) in range(5, 101)
        assert ask(port, b"what agent-send says\n").startswith("up")


def test_one_that_asks_and_never_goes_keeps_nobody_waiting(tmp_path):
    with running(tmp_path) as (port, dummy):
        with socket.create_connection(("127.0.0.1", port), 5):
            begin = time.monotonic()
            assert ask(port).startswith("up")
            assert time.monotonic() - begin < 1.5


def test_the_administrator_has_the_last_word(tmp_path):
    with running(tmp_path) as (port, process):
        for word in ("drain", "maint", "DOWN"):
            (tmp_path / "state").write_text(word + "\n", encoding="ascii")
            assert ask(port) == word.lower() + "\n"
        (tmp_path / "state").write_text("ready\n", encoding="ascii")
        assert ask(port).startswith("ready up")
        os.utime(tmp_path / "state", (time.time() - 100, time.time() - 100))
        assert ask(port).startswith("up")
        (tmp_path / "state").write_text("drian\n", encoding="ascii")
        assert process.stderr.readline() == (
            "%s holds drian; allowed are drain, maint, down, ready, up.\n" % (tmp_path / "state"))
        assert ask(port).startswith("up")


class Slow(http.server.BaseHTTPRequestHandler):
    delay_s, status = 0.0, 200

    def do_GET(self):
        time.sleep(Slow.delay_s)
        self.send_response(Slow.status)
        self.end_headers()

    def log_message(self, *words):
        """Says nothing."""


@pytest.fixture
def slow():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield web
    Slow.delay_s, Slow.status = 0.0, 200
    web.shutdown()
    web.server_close()


def test_response_times_of_a_page(tmp_path, slow):
    url = "http://127.0.0.1:%d/health?deep=1" % slow.server_port
    with running(tmp_path, by="response_time", url=url, best_ms=200, worst_ms=1200, samples=1) as (port, dummy):
        haproxy_process.until(lambda found: found == 100, lambda: percent(port))
        Slow.delay_s = 0.7
        haproxy_process.until(lambda found: found in range(20, 60), lambda: percent(port))
        # Fast, but none that anybody waits for.
        Slow.delay_s, Slow.status = 0.0, 500
        haproxy_process.until(lambda found: found == 5, lambda: percent(port))
        Slow.status = 200
        haproxy_process.until(lambda found: found == 100, lambda: percent(port))
        slow.shutdown()
        slow.server_close()
        haproxy_process.until(lambda found: found == 5, lambda: percent(port))


@pytest.mark.parametrize("text, code", [
    (None, 0), ("{}", 1), ("port: 9707", 1)])
def test_a_file_that_it_would_not_read_is_refused_before_it_is_put_in_place(tmp_path, text, code):
    (tmp_path / "agent.json").write_text(json.dumps(config_of()) if text is None else text, encoding="ascii")
    done = subprocess.run([sys.executable, str(PROGRAM), "--check", str(tmp_path / "agent.json")], check=False,
                          capture_output=True)
    assert done.returncode == code


@haproxy_process.needed
def test_haproxy_weighs_by_it(tmp_path):
    """The server lines of docs/haproxy.md, with an agent on one of two servers."""
    variables = haproxy_examples.examples()["agent"]

    def server():
        row = haproxy_process.stat(tmp_path / "admin.sock")["pages", "web1"]
        return row["status"], int(row["weight"])

    with haproxy_process.server() as web, running(tmp_path, by="memory", minimum=1) as (port, dummy):
        places = haproxy_process.here({":80": haproxy_process.free_port(), "192.0.2.21:80": web, "192.0.2.22:80": web})
        places.update({"agent-port 9707": "agent-port %d" % port, "agent-inter 2s": "agent-inter 200ms"})
        with haproxy_process.haproxy(tmp_path, variables, places):
            haproxy_process.until(lambda found: found == ("UP", percent(port)), server)
            (tmp_path / "state").write_text("drain", encoding="ascii")
            haproxy_process.until(lambda found: found[0] == "DRAIN (agent)", server)
            (tmp_path / "state").write_text("ready", encoding="ascii")
            haproxy_process.until(lambda found: found[0] == "UP", server)
