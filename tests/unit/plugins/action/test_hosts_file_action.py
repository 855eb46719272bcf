# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The question that the action plugin of module hosts_file asks: the module runs unless the file is right beyond doubt.

That the two agree in all cases of the module's own tests is seen there.
"""

from __future__ import annotations

import os
import types

import first_question
import pytest
from ansible_collections.halab.cluster.plugins.action import hosts_file as action

BLOCK = b"# BEGIN cluster nodes\n198.18.0.11 node1\n# END cluster nodes\n"
# Longer than one line of base64.
OTHERS = b"127.0.0.1 localhost\n" + b"# caf\xe9\r\n192.0.2.9 mail\r\n" * 10
RIGHT = {
    "right": OTHERS + BLOCK,
    "other line ends": (OTHERS + BLOCK).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "no newline at the end": BLOCK + b"192.0.2.9 mail",
    "newlines at the end": BLOCK + b"\n\n\n",
    "zero bytes": b"#\0\n" + BLOCK,
}
WRONG = {
    "no block": OTHERS,
    "an old block": OTHERS + BLOCK.replace(b"0.11", b"0.12"),
    "the loopback": b"127.0.1.1 node1\n" + BLOCK,
    "damaged": OTHERS + BLOCK + BLOCK,
    "contradicting": b"198.18.0.99 node1\n" + BLOCK,
    "empty": b"",
    "none": None,
}


class World:
    """A node with such a file."""

    def __init__(self, tmp_path, data):
        self.path, self.tools = tmp_path / "hosts", tmp_path / "bin"
        self.node, self.task = first_question.Node(self.tools), {}
        self.args = {"path": str(self.path), "nodes": [{"address": "198.18.0.11", "name": "node1"}]}
        if data is not None:
            self.path.write_bytes(data)
        data = (data or b"").decode("utf-8", "replace")
        self.idle = {"changed": False, "file": str(self.path), "diff": {
            "before": data, "after": data, "before_header": str(self.path), "after_header": str(self.path)}}

    def is_a_link(self):
        self.path.rename(self.path.parent / "elsewhere")
        self.path.symlink_to("elsewhere")

    def is_a_pipe(self):
        self.path.unlink()
        os.mkfifo(self.path)

    def play(self):
        """The result, and what modules ran."""
        plugin = first_question.plugin(action, self.args, self.node, **self.task)
        return plugin.run(task_vars={}), plugin.ran


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(action.AskFirst.__base__, "run", lambda self, tmp=None, task_vars=None: {})
    return lambda data=RIGHT["right"]: World(tmp_path, data)


def falls_through(world):
    result, ran = world.play()
    return result == {"of": "the module"} and ran == [
        ("halab.cluster.hosts_file", world.args, bool(world.task.get("async_val")))]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("data", RIGHT.values(), ids=RIGHT)
def test_nothing_to_do(world, data, check):
    world = world(data)
    world.task = {"check_mode": check}
    assert world.play() == (world.idle, [])
    assert len(world.node.commands) == 1


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_the_module_runs(world, data):
    assert falls_through(world(data))


UNCLEAR = {
    "a link": lambda w: w.is_a_link(),
    "a link on the way": lambda w: (
        (w.path.parent / "link").symlink_to("."), w.args.update(path=str(w.path.parent / "link" / "hosts"))),
    "two slashes": lambda w: w.args.update(path=str(w.path).replace("/hosts", "//hosts")),
    "a directory": lambda w: (w.path.unlink(), w.path.mkdir()),
    "a pipe": lambda w: w.is_a_pipe(),
    "no base64": lambda w: first_question.give_tool(w.tools, "base64", "exit 127\n"),
    "no readlink": lambda w: first_question.give_tool(w.tools, "readlink", "exit 127\n"),
    "something else than base64": lambda w: first_question.give_tool(w.tools, "base64", "cat\n"),
    "another marker": lambda w: w.args.update(marker="mine"),
    "a marker of two lines": lambda w: w.args.update(marker="a\nb"),
    "no address": lambda w: w.args["nodes"][0].update(address="node1"),
}
NOT_ASKED = {
    "an option that is none": lambda w: w.args.update(owner="root"),
    "no nodes": lambda w: w.args.pop("nodes"),
    "a node without a name": lambda w: w.args["nodes"][0].pop("name"),
    "a path of the node's": lambda w: w.args.update(path="~/hosts"),
    "a path with a variable": lambda w: w.args.update(path="$HOME/hosts"),
    "a relative path": lambda w: w.args.update(path="hosts"),
    "a job in the background": lambda w: w.task.update(async_val=60),
}


@pytest.mark.parametrize("change", list(UNCLEAR.values()) + list(NOT_ASKED.values()), ids=[*UNCLEAR, *NOT_ASKED])
def test_in_doubt_the_module_runs(world, change, monkeypatch):
    world = world()
    monkeypatch.setenv("HOME", str(world.path.parent))
    change(world)
    assert falls_through(world)
    assert len(world.node.commands) == (change in UNCLEAR.values())


def test_a_terminal_and_a_greeting(world):
    world = world()
    world.node.change = lambda answer: answer.update(stdout="Hello!\r\n\r\n" + answer["stdout"].replace("\n", "\r\n"))
    assert world.play() == (world.idle, [])


def test_an_answer_that_is_not_whole(world):
    world = world()
    world.play()
    whole = world.node.answer["stdout"].rstrip("\n")
    lines = whole.splitlines()
    answers = [whole[:end] for end in range(len(whole))]
    answers += ["\n".join(lines[:number] + lines[number + 1:]) for number in range(len(lines))]
    answers += ["\n".join(lines[:number + 1] + lines[number:]) for number in range(len(lines))]
    answers += [whole + "\nmore", whole + "\n" + whole, whole.replace("halab-begin", "halab-begin\nmore")]
    for answer in answers:
        world.node = types.SimpleNamespace(run=lambda command, answer=answer: {"rc": 0, "stdout": answer})
        assert falls_through(world), answer
    world.node = types.SimpleNamespace(run=lambda command: {"rc": 1, "stdout": whole})
    assert falls_through(world)
