# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule of keepalived-second-opinion, by timelines: two hosts with keepalived as far as it matters, and a network.

Time goes in steps of 5 ms, and a frame takes one. A timeline says what is done to whom and when; what is judged is for
how long two had the address in their kernels, and for how long nobody had it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "roles" / "keepalived" / "files" / "keepalived_opinion.py"
SPEC = importlib.util.spec_from_file_location("keepalived_opinion", PATH)
rule = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(rule)

STEP = 0.005
ADDRESS = bytes([192, 0, 2, 100])
# What clients and other daemons announce, without our mark.
GRATUITOUS = 42


class Host:
    """keepalived (nopreempt, advert_int 1), the kernel and the daemon."""

    def __init__(self, name, priority, now, holder=False):
        self.name, self.priority, self.mac = name, priority, bytes([2, 0, 0, 0, 0, priority])
        self.state = "MASTER" if holder else "BACKUP"
        self.has = holder
        self.powered = self.keepalived = self.daemon = True
        self.since = now  # keepalived's processes; None where there are none
        self.tracked = 0
        self.advert_due = now
        self.wait(now, 1)
        self.opinion = rule.Opinion(1, priority, now, holder)
        self.tick_due = now
        self.inbox = []

    def wait(self, now, adverts=3):
        """The master-down timer, less an advert that is on its way when a timeline begins."""
        self.down_at = now + (3 if adverts == 3 else 3.5) + (256 - self.priority) / 256

    def serves(self):
        return self.powered and self.keepalived


class World:
    def __init__(self, holder="lb1", opinions=True):
        self.now = 0.0
        self.hosts = [Host("lb1", 254, 0, holder == "lb1"), Host("lb2", 253, 0, holder == "lb2")]
        self.opinions = opinions
        self.deaf = {"vrrp": set(), "arp": set()}  # who does not hear it from the other
        self.lost = 0  # of so many ARP frames, one
        self.count = 0
        self.overlap = self.gap = self.longest_gap = 0.0
        self.took = []
        self.faults = 0
        self.overlaps_at = []

    def __getitem__(self, name):
        return next(host for host in self.hosts if host.name == name)

    def other(self, host):
        return next(one for one in self.hosts if one is not host)

    # What a timeline may do

    def cut(self, *names):
        self.deaf["vrrp"] |= set(names or ("lb1", "lb2"))

    def cut_all(self):
        self.cut()
        self.deaf["arp"] |= {"lb1", "lb2"}

    def heal(self, what="vrrp"):
        self.deaf[what].clear()

    def die(self, name):
        self[name].powered = self[name].has = False

    def freeze(self, name):
        """Nothing runs any more but the kernel, which answers ARP."""
        self[name].keepalived = self[name].daemon = False

    def kill(self, name):
        self[name].keepalived, self[name].since = False, None

    def execute(self, name):
        """systemd has started a process; it reads its configuration, and the dead one's address is still there."""
        self[name].since = self.now

    def start(self, name):
        host = self[name]
        host.keepalived, host.state, host.has, host.since = True, "BACKUP", False, host.since or self.now
        host.wait(self.now)

    def boot(self):
        for host in self.hosts:
            self.start(host.name)

    def stop_daemon(self, name):
        self[name].daemon = False

    def start_daemon(self, name):
        host = self[name]
        host.daemon, host.inbox = True, []
        host.opinion = rule.Opinion(1, host.priority, self.now, host.has)
        host.tracked = 0

    def standby(self, name):
        self.fault(self[name])
        self[name].state = "STANDBY"

    # keepalived

    def advert(self, host, last=False):
        other = self.other(host)
        if not other.powered or other.name in self.deaf["vrrp"]:
            return
        other.opinion.advert(self.now)
        if other.keepalived and other.state == "BACKUP":
            other.down_at = self.now + (0 if last else 3) + (256 - other.priority) / 256
        if other.keepalived and other.state == "MASTER" and host.priority > other.priority and not last:
            other.state, other.has = "BACKUP", False
            other.wait(self.now)

    def fault(self, host):
        if host.state == "MASTER":
            self.advert(host, last=True)
        host.state, host.has = "FAULT", False
        self.faults += 1

    def keepalived(self, host):
        if host.tracked and host.state in ("MASTER", "BACKUP"):
            self.fault(host)
        elif not host.tracked and host.state == "FAULT":
            host.state = "BACKUP"
            host.wait(self.now)
        elif host.state == "BACKUP" and self.now >= host.down_at:
            host.state, host.has, host.advert_due = "MASTER", True, self.now
            self.took.append((host.name, round(self.now, 2)))
            self.send(host, rule.frame(host.mac, ADDRESS, ADDRESS, False)[:GRATUITOUS])
        if host.state == "MASTER" and self.now >= host.advert_due:
            host.advert_due = self.now + 1
            self.advert(host)

    # The network, and the daemon as its Watcher runs the rule

    def send(self, host, data):
        self.count += 1
        other = self.other(host)
        if other.name not in self.deaf["arp"] and not (self.lost and self.count % self.lost == 0):
            other.inbox.append((self.now + STEP, data))

    def daemon(self, host):
        arrived = [data for at, data in host.inbox if at <= self.now]
        if self.now < host.tick_due and not arrived:
            return
        if self.now >= host.tick_due:
            host.tick_due = self.now + host.opinion.tick
        host.inbox = [(at, data) for at, data in host.inbox if at > self.now]
        host.opinion.look(self.now, host.has)
        for data in arrived:
            rule.hear(host.opinion, data, ADDRESS, self.now)
        host.tracked = int(host.opinion.decide(self.now, host.mac))
        if host.keepalived and host.opinion.asks(self.now):
            self.send(host, rule.question(host.mac, ADDRESS))
        if host.opinion.answers(self.now) and host.opinion.has_say(self.now, host.since):
            self.send(host, rule.answer(host.mac, ADDRESS, host.opinion.standing, host.priority))

    def run(self, timeline, until):
        """timeline: [(when, what, *to whom)]"""
        todo = sorted(timeline, key=lambda entry: entry[0])
        while self.now < until:
            while todo and todo[0][0] <= self.now:
                getattr(self, todo[0][1])(*todo[0][2:])
                todo.pop(0)
            for host in self.hosts:
                if host.serves():
                    self.keepalived(host)
                if self.opinions and host.powered and host.daemon:
                    self.daemon(host)
            self.account()
            self.now += STEP
        return self

    def account(self):
        holders = [host for host in self.hosts if host.has]
        if len(holders) > 1:
            self.overlap += STEP
            self.overlaps_at.append(self.now)
        self.gap = 0 if holders else self.gap + STEP
        self.longest_gap = max(self.gap, self.longest_gap)

    def holders(self):
        return [host.name for host in self.hosts if host.has]


