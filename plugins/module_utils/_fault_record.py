# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what a fault has done to a host, written down there, so that it is undone whoever is left to do it.

Below /run, which goes with the power, as what the fault has done does.
"""

from __future__ import annotations

import json
import os
import uuid

from ansible_collections.halab.cluster.plugins.module_utils import _detached

FOLDER = "/run"


class Record:
    def __init__(self, fault):
        self.path = os.path.join(FOLDER, "halab-drill-%s.json" % fault)

    def read(self):
        """What was written down, or None: the fault is not there."""
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def begin(self, seconds, undo, **facts):
        """Write it down, and have undo(facts) called after so many seconds. Before anything is done, so that nothing is
        left behind by whoever is interrupted.

        A fault that has been undone by then, and done again, is another one, with a record and a process of its own.
        """
        facts["id"] = uuid.uuid4().hex
        part = self.path + ".part"
        with open(part, "w", encoding="utf-8") as file:
            json.dump(facts, file)
        os.replace(part, self.path)
        _detached.run_detached(seconds, lambda: self.end(undo) if self.read() == facts else None)

    def end(self, undo):
        undo(self.read())
        os.remove(self.path)
