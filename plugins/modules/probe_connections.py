#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe_connections
short_description: Keep connections to a service open, and see whether they live on
version_added: 0.1.0
description:
  - Opens connections and sends an HTTP GET on each of them now and then, for as long as it runs. It shows whether
    established connections live through something. They do when a director of IPVS dies and another one has been told
    of them (connection synchronisation). They end with a proxy such as haproxy, since it is one end of them.
  - Never connects again in silence. A connection that was reset or closed, that sent what nobody had asked for, or on
    which an answer did not come in time, is broken. It is counted, and a new one takes its place.
  - A server may close a connection after an answer in which it says so (C(Connection), C(close)), as nginx does after
    C(keepalive_requests). That is no break, and counted apart.
  - Runs until O(stop_file) exists. With O(result_file) it does so in the background. Requests that wait for an answer
    then get the rest of O(timeout_s), so that the result may be that much later.
author:
  - halab.cluster contributors (@halab)
options:
  url:
    description: What to ask for. Plain HTTP.
    type: str
    required: true
  connections:
    description: How many are kept open.
    type: int
    default: 20
  interval_ms:
    description:
      - Time from an answer to the next request on the same connection, and from the end of a connection to the next one
        in its place.
      - Must be shorter than the time after which a server, or what is in between, closes idle connections.
    type: int
    default: 1000
  timeout_s:
    description:
      - How long an answer, or the opening of a connection, may take. One that has taken longer counts the connection as
        broken.
      - After a pause TCP waits about as long again before it repeats what was lost, so this must be more than twice the
        time for which nobody forwards.
    type: float
    default: 15
  ready_file:
    description: Written when all connections have had an answer with status 200. A drill starts its fault only then.
    type: path
  ready_timeout:
    description: Seconds within which that must be, or the probe fails.
    type: float
    default: 10
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.probe
"""

EXAMPLES = r"""
- name: Keep fifty connections open for a minute
  halab.cluster.probe_connections:
    url: http://192.0.2.100/
    connections: 50
    max_seconds: 60
"""

RETURN = r"""
result_file:
  description: Where all of the following will be.
  returned: with O(result_file), and nothing else then
  type: str
began:
  description: When the probe began, in seconds since the epoch.
  returned: success
  type: float
ended:
  description: When it ended.
  returned: success
  type: float
connections:
  description: How many were kept open.
  returned: success
  type: int
requests:
  description: How many requests came to an end, with an answer or without.
  returned: success
  type: int
unanswered:
  description: How many of them ended without an answer, each with its connection.
  returned: success
  type: int
by_status:
  description: How many answers had which status.
  returned: success
  type: dict
  sample: {"200": 4100, "503": 2}
broken_connections:
  description: How many connections ended though nobody had announced it.
  returned: success
  type: int
broken_by_reason:
  description: In which way, and how many in each.
  returned: success
  type: dict
  sample: {reset: 18, timeout: 2}
broken:
  description: The first fifty of them, in the order of their ends.
  returned: success
  type: list
  elements: dict
  contains:
    after_s:
      description: When it ended, in seconds since RV(began).
      type: float
    reason:
      description: V(reset), V(closed), V(timeout), V(unreachable), or V(garbled) for what is no answer.
      type: str
    waited_s:
      description: How long a request had waited on it, or null when none did.
      type: float
renewed:
  description: How many connections were closed as the answer before had announced.
  returned: success
  type: int
reopened:
  description: How many connections were opened in the place of broken ones.
  returned: success
  type: int
not_opened:
  description: How attempts to open a connection failed, and how many in each way.
  returned: success
  type: dict
  sample: {refused: 40}
longest_stall_s:
  description: The longest time that a connection waited for an answer, also when none came.
  returned: success
  type: float
  sample: 3.4
served_by:
  description: How many answers came from which host, by the header C(X-Served-By).
  returned: success
  type: dict
  sample: {web1: 2050, web2: 2052}
moved:
  description:
    - How many connections had answers from more than one host.
    - Always 0 behind IPVS, where a connection stays with its server. A proxy may choose anew for each request.
  returned: success
  type: int
"""

from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._detached import ANSWER_OPTIONS, answer
from ansible_collections.halab.cluster.plugins.module_utils._probe_connections_host import watch
from ansible_collections.halab.cluster.plugins.module_utils._probe_host import refuse_below_one


def main():
    module = AnsibleModule(
        argument_spec={
            'url': {'type': 'str', 'required': True},
            'connections': {'type': 'int', 'default': 20},
            'interval_ms': {'type': 'int', 'default': 1000},
            'timeout_s': {'type': 'float', 'default': 15},
            'ready_file': {'type': 'path'},
            'ready_timeout': {'type': 'float', 'default': 10},
            **ANSWER_OPTIONS,
        },
        supports_check_mode=False,
    )
    params = module.params
    if urlsplit(params['url']).scheme != 'http' or not urlsplit(params['url']).hostname:
        module.fail_json(msg='url: %s is not of the form http://address/path' % params['url'])
    refuse_below_one(module, 'connections', 'interval_ms')
    if params['timeout_s'] <= 0:
        module.fail_json(msg='timeout_s: must be more than 0, not %g' % params['timeout_s'])
    answer(module, lambda: watch(params))


if __name__ == '__main__':
    main()
