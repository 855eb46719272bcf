#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_network_delay
short_description: Have what a node sends to some addresses arrive late
version_added: 0.1.0
description:
  - Puts netem on the way to O(addresses), and on nothing else, so that the other nodes of a cluster can be far away
    while clients and the controller are not. A question and its answer take O(latency_ms) longer, whoever asks.
  - With O(jitter_ms), packets overtake each other, as they do on long ways.
  - ARP and neighbour discovery are not late.
  - It ends with the power of the node, with V(prompt), and by itself after O(seconds), whatever has become of the
    controller. Then the network cards have the queue that the kernel gives them. One that has another is refused.
author:
  - halab.cluster contributors (@halab)
requirements:
  - ip and tc (Debian package C(iproute2)).
  - The kernel's modules sch_prio, sch_netem and cls_u32, which Debian's C(linux-image-amd64) has.
options:
  state:
    description: V(late) or V(prompt).
    type: str
    choices: [late, prompt]
    default: late
  addresses:
    description: Addresses, IPv4 or IPv6, or names of hosts, which are looked up on the node. Needed with V(late).
    type: list
    elements: str
    default: []
  latency_ms:
    description: Milliseconds by which packets are late.
    type: float
    default: 500
  jitter_ms:
    description: Milliseconds by which each of them is earlier or later than that, by chance, up to O(latency_ms).
    type: float
    default: 0
  seconds:
    description: Seconds until the packets are prompt again by themselves.
    type: float
    default: 120
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_state_module
seealso:
  - module: halab.cluster.fault_network
  - module: halab.cluster.fault_clock
"""

EXAMPLES = r"""
- name: Have the other nodes be 200 ms away, more or less
  halab.cluster.fault_network_delay:
    addresses: [192.0.2.12, 192.0.2.13]
    latency_ms: 200
    jitter_ms: 50

- name: Have them be near again
  halab.cluster.fault_network_delay:
    state: prompt
"""

RETURN = r"""
at:
  description: When packets began to be late, in seconds since the epoch.
  returned: when O(state=late) and they were prompt
  type: float
  sample: 1795340000.123
interfaces:
  description: The network cards on the way to the addresses.
  returned: when O(state=late) and they were prompt
  type: list
  elements: str
  sample: [eth0]
