# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _drill_verdict_farm as verdict
from ansible_collections.halab.cluster.plugins.module_utils._problems_drill import drill_selected

HOSTS = ['lb1', 'lb2', 'web1', 'web2']


def server(**more):
    return dict({'state': 'ready', 'status': 'UP', 'up': True, 'weight': 1, 'agent': 'none'}, **more)


def state(holder='lb1', web1=None, **more):
    servers = {'web/web1': web1 or server(), 'web/web2': server()}
    return dict({
        'holder': holder, 'holders': [holder], 'os': 'debian13', 'boots': {host: host + '/1' for host in HOSTS},
        'servers': {'lb1': dict(servers), 'lb2': dict(servers)},
        'units': {'lb1': {'haproxy': 'active', 'keepalived': 'active'}, 'web1': {'nginx': 'active'}},
    }, **more)


def probe(**more):
    return dict({
        'began': 100.0, 'ended': 110.0, 'outage_s': 3.1, 'recovered': True, 'requests': 200, 'failed_requests': 62,
        'holders_max': 1, 'holders_overlap_s': 0.0, 'served_by': [],
        'holders': [{'node': 'lb1', 'start': 100, 'end': 103}, {'node': 'lb2', 'start': 106, 'end': 110}],
        'answers': [[1.0, 2.0], [2.0, 3.0], [4.0, None], [5.0, 90.0], [9.0, 1.0]],
    }, **more)


def load(failed=300, **more):
    return dict({'requests': 1000, 'failed_requests': failed, 'by_status': {'200': 1000 - failed},
                 'errors': {'timeout': failed} if failed else {}, 'per_s': 100.0, 'latency_ms': {}}, **more)


def good():
    """The balancer that had the address lost its power, and came back as a backup."""
    rebooted = dict(state()['boots'], lb1='lb1/2')
    return {
        'target': 'lb1', 'fault_at': 103.0, 'noticed_at': None, 'return_at': 107.0, 'healed_at': 108.0,
        'before': state(),
        'settled': state('lb2', boots={}), 'after': state('lb2', boots=rebooted),
        'probe': probe(), 'load': load(), 'connections': {}, 'connections_wanted': 0, 'unmet': [], 'troubles': [],
    }


def drill(fault='power_off', **expect):
    return drill_selected([{'name': 'dies', 'fault': fault, 'expect': dict({'outage_s': 4, 'moved': True}, **expect)}],
                          kind='farm', nodes=HOSTS)[0]


def judged(seen=None, fault='power_off', expect=None, **more):
    return verdict.drill_verdict_farm(drill(fault, **(expect or {})), dict(seen or good(), **more))


def test_a_good_drill_passes():
    found = judged()
    assert found['findings'] == [] and found['passed'] is True
    assert (found['holder_before'], found['holder_after']) == ('lb1', 'lb2')
    assert found['target_fate'] == 'lost the address, restarted'
    assert found['load']['failed_requests'] == 300
    assert found['latency_ms'] == {'before': {'median': 3.0, 'p99': 3.0, 'max': 3.0},
                                   'during': {'median': 90.0, 'p99': 90.0, 'max': 90.0},
                                   'after': {'median': 1.0, 'p99': 1.0, 'max': 1.0}}


