# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hey prints, as tests/unit/fixtures/hey/record.sh wrote it down (hey 0.1.4-2+b4 of Debian 12, 0.1.4+ds-1+b8 of 13)."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _probe_load

FIXTURES = pathlib.Path(__file__).parents[2] / 'fixtures' / 'hey'
each_release = pytest.mark.parametrize('release', sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))


def said(release, name):
    return _probe_load.summary((FIXTURES / release / (name + '.txt')).read_text(encoding='utf-8'))


def test_both_releases_are_recorded():
    assert {path.name for path in FIXTURES.iterdir() if path.is_dir()} == {'debian12', 'debian13'}


@each_release
def test_a_run_that_was_interrupted_has_a_summary(release):
    found = said(release, 'interrupted')
    assert found['requests'] == found['by_status']['200'] >= 50
    assert found['failed_requests'] == 0 and found['errors'] == {}
    assert 15 < found['per_s'] < 25
    assert 0 < found['latency_ms']['median'] <= found['latency_ms']['p99'] <= found['latency_ms']['max'] < 1000


@each_release
@pytest.mark.parametrize('name, errors', [
    ('nobody', {'refused': 40}), ('reset', {'reset': 40}), ('closed', {'closed': 40}),
])
def test_requests_without_an_answer_are_counted_by_what_became_of_them(release, name, errors):
    found = said(release, name)
    assert found['errors'] == errors
    assert found['failed_requests'] == found['requests'] == 40
    assert found['by_status'] == {}
    assert found['latency_ms'] == {'median': None, 'p99': None, 'max': None}


@each_release
def test_another_status_is_a_failure(release):
    found = said(release, 'not_found')
    assert (found['by_status'], found['errors'], found['failed_requests']) == ({'404': 40}, {}, 40)


@each_release
def test_a_server_that_dies_and_freezes(release):
    found = said(release, 'troubles')
    assert found['errors']['refused'] > 20 and found['errors']['timeout'] > 0
    assert found['failed_requests'] == sum(found['errors'].values())
    assert found['requests'] == found['failed_requests'] + found['by_status']['200']


@pytest.mark.parametrize('text', ['', 'unexpected fault address', 'Summary:\n  Total:\tmany'])
def test_what_is_not_its_summary_is_an_error(text):
    with pytest.raises(ValueError, match='no summary of hey'):
        _probe_load.summary(text)
