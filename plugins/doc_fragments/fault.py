# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the faults that strike when their module has answered have in common, as module_utils/_detached.py takes it."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options:
  delay:
    description: Seconds until it strikes.
    type: float
    default: 0.5
"""
