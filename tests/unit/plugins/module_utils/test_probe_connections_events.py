# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what happened to connections to what the module says of them."""

from __future__ import annotations

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _probe_connections as connections


def opened(at, connection, after='start'):
    return {'what': 'opened', 'at': at, 'connection': connection, 'after': after}


def answered(at, connection, waited=0.01, node='web1', status=200):
    return {'what': 'answered', 'at': at, 'connection': connection, 'waited': waited, 'node': node, 'status': status}


def ended(at, connection, reason, waited=None):
    return {'what': 'ended', 'at': at, 'connection': connection, 'reason': reason, 'waited': waited}


def summary(*events):
    return connections.summary(list(events), 2, 100.0, 110.0)


def test_connections_that_live_on():
    assert summary(opened(100, 1), opened(100, 2), answered(101, 1, 0.2), answered(102, 2, node='web2'), answered(103, 2, node='web2')) == {
        'began': 100.0, 'ended': 110.0, 'connections': 2, 'requests': 3, 'unanswered': 0, 'by_status': {'200': 3},
        'broken_connections': 0, 'broken_by_reason': {}, 'broken': [], 'renewed': 0, 'reopened': 0, 'not_opened': {},
        'longest_stall_s': 0.2, 'served_by': {'web1': 1, 'web2': 2}, 'moved': 0}


def test_nothing_at_all():
    found = summary()
    assert (found['requests'], found['longest_stall_s'], found['moved']) == (0, 0.0, 0)


def test_broken_ones_are_told_with_when_and_why():
    found = summary(opened(100, 1), opened(100, 2), ended(105.25, 2, 'timeout', 4.0), ended(103, 1, 'reset'),
                    opened(104, 3, 'broken'), opened(106, 4, 'broken'))
    assert found['broken'] == [{'after_s': 3.0, 'reason': 'reset', 'waited_s': None},
                               {'after_s': 5.25, 'reason': 'timeout', 'waited_s': 4.0}]
    assert (found['broken_connections'], found['broken_by_reason']) == (2, {'timeout': 1, 'reset': 1})
    assert found['reopened'] == 2 and found['renewed'] == 0
    # What broke while nobody waited left no request without an answer.
    assert (found['requests'], found['unanswered'], found['longest_stall_s']) == (1, 1, 4.0)


def test_an_end_that_was_announced_is_no_break():
    found = summary(opened(100, 1), answered(101, 1), ended(101, 1, connections.ANNOUNCED), opened(102, 2, 'renewed'))
    assert (found['broken_connections'], found['renewed'], found['reopened']) == (0, 1, 0)
    assert (found['requests'], found['unanswered']) == (1, 0)


def test_only_some_breaks_are_told_and_all_counted():
    found = summary(*[ended(100 + number, number, 'reset') for number in range(80)])
    assert found['broken_connections'] == found['broken_by_reason']['reset'] == 80
    assert len(found['broken']) == connections.TOLD and found['broken'][-1]['after_s'] == connections.TOLD - 1


@pytest.mark.parametrize('nodes, moved', [
    ([(1, 'a'), (1, 'a'), (2, 'b')], 0), ([(1, 'a'), (1, 'b'), (2, 'b')], 1), ([(1, 'a'), (2, 'b'), (1, 'b'), (2, 'a')], 2),
    ([(1, 'a'), (1, None)], 0),
])
def test_a_connection_with_answers_from_two_hosts_has_moved(nodes, moved):
    assert summary(*[answered(101, connection, node=node) for connection, node in nodes])['moved'] == moved


def test_attempts_that_failed():
    found = summary(*[{'what': 'not_opened', 'at': 101, 'connection': number, 'reason': reason}
                      for number, reason in enumerate(['refused', 'timeout', 'refused'])])
    assert found['not_opened'] == {'refused': 2, 'timeout': 1}
    assert found['broken_connections'] == found['reopened'] == 0


def test_another_status_is_an_answer():
    assert summary(answered(101, 1), answered(102, 1, status=503))['by_status'] == {'200': 1, '503': 1}
