#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fence_device_info
short_description: Ask fence devices for their state
version_added: 0.1.0
description:
  - Asks every given fence device for the power state of its node, by running the stock fence agents on the node this
    module runs on. What a fence device needs to work (its address, its account, a way to reach it from here) is thereby
    seen to work.
  - Asks two devices at a time and begins with the one after the node's own. A BMC has few sessions, and usually this
    module runs on all nodes at once.
  - Needs no running cluster and changes nothing.
author:
  - halab.cluster contributors (@halab)
requirements:
  - The fence agents, for example the Debian package C(fence-agents-ipmilan).
options:
  devices:
    description: The devices, in the words of the role P(halab.cluster.fencing#role).
    type: list
    elements: dict
    required: true
  fail_on_error:
    description: Fail when a device does not tell its state.
    type: bool
    default: true
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
  - halab.cluster.fence_device.list
"""

EXAMPLES = r"""
- name: Every node sees every fence device
  halab.cluster.fence_device_info:
    devices:
      - id: fence-node1
        agent: fence_ipmilan
        target: node1
        instance_attributes: {ip: 192.0.2.11, username: halab, lanplus: 1}
        secret_attributes: {password: "{{ vault_bmc_password }}"}
"""

RETURN = r"""
devices:
  description: What each device said, in the order they were given.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Name of the device.
      type: str
    target:
      description: The node it switches.
      type: str
    power:
      description: V(on), V(off) or V(unknown). fence_kdump, which has no status, is asked for its monitor; it knows of no power.
      type: str
    rc:
      description: The agent's return code; 127 when the agent is not installed.
      type: int
    stderr:
      description: The agent's errors.
      type: str
    seconds:
      description: How long the agent took.
      type: float
  sample:
    - {id: fence-node1, target: node1, power: "on", rc: 0, stderr: "", seconds: 0.31}
"""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _fence_agent as agent


AT_ONCE = 2


def in_turn(devices, node):
    """The devices in an order of this node's own, so that no device is asked by all nodes at once."""
    own = [number for number, device in enumerate(devices) if device['target'] == node]
    first = own[0] + 1 if own else 0
    return devices[first:] + devices[:first]


def ask(module, device):
    program = '/usr/sbin/' + agent.agent_name(device['agent'])
    answer = {'id': device['id'], 'target': device['target'], 'power': 'unknown', 'rc': 127, 'stderr': '',
              'seconds': 0.0}
    if not os.access(program, os.X_OK):
        answer['stderr'] = agent.missing_agent(device, socket.gethostname())
        return answer
    begun = time.monotonic()
    rc, dummy, err = module.run_command([program], data=agent.agent_input(device, agent.question(device)))
    answer.update(
        rc=rc,
        power=agent.power(device, rc) or 'unknown',
        stderr='' if agent.power(device, rc) else agent.agent_error(err),
        seconds=round(time.monotonic() - begun, 3),
    )
    return answer


def problem(device, answer):
    if answer['rc'] == 127:
        return answer['stderr']
    return agent.failed_agent(device, socket.gethostname(), agent.question(device), answer['rc'], answer['stderr'])


def main():
    module = AnsibleModule(
        argument_spec={
            'devices': {'type': 'list', 'elements': 'dict', 'required': True, 'options': agent.DEVICE_OPTIONS},
            'fail_on_error': {'type': 'bool', 'default': True},
        },
        supports_check_mode=True,
    )
    module.run_command_environ_update = {'LANGUAGE': 'C', 'LC_ALL': 'C'}
    devices = module.params['devices']
    try:
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            asked = {device['id']: pool.submit(ask, module, device) for device in in_turn(devices, socket.gethostname())}
            answers = [asked[device['id']].result() for device in devices]
    except ValueError as error:
        module.fail_json(msg=str(error))
    problems = [
        problem(device, answer) for device, answer in zip(devices, answers)
        if answer['rc'] == 127 or agent.power(device, answer['rc']) is None
    ]
    if problems and module.params['fail_on_error']:
        module.fail_json(msg='\n'.join(problems), devices=answers)
    module.exit_json(changed=False, devices=answers)


if __name__ == '__main__':
    main()
