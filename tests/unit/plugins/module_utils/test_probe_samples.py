# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _probe

FIXTURES = pathlib.Path(__file__).parents[2] / 'fixtures' / 'drill'


def requests(marks, node='node1', step=0.05):
    """One request per character: a letter is served by the node of that name, '.' times out, 'x' is refused."""
    made = []
    for number, mark in enumerate(marks):
        sent = round(number * step, 4)
        error = {'.': 'timeout', 'x': 'refused'}.get(mark)
        made.append({'sent': sent, 'done': round(sent + (1 if mark == '.' else 0.002), 4), 'error': error,
                     'node': None if error else mark})
    return made


def said(at, node, number=None):
    return {'at': at, 'node': node, 'round': number}


def most(statements):
    return _probe.holders_max(statements, _probe.holders(statements))


@pytest.mark.parametrize('marks, expected', [
    ('aaaa', []),
    ('aa..aa', [(0.1, 0.1, 2, True)]),
    ('aa..ax', [(0.1, 0.1, 2, True), (0.25, 0.05, 1, False)]),
    ('....', [(0.0, 0.3, 4, False)]),
    ('', []),
])
def test_outages(marks, expected):
    found = _probe.outages(requests(marks), ended=0.3)
    assert [(one['start'], one['seconds'], one['requests'], one['recovered']) for one in found] == expected


def test_an_outage_is_measured_by_the_sending_not_by_the_end_of_its_requests():
    # In an open loop those sent first end last, and so are recorded last.
    shuffled = sorted(requests('aa....aa'), key=lambda one: one['done'])
    assert _probe.outages(shuffled, ended=1)[0]['seconds'] == 0.2


def test_errors_are_counted_by_kind():
    assert _probe.outages(requests('a..xa'), ended=1)[0]['errors'] == {'timeout': 2, 'refused': 1}


def test_served_by_ignores_failures_and_joins_runs():
    timeline = _probe.served_by(requests('aa..bbab'))
    assert [entry['node'] for entry in timeline] == ['a', 'b', 'a', 'b']
    assert (timeline[1]['start'], timeline[1]['end']) == (0.2, 0.25)


def test_a_holder_that_is_silent_has_stopped():
    timeline = _probe.holders([said(0, 'a'), said(0.1, 'a'), said(0.2, 'a'), said(0.6, 'a')])
    assert [(entry['start'], entry['end']) for entry in timeline] == [(0, 0.2), (0.6, 0.6)]


@pytest.mark.parametrize('statements, expected', [
    ([], 0),
    ([said(0, 'a', 1), said(0.1, 'a', 2)], 1),
    # Taken over in between: b speaks after a's last word.
    ([said(0, 'a', 1), said(0.1, 'a', 2), said(0.15, 'b'), said(0.2, 'b', 3)], 1),
    # Both answered the same question.
    ([said(0, 'a', 1), said(0.002, 'b', 1)], 2),
    # b speaks between two words of a.
    ([said(0, 'a', 1), said(0.05, 'b'), said(0.1, 'a', 2)], 2),
    # a had stopped for longer than the silence, b held in the meantime and was gone again.
    ([said(0, 'a', 1), said(0.5, 'b', 5), said(1.0, 'a', 10)], 1),
    # One node with two interfaces on the link has one name.
    ([said(0, 'a', 1), said(0.001, 'a', 1)], 1),
    ([said(0, 'a', 1), said(0.001, 'b', 1), said(0.002, 'c', 1)], 3),
])
def test_holders_max(statements, expected):
    assert most(statements) == expected


def test_without_arp_the_answers_tell_the_holder():
    served = [dict(one, done=one['sent'] + 0.002) for one in requests('aaaa..bbbb')]
    statements = _probe.statements_from_requests(served)
    assert len(statements) == 8
    assert most(statements) == 1


def test_latency():
    made = [{'sent': 0, 'done': number / 1000, 'error': None, 'node': 'a'} for number in range(1, 101)]
    assert _probe.latency_ms(made) == {'median': 51.0, 'p99': 100.0, 'max': 100.0}
    assert _probe.latency_ms(requests('..')) == {'median': None, 'p99': None, 'max': None}


def test_recorded_run_with_two_holders():
    """Recorded by the probe: node1 loses the address, node2 takes it 1.3 s later, then node1 has it for 0.6 s, too."""
    recorded = json.loads((FIXTURES / 'recorded_two_holders.json').read_text())
    seen = _probe.summary(recorded['requests'], recorded['statements'], 0.0, recorded['ended'], 'arp')
    assert (seen['requests'], seen['failed_requests'], seen['outage_s'], seen['recovered']) == (121, 38, 1.35, True)
    assert [outage['seconds'] for outage in seen['outages']] == [1.35, 0.55]
    assert [entry['node'] for entry in seen['holders']] == ['node1', 'node2', 'node1']
    assert seen['holders_max'] == 2
    assert [entry['node'] for entry in seen['served_by']] == ['node1', 'node2', 'node1', 'node2']


def test_recorded_run_up_to_the_takeover_has_one_holder():
    recorded = json.loads((FIXTURES / 'recorded_two_holders.json').read_text())
    assert most([one for one in recorded['statements'] if one['at'] < 3.5]) == 1


@pytest.mark.parametrize('spans, seconds', [
    ([('a', 0, 5), ('b', 5, 9)], 0),
    ([('a', 0, 5), ('b', 3, 9)], 2),
    ([('a', 0, 9), ('b', 3, 4), ('b', 6, 7.5)], 2.5),
    ([('a', 0, 9), ('b', 3, 6), ('c', 4, 5)], 3),
    ([('a', 0, 9)], 0),
    ([], 0),
])
def test_how_long_more_than_one_held_the_address(spans, seconds):
    assert _probe.overlap_s([{'node': node, 'start': start, 'end': end} for node, start, end in spans]) == seconds


def test_every_answer_is_there_in_the_order_of_sending():
    made = requests('a.a')
    assert _probe.answers(reversed(made), 0.0) == [[0.0, 2.0], [0.05, None], [0.1, 2.0]]
