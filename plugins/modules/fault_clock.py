#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_clock
short_description: Have the clock of a node jump, and bring it back
version_added: 0.1.0
description:
  - Sets the system's clock forward or back by O(offset) seconds, all at once, as an administrator or a time server does
    who is mistaken.
  - How far the clock is from one that never jumps (C(CLOCK_BOOTTIME)) is written down before. V(right) sets it by that,
    so the time that has passed meanwhile is not lost. A detached process does the same after O(seconds), whatever has
    become of the controller.
  - Without power the record is lost and the node starts with the time of its hardware clock, which is not touched.
author:
  - halab.cluster contributors (@halab)
options:
  state:
    description: V(jumped) or V(right).
    type: str
    choices: [jumped, right]
    default: jumped
  offset:
    description: How many seconds the clock jumps, forward or, if negative, back. Needed with V(jumped).
    type: float
  seconds:
    description: Seconds until the clock is brought back by itself.
    type: float
    default: 120
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_state_module
notes:
  - Refused in a container, whose clock is that of the machine that it runs on.
  - Where chrony, ntpd or systemd-timesyncd runs, it may bring the clock back earlier.
seealso:
  - module: halab.cluster.fault_network_delay
"""

EXAMPLES = r"""
- name: Let it be an hour later
  halab.cluster.fault_clock:
    offset: 3600

- name: Let it be an hour earlier
  halab.cluster.fault_clock:
    offset: -3600

- name: Bring the clock back
  halab.cluster.fault_clock:
    state: right
"""

RETURN = r"""
at:
  description: When it jumped, in seconds since the epoch by the clock before.
  returned: when O(state=jumped) and it had not
  type: float
  sample: 1795340000.123
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _container
from ansible_collections.halab.cluster.plugins.module_utils._fault_record import Record

NANO = 10 ** 9


def steady():
    """Nanoseconds on the clock that nobody sets, and that goes on while a machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def ahead():
    """Nanoseconds by which the system's clock is ahead of it."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME) - steady()


def put(ahead_by):
    time.clock_settime_ns(time.CLOCK_REALTIME, steady() + ahead_by)


def bring_back(record):
    put(record['ahead'])


def problem_of(params):
    if not params['offset']:
        return 'offset: %s is no jump; allowed is a number of seconds other than 0, such as 3600 or -3600.' % params['offset']
    if params['seconds'] <= 0:
        return 'seconds: %g is no time after which the clock could be brought back; allowed is a number above 0.' \
            % params['seconds']
    return None


def main():
    module = AnsibleModule(
        argument_spec={
            'state': {'type': 'str', 'choices': ['jumped', 'right'], 'default': 'jumped'},
            'offset': {'type': 'float'},
            'seconds': {'type': 'float', 'default': 120},
        },
        supports_check_mode=True,
        required_if=[('state', 'jumped', ['offset'])],
    )
    if _container.is_container():
        module.fail_json(msg='This node is a container: its clock is that of the machine that it runs on, and of everything '
                             'else there. The clock was not touched; allowed is a host with a kernel of its own.')
    params, record = module.params, Record('clock')
    known = record.read()
    if params['state'] == 'right':
        if known and not module.check_mode:
            record.end(bring_back)
        module.exit_json(changed=bool(known))
    problem = problem_of(params)
    if problem:
        module.fail_json(msg=problem)
    if known:
        module.exit_json(changed=False)
    at = time.time()
    if not module.check_mode:
        right = ahead()
        record.begin(params['seconds'], bring_back, ahead=right)
        try:
            put(right + int(params['offset'] * NANO))
        except (OSError, OverflowError) as error:
            record.end(lambda dummy: None)
            module.fail_json(msg='The clock could not be set by %g seconds: %s. It takes root with CAP_SYS_TIME, and a time '
                                 'from 1970 on.' % (params['offset'], error))
    module.exit_json(changed=True, at=at)


if __name__ == '__main__':
    main()
