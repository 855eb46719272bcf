# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role booth refuses: every case is an entry of test_refusals_booth.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_booth import booth_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
VARIABLES = [name for name in DATA["base"] if name not in ("hosts", "booth_address")]


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, booth_problems(refusals.with_variables(DATA["base"], case)), DATA["base"])


def test_the_base_is_accepted():
    assert booth_problems(copy.deepcopy(DATA["base"])) == []


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_value_is_answered_in_sentences(variable, value):
    found = booth_problems(dict(DATA["base"], **{variable: copy.deepcopy(value)}))
    assert all(isinstance(problem, str) for problem in found)


@pytest.mark.parametrize("word", ["name", "expire", "timeout", "weights", "mode", "attr-prereq"])
@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_word_of_a_ticket_is_answered_in_sentences(word, value):
    ticket = {"name": "web", word: copy.deepcopy(value)}
    found = booth_problems(dict(DATA["base"], booth_tickets=[ticket, ticket]))
    assert found and all(isinstance(problem, str) for problem in found)
