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
# How often the cluster tries to reach one that was lost. A try that fails is forgotten after the same time, or each node
# would try once, and then nobody until somebody cleans up.
RECONNECT = "60s"
# What Debian's package pacemaker-common makes for each host: one that nobody else has is no key of a cluster.
OF_THE_PACKAGE = 4096
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
        meta = {"failure-timeout": attributes["reconnect_interval"], **(node.get("meta_attributes") or {})}
        resources.append({
            "id": node["name"],
            "agent": AGENT,
            "instance_attributes": attributes,
            "operations": list(node.get("operations") or OPERATIONS),
            "meta_attributes": meta,
        })
    return resources


def remote_keys(said, wanted=""):
    """Who holds which key, by what role pacemaker_remote has every host print; wanted: the checksum of a given one.

    keys: checksums of those that are a cluster's, holders: who has one of them, keyless: who lacks the one that all are
    to have or keeps it from Pacemaker, text: whether what the holders have is text.
    """
    held = {}
    for host, lines in said.items():
        for words in [line.split() for line in lines.splitlines() if line.startswith("key ")]:
            held[host] = {"size": int(words[1]), "access": words[2], "binary": int(words[3]), "sum": words[4]}
    sums = [key["sum"] for key in held.values()]
    shared = {host: key for host, key in held.items()
              if key["size"] != OF_THE_PACKAGE or sums.count(key["sum"]) > 1}
    keys = sorted({key["sum"] for key in shared.values()})
    target = wanted or (keys[0] if len(keys) == 1 else None)
    return {
        "keys": keys,
        "holders": list(shared),
        "keyless": [host for host in said
                    if target is None or held.get(host, {}).get("sum") != target or not _readable(held[host]["access"])],
        "text": not any(key["binary"] for key in shared.values()),
    }


def _readable(access):
    """Whether Pacemaker, which is hacluster of haclient, can read the file, and not everybody."""
    owner, group, mode = access.split(":")
    bits = int(mode, 8)
    by_owner, by_group = owner == "hacluster" and bits & 0o400, group == "haclient" and bits & 0o040
    return not bits & 0o007 and bool(by_owner or by_group)
