# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program of role realserver: what it makes of a host, as ip(8) was recorded on one, and in which order."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
import scripts
import transcripts

ROOT = Path(__file__).resolve().parents[2]
GATE = {"address": "192.0.2.100", "forwarding": "gate"}
GATE6 = {"address": "2001:DB8:0::100", "forwarding": "gate"}
IPIP = {"address": "192.0.2.100", "forwarding": "ipip"}
IPIP6 = {"address": "2001:db8::100", "forwarding": "ipip"}
MASQ = {"address": "192.0.2.101", "forwarding": "masq", "gateway": "198.51.100.1", "tcp": [80], "udp": [53],
        "directors": ["198.51.100.11"]}
MASQ6 = {"address": "2001:db8::101", "forwarding": "masq", "gateway": "2001:db8:1::1", "tcp": [80]}
ALL = [GATE, GATE6, MASQ, MASQ6]
VALUES = {"arp_ignore": "0", "arp_announce": "0", "rp_filter": "0", "accept_redirects": "1"}
SYSCTLS = {"net/ipv4/conf/%s/%s" % (device, name): value
           for device in ("all", "eth1", "tunl0") for name, value in VALUES.items()}
SYSCTLS["net/ipv6/conf/eth1/accept_redirects"] = "1"
each_release = pytest.mark.parametrize("release", transcripts.RELEASES)
program = scripts.load(ROOT / "roles/realserver/files/realserver")


class World:
    """A host whose gateways are by eth1: what is there by its keys, and its sysctls."""

    def __init__(self, keys=(), sysctls=None, devices=("lo", "eth1", "tunl0", "ip6tnl0"), tables=(255, 254, 253)):
        self.keys, self.devices, self.used = set(keys), set(devices), set(tables)
        self.sysctls = dict(SYSCTLS, **(sysctls or {}))
        self.state = {}
        self.undone = {}

    def seen(self):
        ways = {"198.51.100.1": "eth1", "198.51.100.2": "eth1", "2001:db8:1::1": "eth1", "192.0.2.254": None}
        return program.Seen(set(self.keys), set(self.devices), ways, set(self.used), self.sysctls.get)

    def planned(self, services):
        """(steps, during, after)"""
        items, problems = program.want(services, self.seen(), self.state)
        assert problems == []
        self.undone.update({program.shown(item.add): (item.key, program.shown(item.undo)) for item in items})
        keys = self.keys | {"sysctl %s %s" % pair for pair in self.sysctls.items()}
        return program.plan(items, keys, self.state)

    def take(self, step):
        if step[0] == "write":
            self.sysctls[step[1]] = step[2]
            return
        by_undo = {undo: key for key, undo in self.undone.values()}
        if program.shown(step) in self.undone:
            key = self.undone[program.shown(step)][0]
            assert key not in self.keys, "%s is there already" % key
            self.keys.add(key)
        else:
            self.keys.remove(by_undo[program.shown(step)])

    def apply(self, services, interrupted_after=None):
        steps, self.state, after = self.planned(services)
        for step in steps[:interrupted_after]:
            self.take(step)
        if interrupted_after is None:
            self.state = after
        return steps

    def snapshot(self):
        return copy.deepcopy((self.keys, self.sysctls))


def lines(steps):
    return [program.shown(step) for step in steps]


# What ip(8) says


@pytest.fixture
def recorded(monkeypatch, tmp_path):
    """Makes the recorded state of a host the one that the program sees."""
    def use(release, state):
        transcript = transcripts.Transcript("realserver", release, state)

        def run(argv):
            rc, out, dummy = transcript.answer(argv)
            if rc:
                raise program.Failed(argv)
            return out

        monkeypatch.setattr(program, "run", run)

    for name in ("CONFIG", "STATE"):
        monkeypatch.setattr(program, name, str(tmp_path / name))
    monkeypatch.setattr(program, "PROC_SYS", str(tmp_path) + "/")
    for path, value in SYSCTLS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(value + "\n", encoding="ascii")
    use.directory = tmp_path
    return use


def configure(directory, services):
    (directory / "CONFIG").write_text(json.dumps({"services": services}), encoding="utf-8")


def remember_all(directory):
    """As if the program had done all of ALL on the host that it sees. Returns that memory."""
    seen = program.look(ALL, {})
    keys = seen.keys | {"sysctl %s %s" % pair for pair in SYSCTLS.items()}
    state = program.plan(program.want(ALL, seen, {})[0], keys, {})[2]
    (directory / "STATE").write_text(json.dumps(state), encoding="utf-8")
    return state


