# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mdadm and the kernel said in one state, as tests/unit/fixtures/mdadm/record.sh wrote it down."""

from __future__ import annotations

import json

from ansible_collections.halab.cluster.plugins.module_utils import _block_devices
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_read as read
from transcripts import Transcript


class Recording(Transcript):
    """Answers the commands that were recorded."""

    def __init__(self, release, state):
        super().__init__("mdadm", release, state)

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

    def host(self):
        """All that the planner has to know."""
        blocks, signatures = self.said("lsblk "), self.said("wipefs ")
        return {
            "arrays": self.arrays(),
            "blocks": _block_devices.parse_block_devices(json.loads(blocks)),
            "signatures": _block_devices.parse_signatures(
                json.loads(signatures), ["/dev/vd" + letter for letter in "abcdefgh"]
            ),
            "examine": {
                command.split()[-1]: read.parse_examine(out)
                for command, (dummy, out, dummy) in self.answers.items()
                if command.startswith("mdadm --examine")
            },
            "held": set(),
        }
