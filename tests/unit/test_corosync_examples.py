# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/corosync.md: rendered, accepted by the role, and by the corosync of both releases.

A test cannot ask a corosync that is not there. So fixtures/corosync/record.py has asked those of both releases, and
wrote down what they said and of which text: a rendering that differs from that, by one character, fails on every machine.
"""

from __future__ import annotations

import re

import corosync_examples
import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils._corosync_conf import corosync_conf
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync import corosync_problems

EXAMPLES = corosync_examples.examples()
AGAIN = "run tests/unit/fixtures/corosync/record.py for each release"
END = "notice [MAIN ] Corosync Cluster Engine exiting normally"
# What is written nevertheless, because the manual page has it.
WARNINGS = {
    "udp": "warning [MAIN ] interface section bindnetaddr is used together with nodelist. Nodelist one is going to be "
    "used. warning [MAIN ] Please migrate config file to nodelist. " + END,
}
each = pytest.mark.parametrize("name", EXAMPLES)


def recorded(name):
    """(what was said, the text it was said of)"""
    return (corosync_examples.RECORDED / (name + ".conf")).read_text(encoding="utf-8").split("\n\n", 1)


def test_there_are_as_many_as_recordings():
    blocks = (corosync_examples.ROOT / "docs" / "corosync.md").read_text(encoding="utf-8").count("```yaml")
    # And the one in which nothing is said.
    assert len(EXAMPLES) == blocks + 1
    assert sorted(EXAMPLES) == sorted(path.stem for path in corosync_examples.RECORDED.glob("*.conf"))


@each
def test_is_rendered_as_recorded(name):
    assert corosync_conf(EXAMPLES[name]) == recorded(name)[1], AGAIN


@each
def test_both_releases_have_accepted_this_text(name):
    said, text = recorded(name)
    assert corosync_examples.digest(text) in said.splitlines()[0], AGAIN
    expected = WARNINGS.get(name) or ("nothing" if name == "rest" else END)
    assert re.findall(r"^# (\S+) said: (.*)$", said, re.MULTILINE) == [("3.1.7", expected), ("3.1.9", expected)], AGAIN


@each
def test_is_not_refused(name):
    assert corosync_problems(EXAMPLES[name]) == []


def test_they_show_every_option():
    """What is in no example was never seen by a real parser."""
    shown = "\n".join(recorded(name)[1] for name in EXAMPLES)
    missing = [
        "%s: %s" % (section, word)
        for section, known in words.SECTIONS.items()
        for word in known
        if not re.search(r"^\t+%s: " % word, shown, re.MULTILINE)
    ]
    assert missing == []
