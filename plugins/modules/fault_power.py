#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_power
short_description: Switch a node's power through its fence device
version_added: 0.1.0
description:
  - Switches a node off, on, or off and on again by running the stock fence agent of its device, as the cluster itself
    would. Meant for drills; the cluster is not told.
  - Run it on any node but the one to be switched.
author:
  - halab.cluster contributors (@halab)
requirements:
  - The fence agent, for example the Debian package C(fence-agents-ipmilan).
options:
  device:
    description: The device, in the words of the role P(halab.cluster.fencing#role).
    type: dict
    required: true
  power:
    description: What to do. The power is really cut, nothing is shut down.
    type: str
    choices: ["off", "on", "reboot"]
    required: true
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_module
  - halab.cluster.fence_device.one
"""

EXAMPLES = r"""
- name: Pull the plug of node1
  halab.cluster.fault_power:
    power: "off"
    device:
      id: fence-node1
      agent: fence_ipmilan
      target: node1
      instance_attributes: {ip: 192.0.2.11, username: halab, lanplus: 1}
      secret_attributes: {password: "{{ vault_bmc_password }}"}
  delegate_to: node2
"""

RETURN = r"""
at:
  description: When the agent was started, in seconds since the epoch.
  returned: when the agent ran
  type: float
  sample: 1795340000.123
seconds:
  description: How long the agent took.
  returned: when the agent ran
  type: float
  sample: 0.8
"""

import os
import socket
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _fence_agent as agent


def main():
    module = AnsibleModule(
        argument_spec={
            'device': {'type': 'dict', 'required': True, 'options': agent.DEVICE_OPTIONS},
            'power': {'type': 'str', 'choices': ['off', 'on', 'reboot'], 'required': True},
        },
        supports_check_mode=True,
    )
    module.run_command_environ_update = {'LANGUAGE': 'C', 'LC_ALL': 'C'}
    device = module.params['device']
    action = module.params['power']
    program = '/usr/sbin/' + agent.agent_name(device['agent'])
    if not os.access(program, os.X_OK):
        module.fail_json(msg=agent.missing_agent(device, socket.gethostname()))
    try:
        order = agent.agent_input(device, action)
    except ValueError as error:
        module.fail_json(msg=str(error))
    if module.check_mode:
        module.exit_json(changed=True)
    at = time.time()
    rc, dummy, err = module.run_command([program], data=order)
    seconds = round(time.time() - at, 3)
    if rc != 0:
        module.fail_json(msg=agent.failed_agent(device, socket.gethostname(), action, rc, err), at=at, seconds=seconds)
    module.exit_json(changed=True, at=at, seconds=seconds)


if __name__ == '__main__':
    main()
