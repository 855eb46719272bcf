#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe_writes
short_description: Watch as a client how a node writes
version_added: 0.1.0
description:
  - Asks the writer of role P(halab.cluster.drill#role), by one UDP datagram every O(interval_ms), which records it has
    on its disks by now, and reports what a client saw. An outage is a time without answers, a stall one in which no
    record was added.
  - Runs until O(stop_file) exists. With O(result_file) it does so in the background.
author:
  - halab.cluster contributors (@halab)
options:
  address:
    description: The node's address, on which the writer listens.
    type: str
    required: true
  port:
    description: Its port.
    type: int
    required: true
  directories:
    description: The directories that it writes to.
    type: list
    elements: str
    required: true
  interval_ms:
    description: Time from one question to the next.
    type: int
    default: 50
  timeout_ms:
    description: Limit for an answer.
    type: int
    default: 1000
  ready_file:
    description: Written after the first answer that tells of a record in each directory. A drill starts its fault only
      then.
    type: path
  ready_timeout:
    description: Seconds within which that must come, or the probe fails.
    type: float
    default: 20
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.probe
attributes:
  check_mode:
    details:
      - What it would see is not known before.
  idempotent:
    support: N/A
seealso:
  - module: halab.cluster.probe
"""

EXAMPLES = r"""
- name: Watch how server1 writes
  halab.cluster.probe_writes:
    address: 198.18.0.21
    port: 7007
    directories: [/srv/mirror]
    result_file: /tmp/seen.json
    stop_file: /tmp/stop
  delegate_to: localhost
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
requests:
  description: How many questions were asked.
  returned: success
  type: int
failed_requests:
  description: How many of them had no answer in time.
  returned: success
  type: int
outage_s:
  description: The longest time without answers, or without a new record in one of the directories, in seconds.
  returned: success
  type: float
  sample: 0.35
recovered:
  description: False when there was no answer, or no new record, at the end.
  returned: success
  type: bool
outages:
  description: Every run of questions without an answer, as M(halab.cluster.probe) returns them.
  returned: success
  type: list
  elements: dict
stalls:
  description: Every time of more than half a second without a new record.
  returned: success
  type: list
  elements: dict
  sample: [{directory: /srv/mirror, start: 1795340000.0, end: 1795340001.2, seconds: 1.2, recovered: true}]
served_by:
  description: When records were written; the directory stands in the place of a node's name.
  returned: success
  type: list
  elements: dict
  sample: [{node: /srv/mirror, start: 1795340000.0, end: 1795340004.2}]
promised:
  description: The last record that the client was told to be on the disk, by directory and run of the writer.
  returned: success
  type: dict
  sample: {/srv/mirror: {18a1b2c3d4e5f607: 412}}
errors:
  description: What the writer said was wrong, each once.
  returned: success
  type: list
  elements: str
latency_ms:
  description: Median, 99th percentile and maximum of the answers.
  returned: success
  type: dict
  sample: {median: 1.2, p99: 3.4, max: 9.8}
"""

import json
import os
import socket

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _probe_writes
from ansible_collections.halab.cluster.plugins.module_utils._clock import Clock
from ansible_collections.halab.cluster.plugins.module_utils._detached import ANSWER_OPTIONS, answer
from ansible_collections.halab.cluster.plugins.module_utils._probe_host import refuse_below_one, tell_ready


class Probe:
    """Asks in an open loop: a question that is not answered does not delay those after it."""

    def __init__(self, params):
        self.params = params
        self.clock = Clock()
        self.waiting = {}  # {number of the question: when it was sent}
        self.requests = []
        self.ready = False
        self.began = self.clock.now()
        family = socket.AF_INET6 if ':' in params['address'] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)

    def ask(self, number):
        self.waiting[number] = self.clock.now()
        try:
            self.socket.sendto(b'%d' % number, (self.params['address'], self.params['port']))
        except OSError:
            # No way to the node at this moment: a question without an answer, like any other.
            pass

    def hear(self, seconds):
        """Waits that long for one answer."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            answer = json.loads(self.socket.recv(65536))
        except TimeoutError:
            return
        except OSError:
            # Told that nobody listens there: the answer to an earlier question, which stays without one.
            return
        sent = self.waiting.pop(int(answer['question']), None)
        if sent is None:
            return  # too late
        self.requests.append({'sent': sent, 'done': self.clock.now(), 'error': None, 'run': answer['run'],
                              'written': answer['written'], 'errors': answer['errors']})
        if not self.ready and all(answer['written'].get(directory) for directory in self.params['directories']):
            self.ready = True
            # What was asked before there was a writer says nothing of the node.
            self.began, self.requests = sent, self.requests[-1:]
            self.waiting = {number: asked for number, asked in self.waiting.items() if asked > sent}
            tell_ready(self.params, sent)

    def give_up(self, before):
        """Questions that were sent before that time have no answer."""
        for number in [number for number, sent in self.waiting.items() if sent < before]:
            self.requests.append({'sent': self.waiting.pop(number), 'done': self.clock.now(), 'error': 'timeout'})

    def over(self):
        seconds = self.clock.now() - self.began
        if seconds > (self.params['max_seconds'] if self.ready else self.params['ready_timeout']):
            return True
        return bool(self.params['stop_file']) and os.path.exists(self.params['stop_file'])

    def run(self):
        number, timeout = 0, self.params['timeout_ms'] / 1000
        due = self.clock.now()
        while not self.over():
            number += 1
            self.ask(number)
            due += self.params['interval_ms'] / 1000
            while self.clock.now() < due:
                self.hear(due - self.clock.now())
            self.give_up(self.clock.now() - timeout)
        # Questions under way get the time that every question has.
        ended = self.clock.now()
        while self.waiting and self.clock.now() < ended + timeout:
            self.hear(ended + timeout - self.clock.now())
        self.give_up(self.clock.now())
        return ended


def main():
    module = AnsibleModule(
        argument_spec={
            'address': {'type': 'str', 'required': True},
            'port': {'type': 'int', 'required': True},
            'directories': {'type': 'list', 'elements': 'str', 'required': True},
            'interval_ms': {'type': 'int', 'default': 50},
            'timeout_ms': {'type': 'int', 'default': 1000},
            'ready_file': {'type': 'path'},
            'ready_timeout': {'type': 'float', 'default': 20},
            **ANSWER_OPTIONS,
        },
        supports_check_mode=False,
    )
    params = module.params
    refuse_below_one(module, 'interval_ms', 'timeout_ms')
    answer(module, lambda: watch(params))


def watch(params):
    probe = Probe(params)
    ended = probe.run()
    if not probe.ready:
        heard = [one for one in probe.requests if one['error'] is None]
        return {'failed': True, 'msg': 'The writer at %s port %d has not written to all of %s within %g s: %s.' % (
            params['address'], params['port'], ', '.join(params['directories']), params['ready_timeout'],
            json.dumps(heard[-1]['errors'] or heard[-1]['written']) if heard else 'no answer')}
    return _probe_writes.summary(probe.requests, params['directories'], probe.began, ended)


if __name__ == '__main__':
    main()
