# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Latency, and a clock that jumps. No packet here is late, and this machine's clock is out of reach."""

from __future__ import annotations

import errno
import json

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _container, _detached, _fault_record
from ansible_collections.halab.cluster.plugins.modules import fault_clock, fault_network_delay
from transcripts import RELEASES, Transcript

HOUR = 3600 * 10 ** 9


@pytest.fixture
def later(monkeypatch, tmp_path):
    """[(seconds, what is done then)] in processes that belong to nobody; their records are in tmp_path."""
    found = []
    monkeypatch.setattr(_detached, "run_detached", lambda seconds, action: found.append((seconds, action)))
    monkeypatch.setattr(_fault_record, "FOLDER", str(tmp_path))
    return found


class Machine:
    """Has been up for 1000 s, and has two clocks."""

    def __init__(self):
        self.up, self.clock, self.refuses, self.sets = 1000 * 10 ** 9, 1795340000 * 10 ** 9, [], 0

    run_command = None

    def passes(self, seconds):
        self.up += seconds * 10 ** 9
        self.clock += seconds * 10 ** 9

    def read(self, which):
        return {fault_clock.time.CLOCK_BOOTTIME: self.up, fault_clock.time.CLOCK_REALTIME: self.clock}[which]

    def set(self, which, value):
        assert which == fault_clock.time.CLOCK_REALTIME
        for error in self.refuses:
            raise error
        self.sets += 1
        self.clock = value


@pytest.fixture
def machine(monkeypatch, later):
    found = Machine()
    monkeypatch.setattr("time.clock_gettime_ns", found.read)
    monkeypatch.setattr("time.clock_settime_ns", found.set)
    monkeypatch.setattr("time.clock_settime", None)
    monkeypatch.setattr(_container, "is_container", lambda: False)
    return found


@pytest.fixture
def clock(run_module, machine):
    def run(check=False, **options):
        return run_module(fault_clock, {"input": options}, check=check, world=machine)[0]

    return run


@pytest.mark.parametrize("offset", [3600, -3600])
def test_a_clock_jumps_and_loses_no_time_on_its_way_back(clock, machine, later, offset):
    before = machine.clock
    assert clock(offset=offset, seconds=60)["changed"] is True
    assert machine.clock == before + offset * 10 ** 9
    machine.passes(25)
    assert clock(offset=offset)["changed"] is False
    assert clock(state="right")["changed"] is True
    assert machine.clock == before + 25 * 10 ** 9
    assert clock(state="right")["changed"] is False
    assert machine.sets == 2 and [seconds for seconds, dummy in later] == [60]


def test_nobody_has_to_bring_it_back(clock, machine, later):
    before = machine.clock
    clock(offset=3600)
    machine.passes(120)
    later[0][1]()
    assert machine.clock == before + 120 * 10 ** 9
    assert clock(state="right")["changed"] is False


def test_a_jump_that_was_undone_does_not_end_the_next_one(clock, machine, later):
    clock(offset=3600)
    clock(state="right")
    clock(offset=-3600)
    now = machine.clock
    later[0][1]()
    assert machine.clock == now
    later[1][1]()
    assert machine.clock == now + HOUR


def test_it_is_written_down_before_it_jumps(clock, machine, tmp_path, monkeypatch):
    """Whoever is killed in between leaves a record and somebody who brings the clock back, and no jump without them."""
    seen = []
    monkeypatch.setattr("time.clock_settime_ns", lambda which, value: seen.append(
        json.loads((tmp_path / "halab-drill-clock.json").read_text())["ahead"]))
    clock(offset=3600)
    assert seen == [machine.clock - machine.up]


@pytest.mark.parametrize("state", ["jumped", "right"])
def test_check_mode_sets_no_clock(clock, machine, later, state):
    if state == "right":
        clock(offset=3600)
    before = machine.sets
    assert clock(check=True, state=state, offset=60)["changed"] is True
    assert machine.sets == before and len(later) == before


@pytest.mark.parametrize("state", ["jumped", "right"])
def test_a_container_has_the_clock_of_its_machine(clock, machine, later, monkeypatch, state):
    monkeypatch.setattr(_container, "is_container", lambda: True)
    for check in (False, True):
        result = clock(check, state=state, offset=3600)
        assert result["failed"] is True and "container" in result["msg"] and "was not touched" in result["msg"]
    assert machine.sets == 0 and later == []


@pytest.mark.parametrize("options, words", [
    ({"offset": 0}, "offset: 0.0 is no jump"),
    ({}, "state is jumped but all of the following are missing: offset"),
    ({"offset": 60, "seconds": 0}, "seconds: 0 is no time"),
])
def test_what_is_no_jump(clock, machine, options, words):
    result = clock(**options)
    assert result["failed"] is True and words in result["msg"] and machine.sets == 0


@pytest.mark.parametrize("error", [PermissionError(errno.EPERM, "Operation not permitted"), OverflowError("too large")])
def test_a_clock_that_cannot_be_set(clock, machine, later, error):
    machine.refuses.append(error)
    result = clock(offset=3600)
    assert result["failed"] is True and "CAP_SYS_TIME" in result["msg"] and str(error) in result["msg"]
    machine.refuses.clear()
    # Nothing is left to be undone.
    later[0][1]()
    assert machine.sets == 0 and clock(state="right")["changed"] is False


