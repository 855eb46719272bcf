#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Watch a service as a client, and the holders of its address
version_added: 0.1.0
description:
  - Sends one HTTP GET, or one question to a name server by UDP, every O(interval_ms), whatever became of those before
    (an open loop), and reports what a client would have seen, such as the longest outage.
  - Each of them is on its own, with a connection or a port of its own, and is not repeated. Resolvers ask again after
    seconds; here a datagram that is lost is a failure.
  - At the same time it asks the link by ARP who has the address O(vip). Every node that answers, or that announces the
    address by itself, counts as a holder. There must never be two.
  - When the address is routed and not on a link of this host, the holders are those named in the answers, see
    RV(holders_seen_by).
  - Runs until O(stop_file) exists. With O(result_file) it does so in the background.
author:
  - halab.cluster contributors (@halab)
options:
  url:
    description:
      - What to ask for, by plain HTTP, such as C(http://192.0.2.100/). Success is status 200. The header C(X-Served-By)
        names the node that answered.
      - Or a question to a name server by UDP (RFC 4501), such as C(dns://192.0.2.100/www.example.org). It is about A
        records unless C(?type=AAAA) or C(?type=TXT) says otherwise. Success is a record of that type, from the address
        that was asked. The text of a TXT record names the node that answered, as P(halab.cluster.nameserver#role) has it
        for C(server.NAME).
    type: str
    required: true
  vip:
    description: The IPv4 address whose holders are watched. Without it only requests are made.
    type: str
  macs:
    description: The name of the node behind each MAC address. An address that is not named here counts by itself.
    type: dict
    default: {}
  interval_ms:
    description: Time from one request to the next.
    type: int
    default: 50
  timeout_ms:
    description: Limit for one whole request.
    type: int
    default: 1000
  arp_interval_ms:
    description: Time from one ARP question to the next.
    type: int
    default: 100
  ready_file:
    description: Written after the first success. A drill starts its fault only then.
    type: path
  ready_timeout:
    description: Seconds within which the first success must come, or the probe fails.
    type: float
    default: 10
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.probe
"""

EXAMPLES = r"""
- name: Watch the service for ten seconds
  halab.cluster.probe:
    url: http://192.0.2.100/
    vip: 192.0.2.100
    max_seconds: 10

- name: Watch a name server, and see which of several answers
  halab.cluster.probe:
    url: dns://192.0.2.100/server.www.example.org?type=TXT
    max_seconds: 10
"""

RETURN = r"""
result_file:
  description: Where all of the following will be.
  returned: with O(result_file), and nothing else then
  type: str
began:
  description: When the probe began, in seconds since the epoch, as all times here.
  returned: success
  type: float
ended:
  description: When it ended.
  returned: success
  type: float
requests:
  description: How many requests were sent.
  returned: success
  type: int
failed_requests:
  description: How many of them failed.
  returned: success
  type: int
first_failure:
  description: When the first failed request was sent, or null.
  returned: success
  type: float
last_failure:
  description: When the last failed request was sent, or null.
  returned: success
  type: float
outage_s:
  description:
    - The longest run of failed requests, in seconds.
    - It counts from the sending of its first one to the sending of the next that succeeded.
  returned: success
  type: float
  sample: 2.35
recovered:
  description: False when the service still failed at the end.
  returned: success
  type: bool
outages:
  description: Every run of failed requests.
  returned: success
  type: list
  elements: dict
  contains:
    start:
      description: Sending of the first failed request.
      type: float
    end:
      description: Sending of the next successful one, or the end of the probe.
      type: float
    seconds:
      description: The time in between.
      type: float
    requests:
      description: Number of failed requests.
      type: int
    recovered:
      description: Whether a successful one followed.
      type: bool
    errors:
      description: How they failed, and how many of them in each way.
      type: dict
      sample: {timeout: 40, refused: 2}
served_by:
  description: Which node served when, from what the answers say of it, see O(url).
  returned: success
  type: list
  elements: dict
  sample: [{node: node1, start: 1795340000.0, end: 1795340004.2}]
holders:
  description: Which node held the address when. A node silent for 0.3 seconds has stopped holding.
  returned: success
  type: list
  elements: dict
  sample: [{node: node1, start: 1795340000.0, end: 1795340004.2}]
holders_max:
  description: The largest number of nodes that held the address at one moment.
  returned: success
  type: int
  sample: 1
holders_overlap_s:
  description: For how many seconds, all in all, more than one node held it.
  returned: success
  type: float
  sample: 0.0
holders_seen_by:
  description: V(arp), or when the address is not on a link of this host V(http) or V(dns).
  returned: success
  type: str
latency_ms:
  description: Median, 99th percentile and maximum of the successful requests.
  returned: success
  type: dict
  sample: {median: 1.2, p99: 3.4, max: 9.8}
answers:
  description:
    - Every request in the order of sending. The first number is the time of sending, in seconds since RV(began), the
      second how many milliseconds the answer took, or null when there was none.
  returned: success
  type: list
  elements: list
  sample: [[0.0, 1.3], [0.05, null]]
samples:
  description: Everything that was seen, as the pure functions of this collection read it.
  returned: at verbosity 4 and above
  type: dict
"""

import asyncio
import json
import socket
import time
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _arp, _probe
from ansible_collections.halab.cluster.plugins.module_utils._clock import Clock
from ansible_collections.halab.cluster.plugins.module_utils._detached import ANSWER_OPTIONS, answer
from ansible_collections.halab.cluster.plugins.module_utils._probe_ask import question_of
from ansible_collections.halab.cluster.plugins.module_utils._probe_host import (
    refuse_below_one,
    tell_ready,
    until_the_end,
)


class Probe:
    def __init__(self, params, link):
        self.params = params
        self.link = link
        self.clock = Clock()
        self.requests = []
        self.statements = []
        self.round = 0
        self.ready = asyncio.Event()
        self.ask = question_of(params['url'])

    async def request(self):
        sent = self.clock.now()
        try:
            error, node = await asyncio.wait_for(self.ask(), self.params['timeout_ms'] / 1000)
        except asyncio.TimeoutError:
            error, node = 'timeout', None
        self.requests.append({'sent': sent, 'done': self.clock.now(), 'error': error, 'node': node})
        if error is None and not self.ready.is_set():
            self.ready.set()
            tell_ready(self.params, sent)

    async def ask_by_clock(self, tasks):
        """One request per interval by the clock; a late one does not delay those after it."""
        due = time.monotonic()
        while True:
            task = asyncio.ensure_future(self.request())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            due += self.params['interval_ms'] / 1000
            await asyncio.sleep(max(due - time.monotonic(), 0))

    def hear(self, sock):
        try:
            frame = sock.recv(2048)
        except OSError:
            # The link went down, or there was nothing after all. The silence itself is the result.
            return
        said = _arp.statement(frame, self.params['vip'], self.link['address'], self.link['mac'])
        if said is None:
            return
        mac, kind = said
        self.statements.append({
            'at': self.clock.now(),
            'node': self.params['macs'].get(mac, mac),
            'round': self.round if kind == 'answer' else None,
        })

    async def ask_by_arp(self):
        sock = self.link['socket']
        asyncio.get_running_loop().add_reader(sock, self.hear, sock)
        question = _arp.who_has(self.params['vip'], self.link['address'], self.link['mac'])
        due = time.monotonic()
        while True:
            self.round += 1
            try:
                sock.send(question)
            except OSError:
                # A link that is down now may come back; until then nobody answers.
                pass
            due += self.params['arp_interval_ms'] / 1000
            await asyncio.sleep(max(due - time.monotonic(), 0))

    async def run(self):
        began = self.clock.now()
        tasks = set()
        loops = [asyncio.ensure_future(self.ask_by_clock(tasks))]
        if self.link:
            loops.append(asyncio.ensure_future(self.ask_by_arp()))
        ending = asyncio.ensure_future(until_the_end(self.params, self.ready.is_set))
        # A loop that ends did so by an error, which must not pass as silence.
        done, dummy = await asyncio.wait(loops + [ending], return_when=asyncio.FIRST_COMPLETED)
        for task in loops:
            task.cancel()
        for task in done:
            task.result()
        # Requests under way get the time that every request has.
        ended = self.clock.now()
        if tasks:
            await asyncio.wait(tasks)
        return began, ended


def route_to(module, vip):
    """How this host reaches 'vip'; None when a router or this host itself is in between."""
    command = [module.get_bin_path('ip', required=True, opt_dirs=['/usr/sbin', '/sbin']), '-j', 'route', 'get', vip]
    rc, out, err = module.run_command(command)
    if rc != 0:
        module.fail_json(msg="'%s' failed (rc %d): %s" % (' '.join(command), rc, err.strip()))
    route = json.loads(out)[0]
    if 'gateway' in route or route.get('type') == 'local' or 'prefsrc' not in route:
        return None
    return route


def open_link(route):
    """The link of that route, with an ARP socket."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.htons(_arp.ETHERTYPE_ARP))
    sock.bind((route['dev'], _arp.ETHERTYPE_ARP))
    return {'socket': sock, 'address': route['prefsrc'], 'mac': _arp.mac_to_text(sock.getsockname()[4])}


def main():
    module = AnsibleModule(
        argument_spec={
            'url': {'type': 'str', 'required': True},
            'vip': {'type': 'str'},
            'macs': {'type': 'dict', 'default': {}},
            'interval_ms': {'type': 'int', 'default': 50},
            'timeout_ms': {'type': 'int', 'default': 1000},
            'arp_interval_ms': {'type': 'int', 'default': 100},
            'ready_file': {'type': 'path'},
            'ready_timeout': {'type': 'float', 'default': 10},
            **ANSWER_OPTIONS,
        },
        supports_check_mode=False,
    )
    module.run_command_environ_update = {'LANGUAGE': 'C', 'LC_ALL': 'C'}
    params = module.params
    try:
        question_of(params['url'])
    except ValueError as error:
        module.fail_json(msg='url: %s' % error)
    refuse_below_one(module, 'interval_ms', 'timeout_ms', 'arp_interval_ms')
    route = route_to(module, params['vip']) if params['vip'] else None
    answer(module, lambda: watch(params, route, samples=module._verbosity >= 4))


def watch(params, route, samples):
    try:
        link = open_link(route) if route else None
    except PermissionError as error:
        return {'failed': True, 'msg': 'ARP needs a raw socket (%s): run this task with become.' % error}

    async def ask():
        probe = Probe(params, link)
        began, ended = await probe.run()
        return probe, began, ended

    probe, began, ended = asyncio.run(ask())
    scheme = urlsplit(params['url']).scheme
    if not probe.ready.is_set():
        errors = sorted({request['error'] for request in probe.requests})
        return {'failed': True, 'msg': '%s from %s within %g s, only: %s. Is the service up, and does this host reach it?'
                                       % ('No answer with status 200' if scheme == 'http' else 'No answer with a record',
                                          params['url'], params['ready_timeout'], ', '.join(errors))}
    statements = probe.statements if link else _probe.statements_from_requests(probe.requests)
    result = _probe.summary(probe.requests, statements, began, ended, 'arp' if link else scheme)
    if samples:
        result['samples'] = {'requests': probe.requests, 'statements': statements}
    return result


if __name__ == '__main__':
    main()
