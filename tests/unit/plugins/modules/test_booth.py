# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules booth_info and booth_ticket, on what booth 1.0 and 1.2 said: tests/unit/fixtures/booth."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.modules import booth_info, booth_ticket
from transcripts import FIXTURES, RELEASES, Transcript

CONF = FIXTURES / "booth" / "booth.conf"
A, B, ARBITRATOR = "198.19.77.101", "198.19.77.102", "198.19.77.13"


class World:
    """Answers from a transcript; an order leads on to the next one."""

    def __init__(self, release, states, orders=()):
        self.transcripts = [Transcript("booth", release, state) for state in states]
        self.orders = dict(orders)
        self.ordered = []

    def run_command(self, argv, **kwargs):
        assert kwargs["environ_update"] == {"LC_ALL": "C", "LANGUAGE": "C"}
        said = " ".join(argv).replace(str(CONF), "/etc/booth/booth.conf")
        if "list" in argv:
            return self.transcripts[0].answer(said.split())
        self.ordered.append(said)
        if len(self.transcripts) > 1:
            self.transcripts.pop(0)
        return self.orders.get(argv[3], (0, "", "booth: info: %s succeeded!\n" % argv[3]))


@pytest.fixture(params=RELEASES)
def release(request):
    return request.param


@pytest.fixture
def ask(run_module, release, monkeypatch):
    """A module in these states, one after the other. No Pacemaker runs here."""
    monkeypatch.setattr(Pacemaker, "daemons", lambda self: {"pacemakerd": False})

    def run(module, states, check=False, orders=(), **given):
        world = World(release, states, orders)
        return run_module(module, {"input": dict(given, config=str(CONF))}, check=check, world=world)[0], world.ordered
    return run


@pytest.mark.parametrize("state, expected", [
    ("fresh", {"leader": None, "holders": [], "agreed": True, "pending": False}),
    ("granted", {"leader": A, "holders": [A], "agreed": True, "pending": False}),
    ("revoked", {"leader": None, "holders": [], "agreed": True, "pending": False}),
    # Its lease has not ended, so that it may go on serving.
    ("silent", {"leader": A, "holders": [], "agreed": True, "pending": False}),
    ("taken_over", {"leader": B, "holders": [B], "agreed": True, "pending": False}),
    ("pending", {"leader": B, "holders": [B], "agreed": True, "pending": True}),
    # Nobody knows.
    ("stopped", {"leader": None, "holders": [], "agreed": False, "pending": False}),
])
def test_who_has_the_ticket(ask, state, expected):
    result, dummy = ask(booth_info, [state])
    found = result["tickets"]["web"]
    assert {key: found[key] for key in expected} == expected and found["manual"] is False
    # A lease is there for who has it, in booth's own words.
    assert bool(found["expires"]) == bool(expected["leader"])


def test_a_manual_ticket_can_be_with_two_sites(ask):
    found = ask(booth_info, ["several"])[0]["tickets"]["batch"]
    assert (found["manual"], found["holders"], found["leader"], found["agreed"]) == (True, [A, B], None, False)
    assert found["expires"] == "INF"


def test_members(ask):
    members = ask(booth_info, ["silent"])[0]["members"]
    assert {address: (member["type"], member["answers"]) for address, member in members.items()} == {
        A: ("site", False), B: ("site", True), ARBITRATOR: ("arbitrator", True)}
    assert A in members[A]["trouble"] and members[A]["tickets"] is None and members[B]["trouble"] is None


def test_grant(ask):
    result, ordered = ask(booth_ticket, ["fresh", "granted"], name="web", site=A)
    assert ordered == ["timeout 120 booth grant -c /etc/booth/booth.conf -s %s -w -C web" % A]
    assert (result["changed"], result["before"], result["after"]) == (True, None, A)
    assert result["now"] == "Ticket web is with site %s." % A
    assert (result["diff"]["before"], result["diff"]["after"]) == ("Nobody has ticket web.\n", result["now"] + "\n")


