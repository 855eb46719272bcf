# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
import yaml

from ansible_collections.halab.cluster.plugins.module_utils import _drill_verdict_geo as verdict
from ansible_collections.halab.cluster.plugins.module_utils._problems_drill import drill_problems, drill_selected
from transcripts import FIXTURES

A, B, ARBITRATOR = '198.18.0.101', '198.18.0.102', '198.18.0.31'
INVENTORY = FIXTURES.parents[2] / 'inventories' / 'two_sites' / 'group_vars' / 'all' / 'drills.yml'


def pacemaker(*nodes):
    return {'nodes': {node: {'online': True, 'standby': False} for node in nodes}, 'failures': [], 'fence_history': []}


def state(holder):
    ticket = {'leader': holder, 'holders': [holder] if holder else [], 'agreed': True, 'pending': False}
    return {
        'sites': {'site_a': pacemaker('node1', 'node2'), 'site_b': pacemaker('node3', 'node4')},
        'addresses': {'site_a': A, 'site_b': B},
        'booth': {'tickets': {'web': ticket}, 'members': {
            address: {'type': 'site', 'answers': True, 'trouble': None} for address in (A, B)}},
    }


def good():
    """The first site was lost, and the second one took over."""
    return {
        'target': 'site_a', 'ticket': 'web', 'takeover_s': 46.0, 'fault_at': 10.0, 'before': state(A), 'settled': state(B),
        'after': state(B), 'unmet': [], 'troubles': [],
        'probe': {'outage_s': 43.0, 'recovered': True, 'requests': 2000, 'failed_requests': 800, 'holders_max': 1,
                  'holders': [{'node': 'node1'}, {'node': 'node3'}], 'served_by': [{'node': 'node1'}, {'node': 'node3'}]},
    }


def drill(**expect):
    return drill_selected([{'name': 'site_off', 'fault': 'site_off', 'expect': dict(
        {'outage_s': 6, 'takeover': True, 'moved': True}, **expect)}], kind='geo')[0]


def changed(path, value):
    seen = good()
    *way, last = path.split('/')
    place = seen
    for key in way:
        place = place[key]
    place[last] = value
    return seen


def test_a_good_drill_passes():
    judged = verdict.drill_verdict_geo(drill(), good())
    assert judged['findings'] == [] and judged['passed'] is True
    assert (judged['holder_before'], judged['holder_after'], judged['target_fate']) == ('site_a', 'site_b', 'lost the ticket')
    assert judged['limit_s'] == 52


@pytest.mark.parametrize('path, value, words', [
    ('probe/outage_s', 53.0, 'no answer for 53.00 s; expected at most 52 s'),
    ('takeover_s', 0, 'no answer for 43.00 s; expected at most 6 s'),
    ('probe/holders_max', 2, '2 nodes held the address at the same moment'),
    ('settled', state(A), 'The ticket stayed with site_a; expected that it moves'),
    ('settled', state(None), 'Nobody had the ticket after the fault'),
    ('settled', {}, 'Nothing is known of the sites after the fault'),
    ('after', state(A), 'The ticket went from site_b to site_a when all was healed; expected no failback'),
    ('settled/booth/tickets/web/holders', [A, B], '198.18.0.101 and 198.18.0.102 had the ticket at the same time'),
    ('after/booth/tickets/web/agreed', False, 'At the end: The members do not agree'),
    ('after/booth/tickets/web/pending', True, 'At the end: The cluster of the site that has the ticket is yet to be told'),
    ('after/booth/members/' + A, {'type': 'site', 'answers': False, 'trouble': 'refused'},
     'At the end: site 198.18.0.101 does not answer (refused)'),
    ('after/sites/site_a/nodes/node2/standby', True, 'At the end: node2 of site_a is in standby'),
    ('after/sites/site_a/nodes/node2/online', False, 'At the end: node2 of site_a is not online'),
    ('after/sites/site_b', {}, 'At the end: No node of site_b was asked'),
    ('after/sites/site_a/fence_history', [{'target': 'node2', 'action': 'reboot', 'client': 'x', 'completed': '1',
                                           'state': 'success'}], 'node2 was fenced by its own site'),
    ('unmet', ['x'], 'this was not true: x'),
    ('troubles', ['Cut the power: no.'], 'Cut the power: no.'),
])
def test_what_is_not_as_expected_is_said(path, value, words):
    judged = verdict.drill_verdict_geo(drill(), changed(path, copy.deepcopy(value)))
    assert judged['passed'] is False and any(words in finding for finding in judged['findings']), judged['findings']


