# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: for action plugins that ask a node, by one shell command, whether there is anything to do at all.

In a run that changes nothing, starting modules is most of the work of a node; a shell command takes far less. So these
plugins start their module only where it is needed.

They may only ever say "nothing to do", and only where the module would say it as well. Whatever differs, fails, is not
covered by the question or not understood in the answer is the module's, which gets the arguments of the task: every
decision, refusal, prediction and write remains its own.
"""

from __future__ import annotations

import json
import re
import shlex

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

BEGIN, END = "halab-begin", "halab-end"
# Without what a node or an encoding could make something else of: ~, variables, letters beyond ASCII.
PLAIN_PATH = re.compile(r"/[\w./@:+-]*", re.ASCII)


class AskFirst(ActionBase):
    """Runs a module, unless the node's answer shows that there is nothing to do.

    MODULE and ARGUMENTS are its name and what it gives to AnsibleModule.
    """

    TRANSFERS_FILES = False
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        if self._task.async_val:
            # Whoever looks for the job later looks for that of a module.
            wrap_async = not self._connection.has_native_async
            return self._execute_module(self.MODULE, dict(self._task.args), task_vars=task_vars, wrap_async=wrap_async)
        return self.nothing_to_do() or self._execute_module(self.MODULE, dict(self._task.args), task_vars=task_vars)

    def question(self, params):
        """Shell commands that only read, and fail where the module is needed; None to ask nothing."""
        raise NotImplementedError

    def result(self, params, lines):
        """What the module would return, None unless it would do nothing. The commands have written these lines."""
        raise NotImplementedError

    def nothing_to_do(self):
        """The module's result if there is nothing to do, else None."""
        params = self.params()
        commands = None if params is None else self.question(params)
        lines = None if commands is None else self.ask(commands)
        return None if lines is None else self.result(params, lines)

    def params(self):
        """The arguments as the module will see them, but with paths as they were written; None if it refuses them."""
        rules = dict(self.ARGUMENTS, argument_spec=unexpanded(self.ARGUMENTS["argument_spec"]))
        try:
            # The module gets them as JSON, which makes text of the numbers that are keys, for instance.
            found = json.loads(json.dumps(self._task.args, ensure_ascii=False).encode("utf-8"))
        except (TypeError, ValueError):
            return None
        checked = ArgumentSpecValidator(**rules).validate(found)
        return None if checked.error_messages else checked.validated_parameters

    def ask(self, commands):
        """The lines that these commands write on the node, without empty ones; None unless all of them succeeded."""
        # The connection may have a terminal, which mixes errors into the answer and has systemctl start a pager.
        script = "export LC_ALL=C LANGUAGE=C; { %s; } </dev/null 2>/dev/null | cat" % " && ".join(
            ["echo " + BEGIN, *commands, "echo " + END])
        environment = self._compute_environment_string()
        answer = self._low_level_execute_command(("%s /bin/sh -c %s" % (environment, shlex.quote(script))).strip())
        lines = [line for line in answer["stdout"].splitlines() if line]
        # What comes before is of the login's making.
        if answer["rc"] or BEGIN not in lines or lines[-1] != END:
            return None
        return lines[lines.index(BEGIN) + 1:-1]


def unexpanded(spec):
    """The same argument spec with text for paths: what ~ and $HOME stand for, the controller cannot know."""
    plain = {}
    for name, option in spec.items():
        plain[name] = dict(option, type="str" if option["type"] == "path" else option["type"])
        if "options" in option:
            plain[name]["options"] = unexpanded(option["options"])
    return plain
