# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: whether this host has a kernel and a clock of its own."""

from __future__ import annotations

import os

MARKERS = ("/run/systemd/container", "/run/.containerenv", "/.dockerenv")


def is_container(markers=MARKERS, environ="/proc/1/environ"):
    """Engines and systemd leave a mark in a container, and set a variable for its PID 1 (container(7))."""
    if any(os.path.exists(marker) for marker in markers):
        return True
    with open(environ, encoding="utf-8", errors="replace") as file:
        return any(variable.startswith("container=") for variable in file.read().split("\0"))
