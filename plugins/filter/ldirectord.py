# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that make ldirectord.cf, and what goes with it, of role ldirectord's variables."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._ldirectord_cf import ldirectord_cf
from ansible_collections.halab.cluster.plugins.module_utils._ldirectord_files import (
    ldirectord_files,
    ldirectord_lvs,
    ldirectord_packages,
    ldirectord_sysctl,
)


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "ldirectord_cf": ldirectord_cf,
            "ldirectord_files": ldirectord_files,
            "ldirectord_lvs": ldirectord_lvs,
            "ldirectord_packages": ldirectord_packages,
            "ldirectord_sysctl": ldirectord_sysctl,
        }
