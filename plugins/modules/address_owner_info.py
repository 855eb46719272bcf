#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: address_owner_info
short_description: Find out who answers for an address, and whether it is one of ours
version_added: 0.1.0
description:
  - Asks the network by ARP who has each of the addresses, as the node that takes one of them is about to.
  - An answer from a MAC address that also answers for one of O(peers) comes from the cluster itself. Any other is
    foreign, and taking that address would make two owners of it.
  - An address that is not on a network of this node is not asked for, and says so.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  addresses:
    description: IPv4 addresses to ask for.
    type: list
    elements: str
    required: true
  peers:
    description: IPv4 addresses of the cluster's nodes. Those on other networks are of no use and do no harm.
    type: list
    elements: str
    default: []
  wait:
    description: How long to listen, in seconds, when nobody answers. An answer ends the wait.
    type: float
    default: 1.0
"""

EXAMPLES = r"""
- name: See whether somebody has the address already
  halab.cluster.address_owner_info:
    addresses: [198.18.0.100]
    peers: [198.18.0.11, 198.18.0.12, 198.18.0.13]
  become: true
  register: owners
  run_once: true
"""

RETURN = r"""
owners:
  description: A dictionary for each address.
  returned: success
  type: list
  elements: dict
  contains:
    address:
      description: The address.
      type: str
    on_link:
      description: Whether it could be asked for from here.
      type: bool
    held_here:
      description: Whether this node has it itself.
      type: bool
    macs:
      description: MAC addresses that answered for it.
      type: list
      elements: str
    foreign:
      description: Those of them that answered for no peer.
      type: list
      elements: str
  sample:
    - {address: 198.18.0.100, on_link: true, held_here: false, macs: ["52:54:00:00:00:0b"], foreign: []}
"""

import json
import select
import socket
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _arp


def route_to(module, address):
    """How this node would reach the address: the route of ip-route(8), with type local for its own addresses."""
    argv = ['ip', '-json', 'route', 'get', address]
    rc, out, err = module.run_command(argv, environ_update={'LC_ALL': 'C', 'LANGUAGE': 'C'})
    if rc == 2:
        return {}  # no route to it
    if rc:
        module.fail_json(msg='%s: exit status %d: %s' % (' '.join(argv), rc, err.strip()))
    return json.loads(out)[0]


def complete(answers, peers):
    """Whether all have answered, and none with a MAC that no peer has answered with.

    A node with several cards on one link answers with each of them, for every address it has.
    """
    ours = set().union(*(answers.get(address, set()) for address in peers))
    return all(answers.values()) and set().union(*answers.values()) <= ours


def ask(interface, own_ip, wanted, peers, wait):
    """MACs that answer, by address. Ends early when there is nothing left to wait for."""
    answers = {address: set() for address in wanted}
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_arp.ETHERTYPE_ARP)) as sock:
        sock.bind((interface, _arp.ETHERTYPE_ARP))
        own_mac = _arp.mac_to_text(sock.getsockname()[4])
        began = time.monotonic()
        asked = -1
        while time.monotonic() - began < wait and not complete(answers, peers):
            # Twice: one question may be lost.
            if int((time.monotonic() - began) / (wait / 2)) > asked:
                asked += 1
                for address in wanted:
                    sock.send(_arp.who_has(address, own_ip, own_mac))
            if select.select([sock], [], [], 0.05)[0]:
                frame = sock.recv(2048)
                for address in wanted:
                    said = _arp.statement(frame, address, own_ip, own_mac)
                    if said:
                        answers[address].add(said[0])
    return answers


def owner(address, route, answers, ours):
    macs = answers.get(address, set())
    return {
        'address': address,
        'on_link': bool(route) and 'gateway' not in route,
        'held_here': route.get('type') == 'local',
        'macs': sorted(macs),
        'foreign': sorted(macs - ours),
    }


def main():
    module = AnsibleModule(
        argument_spec={
            'addresses': {'type': 'list', 'elements': 'str', 'required': True},
            'peers': {'type': 'list', 'elements': 'str', 'default': []},
            'wait': {'type': 'float', 'default': 1.0},
        },
        supports_check_mode=True,
    )
    routes = {address: route_to(module, address) for address in module.params['addresses'] + module.params['peers']}
    by_link = {}
    for address, route in routes.items():
        if route and 'gateway' not in route and route.get('type') != 'local':
            by_link.setdefault((route['dev'], route['prefsrc']), []).append(address)
    answers = {}
    for (interface, own_ip), addresses in by_link.items():
        asked_for = [address for address in module.params['addresses'] if address in addresses]
        if asked_for:
            try:
                answers.update(ask(interface, own_ip, addresses, module.params['peers'], module.params['wait']))
            except PermissionError as error:
                module.fail_json(msg='ARP needs a raw socket (%s): run this task with become.' % error)
    ours = set().union(*(answers.get(address, set()) for address in module.params['peers']))
    module.exit_json(
        changed=False,
        owners=[owner(address, routes[address], answers, ours) for address in module.params['addresses']],
    )


if __name__ == '__main__':
    main()
