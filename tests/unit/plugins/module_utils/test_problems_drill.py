# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
import refusals

from ansible_collections.halab.cluster.plugins.module_utils import _problems_drill as drills

GOOD = {
    'nodes': ['node1', 'node2', 'node3'],
    'groups': {'all': ['node1', 'node2', 'node3', 'qnetd1'], 'cluster': ['node1', 'node2', 'node3']},
    'is_lab': True,
    'containers': [],
    'drill_kind': 'cluster',
    'drill_list': [{'name': 'power_off_holder', 'fault': 'power_off', 'expect': {'outage_s': 6, 'fenced': True}}],
    'drill_only': [],
    'drill_url': 'http://198.18.0.100/',
    'drill_vip': '198.18.0.100',
    'drill_resource': 'vip',
    'drill_readmission': 'manual',
    'drill_fence_devices': [{'target': 'node1'}, {'target': 'node2'}, {'target': 'node3'}],
    'drill_accept_outage_on_real_hosts': False,
}


def with_drill(**more):
    return dict(GOOD, drill_list=[dict(GOOD['drill_list'][0], **more)])


def test_good_variables_have_no_problems():
    assert drills.drill_problems(copy.deepcopy(GOOD)) == []


@pytest.mark.parametrize('more', [
    {'fault': 'kill', 'process': 'corosync-qnetd', 'unit': 'corosync-qnetd'}, {'fault': 'network_cut'}])
def test_a_host_that_the_cluster_only_needs_may_be_hit(more):
    assert drills.drill_problems(with_drill(target='qnetd1', **more)) == []