PLANNED = """\
net/ipv4/conf/all/accept_redirects = 0
net/ipv4/conf/all/arp_announce = 2
net/ipv4/conf/all/arp_ignore = 1
net/ipv4/conf/eth1/accept_redirects = 0
net/ipv6/conf/eth1/accept_redirects = 0
ip address add 192.0.2.100/32 dev lo scope host
ip address add 2001:db8::100/128 dev lo preferred_lft 0
ip -4 route append default via 198.51.100.1 dev eth1 table 8301 protocol kernel
ip -6 route append default via 2001:db8:1::1 dev eth1 table 8302 protocol kernel
ip -4 rule add priority 1100 from 192.0.2.100 lookup 254 protocol kernel
ip -4 rule add priority 1100 to 198.51.100.11 lookup 254 protocol kernel
ip -4 rule add priority 1101 iif lo ipproto tcp sport 80 lookup 8301 protocol kernel
ip -4 rule add priority 1101 iif lo ipproto udp sport 53 lookup 8301 protocol kernel
ip -6 rule add priority 1100 from 2001:db8::100 lookup 254 protocol kernel
ip -6 rule add priority 1101 iif lo ipproto tcp sport 80 lookup 8302 protocol kernel
"""


@each_release
def test_check_prints_the_steps_and_takes_none(recorded, release, capsys, monkeypatch):
    recorded(release, "before")
    configure(recorded.directory, ALL)
    monkeypatch.setattr(program, "take", lambda step: pytest.fail("it took %s" % step))
    assert program.main("check") == 1
    # Table 8300 is another's.
    assert capsys.readouterr().out == PLANNED
    assert not (recorded.directory / "STATE").exists()


@each_release
def test_what_is_there_is_left_alone(recorded, release, capsys):
    recorded(release, "before")
    configure(recorded.directory, ALL)
    state = remember_all(recorded.directory)
    for path in SYSCTLS:
        value = "0" if path.endswith(("redirects", "rp_filter")) else "2"
        (recorded.directory / path).write_text(value, encoding="ascii")
    recorded(release, "after")
    assert program.main("apply") == 0
    # arp_ignore, which was another's 2, is stricter than what is wanted, and no longer this program's to undo.
    assert capsys.readouterr().out == ""
    assert sorted(json.loads((recorded.directory / "STATE").read_text(encoding="utf-8"))) == sorted(
        key for key in state if not key.startswith("sysctl net/ipv4/conf/all/arp_ignore"))


@each_release
def test_undo_asks_for_nothing_but_the_memory(recorded, release, monkeypatch):
    recorded(release, "before")
    state = remember_all(recorded.directory)
    recorded(release, "after")
    taken = []
    monkeypatch.setattr(program, "take", taken.append)
    assert program.main("undo") == 0
    # No sysctl: none has the value that was written.
    assert sorted(taken) == sorted(step for step in state.values() if step[0] != "write")
    assert json.loads((recorded.directory / "STATE").read_text(encoding="utf-8")) == {}


@each_release
def test_ways(recorded, release):
    recorded(release, "before")
    gateways = ["198.51.100.1", "198.51.100.21", "203.0.113.9", "192.0.2.77", "2001:db8:1::1", "2001:db8:1::21",
                "2001:db8:9::9"]
    seen = program.look([dict(MASQ, gateway=gateway) for gateway in gateways], {})
    assert seen.ways == dict(dict.fromkeys(gateways), **{"198.51.100.1": "eth1", "2001:db8:1::1": "eth1"})


@each_release
def test_tables_of_others_are_seen(recorded, release):
    recorded(release, "before")
    assert program.look([MASQ], {}).tables == {77, 253, 254, 255, 8300}


@pytest.mark.parametrize("more", [{"fwmark": "0x1"}, {"not": None}, {"srclen": 24}, {"sport_mask": "0xff00"}])
def test_a_rule_with_more_words_is_another_one(more):
    rule = {"priority": 1101, "src": "all", "iif": "lo", "ipproto": "ipproto-6", "sport": 80, "table": "8300"}
    assert program.read_rule(4, rule) == "rule 4 priority 1101 iif lo ipproto tcp sport 80 lookup 8300"
    assert program.read_rule(4, {**rule, **more}) is None


# What is wanted


