# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module against a small server on loopback that resets, goes silent, or says goodbye."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import struct
import subprocess
import threading
import time

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.halab.cluster.plugins.modules import probe_connections

OK = b'HTTP/1.1 200 OK\r\nX-Served-By: web1\r\nContent-Length: 3\r\n\r\nok\n'
OTHER = OK.replace(b'web1', b'web2')
GOODBYE = OK.replace(b'\r\n\r\n', b'\r\nConnection: close\r\n\r\n')
CHUNKED = (b'HTTP/1.1 200 OK\r\nX-Served-By: web1\r\nTransfer-Encoding: chunked\r\n\r\n'
           b'3;x=1\r\nok\n\r\n2\r\nok\r\n0\r\n\r\n')
OLD = b'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n'
ENDLESS = b'HTTP/1.1 200 OK\r\n\r\nok\n'
HALF = OK[:-2]
SILENT = b''


class Server(socketserver.ThreadingTCPServer):
    """Answers each request with what 'answer' holds at that time, on connections that it keeps open."""

    daemon_threads = True
    block_on_close = False
    answer = OK

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Talk)
        self.url = 'http://127.0.0.1:%d/' % self.server_address[1]
        self.open = []  # sockets
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()

    def shutdown_request(self, request):
        """Not by this thread: a connection ends as its handler wants it to."""

    def end(self, reset):
        """Of all connections, whatever is going on on them. Those that come in the meantime are others."""
        ended, self.open = self.open, []
        for sock in ended:
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            else:
                sock.shutdown(socket.SHUT_WR)
        for sock in ended if reset else ():
            # A thread that reads keeps the socket open: first it is woken.
            sock.shutdown(socket.SHUT_RD)
        time.sleep(0.05)
        for sock in ended:
            sock.close()

    def stop(self):
        self.shutdown()
        self.server_close()
        self.end(reset=True)


