# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for the nodes of a lab. A plugin, because a module cannot say anything before it has ended."""

from __future__ import annotations

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.halab.cluster.plugins.module_utils import _lab_ready

CONNECT_TIMEOUT = 5
# Seconds after which a node that let SSH in has to have run something.
RUN_TIMEOUT = 20
# Bytes of a console that are looked at, lines that are shown.
TAIL = 8192
LINES = 15
ARGUMENTS = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "ssh_config": {"type": "path", "required": True},
    "consoles": {"type": "dict", "default": {}},
    "timeout": {"type": "int", "default": 300},
    "interval": {"type": "int", "default": 15},
}


class ActionModule(ActionBase):
    """Asks all of them at once, and says every few seconds how far they are."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        dummy, wanted = self.validate_argument_spec(ARGUMENTS)
        if self._task.check_mode:
            return {"changed": False, "skipped": True}
        self.config, self.files = wanted["ssh_config"], wanted["consoles"]
        silent = _lab_ready.wait(wanted["hosts"], self.answering, self.console, self.say, time, wanted["timeout"],
                                 wanted["interval"])
        if not silent:
            return {"changed": False}
        message = ["%s did not answer by SSH within %d s." % (", ".join(silent), wanted["timeout"])]
        for host in silent:
            message += ["%s: %s" % (host, line) for line in _lab_ready.lines_of(self.console(host), LINES)]
        return {"failed": True, "msg": message}

    @staticmethod
    def say(text):
        # The banner of a task may come only with its result.
        Display().display("waiting for the nodes, %s" % text)

    def answering(self, hosts):
        """Those that let SSH in and can run something."""
        with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
            return [host for host, there in zip(hosts, pool.map(self.answers, hosts)) if there]

    def answers(self, host):
        options = ["-F", self.config, "-o", "BatchMode=yes", "-o", "ConnectTimeout=%d" % CONNECT_TIMEOUT]
        try:
            done = subprocess.run(["ssh", *options, host, "true"], capture_output=True, check=False,
                                  timeout=CONNECT_TIMEOUT + RUN_TIMEOUT)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def console(self, host):
        """The end of what a host wrote to its console; nothing for one that has none."""
        path = self.files.get(host)
        if not path or not os.path.exists(path):
            return ""
        with open(path, "rb") as handle:
            handle.seek(max(0, os.path.getsize(path) - TAIL))
            return handle.read().decode("utf-8", errors="replace")
