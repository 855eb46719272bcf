#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe_load
short_description: Put a service under a constant load, and count what failed
version_added: 0.1.0
description:
  - Has hey(1) send requests at a constant rate, over connections that are kept open as long as the server likes, and
    returns what became of them all.
  - As browsers do, it repeats a request whose connection was closed before anything of the answer had come.
  - M(halab.cluster.probe) tells when it failed and for how long, with few requests. This one tells how many of many did.
author:
  - halab.cluster contributors (@halab)
requirements:
  - hey (Debian package C(hey)).
options:
  url:
    description: What to ask for, by HTTP or HTTPS. Success is status 200.
    type: str
    required: true
  clients:
    description: How many there are at the same time, each with a connection.
    type: int
    default: 10
  per_client_per_s:
    description: Requests of each of them in a second. One that waits for an answer sends none.
    type: int
    default: 10
  timeout:
    description: Seconds that an answer may take.
    type: int
    default: 1
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.probe
"""

EXAMPLES = r"""
- name: Send 200 requests a second for a minute
  halab.cluster.probe_load:
    url: http://192.0.2.100/
    clients: 20
    max_seconds: 60
"""

RETURN = r"""
result_file:
  description: Where all of the following will be.
  returned: with O(result_file), and nothing else then
  type: str
requests:
  description: How many requests were sent.
  returned: success
  type: int
failed_requests:
  description: How many of them had no answer, or another one than status 200.
  returned: success
  type: int
per_s:
  description: Requests sent in a second, on average.
  returned: success
  type: float
  sample: 99.7
by_status:
  description: How many answers had which status.
  returned: success
  type: dict
  sample: {"200": 4100, "503": 2}
errors:
  description: How requests without an answer failed, and how many of them in each way.
  returned: success
  type: dict
  sample: {timeout: 4, refused: 2}
latency_ms:
  description: Median, 99th percentile and maximum of the answers. Null where there were too few.
  returned: success
  type: dict
  sample: {median: 1.2, p99: 3.4, max: 9.8}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._detached import ANSWER_OPTIONS, answer
from ansible_collections.halab.cluster.plugins.module_utils._probe_host import refuse_below_one
from ansible_collections.halab.cluster.plugins.module_utils._probe_load_host import GRACE_S, watch


def main():
    module = AnsibleModule(
        argument_spec={
            'url': {'type': 'str', 'required': True},
            'clients': {'type': 'int', 'default': 10},
            'per_client_per_s': {'type': 'int', 'default': 10},
            'timeout': {'type': 'int', 'default': 1},
            **ANSWER_OPTIONS,
        },
        supports_check_mode=False,
    )
    params = module.params
    refuse_below_one(module, 'clients', 'per_client_per_s', 'timeout')
    command = [
        module.get_bin_path('hey', required=True),
        '-c', str(params['clients']), '-q', str(params['per_client_per_s']), '-t', str(params['timeout']),
        # Longer than max_seconds: it is told when to end.
        '-z', '%ds' % (params['max_seconds'] + GRACE_S), params['url'],
    ]
    answer(module, lambda: watch(command, params))


if __name__ == '__main__':
    main()
