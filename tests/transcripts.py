# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools said in one state of a host, as the scripts record.sh below tests/unit/fixtures wrote it down."""

from __future__ import annotations

import json
import pathlib
import re

FIXTURES = pathlib.Path(__file__).parent / "unit" / "fixtures"
RELEASES = ("debian12", "debian13")


def read(path):
    """{command: (rc, out, err)}"""
    answers = {}
    # A command has its line to itself; nothing that is recorded prints a line that begins with a dollar sign.
    for part in re.split(r"^\$ ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        command, dummy, out = part.partition("\n")
        rc = re.search(r"^\[rc (\d+)\]\n", out, re.MULTILINE)
        err = "".join(re.findall(r"^\[err\] (.*\n)", out, re.MULTILINE))
        answers[command] = int(rc.group(1)) if rc else 0, re.sub(r"^\[(rc|err).*\n", "", out, flags=re.MULTILINE), err
    return answers


class Transcript:
    """Answers the commands that were recorded."""

    def __init__(self, tool, release, state):
        self.name = "%s/%s" % (release, state)
        self.answers = read(FIXTURES / tool / (self.name + ".txt"))

    def answer(self, argv):
        """(rc, out, err) of a command, None if it was not recorded."""
        if argv[0] == "wipefs" and "--json" in argv:
            return 0, json.dumps({"signatures": self._signatures(argv)}), ""
        return self.answers.get(" ".join(argv))

    def _signatures(self, argv):
        """All devices were asked for in one call; an answer about some of them is that part of it."""
        asked = {pathlib.Path(word).name for word in argv if word.startswith("/dev/")}
        return [entry for entry in json.loads(self.said("wipefs "))["signatures"] if entry["device"] in asked]

    def said(self, start):
        """What the first command that begins so printed; the block devices are not in every recording."""
        return next((answer[1] for command, answer in self.answers.items() if command.startswith(start)), "{}")
