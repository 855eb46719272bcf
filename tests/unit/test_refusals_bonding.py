# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role bonding refuses: every case is an entry of test_refusals_bonding.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _bond_options
from ansible_collections.halab.cluster.plugins.module_utils._problems_bonding import bonding_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def problems_of(case):
    """The problems of the valid base with this case's variables in it; `bond` changes one bond of two members."""
    variables = refusals.with_variables(DATA["base"], case)
    if "bond" in case:
        wanted = dict({"name": "bond9", "members": ["eth8", "eth9"], "mode": "active-backup", "miimon": 100},
                      **copy.deepcopy(case["bond"]))
        variables["bonding_bonds"].append({key: value for key, value in wanted.items() if value is not None})
    return bonding_problems(variables)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, problems_of(case), DATA["base"])


def test_the_base_is_accepted():
    assert bonding_problems(copy.deepcopy(DATA["base"])) == []


@pytest.mark.parametrize("name", _bond_options.OPTIONS)
def test_an_option_is_refused_in_the_modes_it_does_not_fit(name):
    """And the sentence says which it fits."""
    option = _bond_options.OPTIONS[name]
    value = option.values[-1]
    for mode in _bond_options.MODES:
        problems = problems_of({"bond": {"mode": mode, "members": ["eth8"], name: value}})
        of_mode = [problem for problem in problems if "and the mode is %s" % mode in problem]
        assert bool(of_mode) == (mode not in option.modes)
        for problem in of_mode:
            assert "%s in the modes %s." % (name, ", ".join(option.modes)) in problem


VALUES = refusals.VALUES + [
    [{"name": "x", "members": {}, "mode": []}],
    [{"name": [], "link": {}, "id": [], "ports": [{}], "addresses": [3, {}], "gateway4": [], "mtu": "x"}],
]


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    """Whatever is written into a variable, the answer is sentences and never a traceback."""
    problems = bonding_problems(dict(copy.deepcopy(DATA["base"]), **{variable: value}))
    assert all(isinstance(problem, str) for problem in problems)


@pytest.mark.parametrize("key", list(_bond_options.OPTIONS) + [
    "name", "mode", "members", "arp_ip_target", "primary", "mtu", "addresses", "gateway4", "gateway6"])
@pytest.mark.parametrize("value", [None, 3, -1, 1.5, "text", True, [], {}, [{}], ["eth1"]])
def test_no_value_of_a_bond_breaks_a_refusal(key, value):
    for mode in _bond_options.MODES:
        variables = copy.deepcopy(DATA["base"])
        variables["bonding_bonds"][0] = dict(variables["bonding_bonds"][0], mode=mode)
        variables["bonding_bonds"][0][key] = value
        assert all(isinstance(problem, str) for problem in bonding_problems(variables))
