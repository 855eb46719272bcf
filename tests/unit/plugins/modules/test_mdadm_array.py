# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mdadm_array, with its action plugin, in recorded states: in check mode, as a run, and as a run again.

A case begins in the state `before`. `input` is an array, with wait and timeout beside its options, or several `arrays`.
`steps` are the commands that change something, in order, each with the state it leads to (null where nobody looks in
between); `sleep` is the wait between two looks. `fails` makes a command fail. @uuid is the array's, as the superblocks
of the first state have it.
"""

from __future__ import annotations

import struct
import types

import pytest

from ansible_collections.halab.cluster.plugins.action import mdadm_array as action
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_host
from ansible_collections.halab.cluster.plugins.modules import mdadm_array, mdadm_info
from mdadm_recordings import Recording

MODULES = {"halab.cluster.mdadm_array": mdadm_array, "halab.cluster.mdadm_info": mdadm_info}


class World:
    """A host that goes from one recorded state to the next."""

    def __init__(self, release, case, state):
        self.release, self.case = release, case
        self.recording = Recording(release, state)
        self.steps = case["steps"]
        self.taken, self.shown, self.clock = [], [], 0

    def move(self, name):
        command, state = self.steps[len(self.taken)] if len(self.taken) < len(self.steps) else (None, None)
        assert name == command, "the case expects %s now" % command
        self.taken.append(name)
        if state:
            self.recording = Recording(self.release, state)

    def run_command(self, argv, **kwargs):
        environment = kwargs.get("environ_update") or {}
        assert isinstance(argv, list) and environment == {"LC_ALL": "C", "LANGUAGE": "C"}
        if argv[:2] == ["udevadm", "settle"]:
            return 0, "", ""
        answer = self.recording.answer(argv)
        if answer is not None:
            return answer
        command = " ".join(argv)
        if command in self.case.get("fails", {}):
            return 1, "", self.case["fails"][command]
        self.move(command)
        return 0, "", ""

    def sleep(self, seconds):
        self.clock += seconds
        if self.steps[len(self.taken) :] and self.steps[len(self.taken)][0] == "sleep":
            self.move("sleep")

    def writes(self):
        return [command for command in self.taken if command != "sleep"]


def arguments(given):
    """The module's arguments of a case."""
    together = {key: given[key] for key in ("wait", "timeout") if key in given}
    array = {key: value for key, value in given.items() if key not in ("wait", "timeout")}
    return dict(together, arrays=given.get("arrays", [array]))


def run_action(run_module, monkeypatch, world, case, check):
    """A task as the controller runs it, with the modules on a host that is this world."""
    asked = arguments(case["input"])
    monkeypatch.setattr(action.ActionBase, "run", lambda self, tmp=None, task_vars=None: {})
    monkeypatch.setattr(action, "time", types.SimpleNamespace(sleep=world.sleep, monotonic=lambda: world.clock))
    plugin = action.ActionModule.__new__(action.ActionModule)
    plugin._task = types.SimpleNamespace(check_mode=check)
    plugin._display = types.SimpleNamespace(display=world.shown.append)

    def execute(module_name, module_args=None, task_vars=None):
        given = asked if module_args is None else module_args
        result = run_module(MODULES[module_name], {"input": given}, check=check, world=world)[0]
        return dict(result, invocation={"module_args": dict({"wait": False, "timeout": 86400}, **given)})

    plugin._execute_module = execute
    return plugin.run(task_vars={"inventory_hostname": "node1"})


def test_case(case, run_module, monkeypatch):
    release = case["release"]
    uuids = [examine["uuid"] for examine in Recording(release, case["before"]).host()["examine"].values()]
    case["steps"] = [
        [command.replace("@uuid", uuids[0] if uuids else ""), state] for command, state in case.get("steps", [])
    ]

    def run(state, check=False):
        world = World(release, case, state)
        monkeypatch.setattr(_mdadm_host.Host, "read_mdstat", lambda self: world.recording.mdstat())
        monkeypatch.setattr(_mdadm_host.Host, "read_attributes", lambda self, name: world.recording.attributes(name))
        monkeypatch.setattr(_mdadm_host.Host, "is_held", lambda self, device: False)
        monkeypatch.setattr(_mdadm_host.Host, "read_superblock", lambda self, device, start: b"")
        monkeypatch.setattr(mdadm_array, "held_by", lambda path: case.get("backup"))
        return run_action(run_module, monkeypatch, world, case, check), world

    result, world = run(case["before"])
    expected = dict(case["expect"])
    for part in expected.pop("msg", []):
        assert part in result["msg"]
    assert result.get("failed", False) == ("msg" in case["expect"]), result.get("msg")
    for key, value in expected.items():
        assert result.get(key) == value, key
    assert len(world.taken) == len(world.steps), "all steps were taken"
    if not result.get("failed"):
        assert result["commands"] == world.writes()
        assert result["changed"] == bool(world.writes())
        assert world.shown == ["node1: " + line for line in result["progress"]]

    checked, untouched = run(case["before"], check=True)
    assert untouched.taken == [], "check mode touches nothing"
    if case.get("check", "same") == "same":
        for key in ("changed", "commands", "unfinished", "diff", "failed", "msg"):
            assert checked.get(key) == result.get(key), "check mode predicts %s" % key

    if result.get("changed") and not result.get("failed"):
        case["steps"] = []
        again, world = run(world.recording.name.split("/")[1])
        assert again["changed"] is False and world.taken == [], "a second run changes nothing"
        assert again["unfinished"] == result["unfinished"]
        assert again["conf"] == result["conf"]


def test_room_for_a_partial_parity_log_is_read_from_the_superblock(tmp_path):
    path, superblock = tmp_path / "disk", bytearray(256)
    struct.pack_into("<II", superblock, 0, 0xA92B4EFC, 1)
    struct.pack_into("<QQQ", superblock, 128, 4096, 126976, 8)
    struct.pack_into("<i", superblock, 188, 16)
    path.write_bytes(bytes(4096) + superblock)
    said = "MD_LEVEL=raid5\nMD_METADATA=1.2\nMD_UUID=0:0:0:0\n"
    host = _mdadm_host.Host(types.SimpleNamespace(run_command=lambda argv, **kwargs: (0, said, "")))
    assert host.examine(str(path), 67108864)["ppl_room"] == 8
    assert host.examine(str(tmp_path / "pulled"), 67108864)["ppl_room"] is None


@pytest.mark.parametrize(
    ("head", "whose"),
    [(b"md_backup_data-1" + bytes(16), "mdadm"), (bytes(512), "mdadm"), (b"root:x:0:0:", "other"), (None, None)],
)
def test_whose_backup_file(tmp_path, head, whose):
    path = tmp_path / "backup"
    if head is not None:
        path.write_bytes(head)
    assert mdadm_array.held_by(str(path)) == whose
    assert mdadm_array.held_by(str(tmp_path)) == "other"
