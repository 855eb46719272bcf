# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

"""The probe against a small server on loopback: its open loop, its limits, its words for failures."""

import json
import os
import socketserver
import subprocess
import threading
import time

import pytest

from ansible.module_utils.testing import patch_module_args
from ansible_collections.halab.cluster.plugins.module_utils import _probe_words
from ansible_collections.halab.cluster.plugins.modules import probe

OK = b'HTTP/1.1 200 OK\r\nX-Served-By: node1\r\nContent-Length: 3\r\n\r\nok\n'


class Server(socketserver.ThreadingTCPServer):
    """Answers each connection with the bytes that 'answer' holds at that time; None closes, b'' lets it wait."""

    daemon_threads = True
    block_on_close = False
    answer = OK

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Talk)
        self.url = 'http://127.0.0.1:%d/' % self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class Talk(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(4096)
        if self.server.answer == b'':
            time.sleep(1)
        elif self.server.answer is not None:
            self.request.sendall(self.server.answer)


@pytest.fixture
def server():
    running = Server()
    yield running
    running.stop()


def run(capsys, **params):
    with patch_module_args(dict({'_ansible_verbosity': 4}, **params)):
        with pytest.raises(SystemExit):
            probe.main()
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize('head, expected', [
    (b'HTTP/1.1 200 OK\r\nX-Served-by:  node2 \r\n\r\n', (200, {'x-served-by': 'node2'})),
    (b'HTTP/1.0 503 Service Unavailable\r\n\r\n', (503, {})),
    (b'SSH-2.0-OpenSSH\r\n\r\n', (None, {})),
    (b'\r\n\r\n', (None, {})),
])
def test_parse_head(head, expected):
    assert _probe_words.parse_head(head) == expected


def test_a_healthy_service(server, capsys, tmp_path):
    result = run(capsys, url=server.url, max_seconds=1, ready_file=str(tmp_path / 'ready'))
    assert 18 <= result['requests'] <= 22
    assert (result['failed_requests'], result['outage_s'], result['recovered']) == (0, 0.0, True)
    assert (result['holders_seen_by'], result['holders_max']) == ('http', 1)
    assert [entry['node'] for entry in result['served_by']] == ['node1']
    assert (tmp_path / 'ready').exists()


def test_the_loop_stays_open_while_the_service_hangs(server, capsys):
    threading.Timer(0.5, setattr, (server, 'answer', b'')).start()
    threading.Timer(1.0, setattr, (server, 'answer', OK)).start()
    result = run(capsys, url=server.url, max_seconds=2, timeout_ms=300)
    # Requests went on every 50 ms during the half second in which each of them took 300 ms to fail.
    assert 38 <= result['requests'] <= 42
    assert 8 <= result['failed_requests'] <= 12
    assert result['outages'][0]['errors'] == {'timeout': result['failed_requests']}
    assert 0.4 <= result['outage_s'] <= 0.7


@pytest.mark.parametrize('answer, kind', [
    (b'HTTP/1.1 503 Service Unavailable\r\n\r\n', 'status_503'),
    (b'SSH-2.0-OpenSSH\r\n\r\n', 'garbled'),
    (None, 'closed'),
    # A proxy that dies in the middle of an answer.
    (b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', 'closed'),
])
def test_words_for_failures(server, capsys, answer, kind):
    threading.Timer(0.3, setattr, (server, 'answer', answer)).start()
    result = run(capsys, url=server.url, max_seconds=0.8)
    assert list(result['outages'][0]['errors']) == [kind]
    assert result['recovered'] is False


def test_it_stops_when_told(server, capsys, tmp_path):
    threading.Timer(0.3, (tmp_path / 'stop').write_text, ('',)).start()
    begun = time.monotonic()
    run(capsys, url=server.url, max_seconds=30, stop_file=str(tmp_path / 'stop'))
    assert time.monotonic() - begun < 3


def test_a_service_that_never_answers_is_said_with_its_errors(server, capsys):
    server.server_close()
    begun = time.monotonic()
    result = run(capsys, url=server.url, max_seconds=30, ready_timeout=0.5)
    assert time.monotonic() - begun < 3
    assert result['failed'] is True
    assert 'only: refused' in result['msg']


@pytest.mark.parametrize('params, words', [
    ({'url': 'https://127.0.0.1/'}, 'http://address/path'),
    ({'url': 'http://127.0.0.1/', 'interval_ms': 0}, 'interval_ms'),
])
def test_bad_parameters(capsys, params, words):
    result = run(capsys, **params)
    assert result['failed'] is True and words in result['msg']


def wait_for(path):
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_in_the_background(server, capsys, tmp_path):
    paths = {name: str(tmp_path / name) for name in ('result_file', 'stop_file', 'ready_file')}
    began = time.monotonic()
    answer = run(capsys, url=server.url, max_seconds=60, **paths)
    assert time.monotonic() - began < 2
    assert (answer['result_file'], answer.get('requests')) == (paths['result_file'], None)
    wait_for(tmp_path / 'ready_file')
    assert not (tmp_path / 'result_file').exists()
    (tmp_path / 'stop_file').touch()
    wait_for(tmp_path / 'result_file')
    seen = json.loads((tmp_path / 'result_file').read_text())
    assert seen['requests'] >= 1 and seen['failed_requests'] == 0


def test_a_failure_in_the_background(capsys, tmp_path):
    run(capsys, url='http://127.0.0.1:9/', ready_timeout=0.5, result_file=str(tmp_path / 'seen'))
    wait_for(tmp_path / 'seen')
    seen = json.loads((tmp_path / 'seen').read_text())
    assert seen['failed'] and 'No answer with status 200' in seen['msg']


def test_in_the_background_as_ansible_runs_it(server, tmp_path):
    """Ansible removes the module's code as soon as the module has answered: what is imported later is not there."""
    arguments = {'url': server.url, 'max_seconds': 3, 'result_file': str(tmp_path / 'seen')}
    run_it = ['ansible', 'localhost', '-m', 'halab.cluster.probe', '-a', json.dumps(arguments)]
    subprocess.run(run_it, env=dict(os.environ, LC_ALL='C.UTF-8'), capture_output=True, check=True)
    wait_for(tmp_path / 'seen')
    assert json.loads((tmp_path / 'seen').read_text())['requests'] > 10
