# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of module mdadm_array: wait, and show meanwhile what the arrays are doing.

A plugin, because nobody sees anything of a module before it has ended, and a rebuild may take a day.
"""

from __future__ import annotations

import time

from ansible.plugins.action import ActionBase
from ansible_collections.halab.cluster.plugins.module_utils._mdadm_plan import UNDONE

# Every run of the module ends in a wait. The longest way is adding, replacing, growing, resizing.
ROUNDS = 8
# Seconds between two looks: a tenth of the wait so far, so that the output of a day's rebuild is still read.
SOONEST = 2
LATEST = 60


class ActionModule(ActionBase):
    """Runs the module, waits, and runs it again for what had to wait."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        start, commands, progress, diff = time.monotonic(), [], [], None
        for dummy in range(ROUNDS):
            result = self._execute_module(module_name="halab.cluster.mdadm_array", task_vars=task_vars)
            now = result.get("commands", [])
            commands += now
            diff = diff or result.get("diff", [])
            result.update(commands=commands, changed=bool(commands), diff=diff, progress=progress)
            if result.get("failed") or self._task.check_mode:
                return result
            options = result["invocation"]["module_args"]
            if not options["wait"] or not result["working"]:
                return result
            problem = self.wait(result["working"], start, options["timeout"], progress, task_vars)
            if problem:
                return dict(result, failed=True, msg=problem)
        return dict(result, failed=True, msg=UNDONE % "; ".join(now + result["unfinished"]))

    def wait(self, names, start, timeout, progress, task_vars):
        """Until these arrays are at rest; returns what is wrong if they do not get there."""
        begun, shown = time.monotonic(), {}
        while True:
            time.sleep(min(max((time.monotonic() - begun) / 10, SOONEST), LATEST))
            found = self._execute_module(module_name="halab.cluster.mdadm_info", module_args={}, task_vars=task_vars)
            if found.get("failed"):
                return found["msg"]
            doing = {array["name"]: array["progress"] or "about to start"
                     for array in found["arrays"] if array["name"] in names and array["busy"]}
            for name, line in doing.items():
                if shown.get(name) != line:
                    progress.append("%s: %s" % (name, line))
                    self._display.display("%s: %s" % (task_vars["inventory_hostname"], progress[-1]))
            shown = doing
            if not doing:
                return None
            if time.monotonic() - start > timeout:
                return (
                    "Still at work after %d seconds: %s. This goes on by itself; run again to wait on, or give a "
                    "larger timeout." % (timeout, ", ".join("%s (%s)" % entry for entry in doing.items())))
