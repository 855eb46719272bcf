# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role ldirectord refuses: every case is an entry of test_refusals_ldirectord.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_words as words
from ansible_collections.halab.cluster.plugins.module_utils._problems_ldirectord import ldirectord_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
BASE = DATA["base"]


def changed(given, changes):
    """null removes a word."""
    return {key: value for key, value in {**given, **copy.deepcopy(changes)}.items() if value is not None}


def variables_of(case):
    variables = refusals.with_variables(BASE, case)
    variables["ldirectord_global"].update(case.get("global", {}))
    entry = changed(variables["ldirectord_virtual"][0], case.get("virtual", {}))
    if "real" in case:
        entry["real"][0] = changed(entry["real"][0], case["real"])
    variables["ldirectord_virtual"] = [entry] + ([copy.deepcopy(case["more"])] if "more" in case else [])
    return variables


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, ldirectord_problems(variables_of(case)), BASE)


def test_the_base_is_accepted():
    assert ldirectord_problems(BASE) == []


@pytest.mark.parametrize("variable", BASE)
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    assert all(isinstance(problem, str) for problem in ldirectord_problems({**BASE, variable: copy.deepcopy(value)}))


@pytest.mark.parametrize("word", ["fallback", "fallback6", *words.GLOBAL])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_global_value_breaks_a_refusal(word, value):
    found = ldirectord_problems({**BASE, "ldirectord_global": {word: copy.deepcopy(value)}})
    assert all(isinstance(problem, str) for problem in found)


@pytest.mark.parametrize("word", ["virtual", "real", "fallback", *words.VIRTUAL])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_service_breaks_a_refusal(word, value):
    variables = copy.deepcopy(BASE)
    variables["ldirectord_virtual"][0][word] = copy.deepcopy(value)
    assert all(isinstance(problem, str) for problem in ldirectord_problems(variables))


@pytest.mark.parametrize("word", ["address", *words.REAL])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_real_server_breaks_a_refusal(word, value):
    variables = copy.deepcopy(BASE)
    variables["ldirectord_virtual"][0]["real"][0][word] = copy.deepcopy(value)
    assert all(isinstance(problem, str) for problem in ldirectord_problems(variables))
