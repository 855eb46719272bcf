#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_network
short_description: Cut a node off the network, or have it lose packets, or connect it again
version_added: 0.1.0
description:
  - Puts an nftables table C(inet halab_drill) in front of everything else that drops packets in and out, all of them or
    what O(direction), O(packets) and O(loss) say, except on loopback and SSH with the addresses in O(allow).
  - ARP is not filtered. A node that is cut off still claims its addresses on the link until it is fenced or gives
    them up, which makes the drill's audit of address holders a strict one.
  - It strikes after a short delay, from a detached process, which also takes the table away after O(seconds). No host
    stays cut off for good.
author:
  - halab.cluster contributors (@halab)
requirements:
  - nft (Debian package C(nftables)).
options:
  state:
    description: V(isolated) has the packets dropped, V(connected) removes the table.
    type: str
    choices: [isolated, connected]
    default: isolated
  allow:
    description:
      - Addresses, IPv4 or IPv6, that can still reach this node by SSH.
      - Without this option it is the address that this task came from by SSH, if it did.
    type: list
    elements: str
  packets:
    description:
      - Drop only these. Each is a match as nft(8) writes it, such as C(ip protocol vrrp).
      - Without this option it is all of them.
    type: list
    elements: str
    default: []
  loss:
    description: How many of a hundred of these packets are dropped, by chance, V(1) to V(100).
    type: int
    default: 100
  direction:
    description: Drop only what comes in, and the node is deaf, or only what goes out, and it is mute.
    type: str
    choices: [both, in, out]
    default: both
  port:
    description: The port of SSH.
    type: int
    default: 22
  seconds:
    description: Seconds until the node is connected again by itself.
    type: float
    default: 120
  times:
    description: How often it is cut off, each time for O(seconds).
    type: int
    default: 1
  pause:
    description: Seconds for which it is connected between two times.
    type: float
    default: 0
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_state_module
  - halab.cluster.fault
"""

EXAMPLES = r"""
- name: Cut this node off, but for the controller
  halab.cluster.fault_network:

- name: Cut this node off, but for two hosts of the operators
  halab.cluster.fault_network:
    allow: [192.0.2.1, 192.0.2.2]

- name: Let only VRRP be lost, as a firewall does that does not know it
  halab.cluster.fault_network:
    packets: [ip protocol vrrp]

- name: Lose every third packet
  halab.cluster.fault_network:
    loss: 33

- name: Hear nothing any more, and still be heard
  halab.cluster.fault_network:
    direction: in

- name: Flap, three times for a second
  halab.cluster.fault_network:
    seconds: 1
    times: 3
    pause: 3

- name: Connect it again
  halab.cluster.fault_network:
    state: connected
"""

RETURN = r"""
at:
  description: When it strikes, in seconds since the epoch.
  returned: when O(state=isolated) and the node was connected
  type: float
  sample: 1795340000.123
