# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speak to a fence agent: what it reads on standard input and what its answer means. No I/O.

Private to this collection.
"""

from __future__ import annotations

# The options of a fence device, shared by every module that runs an agent.
DEVICE_OPTIONS = {
    'id': {'type': 'str', 'required': True},
    'agent': {'type': 'str', 'required': True},
    'target': {'type': 'str', 'required': True},
    'level': {'type': 'int'},
    'instance_attributes': {'type': 'dict', 'default': {}},
    'secret_attributes': {'type': 'dict', 'default': {}, 'no_log': True},
}

# What a fence agent returns for the action "status".
STATUS = {0: 'on', 2: 'off'}

# Agents that come in a package of their own on Debian 13; Debian 12 has them all in fence-agents.
_OWN_PACKAGE = {'fence_ipmilan': 'fence-agents-ipmilan'}


def agent_name(agent):
    """The program of an agent, which the cluster calls stonith:NAME."""
    return agent.split(':')[-1]


def _plug(device):
    """What the device calls the node, or None when it powers nothing else.

    As the cluster's fencer does it: pcmk_host_map translates the node's name, otherwise the name itself is sent. An
    agent that reaches each node's own BMC takes no plug.
    """
    attributes = device['instance_attributes']
    if 'plug' in attributes or 'port' in attributes or attributes.get('pcmk_host_argument') == 'none':
        return None
    for entry in str(attributes.get('pcmk_host_map', '')).replace(';', ' ').split():
        node, dummy, plug = entry.partition(':')
        if node == device['target']:
            return plug
    if agent_name(device['agent']) == 'fence_ipmilan':
        return None
    return device['target']


def agent_input(device, action):
    """The lines an agent reads on standard input. Raises ValueError for what cannot be said in a line."""
    attributes = dict(device['instance_attributes'], **device['secret_attributes'])
    lines = ['action=%s' % action]
    for name, value in sorted(attributes.items()):
        # Options for the cluster's fencer, not for the agent.
        if name.startswith('pcmk_') or name in ('action', 'provides', 'stonith-timeout'):
            continue
        if '\n' in str(value):
            raise ValueError('fence device %s: the value of %s must be one line' % (device['id'], name))
        lines.append('%s=%s' % (name, value))
    plug = _plug(device)
    if plug is not None:
        lines.append('plug=%s' % plug)
    return '\n'.join(lines) + '\n'


def agent_error(stderr):
    """The errors of an agent, each once: it logs them to standard error in two forms."""
    errors = []
    for line in stderr.splitlines():
        dummy, found, text = line.partition('ERROR:')
        text = text.removeprefix('root:').strip()
        if found and text and text not in errors:
            errors.append(text)
    return '; '.join(errors) or stderr.strip()


def missing_agent(device, node):
    name = agent_name(device['agent'])
    package = _OWN_PACKAGE.get(name, 'fence-agents')
    return 'fence device %s: node %s has no /usr/sbin/%s. Install the package %s (Debian 12: fence-agents) on it.' % (
        device['id'], node, name, package)


def failed_agent(device, node, action, rc, stderr):
    """Why a device cannot be relied on, and what to look at."""
    return (
        "fence device %s (for %s): asked from node %s, '%s' with action=%s failed (rc %d): %s. "
        "Check that %s reaches the device's address, and the account, password and options of the device; by hand: "
        "%s --help shows how to ask it." % (
            device['id'], device['target'], node, agent_name(device['agent']), action, rc,
            agent_error(stderr) or 'it said nothing', node, agent_name(device['agent']))
    )
