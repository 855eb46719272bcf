# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role lvm refuses: every case is an entry of test_refusals_lvm.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _problems_lvm

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
KEYS = sorted({key for keys in _problems_lvm.KEYS.values() for key in keys})


def problems_of(case):
    """The problems of the valid base with this case's variables in it; `lv` and `vg` are one more entry."""
    variables = refusals.with_variables(DATA["base"], case)
    if "lv" in case:
        variables["lvm_logical_volumes"].append(dict({"vg": "data", "lv": "extra", "size": "1G"}, **case["lv"]))
    if "vg" in case:
        variables["lvm_volume_groups"].append(dict({"vg": "more", "pvs": ["/dev/vdx"]}, **case["vg"]))
    return _problems_lvm.lvm_problems(variables)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, problems_of(case), DATA["base"])


def test_the_base_is_accepted():
    assert problems_of({}) == []


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", refusals.VALUES + [[{"vg": [], "lv": {}, "pvs": [{}], "type": [], "size": {}}]])
def test_no_value_breaks_a_refusal(variable, value):
    problems = _problems_lvm.lvm_problems(dict(copy.deepcopy(DATA["base"]), **{variable: value}))
    assert all(isinstance(problem, str) for problem in problems)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", refusals.VALUES + [-1, 1.5, ["/dev/vdb"], {"path": []}, {"fstype": {}, "opts": 3}])
def test_no_value_of_a_volume_breaks_a_refusal(key, value):
    for kind in _problems_lvm.KEYS:
        problems = problems_of({"lv": dict({"type": kind}, **{key: value})})
        assert all(isinstance(problem, str) for problem in problems)


@pytest.mark.parametrize("key", _problems_lvm.GROUP_KEYS)
@pytest.mark.parametrize("value", refusals.VALUES + [-1, 1.5, ["/dev/vdb", {}]])
def test_no_value_of_a_group_breaks_a_refusal(key, value):
    assert all(isinstance(problem, str) for problem in problems_of({"vg": {key: value}}))


@pytest.mark.parametrize("kind", _problems_lvm.KEYS)
@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_does_not_fit_the_type(kind, key):
    """And the sentence says which do."""
    problems = problems_of({"lv": {"type": kind, key: "64k"}})
    about = [problem for problem in problems if "the key %r is not one of type %s;" % (key, kind) in problem]
    assert bool(about) == (key not in _problems_lvm.KEYS[kind])