@pytest.mark.parametrize('variables, words', [
    (dict(GOOD, is_lab=False), ['drill_accept_outage_on_real_hosts is False', 'not a lab']),
    (dict(GOOD, is_lab=False, drill_accept_outage_on_real_hosts='yes'), ["is 'yes'"]),
    (dict(GOOD, nodes=['node1']), ['drill_group', '1 hosts']),
    (dict(GOOD, drill_url=''), ['drill_url is empty']),
    (dict(GOOD, drill_url='https://x/'), ['https://x/', 'plain HTTP']),
    (dict(GOOD, drill_only='power_of_holder'), ['drill_only', 'power_of_holder', 'power_off_holder']),
    (dict(GOOD, drill_fence_devices=[{'target': 'node1'}, {'target': 'node3'}]), ['drill_fence_devices', 'node2']),
    (dict(GOOD, drill_list=GOOD['drill_list'] * 2), ['more than once']),
    (dict(GOOD, drill_list=['power_off']), ['drill_list[0]']),
    (with_drill(fault='explode'), ["'explode'", 'power_off, kill']),
    (with_drill(fault='restart'), ['fault restart needs unit']),
    (with_drill(during=[{'fault': 'maintenance'}, {'fault': 'kill'}]), ['during: fault kill needs process']),
    (with_drill(fault='kill'), ['needs process']),
    (with_drill(target='node9'), ["'node9'", 'not_holder', 'node3']),
    (with_drill(target='qnetd1'), ["fault is 'power_off' and target is qnetd1, which is outside", 'kill, network_cut']),
    (with_drill(target='qnetd1', fault='kill', process='corosync-qnetd'), ['fault kill needs unit on a host outside']),
    (with_drill(tilte='x'), ["'tilte'", 'title']),
    (with_drill(name='a b'), ["'a b'"]),
    (with_drill(expect={}), ['outage_s is None']),
    (with_drill(expect={'outage_s': 6, 'fenced': 'yes'}), ["fenced is 'yes'", 'boolean']),
    (with_drill(expect={'outage_s': 6, 'state': 'x'}), ['JMESPath']),
    (with_drill(expect={'outage_s': 6, 'moves': -1}), ['moves is -1', 'from 0 on']),
    (with_drill(fault='corosync_change'), ['fault corosync_change needs variables']),
    (with_drill(expect=7), ['expect', 'dictionary']),
    (with_drill(target='all'), ['target is all and fault is power_off', 'power_cut']),
    (with_drill(fault='power_cut', target='all', during=[{'fault': 'standby'}]), ['during: target is all and fault is standby']),
    (with_drill(target='connection'), ['target is connection', 'drill_remote_group']),
    (with_drill(fault='remote_key_rotation'), ['fault is remote_key_rotation', 'drill_remote_group']),
    (dict(with_drill(fault='wipe', target='all'), remotes=['node3']), ['not made for remote nodes (node3)']),
    (dict(with_drill(fault='node_replaced'), is_lab=False, drill_accept_outage_on_real_hosts=True), ['node_replaced', 'not a lab']),
    (with_drill(fault='node_replaced', target='all'), ['target is all and fault is node_replaced']),
    (with_drill(fault='wipe', target='holder'), ['fault is wipe and target is holder', 'allowed is all']),
    (dict(with_drill(fault='wipe', target='all'), is_lab=False, drill_accept_outage_on_real_hosts=True), ['wipe', 'not a lab']),
    (dict(with_drill(fault='power_cut'), is_lab=False, drill_accept_outage_on_real_hosts=True), ['power_cut', 'not a lab']),
    (dict(with_drill(target='other'), nodes=['node1', 'node2']), ['target is other', 'at least 3']),
    (with_drill(during=[{'fault': 'standby', 'target': 'node9'}]), ["during: target is 'node9'", 'not_dc']),
    (with_drill(expect={'outage_s': 6, 'failback': None}), ['failback is None']),
    (with_drill(fault='network_cut', direction='up'), ["direction is 'up'", 'both, in, out']),
    (with_drill(fault='network_cut', loss=0), ['loss is 0', '1 to 100']),
    (with_drill(fault='network_cut', loss='30'), ["loss is '30'"]),
    (with_drill(fault='network_cut', seconds=-1), ['seconds is -1']),
    (with_drill(fault='network_cut', pause='3'), ["pause is '3'"]),
    (with_drill(fault='standby', wait='no'), ["wait is 'no'"]),
    (with_drill(fault='agent_break'), ['needs agent', 'needs action', 'agent is None', 'needs rc, seconds']),
    (with_drill(fault='agent_break', agent='systemd:nginx', action='stop', rc=1), ["agent is 'systemd:nginx'", 'ocf:heartbeat:IPaddr2']),
    (with_drill(fault='agent_break', agent='ocf:heartbeat:nginx', action='stop', rc=256), ['rc is 256', '1 to 255']),
    (with_drill(fault='disk_fill'), ['needs directories']),
    (with_drill(fault='shared_disk_out'), ['needs disk']),
    (dict(with_drill(fault='shared_disk_out', disk='sbd1'), is_lab=False, drill_accept_outage_on_real_hosts=True),
     ['hands pull disks']),
    (with_drill(fault='disk_fill', directories=['var']), ["directories is ['var']"]),
    (with_drill(fault='fence_cut'), ['fence device None has no IPv4 address']),
    (with_drill(fault='fence_cut', level=2), ['none of level 2 for node1', 'none of level 2 for node3']),
    (with_drill(fault='fence_cut', level=True), ['level is True', '1 to 9']),
    (with_drill(fault='network_delay'), ['fault network_delay needs latency_ms']),
    (with_drill(fault='network_delay', latency_ms=-1), ['latency_ms is -1', 'above 0']),
    (with_drill(fault='network_delay', latency_ms='500'), ["latency_ms is '500'"]),
    (with_drill(fault='network_delay', latency_ms=200, jitter_ms=201), ['jitter_ms is 201', '0 to latency_ms (200)']),
    (with_drill(fault='network_delay', latency_ms=200, target='all'), ['target is all and fault is network_delay']),
    (with_drill(fault='network_delay', latency_ms=200, target='qnetd1'), ["fault is 'network_delay'", 'outside']),
    (with_drill(fault='clock_jump'), ['fault clock_jump needs offset_s']),
    (with_drill(fault='clock_jump', offset_s='1h'), ["offset_s is '1h'", '3600 or -3600']),
    (dict(with_drill(fault='clock_jump', offset_s=60), containers=['node1', 'node3'], drill_only='power_off_holder'),
     ["drill_only: 'power_off_holder'", 'node1, node3 are containers (lab_backend)', 'lab_backend vm']),
    (dict(with_drill(during=[{'fault': 'clock_jump', 'offset_s': 60}]), containers=['node1'], drill_only=['power_off_holder']),
     ['node1 is a container']),
])
def test_problems_name_the_value_and_what_is_allowed(variables, words):
    found = drills.drill_problems(copy.deepcopy(variables))
    assert len(found) >= 1
    for word in words:
        assert any(word in sentence for sentence in found), found


