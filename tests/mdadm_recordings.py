# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mdadm and the kernel said in one state, as tests/unit/fixtures/mdadm/record.sh wrote it down."""

from __future__ import annotations

import json
import pathlib

import transcripts
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_read as read

FIXTURES = pathlib.Path(__file__).parent / "unit" / "fixtures" / "mdadm"
RELEASES = ("debian12", "debian13")


class Recording:
    """Answers the commands that were recorded."""

    def __init__(self, release, state):
        self.name = "%s/%s" % (release, state)
        self.answers = transcripts.read(FIXTURES / (self.name + ".txt"))

    def answer(self, argv):
        """(rc, out, err) of a command, None if it was not recorded."""
        if argv[0] == "wipefs" and "--json" in argv:
            return 0, json.dumps({"signatures": self._signatures(argv)}), ""
        return self.answers.get(" ".join(argv))

    def _signatures(self, argv):
        """All disks were asked for in one call; an answer about some of them is that part of it."""
        recorded = next(answer for command, answer in self.answers.items() if command.startswith("wipefs "))
        asked = {pathlib.Path(word).name for word in argv if word.startswith("/dev/")}
        return [entry for entry in json.loads(recorded[1])["signatures"] if entry["device"] in asked]

    def mdstat(self):
        return self.answers["cat /proc/mdstat"][1]

    def attributes(self, name):
        found = self.answers.get("cd /sys/block/%s/md && grep -sH '' ..." % name)
        return read.parse_attributes(found[1]) if found else {}

    def arrays(self):
        """The assembled arrays, as the module sees them."""
        return [
            read.array(
                "/dev/" + name,
                mdstat,
                read.parse_detail(self.answers["mdadm --detail --export /dev/" + name][1]),
                self.attributes(name),
            )
            for name, mdstat in sorted(read.parse_mdstat(self.mdstat()).items())
        ]

    def _said(self, start):
        """What the first command that begins so printed; the block devices are not in every recording."""
        return next((answer[1] for command, answer in self.answers.items() if command.startswith(start)), "{}")

    def host(self):
        """All that the planner has to know."""
        blocks, signatures = self._said("lsblk "), self._said("wipefs ")
        return {
            "arrays": self.arrays(),
            "blocks": read.parse_block_devices(json.loads(blocks)),
            "signatures": read.parse_signatures(json.loads(signatures), ["/dev/vd" + letter for letter in "abcdefgh"]),
            "examine": {
                command.split()[-1]: read.parse_examine(out)
                for command, (dummy, out, dummy) in self.answers.items()
                if command.startswith("mdadm --examine")
            },
            "held": set(),
        }
