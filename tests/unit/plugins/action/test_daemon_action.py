# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The question that the action plugin of module daemon asks: one thing is wrong, and the module has to run.

That the two agree in all cases of the module's own tests is seen there.
"""

from __future__ import annotations

import getpass
import grp
import hashlib
import os
import types

import first_question
import pytest
from ansible_collections.halab.cluster.plugins.action import daemon as action
from ansible_collections.halab.cluster.plugins.module_utils import _daemon

SHOW = "systemctl show --property=LoadState,ActiveState,UnitFileState -- d"
SHOW_UNREAD = "systemctl show --property=NeedDaemonReload -- d other.service"
RUNNING = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
STOPPED = RUNNING.replace("=active", "=inactive")
READ = "NeedDaemonReload=no\n\nNeedDaemonReload=no\n"
SECRET = "never to be read aloud"
IDLE = {"changed": False, "files": [], "commands": [], "restart_reasons": [], "was_running": True,
        "reload_pending": False, "diff": []}


class World:
    """A node on which all is as the task wants it."""

    def __init__(self, tmp_path):
        self.etc, self.run, self.tools = tmp_path / "etc", tmp_path / "run", tmp_path / "bin"
        self.conf, self.key = self.etc / "d.conf", self.etc / "key"
        self.pid, self.marker = self.run / "d.pid", self.run / "pending"
        self.node, self.task = first_question.Node(self.tools), {}
        self.args = {"name": "d", "enabled": "yes", "start": True, "pid_file": str(self.pid),
                     "reload_pending": str(self.marker), "files": []}
        self.run.mkdir()
        for path, text, more in (
            (self.conf, "a: 1\n", {}),
            (self.key, SECRET, {"mode": "0400"}),
            (self.etc / "system" / "d", "[Service]\n", {}),
            (self.etc / "system" / "other.service.d" / "x.conf", "[Service]\n", {"validate": ["true", "%s"]}),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(int(more.get("mode", "0644"), 8))
            key = "secret_content" if text == SECRET else "content"
            group = grp.getgrgid(path.stat().st_gid).gr_name
            self.args["files"].append(dict(more, path=str(path), owner=getpass.getuser(), group=group, **{key: text}))
        self.pid.write_text("%d\n" % os.getpid())
        self.systemctl()

    def systemctl(self, unit=RUNNING, unread=READ, rc=0):
        first_question.give_systemctl(self.tools, [
            {"argv": SHOW, "out": unit, "rc": rc}, {"argv": SHOW_UNREAD, "out": unread}])

    def lacks(self, tool):
        first_question.give_tool(self.tools, tool, "exit 127\n")

    def is_a_link(self):
        self.conf.rename(self.etc / "elsewhere")
        self.conf.symlink_to("elsewhere")

    def is_a_pipe(self, path):
        path.unlink()
        os.mkfifo(path)

    def play(self):
        """The result, and what modules ran."""
        plugin = first_question.plugin(action, self.args, self.node, **self.task)
        return plugin.run(task_vars={}), plugin.ran


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(action.AskFirst.__base__, "run", lambda self, tmp=None, task_vars=None: {})
    monkeypatch.setattr(_daemon, "SYSTEMD", str(tmp_path / "etc") + "/")
    return World(tmp_path)


def falls_through(world):
    before = str(world.args)
    result, ran = world.play()
    assert result == {"of": "the module"}
    assert ran == [("halab.cluster.daemon", world.args, bool(world.task.get("async_val")))]
    assert ran[0][1] is not world.args and str(world.args) == before, "the task's own arguments stay as they are"
    return True


@pytest.mark.parametrize("check", [False, True])
def test_nothing_to_do(world, check):
    world.task = {"check_mode": check}
    assert world.play() == (IDLE, [])
    assert len(world.node.commands) == 1


def test_nothing_that_files_hold_is_told(world):
    world.play()
    for wanted in world.args["files"]:
        text = wanted.get("content") or wanted["secret_content"]
        for said in (text.strip(), hashlib.sha256(text.encode()).hexdigest()):
            assert said not in world.node.commands[0]


# What is still nothing to do: (change, whether the daemon runs)
IDLE_TOO = {
    "a number as content": (lambda w: (w.conf.write_text("5"), w.args["files"][0].update(content=5)), True),
    "the defaults": (lambda w: (w.args.clear(), w.args.update(name="d")), True),
    "the defaults, on a host without it": (
        lambda w: (w.args.clear(), w.args.update(name="d"),
                   w.systemctl("LoadState=not-found\nActiveState=inactive\nUnitFileState=\n")), False),
    "an octal number without its zero": (lambda w: w.args["files"][1].update(mode="400"), True),
    "no marker, no pid file": (lambda w: w.args.update(reload_pending="", pid_file=None), True),
    "somebody else started it": (lambda w: w.systemctl(STOPPED), True),
    "it is not to run": (lambda w: (w.args.update(start="no"), w.systemctl(STOPPED), w.pid.unlink()), False),
    "what it left when it died": (
        lambda w: (w.args.update(start=False), w.systemctl(STOPPED), w.pid.write_text("999999999\n")), False),
    "a command that reloads": (lambda w: (w.args.pop("reload_pending"), w.args.update(reload=["d", "reload"])), True),
    "a command that restarts": (lambda w: (
        w.args.pop("reload_pending"), w.args["files"][0].update(needs_restart=["true", "%s"]),
        w.args.update(reload=["d", "reload"], restart=["d", "restart"])), True),
}


@pytest.mark.parametrize("change, runs", IDLE_TOO.values(), ids=IDLE_TOO)
def test_still_nothing_to_do(world, change, runs):
    change(world)
    assert world.play() == (dict(IDLE, was_running=runs), [])


DIFFERENCES = {
    "other content": lambda w: w.conf.write_text("a: 2\n"),
    "a line end more": lambda w: w.conf.write_text("a: 1\n\n"),
    "other permissions": lambda w: w.conf.chmod(0o640),
    "a bit more": lambda w: w.conf.chmod(0o1644),
    "another owner": lambda w: w.args["files"][0].update(owner="games"),
    "another group": lambda w: w.args["files"][0].update(group="games"),
    "no file": lambda w: w.conf.unlink(),
    "a link to the same": lambda w: w.is_a_link(),
    "a directory": lambda w: (w.conf.unlink(), w.conf.mkdir()),
    "a pipe": lambda w: w.is_a_pipe(w.conf),
    "a reload that is owed": lambda w: w.marker.touch(),
    "a reload that is owed no more, because it stopped": lambda w: (
        w.args.update(start=False), w.systemctl(STOPPED), w.pid.unlink(), w.marker.touch()),
    "a unit that systemd has not read": lambda w: w.systemctl(unread="NeedDaemonReload=yes\n\nNeedDaemonReload=no\n"),
    "another that it has yet to read": lambda w: w.systemctl(unread="NeedDaemonReload=no\n\nNeedDaemonReload=yes\n"),
    "a unit of which nothing is said": lambda w: w.systemctl(unread="NeedDaemonReload=no\n"),
    "stopped": lambda w: (w.systemctl(STOPPED), w.pid.unlink()),
    "died": lambda w: (w.systemctl(STOPPED), w.pid.write_text("999999999\n")),
    "not enabled": lambda w: w.systemctl(RUNNING.replace("enabled", "disabled")),
    "enabled": lambda w: w.args.update(enabled=False),
    "masked": lambda w: (
        w.systemctl("LoadState=masked\nActiveState=inactive\nUnitFileState=masked\n"), w.pid.unlink()),
}
UNCLEAR = {
    "a link with the permissions of a link": lambda w: (w.args["files"][0].update(mode="0777"), w.is_a_link()),
    "systemctl fails": lambda w: w.systemctl(rc=1),
    "systemctl says less": lambda w: w.systemctl("LoadState=loaded\nActiveState=active\n"),
    "systemctl says more": lambda w: w.systemctl(RUNNING + "Result=success\n"),
    "systemctl says something twice": lambda w: w.systemctl(
        RUNNING.replace("UnitFileState=enabled", "LoadState=loaded")),
    "no systemctl": lambda w: w.lacks("systemctl"),
    "no sha256sum": lambda w: w.lacks("sha256sum"),
    "no stat": lambda w: w.lacks("stat"),
    "no cmp": lambda w: w.lacks("cmp"),
    "a checksum of an odd name": lambda w: first_question.give_tool(
        w.tools, "sha256sum", "echo '\\%s  -'\n" % hashlib.sha256(b"a: 1\n").hexdigest()),
    "two numbers as a pid": lambda w: w.pid.write_text("%d\n%d\n" % (os.getpid(), os.getpid())),
    "a pid with blanks": lambda w: w.pid.write_text(" %d\n" % os.getpid()),
    "a pid with zero bytes": lambda w: w.pid.write_text("%d\n\0" % os.getpid()),
    "no pid in the pid file": lambda w: w.pid.write_text("\n"),
    "words in the pid file": lambda w: w.pid.write_text("d runs\n"),
    "a pipe as pid file": lambda w: w.is_a_pipe(w.pid),
}


@pytest.mark.parametrize("change", list(DIFFERENCES.values()) + list(UNCLEAR.values()), ids=[*DIFFERENCES, *UNCLEAR])
def test_the_module_runs(world, change):
    change(world)
    assert falls_through(world)
    assert len(world.node.commands) == 1


def file(**more):
    return lambda args: args["files"][0].update(more)


NOT_ASKED = {
    "an option that is none": lambda args: args.update(state="started"),
    "no name": lambda args: args.pop("name"),
    "no unit but a pattern": lambda args: args.update(name="d*"),
    "no boolean": lambda args: args.update(start="perhaps"),
    "two kinds of reload": lambda args: args.update(reload=["d", "reload"]),
    "a restart, and a reload of somebody else": lambda args: args.update(restart=["d", "restart"]),
    "no list of files": lambda args: args.update(files=5),
    "a text for files": lambda args: args.update(files="d.conf"),
    "nothing for files": lambda args: args.update(files=None),
    "a file of nothing": lambda args: args.update(files=[None]),
    "a file without a path": lambda args: args["files"][0].pop("path"),
    "no content": lambda args: args["files"][0].pop("content"),
    "nothing for content": file(content=None),
    "content twice": file(secret_content="x"),
    "content that JSON cannot carry": file(content={1, 2}),
    "content that is no text": file(content="\udce9"),
    "a path of the node's": file(path="~/d.conf"),
    "a path with a variable": file(path="/etc/$HOME/d.conf"),
    "a relative path": file(path="d.conf"),
    "a path with a blank": file(path="/etc/d conf"),
    "a path of two lines": file(path="/etc/d.conf\n"),
    "a pid file of the node's": lambda args: args.update(pid_file="~/d.pid"),
    "a marker with a variable": lambda args: args.update(reload_pending="/run/$HOME"),
    "an owner by number": file(owner=os.getuid()),
    "an owner that nobody knows": file(owner="UNKNOWN"),
    "no owner": file(owner=""),
    "a group by number": file(group="%d" % os.getgid()),
    "symbolic permissions": file(mode="u=rw,go=r"),
}


@pytest.mark.parametrize("change", NOT_ASKED.values(), ids=NOT_ASKED)
def test_what_the_question_does_not_cover(world, change, monkeypatch):
    # On the controller, that is another one.
    monkeypatch.setenv("HOME", str(world.etc))
    change(world.args)
    assert falls_through(world)
    assert world.node.commands == []


def test_a_job_in_the_background_is_the_modules(world):
    world.task = {"async_val": 60}
    assert falls_through(world)
    assert world.node.commands == []


# What becomes of an answer on its way


def test_a_terminal_and_a_greeting(world):
    world.node.change = lambda answer: answer.update(stdout="Hello!\r\n\r\n" + answer["stdout"].replace("\n", "\r\n"))
    assert world.play() == (IDLE, [])


def test_an_answer_that_is_not_whole(world):
    world.play()
    whole = world.node.answer["stdout"].rstrip("\n")
    lines = [line for line in whole.splitlines() if line]
    answers = [whole[:end] for end in range(len(whole))]
    answers += ["\n".join(lines[:number] + lines[number + 1:]) for number in range(len(lines))]
    answers += ["\n".join(lines[:number + 1] + lines[number:]) for number in range(len(lines))]
    answers += [whole + "\nmore", whole + "\n" + whole, whole.replace("halab-begin", "halab-begin\nmore"),
                whole.replace("alive", "more")]
    world.node.run = lambda command: {"rc": 0, "stdout": whole}
    assert world.play() == (IDLE, []), "what follows is about what was broken"
    for answer in answers:
        world.node = types.SimpleNamespace(run=lambda command, answer=answer: {"rc": 0, "stdout": answer})
        assert falls_through(world), answer


def test_a_command_that_failed(world):
    world.node.change = lambda answer: answer.update(rc=1)
    assert falls_through(world)