def test_revoke_asks_who_has_it(ask):
    result, ordered = ask(booth_ticket, ["granted", "revoked"], name="web", state="revoked")
    assert ordered == ["timeout 120 booth revoke -c /etc/booth/booth.conf -s %s -w web" % A]
    assert (result["changed"], result["before"], result["after"]) == (True, A, None)


@pytest.mark.parametrize("state, given", [
    ("granted", {"site": A}), ("taken_over", {"site": B}), ("fresh", {"state": "revoked"}),
    ("revoked", {"state": "revoked", "site": A})])
def test_what_is_so_already_is_left(ask, state, given):
    result, ordered = ask(booth_ticket, [state], name="web", **given)
    assert ordered == [] and result["changed"] is False and result["before"] == result["after"]


@pytest.mark.parametrize("states, given", [
    (["fresh", "granted"], {"site": A}), (["granted", "revoked"], {"state": "revoked"})])
def test_check_mode_predicts_and_orders_nothing(ask, states, given):
    checked, ordered = ask(booth_ticket, states, check=True, name="web", **given)
    assert ordered == [] and checked == ask(booth_ticket, states, name="web", **given)[0]


@pytest.mark.parametrize("state, given, sentence", [
    ("granted", {"name": "nosuch", "site": A}, "name: booth has no ticket nosuch; it has batch, web."),
    ("granted", {"name": "web", "site": "198.19.77.99"}, "site: 198.19.77.99 is no site; the sites are"),
    ("granted", {"name": "web", "site": ARBITRATOR}, "is an arbitrator, which holds no ticket"),
    ("granted", {"name": "web", "site": B}, "site: %s has ticket web; revoke it first" % A),
    ("silent", {"name": "web", "site": B}, "site: %s has ticket web; revoke it first" % A),
    ("granted", {"name": "web", "site": B, "state": "revoked"}, "site: %s does not have ticket web, %s does." % (B, A)),
    ("silent", {"name": "web", "state": "revoked"}, "site %s has ticket web and does not answer" % A),
    ("stopped", {"name": "web", "site": A}, "No member of %s answers: %s: " % (CONF, A)),
])
def test_what_cannot_be_is_refused_in_check_mode_as_well(ask, state, given, sentence):
    for check in (False, True):
        result, ordered = ask(booth_ticket, [state], check=check, **given)
        assert result["failed"] is True and sentence in result["msg"] and ordered == []


def test_a_refusal_of_booth_is_shown_with_its_command(ask, release):
    refused = Transcript("booth", release, "granted").answer(
        ("timeout 20 booth grant -c /etc/booth/booth.conf -s %s -w -C web" % B).split())
    assert refused[0] == 1
    result, dummy = ask(booth_ticket, ["fresh"], orders={"grant": refused}, name="web", site=B)
    assert "booth grant -c %s -s %s -w -C web failed with rc 1: " % (CONF, B) in result["msg"]
    assert "granting a granted ticket" in result["msg"] and "journalctl" in result["msg"]


def test_an_order_without_an_end_is_ended(ask):
    result, dummy = ask(booth_ticket, ["fresh"], orders={"grant": (124, "", "")}, name="web", site=A, timeout=7)
    assert "rc 124: no answer within timeout (7 s)" in result["msg"]


def test_an_order_that_comes_to_nothing_is_told(ask, monkeypatch):
    clock = iter(range(0, 1000, 50))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    result, dummy = ask(booth_ticket, ["fresh", "fresh"], name="web", site=A)
    assert "after 120 s it is not so: Nobody has ticket web." in result["msg"]


def test_another_booth_is_not_guessed_at(ask, monkeypatch):
    monkeypatch.setattr(Transcript, "answer", lambda self, argv: (0, "ticket web has the leader x\n", ""))
    assert "booth list said 'ticket web has the leader x'" in ask(booth_info, ["fresh"])[0]["msg"]


def test_a_host_without_booth_conf_says_so(run_module, release, tmp_path):
    given = {"input": {"config": str(tmp_path / "other.conf")}}
    result = run_module(booth_info, given, world=World(release, ["fresh"]))[0]
    assert "config: TMP cannot be read" in result["msg"] and "Role booth writes it" in result["msg"]
