# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""haproxy_ability_info: addresses, ports and interfaces, on this machine and where it needs a network of its own."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_ability as ability
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_ability_host as host
from ansible_collections.halab.cluster.plugins.modules import haproxy_ability_info


def wanted(address, port, transparent=False):
    return {"address": address, "port": port, "transparent": transparent, "where": "frontend web"}


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


@pytest.mark.parametrize("theirs, shared, ours", [
    ("127.0.0.1", False, "127.0.0.1"),
    ("127.0.0.1", False, "0.0.0.0"),
    ("0.0.0.0", False, "127.0.0.1"),
    # The kernel would allow it, and deal out the connections.
    ("127.0.0.1", True, "127.0.0.1"),
    ("::1", False, "::1"),
    # Of both families.
    ("::", False, "127.0.0.1"),
])
@pytest.mark.parametrize("transparent", [False, True])
def test_a_port_of_another_program_names_it(theirs, shared, ours, transparent):
    server, port = listener(theirs, shared)
    with server:
        assert host.why_not(wanted(ours, port, transparent)) == (
            "bind %s port %d in frontend web: %s, pid %d, listens on %s port %d; allowed is a port that no other "
            "program has." % (ours, port, own_name(), os.getpid(), theirs, port))
    assert host.why_not(wanted(ours, port)) is None


def test_a_port_of_another_program_that_hides(monkeypatch):
    server, port = listener()
    monkeypatch.setattr(host, "processes", lambda inodes: {inode: [] for inode in inodes})
    with server:
        assert "another program has it, and ss -tanp may show which; allowed" in host.why_not(wanted("127.0.0.1", port))


def test_the_same_port_of_another_address_is_free():
    server, port = listener()
    with server:
        assert host.why_not(wanted("127.0.0.2", port)) is None


def test_a_port_of_haproxy_itself_stays_its_own(monkeypatch):
    monkeypatch.setattr(ability, "OWN", own_name())
    server, port = listener(shared=True)
    with server:
        assert host.why_not(wanted("127.0.0.1", port)) is None
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


def test_who_listens_as_the_kernel_tells():
    # So on machines whose numbers begin with the low byte, as all of Debian's with haproxy but s390x.
    assert ability.listening([TCP, TCP6, ""]) == [
        ("0.0.0.0", 22, "1674042"), ("127.0.0.1", 8080, "1088"), ("::1", 8080, "2077")]


# Of TEST-NET-1, which no host has.
ELSEWHERE = wanted("192.0.2.77", 80)


def test_an_address_that_is_elsewhere():
    assert host.why_not(ELSEWHERE).startswith(
        "bind 192.0.2.77 port 80 in frontend web: this host does not have that address.")


def test_an_address_that_is_elsewhere_and_transparent():
    assert host.why_not(wanted("192.0.2.77", 8080, True)) is None
    assert host.why_not(wanted("2001:db8::77", 8080, True)) is None


@pytest.mark.parametrize("allowed", ["0", "1"])
def test_where_the_kernel_allows_such_an_address_or_not(allowed):
    """In a network of its own, since the sysctl is that of all programs."""
    network = ["unshare", "--map-root-user", "--net"]
    if subprocess.run(network + ["ip", "link"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make a network")
    # Without any interface, every address would do.
    command = "ip link set lo up && echo %s > /proc/sys/net/ipv4/ip_nonlocal_bind && exec \"$@\"" % allowed
    program = "from %s import why_not; print(why_not(%r))" % (host.__name__, ELSEWHERE)
    done = subprocess.run(network + ["sh", "-c", command, "sh", sys.executable, "-c", program],
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)), capture_output=True, text=True,
                          check=True)
    assert done.stdout == "None\n" if allowed == "1" else "does not have that address" in done.stdout, done.stderr


def ask(**options):
    """What the module returns."""
    said = io.StringIO()
    with patch_module_args(options), pytest.raises(SystemExit), contextlib.redirect_stdout(said):
        haproxy_ability_info.main()
    return json.loads(said.getvalue())


def test_all_that_is_missing_is_named_at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(host.socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    (tmp_path / "haproxy.cfg").write_text("global\n", encoding="ascii")
    answer = ask(
        path=str(tmp_path / "haproxy.cfg"),
        binds=[dict(wanted("192.0.2.77", 80), where="frontend a"), dict(wanted("127.0.0.1", 0), where="frontend b"),
               dict(wanted("192.0.2.78", 443), where="listen c")],
        interfaces=[{"name": "lo", "where": "backend a"}, {"name": "nope0", "where": "frontend web"}],
    )
    assert [sentence.split(":")[0] for sentence in answer["problems"]] == [
        "bind 192.0.2.77 port 80 in frontend a", "bind 192.0.2.78 port 443 in listen c",
        "interface nope0 in frontend web"]
    assert answer["problems"][2].endswith("this host does not have it; allowed are eth0, lo.")
    assert answer["checksum"] == hashlib.sha256(b"global\n").hexdigest()
    assert answer["changed"] is False and answer["asked"]["interfaces"][0] == {"name": "lo", "where": "backend a"}


def test_a_host_that_has_no_haproxy_yet_is_asked_as_well(tmp_path):
    server, port = listener()
    with server:
        answer = ask(path=str(tmp_path / "haproxy.cfg"), binds=[wanted("0.0.0.0", port)])
    assert answer["checksum"] == "" and len(answer["problems"]) == 1
    assert ask(path=str(tmp_path / "haproxy.cfg"), binds=[wanted("0.0.0.0", port)])["problems"] == []