@pytest.mark.parametrize("service, device, module", [(IPIP, "tunl0", "ipip"), (IPIP6, "ip6tnl0", "ip6_tunnel")])
def test_without_a_tunnel(recorded, capsys, service, device, module):
    recorded("debian13", "before")
    configure(recorded.directory, [service])
    assert program.main("check") == 1
    assert capsys.readouterr().out.startswith("modprobe %s\nudevadm settle" % module)
    seen = World(devices=["lo"]).seen()
    items, problems = program.want([service, GATE], seen, {})
    assert problems == ["%s: there is no %s; the kernel's module %s brings it." % (service["address"], device, module)]
    assert not any(device in item.key for item in items)


def test_tunnel():
    assert lines(World().apply([IPIP])) == [
        "net/ipv4/conf/all/arp_announce = 2",
        "net/ipv4/conf/all/arp_ignore = 1",
        "ip link set tunl0 up",
        "ip address add 192.0.2.100/32 dev tunl0 scope host",
    ]
    assert lines(World().apply([IPIP6])) == [
        "ip link set ip6tnl0 up", "ip address add 2001:db8::100/128 dev ip6tnl0 preferred_lft 0"]


def test_direct_routing_of_ipv6_takes_an_address_alone():
    assert lines(World().apply([GATE6])) == ["ip address add 2001:db8::100/128 dev lo preferred_lft 0"]


@pytest.mark.parametrize("service, device", [(IPIP, "tunl0"), (MASQ, "eth1")])
@pytest.mark.parametrize("of_all, own, written", [
    ("0", "0", False), ("0", "1", True), ("0", "2", False), ("1", "0", True), ("1", "1", True), ("1", "2", False),
    ("2", "2", False),
])
def test_a_strict_rp_filter_becomes_loose_on_one_interface(service, device, of_all, own, written):
    path = "net/ipv4/conf/%s/rp_filter"
    world = World(sysctls={path % "all": of_all, path % device: own})
    before = world.snapshot()
    world.apply([service])
    assert world.sysctls[path % device] == ("2" if written else own)
    assert world.sysctls[path % "all"] == of_all
    assert world.apply([service]) == []
    world.apply([])
    assert world.snapshot() == before


def test_what_is_stricter_stays():
    world = World(sysctls={"net/ipv4/conf/all/arp_ignore": "2"})
    assert "net/ipv4/conf/all/arp_ignore = 1" not in lines(world.apply([GATE]))


def test_ports_of_other_addresses_go_straight_before_a_service_goes_through_its_gateway():
    steps = lines(World().apply([MASQ, GATE]))
    straight = steps.index("ip -4 rule add priority 1100 from 192.0.2.100 lookup 254 protocol kernel")
    assert straight < min(number for number, step in enumerate(steps) if "lookup 8300" in step)
    assert not any("from" in step for step in lines(World().apply([MASQ, GATE6])))


def test_a_gateway_keeps_its_table():
    other = dict(MASQ, address="192.0.2.102", gateway="198.51.100.2", tcp=[443], udp=[])
    world = World(tables=(8300, 8302))
    world.apply([MASQ, other])
    assert {key for key in world.keys if key.startswith("route")} == {
        "route 4 8301 default via 198.51.100.1 dev eth1", "route 4 8303 default via 198.51.100.2 dev eth1"}
    assert "route 4 8303 default via 198.51.100.2 dev eth1" not in lines(world.apply([other]))
    assert {key for key in world.keys if key.startswith("route")} == {"route 4 8303 default via 198.51.100.2 dev eth1"}


def test_a_gateway_that_is_nowhere():
    nowhere = dict(MASQ, gateway="192.0.2.254")
    items, problems = program.want([nowhere, GATE], World().seen(), {})
    assert problems == ["192.0.2.101: its gateway 192.0.2.254 is in none of this host's networks."]
    assert [item.key for item in items if "192.0.2.101" in item.key or "192.0.2.254" in item.key] == []
    assert "address 192.0.2.100 dev lo" in [item.key for item in items]


def test_apply_does_nothing_where_it_cannot_do_all_and_start_does_the_rest(recorded, monkeypatch):
    recorded("debian13", "before")
    configure(recorded.directory, [dict(MASQ, gateway="192.0.2.77"), GATE6])
    taken = []
    monkeypatch.setattr(program, "take", taken.append)
    for verb in ("check", "apply"):
        with pytest.raises(program.Failed, match="192.0.2.77 is in none"):
            program.main(verb)
    assert taken == [] and not (recorded.directory / "STATE").exists()
    with pytest.raises(program.Failed, match="192.0.2.77 is in none"):
        program.main("start")
    assert lines(taken) == ["ip address add 2001:db8::100/128 dev lo preferred_lft 0"]