@pytest.mark.parametrize('change, words', [
    ({'probe': probe(outage_s=4.2)}, 'no answer for 4.20 s; expected at most 4 s'),
    ({'probe': {'msg': 'no socket'}}, 'saw nothing'),
    ({'load': {'failed': True, 'msg': 'hey ended with rc 1'}}, 'Nothing is known of the load: hey ended'),
    ({'probe': probe(holders_max=2, holders_overlap_s=1.5)}, '2 hosts held the address at the same moment (seen: lb1, lb2), for 1.50'),
    ({'probe': probe(holders_max=2, holders_overlap_s=0.0)}, '2 hosts held the address'),
    ({'probe': probe(holders_max=0, holders=[])}, 'Nobody was seen holding'),
    ({'settled': state('lb1', boots={})}, 'stayed on lb1; expected that it moves'),
    ({'settled': {}}, 'Nothing is known of the farm'),
    ({'after': state('lb1', boots=good()['after']['boots'])}, 'went from lb2 to lb1 when all was mended'),
    ({'after': state('lb2', boots=dict(good()['after']['boots'], web1='web1/2'))}, 'web1 was restarted'),
    ({'after': state('lb2', server(up=False, status='DOWN'))}, 'At the end lb1 holds web/web1 for DOWN'),
    ({'after': state('lb2', server(state='drain'))}, 'state of web/web1 is drain on lb1 at the end; it was ready'),
    ({'after': state('lb2', server(weight=0))}, 'weight of web/web1 is 0 on lb1'),
    ({'before': state(web1=server(agent='disabled')), 'after': state('lb2', server(agent='disabled', weight=2))},
     'weight of web/web1 is 2 on lb1'),
    ({'before': state(web1=server(agent='enabled')), 'after': state('lb2', server(agent='enabled', state='drain'))},
     'state of web/web1 is drain on lb1'),
    ({'after': state('lb2', units={'web1': {'nginx': 'failed'}})}, 'nginx is failed on web1'),
    ({'after': state('lb2', servers={'lb1': {}, 'lb2': state()['servers']['lb2']})}, 'lb1 has no server web/web1'),
    ({'unmet': ['holder']}, 'this was not true: holder'),
    ({'troubles': ['Break it: no']}, 'Break it: no'),
])
def test_each_difference_is_a_finding(change, words):
    found = judged(**change)
    assert found['passed'] is False
    assert any(words in sentence for sentence in found['findings']), found['findings']


def test_an_agents_weight_is_nobodys_order():
    after = state('lb2', server(agent='enabled', weight=62), boots=good()['after']['boots'])
    assert judged(before=state(web1=server(agent='enabled', weight=100)), after=after)['findings'] == []


def test_only_a_power_cut_restarts():
    assert 'lb1 was restarted; expected that it runs on.' in judged(fault='kill')['findings']


@pytest.mark.parametrize('limit, failed_probe, failed_load, passed', [
    (None, 62, 300, True), (0, 0, 0, True), (0, 1, 0, False), (0, 0, 1, False), (5, 2, 3, True), (5, 3, 3, False),
])
def test_failed_requests_of_probe_and_load_count_together(limit, failed_probe, failed_load, passed):
    found = judged(probe=probe(failed_requests=failed_probe), load=load(failed_load), expect={'failed_requests': limit})
    assert found['passed'] is passed
    if not passed:
        assert found['findings'] == ['%d requests failed; expected at most %d. The load says %s.' % (
            failed_probe + failed_load, limit, 'timeout %d' % failed_load if failed_load else 'none')]


def failed_at(*moments):
    """A probe that failed at these seconds after it began, and at no other of its ten."""
    return probe(answers=[[float(second), None if second in moments else 2.0] for second in range(10)])


# As hand-made as all of this file: the probe began at 100.
@pytest.mark.parametrize('key, at, words', [
    ('failed_after_noticed', 'noticed_at', 'every balancer had taken lb1 out'),
    ('failed_after_return', 'return_at', 'the return of lb1 had begun'),
])
@pytest.mark.parametrize('limit, moments, failed', [
    (None, [4, 5, 7], 2), (0, [], 0), (0, [3, 4], 0), (0, [4, 5], 1), (0, [9], 1), (1, [5, 9], 2), (2, [5, 9], 2),
])
def test_requests_that_failed_from_a_moment_on(key, at, words, limit, moments, failed):
    found = judged(probe=failed_at(*moments), expect={key: limit}, **{at: 105.0})
    assert found[key] == failed
    assert found['findings'] == ([] if limit is None or failed <= limit else [
        '%d requests of the probe failed after %s; expected at most %d.' % (failed, words, limit)])


@pytest.mark.parametrize('key, at', [('failed_after_noticed', 'noticed_at'), ('failed_after_return', 'return_at')])
def test_without_the_moment_nobody_knows(key, at):
    found = judged(expect={key: 0}, **{at: None})
    assert found[key] is None
    assert len(found['findings']) == 1 and found['findings'][0].startswith('Nobody knows when ')
    assert judged(**{at: None})['findings'] == []
    # That the probe saw nothing is said once.
    assert len(judged(probe={'msg': 'no socket'}, expect={key: 0}, **{at: 105.0})['findings']) == 1


def kept(**more):
    return dict({'connections': 20, 'requests': 300, 'broken_connections': 0, 'broken_by_reason': {}, 'broken': [],
                 'longest_stall_s': 3.5, 'moved': 0, 'renewed': 0, 'reopened': 0, 'not_opened': {}, 'served_by': {}}, **more)


