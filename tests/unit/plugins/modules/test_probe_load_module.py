# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a script in the place of hey, which says what a recorded hey said when it is interrupted."""

from __future__ import annotations

import json
import pathlib
import time

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.halab.cluster.plugins.module_utils import _probe_load_host
from ansible_collections.halab.cluster.plugins.modules import probe_load

SAID = pathlib.Path(__file__).parents[2] / 'fixtures' / 'hey' / 'debian13' / 'interrupted.txt'


def script(tmp_path, body):
    path = tmp_path / 'hey'
    path.write_text('#!/bin/sh\n' + body)
    path.chmod(0o755)
    return [str(path)]


def params(tmp_path, **more):
    return dict({'stop_file': str(tmp_path / 'stop'), 'max_seconds': 20, 'timeout': 1}, **more)


def until_interrupted(tmp_path):
    return script(tmp_path, 'trap "cat %s; exit 0" INT\nwhile :; do sleep 0.05; done\n' % SAID)


def test_it_is_interrupted_when_the_file_appears(tmp_path):
    (tmp_path / 'stop').touch()
    began = time.monotonic()
    found = _probe_load_host.watch(until_interrupted(tmp_path), params(tmp_path))
    assert found['requests'] == found['by_status']['200'] >= 100
    assert time.monotonic() - began < 5


def test_it_is_interrupted_when_its_time_is_over(tmp_path):
    assert _probe_load_host.watch(until_interrupted(tmp_path), params(tmp_path, max_seconds=0.3))['failed_requests'] == 0


@pytest.mark.parametrize('body, words', [
    ('echo no such host >&2; exit 1', 'ended with rc 1: no such host'),
    ('exit 0', 'no summary of hey'),
])
def test_what_it_cannot_do_is_said(tmp_path, body, words):
    found = _probe_load_host.watch(script(tmp_path, body), params(tmp_path))
    assert found['failed'] and words in found['msg']


@pytest.mark.parametrize('option', ['clients', 'per_client_per_s', 'timeout'])
def test_no_load_at_all_is_refused(capsys, option):
    with patch_module_args({'url': 'http://192.0.2.1/', option: 0}), pytest.raises(SystemExit):
        probe_load.main()
    result = json.loads(capsys.readouterr().out)
    assert result['failed'] and result['msg'] == '%s: must be at least 1, not 0' % option