# The way there and back


def test_arp_is_silent_before_the_address_comes_and_until_it_has_gone():
    world = World()
    there = lines(world.apply([GATE]))
    assert there[-1] == "ip address add 192.0.2.100/32 dev lo scope host" and len(there) == 3
    back = lines(world.apply([]))
    assert back[0] == "ip address del 192.0.2.100/32 dev lo" and len(back) == 3


def test_an_address_that_stays_is_not_touched():
    world = World()
    world.apply(ALL)
    for services in ([GATE, MASQ6], [GATE], [GATE, IPIP6], ALL):
        assert not any("192.0.2.100/32" in step for step in lines(world.apply(services)))


def test_what_comes_comes_before_anything_goes():
    world = World()
    world.apply([GATE])
    steps = lines(world.apply([IPIP]))
    assert steps == ["ip link set tunl0 up", "ip address add 192.0.2.100/32 dev tunl0 scope host",
                     "ip address del 192.0.2.100/32 dev lo"]
    world.apply([MASQ])
    steps = lines(world.apply([dict(MASQ, gateway="198.51.100.2")]))
    new = steps.index("ip -4 rule add priority 1101 iif lo ipproto tcp sport 80 lookup 8301 protocol kernel")
    assert new < steps.index("ip -4 rule del priority 1101 iif lo ipproto tcp sport 80 lookup 8300")


def test_all_goes():
    world = World()
    before = world.snapshot()
    world.apply(ALL + [dict(IPIP, address="192.0.2.103")])
    assert world.snapshot() != before
    world.apply([])
    assert world.snapshot() == before and world.state == {}


def test_what_was_there_before_stays():
    foreign = {"address 192.0.2.100 dev lo", "rule 4 priority 1100 to 198.51.100.11 lookup 254", "link tunl0"}
    world = World(keys=foreign, sysctls={"net/ipv4/conf/all/arp_announce": "2"})
    before = world.snapshot()
    world.apply([GATE, MASQ, dict(IPIP, address="192.0.2.103")])
    world.apply([])
    assert world.snapshot() == before


def test_a_sysctl_that_somebody_has_set_since_stays():
    world = World()
    world.apply([GATE])
    world.sysctls["net/ipv4/conf/all/arp_announce"] = "1"
    world.apply([])
    assert world.sysctls["net/ipv4/conf/all/arp_announce"] == "1"


def test_drift_is_repaired_and_the_first_value_remembered():
    world = World(sysctls={"net/ipv4/conf/all/arp_announce": "1"})
    before = world.snapshot()
    world.apply([GATE])
    world.sysctls["net/ipv4/conf/all/arp_announce"] = "0"
    world.keys.remove("address 192.0.2.100 dev lo")
    assert lines(world.apply([GATE])) == [
        "net/ipv4/conf/all/arp_announce = 2", "ip address add 192.0.2.100/32 dev lo scope host"]
    world.apply([])
    assert world.snapshot() == before


@pytest.mark.parametrize("number", range(16))
@pytest.mark.parametrize("later", [ALL, [IPIP, MASQ6], []])
def test_whoever_is_interrupted_leaves_nothing(number, later):
    foreign = {"rule 4 priority 1100 to 198.51.100.11 lookup 254"}
    world = World(keys=foreign)
    before = world.snapshot()
    world.apply(ALL, interrupted_after=number)
    world.apply(later)
    fresh = World(keys=foreign)
    fresh.apply(later)
    # A gateway keeps the table that it got first.
    assert world.sysctls == fresh.sysctls
    assert {re.sub("83[0-9]+", "T", key) for key in world.keys} == {re.sub("83[0-9]+", "T", key) for key in fresh.keys}
    # And on the way back.
    world.apply([], interrupted_after=number)
    world.apply([])
    assert world.snapshot() == before and world.state == {}


def test_it_is_remembered_before_it_is_done(recorded, monkeypatch):
    recorded("debian12", "before")
    configure(recorded.directory, [GATE])

    def take(step):
        assert "address 192.0.2.100 dev lo" in json.loads((recorded.directory / "STATE").read_text(encoding="utf-8"))
        raise program.Failed("interrupted")

    monkeypatch.setattr(program, "take", take)
    with pytest.raises(program.Failed, match="interrupted"):
        program.main("apply")