DEVICES = [{'id': 'fence-%s-%d' % (node, level), 'target': node, 'level': level,
            'instance_attributes': {'ip': '198.18.0.2%d%d' % (level, number)}}
           for number, node in enumerate(GOOD['nodes'], 1) for level in (1, 2)]


@pytest.mark.parametrize('drill', [
    {'fault': 'network_cut', 'direction': 'in', 'loss': 30, 'seconds': 0.7, 'times': 3, 'pause': 3},
    {'fault': 'network_cut', 'during': [{'fault': 'fence_cut', 'level': 1}]},
    {'fault': 'network_cut', 'during': [{'fault': 'fence_cut', 'seconds': 45}]},
    {'fault': 'power_off', 'target': 'dc', 'during': [{'fault': 'standby', 'target': 'holder', 'wait': False}]},
    {'fault': 'standby', 'during': [{'fault': 'agent_break', 'agent': 'ocf:heartbeat:nginx', 'action': 'stop', 'seconds': 8}]},
    {'fault': 'standby', 'during': [{'fault': 'disk_fill', 'target': 'dc', 'directories': ['/var/log']}]},
    {'fault': 'authkey_change', 'target': 'other'},
    {'fault': 'power_cut', 'target': 'all', 'expect': {'outage_s': 60, 'moved': None}},
    {'fault': 'wipe', 'target': 'all', 'expect': {'outage_s': 240, 'moved': None}},
    {'fault': 'shared_disk_out', 'disk': 'sbd1'},
    {'fault': 'node_replaced', 'target': 'holder'},
    {'fault': 'cold_start', 'target': 'all', 'expect': {'outage_s': 120, 'moved': None}},
    {'fault': 'kill', 'process': 'pacemaker-based', 'target': 'not_dc', 'expect': {'outage_s': 6, 'fenced': None}},
    {'fault': 'network_delay', 'latency_ms': 200, 'jitter_ms': 50, 'seconds': 40},
    {'fault': 'clock_jump', 'offset_s': -3600},
])
def test_what_a_cluster_can_be_drilled_with(drill):
    assert drills.drill_problems(dict(with_drill(**drill), drill_fence_devices=DEVICES)) == []


def test_a_device_that_is_to_be_cut_off_has_an_address():
    named = [dict(device, instance_attributes={'ip': 'bmc1'}) for device in DEVICES[:1]] + DEVICES[1:]
    found = drills.drill_problems(dict(with_drill(fault='fence_cut', level=1), drill_fence_devices=named))
    assert found == ['drill_list[0] (power_off_holder): fence device fence-node1-1 has no IPv4 address as ip; the fault '
                     'fence_cut needs one.']


def test_the_devices_that_are_cut_off():
    assert [device['id'] for device in drills.devices_cut(DEVICES, 'node2')] == ['fence-node2-1', 'fence-node2-2']
    assert [device['id'] for device in drills.devices_cut(DEVICES, 'node2', 1)] == ['fence-node2-1']


def test_selected_are_complete_and_in_the_order_of_the_list():
    given = [{'name': name, 'fault': 'freeze', 'expect': {'outage_s': 1}} for name in ('a', 'b', 'c')]
    chosen = drills.drill_selected(given, 'c,a')
    assert [drill['name'] for drill in chosen] == ['a', 'c']
    assert chosen[0]['title'] == 'a' and chosen[0]['target'] == 'holder'
    assert chosen[0]['expect'] == {'outage_s': 1, 'fenced': False, 'moved': False, 'failback': False, 'moves': None,
                                   'state': []}
    assert [drill['name'] for drill in drills.drill_selected(given, [], True)] == ['a']
    assert 'title' not in given[0]


