# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the remote nodes of an inventory, and the resources that connect to them. No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import AGENT
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync import REMOVED

# What a host's pacemaker_remote_node may say.
OPTIONS = ("server", "port", "reconnect_interval")
KEYS = ("name",) + OPTIONS + ("operations", "meta_attributes")
# Without it a remote node that is back after it was fenced stays outside until somebody cleans up.
RECONNECT = "60s"
OPERATIONS = ({"name": "monitor", "interval": "10s", "timeout": "20s"}, {"name": "start", "timeout": "60s"})


def remote_nodelist(hosts, hostvars):
    """Each host's pacemaker_remote_node with its name, in the order of the group.

    Without those in group removed, and without guests, whose connection belongs to what runs them: they have none.
    """
    nodes = []
    for host in hosts:
        variables = hostvars[host] if host in hostvars else {}
        if "group_names" in variables and REMOVED in variables["group_names"]:
            continue
        node = variables["pacemaker_remote_node"] if "pacemaker_remote_node" in variables else None
        if node is None:
            continue
        # What cannot be read is left as it is, for the refusals to name.
        if not isinstance(node, dict):
            nodes.append({"name": host, "pacemaker_remote_node": node})
            continue
        port = variables["pacemaker_remote_port"] if "pacemaker_remote_port" in variables else None
        nodes.append({"name": host, **({} if port is None else {"port": port}), **node})
    return nodes


def remote_resources(nodes):
    """What Pacemaker is told of them: a resource for each, whose id is the name of the node."""
    resources = []
    for node in nodes:
        attributes = {"reconnect_interval": RECONNECT}
        attributes.update({key: node[key] for key in OPTIONS if node.get(key) is not None})
        resources.append({
            "id": node["name"],
            "agent": AGENT,
            "instance_attributes": attributes,
            "operations": list(node.get("operations") or OPERATIONS),
            **({"meta_attributes": node["meta_attributes"]} if node.get("meta_attributes") else {}),
        })
    return resources
