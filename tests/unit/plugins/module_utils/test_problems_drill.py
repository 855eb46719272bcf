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
    'is_lab': True,
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
    (with_drill(fault='kill'), ['needs process']),
    (with_drill(target='node9'), ["'node9'", 'not_holder', 'node3']),
    (with_drill(tilte='x'), ["'tilte'", 'title']),
    (with_drill(name='a b'), ["'a b'"]),
    (with_drill(expect={}), ['outage_s is None']),
    (with_drill(expect={'outage_s': 6, 'fenced': 'yes'}), ["fenced is 'yes'", 'boolean']),
    (with_drill(expect={'outage_s': 6, 'state': 'x'}), ['JMESPath']),
    (with_drill(expect={'outage_s': 6, 'moves': -1}), ['moves is -1', 'from 0 on']),
    (with_drill(fault='corosync_change'), ['fault corosync_change needs variables']),
    (with_drill(expect=7), ['expect', 'dictionary']),
])
def test_problems_name_the_value_and_what_is_allowed(variables, words):
    found = drills.drill_problems(copy.deepcopy(variables))
    assert len(found) >= 1
    for word in words:
        assert any(word in sentence for sentence in found), found


def test_selected_are_complete_and_in_the_order_of_the_list():
    given = [{'name': name, 'fault': 'freeze', 'expect': {'outage_s': 1}} for name in ('a', 'b', 'c')]
    chosen = drills.drill_selected(given, 'c,a')
    assert [drill['name'] for drill in chosen] == ['a', 'c']
    assert chosen[0]['title'] == 'a' and chosen[0]['target'] == 'holder'
    assert chosen[0]['expect'] == {'outage_s': 1, 'fenced': False, 'moved': False, 'failback': False, 'moves': None,
                                   'state': []}
    assert [drill['name'] for drill in drills.drill_selected(given, [], True)] == ['a']
    assert 'title' not in given[0]


CLUSTER = {
    'cluster': {'dc': 'node3'},
    'nodes': {'node1': {}, 'node2': {}, 'node3': {}},
    'resources': {'vip': {'nodes': ['node1']}, 'idle': {'nodes': []}},
}


@pytest.mark.parametrize('target, expected', [
    ('holder', 'node1'), ('dc', 'node3'), ('not_holder', 'node2'), ('node2', 'node2')])
def test_target(target, expected):
    assert drills.drill_target({'name': 'x', 'target': target}, CLUSTER, 'vip') == expected


@pytest.mark.parametrize('resource', ['idle', 'missing'])
def test_no_holder_is_said_with_what_there_is(resource):
    with pytest.raises(ValueError, match='idle, vip|vip, idle'):
        drills.drill_target({'name': 'x', 'target': 'holder'}, CLUSTER, resource)


FARM = {
    'nodes': ['lb1', 'lb2', 'web1'],
    'balancers': ['lb1', 'lb2'],
    'is_lab': True,
    'drill_kind': 'farm',
    'drill_list': [{'name': 'drain', 'fault': 'drain', 'backend': 'web', 'target': 'web1',
                    'expect': {'outage_s': 0, 'failed_requests': 0}}],
    'drill_only': [],
    'drill_url': 'http://198.18.0.200/',
    'drill_vip': '198.18.0.200',
    'drill_fence_devices': [],
    'drill_balanced_by': 'haproxy',
    'groups': {'webservers': ['web1']},
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


@pytest.mark.parametrize('variables, words', [
    (rolling(FARM), ['fault rolling_restart needs backend']),
    (rolling(FARM, backend='web', weights='farm_weights'), ["the key 'weights'"]),
    (rolling(FARM, backend='web', drain_s=5), ["the key 'drain_s'"]),
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
