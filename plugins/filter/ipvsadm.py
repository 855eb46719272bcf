# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that make what a director keeps over a boot, of role ipvsadm's variables."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._ipvsadm_boot import (
    ipvsadm_commands,
    ipvsadm_rules,
    ipvsadm_sysctl,
)


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "ipvsadm_commands": ipvsadm_commands,
            "ipvsadm_rules": ipvsadm_rules,
            "ipvsadm_sysctl": ipvsadm_sysctl,
        }
