# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _drill_verdict as verdict
from ansible_collections.halab.cluster.plugins.module_utils._problems_drill import drill_selected

DAEMONS = {'pacemakerd': True, 'pacemaker-based': True}
FENCING = {'target': 'node1', 'action': 'reboot', 'state': 'success', 'client': 'pacemaker-controld.9',
           'completed': '2026-11-22 09:50:00Z'}
OLD_FENCING = dict(FENCING, target='node3', completed='2026-11-20 09:50:00Z')


def cluster(holder, **more):
    node = {'online': True, 'standby': False}
    return dict({
        'cluster': {'dc': 'node3', 'quorate': True},
        'nodes': {name: dict(node) for name in ('node1', 'node2', 'node3')},
        'resources': {'vip': {'nodes': [holder] if holder else []}},
        'failures': [],
        'fence_history': [OLD_FENCING],
        'configuration': {'digest': 'abc'},
        'daemons': dict(DAEMONS),
    }, **more)


def drill(**more):
    return drill_selected([dict({
        'name': 'power_off_holder', 'fault': 'power_off', 'expect': {'outage_s': 6, 'fenced': True, 'moved': True},
    }, **more)])[0]


def probe(**more):
    return dict({
        'outage_s': 3.2, 'recovered': True, 'requests': 900, 'failed_requests': 64, 'holders_max': 1,
        'holders': [{'node': 'node1'}, {'node': 'node2'}], 'served_by': [{'node': 'node1'}, {'node': 'node2'}],
        'outages': [], 'began': 1.0, 'ended': 50.0, 'holders_seen_by': 'arp', 'latency_ms': {},
    }, **more)


def good():
    """A drill as it should be: node1 was fenced, came back in standby and was readmitted; node2 serves."""
    settled = cluster('node2', fence_history=[FENCING, OLD_FENCING])
    settled['nodes']['node1']['standby'] = True
    after = cluster('node2', fence_history=[FENCING, OLD_FENCING])
    return {
        'target': 'node1', 'resource': 'vip', 'readmission': 'manual', 'fault_at': 10.0,
        'before': cluster('node1'), 'settled': settled, 'after': after,
        'after_by_node': {name: copy.deepcopy(after) for name in ('node1', 'node2', 'node3')},
        'boots_before': {'node1': 'a/1', 'node2': 'a/2', 'node3': 'a/3'},
        'boots_after': {'node1': 'a/9', 'node2': 'a/2', 'node3': 'a/3'},
        'probe': probe(), 'unmet': [], 'troubles': [], 'hit': ['node1'], 'devices_cut': [],
    }


def change(seen, path, value):
    """Set one value deep inside; the path has dots."""
    *way, last = path.split('.')
    place = seen
    for key in way:
        place = place[key]
    place[last] = value
    return seen


def test_a_good_drill_passes():
    judged = verdict.drill_verdict(drill(), good())
    assert judged['findings'] == []
    assert judged['passed'] is True
    assert judged['fenced'] is True
    assert (judged['holder_before'], judged['holder_after']) == ('node1', 'node2')
    assert judged['target_fate'] == 'fenced, restarted, came back in standby, readmitted'
    assert judged['fenced_at'] == [{'target': 'node1', 'at': '2026-11-22 09:50:00Z'}]


