# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters for hosts that are changed one after another: who has an address, and whether one is fit again."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._ipvs_table import (
    ipvs_table_problems,
    ipvsadm_table,
    keepalived_table,
    ldirectord_table,
)
from ansible_collections.halab.cluster.plugins.module_utils._keepalived_rolling import (
    keepalived_held,
    keepalived_rolling,
    keepalived_rolling_problems,
    keepalived_unsettled,
)


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "ipvs_table_problems": ipvs_table_problems,
            "ipvsadm_table": ipvsadm_table,
            "keepalived_held": keepalived_held,
            "keepalived_rolling": keepalived_rolling,
            "keepalived_rolling_problems": keepalived_rolling_problems,
            "keepalived_table": keepalived_table,
            "keepalived_unsettled": keepalived_unsettled,
            "ldirectord_table": ldirectord_table,
        }
