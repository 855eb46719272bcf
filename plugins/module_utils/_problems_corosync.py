# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the node list of a cluster, and what role corosync refuses before it touches a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync_quorum import quorum_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync_sections import section_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync_totem import totem_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_qnetd import device_problems

LINK = re.compile(r"^ring([0-7])_addr$")
ANY_LINK = re.compile(r"^ring\d+_addr$")
# Corosync's own lower bound for keys.
SHORTEST_AUTHKEY = 128

# Inventory group of those that playbooks/node_remove.yml takes out of the cluster, or has taken out.
REMOVED = "removed"


def nodelist(hosts, hostvars):
    """corosync.conf's node list from each host's corosync_node, in the order of the group.

    Without those in group removed: they keep their variables there, and are no members.
    """
    nodes = []
    for host in hosts:
        variables = hostvars[host] if host in hostvars else {}
        if "group_names" in variables and REMOVED in variables["group_names"]:
            continue
        node = variables["corosync_node"] if "corosync_node" in variables else {}
        # A node list that cannot be read is left as it is, for the refusals to name.
        if not isinstance(node, dict):
            nodes.append({"name": host, "corosync_node": node})
            continue
        nodes.append(dict({"name": host}, **node))
    return nodes


def _link_numbers(node):
    return sorted(int(LINK.match(key).group(1)) for key in node if isinstance(key, str) and LINK.match(key))


def _keys(where, node):
    problems = []
    for key in node:
        if key in words.NODE or LINK.match(str(key)):
            continue
        if ANY_LINK.match(str(key)):
            problems.append(
                "%s: %s is one link too many; allowed are %d, ring0_addr to ring7_addr." % (where, key, words.LINKS)
            )
        else:
            problems += words.unknown(where, {key: node[key]}, {*words.NODE, *conf.RINGS})
    return problems


def _id(where, node, transport):
    if "nodeid" not in node:
        return ["%s has no nodeid; allowed is corosync_node: {nodeid: N} for this host, N from 1 up." % where]
    allowed = words.Whole(1, words.KNET_HOSTS) if transport == "knet" else words.NODE["nodeid"]
    return words.wrong(where, node, {"nodeid": allowed})


def _families(nodes, links, ip_version):
    """Addresses of one link are of one kind, and of the one that is asked for."""
    problems = []
    for link in links:
        found = {
            str(node.get("name")): common.address(node.get("ring%d_addr" % link)).version
            for node in nodes
            if common.address(node.get("ring%d_addr" % link))
        }
        kinds = sorted(set(found.values()))
        where = "corosync_nodes: ring%d_addr" % link
        if len(kinds) > 1:
            problems.append(
                "%s is IPv4 on %s and IPv6 on %s; allowed is one of them on a link."
                % (where, *(common.listed(name for name, kind in found.items() if kind == own) for own in (4, 6)))
            )
        elif kinds and ip_version in ("ipv4", "ipv6") and ip_version != "ipv%d" % kinds[0]:
            problems.append(
                "%s is IPv%d on all nodes; allowed with corosync_totem: ip_version: %s is only that."
                % (where, kinds[0], ip_version)
            )
    return problems


