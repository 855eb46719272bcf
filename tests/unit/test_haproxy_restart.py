# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why haproxy-reload leaves some changes to a restart: what a real haproxy makes of them at a reload."""

from __future__ import annotations

import itertools
import os
import subprocess
import urllib.request

import haproxy_process
import pytest

pytestmark = haproxy_process.needed
CFG = """global
    stats socket %(folder)s/admin.sock %(permissions)s
    %(environment)s
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend web
    bind 127.0.0.1:%(port)d
    http-request return status 200 content-type text/plain lf-string "%(number)d: %%[env(NAME)] %%[env(GIVEN)]"
"""


@pytest.fixture
def haproxy(tmp_path):
    """(starts or reloads haproxy with these lines and gives what env() says, the path of its socket)."""
    port, running, numbers = haproxy_process.free_port(), [], itertools.count()

    def use(environment, permissions="mode 600"):
        number = next(numbers)
        text = CFG % {"folder": tmp_path, "port": port, "environment": environment, "permissions": permissions,
                      "number": number}
        (tmp_path / "haproxy.cfg").write_text(text, encoding="ascii")
        if running:
            assert "[failed: 0]" in haproxy_process.reload(tmp_path / "master.sock")
        else:
            running.append(subprocess.Popen(
                ["haproxy", "-W", "-db", "-S", str(tmp_path / "master.sock"), "-f", str(tmp_path / "haproxy.cfg")],
                env=dict(os.environ, GIVEN="given"),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        head = "%d: " % number
        return haproxy_process.until(lambda said: said.startswith(head), lambda: page(port))[len(head):]

    yield use, tmp_path / "admin.sock"
    running[0].terminate()
    running[0].wait(timeout=haproxy_process.PATIENCE_S)


def page(port):
    """What is answered, nothing where nobody listens."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/" % port, timeout=10) as answer:
            return answer.read().decode("ascii")
    except OSError:
        return ""


@pytest.mark.parametrize("before, after, started, reloaded", [
    ("setenv NAME a", "setenv NAME b", "a given", "b given"),
    ("setenv NAME a", "", "a given", "a given"),
    ("presetenv NAME a", "presetenv NAME b", "a given", "a given"),
    ("setenv GIVEN a", "", " a", " a"),
    ("unsetenv GIVEN", "", " ", " "),
])
def test_a_master_keeps_its_environment(haproxy, before, after, started, reloaded):
    use, dummy = haproxy
    assert use(before) == started
    assert use(after) == reloaded


def test_a_socket_keeps_its_mode(haproxy):
    use, path = haproxy
    use("", "mode 660")
    use("", "mode 600")
    assert path.stat().st_mode & 0o777 == 0o660
