# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role keepalived refuses about virtual servers. keepalived.conf(5), ipvsadm(8)"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _node_health_words as values
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _problems_keepalived_vrrp as vrrp

SERVERS = "keepalived_virtual_servers"
GROUPS = "keepalived_virtual_server_groups"
SCHEDULERS = values.Choice(
    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos"
)
METHOD = values.Text(r"NAT|DR|TUN( .+)?", "NAT, DR, or TUN with its type")
PROTOCOL = values.Choice("TCP", "UDP", "SCTP")
PORT = values.Whole(1, 65535)
FWMARK = values.Whole(1, 2**32 - 1)
# keepalived itself takes more than the kernel does.
WEIGHT = values.Whole(0, 65535)
# In the order of keepalived.conf(5). Each is a block, also without anything inside.
CHECKERS = (
    "HTTP_GET",
    "SSL_GET",
    "TCP_CHECK",
    "SMTP_CHECK",
    "DNS_CHECK",
    "MISC_CHECK",
    "BFD_CHECK",
    "UDP_CHECK",
    "PING_CHECK",
    "FILE_CHECK",
)
RANGE = re.compile(r"^[0-9A-Fa-f.:]+(-[0-9A-Fa-f.:]+|/\d+)$")


def title(server):
    """The server as keepalived.conf names it."""
    return "%s: %s" % (SERVERS, conf.words({key: server[key] for key in conf.HEADS["virtual_server"] if key in server}))


def checked(where, entry, known, wanted):
    """Values of known words. wanted: those that may not be missing."""
    return [
        "%s: %s is %s; allowed is %s."
        % (where, key, repr(entry[key]) if key in entry else "missing", allowed.allowed())
        for key, allowed in known.items()
        if (key in entry or key in wanted) and not allowed.accepts(entry.get(key))
    ]


def server_groups(entries):
    problems = []
    for entry in entries:
        where = "%s: %s" % (GROUPS, entry.get("name"))
        if not vrrp.NAME.accepts(entry.get("name")):
            problems.append("%s: name is %r; allowed are %s." % (where, entry.get("name"), vrrp.NAME.allowed()))
        problems += common.unknown_keys(where, entry, ("name", "addresses"))
        items = entry.get("addresses")
        if not isinstance(items, list) or not items:
            problems.append(
                "%s: addresses is %r; allowed is a list such as ['192.0.2.10 80', 'fwmark 1']." % (where, items)
            )
        for item in vrrp.listed(items):
            first = vrrp.first_word(item, "address")
            if first == "fwmark" or isinstance(item, dict) and FWMARK.accepts(item.get("fwmark")):
                continue
            if common.address(first) is None and not (isinstance(first, str) and RANGE.match(first)):
                problems.append(
                    "%s: addresses has %r; allowed is an address or a range with a port, or fwmark." % (where, item)
                )
    problems += [
        "%s: %s is named twice; allowed is once." % (GROUPS, name)
        for name in common.repeated([entry.get("name") for entry in entries])
    ]
    return problems


def method(entry, server):
    """NAT, DR or TUN of a real server."""
    return str(entry.get("lvs_method", server.get("lvs_method"))).split(" ", 1)[0]


def sorry_method(server):
    return method({"lvs_method": server.get("sorry_server_lvs_method", server.get("lvs_method"))}, server)


def port_of(where, entry, server, forwarding, what):
    """Only NAT rewrites a port."""
    port = entry.get("port")
    if "fwmark" in server:
        return (
            ["%s: port of %s is %s and the server has a fwmark; allowed is none." % (where, what, port)] if port else []
        )
    if forwarding == "NAT" or "port" not in server or port == server["port"]:
        return []
    return [
        "%s: port of %s is %s and lvs_method is %s, which cannot change it; allowed is %s, or NAT."
        % (where, what, port, forwarding, server["port"])
    ]


def family_of(where, address, server, forwarding, what):
    """Only a tunnel leads from one family to the other."""
    here = common.address(server.get("address"))
    if here is None or address.version == here.version or forwarding == "TUN":
        return []
    return [
        "%s: %s is IPv%d; allowed is IPv%d, as the server is, or TUN." % (where, what, address.version, here.version)
    ]


def real_server(where, entry, server):
    where = "%s: real_server %s" % (where, entry.get("address"))
    forwarding = method(entry, server)
    problems = checked(where, entry, {"port": PORT, "weight": WEIGHT, "lvs_method": METHOD}, ())
    address = common.address(entry.get("address"))
    if address is None:
        problems.append("%s: address is %r; allowed is an IP address." % (where, entry.get("address")))
    else:
        problems += family_of(where, address, server, forwarding, "address")
    problems += port_of(where, entry, server, forwarding, "the real server")
    for key in CHECKERS:
        value = entry.get(key, {})
        # In a list, several of one kind.
        if [found for found in (value if isinstance(value, list) else [value]) if not isinstance(found, dict)]:
            problems.append("%s: %s is %r; allowed is a dictionary, {} for its defaults." % (where, key, value))
    return problems


