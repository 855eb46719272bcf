# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role realserver refuses before it touches a host."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

VARIABLE = "realserver_services"
FORWARDING = ("gate", "ipip", "masq")
KEYS = ("address", "forwarding")
MASQ_KEYS = KEYS + ("gateway", "tcp", "udp", "directors")
PROTOCOLS = ("tcp", "udp")
ADDRESS = "an address of one host, such as 192.0.2.100 or 2001:db8::100"
BROADCAST = "255.255.255.255"


def host_address(value):
    """The address of one host that is the same on all its interfaces, or None."""
    found = common.address(value)
    if found is None or str(found) == BROADCAST or "%" in value:
        return None
    odd = found.is_loopback or found.is_multicast or found.is_unspecified or found.is_link_local
    return None if odd else found


def is_port(value):
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535


def items(service, key):
    """What of a list can be looked at; what cannot is refused elsewhere."""
    return service[key] if isinstance(service.get(key), list) else []


def of_list(where, key, value, accepts, allowed):
    if not isinstance(value, list):
        return ["%s: %s is %s (%r); allowed is a list." % (where, key, common.kind(value), value)]
    problems = ["%s: %s has %r; allowed is %s." % (where, key, item, allowed) for item in value if not accepts(item)]
    twice = common.repeated(value)
    return problems + ["%s: %s has %r twice; allowed is once." % (where, key, item) for item in twice]


def of_family(where, key, value, address):
    found = host_address(value)
    if found is None or address is None or found.version == address.version:
        return []
    return ["%s: %s is %s; allowed is an IPv%d address, as %s is." % (where, key, found, address.version, address)]


def masq(where, service, address):
    problems = []
    gateway = host_address(service.get("gateway"))
    if gateway is None:
        problems.append("%s: gateway is %r; allowed with masq is %s." % (where, service.get("gateway"), ADDRESS))
    elif gateway == address:
        problems.append("%s: gateway is %s, as address is; allowed is one on the servers' side." % (where, gateway))
    problems += of_family(where, "gateway", service.get("gateway"), address)
    for key in PROTOCOLS:
        problems += of_list(where, key, service.get(key, []), is_port, "a whole number from 1 to 65535")
    if not any(service.get(key, []) != [] for key in PROTOCOLS):
        problems.append("%s: neither tcp nor udp names a port; allowed with masq is one or more." % where)
    problems += of_list(where, "directors", service.get("directors", []), host_address, ADDRESS)
    for director in items(service, "directors"):
        problems += of_family(where, "directors", director, address)
        if address is not None and host_address(director) == address:
            problems.append("%s: directors has %s, as address is; allowed are their own." % (where, director))
    return problems


def one(service, position):
    address = host_address(service.get("address"))
    where = "%s: %s" % (VARIABLE, address) if address else "%s[%d]" % (VARIABLE, position)
    forwarding = service.get("forwarding")
    known = MASQ_KEYS if forwarding not in ("gate", "ipip") else KEYS
    problems = common.unknown_keys(where, service, known)
    if address is None:
        problems.append("%s: address is %r; allowed is %s." % (where, service.get("address"), ADDRESS))
    if forwarding not in FORWARDING:
        problems.append("%s: forwarding is %r; allowed are %s." % (where, forwarding, ", ".join(FORWARDING)))
    return problems + (masq(where, service, address) if forwarding == "masq" else [])


def together(services):
    """What two services cannot both have."""
    problems = [
        "%s: %s is named twice; allowed is once." % (VARIABLE, address)
        for address in common.repeated([host_address(service.get("address")) for service in services])
        if address is not None
    ]
    ways = {}
    for service in services:
        gateway = host_address(service.get("gateway"))
        if service.get("forwarding") != "masq" or gateway is None:
            continue
        for protocol in PROTOCOLS:
            for port in filter(is_port, items(service, protocol)):
                first = ways.setdefault((gateway.version, protocol, port), gateway)
                if first != gateway:
                    problems.append(
                        "%s: answers of %s port %d would go to %s and to %s; allowed is one gateway."
                        % (VARIABLE, protocol, port, first, gateway)
                    )
    return problems


def realserver_problems(variables):
    """Everything that role realserver would refuse, as sentences. variables: by their names."""
    services, problems = common.list_of_dicts(VARIABLE, variables[VARIABLE])
    for position, service in enumerate(services):
        problems += one(service, position)
    return problems + together(services)