@pytest.mark.parametrize('path, value, words', [
    ('probe.outage_s', 7.25, ['7.25 s', 'at most 6 s']),
    ('probe.recovered', False, ['still did not answer']),
    ('probe.holders_max', 2, ['2 nodes held', 'node1, node2']),
    ('probe.holders_max', 0, ['Nobody']),
    ('probe.served_by', [{'node': 'node1'}, {'node': 'node2'}, {'node': 'node3'}], ['node1, node2, node3 in turn', 'at most 1 change']),
    ('probe', {'msg': 'No answer'}, ['The probe saw nothing', 'No answer']),
    ('settled.fence_history', [OLD_FENCING], ['node1 was not fenced']),
    ('settled.fence_history', [dict(FENCING, state='failed')], ['node1 was not fenced']),
    ('settled.fence_history', [FENCING, dict(FENCING, target='node2')], ['node2 was fenced, though']),
    ('settled.nodes.node1.standby', False, ['without standby']),
    ('readmission', 'auto', ['came back from fencing in standby; expected none']),
    ('settled.resources.vip.nodes', ['node1'], ['stayed on node1']),
    ('settled.resources.vip.nodes', [], ['ran nowhere']),
    ('settled.failures', [{'resource': 'nginx', 'node': 'node3', 'operation': 'monitor', 'exit_reason': 'gone'}],
     ['nginx failed on node3 (monitor): gone']),
    ('after.resources.vip.nodes', ['node1'], ['from node2 to node1 when node1 was readmitted']),
    ('after.cluster.quorate', False, ['no quorum']),
    ('after.nodes.node3.online', False, ['node3 is not online']),
    ('after.nodes.node1.standby', True, ['node1 is still in standby']),
    ('after.failures', [{'resource': 'nginx', 'node': 'node1', 'operation': 'monitor'}], ['still has a failure']),
    ('after.configuration.digest', 'xyz', ['abc, now xyz']),
    ('after_by_node.node2.daemons.pacemaker-based', False, ['pacemaker-based does not run on node2']),
    ('after_by_node', {}, ['could not be asked for its daemons']),
    ('boots_after.node3', 'a/7', ['node3 was restarted; expected that only node1']),
    ('boots_after', {}, ['node1 could not be asked at the end']),
    ('unmet', ["resources.nginx.role == 'Started'"], ["resources.nginx.role == 'Started'"]),
    ('troubles', ['Cut the power: no route'], ['Cut the power: no route']),
])
def test_each_difference_is_a_sentence(path, value, words):
    judged = verdict.drill_verdict(drill(), change(good(), path, value))
    assert judged['passed'] is False
    for word in words:
        assert any(word in finding for finding in judged['findings']), judged['findings']


def test_failures_on_the_target_are_the_fault_itself():
    failure = {'resource': 'nginx', 'node': 'node1', 'operation': 'monitor', 'exit_reason': ''}
    assert verdict.drill_verdict(drill(), change(good(), 'settled.failures', [failure]))['passed'] is True


def quiet():
    """A fault that the cluster mends in place: nothing moves, nobody is fenced."""
    seen = good()
    seen.update(
        settled=cluster('node1'), after=cluster('node1'),
        boots_after=dict(seen['boots_before']),
        probe=probe(served_by=[{'node': 'node1'}], holders=[{'node': 'node1'}]))
    return seen


def kill():
    return drill(fault='kill', process='nginx', expect={'outage_s': 7})


def test_a_fault_mended_in_place_passes():
    judged = verdict.drill_verdict(kill(), quiet())
    assert judged['findings'] == []
    assert judged['target_fate'] == 'stayed in the cluster'


@pytest.mark.parametrize('path, value, words', [
    ('settled.fence_history', [FENCING], 'node1 was fenced; expected that it is not'),
    ('settled.resources.vip.nodes', ['node2'], 'moved from node1 to node2; expected that it stays'),
    ('boots_after.node1', 'a/9', 'restarted, though nobody fenced it'),
    ('probe.served_by', [{'node': 'node1'}, {'node': 'node2'}], 'at most 0 change'),
])
def test_what_should_not_have_happened(path, value, words):
    findings = verdict.drill_verdict(kill(), change(quiet(), path, value))['findings']
    assert any(words in finding for finding in findings), findings


def test_expected_failback():
    wanted = drill(expect={'outage_s': 6, 'fenced': True, 'moved': True, 'failback': True})
    seen = change(good(), 'after.resources.vip.nodes', ['node1'])
    assert verdict.drill_verdict(wanted, seen)['findings'] == []
    assert any('goes back' in finding for finding in verdict.drill_verdict(wanted, good())['findings'])


def test_a_drill_that_never_settled_still_has_a_verdict():
    seen = good()
    seen.update(settled={}, after={}, after_by_node={}, boots_after={}, probe={}, fault_at=None,
                troubles=['Start the probe: no route'])
    judged = verdict.drill_verdict(drill(), seen)
    assert judged['passed'] is False
    assert judged['outage_s'] is None
    assert judged['target_fate'] == 'not back'


# Times as crm_mon has written them. The epoch's 1763805000 is 2025-11-22 09:50:00 UTC.
@pytest.mark.parametrize('completed', ['2025-11-22 09:50:00.250Z', '2025-11-22 09:50:00.25 +00:00', '2025-11-22 09:50:00Z'])
@pytest.mark.parametrize('taken, words', [(1763804990.0, 'node2 took the address 10'), (1763805000.6, None), (1763804999.5, None)])
def test_nobody_takes_the_address_before_the_fencing_is_known_to_have_worked(completed, taken, words):
    seen = change(good(), 'settled.fence_history', [dict(FENCING, completed=completed), OLD_FENCING])
    seen['probe']['holders'] = [{'node': 'node1', 'start': 1763804900.0, 'end': 1763804985.0}, {'node': 'node2', 'start': taken}]
    findings = verdict.drill_verdict(drill(), seen)['findings']
    assert len(findings) == (1 if words else 0) and all(words in finding for finding in findings), findings


