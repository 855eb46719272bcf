# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs commands for a module: in the C locale, with every return code looked at.

Private to this collection.
"""

from __future__ import annotations

LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}


class CommandHost:
    """The host that a module runs on."""

    def __init__(self, module):
        self.module = module

    def run(self, argv):
        return self.module.run_command(argv, environ_update=LOCALE)

    def must(self, argv, advice):
        """The output of a command that has to succeed."""
        rc, out, err = self.run(argv)
        if rc:
            self.fail(argv, rc, out, err, advice)
        return out

    def fail(self, argv, rc, out, err, advice, **more):
        said = err.strip() or out.strip() or "nothing"
        self.module.fail_json(
            msg="%s failed with rc %s: %s. %s" % (" ".join(argv), rc, said.rstrip("."), advice), rc=rc, **more
        )
