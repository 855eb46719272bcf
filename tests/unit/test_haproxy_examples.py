# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/haproxy.md: rendered, accepted by the role, and by the haproxy of both releases.

A test cannot ask a haproxy that is not there. So fixtures/haproxy/record.py has asked those of both releases, and wrote
down what they said and of which text: a rendering that differs from that, by one character, fails on every machine.
"""

from __future__ import annotations

import re

import haproxy_examples
import pytest
from ansible_collections.halab.cluster.plugins.module_utils._haproxy_cfg import haproxy_cfg
from ansible_collections.halab.cluster.plugins.module_utils._problems_haproxy import haproxy_problems
from ansible_collections.halab.cluster.plugins.plugin_utils._certificates import certificate_problems

EXAMPLES = haproxy_examples.examples()
AGAIN = "run tests/unit/fixtures/haproxy/record.py for each release"
each = pytest.mark.parametrize("name", EXAMPLES)


def recorded(name):
    """(what was said, the text it was said of)"""
    return (haproxy_examples.RECORDED / (name + ".cfg")).read_text(encoding="utf-8").split("\n\n", 1)


def test_there_are_as_many_as_recordings():
    blocks = (haproxy_examples.ROOT / "docs" / "haproxy.md").read_text(encoding="utf-8").count("```yaml")
    assert len(EXAMPLES) == blocks
    assert sorted(EXAMPLES) == sorted(path.stem for path in haproxy_examples.RECORDED.glob("*.cfg"))


@each
def test_is_rendered_as_recorded(name):
    assert haproxy_cfg(EXAMPLES[name], haproxy_examples.base()) == recorded(name)[1], AGAIN


@each
def test_both_releases_have_accepted_this_text(name):
    said, text = recorded(name)
    assert haproxy_examples.digest(text) in said.splitlines()[0], AGAIN
    assert re.findall(r"^# (2\.6|3\.0)\.\S+ said: (?:nothing|Configuration file is valid)$", said, re.MULTILINE) == [
        "2.6", "3.0"], AGAIN


@each
def test_is_not_refused(name, tmp_path):
    certificates, pages, dummy = haproxy_examples.sources(EXAMPLES[name], haproxy_examples.certificate(tmp_path))
    assert haproxy_problems(EXAMPLES[name], haproxy_examples.base(), certificates, pages) == []
    assert certificate_problems(EXAMPLES[name], haproxy_examples.base(), certificates) == []
