# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _drill_picture as picture

EPOCH = 1795340000.0


def record(**more):
    return dict({
        'fault_at': EPOCH + 5, 'limit_s': 6, 'fenced_at': [{'target': 'node1', 'at': EPOCH + 7}],
        'probe': {
            'began': EPOCH, 'ended': EPOCH + 60,
            'outages': [{'start': EPOCH + 5.2, 'end': EPOCH + 8, 'seconds': 2.8, 'errors': {'timeout': 56}}],
            'holders': [{'node': 'node1', 'start': EPOCH, 'end': EPOCH + 5.1},
                        {'node': 'node2', 'start': EPOCH + 7.9, 'end': EPOCH + 60}],
            'served_by': [{'node': 'node1', 'start': EPOCH, 'end': EPOCH + 5.1},
                          {'node': 'node2', 'start': EPOCH + 8, 'end': EPOCH + 60}],
        },
    }, **more)


@pytest.mark.parametrize('text, expected', [
    ('2026-11-22 09:48:39Z', 1795340919.0),
    ('2026-11-22 09:48:39.250000Z', 1795340919.25),
    ('2026-11-22 10:48:39 +01:00', 1795340919.0),
    ('2026-11-22T09:48:39', 1795340919.0),
    (1795340919, 1795340919.0),
    ('soon', None),
    (None, None),
])
def test_times_of_pacemaker(text, expected):
    assert picture.moment(text) == expected


def test_the_window_holds_all_that_happened_and_not_the_rest():
    # Two seconds before the fault, and the limit (5.2 + 6) and three seconds after it.
    begin, end = picture.window(record())
    assert (begin - EPOCH, round(end - EPOCH, 3)) == (3, 14.2)


def test_bars_are_where_time_puts_them():
    drawn = picture.drill_picture(record())
    assert [lane['node'] for lane in drawn['lanes']] == ['node1', 'node2']
    failed = drawn['failed'][0]
    assert failed['text'] == 'no answer for 2.80 s: timeout 56'
    scale = (picture.WIDTH - picture.LEFT - picture.RIGHT) / 11.2
    assert failed['x'] == pytest.approx(picture.LEFT + 2.2 * scale, abs=0.1)
    assert failed['width'] == pytest.approx(2.8 * scale, abs=0.2)
    assert drawn['limit']['x'] == failed['x']
    assert drawn['limit']['width'] == pytest.approx(6 * scale, abs=0.2)
    assert [event['text'] for event in drawn['events']] == ['fault', 'node1 fenced']


def test_nothing_is_drawn_outside():
    drawn = picture.drill_picture(record())
    boxes = drawn['failed'] + [box for lane in drawn['lanes'] for box in lane['holds'] + lane['serves']]
    for box in boxes:
        assert picture.LEFT <= box['x'] <= box['x'] + box['width'] <= picture.WIDTH - picture.RIGHT + 2


def test_time_zero_is_the_fault():
    drawn = picture.drill_picture(record())
    zero = next(tick for tick in drawn['ticks'] if tick['text'] == '0')
    assert zero['x'] == drawn['events'][0]['x']


def test_labels_that_would_touch_go_up():
    close = record(fenced_at=[{'target': 'node1', 'at': EPOCH + 5.1}])
    assert [event['raised'] for event in picture.drill_picture(close)['events']] == [False, True]


def test_a_drill_without_an_outage_has_no_limit_to_show():
    quiet = record(fenced_at=[])
    quiet['probe'] = dict(quiet['probe'], outages=[])
    drawn = picture.drill_picture(quiet)
    assert drawn['failed'] == [] and drawn['limit'] is None


@pytest.mark.parametrize('probe', [{}, {'began': None, 'outages': None}])
def test_without_a_probe_there_is_no_picture(probe):
    assert picture.drill_picture(record(probe=probe)) is None