# name, who has the address, timeline, seconds, who has it then, seconds of two holders, seconds of none
TIMELINES = [
    ("calm", "lb1", [], 20, ["lb1"], 0, 0),
    ("VRRP is cut", "lb1", [(5.3, "cut")], 20, ["lb1"], 0, 0),
    ("VRRP is cut where the lower has it", "lb2", [(5.3, "cut")], 20, ["lb2"], 0, 0),
    ("and comes back", "lb1", [(5.3, "cut"), (15, "heal")], 25, ["lb1"], 0, 0),
    ("and comes back where the lower has it", "lb2", [(5.3, "cut"), (15, "heal")], 25, ["lb2"], 0, 0),
    ("only the backup is deaf", "lb1", [(5.3, "cut", "lb2")], 20, ["lb1"], 0, 0),
    ("only the higher is deaf, and backup", "lb2", [(5.3, "cut", "lb1")], 20, ["lb2"], 0, 0),
    ("only the master is deaf", "lb1", [(5.3, "cut", "lb1")], 20, ["lb1"], 0, 0),
    ("the master dies", "lb1", [(5.3, "die", "lb1")], 15, ["lb2"], 0, 3.01),
    ("the master dies during a cut", "lb1", [(5.3, "cut"), (10.2, "die", "lb1")], 20, ["lb2"], 0, 3.5),
    ("the master dies just when it is asked", "lb1", [(5.3, "cut"), (7.32, "die", "lb1")], 20, ["lb2"], 0, 3.5),
    ("the backup dies during a cut", "lb1", [(5.3, "cut"), (10.2, "die", "lb2")], 20, ["lb1"], 0, 0),
    ("keepalived is killed and comes back", "lb1", [(5.3, "kill", "lb1"), (5.8, "start", "lb1")], 15, ["lb2"], 0, 2.6),
    ("and comes back so slowly that the dead one's address is asked for", "lb1",
     [(5.3, "kill", "lb1"), (5.9, "execute", "lb1"), (7.6, "start", "lb1")], 15, ["lb2"], 0, 0.5),
    ("and has its address back long before a cut", "lb1",
     [(5.3, "kill", "lb1"), (5.4, "start", "lb1"), (12, "kill", "lb2"), (12.4, "start", "lb2"), (20, "cut")],
     40, ["lb1"], 0, 2.7),
    ("keepalived is killed during a cut", "lb1",
     [(3, "cut"), (9, "kill", "lb1"), (9.4, "start", "lb1")], 20, ["lb2"], 0, 3.01),
    ("a planned move", "lb1", [(5.3, "standby", "lb1")], 15, ["lb2"], 0, 0.02),
    ("a planned move during a cut", "lb1", [(5.3, "cut"), (12, "standby", "lb1")], 20, ["lb2"], 0, 3.5),
    ("all boot during a cut", "lb1", [(1, "cut"), (1, "boot")], 15, ["lb1"], 0.05, 3.1),
    ("the daemon of the backup comes late", "lb1",
     [(0, "stop_daemon", "lb2"), (5.3, "cut"), (10, "start_daemon", "lb2")], 20, ["lb1"], 4.5, 0),
    ("and that of the higher", "lb2",
     [(0, "stop_daemon", "lb1"), (5.3, "cut"), (8, "start_daemon", "lb1")], 20, ["lb1"], 4, 0),
    ("the backup's daemon is started again during a cut", "lb1",
     [(5.3, "cut"), (12, "start_daemon", "lb2")], 20, ["lb1"], 0, 0),
    ("the master's daemon is away for a second during a cut", "lb1",
     [(5.3, "cut"), (12, "stop_daemon", "lb1"), (13, "start_daemon", "lb1")], 20, ["lb1"], 0, 0),
    ("all is cut, and VRRP stays so", "lb1", [(5.3, "cut_all"), (15, "heal", "arp")], 25, ["lb1"], 9, 0),
]


