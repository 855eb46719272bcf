# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time of a probe.

Private to this collection.
"""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch that never jump, whatever happens to the system's clock meanwhile."""

    def __init__(self):
        self.offset = time.time() - time.monotonic()

    def now(self):
        return round(time.monotonic() + self.offset, 4)
