# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of module mdadm_array: what is shown during a wait, and how it ends.

What it does with the module on recorded arrays is in test_mdadm_array.py.
"""

from __future__ import annotations

import types

import pytest
from ansible_collections.halab.cluster.plugins.action import mdadm_array as action

MODULE, INFO = "halab.cluster.mdadm_array", "halab.cluster.mdadm_info"
DAY = {"wait": True, "timeout": 86400}


def module(commands=(), working=(), unfinished=(), options=None, **more):
    """What the module returns."""
    return dict(more, changed=bool(commands), commands=list(commands), working=list(working), diff=["part"],
                unfinished=list(unfinished), invocation={"module_args": dict(DAY, **options or {})})


def info(**doing):
    """What mdadm_info returns: arrays by their names, with what they are doing."""
    return {"arrays": [{"name": name, "busy": line is not None, "progress": line or None}
                       for name, line in doing.items()]}


@pytest.fixture
def play(monkeypatch):
    """Runs the plugin against modules that answer in this order; the last answer of each is repeated."""
    clock = types.SimpleNamespace(now=0.0)
    monkeypatch.setattr(action, "time", types.SimpleNamespace(
        monotonic=lambda: clock.now, sleep=lambda seconds: setattr(clock, "now", clock.now + seconds)))
    monkeypatch.setattr(action.ActionBase, "run", lambda self, tmp=None, task_vars=None: {})

    def run(modules, infos=(), check=False):
        answers = {MODULE: list(modules), INFO: list(infos)}
        done = types.SimpleNamespace(asked=[], shown=[])
        plugin = action.ActionModule.__new__(action.ActionModule)
        plugin._task = types.SimpleNamespace(check_mode=check)
        plugin._display = types.SimpleNamespace(display=done.shown.append)

        def execute(module_name, module_args=None, task_vars=None):
            done.asked.append(module_name)
            left = answers[module_name]
            return dict(left.pop(0) if len(left) > 1 else left[0])

        plugin._execute_module = execute
        done.result, done.seconds = plugin.run(task_vars={"inventory_hostname": "node1"}), clock.now
        return done

    return run


def test_at_rest(play):
    done = play([module()])
    assert done.asked == [MODULE] and done.result["changed"] is False and done.seconds == 0


def test_nobody_wants_to_wait(play):
    done = play([module(["create"], ["data"], options={"wait": False})])
    assert done.asked == [MODULE] and done.result["working"] == ["data"]


def test_check_mode_waits_for_nothing(play):
    assert play([module(["create"], ["data"])], check=True).asked == [MODULE]


def test_progress_is_shown_and_what_had_to_wait_is_done(play):
    done = play(
        [module(["replace"], ["data"], ["remove"]), module(["remove"], ["data"]), module()],
        [info(data="recovery 1.0 %", other="check 5.0 %"), info(data="recovery 1.0 %"), info(data=""), info(data=None)],
    )
    assert done.shown == ["node1: data: recovery 1.0 %", "node1: data: about to start"], "each line once"
    assert done.asked == [MODULE, INFO, INFO, INFO, INFO, MODULE, INFO, MODULE]
    assert done.result["commands"] == ["replace", "remove"] and done.result["changed"] and not done.result.get("failed")
    assert done.result["progress"] == ["data: recovery 1.0 %", "data: about to start"]
    assert done.result["diff"] == ["part"] and done.result["working"] == []


def test_two_arrays_at_once(play):
    infos = [
        info(one="resync 1.0 %", two="resync delayed"),
        info(one=None, two="resync 2.0 %"),
        info(one=None, two=None),
    ]
    done = play([module(["create"], ["one", "two"]), module()], infos)
    assert done.shown == ["node1: one: resync 1.0 %", "node1: two: resync delayed", "node1: two: resync 2.0 %"]


def test_a_day_is_not_shown_second_by_second(play):
    lines = [info(data="resync %.1f %%" % (number / 10)) for number in range(1, 2000)]
    done = play([module(["create"], ["data"], options={"timeout": 36000})], lines)
    assert done.result["failed"] and 36000 < done.seconds <= 36060
    assert done.result["msg"].startswith("Still at work after 36000 seconds: data (resync ")
    assert "run again to wait on, or give a larger timeout" in done.result["msg"]
    assert len(done.shown) < 650 and done.result["commands"] == ["create"]


def test_time_is_counted_over_all_rounds(play):
    done = play([module(["grow"], ["data"], options={"timeout": 60})],
                [info(data="reshape 1.0 %")] * 5 + [info(data=None)] + [info(data="reshape 2.0 %")])
    assert done.result["failed"] and 60 < done.seconds < 70


def test_the_look_fails(play):
    done = play([module(["create"], ["data"])], [{"failed": True, "msg": "mdadm --detail failed"}])
    assert done.result["failed"] and done.result["msg"] == "mdadm --detail failed"
    assert done.result["commands"] == ["create"]


def test_a_later_round_fails(play):
    done = play([module(["replace"], ["data"]), {"failed": True, "msg": "no way", "commands": []}], [info(data=None)])
    assert done.result["failed"] and done.result["msg"] == "no way"
    assert done.result["commands"] == ["replace"] and done.result["changed"]


def test_mdadm_says_done_again_and_again(play):
    done = play([module(["grow"], ["data"])], [info(data=None)])
    assert done.result["failed"] and "still to be done: grow." in done.result["msg"]
    assert done.asked.count(MODULE) == action.ROUNDS
