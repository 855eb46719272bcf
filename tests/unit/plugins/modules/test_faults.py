# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

"""What the fault modules do and answer, in a run, in check mode and on errors. Nothing here is really broken."""

import json
import subprocess

import pytest

from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.halab.cluster.plugins.module_utils import _detached, _mounts
from ansible_collections.halab.cluster.plugins.modules import (
    fault_agent,
    fault_disk,
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
    assert slept == [0, 120]


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


@pytest.mark.parametrize('direction, hook', [('in', 'input'), ('out', 'output')])
def test_only_one_way_is_closed(direction, hook):
    lines = [line.strip() for line in fault_network.ruleset(['198.18.0.1'], 22, direction=direction).splitlines()]
    assert [line for line in lines if line.startswith('chain')] == ['chain %s {' % hook]
    # The controller's own connection lives, whichever way is closed.
    assert len([line for line in lines if line.endswith('22 accept')]) == 1 and lines.count('drop') == 1


def test_a_node_that_flaps(run, monkeypatch):
    params = {'allow': [], 'seconds': 0.7, 'times': 3, 'pause': 4}
    dummy, host = run(fault_network, params, [(0, FREE, '')] + 7 * [(0, '', '')])
    slept = []
    monkeypatch.setattr('time.sleep', slept.append)
    host.detached[0][1]()
    assert [command[1] for command, dummy in host.commands][2:] == 3 * ['-f', 'delete']
    assert slept == [0, 0.7, 4, 0.7, 4, 0.7]


def test_a_node_cannot_be_cut_off_no_times(run):
    result, host = run(fault_network, {'times': 0, 'allow': []})
    assert result['failed'] and 'times: 0' in result['msg'] and host.commands == []


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


# Of a container of Debian 13 (Linux 5.15), before fault_disk, and with /srv full.
MOUNTS = """\
107 106 0:45 / / rw,relatime - overlay overlay rw,lowerdir=/lower,upperdir=/up,workdir=/wk
110 107 0:48 / /proc rw,relatime - proc proc rw
112 107 0:50 / /run rw,relatime shared:7 - tmpfs tmpfs rw
113 107 0:51 / /var/lib/lab/seed ro,relatime - ext4 /dev/vda ro
"""
FULL = MOUNTS + """\
1197 112 0:246 / /run/halab-drill-disk rw,relatime - tmpfs tmpfs rw,size=4096k,mode=700
1223 107 0:248 / /srv rw,relatime - overlay overlay rw,lowerdir=/srv,upperdir=/run/halab-drill-disk/upper0,workdir=/run/halab-drill-disk/work0,uuid=on
"""


@pytest.fixture
def disk(monkeypatch, tmp_path):
    """Directories to fill, with a disk that has room for ten bytes."""
    monkeypatch.setattr(fault_disk, 'DISK', str(tmp_path / 'disk'))
    monkeypatch.setattr(fault_disk, 'read_mounts', lambda: _mounts.mounts_of(MOUNTS))
    monkeypatch.setattr('os.chown', lambda *dummy: None)
    filled = []
    monkeypatch.setattr(fault_disk, 'fill', filled.append)
    for name in ('log', 'pacemaker'):
        (tmp_path / name).mkdir()
    (tmp_path / 'pacemaker').chmod(0o750)
    return tmp_path, filled


def test_fault_disk_fills_one_disk_under_all_directories(run, disk, monkeypatch):
    path, filled = disk
    directories = [str(path / 'log'), str(path / 'pacemaker')]
    result, host = run(fault_disk, {'directories': directories, 'size': 8, 'seconds': 30}, 5 * [(0, '', '')])
    assert result['changed'] is True and result['at'] > 0
    mounts = [command[1:] for command, dummy in host.commands]
    assert mounts[0] == ['-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'tmpfs', str(path / 'disk')]
    assert [mount[-1] for mount in mounts[1:]] == directories
    assert mounts[2][3] == 'lowerdir=%s,upperdir=%s/disk/upper1,workdir=%s/disk/work1' % (directories[1], path, path)
    assert (path / 'disk' / 'upper1').stat().st_mode & 0o777 == 0o750
    assert filled == [directories[0] + '/halab-drill-full']
    assert [delay for delay, dummy in host.detached] == [30]


def test_fault_disk_in_check_mode_touches_nothing(run, disk):
    path, filled = disk
    result, host = run(fault_disk, {'directories': [str(path / 'log')]}, check=True)
    assert result['changed'] is True
    assert (host.commands, host.detached, filled, (path / 'disk').exists()) == ([], [], [], False)


def test_fault_disk_frees_the_last_mount_first(run, monkeypatch):
    monkeypatch.setattr(fault_disk, 'read_mounts', lambda: _mounts.mounts_of(FULL))
    removed = []
    monkeypatch.setattr('os.rmdir', removed.append)
    for check in (True, False):
        result, host = run(fault_disk, {'state': 'free'}, 2 * [(0, '', '')], check)
        assert result['changed'] is True
    assert [command[1:] for command, dummy in host.commands] == [['--lazy', '/srv'], ['--lazy', '/run/halab-drill-disk']]
    assert removed == ['/run/halab-drill-disk']


@pytest.mark.parametrize('state, mounts', [('full', FULL), ('free', MOUNTS)])
def test_fault_disk_does_what_is_left_to_do(run, monkeypatch, state, mounts):
    monkeypatch.setattr(fault_disk, 'read_mounts', lambda: _mounts.mounts_of(mounts))
    result, host = run(fault_disk, {'state': state, 'directories': ['/srv']})
    assert result['changed'] is False and host.commands == [] and host.detached == []


@pytest.mark.parametrize('directories, words', [
    ([], 'directories is empty'),
    (['/nowhere/at/all'], '/nowhere/at/all is no directory'),
    (['/var'], '/var/lib/lab/seed is mounted below /var'),
    (['/'], '/proc, /run, /var/lib/lab/seed is mounted below /'),
])
def test_fault_disk_refuses(run, disk, directories, words):
    result, host = run(fault_disk, {'directories': directories})
    assert result['failed'] is True and words in result['msg'] and host.commands == []


def test_fault_disk_that_cannot_mount_says_why(run, disk):
    path, dummy = disk
    result, dummy = run(fault_disk, {'directories': [str(path / 'log')]}, [(32, '', 'mount: permission denied.')])
    assert result['failed'] is True and 'mount -t tmpfs' in result['msg'] and 'permission denied' in result['msg']


def test_a_disk_is_filled_to_the_last_byte(tmp_path, monkeypatch):
    left = [70000]

    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *dummy):
            return False

        def write(self, block):
            if len(block) > left[0]:
                raise OSError(28, 'No space left on device')
            left[0] -= len(block)

    monkeypatch.setattr('builtins.open', lambda *dummy, **more: Full())
    fault_disk.fill('/srv/full')
    assert left == [0]


@pytest.fixture
def agents(monkeypatch, tmp_path):
    """A node with one agent."""
    agent = tmp_path / 'agents' / 'heartbeat' / 'IPaddr2'
    agent.parent.mkdir(parents=True)
    agent.write_text('#!/bin/sh\necho "agent $1"\n')
    agent.chmod(0o755)
    monkeypatch.setattr(fault_agent, 'AGENTS', str(tmp_path / 'agents'))
    monkeypatch.setattr(fault_agent, 'KEPT', str(tmp_path / 'kept'))
    return tmp_path


BROKEN = {'agent': 'ocf:heartbeat:IPaddr2', 'action': 'stop', 'rc': 1}


@pytest.mark.parametrize('check', [False, True])
def test_fault_agent(run, agents, check):
    result, host = run(fault_agent, BROKEN, [(0, '', '')], check)
    kept = agents / 'kept' / 'ocf-heartbeat-IPaddr2'
    assert result['changed'] is True and result['at'] > 0
    assert [command for command, dummy in host.commands] == ([] if check else [
        ['mount', '--bind', str(kept / 'instead'), str(agents / 'agents' / 'heartbeat' / 'IPaddr2')]])
    assert kept.exists() is not check


@pytest.mark.parametrize('params, asked, rc, out', [
    ({'rc': 7}, 'stop', 7, ''),
    ({'rc': 7}, 'monitor', 0, 'agent monitor\n'),
    ({'seconds': 0.1, 'rc': None}, 'stop', 0, 'agent stop\n'),
])
def test_what_stands_in_for_an_agent(run, agents, params, asked, rc, out):
    run(fault_agent, dict(BROKEN, **params), [(0, '', '')])
    done = subprocess.run([agents / 'kept' / 'ocf-heartbeat-IPaddr2' / 'instead', asked],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (rc, out)


@pytest.mark.parametrize('mounted', [True, False])
def test_fault_agent_is_mended_even_if_the_mount_has_gone_with_the_power(run, agents, monkeypatch, mounted):
    run(fault_agent, BROKEN, [(0, '', '')])
    path = str(agents / 'agents' / 'heartbeat' / 'IPaddr2')
    monkeypatch.setattr(fault_agent, 'read_mounts', lambda: [(path, '')] if mounted else [])
    mend = {'agent': BROKEN['agent'], 'state': 'whole'}
    result, host = run(fault_agent, mend, check=True)
    assert result['changed'] is True and host.commands == [] and (agents / 'kept' / 'ocf-heartbeat-IPaddr2').exists()
    result, host = run(fault_agent, mend, [(0, '', '')])
    assert result['changed'] is True and [command[:2] for command, dummy in host.commands] == (
        [['umount', '--lazy']] if mounted else [])
    assert run(fault_agent, mend)[0]['changed'] is False


def test_fault_agent_breaks_once(run, agents, monkeypatch):
    monkeypatch.setattr(fault_agent, 'read_mounts', lambda: [(str(agents / 'agents' / 'heartbeat' / 'IPaddr2'), '')])
    result, host = run(fault_agent, BROKEN)
    assert result['changed'] is False and host.commands == []


@pytest.mark.parametrize('params, words', [
    ({'agent': 'systemd:nginx'}, 'systemd:nginx is no OCF agent'),
    ({'agent': 'ocf:heartbeat:../../x'}, 'is no OCF agent'),
    ({'agent': 'ocf:heartbeat:IPaddr3'}, 'there is no'),
    ({'action': 'stop; reboot'}, "'stop; reboot'"),
    ({'rc': 0}, 'rc: 0 is no code of a failure'),
    ({'rc': None}, 'Neither rc nor seconds'),
])
def test_fault_agent_refuses(run, agents, params, words):
    result, host = run(fault_agent, dict(BROKEN, **params))
    assert result['failed'] is True and words in result['msg'] and host.commands == []


def test_what_is_mounted():
    where = [path for path, dummy in _mounts.mounts_of(FULL)]
    assert where == ['/', '/proc', '/run', '/var/lib/lab/seed', '/run/halab-drill-disk', '/srv']
    assert ('/srv', 'rw,lowerdir=/srv,upperdir=/run/halab-drill-disk/upper0,workdir=/run/halab-drill-disk/work0,uuid=on') in (
        _mounts.mounts_of(FULL))
