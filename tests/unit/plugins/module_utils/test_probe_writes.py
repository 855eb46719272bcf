# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _probe_writes as writes


def answer(at, number, run='a', directory='/srv/one'):
    return {'sent': at - 0.001, 'done': at, 'error': None, 'run': run, 'written': {directory: number}, 'errors': {}}


def silence(at):
    return {'sent': at, 'done': at + 1, 'error': 'timeout'}


def there(**more):
    return {'/srv/one': {'runs': {'a': dict({'first': 1, 'last': 10, 'count': 10, 'ended': False}, **more)}, 'damaged': 0}}


STEADY = [answer(100 + number / 10, number) for number in range(1, 11)]


def test_steady_writing_is_no_stall():
    seen = writes.summary(STEADY, ['/srv/one'], 100.0, 101.1)
    assert (seen['outage_s'], seen['stalls'], seen['recovered']) == (0.0, [], True)
    assert seen['served_by'] == [{'node': '/srv/one', 'start': 100.0, 'end': 101.1}]
    assert seen['promised'] == {'/srv/one': {'a': 10}}


def test_answers_without_a_new_record_are_a_stall():
    stalled = [answer(101.0 + number / 10, 10) for number in range(1, 31)] + [answer(104.2, 11)]
    seen = writes.summary(STEADY + stalled, ['/srv/one'], 100.0, 104.5)
    assert seen['failed_requests'] == 0
    assert seen['outage_s'] == pytest.approx(3.2)
    assert seen['stalls'] == [
        {'directory': '/srv/one', 'start': 101.0, 'end': 104.2, 'seconds': 3.2, 'recovered': True}]
    assert [(entry['start'], entry['end']) for entry in seen['served_by']] == [(100.0, 101.0), (104.2, 104.5)]


def test_a_stall_that_lasts_is_not_recovered():
    seen = writes.summary(STEADY + [answer(101.0 + number, 10) for number in range(1, 4)], ['/srv/one'], 100.0, 104.0)
    assert seen['recovered'] is False
    assert seen['outage_s'] == pytest.approx(3.0)


def test_silence_is_an_outage_and_a_stall():
    seen = writes.summary(STEADY + [silence(101.1), silence(101.2), answer(103.0, 40)], ['/srv/one'], 100.0, 103.1)
    assert seen['failed_requests'] == 2
    assert [outage['requests'] for outage in seen['outages']] == [2]
    assert seen['outage_s'] == pytest.approx(2.0)


def test_one_directory_that_stands_still_is_enough():
    def both(at, one, two):
        return dict(answer(at, one), written={'/srv/one': one, '/srv/two': two})
    requests = [both(100 + number / 10, number, min(number, 3)) for number in range(1, 21)]
    seen = writes.summary(requests, ['/srv/one', '/srv/two'], 100.0, 102.1)
    assert [stall['directory'] for stall in seen['stalls']] == ['/srv/two']


@pytest.mark.parametrize('found, words', [
    ({}, ['could not be read']),
    (there(last=8, count=8), ['2 records are gone']),
    (there(count=9), ['1 records are gone']),
    (there(first=2, count=9), ['records are gone']),
    ({'/srv/one': {'runs': {}, 'damaged': 0}}, ['10 records are gone']),
    (dict(there(), **{'/srv/one': dict(there()['/srv/one'], damaged=3)}), ['3 records are not as they were written']),
])
def test_what_is_missing_is_counted(found, words):
    sentences = writes.lost({'/srv/one': {'a': 10}}, found)
    assert len(sentences) == 1
    assert all(word in sentences[0] for word in words + ['/srv/one'])


@pytest.mark.parametrize('found', [
    there(),
    # Written, and the client was never told.
    there(last=12, count=12),
    # Written twice: the first time it was not known whether it had come to the disk.
    there(count=11),
])
def test_what_is_there_is_there(found):
    assert writes.lost({'/srv/one': {'a': 10}}, found) == []


def test_ended_in_order():
    promises = {'/srv/one': {'a': 10}}
    assert writes.not_ended(promises, there()) == ['/srv/one']
    assert writes.not_ended(promises, there(ended=True)) == []