class Host:
    """Answers from recordings, and obeys where the recorded kernel could not. What is in refused it does not know either."""

    def __init__(self, release):
        self.plain, self.ours, self.occupied = (
            Transcript("tc", release, name) for name in ("delay", "delay_ours", "delay_occupied"))
        self.ability, self.late, self.told, self.refused = self.plain, set(), [], None

    def run_command(self, argv, **kwargs):
        if argv[0] == "ip":
            return self.ability.answer(argv)
        if argv == ["tc", "-j", "qdisc", "show"]:
            return (self.ours if "eth0" in self.late else self.plain).answer(argv)
        self.told.append(" ".join(argv))
        if self.refused and self.refused in self.told[-1]:
            return self.ability.answer(["tc", *"qdisc add dev eth0 root handle de1a: prio bands 4".split()])
        if argv[1] == "qdisc" and "root" in argv:
            (self.late.add if argv[2] == "add" else self.late.remove)(argv[4])
        return 0, "", ""


@pytest.fixture(params=RELEASES)
def host(request):
    return Host(request.param)


@pytest.fixture
def delay(run_module, later, host):
    def run(check=False, **options):
        host.told.clear()
        return run_module(fault_network_delay, {"input": options}, check=check, world=host)[0]

    return run


def test_only_what_goes_to_these_addresses_is_late(delay, host, later):
    result = delay(addresses=["198.18.0.12", "fd00::12", "198.18.1.12", "198.18.0.12"], latency_ms=200, jitter_ms=50.5)
    assert host.told == [
        "tc qdisc add dev eth0 root handle de1a: prio bands 4",
        "tc qdisc add dev eth0 parent de1a:4 netem delay 200ms 50.5ms limit 10000",
        # These two are in delay_filters.txt, where the kernel counted what they match.
        "tc filter add dev eth0 parent de1a: protocol ip prio 1 u32 match ip dst 198.18.0.12/32 flowid de1a:4",
        "tc filter add dev eth0 parent de1a: protocol ipv6 prio 2 u32 match ip6 dst fd00::12/128 flowid de1a:4",
        "tc qdisc add dev eth1 root handle de1a: prio bands 4",
        "tc qdisc add dev eth1 parent de1a:4 netem delay 200ms 50.5ms limit 10000",
        "tc filter add dev eth1 parent de1a: protocol ip prio 1 u32 match ip dst 198.18.1.12/32 flowid de1a:4",
    ]
    assert result["changed"] is True and result["at"] > 0 and result["interfaces"] == ["eth0", "eth1"]
    assert [seconds for seconds, dummy in later] == [120]


@pytest.mark.parametrize("release", RELEASES)
def test_the_filters_sort_what_they_should(release):
    """Three packets and two of seventeen were for these addresses."""
    recorded = Transcript("tc", release, "delay_filters")
    filters = fault_network_delay.commands("eth0", ["198.18.0.12", "fd00::12"], 200, 50)[2:]
    assert [recorded.answer(["tc", *command])[0] for command in filters] == [0, 0]
    assert " 5 pkt " in recorded.said("tc -s class show dev eth0")


def test_they_are_prompt_again_whoever_is_left_to_see_to_it(delay, host, later):
    delay(addresses=["198.18.0.12"])
    assert delay(addresses=["198.18.0.12"])["changed"] is False and host.told == []
    assert delay(check=True, state="prompt")["changed"] is True and host.told == []
    assert delay(state="prompt")["changed"] is True and host.told == ["tc qdisc delete dev eth0 root"]
    assert delay(state="prompt")["changed"] is False and host.told == []
    delay(addresses=["198.18.0.12"])
    # The process of the first time finds the record of the second.
    later[0][1]()
    assert host.late == {"eth0"}
    later[1][1]()
    assert host.late == set() and delay(state="prompt")["changed"] is False


def test_check_mode_delays_nothing(delay, host, later):
    assert delay(check=True, addresses=["198.18.0.12"])["changed"] is True
    assert host.told == [] and later == []


def test_a_queue_of_somebody_else_is_not_taken_away(delay, host, later):
    host.plain = host.occupied
    result = delay(addresses=["198.18.0.12", "198.18.1.12"])
    assert result["failed"] is True and "eth1 has a queue already (tbf 80" in result["msg"]
    assert "tc qdisc delete dev eth1 root" in result["msg"] and host.told == [] and later == []
    # It is in nobody's way on another card, and stays there.
    assert delay(addresses=["198.18.0.12"])["changed"] is True
    host.ours = host.occupied
    host.ours.answers["tc -j qdisc show"] = 0, json.dumps([
        dict(queue, handle="de1a:") if queue["dev"] == "eth0" else queue
        for queue in json.loads(host.ours.said("tc -j qdisc show"))]), ""
    assert delay(state="prompt")["changed"] is True and host.told == ["tc qdisc delete dev eth0 root"]


@pytest.mark.parametrize("refused", ["prio bands", "netem", "filter"])
def test_a_kernel_that_cannot_leaves_nothing_behind(delay, host, refused):
    host.refused = refused
    result = delay(addresses=["198.18.0.12"])
    assert result["failed"] is True and "qdisc kind is unknown" in result["msg"] and "linux-image-amd64" in result["msg"]
    assert host.late == set() and delay(state="prompt")["changed"] is False


@pytest.mark.parametrize("options, words", [
    ({"addresses": []}, "addresses is empty"),
    ({"addresses": ["198.18.0.11"]}, "198.18.0.11 is this node's own"),
    ({"addresses": ["203.0.113.1"]}, "Network is unreachable. Allowed as addresses"),
    ({"addresses": ["no such host"]}, "addresses: no such host is no address"),
    ({"addresses": ["198.18.0.12"], "latency_ms": 0}, "latency_ms: 0 is not late"),
    ({"addresses": ["198.18.0.12"], "latency_ms": 10, "jitter_ms": 11}, "jitter_ms: 11 would have"),
    ({"addresses": ["198.18.0.12"], "seconds": -1}, "seconds: -1 is no time"),
])
def test_what_cannot_be_late(delay, host, later, options, words):
    result = delay(**options)
    assert result["failed"] is True and words in result["msg"] and host.told == [] and later == []
