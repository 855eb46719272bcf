# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a daemon to get somewhere, no longer than it takes."""

from __future__ import annotations

import time

PATIENCE_S = 20


def until(wanted, look):
    """What look gives, as soon as wanted says that it is this."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if wanted(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
