# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module lvm: looks once, plans everything, and has community.general's modules do the steps.

A plugin, because those modules cannot tell in check mode what they would do on something that is not there yet, and a
task for each of them would ask the host about every volume in every run.
"""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.halab.cluster.plugins.module_utils import _lvm_plan

# What is activated by the first round of steps can be looked into by the second.
ROUNDS = 3
OPTIONS = {
    "volume_groups": {"type": "list", "elements": "dict", "default": []},
    "logical_volumes": {"type": "list", "elements": "dict", "default": []},
    "activation": {"type": "dict", "default": {}},
    "may_lose_data": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):
    """Brings a host's volumes to what is wanted."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        dummy, options = self.validate_argument_spec(OPTIONS)
        wanted = {"lvm_" + name: options[name] for name in OPTIONS}
        world = self.plan(wanted, task_vars)
        result.update(changed=False, steps=[], unfinished=[])
        for dummy in range(ROUNDS):
            if world.sentences:
                return dict(result, failed=True, msg=" ".join(world.sentences + self.done(result)))
            # That of the first plan, which is what check mode has shown.
            result.setdefault("diff", _lvm_plan.diff(world))
            planned = [step["shown"] for step in world.steps]
            if self._task.check_mode or not planned:
                result["steps"] += planned
                return dict(result, changed=bool(result["steps"]), unfinished=_lvm_plan.unfinished(world))
            if set(planned) <= set(result["steps"]):
                break
            for step in world.steps:
                taken = self._execute_module(step["module"], step["args"], task_vars=task_vars)
                if taken.get("failed"):
                    return dict(result, failed=True, msg=" ".join([self.failure(step, taken)] + self.done(result)))
                result.update(changed=True, steps=result["steps"] + [step["shown"]])
            world = self.plan(wanted, task_vars)
        return dict(result, failed=True, msg="Every step succeeded, and this is still to be done: %s. Something else "
                    "may be changing the volumes at the same time." % "; ".join(planned))

    def plan(self, wanted, task_vars):
        devices = list(wanted["lvm_may_lose_data"])
        for entry in wanted["lvm_volume_groups"] + wanted["lvm_logical_volumes"]:
            devices += entry.get("pvs") or []
        devices = sorted({device for device in devices if isinstance(device, str) and device.startswith("/")})
        found = self._execute_module("halab.cluster.lvm_info", {"devices": devices}, task_vars=task_vars)
        if found.get("failed"):
            world = _lvm_plan.World(wanted, found, self._task.check_mode)
            world.sentences = [found["msg"]]
            return world
        return _lvm_plan.plan(wanted, found, self._task.check_mode)

    @staticmethod
    def failure(step, taken):
        """What to tell of a step that failed."""
        keys = [key for key in ("msg", "err", "stderr", "module_stderr") if taken.get(key)]
        said = [str(taken[key]).strip().rstrip(".") for key in keys]
        return "%s (%s) failed: %s. The next run goes on from here." % (step["shown"], step["module"], ": ".join(said))

    @staticmethod
    def done(result):
        return ["Done before that: %s." % "; ".join(result["steps"])] if result["steps"] else []