def of_connections(said, **expect):
    return judged(connections=said, connections_wanted=20, expect=expect)


def test_connections_that_live_on():
    found = of_connections(kept(), broken_connections=0, stall_s=4)
    assert found['findings'] == [] and found['connections'] == kept()
    assert judged()['connections'] is None
    assert judged(connections_wanted='0')['passed'] is True


@pytest.mark.parametrize('said, expect, words', [
    (kept(broken_connections=18, broken_by_reason={'timeout': 1, 'reset': 17}), {'broken_connections': 0},
     '18 connections broke (reset 17, timeout 1); expected at most 0.'),
    (kept(), {'stall_s': 3}, 'A connection waited 3.50 s for an answer; expected at most 3 s.'),
    ({'failed': True, 'msg': 'Only 3 of 20'}, {}, 'Nothing is known of the connections: Only 3 of 20'),
    ({}, {}, 'Nothing is known of the connections: they were not opened.'),
])
def test_connections_that_do_not(said, expect, words):
    assert of_connections(said, **expect)['findings'] == [words]


def test_what_is_not_said_of_connections_is_not_judged():
    # Those through a proxy break with it.
    assert of_connections(kept(broken_connections=18, broken_by_reason={'reset': 18}, longest_stall_s=14.0))['passed'] is True


def test_an_overlap_may_be_expected():
    two = probe(holders_max=2, holders_overlap_s=1.5)
    assert judged(probe=two, expect={'overlap_s': 2})['findings'] == []
    assert judged(probe=two, expect={'overlap_s': 1})['passed'] is False


def test_a_state_from_what_was_answered():
    found = verdict.state_farm({
        'owner': {'macs': ['aa']}, 'macs': {'aa': 'lb2'},
        'names': {},
        'balanced': [{'item': 'lb1', 'servers': [{'backend': 'web', 'server': 'web1', 'scur': 9, **server()}]}],
        'units': [{'item': 'lb1', 'cmd': ['systemctl', 'is-active', 'haproxy', 'keepalived'],
                   'stdout_lines': ['active', 'failed']}],
        'identities': [{'item': 'lb1', 'boot': 'x', 'os': 'debian12'}],
        'cluster': [],
    })
    assert found == {'holder': 'lb2', 'holders': ['lb2'], 'servers': {'lb1': {'web/web1': server()}},
                     'units': {'lb1': {'haproxy': 'active', 'keepalived': 'failed'}}, 'boots': {'lb1': 'x'}, 'os': 'debian12',
                     'cluster': {}}
    assert verdict.unhealthy(found) == ['keepalived is failed on lb1']
    nobodys = verdict.state_farm({'owner': {'macs': ['ff']}, 'macs': {}, 'names': {}, 'balanced': [], 'units': [],
                                  'identities': [], 'cluster': []})
    assert nobodys['holder'] == 'ff'


def test_a_node_that_is_fenced_meanwhile_says_nothing():
    found = {'owner': {'macs': []}, 'macs': {}, 'names': {}, 'balanced': [], 'units': [], 'identities': [], 'cluster': [
        {'item': 'lb1', 'unreachable': True, 'msg': 'No route to host'}, {'item': 'lb2', 'pacemaker': {'dc': 'lb2'}}]}
    assert verdict.state_farm(found)['cluster'] == {'lb2': {'dc': 'lb2'}}


def test_targets_by_their_part():
    assert verdict.target_farm(drill(), state('lb2'), ['lb1', 'lb2']) == 'lb2'
    assert verdict.target_farm(dict(drill(), target='not_holder'), state('lb2'), ['lb1', 'lb2']) == 'lb1'
    assert verdict.target_farm(dict(drill(), target='web1'), state('lb2'), ['lb1', 'lb2']) == 'web1'


def test_servers_in_turn_are_drawn_as_serving_all_the_time():
    turns = [{'node': node, 'start': at, 'end': at} for at, node in
             [(0.0, 'a'), (0.1, 'b'), (0.2, 'a'), (0.3, 'b'), (0.9, 'a'), (3.0, 'a'), (3.1, 'b')]]
    assert verdict.turns(turns) == [
        {'node': 'a', 'start': 0.0, 'end': 0.9}, {'node': 'b', 'start': 0.1, 'end': 0.3},
        {'node': 'a', 'start': 3.0, 'end': 3.0}, {'node': 'b', 'start': 3.1, 'end': 3.1}]


