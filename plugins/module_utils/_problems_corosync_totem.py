# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role corosync refuses of corosync_totem."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

TOTEM = "corosync_totem"
# What corosync takes when nobody says otherwise, in ms.
TOKEN, COEFFICIENT, RETRANSMITS, JOIN = 3000, 650, 4, 50
UDP_MTU = 1500
PACKETS = 256000
ELSEWHERE = {
    "cluster_name": "corosync_cluster_name",
    "key": "corosync_authkey, which is a secret where corosync.conf is none",
    "nodeid": "nodeid in corosync_node",
}


def _transport(where, entry, transport):
    """Options that the transport does not have. corosync.conf(5) says which these are."""
    return [
        "%s: %s is given with transport %s; allowed is that with %s."
        % (where, word, transport, " and ".join(words.transports(word)))
        for word in entry
        if isinstance(word, str) and transport not in words.transports(word)
    ]


def real_token(count, totem):
    """The token timeout that a cluster of so many nodes has."""
    coefficient = totem.get("token_coefficient", COEFFICIENT)
    return totem.get("token", TOKEN) + max(0, count - 2) * coefficient


def _times(count, totem):
    """How timeouts depend on each other."""
    problems = []
    token, join = real_token(count, totem), totem.get("join", JOIN)
    retransmits = totem.get("token_retransmits_before_loss_const", RETRANSMITS)
    if "token_retransmit" not in totem and int(token / (retransmits + 0.2)) < words.SHORTEST:
        problems.append(
            "%s: token_retransmits_before_loss_const is %d, so the token of %d ms would be sent again after less than "
            "%d ms; allowed are fewer, or a longer token." % (TOTEM, retransmits, token, words.SHORTEST)
        )
    if "token_retransmit" in totem and totem["token_retransmit"] >= token:
        problems.append(
            "%s: token_retransmit is %d ms; allowed is less than the token of %d ms, or nothing is ever sent again."
            % (TOTEM, totem["token_retransmit"], token)
        )
    if "consensus" in totem or "join" in totem:
        consensus = totem.get("consensus", int(1.2 * token))
        if consensus <= join:
            problems.append(
                "%s: consensus is %d ms; allowed is more than join, %d ms." % (TOTEM, consensus, join)
            )
        # With two nodes, more than join is safe.
        if count > 2 and consensus < int(1.2 * token):
            problems.append(
                "%s: consensus is %d ms; allowed is %d ms or more with %d nodes, 1.2 times the token of %d ms."
                % (TOTEM, consensus, int(1.2 * token), count, token)
            )
    return problems


def _sizes(totem, transport):
    mtu = totem.get("netmtu", None if transport == "knet" else UDP_MTU)
    if mtu and totem.get("max_messages", 0) > PACKETS // mtu:
        return [
            "%s: max_messages is %d; allowed is %d or less with packets of %d bytes (%d / netmtu)."
            % (TOTEM, totem["max_messages"], PACKETS // mtu, mtu, PACKETS)
        ]
    return []


def _compression(totem):
    if totem.get("knet_compression_model", "none") != "none":
        return []
    return [
        "%s: %s is given without knet_compression_model, so nothing is compressed; allowed is both or none."
        % (TOTEM, word)
        for word in ("knet_compression_threshold", "knet_compression_level")
        if word in totem
    ]


def _interface(where, entry, transport, links):
    problems = words.judged(where, entry, words.INTERFACE) + _transport(where, entry, transport)
    if "linknumber" not in entry:
        problems.append("%s has no linknumber; allowed is the number of a link, from 0 to 7." % where)
    elif words.INTERFACE["linknumber"].accepts(entry["linknumber"]) and entry["linknumber"] not in links:
        problems.append(
            "%s: linknumber is %d and no node has a ring%d_addr; allowed are the links of the nodes, %s."
            % (where, entry["linknumber"], entry["linknumber"], common.listed(sorted(links)))
        )
    sound = words.sound(entry, words.INTERFACE)
    pair = [word for word in ("knet_ping_interval", "knet_ping_timeout") if word in sound]
    if len(pair) == 1:
        problems.append(
            "%s: %s is given alone; allowed are knet_ping_interval and knet_ping_timeout together, or none."
            % (where, pair[0])
        )
    elif pair and sound["knet_ping_interval"] >= sound["knet_ping_timeout"]:
        problems.append(
            "%s: knet_ping_interval is %d ms; allowed is less than knet_ping_timeout, %d ms, or the link is never up."
            % (where, sound["knet_ping_interval"], sound["knet_ping_timeout"])
        )
    if sound.get("broadcast") and "mcastaddr" in entry:
        problems.append("%s: broadcast and mcastaddr are given; allowed is one of them." % where)
    return problems


def _family(where, entry, nodes):
    """A group of IPv4 has no members of IPv6."""
    found = common.address(entry.get("mcastaddr"))
    for node in nodes:
        ring = common.address(node.get("ring0_addr"))
        if found and ring and found.version != ring.version:
            return [
                "%s: mcastaddr is %s; allowed is an IPv%d address, as ring0_addr is." % (where, found, ring.version)
            ]
    return []


def _interfaces(nodes, totem, transport):
    entries, problems = common.list_of_dicts("%s: interface" % TOTEM, totem.get("interface", []))
    links = {link for link, ring in enumerate(conf.RINGS) if any(ring in node for node in nodes)}
    for position, entry in enumerate(entries):
        problems += _interface("%s: interface[%d]" % (TOTEM, position), entry, transport, links)
        problems += _family("%s: interface[%d]" % (TOTEM, position), entry, nodes)
    numbers = [entry["linknumber"] for entry in entries if "linknumber" in entry]
    return problems + [
        "%s: interface has linknumber %s twice; allowed is one section for a link." % (TOTEM, number)
        for number in common.repeated(numbers)
    ]


def totem_problems(nodes, totem):
    """Reasons why section totem cannot work with these nodes."""
    problems = [
        "%s: %s is given; allowed is %s." % (TOTEM, word, where) for word, where in ELSEWHERE.items() if word in totem
    ]
    given = {word: value for word, value in totem.items() if word not in ELSEWHERE}
    problems += words.judged(TOTEM, given, words.TOTEM, "interface")
    if totem.get("secauth") is False:
        problems.append(
            "%s: secauth is false; allowed is true, for crypto_cipher and crypto_hash decide in any case." % TOTEM
        )
    transport = conf.transport(totem)
    if words.TOTEM["transport"].accepts(transport):
        problems += _transport(TOTEM, given, transport) + _interfaces(nodes, totem, transport)
    sound = words.sound(totem, words.TOTEM)
    return problems + _times(len(nodes), sound) + _sizes(sound, transport) + _compression(sound)
