# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reasons to refuse the variables of role realserver before a host is touched. No I/O. Private to this collection."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _problems

FORWARDING = ("gate", "ipip", "masq")
# What only NAT needs: with the other methods the server answers the client itself.
MASQ = ("gateway", "tcp", "udp", "directors")


def _ports(where, service):
    problems, ports = [], 0
    for key in ("tcp", "udp"):
        value = service.get(key, [])
        if not isinstance(value, list):
            problems.append("%s: %s is %s (%r); allowed is a list of ports." % (where, key, _problems.kind(value), value))
            continue
        ports += len(value)
        problems += [
            "%s: %s has %r; allowed is a whole number from 1 to 65535." % (where, key, port)
            for port in value
            if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535
        ]
        problems += ["%s: %s has %r twice; allowed is each port once." % (where, key, port) for port in _problems.repeated(value)]
    if not problems and not ports:
        problems.append("%s: neither tcp nor udp has a port; allowed with masq is at least one." % where)
    return problems


def _masq(where, service, address):
    gateway, problems = _problems.address(service.get("gateway")), []
    if gateway is None or gateway.version != address.version or gateway == address:
        problems.append(
            "%s: gateway is %r; allowed with masq is the directors' shared address on the servers' side, of the same "
            "family as address, and not address itself." % (where, service.get("gateway")))
    directors = service.get("directors", [])
    if not isinstance(directors, list):
        return problems + ["%s: directors is %s (%r); allowed is a list of addresses."
                           % (where, _problems.kind(directors), directors)] + _ports(where, service)
    for director in directors:
        found = _problems.address(director)
        if found is None or found.version != address.version:
            problems.append("%s: directors has %r; allowed are addresses of the same family as address."
                            % (where, director))
    return problems + _ports(where, service)


def _service(where, service):
    problems = _problems.unknown_keys(where, service, ("address", "forwarding", *MASQ))
    address, forwarding = _problems.address(service.get("address")), service.get("forwarding")
    if address is None:
        problems.append("%s: address is %r; allowed is an IP address without a network, such as 192.0.2.100."
                        % (where, service.get("address")))
    # A list is in no tuple of texts, and cannot be asked for in a set.
    if forwarding not in list(FORWARDING):
        return problems + ["%s: forwarding is %r; allowed are %s." % (where, forwarding, ", ".join(FORWARDING))]
    if forwarding != "masq":
        return problems + ["%s: %s is given; allowed with %s is none: the server answers clients itself."
                           % (where, key, forwarding) for key in MASQ if key in service]
    return problems + (_masq(where, service, address) if address is not None else [])


def realserver_problems(variables):
    """Sentences about the variables of role realserver; no sentence, no problem."""
    services, problems = _problems.list_of_dicts("realserver_services", variables["realserver_services"])
    for position, service in enumerate(services):
        problems += _service("realserver_services[%d]" % position, service)
    twice = _problems.repeated([service.get("address") for service in services])
    return problems + ["realserver_services: the address %r is there more than once; allowed is once: it is forwarded in one way."
                       % address for address in twice]
