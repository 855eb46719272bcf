# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What renders the examples is of the collection, and Molecule does not tell pytest where that is."""

from __future__ import annotations

import sys

import topology

sys.path.append(str(topology.ROOT / ".cache" / "collections"))
