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
from ansible_collections.halab.cluster.plugins.module_utils._members_update import (
    fenced_since,
    last_fencing,
    update_plan,
)


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "addition_problems": addition_problems,
            "corosync_unlinked": unlinked,
            "fenced_since": fenced_since,
            "last_fencing": last_fencing,
            "removal_problems": removal_problems,
            "replacement_problems": replacement_problems,
            "rolling_plan": rolling_plan,
            "rotation_problems": rotation_problems,
            "update_plan": update_plan,
        }