def test_a_ticket_that_is_to_stay():
    seen = dict(good(), settled=state(A), after=state(A), probe=dict(good()['probe'], outage_s=0, served_by=[{'node': 'node1'}]))
    assert verdict.drill_verdict_geo(drill(outage_s=0, moved=False, takeover=False), seen)['findings'] == []
    found = verdict.drill_verdict_geo(drill(moved=False), good())['findings']
    assert any('moved from site_a to site_b; expected that it stays' in finding for finding in found)


@pytest.mark.parametrize('target, hit', [('holder', 'site_a'), ('not_holder', 'site_b'), ('site_b', 'site_b'),
                                         ('arbitrator1', 'arbitrator1')])
def test_target(target, hit):
    assert verdict.target_geo({'target': target}, state(A), 'web') == hit


GOOD = {
    'nodes': ['node1', 'node2', 'node3', 'node4'], 'is_lab': True, 'containers': [], 'drill_kind': 'geo', 'drill_only': [],
    'groups': {'all': ['node1', 'node2', 'node3', 'node4', 'arbitrator1'], 'site_a': ['node1', 'node2'],
               'site_b': ['node3', 'node4']},
    'drill_list': yaml.safe_load(INVENTORY.read_text(encoding='utf-8'))['drill_list'],
    'drill_url': 'http://198.18.0.100/', 'drill_vip': '198.18.0.100', 'drill_ticket': 'web', 'drill_cluster_group': '',
    'drill_sites': ['site_a', 'site_b'], 'drill_balanced_by': 'haproxy', 'drill_accept_outage_on_real_hosts': False,
}


def one(**more):
    return dict(GOOD, drill_list=[dict({'name': 'x', 'fault': 'site_off', 'expect': {'outage_s': 1}}, **more)])


def test_the_drills_of_the_topology_are_accepted():
    assert drill_problems(copy.deepcopy(GOOD)) == []


@pytest.mark.parametrize('variables, words', [
    (dict(GOOD, drill_sites=['site_a']), ["drill_sites is ['site_a']", 'at least 2']),
    (dict(GOOD, drill_sites=['site_a', 'site_c']), ["'site_c' has no hosts"]),
    (dict(GOOD, drill_ticket=''), ['drill_ticket is empty']),
    (dict(GOOD, drill_url='https://x/'), ['plain HTTP']),
    (dict(one(), is_lab=False, drill_accept_outage_on_real_hosts=True), ['fault is site_off', 'not a lab']),
    (one(fault='wan_cut'), ['fault wan_cut needs between', 'between is None']),
    (one(fault='wan_cut', between='hosts'), ["between is 'hosts'; allowed are sites"]),
    (one(target='node1'), ["target is 'node1'; allowed are holder, not_holder, site_a, site_b"]),
    (one(fault='kill', process='boothd', unit='booth@booth', target='holder'), ["allowed with fault kill", 'arbitrator1']),
    (one(fault='kill', process='boothd', target='arbitrator1'), ['needs unit']),
    (one(fault='power_off'), ['allowed with drill_kind geo are kill, network_cut, site_off, ticket_move, wan_cut']),
    (one(expect={'outage_s': 1, 'takeover': 'yes'}), ["expect.takeover is 'yes'"]),
    (one(expect={'outage_s': 1, 'fenced': True}), ["'fenced'"]),
])
def test_what_cannot_work_is_refused(variables, words):
    found = drill_problems(copy.deepcopy(variables))
    assert all(any(word in problem for problem in found) for word in words), found
