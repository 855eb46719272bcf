# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

"""What the fault modules do and answer, in a run, in check mode and on errors. Nothing here is really broken."""

import json

import pytest

from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.halab.cluster.plugins.module_utils import _detached
from ansible_collections.halab.cluster.plugins.modules import (
    fault_freeze,
    fault_network,
    fault_power,
    fault_process,
    fence_device_info,
)

DEVICE = {'id': 'fence-node1', 'agent': 'fence_ipmilan', 'target': 'node1',
          'instance_attributes': {'ip': '198.18.0.211'}, 'secret_attributes': {'password': 'secret123'}}
STATUS_INPUT = 'action=status\nip=198.18.0.211\npassword=secret123\n'


class Host:
    """Stands for the node: answers commands from a list and remembers what was asked."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.commands = []
        self.detached = []

    def run_command(self, command, data=None, **dummy):
        self.commands.append((command, data))
        return self.answers.pop(0)

    def run_detached(self, delay, action):
        self.detached.append((delay, action))


@pytest.fixture
def run(monkeypatch, capsys):
    """run(module, params, answers, check) -> (result, host)"""
    def runner(module, params, answers=(), check=False, agents=True):
        host = Host(answers)
        monkeypatch.setattr(basic.AnsibleModule, 'run_command', lambda self, *args, **more: host.run_command(*args, **more))
        monkeypatch.setattr(basic.AnsibleModule, 'get_bin_path', lambda self, name, **more: '/usr/sbin/' + name)
        monkeypatch.setattr('os.access', lambda path, mode: agents)
        monkeypatch.setattr(_detached, 'run_detached', host.run_detached)
        with patch_module_args(dict(params, _ansible_check_mode=check)):
            with pytest.raises(SystemExit):
                module.main()
        return json.loads(capsys.readouterr().out), host
    return runner


@pytest.mark.parametrize('rc, power', [(0, 'on'), (2, 'off')])
@pytest.mark.parametrize('check', [False, True])
def test_fence_device_info_tells_the_power(run, rc, power, check):
    result, host = run(fence_device_info, {'devices': [DEVICE]}, [(rc, '', '')], check)
    assert host.commands == [(['/usr/sbin/fence_ipmilan'], STATUS_INPUT)]
    assert result['changed'] is False
    assert result['devices'][0]['power'] == power
    assert 'secret123' not in json.dumps(result)


def test_fence_device_info_names_the_device_that_does_not_answer(run):
    answers = [(1, '', 'ERROR:root:Connection timed out\n')]
    result, dummy = run(fence_device_info, {'devices': [DEVICE]}, answers)
    assert result['failed'] is True
    assert 'fence-node1' in result['msg'] and 'Connection timed out' in result['msg']
    result, dummy = run(fence_device_info, {'devices': [DEVICE], 'fail_on_error': False}, answers)
    assert result.get('failed', False) is False
    assert result['devices'][0]['power'] == 'unknown'


def test_fence_device_info_of_a_missing_agent_names_its_package(run):
    result, host = run(fence_device_info, {'devices': [DEVICE]}, agents=False)
    assert host.commands == []
    assert result['failed'] is True and 'fence-agents-ipmilan' in result['msg']


def test_fence_device_info_spares_the_devices(run, monkeypatch):
    """Every node begins with another device, none is asked by all at once, and the answers come in the given order."""
    nodes = ['node1', 'node2', 'node3']
    devices = [dict(DEVICE, id='fence-' + node, target=node, instance_attributes={'ip': node}) for node in nodes]
    monkeypatch.setattr(fence_device_info, 'AT_ONCE', 1)
    began = []
    for node in nodes + ['elsewhere']:
        monkeypatch.setattr('socket.gethostname', lambda node=node: node)
        result, host = run(fence_device_info, {'devices': devices}, [(0, '', '')] * 3)
        asked = [dict(line.split('=') for line in text.split())['ip'] for dummy, text in host.commands]
        assert sorted(asked) == nodes
        assert [answer['target'] for answer in result['devices']] == nodes
        began.append(asked[0])
    assert began == ['node2', 'node3', 'node1', 'node1']


def test_fence_device_info_without_devices(run):
    result, host = run(fence_device_info, {'devices': []})
    assert (result['devices'], host.commands) == ([], [])


@pytest.mark.parametrize('power', ['on', 'off', 'reboot'])
def test_fault_power(run, power):
    result, host = run(fault_power, {'device': DEVICE, 'power': power}, [(0, '', '')])
    assert host.commands == [(['/usr/sbin/fence_ipmilan'], STATUS_INPUT.replace('status', power))]
    assert result['changed'] is True and result['at'] > 0


def test_fault_power_in_check_mode_runs_nothing(run):
    result, host = run(fault_power, {'device': DEVICE, 'power': 'off'}, check=True)
    assert result['changed'] is True and host.commands == []


def test_fault_power_that_fails_says_why(run):
    result, dummy = run(fault_power, {'device': DEVICE, 'power': 'off'}, [(1, '', 'ERROR:root:Login failed\n')])
    assert result['failed'] is True and 'Login failed' in result['msg'] and 'secret123' not in json.dumps(result)


@pytest.fixture
def processes(monkeypatch):
    monkeypatch.setattr(fault_process, 'pids_of', lambda names: {
        pid: comm for pid, comm in {7: 'nginx', 8: 'nginx', 9: 'pacemaker-based'}.items()
        if comm in {name[:15] for name in names}})


@pytest.mark.parametrize('check', [False, True])
def test_fault_process(run, processes, check):
    result, host = run(fault_process, {'name': ['nginx']}, check=check)
    assert result['changed'] is True and result['pids'] == [7, 8]
    assert [delay for delay, dummy in host.detached] == ([] if check else [0.5])


def test_fault_process_signals_each_and_does_not_mind_one_that_is_gone(run, processes, monkeypatch):
    dummy, host = run(fault_process, {'name': ['nginx'], 'signal': 'SIGSTOP'})
    sent = []

    def kill(pid, number):
        sent.append((pid, int(number)))
        raise ProcessLookupError

    monkeypatch.setattr('os.kill', kill)
    host.detached[0][1]()
    assert sent == [(7, 19), (8, 19)]


def test_fault_process_strikes_what_is_started_again(run, monkeypatch):
    lives = [{7: 'nginx'}, {}, {}, {20: 'nginx'}, {20: 'nginx'}, {30: 'nginx'}, {30: 'nginx'}]
    monkeypatch.setattr(fault_process, 'pids_of', lambda names: lives.pop(0) if len(lives) > 1 else lives[0])
    sent = []
    monkeypatch.setattr('os.kill', lambda pid, number: sent.append(pid))
    monkeypatch.setattr('time.sleep', lambda seconds: None)
    dummy, host = run(fault_process, {'name': ['nginx'], 'times': 3})
    host.detached[0][1]()
    assert sent == [7, 20, 30]


def test_fault_process_gives_up_on_what_stays_dead(run, monkeypatch):
    lives = [{7: 'nginx'}, {}]
    monkeypatch.setattr(fault_process, 'pids_of', lambda names: lives.pop(0) if len(lives) > 1 else lives[0])
    sent = []
    monkeypatch.setattr('os.kill', lambda pid, number: sent.append(pid))
    dummy, host = run(fault_process, {'name': ['nginx'], 'times': 3, 'patience': 0.1})
    host.detached[0][1]()
    assert sent == [7]


@pytest.mark.parametrize('params, words', [
    ({'name': ['nginx', 'apache2']}, 'apache2'),
    ({'name': ['nginx'], 'signal': 'HARD'}, 'HARD'),
])
def test_fault_process_refuses(run, processes, params, words):
    result, host = run(fault_process, params)
    assert result['failed'] is True and words in result['msg'] and host.detached == []


def test_pids_of_reads_names_of_15_characters_and_leaves_zombies(tmp_path):
    for pid, stat in {
        '11': '11 (pacemaker-contr) S 1 11', '12': '12 (nginx) Z 1 12', '13': '13 (a) b) R 1 13', '14': '14 (nginx) S 1',
    }.items():
        (tmp_path / pid).mkdir()
        (tmp_path / pid / 'stat').write_text(stat)
    (tmp_path / 'net').mkdir()
    assert fault_process.pids_of(['pacemaker-controld', 'nginx', 'a) b'], str(tmp_path)) == {
        11: 'pacemaker-contr', 13: 'a) b', 14: 'nginx'}


TABLES = '{"nftables": [{"metainfo": {"version": "1.0.6"}}%s]}'
FREE = TABLES % ''
CUT = TABLES % ', {"table": {"family": "inet", "name": "halab_drill", "handle": 9}}'


def test_fault_network_cuts_off_and_comes_back(run, monkeypatch):
    result, host = run(fault_network, {'allow': ['198.18.0.1']}, [(0, FREE, ''), (0, '', ''), (0, '', ''), (0, '', '')])
    assert result['changed'] is True and result['at'] > 0
    assert [command for command, dummy in host.commands] == [
        ['/usr/sbin/nft', '-j', 'list', 'tables'], ['/usr/sbin/nft', '--check', '-f', '-']]
    slept = []
    monkeypatch.setattr('time.sleep', slept.append)
    host.detached[0][1]()
    assert [command for command, dummy in host.commands][2:] == [
        ['/usr/sbin/nft', '-f', '-'], ['/usr/sbin/nft', 'delete', 'table', 'inet', 'halab_drill']]
    assert slept == [120]


@pytest.mark.parametrize('state, listing, changed', [
    ('isolated', CUT, False), ('connected', FREE, False), ('connected', CUT, True)])
def test_fault_network_does_what_is_left_to_do(run, state, listing, changed):
    for check in (True, False):
        result, host = run(fault_network, {'state': state, 'allow': []}, [(0, listing, ''), (0, '', '')], check)
        assert result['changed'] is changed
        assert len(host.commands) == (2 if changed and not check else 1)
        assert host.detached == []


def test_fault_network_refuses_what_is_no_address(run):
    result, host = run(fault_network, {'allow': ['controller']})
    assert result['failed'] is True and 'controller' in result['msg'] and host.commands == []


def test_ssh_peer_is_found_above_sudo(tmp_path):
    for pid, parent, environ in ((30, 20, 'HOME=/root\0'), (20, 10, 'A=b\0SSH_CONNECTION=198.18.0.1 4711 198.18.0.11 22\0'),
                                 (10, 1, 'SSH_CONNECTION=9.9.9.9 1 2 22')):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / 'stat').write_text('%d (python3) S %d 1 1' % (pid, parent))
        (tmp_path / str(pid) / 'environ').write_text(environ)
    assert fault_network.ssh_peer(str(tmp_path), 30) == ['198.18.0.1']
    (tmp_path / '20' / 'environ').write_text('A=b')
    (tmp_path / '10' / 'environ').write_text('A=b')
    assert fault_network.ssh_peer(str(tmp_path), 30) == []


def test_the_table_of_fault_network():
    assert fault_network.ruleset(['198.18.0.1', 'fd00::1'], 2222).splitlines() == [
        'table inet halab_drill {',
        '  chain input {',
        '    type filter hook input priority -400; policy accept;',
        '    iif lo accept',
        '    ip saddr 198.18.0.1 tcp dport 2222 accept',
        '    ip6 saddr fd00::1 tcp dport 2222 accept',
        '    drop',
        '  }',
        '  chain output {',
        '    type filter hook output priority -400; policy accept;',
        '    oif lo accept',
        '    ip daddr 198.18.0.1 tcp sport 2222 accept',
        '    ip6 daddr fd00::1 tcp sport 2222 accept',
        '    drop',
        '  }',
        '}',
    ]


@pytest.mark.parametrize('packets, loss, drops', [
    (['ip protocol vrrp', 'ip6 nexthdr vrrp'], 100, ['ip protocol vrrp drop', 'ip6 nexthdr vrrp drop']),
    ([], 25, ['numgen random mod 100 < 25 drop']),
    (['tcp dport 80'], 25, ['tcp dport 80 numgen random mod 100 < 25 drop']),
])
def test_only_some_packets_are_dropped(packets, loss, drops):
    lines = [line.strip() for line in fault_network.ruleset([], 22, packets, loss).splitlines()]
    assert [line for line in lines if line.endswith('drop')] == 2 * drops


@pytest.mark.parametrize('loss', [0, 101, -1])
def test_a_share_that_cannot_be_dropped_is_refused(run, loss):
    result, host = run(fault_network, {'loss': loss, 'allow': []})
    assert result['failed'] and 'loss: %d' % loss in result['msg'] and host.commands == []


def test_fault_freeze_stops_and_wakes(run, monkeypatch):
    monkeypatch.setattr('os.geteuid', lambda: 0)
    result, host = run(fault_freeze, {'seconds': 30})
    assert result['changed'] is True
    done = []
    monkeypatch.setattr('os.kill', lambda pid, number: done.append((pid, int(number))))
    monkeypatch.setattr('time.sleep', done.append)
    host.detached[0][1]()
    assert done == [(-1, 19), 30, (-1, 18)]


def test_fault_freeze_in_check_mode_and_without_root(run, monkeypatch):
    monkeypatch.setattr('os.geteuid', lambda: 0)
    result, host = run(fault_freeze, {}, check=True)
    assert result['changed'] is True and host.detached == []
    monkeypatch.setattr('os.geteuid', lambda: 1000)
    result, host = run(fault_freeze, {})
    assert result['failed'] is True and 'become' in result['msg'] and host.detached == []