def test_what_needs_a_kernel_of_its_own_is_left_out_where_there_is_none():
    given = [{'name': name, 'fault': fault, 'expect': {'outage_s': 1}, **more} for name, fault, more in (
        ('clock', 'clock_jump', {'offset_s': 60, 'long': True}), ('cut', 'network_cut', {}),
        ('far', 'standby', {'during': [{'fault': 'network_delay', 'latency_ms': 100}]}))]

    def names(*more, **options):
        return [drill['name'] for drill in drills.drill_selected(given, *more, **options)]

    assert names() == ['clock', 'cut', 'far'] and drills.drill_left_out(given) == []
    assert names(containers=['node1']) == ['cut'] and drills.drill_left_out(given, containers=['node1']) == ['clock', 'far']
    # What would not have been run anyway is not missed.
    assert drills.drill_left_out(given, with_long=False, containers=['node1']) == ['far']
    assert drills.drill_left_out(given, 'cut', containers=['node1']) == []
    assert names([], True, containers=['node1']) == ['cut'] and names([], True) == ['clock']
    assert drills.drill_problems(dict(GOOD, drill_list=given, containers=['node1'], drill_only='cut')) == []


CLUSTER = {
    'cluster': {'dc': 'node3'},
    'nodes': {'node1': {}, 'node2': {}, 'node3': {}},
    'resources': {'vip': {'nodes': ['node1']}, 'idle': {'nodes': []}},
}


@pytest.mark.parametrize('target, expected', [
    ('holder', 'node1'), ('dc', 'node3'), ('not_holder', 'node2'), ('not_dc', 'node1'), ('other', 'node2'), ('all', 'all'),
    ('node2', 'node2')])
def test_target(target, expected):
    assert drills.drill_target({'name': 'x', 'target': target}, CLUSTER, 'vip') == expected


def test_target_where_the_holder_is_the_dc():
    same = dict(CLUSTER, cluster={'dc': 'node1'})
    assert [drills.drill_target({'name': 'x', 'target': target}, same, 'vip') for target in ('dc', 'not_dc', 'other')] == [
        'node1', 'node2', 'node2']


@pytest.mark.parametrize('target, steps, hit', [
    ('dc', [], ['node3']),
    ('dc', [{'fault': 'standby', 'target': 'holder'}, {'fault': 'freeze'}], ['node3', 'node1']),
    ('all', [], ['node1', 'node2', 'node3']),
])
def test_all_whom_a_drill_hits(target, steps, hit):
    assert drills.drill_hit({'name': 'x', 'target': target, 'during': steps}, CLUSTER, 'vip') == hit


@pytest.mark.parametrize('resource', ['idle', 'missing'])
def test_no_holder_is_said_with_what_there_is(resource):
    with pytest.raises(ValueError, match='idle, vip|vip, idle'):
        drills.drill_target({'name': 'x', 'target': 'holder'}, CLUSTER, resource)


FARM = {
    'nodes': ['lb1', 'lb2', 'web1'],
    'balancers': ['lb1', 'lb2'],
    'is_lab': True,
    'containers': [],
    'drill_kind': 'farm',
    'drill_list': [{'name': 'drain', 'fault': 'drain', 'backend': 'web', 'target': 'web1',
                    'expect': {'outage_s': 0, 'failed_requests': 0}}],
    'drill_only': [],
    'drill_url': 'http://198.18.0.200/',
    'drill_vip': '198.18.0.200',
    'drill_fence_devices': [],
    'drill_balanced_by': 'haproxy',
    'groups': {'webservers': ['web1'], 'cluster': ['lb1', 'lb2']},
    'drill_cluster_group': '',
    'balancer_variables': {},
    'drill_timeout_s': 1,
    'drill_load_clients': 10,
    'drill_load_per_client_per_s': 10,
    'drill_connections': 0,
    'drill_accept_outage_on_real_hosts': False,
}


def test_a_good_farm_has_no_problems():
    assert drills.drill_problems(copy.deepcopy(FARM)) == []