# As two nodes of one cluster have told of the same fencing.
@pytest.mark.parametrize('other, new', [
    ('2026-11-27 00:50:41.440591Z', False), ('2026-11-27 00:50:43.468591Z', True), ('2026-11-27 00:50:41.468591Z', False),
    (None, True)])
def test_what_was_known_before_is_known_whoever_tells_of_it(other, new):
    told = dict(FENCING, completed='2026-11-27 00:50:41.468591Z')
    found = verdict.new_fencing(cluster('node1', fence_history=[told]),
                                cluster('node1', fence_history=[dict(told, completed=other)]))
    assert bool(found) is new


def test_one_who_had_nothing_to_give_up_is_not_waited_for():
    seen = good()
    for when in ('before', 'settled', 'after'):
        seen[when]['resources']['vip']['nodes'] = ['node2']
    seen['settled']['fence_history'] = [dict(FENCING, completed='2025-11-22 09:50:00Z'), OLD_FENCING]
    seen['probe'].update(holders=[{'node': 'node2', 'start': 1.0, 'end': 2.0}], served_by=[{'node': 'node2'}])
    assert verdict.drill_verdict(drill(expect={'outage_s': 6, 'fenced': True}), seen)['findings'] == []


@pytest.mark.parametrize('fenced', [True, False])
def test_what_may_be_either_is_no_finding(fenced):
    either = drill(fault='kill', process='pacemaker-based', expect={'outage_s': 6, 'fenced': None, 'moved': None})
    assert verdict.drill_verdict(either, good() if fenced else quiet())['findings'] == []


def test_a_service_that_moves_twice_is_a_finding_even_if_it_may_move():
    either = drill(expect={'outage_s': 6, 'fenced': None, 'moved': None})
    seen = change(good(), 'probe.served_by', [{'node': name} for name in ('node1', 'node2', 'node3')])
    assert any('at most 1 change' in finding for finding in verdict.drill_verdict(either, seen)['findings'])


def test_devices_that_were_cut_off_may_fail_elsewhere():
    seen = change(good(), 'settled.failures', [
        {'resource': 'fence-node1', 'node': 'node2', 'operation': 'monitor', 'exit_reason': ''}])
    assert any('fence-node1 failed on node2' in finding for finding in verdict.drill_verdict(drill(), seen)['findings'])
    seen['devices_cut'] = ['fence-node1', 'fence-node1-2']
    assert verdict.drill_verdict(drill(), seen)['findings'] == []


def test_whom_a_step_hits_may_fail_as_well():
    failure = {'resource': 'vip', 'node': 'node3', 'operation': 'stop', 'exit_reason': ''}
    seen = change(good(), 'settled.failures', [failure])
    assert verdict.drill_verdict(drill(), seen)['passed'] is False
    assert verdict.drill_verdict(drill(), change(seen, 'hit', ['node1', 'node3']))['findings'] == []


def everywhere():
    """All nodes lost their power, and the cluster has started anew."""
    seen = good()
    for when in ('settled', 'after'):
        seen[when] = cluster('node3', fence_history=[])
    seen.update(target='all', hit=['node1', 'node2', 'node3'],
                boots_after={'node1': 'a/7', 'node2': 'a/8', 'node3': 'a/9'},
                probe=probe(holders=[{'node': 'node1'}, {'node': 'node3'}],
                            served_by=[{'node': 'node1'}, {'node': 'node3'}]))
    return seen


def test_who_takes_the_place_of_a_lost_node_is_readmitted():
    seen = good()
    back = seen['settled']['nodes']['node1']
    assert back['standby']
    replaced = drill(fault='node_replaced')
    assert any('expected that it was readmitted' in finding for finding in verdict.drill_verdict(replaced, seen)['findings'])
    back['standby'] = False
    assert verdict.drill_verdict(replaced, seen)['findings'] == []


def blackout():
    return drill(fault='power_cut', target='all', expect={'outage_s': 60, 'moved': None})


def test_a_cold_start_passes():
    judged = verdict.drill_verdict(blackout(), everywhere())
    assert judged['findings'] == []
    assert judged['target_fate'] == 'came back'


