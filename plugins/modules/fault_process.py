#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_process
short_description: Send a signal to every process of a name
version_added: 0.1.0
description:
  - Sends a signal to every process that has one of the given names, as a fault in a drill.
  - It strikes after a short delay, from a detached process, so that the answer of this module still arrives when the
    connection depends on what is killed.
author:
  - halab.cluster contributors (@halab)
options:
  name:
    description:
      - The exact names of the processes, as in C(/proc/PID/comm).
      - Linux keeps 15 characters of a name, so longer ones are compared by their first 15.
    type: list
    elements: str
    required: true
  signal:
    description: The signal, for example V(KILL), V(STOP), V(CONT) or V(TERM).
    type: str
    default: KILL
  times:
    description: How often it strikes, each time as soon as there is a process of the name again.
    type: int
    default: 1
  patience:
    description: Seconds to wait for such a process, before the next strike is given up.
    type: float
    default: 10
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_module
  - halab.cluster.fault
"""

EXAMPLES = r"""
- name: Kill corosync
  halab.cluster.fault_process:
    name: [corosync]

- name: Kill nginx as often as it is started again, five times
  halab.cluster.fault_process:
    name: [nginx]
    times: 5
"""

RETURN = r"""
at:
  description: When it strikes, in seconds since the epoch.
  returned: success
  type: float
  sample: 1795340000.123
pids:
  description: The processes that are hit.
  returned: success
  type: list
  elements: int
  sample: [1234]
"""

import os
import signal
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._detached import STRIKE_OPTIONS, strike_later

# TASK_COMM_LEN of the kernel, without the final zero.
COMM_LENGTH = 15


def pids_of(names, proc='/proc'):
    """The processes with one of these names. A zombie is none: it is dead already."""
    wanted = {name[:COMM_LENGTH] for name in names}
    found = {}
    for entry in os.listdir(proc):
        if not entry.isdigit():
            continue
        try:
            with open(os.path.join(proc, entry, 'stat'), encoding='utf-8', errors='replace') as stat:
                text = stat.read()
        except OSError:
            continue
        # "PID (comm) STATE ...", and comm may itself contain brackets.
        comm = text[text.index('(') + 1:text.rindex(')')]
        state = text[text.rindex(')') + 2]
        if comm in wanted and state != 'Z':
            found[int(entry)] = comm
    return found


def strike(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            # It ended by itself, or with its parent.
            continue


def strike_again(names, number, times, patience, interval=0.2):
    """Strikes whatever is started in the place of what was struck."""
    for dummy in range(times):
        end = time.monotonic() + patience
        while not pids_of(names) and time.monotonic() < end:
            time.sleep(interval)
        strike(sorted(pids_of(names)), number)
        # A process that is dying is not struck twice.
        time.sleep(interval)


def main():
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'list', 'elements': 'str', 'required': True},
            'signal': {'type': 'str', 'default': 'KILL'},
            'times': {'type': 'int', 'default': 1},
            'patience': {'type': 'float', 'default': 10},
            **STRIKE_OPTIONS,
        },
        supports_check_mode=True,
    )
    names = module.params['name']
    signal_name = 'SIG' + module.params['signal'].upper().removeprefix('SIG')
    if signal_name not in signal.Signals.__members__:
        module.fail_json(msg='signal: %s is no signal; see kill -l' % module.params['signal'])
    number = signal.Signals[signal_name]
    pids = pids_of(names)
    missing = [name for name in names if name[:COMM_LENGTH] not in pids.values()]
    if missing:
        module.fail_json(msg='No process is called %s here. The names are those of ps -eo comm.' % ', '.join(missing))

    def act():
        strike(sorted(pids), number)
        strike_again(names, number, module.params['times'] - 1, module.params['patience'])

    strike_later(module, act, pids=sorted(pids))


if __name__ == '__main__':
    main()