def sorry_server(where, server):
    if "sorry_server" not in server:
        return []
    words = str(server["sorry_server"]).split()
    address = common.address(words[0]) if words else None
    port = int(words[1]) if len(words) == 2 and words[1].isdigit() else None
    if address is None or len(words) > 2 or len(words) == 2 and not PORT.accepts(port):
        return [
            "%s: sorry_server is %r; allowed is an address with a port, such as 192.0.2.9 80."
            % (where, server["sorry_server"])
        ]
    forwarding = sorry_method(server)
    problems = family_of(where, address, server, forwarding, "sorry_server")
    return problems + port_of(where, {"port": port}, server, forwarding, "sorry_server")


def virtual_server(server, groups):
    where = title(server)
    given = [key for key in ("address", "fwmark", "group") if key in server]
    if len(given) != 1:
        return [
            "%s: %s is given; allowed is one of address, fwmark and group." % (where, " and ".join(given) or "nothing")
        ]
    known = {"lvs_sched": SCHEDULERS, "lvs_method": METHOD, "protocol": PROTOCOL, "port": PORT, "fwmark": FWMARK}
    wanted = ["lvs_sched", "lvs_method"] + ([] if "fwmark" in server else ["protocol"])
    if "address" in server and "persistence_timeout" not in server:
        wanted.append("port")
    problems = checked(where, server, known, wanted)
    if "address" in server and common.address(server["address"]) is None:
        problems.append("%s: address is %r; allowed is an IP address." % (where, server["address"]))
    if "group" in server and server["group"] not in groups:
        problems.append(
            "%s: group is %s, which %s does not have; allowed are: %s."
            % (where, server["group"], GROUPS, common.listed(groups))
        )
    reals, found = common.list_of_dicts("%s: real_server" % where, server.get("real_server"))
    problems += found
    if not found and not reals:
        problems.append("%s: real_server is empty; allowed is a list of one or more." % where)
    for entry in reals:
        problems += real_server(where, entry, server)
    problems += [
        "%s: real_server %s is given twice; allowed is once." % (where, pair)
        for pair in common.repeated(["%s %s" % (entry.get("address"), entry.get("port")) for entry in reals])
    ]
    weights = [entry.get("weight", 1) for entry in reals]
    quorum = server.get("quorum", 1)
    if not values.Whole(1).accepts(quorum):
        problems.append("%s: quorum is %r; allowed is %s." % (where, quorum, values.Whole(1).allowed()))
    elif reals and all(WEIGHT.accepts(weight) for weight in weights) and quorum > max(sum(weights), 1):
        problems.append(
            "%s: quorum is %d and the weights of its real servers add up to %d; allowed is at most that."
            % (where, quorum, sum(weights))
        )
    return problems + sorry_server(where, server)


def lvs_problems(variables):
    entries, problems = common.list_of_dicts(GROUPS, variables[GROUPS])
    servers, found = common.list_of_dicts(SERVERS, variables[SERVERS])
    problems += found + server_groups(entries)
    groups = [entry.get("name") for entry in entries]
    for server in servers:
        problems += virtual_server(server, groups)
    problems += [
        "%s is given twice with this protocol; allowed is once." % name
        for name, dummy in common.repeated([(title(server), server.get("protocol")) for server in servers])
    ]
    return problems


def sync_interface(variables):
    """Where connections are told to other balancers. None with a network of keepalived's own, which nobody can ask."""
    elsewhere = {**variables["keepalived_blocks"], **variables["keepalived_global_defs"]}
    if "net_namespace" in elsewhere or "net_namespace_ipvs" in elsewhere:
        return []
    return str(variables["keepalived_global_defs"].get("lvs_sync_daemon", "")).split()[:1]


def keepalived_lvs(variables):
    """What these variables, which have been accepted, ask of a kernel and its networks: options of
    ipvs_ability_info.
    """
    servers, gate = variables[SERVERS], set()
    for server in servers:
        gate |= {entry["address"] for entry in server["real_server"] if method(entry, server) == "DR"}
        if "sorry_server" in server and sorry_method(server) == "DR":
            gate.add(str(server["sorry_server"]).split()[0])
    return {
        "schedulers": sorted({server["lvs_sched"] for server in servers}),
        "gate": sorted(gate),
        "interfaces": sync_interface(variables),
    }