def test_connections_may_be_expected_to_live():
    expect = {'outage_s': 0, 'broken_connections': 0, 'stall_s': 2.5}
    farm = dict(copy.deepcopy(FARM), drill_connections=20, drill_list=[dict(FARM['drill_list'][0], expect=expect)])
    assert drills.drill_problems(farm) == []


@pytest.mark.parametrize('change, words', [
    ({'balancers': ['lb1']}, ['drill_balancer_group', '1 hosts']),
    ({'balancers': ['lb1', 'lb9']}, ['lb9 is not in drill_group']),
    ({'drill_vip': ''}, ['drill_vip is empty']),
    ({'drill_url': 'https://x/'}, ['plain HTTP']),
    ({'drill_balanced_by': 'nginx'}, ["drill_balanced_by is 'nginx'", 'haproxy and ipvs']),
    ({'drill_timeout_s': 0.5}, ['drill_timeout_s is 0.5', 'whole number']),
    ({'drill_connections': -1}, ['drill_connections is -1', 'from 0 (none) on']),
    ({'drill_connections': '20'}, ["drill_connections is '20'"]),
    ({'drill_connections': True}, ['drill_connections is True']),
    ({'drill_list': [dict(FARM['drill_list'][0], expect={'outage_s': 0, 'broken_connections': 0})]},
     ['drill_list[0] (drain): expect.broken_connections is 0 and drill_connections is 0']),
    ({'drill_list': [dict(FARM['drill_list'][0], expect={'outage_s': 0, 'stall_s': 2})]}, ['expect.stall_s is 2 and']),
    ({'drill_connections': 2, 'drill_list': [dict(FARM['drill_list'][0], expect={'outage_s': 0, 'stall_s': 'x'})]},
     ["expect.stall_s is 'x'"]),
    ({'drill_load_clients': True}, ['drill_load_clients is True']),
    ({'drill_list': [dict(FARM['drill_list'][0], backend='')]}, ['needs backend']),
    ({'drill_list': [dict(FARM['drill_list'][0], url='ftp://x')]}, ["url is 'ftp://x'", 'dns://address/name']),
    ({'drill_list': [dict(FARM['drill_list'][0], target='dc')]}, ["target is 'dc'", 'holder', 'web1']),
    ({'drill_list': [dict(FARM['drill_list'][0], fault='freeze')]}, ["fault is 'freeze'", 'rolling_restart']),
    ({'drill_list': [dict(FARM['drill_list'][0], fault='power_off')]}, ['drill_fence_devices: none is for web1']),
    ({'drill_list': [dict(FARM['drill_list'][0], expect={'outage_s': 0, 'failed_requests': -1})]}, ['failed_requests is -1']),
    ({'drill_list': [dict(FARM['drill_list'][0], expect={'outage_s': 0, 'fenced': True})]}, ["'fenced'", 'overlap_s']),
])
def test_problems_of_a_farm(change, words):
    found = drills.drill_problems(dict(copy.deepcopy(FARM), **change))
    assert found
    for word in words:
        assert any(word in sentence for sentence in found), found


ROLLING = {'name': 'rolling', 'fault': 'rolling_restart', 'group': 'webservers', 'unit': 'nginx',
           'expect': {'outage_s': 0}}
IPVS = dict(
    FARM,
    drill_balanced_by='ipvs',
    balancer_variables={
        'farm_weights': {'web1': '2', 'web9': 0}, 'farm_address': '198.18.0.200', 'farm_wild': {'web1': True}},
)


def rolling(farm, **more):
    return dict(copy.deepcopy(farm), drill_list=[dict(ROLLING, **more)])


@pytest.mark.parametrize('variables', [
    rolling(FARM, backend='web'),
    rolling(IPVS, weights='farm_weights'),
    rolling(IPVS, weights='farm_weights', drain_s=0),
    rolling(IPVS, fault='drain', target='web1', weights='farm_weights'),
    rolling(IPVS, fault='kill', target='web1', process='nginx', during=[{'fault': 'drain', 'weights': 'farm_weights'}]),
])
def test_a_server_is_drained_as_its_balancer_does_it(variables):
    assert drills.drill_problems(variables) == []