class Talk(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.open.append(self.request)
        try:
            while self.request.recv(4096):
                answer = self.server.answer
                self.request.sendall(answer)
                if answer in (GOODBYE, OLD, ENDLESS, HALF):
                    self.server.open.remove(self.request)
                    self.request.close()
                    return
        except OSError:
            return


@pytest.fixture
def server():
    running = Server()
    yield running
    running.stop()


def run(capsys, **params):
    params = dict({'connections': 4, 'interval_ms': 50, 'timeout_s': 1, 'max_seconds': 1.5}, **params)
    with patch_module_args(params), pytest.raises(SystemExit):
        probe_connections.main()
    return json.loads(capsys.readouterr().out)


def later(seconds, function, *arguments, **more):
    threading.Timer(seconds, function, arguments, more).start()


@pytest.mark.parametrize('answer', [OK, CHUNKED], ids=['length', 'chunked'])
def test_connections_that_live_on(server, capsys, tmp_path, answer):
    server.answer = answer
    found = run(capsys, url=server.url, ready_file=str(tmp_path / 'ready'))
    assert (found['broken_connections'], found['broken'], found['renewed'], found['not_opened']) == (0, [], 0, {})
    assert len(server.open) == found['connections'] == 4
    # 4 connections, one request each 50 ms, for a second and a half.
    assert 80 <= found['requests'] <= 120 and found['by_status'] == {'200': found['requests']}
    assert found['served_by'] == {'web1': found['requests']} and found['moved'] == 0
    assert found['longest_stall_s'] < 0.5
    assert (tmp_path / 'ready').exists()


@pytest.mark.parametrize('reset, reason', [(True, 'reset'), (False, 'closed')])
def test_an_end_that_nobody_announced(server, capsys, reset, reason):
    later(0.7, server.end, reset=reset)
    found = run(capsys, url=server.url)
    assert (found['broken_connections'], found['broken_by_reason'], found['renewed']) == (4, {reason: 4}, 0)
    assert all(0.5 < one['after_s'] < 1.2 for one in found['broken'])
    assert found['reopened'] == 4


@pytest.mark.parametrize('reset, reason', [(True, 'reset'), (False, 'closed')])
def test_an_end_while_nothing_is_asked(server, capsys, reset, reason):
    """It is noticed then, and not with the next request."""
    later(1.2, server.end, reset=reset)
    found = run(capsys, url=server.url, interval_ms=100000, max_seconds=2)
    assert found['broken_by_reason'] == {reason: 4}
    assert all(1.0 < one['after_s'] < 1.7 and one['waited_s'] is None for one in found['broken'])
    assert found['unanswered'] == 0


def test_a_server_that_goes_silent(server, capsys):
    later(0.5, setattr, server, 'answer', SILENT)
    later(2.2, setattr, server, 'answer', OK)
    found = run(capsys, url=server.url, max_seconds=3)
    assert found['broken_by_reason']['timeout'] == found['broken_connections'] >= 4
    assert found['unanswered'] == found['broken_connections']
    assert all(0.9 <= one['waited_s'] < 1.5 for one in found['broken'])
    assert 1.0 <= found['longest_stall_s'] < 1.5
    assert found['reopened'] >= 4


def test_a_pause_that_is_short_enough_breaks_nothing(server, capsys):
    """The server answers in the end: that is a stall."""
    late = bytes(bytearray(OK))  # another object

    def handle(talk):
        while talk.request.recv(4096):
            if talk.server.answer is late:
                time.sleep(0.6)
            talk.request.sendall(talk.server.answer)

    server.RequestHandlerClass = type('Slow', (Talk,), {'handle': handle})
    later(0.5, setattr, server, 'answer', late)
    later(0.9, setattr, server, 'answer', OK)
    found = run(capsys, url=server.url, max_seconds=2)
    assert found['broken_connections'] == 0
    assert 0.6 <= found['longest_stall_s'] < 1.0


@pytest.mark.parametrize('answer', [GOODBYE, OLD, ENDLESS], ids=['announced', 'http_1_0', 'without_length'])
def test_a_goodbye_is_no_break(server, capsys, answer):
    server.answer = answer
    found = run(capsys, url=server.url)
    assert (found['broken_connections'], found['reopened'], found['unanswered']) == (0, 0, 0)
    assert found['renewed'] == found['requests'] >= 40


def test_half_an_answer_is_a_break(server, capsys):
    later(0.5, setattr, server, 'answer', HALF)
    found = run(capsys, url=server.url)
    assert found['broken_by_reason'] == {'closed': found['broken_connections']} and found['unanswered'] >= 4


def test_what_is_no_answer_is_a_break(server, capsys):
    later(0.5, setattr, server, 'answer', b'SSH-2.0-OpenSSH\r\n\r\n')
    assert list(run(capsys, url=server.url)['broken_by_reason']) == ['garbled']


def test_answers_from_another_host_on_the_same_connection(server, capsys):
    later(0.7, setattr, server, 'answer', OTHER)
    found = run(capsys, url=server.url)
    assert found['moved'] == 4 and set(found['served_by']) == {'web1', 'web2'} and found['broken_connections'] == 0


def test_what_waits_at_the_end_may_still_break(server, capsys):
    """The rest of its time is waited for: a run that ends early must not look better than one that ends late."""
    later(0.5, setattr, server, 'answer', SILENT)
    found = run(capsys, url=server.url, max_seconds=0.8)
    assert found['broken_by_reason'] == {'timeout': 4}


def test_the_end_does_not_wait_for_what_does_not_wait(server, capsys, tmp_path):
    later(1.2, (tmp_path / 'stop').touch)
    began = time.monotonic()
    run(capsys, url=server.url, max_seconds=60, interval_ms=30000, stop_file=str(tmp_path / 'stop'))
    assert time.monotonic() - began < 4


def test_a_service_that_is_not_there(server, capsys):
    server.shutdown()
    server.server_close()
    found = run(capsys, url=server.url, ready_timeout=0.5)
    assert found['failed'] and 'Only 0 of 4 connections' in found['msg'] and '(refused)' in found['msg']


def test_a_service_that_answers_with_errors(server, capsys):
    server.answer = OK.replace(b'200 OK', b'503 No')
    found = run(capsys, url=server.url, ready_timeout=0.5)
    assert found['failed'] and '(status 503)' in found['msg']


@pytest.mark.parametrize('params, words', [
    ({'url': 'https://127.0.0.1/'}, 'http://address/path'),
    ({'connections': 0}, 'connections: must be at least 1, not 0'),
    ({'interval_ms': 0}, 'interval_ms: must be at least 1'),
    ({'timeout_s': 0}, 'timeout_s: must be more than 0'),
])
def test_bad_parameters(capsys, params, words):
    found = run(capsys, **dict({'url': 'http://127.0.0.1/'}, **params))
    assert found['failed'] and words in found['msg']


def test_in_the_background_as_ansible_runs_it(server, tmp_path):
    """Ansible removes the module's code as soon as the module has answered: what is imported later is not there."""
    seen = tmp_path / 'seen'
    arguments = {'url': server.url, 'connections': 3, 'max_seconds': 2, 'result_file': str(seen)}
    run_it = ['ansible', 'localhost', '-m', 'halab.cluster.probe_connections', '-a', json.dumps(arguments)]
    subprocess.run(run_it, env=dict(os.environ, LC_ALL='C.UTF-8'), capture_output=True, check=True)
    deadline = time.monotonic() + 10
    while not seen.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert json.loads(seen.read_text())['requests'] >= 3