def _nodes(nodes, networks, totem):
    problems = []
    transport = conf.transport(totem)
    links = sorted({0, *(link for node in nodes for link in _link_numbers(node))})

    for node in nodes:
        name = node.get("name")
        where = "corosync_nodes: node %s" % name
        if not words.NODE["name"].accepts(name):
            problems.append("corosync_nodes: name is %r; allowed is a host name." % (name,))
        problems += _keys(where, node)
        problems += _id(where, node, transport)
        problems += words.wrong(where, node, {"quorum_votes": words.NODE["quorum_votes"]})
        problems += _addresses(where, node, links, networks)
    if transport in ("udpu", "udp") and links != [0]:
        problems.append(
            "corosync_nodes has ring%d_addr with transport %s; allowed is ring0_addr, only knet has more than one link."
            % (links[-1], transport)
        )
    # udp looks for IPv4 unless told otherwise.
    problems += _families(nodes, links, totem.get("ip_version", "ipv4" if transport == "udp" else None))

    for key, values in (
        ("name", [node.get("name") for node in nodes]),
        ("nodeid", [node["nodeid"] for node in nodes if words.NODE["nodeid"].accepts(node.get("nodeid"))]),
    ):
        for value in common.repeated(values):
            owners = [str(node.get("name")) for node in nodes if node.get(key) == value]
            problems.append(
                "corosync_nodes: %s %s belongs to %s; allowed is one node each." % (key, value, " and ".join(owners))
            )

    rings = [
        (str(common.address(node.get("ring%d_addr" % link))), "%s (ring%d_addr)" % (node.get("name"), link))
        for node in nodes
        for link in links
        if common.address(node.get("ring%d_addr" % link))
    ]
    for value in common.repeated([ring for ring, owner in rings]):
        owners = [owner for ring, owner in rings if ring == value]
        problems.append(
            "corosync_nodes: address %s belongs to %s; allowed is one link of one node." % (value, " and ".join(owners))
        )
    return problems


def _addresses(where, node, links, networks):
    problems = []
    for link in links:
        key = "ring%d_addr" % link
        if key not in node:
            problems.append("%s has no %s; allowed is an address of every node on every link." % (where, key))
            continue
        found = common.address(node[key])
        if found is None:
            problems.append("%s: %s is %r; allowed is an IP address." % (where, key, node[key]))
        elif link < len(networks) and not common.inside(found, [networks[link]]):
            problems.append(
                "%s: %s is %s; allowed is an address in corosync_networks[%d], %s."
                % (where, key, found, link, networks[link])
            )
        elif networks and link >= len(networks):
            problems.append(
                "%s: %s has no network; corosync_networks names %d, allowed is one for each link."
                % (where, key, len(networks))
            )
    return problems


def _authkey(authkey):
    if not isinstance(authkey, str):
        return ["corosync_authkey is %s; allowed is text." % common.kind(authkey)]
    # The key itself is never part of a message.
    if authkey and len(authkey) < SHORTEST_AUTHKEY:
        return [
            "corosync_authkey has %d characters; allowed are %d or more, or an empty text to have one generated."
            % (len(authkey), SHORTEST_AUTHKEY)
        ]
    if authkey and len(set(authkey)) < 10:
        return [
            "corosync_authkey consists of %d different characters; allowed is random text, "
            "or an empty text to have one generated." % len(set(authkey))
        ]
    return []


def corosync_problems(variables, qnetd=None):
    """All reasons why role corosync would not make a cluster of these variables.

    qnetd: the variables of corosync_qnetd_host, none where it names no host of the inventory.
    """
    nodes, problems = common.list_of_dicts("corosync_nodes", variables["corosync_nodes"])
    networks, found = common.networks("corosync_networks", variables["corosync_networks"])
    problems += found
    totem, found = common.dictionary("corosync_totem", variables["corosync_totem"])
    problems += found
    quorum, found = common.dictionary("corosync_quorum", variables["corosync_quorum"])
    problems += found

    name = variables["corosync_cluster_name"]
    if not isinstance(name, str) or not common.NAME.match(name):
        problems.append("corosync_cluster_name is %r; allowed are letters, digits, dots and dashes." % (name,))
    if len(nodes) < 2:
        problems.append(
            "corosync_nodes names %s; allowed are two nodes or more."
            % ("no node" if not nodes else "one node, %s" % nodes[0].get("name"))
        )
    problems += _nodes(nodes, networks, totem)
    problems += quorum_problems(nodes, quorum)
    if isinstance(quorum.get("device"), dict):
        problems += device_problems(nodes, quorum["device"], qnetd)
        if variables["corosync_qnetd_host"] and qnetd is None:
            problems.append(
                "corosync_qnetd_host is %r; allowed is a host of the inventory, or an empty text."
                % (variables["corosync_qnetd_host"],)
            )
    problems += totem_problems(nodes, totem)
    problems += section_problems(variables, totem)
    problems += _authkey(variables["corosync_authkey"])
    return problems
