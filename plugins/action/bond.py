# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of module bond: come back through new connections, and confirm.

A plugin, because a task whose connection is lost ends its host's play; here that is what is being tried.
"""

from __future__ import annotations

import time

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

# Seconds between two connections, and how long to wait for a host that has gone back.
INTERVAL = 2
GRACE = 60


class ActionModule(ActionBase):
    """Runs the module, then confirms what it did."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        result = self._execute_module(module_name="halab.cluster.bond", task_vars=task_vars)
        if not result.get("pending") or self._task.check_mode:
            return result
        seconds = result["invocation"]["module_args"]["rollback_timeout"]
        result.update(self.confirm(seconds, task_vars))
        # So that the output of a run shows what a check would have shown.
        result["pending"] = False
        return result

    def confirm(self, seconds, task_vars):
        """What to tell of the change: nothing when it is kept."""
        last, end = "", time.monotonic() + seconds + GRACE
        while time.monotonic() < end:
            time.sleep(INTERVAL)
            try:
                self._connection.reset()
                found = self._execute_module(module_name="halab.cluster.bond_confirm", module_args={},
                                             task_vars=task_vars)
            except AnsibleError as error:
                last = "The last try to come back ended with: %s" % error
                continue
            if found.get("failed") or found.get("unreachable"):
                last = "The last try to confirm ended with: %s" % found.get("msg")
            elif found["state"] in ("confirmed", "none"):
                # None waits: the answer to the last try was lost on its way, or somebody else has confirmed it.
                return {}
            elif found["state"] == "undone":
                return self.failure("The change was taken back, and the host is as it was. %s" % last, found.get("log"))
            else:
                last = "The controller came back, but not to what is wanted: %s." % found.get("reason")
        return self.failure(
            "The host did not answer within %d s. %s" % (seconds + GRACE, (
                "It takes the change back %d s after it was ordered." % seconds if seconds else
                "It keeps the change, because no time limit was set.")) + " " + last, None)

    @staticmethod
    def failure(message, log):
        """A result that says so."""
        return {"failed": True, "msg": message.strip() + (" What the host did: %s" % log if log else "")}
