# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of role booth: its file, and how long a ticket may be away."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._booth_conf import booth_conf, takes_over_after


def booth_hosts(names, hostvars):
    """What role booth's refusals look at of each host. Variables of a host can be asked for, and not be gone through."""
    wanted = {"booth_address": "booth_address", "ansible_host": "ansible_host", "networks": "pacemaker_service_networks",
              "constraints": "pacemaker_constraints"}
    found = {}
    for name in names:
        own = hostvars[name]
        found[name] = {key: own[variable] for key, variable in wanted.items() if variable in own}
        if "networks" not in found[name] and "corosync_networks" in own:
            found[name]["networks"] = own["corosync_networks"]
    return found


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {"booth_conf": booth_conf, "booth_hosts": booth_hosts, "booth_takeover": takes_over_after}
