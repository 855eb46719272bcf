# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program of role realserver against a kernel: in a network namespace that goes with the test, where one can be."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNSHARE = ["unshare", "--net", "--map-root-user"]
# A host with one network, and nothing but what the kernel gives it.
START = """
set -eu
ip link set lo up
ip link add eth1 type veth peer name other
# No addresses that come by themselves, a moment later.
ip link set eth1 addrgenmode none
ip link set other addrgenmode none
ip link set eth1 up
ip link set other up
# The kernel notes a carrier up to a second later.
timeout 10 sh -c 'until [ "$(ip -brief link show type veth | grep -c " UP ")" = 2 ]; do sleep 0.05; done'
ip address add 198.51.100.21/24 dev eth1
ip -6 address add 2001:db8:1::21/64 dev eth1 nodad
ip rule add priority 1100 to 198.51.100.11 lookup main
# All that the program may touch.
state() {
    ip -4 rule; ip -6 rule; ip -4 route show table all; ip -6 route show table all; ip -brief address show
    grep . /proc/sys/net/ipv4/conf/*/arp_* /proc/sys/net/ipv4/conf/*/rp_filter
    grep . /proc/sys/net/ipv[46]/conf/*/accept_redirects
}
"""
RUNNER = """
import importlib.machinery, importlib.util, sys
loader = importlib.machinery.SourceFileLoader("realserver", %r)
program = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(program)
program.CONFIG, program.STATE = %r, %r
sys.exit(program.main(sys.argv[1]))
"""
SERVICES = [
    {"address": "192.0.2.100", "forwarding": "gate"},
    {"address": "2001:db8::100", "forwarding": "gate"},
    {"address": "192.0.2.101", "forwarding": "masq", "gateway": "198.51.100.1", "tcp": [80], "udp": [53],
     "directors": ["198.51.100.11", "198.51.100.12"]},
    {"address": "2001:db8::101", "forwarding": "masq", "gateway": "2001:db8:1::1", "tcp": [80]},
]


def possible():
    # The same kind of interface as below: not every kernel has it.
    trial = UNSHARE + ["ip", "link", "add", "one", "type", "veth", "peer", "name", "other"]
    if not all(map(shutil.which, ("unshare", "ip"))):
        return False
    return subprocess.run(trial, check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not possible(), reason="no network namespace of one's own here")


@pytest.fixture
def shell(tmp_path):
    """Runs a script on such a host; `realserver VERB` is the program. Returns what it printed."""
    runner = tmp_path / "runner.py"
    runner.write_text(RUNNER % (str(ROOT / "roles/realserver/files/realserver"), str(tmp_path / "config"),
                                str(tmp_path / "state")), encoding="utf-8")
    (tmp_path / "config").write_text(json.dumps({"services": SERVICES}), encoding="utf-8")
    (tmp_path / "less").write_text(json.dumps({"services": SERVICES[:1]}), encoding="utf-8")

    def run(script):
        program = 'realserver() { "%s" -B "%s" "$1"; }\n' % (sys.executable, runner)
        done = subprocess.run(UNSHARE + ["sh", "-c", START + program + script], cwd=tmp_path, check=False, text=True,
                              capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_all_comes_and_goes(shell):
    shell("""
        state > before
        realserver apply
        realserver check
        [ -z "$(realserver apply)" ]
        cp less config
        realserver apply
        realserver check
        ip address show dev lo | grep -q 192.0.2.100
        [ "$(ip -6 rule | wc -l)" = 2 ]
        realserver undo
        state > after
        diff before after
    """)


def test_answers_go_through_the_gateway_and_nothing_else_does(shell):
    out = shell("""
        realserver apply > /dev/null
        way() { ip -o route get "$@" | grep -o -E '(via|dev) [^ ]*' | head -n 1; }
        way 198.51.100.9 ipproto tcp sport 80
        way 198.51.100.9 ipproto udp sport 53
        way 2001:db8:1::9 ipproto tcp sport 80
        way 198.51.100.9 ipproto tcp sport 22
        way 198.51.100.9 ipproto udp sport 80
        way 198.51.100.12 ipproto tcp sport 80
        way 198.51.100.9 from 192.0.2.100 ipproto tcp sport 80
    """)
    assert out.splitlines() == [
        "via 198.51.100.1",
        "via 198.51.100.1",
        "via 2001:db8:1::1",
        "dev eth1",
        "dev eth1",
        "dev eth1",
        "dev eth1",
    ]


def test_drift_is_seen_and_repaired(shell):
    out = shell("""
        realserver apply > /dev/null
        ip address del 192.0.2.100/32 dev lo
        ip rule del priority 1101 ipproto tcp sport 80
        # Routes of a device that is taken down are gone when it comes back.
        ip link set eth1 down
        ip link set eth1 up
        ip -6 address replace 2001:db8:1::21/64 dev eth1 nodad
        realserver check && exit 1
        realserver apply > /dev/null
        realserver check
    """)
    assert sorted(line.split(" dev ")[0].split(" protocol ")[0] for line in out.splitlines()) == [
        "ip -4 route append default via 198.51.100.1",
        "ip -4 rule add priority 1101 iif lo ipproto tcp sport 80 lookup 8300",
        "ip -6 route append default via 2001:db8:1::1",
        "ip address add 192.0.2.100/32",
    ]


def test_a_gateway_that_is_reached_by_another_interface(shell):
    out = shell("""
        realserver apply > /dev/null
        ip address flush dev eth1
        ip address add 198.51.100.21/24 dev other
        ip -6 address add 2001:db8:1::21/64 dev other nodad
        # IPv4 routes went with the last address of their interface, IPv6 routes did not.
        ip route add default via 198.51.100.1 dev eth1 onlink table 8300 protocol kernel
        ip -6 route show table 8301 | grep -q "2001:db8:1::1 dev eth1"
        realserver apply > /dev/null
        realserver check
        ip -o route show table 8300
        ip -6 -o route show table 8301
        cat /proc/sys/net/ipv4/conf/eth1/accept_redirects /proc/sys/net/ipv4/conf/other/accept_redirects
    """)
    assert [line.split(" proto")[0] for line in out.splitlines()] == [
        "default via 198.51.100.1 dev other", "default via 2001:db8:1::1 dev other", "1", "0"]


def test_a_gateway_in_no_network_is_an_error_before_anything_is_done(shell):
    shell("""
        ip address del 198.51.100.21/24 dev eth1
        state > before
        set +e
        realserver apply 2> said
        [ $? = 1 ] && grep -q "192.0.2.101: its gateway 198.51.100.1 is in none" said || exit 1
        state > after
        diff before after
    """)
