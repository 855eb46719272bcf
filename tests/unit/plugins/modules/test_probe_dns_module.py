# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module probe against a small name server on loopback."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.halab.cluster.plugins.modules import probe

TEXT = (16, b'\4web1')
OTHER = (16, b'\4web2')


class Server:
    """Answers each datagram with the records that 'says' holds at that time; bytes are sent as they are."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.elsewhere.bind(('127.0.0.2', 0))
        self.says, self.flags, self.off_by, self.answers_from = TEXT, 0x8580, 0, self.socket
        self.askers = set()
        self.url = 'dns://127.0.0.1:%d/server.www.farm.example?type=TXT' % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            question, asker = self.socket.recvfrom(2048)
            if question == b'stop':
                return
            self.askers.add(asker)
            if self.says is None:
                continue
            kind, content = self.says
            number = struct.unpack('>H', question[:2])[0] + self.off_by & 0xffff
            answer = struct.pack('>6H', number, self.flags, 1, 1, 0, 0) + question[12:]
            answer += b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 0, len(content)) + content
            self.answers_from.sendto(answer, asker)

    def stop(self):
        """A close would leave the thread in its recvfrom, and the port in use."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ender:
            ender.sendto(b'stop', self.socket.getsockname())
        time.sleep(0.1)
        self.socket.close()


@pytest.fixture
def server():
    running = Server()
    yield running
    if running.socket.fileno() >= 0:
        running.stop()
    running.elsewhere.close()


def run(capsys, **params):
    with patch_module_args(params), pytest.raises(SystemExit):
        probe.main()
    return json.loads(capsys.readouterr().out)


def later(seconds, server, **what):
    threading.Timer(seconds, lambda: server.__dict__.update(what)).start()


def test_a_healthy_name_server(server, capsys):
    found = run(capsys, url=server.url, max_seconds=1)
    assert 18 <= found['requests'] <= 22
    assert (found['failed_requests'], found['outage_s'], found['recovered']) == (0, 0.0, True)
    assert [entry['node'] for entry in found['served_by']] == ['web1'] and found['holders_seen_by'] == 'dns'
    # Each from a port of its own, so that a balancer may choose anew.
    assert len(server.askers) == found['requests']


def test_a_change_of_who_answers(server, capsys):
    later(0.5, server, says=OTHER)
    found = run(capsys, url=server.url, max_seconds=1)
    assert [entry['node'] for entry in found['served_by']] == ['web1', 'web2'] and found['failed_requests'] == 0


def test_silence_is_an_outage_and_the_loop_stays_open(server, capsys):
    later(0.5, server, says=None)
    later(1.0, server, says=TEXT)
    found = run(capsys, url=server.url, max_seconds=2, timeout_ms=300)
    assert 38 <= found['requests'] <= 42 and 8 <= found['failed_requests'] <= 12
    assert found['outages'][0]['errors'] == {'timeout': found['failed_requests']} and found['recovered']


@pytest.mark.parametrize('what, word', [
    ({'flags': 0x8185}, 'dns_refused'),
    ({'says': (1, bytes(4))}, 'no_record'),
    ({'off_by': 1}, 'timeout'),
])
def test_words_for_failures(server, capsys, what, word):
    later(0.3, server, **what)
    found = run(capsys, url=server.url, max_seconds=0.8, timeout_ms=200)
    assert list(found['outages'][0]['errors']) == [word] and found['recovered'] is False


def test_an_answer_from_another_address_is_none(server, capsys):
    """As from a server that holds a virtual address, and answers from its own."""
    later(0.3, server, answers_from=server.elsewhere)
    found = run(capsys, url=server.url, max_seconds=0.8, timeout_ms=200)
    assert list(found['outages'][0]['errors']) == ['timeout']


def test_nobody_listens(server, capsys):
    server.stop()
    found = run(capsys, url=server.url, max_seconds=5, ready_timeout=0.5)
    assert found['failed'] and 'No answer with a record' in found['msg'] and 'only: refused' in found['msg']


def test_a_url_that_is_none(capsys):
    found = run(capsys, url='dns://127.0.0.1/a?type=MX')
    assert found['failed'] and 'dns://address/name?type=TXT' in found['msg']
