# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program of role realserver: what it makes of what ip(8) says, and what it does about it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTHING = {"settings": {}, "things": []}
GATE = {"address": "198.18.0.200", "forwarding": "gate"}
MASQ = {"address": "198.18.0.200", "forwarding": "masq", "gateway": "198.18.0.201", "tcp": [80], "udp": [53],
        "directors": ["198.18.0.31"]}
QUIET = {"net.ipv4.conf.all.arp_ignore": "0", "net.ipv4.conf.all.arp_announce": "0"}

# ip -json rule show: iproute2 6.1.0 (Debian 12) and 6.15.0 (Debian 13), after
# `ip rule add priority 5301 ipproto tcp sport 80 lookup 20007`.
RULES = {
    "6.1.0": '[{"priority":0,"src":"all","table":"local"},'
             '{"priority":5300,"src":"all","dst":"198.18.0.31","table":"main"},'
             '{"priority":5301,"src":"all","ipproto":"tcp","sport":80,"table":"20007"},'
             '{"priority":32766,"src":"all","table":"main"}]',
    "6.15.0": '[{"priority":0,"src":"all","table":"local"},'
              '{"priority":5300,"src":"all","dst":"198.18.0.31","table":"main"},'
              '{"priority":5301,"src":"all","ipproto":"tcp","sport":80,"sport_mask":"0xffff","table":"20007"},'
              '{"priority":32766,"src":"all","table":"main"}]',
}
# ip -json address show, iproute2 6.1.0, shortened to what is read.
LINKS = json.loads(
    '[{"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"addr_info":['
    '{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"},'
    '{"family":"inet","local":"198.18.0.200","prefixlen":32,"scope":"host"}]},'
    '{"ifname":"tunl0","flags":["NOARP"],"addr_info":[]}]')


@pytest.fixture
def program():
    loader = importlib.machinery.SourceFileLoader("realserver", str(ROOT / "roles/realserver/files/realserver"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def commands(found):
    return [" ".join(argv) for argv in found[0]]


@pytest.mark.parametrize("version", RULES)
def test_what_ip_says(program, version):
    routes = {(4, "20007"): [{"dst": "default", "gateway": "198.18.0.201", "dev": "eth0", "table": "20007"}]}
    found = program.present_of(LINKS, {4: json.loads(RULES[version]), 6: []}, routes)
    assert found == [
        ["link", "lo"], ["address", "lo", "127.0.0.1/8"], ["address", "lo", "198.18.0.200/32"],
        ["rule", 4, 5300, "to", "198.18.0.31", "main"], ["rule", 4, 5301, "tcp", 80, "20007"],
        ["route", 4, "20007", "198.18.0.201"]]


def test_direct_routing(program):
    found = program.plan(program.wanted_of([GATE], ["eth0", "lo"]), [], dict(QUIET), NOTHING)
    assert commands(found) == ["ip address add 198.18.0.200/32 dev lo scope host"]
    # The settings are made before the address is there.
    assert found[1] == {"net.ipv4.conf.all.arp_ignore": "1", "net.ipv4.conf.all.arp_announce": "2"}
    assert found[3] == {"settings": QUIET, "things": [["address", "lo", "198.18.0.200/32"]]}


def test_ipv6_needs_no_settings(program):
    found = program.plan(program.wanted_of([{"address": "2001:db8::9", "forwarding": "gate"}], []), [], {}, NOTHING)
    assert commands(found) == ["ip address add 2001:db8::9/128 dev lo"] and found[1] == {}


def test_a_tunnel(program):
    found = program.plan(program.wanted_of([{"address": "198.18.0.200", "forwarding": "ipip"}], []), [], {}, NOTHING)
    assert commands(found) == ["ip link set tunl0 up", "ip address add 198.18.0.200/32 dev tunl0 scope host"]
    assert found[1]["net.ipv4.conf.tunl0.rp_filter"] == found[1]["net.ipv4.conf.all.rp_filter"] == "0"
    assert found[1]["net.ipv4.conf.all.arp_ignore"] == "1"


def test_a_way_back_for_nat(program):
    table = program.table("198.18.0.201")
    found = program.plan(program.wanted_of([MASQ], ["eth0"]), [], {}, NOTHING)
    assert commands(found) == [
        "ip -4 route replace default via 198.18.0.201 table " + table,
        "ip -4 rule add priority 5300 to 198.18.0.31 lookup main",
        "ip -4 rule add priority 5301 ipproto tcp sport 80 lookup " + table,
        "ip -4 rule add priority 5301 ipproto udp sport 53 lookup " + table]
    assert found[1] == {"net.ipv4.conf.all.accept_redirects": "0", "net.ipv4.conf.eth0.accept_redirects": "0"}


def after(program, services, present=(), values=None, memory=None):
    """(the plan, the things there, the settings, the memory) when it has been carried out, but for the commands."""
    wanted = program.wanted_of(services, ["eth0"])
    values = dict(values or {})
    found = program.plan(wanted, list(present), values, memory or NOTHING)
    values.update(found[1])
    values.update(found[2])
    kept = [thing for thing in present if thing not in (memory or NOTHING)["things"] or thing in wanted[1]]
    return found, kept + [thing for thing in wanted[1] if thing not in kept], values, found[3]


@pytest.mark.parametrize("services", [[GATE], [MASQ], [GATE, dict(MASQ, address="198.18.0.202")]])
def test_a_second_time_nothing_is_done(program, services):
    dummy, present, values, memory = after(program, services, values=QUIET)
    found = program.plan(program.wanted_of(services, ["eth0"]), present, values, memory)
    assert found[:3] == ([], {}, {}) and found[3] == memory


def test_what_leaves_the_list_is_undone(program):
    dummy, present, values, memory = after(program, [GATE], values=QUIET)
    found = program.plan(program.wanted_of([], []), present, values, memory)
    assert commands(found) == ["ip address delete 198.18.0.200/32 dev lo"]
    assert (found[1], found[2], found[3]) == ({}, QUIET, NOTHING)


def test_what_stays_is_not_touched(program):
    other = dict(GATE, address="198.18.0.202")
    dummy, present, values, memory = after(program, [GATE, other], values=QUIET)
    found = program.plan(program.wanted_of([other], []), present, values, memory)
    assert commands(found) == ["ip address delete 198.18.0.200/32 dev lo"]
    assert found[2] == {} and found[3]["settings"] == QUIET


def test_what_was_there_before_stays(program):
    there, set_by_somebody = [["address", "lo", "198.18.0.200/32"]], {
        "net.ipv4.conf.all.arp_ignore": "1", "net.ipv4.conf.all.arp_announce": "2"}
    dummy, present, values, memory = after(program, [GATE], there, set_by_somebody)
    assert memory == NOTHING
    found = program.plan(program.wanted_of([], []), present, values, memory)
    assert found[:3] == ([], {}, {})


def test_what_somebody_took_away_comes_back(program):
    dummy, present, values, memory = after(program, [GATE], values=QUIET)
    found = program.plan(program.wanted_of([GATE], []), [], dict(values, **{"net.ipv4.conf.all.arp_ignore": "0"}), memory)
    assert commands(found) == ["ip address add 198.18.0.200/32 dev lo scope host"]
    assert found[1] == {"net.ipv4.conf.all.arp_ignore": "1"}
    # What it was before the role came is still known.
    assert found[3] == memory


def test_the_gateways_table_stays_the_same(program):
    assert program.table("198.18.0.201") == program.table("198.18.0.201") != program.table("198.18.0.202")
