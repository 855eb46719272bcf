# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of module bond: it comes back through new connections until the host has decided."""

from __future__ import annotations

import types

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.halab.cluster.plugins.action import bond

LOST = AnsibleConnectionFailure("no route to host")
ORDERED = {"changed": True, "pending": True, "devices": ["bond0"],
           "invocation": {"module_args": {"rollback_timeout": 60}}}
CONFIRMED, READY = {"state": "confirmed"}, {"state": "ready"}
APPLYING = {"state": "applying", "reason": "bond0 does not exist"}
UNDONE = {"state": "undone", "log": "+ networkctl reload"}


@pytest.fixture
def play(monkeypatch):
    """Runs the plugin against a host that answers in this order; the last answer is repeated."""
    clock = types.SimpleNamespace(now=0.0)
    monkeypatch.setattr(bond.time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(bond.time, "sleep", lambda seconds: setattr(clock, "now", clock.now + seconds))
    monkeypatch.setattr(bond.ActionBase, "run", lambda self, tmp=None, task_vars=None: {})

    def run(*answers, check=False):
        asked = []
        plugin = bond.ActionModule.__new__(bond.ActionModule)
        plugin._task = types.SimpleNamespace(check_mode=check)
        plugin._connection = types.SimpleNamespace(reset=lambda: asked.append("new connection"))

        def execute(module_name, module_args=None, task_vars=None):
            asked.append(module_name)
            number = len([name for name in asked if name.startswith("halab")]) - 1
            answer = answers[min(number, len(answers) - 1)]
            if isinstance(answer, Exception):
                raise answer
            return dict(answer)

        plugin._execute_module = execute
        return plugin.run(task_vars={}), asked, clock.now

    return run


def test_nothing_to_confirm(play):
    result, asked, seconds = play({"changed": False, "pending": False})
    assert (result, asked, seconds) == ({"changed": False, "pending": False}, ["halab.cluster.bond"], 0)


def test_check_mode_confirms_nothing(play):
    assert play(ORDERED, check=True)[1] == ["halab.cluster.bond"]


def test_confirmed_through_new_connections(play):
    result, asked, dummy = play(ORDERED, LOST, APPLYING, LOST, READY, CONFIRMED)
    assert not result.get("failed") and result["changed"] is True and result["pending"] is False
    assert asked == ["halab.cluster.bond"] + ["new connection", "halab.cluster.bond_confirm"] * 5


def test_an_answer_that_was_lost(play):
    """Only a change that was confirmed leaves nothing behind."""
    assert not play(ORDERED, READY, LOST, {"state": "none"})[0].get("failed")


def test_the_host_took_it_back(play):
    result = play(ORDERED, LOST, LOST, UNDONE)[0]
    assert result["failed"] and "The change was taken back, and the host is as it was." in result["msg"]
    assert "no route to host" in result["msg"] and "What the host did: + networkctl reload" in result["msg"]


def test_the_host_never_answers(play):
    result, dummy, seconds = play(ORDERED, LOST)
    assert result["failed"] and "did not answer within 120 s" in result["msg"]
    assert "takes the change back 60 s after it was ordered" in result["msg"]
    assert 120 <= seconds < 130


def test_it_never_becomes_what_is_wanted(play):
    assert "not to what is wanted: bond0 does not exist." in play(ORDERED, APPLYING)[0]["msg"]


def test_without_a_time_limit_it_says_that_nothing_is_taken_back(play):
    ordered = dict(ORDERED, invocation={"module_args": {"rollback_timeout": 0}})
    assert "It keeps the change, because no time limit was set." in play(ordered, LOST)[0]["msg"]
