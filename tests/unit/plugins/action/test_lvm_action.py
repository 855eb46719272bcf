# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module lvm on the controller: one look, the steps, another look; in check mode the same plan and no step."""

from __future__ import annotations

import types

import pytest
from ansible_collections.halab.cluster.plugins.action import lvm
from lvm_states import look

GROUP = {"vg": "data", "pvs": ["/dev/disk%d" % number for number in range(1, 6)]}
FIVE = {"vg": "data", "lv": "five", "type": "raid5", "size": "24M", "filesystem": {"fstype": "ext4"}, "cachevol": ""}
FAST = {"vg": "data", "lv": "fast", "size": "12M"}


@pytest.fixture
def play(monkeypatch):
    """Runs the plugin on a host that is in these states, one after the other as it is looked at."""
    monkeypatch.setattr(lvm.ActionBase, "run", lambda self, tmp=None, task_vars=None: {})

    def run(states, volumes, check=False, fails=None, groups=(GROUP,)):
        options = {"volume_groups": list(groups), "logical_volumes": list(volumes), "activation": {},
                   "may_lose_data": []}
        taken, looks = [], []
        plugin = lvm.ActionModule.__new__(lvm.ActionModule)
        plugin._task = types.SimpleNamespace(check_mode=check)
        plugin.validate_argument_spec = lambda specs: (None, options)

        def execute(module_name, module_args=None, task_vars=None):
            if module_name == "halab.cluster.lvm_info":
                looks.append(module_args["devices"])
                return look(states[min(len(looks) - 1, len(states) - 1)], module_args["devices"])
            taken.append(module_name)
            failure = {"failed": True, "msg": "no.", "stderr": "LVM says why"}
            return failure if module_name == fails else {"changed": True}

        plugin._execute_module = execute
        return plugin.run(task_vars={}), taken, len(looks)

    return run


def test_nothing_to_do_costs_one_look(play):
    result, taken, looks = play(["unused"], [FIVE, FAST])
    assert (result["changed"], result["steps"], taken, looks) == (False, [], [], 1)
    assert result["diff"]["before"] == result["diff"]["after"]


def test_steps_are_taken_by_their_modules_and_looked_at(play):
    result, taken, looks = play(["blank", "group"], [])
    assert result["changed"] and not result.get("failed") and taken == ["community.general.lvg"] and looks == 2
    assert result["steps"] == ["vgcreate data /dev/vdb /dev/vdc /dev/vdd /dev/vde /dev/vdf"]


@pytest.mark.parametrize("states", [["blank", "group"], ["types"]])
def test_check_mode_is_the_plan_of_the_run(play, states):
    run, dummy, dummy = play(states, [])
    check, taken, looks = play(states, [], check=True)
    assert taken == [] and looks == 1
    for key in ("changed", "steps", "diff"):
        assert check[key] == run[key]


def test_what_is_activated_is_looked_into(play):
    """A cache that is taken off is left inactive by LVM."""
    result, taken, looks = play(["cached", "uncached", "unused"], [FIVE, FAST])
    assert not result.get("failed") and taken == ["ansible.builtin.command"] * 2 and looks == 3
    assert result["steps"] == [
        "lvconvert --yes --splitcache data/five",
        "lvchange --activate y --ignoreactivationskip data/fast",
    ]


def test_refused_before_anything_is_touched(play):
    result, taken, dummy = play(["types"], [], groups=[{"vg": "more", "pvs": ["/dev/disk1"]}])
    assert result["failed"] and taken == [] and result["changed"] is False
    assert result["msg"].startswith("lvm_volume_groups: more: pvs names /dev/disk1")


def test_bad_variables_are_refused_without_a_role(play):
    result, taken, dummy = play(["types"], [{"vg": "data", "lv": "x"}])
    assert result["failed"] and taken == [] and "size is None" in result["msg"]


def test_a_step_that_fails(play):
    result, taken, dummy = play(["blank"], [FAST], fails="community.general.lvol")
    assert result["failed"] and result["changed"] and taken == ["community.general.lvg", "community.general.lvol"]
    assert "lvcreate data/fast size 12M (community.general.lvol) failed: no: LVM says why." in result["msg"]
    assert "Done before that: vgcreate data" in result["msg"]


def test_steps_that_change_nothing(play):
    """A module that reports success is not believed."""
    result, dummy, looks = play(["blank", "blank"], [])
    assert result["failed"] and looks == 2 and "this is still to be done: vgcreate data" in result["msg"]


def test_a_look_that_fails(play, monkeypatch):
    monkeypatch.setattr(lvm._lvm_plan, "plan", None)
    plugin = lvm.ActionModule.__new__(lvm.ActionModule)
    plugin._task = types.SimpleNamespace(check_mode=False)
    plugin._execute_module = lambda *args, **kwargs: {"failed": True, "msg": "pvs failed with rc 5"}
    empty = {"lvm_volume_groups": [], "lvm_logical_volumes": [], "lvm_activation": {}, "lvm_may_lose_data": []}
    assert plugin.plan(empty, {}).sentences == ["pvs failed with rc 5"]
