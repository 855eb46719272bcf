# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role mdadm refuses: every case is an entry of test_refusals_mdadm.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _problems_mdadm

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def problems_of(case):
    """The problems of the valid base with this case's variables in it; `array` changes one array more, named extra."""
    variables = refusals.with_variables(DATA["base"], case)
    if "array" in case:
        extra = {"name": "extra", "level": 5, "devices": ["/dev/x", "/dev/y", "/dev/z"]}
        variables["mdadm_arrays"].append(dict(extra, **copy.deepcopy(case["array"])))
    return _problems_mdadm.mdadm_problems(variables)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, problems_of(case), DATA["base"])


def test_the_base_is_accepted():
    assert problems_of({}) == []


VALUES = refusals.VALUES + [1.5, [[]], [{"name": [], "devices": {}}]]


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    """Whatever is written into a variable, the answer is sentences and never a traceback."""
    assert all(isinstance(problem, str) for problem in problems_of({"variables": {variable: value}}))


@pytest.mark.parametrize("key", _problems_mdadm.ARRAY)
@pytest.mark.parametrize("value", VALUES)
def test_no_value_of_an_array_breaks_a_refusal(key, value):
    assert all(isinstance(problem, str) for problem in problems_of({"array": {key: value}}))
