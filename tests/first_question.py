# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the question that an action plugin asks before its module to this machine: a real shell, a systemctl that is
told what to say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import types


def give_tool(folder, name, text):
    """Puts a shell script into the folder, which comes first on the path of what is asked."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n" + text)
    (folder / name).chmod(0o755)


def give_systemctl(folder, replies):
    """replies as the cases of modules have them: argv, rc, out. The question may only ever have it show something."""
    cases = ""
    for reply in replies:
        words = reply["argv"].split(" ", 1)
        if words[0] == "systemctl" and words[1].startswith("show "):
            cases += "%s) printf %%s %s; exit %d;;\n" % (
                shlex.quote(words[1]), shlex.quote(reply.get("out", "")), reply.get("rc", 0))
    give_tool(folder, "systemctl", 'case "$*" in\n%sshow*) exit 99;;\nesac\necho "$*" >> %s\n' % (
        cases, shlex.quote(str(folder / "more_than_a_look"))))


class Node:
    """A shell on this machine, and what was said."""

    def __init__(self, tools):
        self.tools, self.commands, self.change = tools, [], lambda answer: None
        self.answer = None

    def run(self, command):
        self.commands.append(command)
        path = "%s:%s" % (self.tools, os.environ["PATH"])
        done = subprocess.run(
            ["/bin/sh", "-c", command], env={"PATH": path}, capture_output=True, check=False, timeout=20)
        self.answer = {"rc": done.returncode, "stdout": done.stdout.decode(errors="replace")}
        assert not (self.tools / "more_than_a_look").exists(), (self.tools / "more_than_a_look").read_text()
        # What becomes of it on its way.
        self.change(self.answer)
        return self.answer


def plugin(action, args, node, **task):
    """The action plugin of a task with these arguments. What it has modules do is in `ran`."""
    made = action.ActionModule.__new__(action.ActionModule)
    made._task = types.SimpleNamespace(**dict(dict(args=args, async_val=0, check_mode=False), **task))
    made._connection = types.SimpleNamespace(has_native_async=False)
    made._compute_environment_string = lambda: ""
    made._low_level_execute_command = node.run
    made.ran = []

    def execute(module_name, module_args, task_vars=None, wrap_async=False):
        made.ran.append((module_name, module_args, wrap_async))
        return {"of": "the module"}

    made._execute_module = execute
    return made


def hold_against_the_module(run_module, action, tmp_path):
    """run_module, with the question asked before each run: the two must agree on whether there is anything to do."""
    def run(module, case, check=False):
        give_systemctl(tmp_path / "bin", case.get("replies", []))
        said = plugin(action, case["input"], Node(tmp_path / "bin"), check_mode=check).nothing_to_do()
        result, world = run_module(module, case, check=check)
        idle = not result.get("failed") and not result["changed"]
        if said is not None:
            said = json.loads(re.sub(re.escape(str(tmp_path)) + r"/[^\s\"]+", "TMP", json.dumps(said)))
        assert said == (result if idle else None), "the question and the module disagree"
        return result, world
    return run
