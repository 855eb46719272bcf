# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why module haproxy_ability_info looks at addresses: what a real haproxy makes of one that it cannot listen on."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request

import haproxy_process
import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_ability_host as host

pytestmark = haproxy_process.needed
CFG = """defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend web
    bind 127.0.0.1:%(port)d
    %(more)s
    http-request return status 200 content-type text/plain string %(page)s
"""


@pytest.fixture
def haproxy(tmp_path):
    """(writes haproxy.cfg, its port) of a master with a worker, as Debian's unit runs it."""
    port = haproxy_process.free_port()

    def write(page, more=""):
        text = CFG % {"port": port, "page": page, "more": more}
        (tmp_path / "haproxy.cfg").write_text(text, encoding="ascii")

    write("first")
    process = subprocess.Popen(
        ["haproxy", "-W", "-db", "-S", str(tmp_path / "master.sock"), "-f", str(tmp_path / "haproxy.cfg")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    haproxy_process.until(lambda text: text == "first", lambda: page(port))
    yield write, port
    process.terminate()
    process.wait(timeout=haproxy_process.PATIENCE_S)


def page(port):
    """What is answered, or None where nobody listens."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/" % port, timeout=10) as answer:
            return answer.read().decode("ascii")
    except urllib.error.URLError:
        return None


def accepts(folder):
    """Whether haproxy's own check finds nothing."""
    return subprocess.run(["haproxy", "-W", "-c", "-f", str(folder / "haproxy.cfg")], capture_output=True,
                          check=False).returncode == 0


def problems(port, *addresses):
    return host.problems({"binds": [{"address": address, "port": port, "transparent": False, "where": "frontend web"}
                                    for address in addresses], "interfaces": [], "certificates": []})


def test_its_own_check_finds_nothing_the_reload_fails_and_the_old_worker_goes_on(haproxy, tmp_path):
    write, port = haproxy
    write("second", "bind 192.0.2.77:%d" % port)
    assert accepts(tmp_path)
    assert "[failed: 1]" in haproxy_process.reload(tmp_path / "master.sock")
    assert page(port) == "first"
    (refused,) = problems(port, "127.0.0.1", "192.0.2.77")
    assert "bind 192.0.2.77 port %d in frontend web: this host does not have that address" % port in refused
    write("third")
    assert accepts(tmp_path) and problems(port, "127.0.0.1") == []
    assert "[failed: 0]" in haproxy_process.reload(tmp_path / "master.sock")
    assert page(port) == "third"
