#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_agent
short_description: Have an action of a resource agent fail on a node, or take long
version_added: 0.1.0
description:
  - Mounts a script on an OCF agent. It does what O(rc) and O(seconds) say when it is asked for O(action), and hands
    everything else to the agent.
  - Every resource of that agent on this node is meant. The cluster's configuration is not touched.
  - The mount ends with the power of the node, and with V(whole).
author:
  - halab.cluster contributors (@halab)
options:
  state:
    description: V(broken) or V(whole).
    type: str
    choices: [broken, whole]
    default: broken
  agent:
    description: The agent, as the cluster calls it, such as C(ocf:heartbeat:IPaddr2).
    type: str
    required: true
  action:
    description: The action, such as C(stop).
    type: str
    default: stop
  rc:
    description:
      - The code that the action returns without anything being done, V(1) to V(255).
      - Without this option the agent does its work.
    type: int
  seconds:
    description: How many seconds pass before that.
    type: float
    default: 0
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_state_module
"""

EXAMPLES = r"""
- name: Let no address be given up on this node
  halab.cluster.fault_agent:
    agent: ocf:heartbeat:IPaddr2
    action: stop
    rc: 1

- name: Let it take eight seconds to stop nginx
  halab.cluster.fault_agent:
    agent: ocf:heartbeat:nginx
    action: stop
    seconds: 8

- name: Let addresses be given up again
  halab.cluster.fault_agent:
    state: whole
    agent: ocf:heartbeat:IPaddr2
"""

RETURN = r"""
at:
  description: When it was done, in seconds since the epoch.
  returned: when O(state=broken) and it was not
  type: float
  sample: 1795340000.123
"""

import os
import re
import shlex
import shutil
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._mounts import MountHost, read_mounts

AGENTS = '/usr/lib/ocf/resource.d'
# Not below /run, from where nothing may be run on many hosts.
KEPT = '/usr/local/lib/halab-drill-agents'
NAME = re.compile(r'^ocf:([A-Za-z0-9_.-]+):([A-Za-z0-9_.-]+)\Z')
ACTION = re.compile(r'^[a-z-]+\Z')


def script(action, rc, seconds, agent):
    lines = ['#!/bin/sh', '# A drill has put this in the place of the agent.',
             'if [ "$1" = %s ]; then' % action, '  sleep %g' % seconds]
    if rc is not None:
        lines.append('  exit %d' % rc)
    return '\n'.join(lines + ['fi', 'exec %s "$@"' % shlex.quote(agent), ''])


def problem_of(params):
    if not NAME.match(params['agent']):
        return 'agent: %s is no OCF agent; allowed is a name such as ocf:heartbeat:IPaddr2.' % params['agent']
    if not ACTION.match(params['action']):
        return 'action: %r is none; allowed is one such as stop.' % params['action']
    if params['rc'] is not None and not 1 <= params['rc'] <= 255:
        return 'rc: %d is no code of a failure; allowed are 1 to 255.' % params['rc']
    if params['state'] == 'broken' and params['rc'] is None and params['seconds'] <= 0:
        return 'Neither rc nor seconds is given, so nothing would be broken; allowed is at least one of them.'
    return None


class Agent(MountHost):
    def __init__(self, module):
        super().__init__(module)
        self.path = os.path.join(AGENTS, *NAME.match(module.params['agent']).groups())
        self.kept = os.path.join(KEPT, module.params['agent'].replace(':', '-'))

    def is_broken(self):
        return self.path in [where for where, dummy in read_mounts()]

    def break_it(self, action, rc, seconds):
        os.makedirs(self.kept, exist_ok=True)
        agent, instead = os.path.join(self.kept, 'agent'), os.path.join(self.kept, 'instead')
        shutil.copy2(self.path, agent)
        with open(instead, 'w', encoding='utf-8') as stream:
            stream.write(script(action, rc, seconds, agent))
        os.chmod(instead, 0o755)
        self.mount('--bind', instead, self.path)

    def mend(self):
        if self.is_broken():
            self.umount(self.path)
        shutil.rmtree(self.kept)


def main():
    module = AnsibleModule(
        argument_spec={
            'state': {'type': 'str', 'choices': ['broken', 'whole'], 'default': 'broken'},
            'agent': {'type': 'str', 'required': True},
            'action': {'type': 'str', 'default': 'stop'},
            'rc': {'type': 'int'},
            'seconds': {'type': 'float', 'default': 0},
        },
        supports_check_mode=True,
    )
    params = module.params
    problem = problem_of(params)
    if problem:
        module.fail_json(msg=problem)
    agent = Agent(module)
    if params['state'] == 'whole':
        # A node that was restarted has lost the mount, and not what was kept.
        there = os.path.isdir(agent.kept)
        if there and not module.check_mode:
            agent.mend()
        module.exit_json(changed=there)
    if agent.is_broken():
        module.exit_json(changed=False)
    if not os.path.isfile(agent.path):
        module.fail_json(msg='agent: there is no %s here; allowed is an agent that this node has.' % agent.path)
    if not module.check_mode:
        agent.break_it(params['action'], params['rc'], params['seconds'])
    module.exit_json(changed=True, at=time.time())


if __name__ == '__main__':
    main()