"""

import ipaddress
import json
import socket
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._command import CommandHost
from ansible_collections.halab.cluster.plugins.module_utils._fault_record import Record

# Ours among all queues. The kernel's own are 0:, and those that nobody numbers begin at 8001:.
HANDLE = 'de1a:'
# prio sends what the kernel itself sorts into the first three of its bands, so only what is sorted by hand gets here.
BAND = HANDLE + '4'
# What an unknown kind of queue means.
KERNEL = "This node's kernel lacks sch_prio or sch_netem; allowed is one that has them, as that of linux-image-amd64 (a " \
    'container has the kernel of its machine).'


def numeric(names):
    """Addresses for addresses and names, each once. ValueError: one is neither."""
    found = []
    for name in names:
        try:
            answers = socket.getaddrinfo(name, None, proto=socket.IPPROTO_UDP)
        except OSError as error:
            raise ValueError('%s is no address, and this node does not know it as a name (%s)' % (name, error)) from error
        found += [answer[4][0] for answer in answers]
    return list(dict.fromkeys(found))


def commands(interface, addresses, latency_ms, jitter_ms):
    """What tc is told for one card: three ordinary queues, one that is late, and who goes there."""
    device = ['dev', interface]
    late = ['%gms' % latency_ms] + (['%gms' % jitter_ms] if jitter_ms else [])
    told = [
        ['qdisc', 'add', *device, 'root', 'handle', HANDLE, 'prio', 'bands', '4'],
        # Room for more packets than are on the way at a time: it drops the others.
        ['qdisc', 'add', *device, 'parent', BAND, 'netem', 'delay', *late, 'limit', '10000'],
    ]
    for number, address in enumerate(addresses, 1):
        # Filters of one priority are of one protocol.
        protocol, match, length = ('ipv6', 'ip6', 128) if ipaddress.ip_address(address).version == 6 else ('ip', 'ip', 32)
        told.append(['filter', 'add', *device, 'parent', HANDLE, 'protocol', protocol, 'prio', str(number),
                     'u32', 'match', match, 'dst', '%s/%d' % (address, length), 'flowid', BAND])
    return told


def roots(listing):
    """{card: its queue} from the answer of 'tc -j qdisc show', without those that the kernel gave."""
    return {queue['dev']: queue for queue in json.loads(listing) if queue.get('root') and queue['handle'] != '0:'}


def problem_of(params):
    if not params['addresses']:
        return 'addresses is empty; allowed is a list of addresses or names of hosts.'
    if params['latency_ms'] <= 0:
        return 'latency_ms: %g is not late; allowed is a number above 0.' % params['latency_ms']
    if not 0 <= params['jitter_ms'] <= params['latency_ms']:
        return 'jitter_ms: %g would have packets arrive before they are sent; allowed are 0 to latency_ms (%g).' \
            % (params['jitter_ms'], params['latency_ms'])
    if params['seconds'] <= 0:
        return 'seconds: %g is no time after which packets could be prompt again; allowed is a number above 0.' \
            % params['seconds']
    return None


class Network(CommandHost):
    def roots(self):
        return roots(self.must(['tc', '-j', 'qdisc', 'show'], 'Debian has it in iproute2.'))

    def by_interface(self, addresses):
        """{card: the addresses behind it}"""
        found = {}
        for address in addresses:
            answer = self.must(['ip', '-j', 'route', 'get', address], 'Allowed as addresses are those with a way to them.')
            interface = json.loads(answer)[0]['dev']
            if interface == 'lo':
                self.module.fail_json(msg="addresses: %s is this node's own; allowed are those of others." % address)
            found.setdefault(interface, []).append(address)
        return found

    def late(self, by_interface, record):
        params = self.module.params
        for interface, addresses in by_interface.items():
            for command in commands(interface, addresses, params['latency_ms'], params['jitter_ms']):
                argv = ['tc', *command]
                rc, out, err = self.run(argv)
                if rc:
                    record.end(self.prompt)
                    self.fail(argv, rc, out, err, KERNEL if 'is unknown' in err else 'Packets are prompt, as before.')

    def prompt(self, dummy=None):
        for interface, queue in self.roots().items():
            if queue['handle'] == HANDLE:
                self.must(['tc', 'qdisc', 'delete', 'dev', interface, 'root'], 'Packets may still be late.')


def main():
    module = AnsibleModule(
        argument_spec={
            'state': {'type': 'str', 'choices': ['late', 'prompt'], 'default': 'late'},
            'addresses': {'type': 'list', 'elements': 'str', 'default': []},
            'latency_ms': {'type': 'float', 'default': 500},
            'jitter_ms': {'type': 'float', 'default': 0},
            'seconds': {'type': 'float', 'default': 120},
        },
        supports_check_mode=True,
    )
    params, network, record = module.params, Network(module), Record('network-delay')
    if params['state'] == 'prompt':
        known = record.read()
        if known and not module.check_mode:
            record.end(network.prompt)
        module.exit_json(changed=bool(known))
    problem = problem_of(params)
    if problem:
        module.fail_json(msg=problem)
    if record.read():
        module.exit_json(changed=False)
    try:
        by_interface = network.by_interface(numeric(params['addresses']))
    except ValueError as error:
        module.fail_json(msg='addresses: %s.' % error)
    there = network.roots()
    for interface in [name for name in by_interface if name in there]:
        module.fail_json(msg='%s has a queue already (%s %s), which would be lost; allowed is a card with the one that the '
                             "kernel gives it. 'tc qdisc delete dev %s root' brings that back."
                             % (interface, there[interface]['kind'], there[interface]['handle'], interface))
    if not module.check_mode:
        record.begin(params['seconds'], network.prompt)
        network.late(by_interface, record)
    module.exit_json(changed=True, at=time.time(), interfaces=sorted(by_interface))


if __name__ == '__main__':
    main()
