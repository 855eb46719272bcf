# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role realserver refuses: every case is an entry of test_refusals_realserver.yml."""

from __future__ import annotations

from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_realserver import realserver_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
MASQ = DATA["base"]["realserver_services"][2]


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, realserver_problems(refusals.with_variables(DATA["base"], case)), DATA["base"])


def test_the_base_is_accepted():
    assert realserver_problems(DATA["base"]) == []


@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_value_is_answered_in_sentences(value):
    problems = realserver_problems({"realserver_services": value})
    assert value == [] or problems
    for key in MASQ:
        # Each option of a service likewise. One of tcp and udp may be empty.
        found = realserver_problems({"realserver_services": [dict(MASQ, **{key: value})]})
        assert found or (key in ("tcp", "udp", "directors") and value == [])
