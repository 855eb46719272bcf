# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters about remote nodes: those of the inventory, what the cluster is told of them, and their key."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._remote_nodes import (
    remote_keys,
    remote_nodelist,
    remote_resources,
)


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {"remote_keys": remote_keys, "remote_nodelist": remote_nodelist, "remote_resources": remote_resources}
