# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _drill_verdict_node as verdict
from ansible_collections.halab.cluster.plugins.module_utils._problems_drill import drill_problems, drill_selected


def state(members=('/dev/sda', '/dev/sdb'), **more):
    return dict({
        'boot': 'a/1',
        'arrays': {'mirror': {
            'active': True, 'degraded': 0, 'level': '1', 'raid_devices': 2, 'array_size': 1000,
            'members': [{'device': device, 'role': 'active'} for device in members] + [{'device': '/dev/sdz', 'role': 'spare'}],
        }},
        'bonds': {'bond0': {'active': 'eth0', 'members': [
            {'name': 'eth0', 'mii_status': 'up'}, {'name': 'eth1', 'mii_status': 'up'}]}},
    }, **more)


def good():
    """A member of the mirror failed and the spare took its place."""
    return {
        'target': 'server1', 'fault_at': 10.0, 'before': state(), 'settled': state(('/dev/sda', '/dev/sdz')),
        'after': state(('/dev/sda', '/dev/sdz')),
        'probe': {'outage_s': 0.6, 'recovered': True, 'requests': 900, 'failed_requests': 0,
                  'promised': {'/srv/mirror': {'a': 10}}},
        'records': {'/srv/mirror': {'runs': {'a': {'first': 1, 'last': 10, 'count': 10, 'ended': False}}, 'damaged': 0}},
        'unmet': [], 'troubles': [],
    }


def drill(**expect):
    return drill_selected([{'name': 'raid1', 'fault': 'array_fail', 'array': 'mirror', 'expect': dict({'outage_s': 2}, **expect)}],
                          kind='node', nodes=['server1'])[0]


def changed(path, value):
    seen = good()
    *way, last = path.split('/')
    place = seen
    for key in way:
        place = place[key]
    place[last] = value
    return seen


def test_a_good_drill_passes():
    judged = verdict.drill_verdict_node(drill(), good())
    assert judged['findings'] == []
    assert judged['passed'] is True
    assert judged['written'] == 10 and judged['lost_writes'] == []
    assert judged['target_fate'] == '/dev/sdz took the place of /dev/sdb in mirror'
    assert (judged['outage_s'], judged['limit_s'], judged['holders_max']) == (0.6, 2, None)


def test_names_of_disks_mean_nothing_across_a_boot():
    seen = good()
    assert 'took the place' in verdict.changes(seen['before'], seen['settled'])
    assert verdict.changes(seen['before'], dict(seen['settled'], boot='another')).startswith('restarted')
    assert 'took the place' not in verdict.changes(seen['before'], dict(seen['settled'], boot='another'))


@pytest.mark.parametrize('path, value, words', [
    ('probe/outage_s', 2.5, 'no answer for 2.50 s'),
    ('probe/recovered', False, 'did not answer when the drill ended'),
    ('records', {}, '/srv/mirror could not be read'),
    ('after/boot', 'b/1', 'server1 was restarted; expected that it runs on'),
    ('after/arrays/mirror/degraded', 1, 'the array mirror misses 1 members'),
    ('after/arrays/mirror/array_size', 900, 'array_size is 900 at the end; it was 1000'),
    ('after/arrays', {}, 'mirror is gone'),
    ('after/bonds/bond0/members', [{'name': 'eth0', 'mii_status': 'down'}], 'bond0 has members that are down: eth0'),
    ('after/conditions', [{'name': 'raid-mirror', 'subject': 'RAID Fail'}], 'the alarm raid-mirror goes on: RAID Fail'),
    ('after', {}, 'could not be asked at the end'),
    ('unmet', ["x == 'y'"], "not true: x == 'y'"),
    ('troubles', ['Do it: it could not be done'], 'could not be done'),
    ('probe', {'msg': 'no answer'}, 'saw nothing'),
])
def test_each_difference_is_a_finding(path, value, words):
    judged = verdict.drill_verdict_node(drill(), changed(path, value))
    assert judged['passed'] is False
    assert any(words in finding for finding in judged['findings']), judged['findings']


def test_a_restart_that_is_expected():
    assert verdict.drill_verdict_node(drill(restarted=True), changed('after/boot', 'b/1'))['findings'] == []
    judged = verdict.drill_verdict_node(drill(restarted=True), good())
    assert judged['findings'] == ['server1 was not restarted; expected that it is.']


def test_an_orderly_end_that_is_expected():
    judged = verdict.drill_verdict_node(drill(orderly=True), good())
    assert len(judged['findings']) == 1 and 'not stopped in order' in judged['findings'][0]
    ended = changed('records/srv', None)
    ended['records'] = copy.deepcopy(good()['records'])
    ended['records']['/srv/mirror']['runs']['a']['ended'] = True
    assert verdict.drill_verdict_node(drill(orderly=True), ended)['findings'] == []


def test_a_bond_that_moved_is_told():
    seen = good()
    seen['settled'] = copy.deepcopy(seen['before'])
    seen['settled']['bonds']['bond0']['active'] = 'eth1'
    assert verdict.drill_verdict_node(drill(), seen)['target_fate'] == 'bond0 went from eth0 to eth1'


def test_nothing_whole_is_unhealthy():
    assert verdict.unhealthy(state()) == []
    broken = state()
    broken['arrays']['mirror'].update(active=False)
    assert verdict.unhealthy(broken) == ['the array mirror misses 0 members']


NODE = {
    'nodes': ['server1'], 'is_lab': True, 'containers': [], 'drill_kind': 'node', 'drill_only': [],
    'drill_list': [{'name': 'raid1', 'fault': 'array_fail', 'array': 'mirror', 'expect': {'outage_s': 2}}],
    'drill_write_directories': ['/srv/mirror'], 'drill_write_port': 7007, 'drill_accept_outage_on_real_hosts': False,
}


def with_drill(**more):
    return dict(NODE, drill_list=[dict(NODE['drill_list'][0], **more)])


def test_good_variables_have_no_problems():
    assert drill_problems(copy.deepcopy(NODE)) == []


@pytest.mark.parametrize('variables, words', [
    (dict(NODE, is_lab=False), 'not a lab'),
    (dict(NODE, drill_kind='rack'), "drill_kind is 'rack'"),
    (dict(NODE, drill_write_directories=[]), 'drill_write_directories is []'),
    (dict(NODE, drill_write_directories=['srv']), "drill_write_directories is ['srv']"),
    (dict(NODE, drill_write_port='7007'), "drill_write_port is '7007'"),
    (with_drill(fault='standby'), "fault is 'standby'"),
    (with_drill(fault='array_fail', array=''), 'fault array_fail needs array'),
    (with_drill(fault='cable', card='eth0', cable='cut'), "cable is 'cut'"),
    (with_drill(during=[{'fault': 'array_speed'}]), 'during: fault array_speed needs kib_s'),
    (with_drill(during='x'), 'during is text'),
    (with_drill(target='server9'), "target is 'server9'"),
    (with_drill(expect={'outage_s': 2, 'fenced': True}), "'fenced' is unknown"),
    (with_drill(expect={'outage_s': 2, 'restarted': 'yes'}), "expect.restarted is 'yes'"),
])
def test_problems_name_the_value(variables, words):
    found = drill_problems(copy.deepcopy(variables))
    assert any(words in sentence for sentence in found), found
