# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that plan changes of a running cluster, node by node."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._members import (
    addition_problems,
    removal_problems,
    replacement_problems,
    rolling_plan,
    rotation_problems,
    unlinked,
)


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "addition_problems": addition_problems,
            "corosync_unlinked": unlinked,
            "removal_problems": removal_problems,
            "replacement_problems": replacement_problems,
            "rolling_plan": rolling_plan,
            "rotation_problems": rotation_problems,
        }