@pytest.mark.parametrize("case", TIMELINES, ids=[case[0] for case in TIMELINES])
def test_timeline(case):
    dummy, holder, timeline, seconds, expected, overlap, gap = case
    world = World(holder).run(timeline, seconds)
    assert world.holders() == expected, world.took
    assert world.overlap <= overlap + STEP, world.overlaps_at
    assert world.longest_gap <= gap + STEP


@pytest.mark.parametrize("when", [5.0 + share / 20 for share in range(20)])
@pytest.mark.parametrize("fault", ["die", "freeze", "kill"])
def test_nobody_waits_longer_than_without_it(fault, when):
    """Whenever the master is lost, and also where its kernel goes on to answer ARP."""
    with_it, without = (World("lb1", opinions).run([(when, fault, "lb1")], 12).took for opinions in (True, False))
    assert with_it == without and with_it[0][0] == "lb2"


@pytest.mark.parametrize("holder", ["lb1", "lb2"])
@pytest.mark.parametrize("when", [5.0 + share / 20 for share in range(20)])
def test_a_cut_makes_no_second_holder(holder, when):
    assert World(holder, opinions=False).run([(when, "cut")], 12).overlap > 3
    assert World(holder).run([(when, "cut")], 40).overlap == 0


@pytest.mark.parametrize("lost", [3, 4, 5])
def test_a_network_that_loses_questions_and_answers(lost):
    world = World("lb1")
    world.lost = lost
    assert world.run([(5.3, "cut")], 40).overlap == 0
    assert world.faults == 1, "it goes on being sure"


@pytest.mark.parametrize(("event", "until"), [((10, "heal"), 11.1), ((10, "die", "lb1"), 10.5)])
def test_who_gave_way_is_a_backup_again(event, until):
    world = World("lb1").run([(5.3, "cut")], 9)
    assert world["lb2"].state == "FAULT"
    world.run([event], until)
    assert world["lb2"].state == "BACKUP"


def test_a_late_daemon_ends_it_soon():
    """It waits for adverts as keepalived does, then asks."""
    world = World("lb1").run([(0, "stop_daemon", "lb2"), (5.3, "cut"), (10, "start_daemon", "lb2")], 20)
    assert 12.2 < world.overlaps_at[-1] < 12.5


def test_two_that_stand_agree_within_a_second():
    """Only ARP is mended: the higher one keeps the address, as keepalived would have it."""
    for holder in ("lb1", "lb2"):
        world = World(holder).run([(5.3, "cut_all"), (15, "heal", "arp")], 25)
        assert world.holders() == ["lb1"] and world.overlaps_at[-1] < 16.2


def test_the_newcomer_gives_way_whatever_its_priority():
    """Its daemon sees only now what keepalived did a moment ago."""
    world = World("lb2")
    world["lb1"].opinion.advert_at = -10
    world["lb1"].state, world["lb1"].has = "MASTER", True
    world.cut()
    world.run([], 10)
    assert world.holders() == ["lb2"] and world.overlap < 0.05


