# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue itself. What the roles make of it is in test_refusals.yml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _agents

ROOT = Path(__file__).resolve().parents[4]
LISTS = dict(_agents.OCF, fence=_agents.FENCE, plugins=_agents.PLUGINS)
# Where the collection itself names agents that are to be found on a node.
SOURCES = (
    "README.md",
    "docs/*.md",
    "inventories/**/*.yml",
    "molecule/**/*.yml",
    "plugins/modules/*.py",
    "roles/*/*/*.yml",
)
AGENT = re.compile(r"\b(?:ocf:(?:heartbeat|pacemaker):[\w-]+|stonith:fence_\w+)|(?<=agent: )fence_\w+")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_sorted_and_names_nothing_twice(name):
    assert list(LISTS[name]) == sorted(set(LISTS[name]))


def test_every_agent_that_the_collection_names_is_known():
    paths = [path for pattern in SOURCES for path in ROOT.glob(pattern)]
    named = {agent for path in paths for agent in AGENT.findall(path.read_text(encoding="utf-8"))}
    assert {"ocf:heartbeat:IPaddr2", "ocf:heartbeat:nginx", "fence_ipmilan"} <= named, "nothing was looked at"
    assert [problem for agent in sorted(named) for problem in _agents.unknown_agent("", agent, "", [])] == []


@pytest.mark.parametrize("agent", ["ocf:mine:db", "ocf:heartbeats:Dummy", "systemd:nope", "service:nope", "lsb:nope"])
def test_what_anybody_may_bring_is_not_judged(agent):
    assert _agents.unknown_agent("x", agent, "extra", []) == []


def test_the_sentence():
    assert _agents.unknown_agent("resources: vip", "ocf:heartbeat:IPadr2", "extra", ["ocf:heartbeat:mine"]) == [
        "resources: vip: agent is 'ocf:heartbeat:IPadr2', which Debian does not have; allowed are Debian's (the "
        "nearest: ocf:heartbeat:IPaddr2, ocf:heartbeat:IPaddr, ocf:heartbeat:IPv6addr), and your own that extra names."
    ]
