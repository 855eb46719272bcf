# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said to be wrong with a wanted IPVS table without looking at any kernel. No I/O.

Limits are those of ipvsadm 1.31 (its source, and ipvsadm(8)) and of the kernel's net/netfilter/ipvs/ip_vs_ctl.c.
Private to this collection.
"""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos")
SCHED_FLAGS = {"sh": ("sh-fallback", "sh-port"), "mh": ("mh-fallback", "mh-port")}
# ipvsadm's MAX_TIMEOUT: 31 days.
LONGEST = 31 * 86400
HIGHEST_MARK = 0xFFFFFFFF
PROTOCOLS = ("tcp", "udp", "sctp")
# Which --tun-* flags each kind of tunnel takes: tunnel_types_v_options in ipvsadm's source.
TUN_FLAGS = {"ipip": (), "gue": ("nocsum", "csum", "remcsum"), "gre": ("nocsum", "csum")}
# IP_VS_IFNAME_MAXLEN is 16, with the zero at the end.
LONGEST_INTERFACE = 15


def _number(option, value, lowest, highest, unit=""):
    if value is None or lowest <= value <= highest:
        return []
    return ["%s is %d; allowed is %d to %d%s." % (option, value, lowest, highest, unit)]


def _repeated(values):
    return sorted({value for value in values if values.count(value) > 1})


def _identity(service):
    """What is wrong with address, port or mark; with these nothing else can be judged."""
    given = [option for option in PROTOCOLS + ("fwmark",) if service[option] is not None]
    if len(given) != 1:
        said = " and ".join(given) or "none"
        return ["a service has %s; allowed is exactly one of tcp, udp, sctp and fwmark." % said]
    option = given[0]
    if option == "fwmark":
        return _number("fwmark", service["fwmark"], 1, HIGHEST_MARK)
    try:
        dummy, port = read.split_endpoint(service[option])
    except ValueError:
        return [
            "%s is %s; allowed is an address and a port, both as numbers, such as 192.0.2.10:80 or [2001:db8::10]:80."
            % (option, service[option])
        ]
    return _number("port", port, 0, 65535) + (
        ["ipv6 is true; allowed with %s is false: its address tells." % option] if service["ipv6"] else []
    )


def _netmask(service):
    mask = service["netmask"]
    if mask is None:
        return []
    if service["persistent"] is None:
        return ["netmask is %s; allowed without persistent is none: it tells which clients persist together." % mask]
    if read.is_ipv6(service):
        if not (re.fullmatch(r"[0-9]+", mask) and 1 <= int(mask) <= 128):
            return ["netmask is %s; allowed with IPv6 is a prefix length of 1 to 128." % mask]
        return []
    try:
        bits = "{:032b}".format(int(ipaddress.IPv4Address(mask)))
    except ValueError:
        bits = ""
    if not re.match(r"^1+0*$", bits):
        return ["netmask is %s; allowed with IPv4 is a mask such as 255.255.255.0." % mask]
    return []


def _scheduler(service):
    scheduler = service["scheduler"]
    if scheduler not in SCHEDULERS:
        return ["scheduler is %s; allowed is one of %s." % (scheduler, ", ".join(SCHEDULERS))]
    allowed = SCHED_FLAGS.get(scheduler, ())
    return [
        "sched_flags have %s; allowed with scheduler %s is %s." % (flag, scheduler, " and ".join(allowed) or "none")
        for flag in service["sched_flags"]
        if flag not in allowed
    ]


def _persistence(service):
    found = _number("persistent", service["persistent"], 1, LONGEST, " s") + _netmask(service)
    by_mark = service["fwmark"] is not None
    if not by_mark and service["persistent"] is None and read.split_endpoint(read.key(service)[1])[1] == 0:
        found.append("port is 0, which is all ports; allowed without persistent is 1 to 65535.")
    if service["pe"] is not None:
        if service["persistent"] is None:
            found.append("pe is %s; allowed without persistent is none." % service["pe"])
        if not by_mark and service["udp"] is None:
            found.append("pe is %s; allowed with %s is none: it is for UDP." % (service["pe"], read.key(service)[0]))
    if service["ops"] and not by_mark and service["udp"] is None:
        found.append("ops is true; allowed with %s is false: one packet is for UDP." % read.key(service)[0])
    return found


def _tunnel(server):
    kind, port, flags = server["tun_type"], server["tun_port"], server["tun_flags"]
    if server["forwarding"] != "ipip":
        return [
            "%s is %s; allowed with forwarding %s is none." % (option, server[option], server["forwarding"])
            for option in ("tun_type", "tun_port", "tun_flags")
            if server[option] is not None
        ]
    kind, found = kind or "ipip", []
    if kind == "gue" and port is None:
        found.append("tun_port is missing; tun_type gue needs it.")
    elif kind != "gue" and port is not None:
        found.append("tun_port is %d; allowed with tun_type %s is none." % (port, kind))
    if flags is not None and flags not in TUN_FLAGS[kind]:
        found.append("tun_flags is %s; allowed with tun_type %s is %s."
                     % (flags, kind, ", ".join(TUN_FLAGS[kind]) or "none"))
    return found + _number("tun_port", port, 1, 65535)


def _port(service, server):
    """Only masquerading can change the port of a packet."""
    if server["forwarding"] == "masq" or server["port"] is None:
        return []
    own = 0 if service["fwmark"] is not None else read.split_endpoint(read.key(service)[1])[1]
    if server["port"] == own:
        return []
    return ["port is %d; allowed with forwarding %s is %s: only masq can change it."
            % (server["port"], server["forwarding"], own or "none")]


def _server(service, server):
    try:
        address = ipaddress.ip_address(server["address"])
    except ValueError:
        return ["address is %s; allowed is an IPv4 or IPv6 address without a port." % server["address"]]
    found = _number("port", server["port"], 0, 65535)
    if server["state"] == "absent" or found:
        return found
    if (address.version == 6) != read.is_ipv6(service) and server["forwarding"] != "ipip":
        found.append("forwarding is %s; allowed between IPv4 and IPv6 is ipip." % server["forwarding"])
    found += _port(service, server)
    found += _number("weight", server["weight"], 0, 65535)
    found += _number("u_threshold", server["u_threshold"], 0, 65535)
    found += _number("l_threshold", server["l_threshold"], 0, 65535)
    if server["l_threshold"] > server["u_threshold"]:
        found.append("l_threshold is %d; allowed is u_threshold (%d) at most."
                     % (server["l_threshold"], server["u_threshold"]))
    return found + _tunnel(server)


def _service(service):
    found = _scheduler(service) + _persistence(service)
    for server in service["real_servers"]:
        found += ["real server %s: %s" % (server["address"], text) for text in _server(service, server)]
    if not found:
        servers = [read.server_key(server) for server in normal(service)["real_servers"]]
        found += ["real server %s is listed %d times; allowed is once." % (each, servers.count(each))
                  for each in _repeated(servers)]
    return found


def _daemon(daemon):
    interface, group, found = daemon["mcast_interface"], daemon["mcast_group"], []
    if not 1 <= len(interface) <= LONGEST_INTERFACE or "/" in interface:
        found.append("mcast_interface is %r; allowed is the name of an interface, %d characters at most."
                     % (interface, LONGEST_INTERFACE))
    found += _number("syncid", daemon["syncid"], 0, 255)
    # What fits into a UDP packet. The kernel takes no less than 1024 for a backup, whatever it is told (ip_vs_sync.c).
    headers = (40 if ":" in (group or "") else 20) + 8
    found += _number("sync_maxlen", daemon["sync_maxlen"], 1024 if daemon["state"] == "backup" else 1, 65535 - headers,
                     " bytes")
    found += _number("mcast_port", daemon["mcast_port"], 1, 65535)
    found += _number("mcast_ttl", daemon["mcast_ttl"], 1, 255)
    try:
        right = group is None or ipaddress.ip_address(group).is_multicast
    except ValueError:
        right = False
    return found + ([] if right else ["mcast_group is %s; allowed is a multicast address." % group])


def _unsynchronised(service):
    """Servers that the kernel does not have beside a daemon (ip_vs_ctl.c): its messages have no room for them."""
    family = 6 if read.is_ipv6(service) else 4
    return ["real server %s is IPv%d; allowed beside daemons are servers of the service's own family."
            % (server["address"], 10 - family)
            for server in service["real_servers"]
            if server["state"] == "present" and ipaddress.ip_address(server["address"]).version != family]


def problems(wanted):
    """All reasons why this cannot be wanted, as sentences. wanted: {services, timeouts, daemons}"""
    found, keys = [], []
    for service in wanted["services"]:
        wrong = _identity(service)
        if wrong:
            found += ["services: %s" % text for text in wrong]
            continue
        keys.append(read.name(normal_identity(service)))
        if service["state"] == "present":
            wrong = _service(service) or (_unsynchronised(service) if wanted["daemons"] else [])
            found += ["%s: %s" % (keys[-1], text) for text in wrong]
    found += ["%s is listed %d times; allowed is once." % (each, keys.count(each)) for each in _repeated(keys)]
    for option, value in sorted((wanted["timeouts"] or {}).items()):
        found += _number("timeouts: " + option, value, 1, LONGEST, " s")
    daemons = wanted["daemons"] or []
    for daemon in daemons:
        found += ["daemons: %s: %s" % (daemon["state"], text) for text in _daemon(daemon)]
    states = [daemon["state"] for daemon in daemons]
    return found + ["daemons: %s is listed twice; allowed is once." % each for each in _repeated(states)]


# What is wanted in the form of what is read


def normal_identity(service):
    """The service with its address as ipvsadm prints it."""
    return {
        **service,
        **{option: read.same_endpoint(service[option]) for option in PROTOCOLS if service[option] is not None},
    }


def _normal_server(service, server):
    port = server["port"]
    if port is None:
        # The service's port, as ipvsadm does it.
        port = 0 if service["fwmark"] is not None else read.split_endpoint(read.key(service)[1])[1]
    kind = (server["tun_type"] or "ipip") if server["forwarding"] == "ipip" else None
    return {
        **{option: server[option] for option in read.SERVER},
        "address": str(ipaddress.ip_address(server["address"])),
        "port": port,
        "tun_type": kind,
        "tun_flags": (server["tun_flags"] or "nocsum") if kind in ("gue", "gre") else None,
    }


def normal(service):
    """A service with everything that is not said filled in, and nothing else."""
    service = normal_identity(service)
    mask = service["netmask"]
    return {
        **{option: service[option] for option in read.SERVICE},
        "ipv6": bool(service["ipv6"]),
        "sched_flags": sorted(set(service["sched_flags"])),
        # The whole address is the default, and not printed.
        "netmask": None if mask == ("128" if read.is_ipv6(service) else "255.255.255.255") else mask,
        "real_servers": [_normal_server(service, server) for server in service["real_servers"]],
    }