def test_of_two_that_hold_the_address_either_may_answer_first():
    seen = good()
    seen['settled'] = state('lb1', holders=['lb1', 'lb2'], boots={})
    assert judged(seen)['findings'] == []
    seen['settled'] = state('lb1', holders=['lb1'], boots={})
    assert judged(seen)['passed'] is False


# Where Pacemaker moves the address.

def said(standby=(), failures=(), fenced=(), **more):
    """What pacemaker_info says, as far as it is looked at."""
    return dict({
        'cluster': {'quorate': True}, 'configuration': {'digest': 'a'}, 'failures': list(failures),
        'daemons': {'pacemakerd': True},
        'nodes': {node: {'online': True, 'standby': node in standby} for node in ('lb1', 'lb2')},
        'fence_history': [{'target': node, 'action': 'reboot', 'completed': 'at 2', 'client': 'x', 'state': 'success'}
                          for node in fenced],
    }, **more)


def on_both(**more):
    return {node: said(**more) for node in ('lb1', 'lb2')}


def clustered(settled=None, after=None, **more):
    """good(), of a cluster: fenced, back in standby, readmitted."""
    seen = good()
    return dict(
        seen, readmission='manual', before=dict(seen['before'], cluster=on_both()),
        settled=dict(seen['settled'], cluster={'lb2': settled or said(standby=['lb1'], fenced=['lb1'])}),
        after=dict(seen['after'], cluster=after or on_both(fenced=['lb1'])), **more)


def judged_cluster(seen, fault='power_off', **expect):
    return judged(seen, fault, dict({'fenced': True}, **expect))


def failure(node):
    return {'resource': 'ldirectord', 'node': node, 'operation': 'monitor', 'exit_reason': 'not running'}


def test_a_good_drill_of_a_cluster_passes():
    found = judged_cluster(clustered())
    assert found['findings'] == []
    assert found['target_fate'] == 'lost the address, fenced, restarted, came back in standby, readmitted'
    assert found['fenced'] is True and found['fenced_at'] == [{'target': 'lb1', 'at': 'at 2'}]


@pytest.mark.parametrize('change, words', [
    ({'settled': said(standby=['lb1'])}, 'lb1 was not fenced; expected that it is.'),
    ({'settled': said(standby=['lb1'], fenced=['lb1', 'lb2'])}, 'lb2 was fenced, though the fault was on lb1.'),
    ({'settled': said(fenced=['lb1'])}, 'lb1 came back from fencing without standby'),
    ({'settled': said(standby=['lb1'], fenced=['lb1'], failures=[failure('lb2')])}, 'ldirectord failed on lb2 (monitor)'),
    ({'after': on_both(standby=['lb1'])}, 'lb1 is still in standby at the end.'),
    ({'after': on_both(failures=[failure('lb1')])}, 'ldirectord on lb1 still has a failure at the end'),
    ({'after': on_both(configuration={'digest': 'b'})}, 'The configuration of the cluster is not what it was'),
    ({'after': on_both(daemons={'pacemakerd': False})}, 'pacemakerd does not run on lb1 at the end.'),
])
def test_what_a_cluster_does_wrong_is_a_finding(change, words):
    findings = judged_cluster(clustered(**change))['findings']
    assert any(words in sentence for sentence in findings), findings


def test_a_target_that_was_fenced_was_restarted():
    assert judged_cluster(clustered(), 'network_cut')['findings'] == []
    # Nobody fenced it.
    alone = clustered(said(), on_both())
    assert 'lb1 was restarted; expected that it runs on.' in judged(alone, 'network_cut')['findings']


def test_a_fault_on_a_server_is_no_business_of_the_cluster():
    seen = clustered(said(), on_both(), target='web1')
    seen = dict(seen, settled=dict(seen['settled'], holder='lb1', holders=['lb1']),
                after=dict(seen['before'], cluster=on_both()))
    found = judged(seen, 'kill', {'moved': False})
    assert found['findings'] == [] and found['target_fate'] == 'served on'


def test_a_cluster_is_not_whole_with_a_node_in_standby_or_old_failures():
    assert verdict.unhealthy(dict(state(), cluster=on_both(standby=['lb2'], failures=[failure('lb1')]))) == [
        'lb2 is in standby (to be readmitted with playbooks/readmit.yml -e readmit_node=lb2)',
        'ldirectord has failed on lb1 (to be removed with crm_resource --cleanup)']