@pytest.mark.parametrize('path, value, words', [
    ('boots_after.node2', 'a/2', 'node2 was not restarted; expected that all are'),
    ('settled.fence_history', [FENCING], 'node1 was fenced, though the fault was on all'),
    ('settled.resources.vip.nodes', [], 'vip ran nowhere'),
    ('after.nodes.node3.online', False, 'node3 is not online at the end'),
])
def test_a_cold_start_that_fails(path, value, words):
    findings = verdict.drill_verdict(blackout(), change(everywhere(), path, value))['findings']
    assert any(words in finding for finding in findings), findings


def test_a_fault_outside_of_the_cluster_passes_where_nobody_in_it_notices():
    seen = dict(good(), target='qnetd1', settled=cluster('node1'), after=cluster('node1'), probe=probe(
        outage_s=0, holders=[{'node': 'node1'}], served_by=[{'node': 'node1'}]))
    seen['boots_after'] = dict(seen['boots_before'])
    judged = verdict.drill_verdict(drill(fault='network_cut', target='qnetd1', expect={'outage_s': 0}), seen)
    assert (judged['findings'], judged['target_fate']) == ([], 'outside of the cluster')
    seen['settled'] = cluster('node1', fence_history=[FENCING, OLD_FENCING])
    judged = verdict.drill_verdict(drill(fault='network_cut', target='qnetd1', expect={'outage_s': 0}), seen)
    assert judged['findings'] == ['node1 was fenced, though the fault was on qnetd1.']


def test_merge_replaces_the_same_drill_on_the_same_system():
    records = [{'drill': 'a', 'os': 'debian13', 'n': 1}, {'drill': 'a', 'os': 'debian12', 'n': 2}]
    merged = verdict.drill_merge(records, {'drill': 'a', 'os': 'debian13', 'n': 3})
    assert [one['n'] for one in merged] == [3, 2]
    assert [one['n'] for one in verdict.drill_merge(records, {'drill': 'b', 'os': 'debian13', 'n': 4})] == [1, 2, 4]


def rolled(*served):
    """A drill of planned moves, with those who served in turn."""
    quiet = {key: cluster(served[-1]) for key in ('settled', 'after')}
    return dict(good(), **quiet, target='node1', boots_after=good()['boots_before'],
                after_by_node={name: cluster(served[-1]) for name in ('node1', 'node2', 'node3')},
                probe=probe(outage_s=1.2, served_by=[{'node': node} for node in served]))


@pytest.mark.parametrize('served', [('node1', 'node2', 'node3'), ('node1', 'node2', 'node1'), ('node1', 'node2')])
def test_planned_moves_may_lead_anywhere(served):
    expect = {'outage_s': 2, 'moves': 2}
    judged = verdict.drill_verdict(drill(fault='corosync_change', variables={}, expect=expect), rolled(*served))
    assert judged['findings'] == []


def test_one_planned_move_too_many():
    expect = {'outage_s': 2, 'moves': 1}
    judged = verdict.drill_verdict(drill(fault='corosync_change', variables={}, expect=expect),
                                   rolled('node1', 'node2', 'node3'))
    assert judged['findings'] == [
        'The service was answered by node1, node2, node3 in turn; expected at most 1 change(s) of the node.']


UPDATED = {'outage_s': 2, 'moves': 1}


def updated(**boots):
    seen = rolled('node1', 'node2')
    return dict(seen, boots_after={'node1': 'b/1', 'node2': 'b/2', 'node3': 'b/3', **boots})


def test_an_update_reboots_every_node_once_and_fences_none():
    judge = drill(fault='rolling_update', expect=UPDATED)
    assert verdict.drill_verdict(judge, updated())['findings'] == []
    boots = good()['boots_before']
    assert verdict.drill_verdict(judge, updated(node2=boots['node2']))['findings'] == [
        'node2 was not restarted; expected that all are.']
    seen = updated()
    for when in ('settled', 'after'):
        seen[when] = dict(seen[when], fence_history=[dict(FENCING, target='node3')])
    assert verdict.drill_verdict(judge, seen)['findings'] == ['node3 was fenced, though the fault was on node1.']


def test_the_connection_to_a_remote_node_fails_on_the_node_that_holds_it():
    seen = good()
    failure = {'resource': 'node1', 'node': 'node3', 'operation': 'monitor', 'exit_reason': 'did not respond'}
    seen['settled']['failures'] = [failure]
    assert verdict.drill_verdict(drill(), seen)['findings'] == []
    seen['settled']['failures'] = [dict(failure, resource='node2')]
    assert 'node2 failed on node3' in verdict.drill_verdict(drill(), seen)['findings'][0]
