# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the node list of a cluster, and what role corosync refuses before it touches a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

LINK = re.compile(r"^ring([0-7])_addr$")
# Corosync's own lower bound for keys and for the token timeout.
SHORTEST_AUTHKEY = 128
SHORTEST_TOKEN_MS = 300
QUORUM_FLAGS = ("two_node", "wait_for_all", "auto_tie_breaker", "last_man_standing", "allow_downscale")
TOTEM_NUMBERS = (
    "token",
    "token_coefficient",
    "token_retransmit",
    "token_retransmits_before_loss_const",
    "join",
    "consensus",
    "merge",
    "downcheck",
    "fail_recv_const",
    "hold",
    "send_join",
    "window_size",
    "max_messages",
    "netmtu",
    "knet_pmtud_interval",
)


def nodelist(hosts, hostvars):
    """corosync.conf's node list from each host's corosync_node, in the order of the group."""
    nodes = []
    for host in hosts:
        variables = hostvars[host] if host in hostvars else {}
        node = variables["corosync_node"] if "corosync_node" in variables else {}
        # A node list that cannot be read is left as it is, for the refusals to name.
        if not isinstance(node, dict):
            nodes.append({"name": host, "corosync_node": node})
            continue
        nodes.append(dict({"name": host}, **node))
    return nodes


def _link_numbers(node):
    return sorted(int(LINK.match(key).group(1)) for key in node if isinstance(key, str) and LINK.match(key))


def _is_positive_integer(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _nodes(nodes, networks):
    problems = []
    links = sorted({link for node in nodes for link in _link_numbers(node)})

    for node in nodes:
        name = node.get("name")
        where = "corosync_nodes: node %s" % name
        if not isinstance(name, str) or not common.NAME.match(name):
            problems.append("corosync_nodes: name is %r; allowed is a host name." % (name,))
        for key in node:
            if key not in ("name", "nodeid") and not LINK.match(str(key)):
                problems.append(
                    "%s: the key %r is unknown; allowed are name, nodeid and ring0_addr to ring7_addr." % (where, key)
                )
        if "nodeid" not in node:
            problems.append("%s has no nodeid; set corosync_node: {nodeid: N} for this host, N from 1 up." % where)
        elif not _is_positive_integer(node["nodeid"]):
            problems.append("%s: nodeid is %r; allowed is a whole number from 1 up." % (where, node["nodeid"]))
        problems += _addresses(where, node, links or [0], networks)

    for key, values in (
        ("name", [node.get("name") for node in nodes]),
        ("nodeid", [node["nodeid"] for node in nodes if _is_positive_integer(node.get("nodeid"))]),
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
            problems.append("%s has no %s; every node needs an address on every link of the cluster." % (where, key))
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


def _device(quorum):
    """(whether a quorum device is configured, problems)"""
    if quorum.get("device") in (None, {}):
        return False, []
    device, problems = common.dictionary("corosync_quorum: device", quorum["device"])
    if problems:
        return False, problems
    if device.get("model") != "net":
        problems.append("corosync_quorum: device: model is %r; allowed is net." % (device.get("model"),))
    net = device.get("net")
    if not isinstance(net, dict) or not net.get("host"):
        problems.append("corosync_quorum: device: net is %r; allowed is a dictionary with host." % (net,))
    return not problems, problems


def _tie_breaks(count, quorum):
    with_device, problems = _device(quorum)
    for key in QUORUM_FLAGS:
        value = quorum.get(key, 0)
        # Text is named as text elsewhere.
        if not isinstance(value, str) and value not in (0, 1):
            problems.append("corosync_quorum: %s is %r; allowed is 0 or 1." % (key, value))

    if count == 2:
        if not with_device and quorum.get("two_node") not in (1, True):
            problems.append(
                "corosync_nodes names two nodes and corosync_quorum is %s: neither can go on without the other; "
                "allowed is two_node: 1 or a device." % (quorum or "empty",)
            )
    elif quorum.get("two_node") in (1, True):
        problems.append("corosync_quorum: two_node is 1 with %d nodes; allowed is two_node with two nodes." % count)
    if count > 2 and count % 2 == 0 and not with_device and "auto_tie_breaker" not in quorum:
        problems.append(
            "corosync_nodes names %d nodes and corosync_quorum has no auto_tie_breaker: split in two, both halves "
            "stop; allowed is auto_tie_breaker: 1, a device, or auto_tie_breaker: 0 to accept that." % count
        )
    return problems


def _totem(totem):
    problems = []
    for key, value in totem.items():
        # 0 is the way to switch a few of them off, token_coefficient for one.
        if key in TOTEM_NUMBERS and not (_is_positive_integer(value) or value == 0 and not isinstance(value, bool)):
            problems.append("corosync_totem: %s is %r; allowed is a whole number without quotes." % (key, value))
    token = totem.get("token")
    if _is_positive_integer(token) and token < SHORTEST_TOKEN_MS:
        problems.append(
            "corosync_totem: token is %d ms; allowed is %d ms or more, shorter ones fence healthy nodes."
            % (token, SHORTEST_TOKEN_MS)
        )
    for key in ("crypto_cipher", "crypto_hash"):
        if totem.get(key) in ("none", False):
            problems.append("corosync_totem: %s is none; allowed is any other of corosync.conf(5)." % key)
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


def corosync_problems(variables):
    """All reasons why role corosync would not make a cluster of these variables."""
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
    problems += _nodes(nodes, networks)
    problems += _tie_breaks(len(nodes), quorum)
    problems += common.boolean_words("corosync_quorum", quorum)
    problems += common.boolean_words("corosync_totem", totem)
    problems += _totem(totem)
    problems += _authkey(variables["corosync_authkey"])
    return problems