@pytest.mark.parametrize("state", [{"since": None}, {"has": False}, {"since": 8}])
def test_who_does_not_answer(state):
    world = World("lb1")
    for key, value in state.items():
        setattr(world["lb1"], key, value)
    world.now = 10
    world["lb1"].opinion.advert(world.now)
    world["lb1"].opinion.question()
    world.daemon(world["lb1"])
    assert world["lb2"].inbox == []


@pytest.mark.parametrize(("since", "now", "expected"), [(None, 20, False), (3, 4, True), (9, 13.9, False), (9, 14, True)])
def test_an_address_that_stays_is_the_new_keepalived_s_own(since, now, expected):
    """It came at 3. keepalived has several processes, and one that is replaced takes no address away."""
    opinion = rule.Opinion(1, 100, 0, False)
    opinion.look(3, True)
    assert opinion.has_say(now, since) is expected


def test_nobody_speaks_while_adverts_are_heard():
    world = World("lb1").run([], 30)
    # The master asks once a second, for it hears no adverts itself.
    assert 25 <= world.count <= 35
    assert world["lb2"].opinion.yields is False


def test_a_foreign_question_gets_no_answer():
    """From a client, or from whoever else probes."""
    opinion = rule.Opinion(1, 254, 0, True)
    for sender in (bytes([192, 0, 2, 51]), rule.NO_ADDRESS):
        rule.hear(opinion, rule.frame(b"\2" * 6, sender, ADDRESS, False)[:GRATUITOUS], ADDRESS, 10)
    assert opinion.asked is False


@pytest.mark.parametrize(("advert_at", "expected"), [(9, False), (7, True)])
def test_an_announcement_is_contradicted_where_vrrp_is_silent_only(advert_at, expected):
    """Where a higher one takes the address by VRRP, a word too many would lead clients back to the old one."""
    opinion = rule.Opinion(1, 100, 0, True)
    opinion.advert(advert_at)
    rule.hear(opinion, rule.frame(b"\2" * 6, ADDRESS, ADDRESS, False)[:GRATUITOUS], ADDRESS, 10)
    assert opinion.answers(10) is expected


def test_which_frames_are_about_an_address():
    """Clients ask for it all the time; that is not worth a look at this host."""
    client = bytes([192, 0, 2, 51])
    asked_by_a_client = rule.frame(b"\2" * 6, client, ADDRESS, False)[:GRATUITOUS]
    assert not rule.is_about(asked_by_a_client, ADDRESS)
    assert rule.is_about(rule.frame(b"\2" * 6, ADDRESS, ADDRESS, False)[:GRATUITOUS], ADDRESS)
    assert rule.is_about(rule.question(b"\2" * 6, ADDRESS), ADDRESS)
    assert not rule.is_about(rule.question(b"\2" * 6, client), ADDRESS)


@pytest.mark.parametrize("data", [b"", b"\0" * 41, b"\0" * 38 + ADDRESS, b"\xff" * 38 + ADDRESS + b"2op1\1\1\1"])
def test_what_is_no_arp(data):
    opinion = rule.Opinion(1, 254, 0, True)
    rule.hear(opinion, data, ADDRESS, 10)
    assert (opinion.asked, opinion.rival) == (False, None)


def test_of_another_address():
    opinion = rule.Opinion(1, 254, 0, True)
    rule.hear(opinion, rule.question(b"\2" * 6, bytes([192, 0, 2, 101])), ADDRESS, 10)
    assert opinion.asked is False


def test_frames_to_the_byte():
    question = rule.question(bytes.fromhex("020000000001"), ADDRESS)
    assert question.hex() == (
        "ffffffffffff" "020000000001" "0806" "0001" "0800" "06" "04" "0001" "020000000001" "00000000" "000000000000"
        "c0000264" "326f7031" "00" "00" "00" + "00" * 11
    )
    answer = rule.answer(bytes.fromhex("020000000001"), ADDRESS, True, 254)
    assert answer.hex() == (
        "ffffffffffff" "020000000001" "0806" "0001" "0800" "06" "04" "0001" "020000000001" "c0000264" "000000000000"
        "c0000264" "326f7031" "01" "01" "fe" + "00" * 11
    )


def test_a_short_advert_int():
    """Three adverts are over before a tenth of a second is."""
    opinion = rule.Opinion(0.1, 254, 0, False)
    assert opinion.tick == 0.01 and opinion.patience < 0.3
