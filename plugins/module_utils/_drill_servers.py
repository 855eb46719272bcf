# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a balancer thinks of the servers behind it, whichever program balances. No I/O.

{service/server: {state, status, up, weight}}: up is whether it gets new requests, and a service is called as haproxy.cfg
calls its backend, or for IPVS by protocol and port. haproxy's have agent as well, whether an agent check is enabled.
Private to this collection.
"""

from __future__ import annotations

from urllib.parse import urlsplit

KEYS = ('state', 'status', 'up', 'weight')
# Of a server that the table does not have: checkers take one out that does not answer.
MISSING = {'state': 'missing', 'status': 'missing', 'up': False, 'weight': 0}


def of_haproxy(found):
    return {'%s/%s' % (server['backend'], server['server']): {key: server[key] for key in KEYS + ('agent',)}
            for server in found['servers']}


def service_name(service):
    """tcp:80, udp:53 or fwmark:1."""
    if service['fwmark'] is not None:
        return 'fwmark:%d' % service['fwmark']
    protocol = next(name for name in ('tcp', 'udp', 'sctp') if service[name])
    return '%s:%s' % (protocol, service[protocol].rpartition(':')[2])


def rank(server):
    """How well off it is. One that is missing has lost its connections as well, one with weight 0 has not."""
    return server['weight'], server['state'] != 'missing'


def of_ipvs(found, names):
    """Every service has all servers of 'names', {address: host}; it may have others, called by their addresses.

    Of services with one port and several addresses, the one counts in which a server is worse off.
    """
    servers = {}
    for service in found['services']:
        here = {name: dict(MISSING) for name in names.values()}
        for server in service['real_servers']:
            up = server['weight'] > 0
            here[names.get(server['address'], server['address'])] = {
                'state': 'ready' if up else 'drain', 'up': up, 'weight': server['weight'],
                'status': '%s with weight %d' % (server['forwarding'], server['weight'])}
        for name, seen in here.items():
            key = '%s/%s' % (service_name(service), name)
            before = servers.get(key)
            if before is None or rank(seen) < rank(before):
                servers[key] = seen
    return servers


def drill_weighed(found, names, weights):
    """Whether every service of what ipvs_info has answered has each of these servers, with its weight."""
    seen = [(title.partition('/')[2], server) for title, server in of_ipvs(found, names).items()]
    # One that is missing has no weight, not even 0: its connections have lost it.
    return set(weights) <= {name for name, dummy in seen} and all(
        server['state'] != 'missing' and server['weight'] == int(weights[name])
        for name, server in seen if name in weights)


def service_asked(url):
    """The service behind which a probe of this url is answered."""
    parts = urlsplit(url)
    return 'udp:%d' % (parts.port or 53) if parts.scheme == 'dns' else 'tcp:%d' % (parts.port or 80)


def drill_taken_out(found, names, server, url):
    """Whether, by what ipvs_info has answered, who asks for this url is no longer sent to the server."""
    # A table without that service has taken nobody out: something else is wrong with it.
    seen = of_ipvs(found, names).get('%s/%s' % (service_asked(url), server))
    return seen is not None and not seen['up']


def drill_servers(found, names):
    """From what haproxy_info or ipvs_info has answered. Without any service, that is all there is to say."""
    if 'services' not in found:
        return of_haproxy(found)
    return of_ipvs(found, names) or {'no service': dict(MISSING)}