"""

import ipaddress
import json
import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._detached import STRIKE_OPTIONS, strike_later

TABLE = 'halab_drill'
HOOKS = {'both': ('input', 'output'), 'in': ('input',), 'out': ('output',)}


def is_isolated(listing):
    """Whether the answer of 'nft -j list tables' names our table."""
    tables = [entry['table'] for entry in json.loads(listing)['nftables'] if 'table' in entry]
    return any(table['family'] == 'inet' and table['name'] == TABLE for table in tables)


def ruleset(allow, port, packets=(), loss=100, direction='both'):
    """The table, as nft reads it. Its priority puts it before conntrack and every ordinary firewall."""
    drop = 'drop' if loss == 100 else 'numgen random mod 100 < %d drop' % loss
    drops = ['%s %s' % (match, drop) for match in packets] or [drop]
    accepted = {'input': ['iif lo accept'], 'output': ['oif lo accept']}
    for address in allow:
        family = 'ip6' if ipaddress.ip_address(address).version == 6 else 'ip'
        accepted['input'].append('%s saddr %s tcp dport %d accept' % (family, address, port))
        accepted['output'].append('%s daddr %s tcp sport %d accept' % (family, address, port))
    lines = ['table inet %s {' % TABLE]
    for hook in HOOKS[direction]:
        lines.append('  chain %s {' % hook)
        lines.append('    type filter hook %s priority -400; policy accept;' % hook)
        lines.extend('    ' + rule for rule in accepted[hook] + drops)
        lines.append('  }')
    lines.append('}')
    return '\n'.join(lines) + '\n'


def ssh_peer(proc='/proc', pid=None):
    """The address at the other end of the SSH session we run in, as a list; empty when there is none.

    sudo removes SSH_CONNECTION from the environment, so the processes above us are asked for it.
    """
    pid = pid or os.getpid()
    while pid > 1:
        try:
            with open('%s/%d/environ' % (proc, pid), encoding='utf-8', errors='replace') as environ:
                variables = environ.read().split('\0')
            with open('%s/%d/stat' % (proc, pid), encoding='utf-8', errors='replace') as stat:
                text = stat.read()
        except OSError:
            return []
        for variable in variables:
            if variable.startswith('SSH_CONNECTION='):
                # An IPv4 address as seen by a socket for both, or a link-local one with its interface.
                address = variable.split('=')[1].split(' ')[0].removeprefix('::ffff:').partition('%')[0]
                return [address]
        pid = int(text[text.rindex(')') + 2:].split()[1])
    return []


def nft(module, arguments, data=None):
    command = [module.get_bin_path('nft', required=True, opt_dirs=['/usr/sbin', '/sbin'])] + arguments
    rc, out, err = module.run_command(command, data=data)
    if rc != 0:
        module.fail_json(msg="'%s' failed (rc %d): %s" % (' '.join(command), rc, err.strip()))
    return out


def main():
    module = AnsibleModule(
        argument_spec={
            'state': {'type': 'str', 'choices': ['isolated', 'connected'], 'default': 'isolated'},
            'allow': {'type': 'list', 'elements': 'str'},
            'packets': {'type': 'list', 'elements': 'str', 'default': []},
            'loss': {'type': 'int', 'default': 100},
            'direction': {'type': 'str', 'choices': list(HOOKS), 'default': 'both'},
            'port': {'type': 'int', 'default': 22},
            'seconds': {'type': 'float', 'default': 120},
            'times': {'type': 'int', 'default': 1},
            'pause': {'type': 'float', 'default': 0},
            **STRIKE_OPTIONS,
        },
        supports_check_mode=True,
    )
    module.run_command_environ_update = {'LANGUAGE': 'C', 'LC_ALL': 'C'}
    params = module.params
    allow = ssh_peer() if params['allow'] is None else params['allow']
    if not 1 <= params['loss'] <= 100:
        module.fail_json(msg='loss: %d is not a share that can be dropped; allowed are 1 to 100.' % params['loss'])
    if params['times'] < 1:
        module.fail_json(msg='times: %d is not how often a node can be cut off; allowed is a whole number from 1 on.'
                             % params['times'])
    try:
        rules = ruleset(allow, params['port'], params['packets'], params['loss'], params['direction'])
    except ValueError as error:
        module.fail_json(msg='allow: %s' % error)
    isolated = is_isolated(nft(module, ['-j', 'list', 'tables']))
    if isolated == (params['state'] == 'isolated'):
        module.exit_json(changed=False)
    if params['state'] == 'connected':
        if not module.check_mode:
            nft(module, ['delete', 'table', 'inet', TABLE])
        module.exit_json(changed=True)

    # What nft would not accept is to be said now: the detached process has nobody to tell.
    nft(module, ['--check', '-f', '-'], data=rules)

    def cut_off():
        for number in range(params['times']):
            time.sleep(params['pause'] if number else 0)
            nft(module, ['-f', '-'], data=rules)
            time.sleep(params['seconds'])
            nft(module, ['delete', 'table', 'inet', TABLE])

    strike_later(module, cut_off)


if __name__ == '__main__':
    main()
