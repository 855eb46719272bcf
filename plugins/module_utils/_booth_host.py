# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks booth, member by member. The only I/O of the booth_* modules.

Private to this collection.
"""

from __future__ import annotations

import os

from ansible_collections.halab.cluster.plugins.module_utils import _booth_conf, _booth_read
from ansible_collections.halab.cluster.plugins.module_utils._command import CommandHost

FOLDER = "/etc/booth"
ADVICE = "See journalctl -u pacemaker (or, of an arbitrator, -u booth@booth), and `booth peers`."
# A member that does not answer is given up by booth itself, after 10 s; this ends what it does not.
PATIENCE_S = 20


class Booth:
    """The members of a booth.conf, as they can be asked from this host."""

    def __init__(self, module, config):
        self.module = module
        self.host = CommandHost(module)
        # As booth takes it: a name, or a path.
        self.path = config if os.path.isabs(config) else os.path.join(FOLDER, config + ".conf")
        try:
            with open(self.path, encoding="utf-8", errors="replace") as handle:
                self.conf = _booth_conf.parse(handle.read())
        except OSError as error:
            module.fail_json(msg="config: %s cannot be read: %s. Role booth writes it." % (self.path, error))

    def argv(self, verb, site, *words):
        """A command of booth. Which member is meant is always said: in one subnet with all of them, booth guesses."""
        return ["booth", verb, "-c", self.path, "-s", site, *words]

    def run(self, argv, patience=PATIENCE_S):
        return self.host.run(["timeout", str(patience)] + argv)

    def member(self, address, kind):
        """What one member says: type, answers, tickets, and why it says nothing."""
        rc, out, err = self.run(self.argv("list", address))
        if rc:
            return {"type": kind, "answers": False, "tickets": None, "trouble": err.strip() or out.strip() or "rc %s" % rc}
        try:
            return {"type": kind, "answers": True, "tickets": _booth_read.tickets(out), "trouble": None}
        except _booth_read.Unread as error:
            self.module.fail_json(msg="This is no output that this module knows. %s" % error)

    def look(self):
        """{members, tickets} now."""
        members = {}
        for kind in ("site", "arbitrator"):
            for address in self.conf[kind + "s"]:
                members[address] = self.member(address, kind)
        return {"members": members, "tickets": _booth_read.together(self.conf["tickets"], members)}

    def must_answer(self, found):
        """Of members that are all silent nothing is known, and it would be wrong to say that nobody has the ticket."""
        if not any(member["answers"] for member in found["members"].values()):
            self.module.fail_json(msg="No member of %s answers: %s. %s" % (
                self.path, "; ".join("%s: %s" % (address, member["trouble"])
                                     for address, member in found["members"].items()), ADVICE))
