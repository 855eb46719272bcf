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
# fence_kdump hears from nodes that crash, and knows nothing of any other.
WITHOUT_STATUS = ('fence_kdump',)

# Packages of agents on Debian 13; Debian 12 has them all in fence-agents.
_OWN_PACKAGE = {
    'fence_ipmilan': 'fence-agents-ipmilan',
    'fence_kdump': 'fence-agents-kdump',
    'fence_mpath': 'fence-agents-mpath',
    'fence_sbd': 'fence-agents-sbd',
    'fence_scsi': 'fence-agents-scsi',
}
# The programs that agents call, where the package of Debian 12 does not bring them.
_PROGRAMS = {
    'fence_ipmilan': ['ipmitool'],
    'fence_mpath': ['multipath-tools'],
    'fence_scsi': ['sg3-utils'],
}


def agent_name(agent):
    """The program of an agent, which the cluster calls stonith:NAME."""
    return agent.split(':')[-1]


def question(device):
    """The action that tells most about a device and does nothing."""
    return 'monitor' if agent_name(device['agent']) in WITHOUT_STATUS else 'status'


def power(device, rc):
    """on, off or unknown; None where that means that the device cannot be relied on."""
    if question(device) == 'monitor':
        return 'unknown' if rc == 0 else None
    return STATUS.get(rc)


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
    if agent_name(device['agent']) in ('fence_ipmilan', 'fence_kdump'):
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


def fencing_packages(devices, all_in_one=False):
    """The packages that these devices need. all_in_one: as Debian 12 has them.

    An agent that is not among the known ones is its owner's to install, and finds what most others need.
    """
    agents = {agent_name(str(device.get('agent'))) for device in devices}
    known = sorted(name if name in _OWN_PACKAGE else 'fence_ipmilan' for name in agents)
    if not all_in_one:
        return list(dict.fromkeys(_OWN_PACKAGE[name] for name in known))
    programs = sorted({program for name in known for program in _PROGRAMS.get(name, [])})
    return (['fence-agents'] if agents else []) + programs


def missing_agent(device, node):
    name = agent_name(device['agent'])
    package = _OWN_PACKAGE.get(name, 'fence-agents')
    return 'fence device %s: node %s has no /usr/sbin/%s. Install the package %s (Debian 12: fence-agents) on it.' % (
        device['id'], node, name, package)


def failed_agent(device, node, action, rc, stderr):
    """Why a device cannot be relied on, and what to look at."""
    if question(device) == 'monitor':
        return (
            "fence device %s (for %s): asked on node %s, '%s' with action=monitor failed (rc %d): %s. It looks whether the "
            "kernel of the node that it is asked on keeps memory for a crash kernel: crashkernel= in /proc/cmdline "
            "(kdump-tools)." % (device['id'], device['target'], node, agent_name(device['agent']), rc,
                                agent_error(stderr) or 'it said nothing'))
    return (
        "fence device %s (for %s): asked from node %s, '%s' with action=%s failed (rc %d): %s. "
        "Check that %s reaches the device's address, and the account, password and options of the device; by hand: "
        "%s --help shows how to ask it." % (
            device['id'], device['target'], node, agent_name(device['agent']), action, rc,
            agent_error(stderr) or 'it said nothing', node, agent_name(device['agent']))
    )
