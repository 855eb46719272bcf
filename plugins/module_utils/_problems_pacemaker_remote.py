# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what roles pacemaker and pacemaker_remote refuse in remote nodes before a host is touched."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import AGENT, HOST, hosts_of
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import interval_ms
from ansible_collections.halab.cluster.plugins.module_utils._remote_nodes import KEYS

# Fewer could be guessed; Pacemaker itself takes any.
SHORTEST_KEY = 64
NODES = "pacemaker_remote_nodes"


def _port(where, value):
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535:
        return []
    return ["%s is %r; allowed is a whole number from 1 to 65535." % (where, value)]


def remote_node_problems(value, members):
    """(the nodes that can be read, problems); members: corosync_nodes."""
    nodes, problems = common.list_of_dicts(NODES, value)
    names = [member.get("name") for member in members]
    owners = {str(common.address(address)): member.get("name") for member in members
              for key, address in member.items() if key != "name" and common.address(address)}
    sound = []
    for node in nodes:
        name, where = node.get("name"), "%s: %s" % (NODES, node.get("name"))
        found = common.unknown_keys(where, node, KEYS)
        if not isinstance(name, str) or not common.IDENTIFIER.match(name):
            found.append("%s: name is %r; allowed are letters, digits, dots, dashes and underscores, beginning with a "
                         "letter." % (NODES, name))
        if name in names:
            found.append("%s: it is a node of the cluster as well; allowed is one of them, since a host runs either "
                         "Pacemaker or pacemaker_remote." % where)
        server = node.get("server")
        if not isinstance(server, str) or not HOST.match(server):
            found.append("%s: server is %r; allowed is the address or the name at which the cluster reaches it."
                         % (where, server))
        elif str(common.address(server)) in owners:
            found.append("%s: server is %s, the own address of node %s; allowed is the address of the remote node."
                         % (where, server, owners[str(common.address(server))]))
        if "port" in node:
            found += _port("%s: port" % where, node["port"])
        interval = node.get("reconnect_interval", "60s")
        if isinstance(interval, bool) or not isinstance(interval_ms(interval), int):
            found.append("%s: reconnect_interval is %r; allowed is a time such as 60s." % (where, interval))
        problems += found
        if not found:
            sound.append(node)
    servers = [node["server"] for node in sound]
    problems += ["%s: server %s is there twice; allowed is one node for one host." % (NODES, server)
                 for server in common.repeated(servers)]
    problems += ["%s: %s is there twice; allowed is once." % (NODES, name)
                 for name in common.repeated([node["name"] for node in sound])]
    return sound, problems


def unfenced_problems(resources, devices):
    """Remote nodes that nobody could stop when they are lost."""
    hosts = {device.get("target") for device in devices if isinstance(device.get("target"), str)}
    for resource in [resource for resource in resources if str(resource.get("agent")).startswith("stonith:")]:
        attributes = resource.get("instance_attributes")
        named = hosts_of(attributes) if isinstance(attributes, dict) else set()
        if not named:  # it asks its device
            return []
        hosts |= named
    return ["fencing_devices has no device for the remote node %s; allowed is one for every remote node (its "
            "fencing_device), unless pacemaker_accept_data_loss_without_fencing is true." % resource["id"]
            for resource in resources if resource.get("agent") == AGENT and resource.get("id") not in hosts]


def pacemaker_remote_problems(variables):
    """Sentences about the variables of role pacemaker_remote; no sentence, no problem.

    Beside them there are 'members', the hosts of the cluster, 'remotes', those of group remote_nodes, and 'removed'.
    """
    problems = []
    key, removed = variables["pacemaker_remote_authkey"], variables["removed"]
    if not isinstance(key, str):
        problems.append("pacemaker_remote_authkey is %s; allowed is text." % common.kind(key))
    elif key and (len(key) < SHORTEST_KEY or not re.match(r"[!-~]+\Z", key)):
        problems.append("pacemaker_remote_authkey has %d characters; allowed are %d or more, without spaces."
                        % (len(key), SHORTEST_KEY))
    problems += _port("pacemaker_remote_port", variables["pacemaker_remote_port"])
    address = variables["pacemaker_remote_address"]
    if address != "" and common.address(address) is None:
        problems.append("pacemaker_remote_address is %r; allowed is an IP address of the remote node, or an empty text "
                        "for all." % (address,))
    both = [host for host in variables["remotes"] if host in variables["members"] and host not in removed]
    problems += ["pacemaker_remote_cluster_group: %s is in it, and in group remote_nodes; allowed is one of them, since "
                 "packages pacemaker and pacemaker-remote exclude each other." % host for host in both]
    if not [host for host in variables["members"] if host not in removed]:
        problems.append("pacemaker_remote_cluster_group is %r, in which there is no host; allowed is the group of the "
                        "cluster that the remote nodes belong to." % (variables["pacemaker_remote_cluster_group"],))
    return problems