CONVERGED = {'name': 'another', 'fault': 'rolling_converge', 'variables': {'farm_scheduler': 'wlc'},
             'limit': 'directors', 'expect': {'outage_s': 0}}


@pytest.mark.parametrize('change, words', [
    ({}, []),
    ({'variables': {}}, ['fault rolling_converge needs variables']),
    # With one director alone there would be nothing to go round.
    ({'limit': ''}, ['fault rolling_converge needs limit']),
])
def test_directors_are_converged_one_after_another(change, words):
    found = drills.drill_problems(dict(copy.deepcopy(IPVS), drill_list=[dict(CONVERGED, **change)]))
    assert len(found) == len(words) and all(word in found[0] for word in words), found


@pytest.mark.parametrize('variables, words', [
    (rolling(FARM), ['fault rolling_restart needs backend']),
    (rolling(FARM, backend='web', weights='farm_weights'), ["the key 'weights'"]),
    (rolling(FARM, backend='web', drain_s=5), ["the key 'drain_s'"]),
    (rolling(FARM, backend='web', during=[{'fault': 'reload', 'unit': 'haproxy', 'target': 'lb1'}]), ["target is 'lb1'", 'cluster only']),
    (rolling(IPVS), ['fault rolling_restart needs weights']),
    (rolling(IPVS, fault='drain', target='web1'), ['fault drain needs weights']),
    (rolling(IPVS, weights='farm_weights', backend='web'), ["the key 'backend'"]),
    (rolling(IPVS, weights='farm_weights', group='webserver'), ["group is 'webserver'", 'webservers']),
    (rolling(IPVS, weights='farm_weights', group=['webservers']), ["group is ['webservers']"]),
    (rolling(IPVS, weights='farm_wieghts'), ["weights is 'farm_wieghts', and lb1 has no such variable"]),
    (rolling(IPVS, weights=['farm_weights']), ["weights is ['farm_weights'], and lb1"]),
    (rolling(IPVS, weights='farm_address'), ['weights: farm_address', 'no weight of web1', 'whole number from 1 on']),
    (rolling(IPVS, weights='farm_wild'), ['no weight of web1']),
    (rolling(IPVS, fault='drain', target='lb2', weights='farm_weights'), ['no weight of lb2']),
    (rolling(IPVS, weights='farm_weights', drain_s=-1), ['drain_s is -1', 'whole number of seconds from 0 on']),
    (rolling(IPVS, weights='farm_weights', drain_s='5'), ["drain_s is '5'"]),
    (rolling(IPVS, weights='farm_weights', drain_s=True), ['drain_s is True']),
])
def test_what_draining_needs(variables, words):
    found = drills.drill_problems(variables)
    assert len(found) == 1, found
    for word in words:
        assert word in found[0]


PACEMAKERS = dict(copy.deepcopy(FARM), drill_cluster_group='cluster')


def of_pacemaker(variables=None, **drill):
    return dict(copy.deepcopy(variables or PACEMAKERS), drill_list=[dict({'name': 'x', 'expect': {'outage_s': 2}}, **drill)])


@pytest.mark.parametrize('variables', [
    of_pacemaker(fault='standby', expect={'outage_s': 2, 'moved': True}),
    of_pacemaker(fault='network_cut', expect={'outage_s': 6, 'fenced': True}),
    of_pacemaker(fault='kill', process='ldirectord'),
    of_pacemaker(fault='kill', process='ldirectord', target='lb2'),
    of_pacemaker(fault='kill', process='nginx', target='web1', unit='nginx'),
])
def test_balancers_may_be_a_cluster(variables):
    assert drills.drill_problems(variables) == []


