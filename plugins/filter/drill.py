# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role drill: which drills, on which node, with what result."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.halab.cluster.plugins.module_utils import _drill_verdict_farm as farm
from ansible_collections.halab.cluster.plugins.module_utils import _drill_verdict_geo as geo
from ansible_collections.halab.cluster.plugins.module_utils import _drill_verdict_node as node
from ansible_collections.halab.cluster.plugins.module_utils._drill_picture import drill_picture
from ansible_collections.halab.cluster.plugins.module_utils._drill_servers import (
    drill_servers,
    drill_taken_out,
    drill_weighed,
)
from ansible_collections.halab.cluster.plugins.module_utils._drill_verdict import drill_merge, drill_verdict
from ansible_collections.halab.cluster.plugins.module_utils._problems_drill import (
    devices_cut,
    drill_hit,
    drill_left_out,
    drill_problems,
    drill_selected,
    drill_target,
)


def target_or_error(drill, pacemaker, resource):
    """What cannot be resolved is the user's to read, not a traceback."""
    try:
        return drill_target(drill, pacemaker, resource)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "drill_devices_cut": devices_cut,
            "drill_hit": drill_hit,
            "drill_left_out": drill_left_out,
            "drill_merge": drill_merge,
            "drill_picture": drill_picture,
            "drill_problems": drill_problems,
            "drill_selected": drill_selected,
            "drill_servers": drill_servers,
            "drill_state_farm": farm.state_farm,
            "drill_taken_out": drill_taken_out,
            "drill_target": target_or_error,
            "drill_target_farm": farm.target_farm,
            "drill_target_geo": geo.target_geo,
            "drill_unhealthy": lambda state: node.unhealthy(state) + farm.unhealthy(state),
            "drill_unhealthy_geo": geo.unhealthy,
            "drill_verdict": drill_verdict,
            "drill_verdict_farm": farm.drill_verdict_farm,
            "drill_verdict_geo": geo.drill_verdict_geo,
            "drill_verdict_node": node.drill_verdict_node,
            "drill_weighed": drill_weighed,
        }
