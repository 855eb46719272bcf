#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_freeze
short_description: Stop every process of a node for a while
version_added: 0.1.0
description:
  - Sends SIGSTOP to every process but PID 1 and its own. The node's kernel still answers, its programs do not. This is
    what a node under extreme load, or a paused virtual machine, looks like to its peers.
  - A detached process freezes the node after a short delay, so that the answer of this module still arrives, and wakes
    everything again (SIGCONT) after O(seconds), in case nobody has fenced the node until then.
author:
  - halab.cluster contributors (@halab)
options:
  seconds:
    description: Seconds until the node is woken.
    type: float
    default: 120
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_module
  - halab.cluster.fault
"""

EXAMPLES = r"""
- name: Freeze this node for two minutes
  halab.cluster.fault_freeze:
"""

RETURN = r"""
at:
  description: When it strikes, in seconds since the epoch.
  returned: success
  type: float
  sample: 1795340000.123
"""

import os
import signal
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._detached import STRIKE_OPTIONS, strike_later


def freeze(seconds):
    # -1 is every process but PID 1 and the one that calls.
    os.kill(-1, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(-1, signal.SIGCONT)


def main():
    module = AnsibleModule(
        argument_spec={
            'seconds': {'type': 'float', 'default': 120},
            **STRIKE_OPTIONS,
        },
        supports_check_mode=True,
    )
    if os.geteuid() != 0:
        module.fail_json(msg='Only root can stop every process: run this task with become.')
    strike_later(module, lambda: freeze(module.params['seconds']))


if __name__ == '__main__':
    main()