@pytest.mark.parametrize('variables, words', [
    (of_pacemaker(FARM, fault='standby'), ["fault is 'standby'", 'track_file']),
    (of_pacemaker(FARM, fault='kill', process='ldirectord'), ['fault kill needs unit']),
    # Pacemaker does not run there.
    (of_pacemaker(fault='kill', process='nginx', target='web1'), ['fault kill needs unit']),
    (of_pacemaker(fault='standby', expect={'outage_s': 2, 'fenced': 'no'}), ["expect.fenced is 'no'"]),
    (of_pacemaker(FARM, fault='track_file', file='/etc/keepalived/standby'), ['fault track_file needs addresses']),
    (of_pacemaker(dict(PACEMAKERS, drill_cluster_group='clsuter'), fault='reload', unit='x'),
     ["drill_cluster_group is 'clsuter'", 'cluster']),
    (of_pacemaker(dict(PACEMAKERS, groups={'cluster': ['lb1', 'lb2', 'web1']}), fault='standby'),
     ['drill_cluster_group: web1 is not in drill_balancer_group']),
])
def test_what_a_cluster_of_balancers_needs(variables, words):
    found = drills.drill_problems(variables)
    assert len(found) == 1, found
    for word in words:
        assert word in found[0]


KILL = {'fault': 'kill', 'process': 'nginx'}
KILLED = dict(KILL, target='web1')
NOTICED = {'outage_s': 0, 'failed_after_noticed': 0}


def test_what_fails_after_a_moment_may_be_expected():
    assert drills.drill_problems(rolling(IPVS, **KILLED, expect=NOTICED)) == []
    assert drills.drill_problems(rolling(FARM, backend='web', expect={'outage_s': 0, 'failed_after_return': 0})) == []


@pytest.mark.parametrize('variables, words', [
    (rolling(FARM, **KILLED, expect=NOTICED),
     ['expect.failed_after_noticed is 0 and drill_balanced_by is', 'failed_requests']),
    (rolling(IPVS, **KILL, target='lb1', expect=NOTICED), ["is 0 and target is 'lb1'", 'a server']),
    (rolling(IPVS, **KILL, target='holder', expect=NOTICED), ["target is 'holder'"]),
    (rolling(IPVS, **KILLED, expect=dict(NOTICED, failed_after_noticed='no')), ["failed_after_noticed is 'no'"]),
    (rolling(IPVS, **KILLED, expect={'outage_s': 0, 'failed_after_return': -1}), ['failed_after_return is -1']),
])
def test_what_fails_after_a_moment_is_refused(variables, words):
    found = drills.drill_problems(variables)
    assert len(found) == 1, found
    for word in words:
        assert word in found[0]


@pytest.mark.parametrize('word', ['weights', 'drain_s', 'group', 'backend', 'during', 'target'])
@pytest.mark.parametrize('value', refusals.VALUES)
def test_no_word_breaks_a_refusal(word, value):
    for farm in (FARM, IPVS):
        for fault in ('drain', 'rolling_restart'):
            changed = rolling(farm, **{'fault': fault, 'weights': 'farm_weights', word: copy.deepcopy(value)})
            assert all(isinstance(problem, str) for problem in drills.drill_problems(changed))


REMOTE = {
    'cluster': {'dc': 'node1'},
    'nodes': {'node1': {}, 'node2': {}, 'node3': {}, 'a-remote': {'kind': 'remote', 'connected_from': 'node2'},
              'another': {'kind': 'remote', 'connected_from': 'node1'}},
    'resources': {'vip': {'nodes': ['a-remote']}},
}


@pytest.mark.parametrize('target, node', [
    ('holder', 'a-remote'), ('connection', 'node2'), ('not_holder', 'node1'), ('other', 'node2')])
def test_who_is_who_with_a_remote_node(target, node):
    """Parts of the cluster are played by its members; only the holder may be a remote node."""
    assert drills.drill_target({'name': 'x', 'target': target}, REMOTE, 'vip') == node


def test_a_holder_that_is_no_remote_node_has_no_connection():
    told = dict(REMOTE, resources={'vip': {'nodes': ['node1']}})
    with pytest.raises(ValueError, match='node1 serves, and is no remote node'):
        drills.drill_target({'name': 'x', 'target': 'connection'}, told, 'vip')


def test_targets_of_remote_nodes_are_accepted_where_there_are_some():
    variables = dict(with_drill(target='connection'), remotes=['node3'])
    assert drills.drill_problems(variables) == []
