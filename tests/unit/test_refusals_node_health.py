# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role node_health refuses: every case is an entry of test_refusals_node_health.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _node_health_words as words
from ansible_collections.halab.cluster.plugins.module_utils._problems_node_health import (
    node_health_missing,
    node_health_problems,
)

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def variables_of(case):
    """The base, with keys of dictionaries under `change`: null removes one."""
    variables = refusals.with_variables(DATA["base"], case)
    for name, changes in copy.deepcopy(case.get("change", {})).items():
        merged = dict(variables[name], **changes)
        variables[name] = {key: value for key, value in merged.items() if value is not None}
    return variables


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, node_health_problems(variables_of(case), DATA["hostvars"]), DATA["base"])


def test_the_base_is_accepted():
    assert node_health_problems(copy.deepcopy(DATA["base"]), DATA["hostvars"]) == []


@pytest.mark.parametrize("case", DATA["missing"], ids=lambda case: case["name"])
def test_missing(case):
    """What only the node knows."""
    looked = copy.deepcopy(DATA["looked"])
    looked.update(case.get("looked", {}))
    variables = {"node_health_watchdog": case.get("watchdog", {})}
    refusals.judge(case, node_health_missing(looked, variables, case.get("loaded", False)), DATA["base"])


KEYS = [(name, key) for name, value in DATA["base"].items() if isinstance(value, dict) for key in value]
KEYS += [("node_health_nut", "upsd"), ("node_health_ipmi", "address"), ("node_health_watchdog", "WatchdogDevice")]
ENTRIES = [("node_health_smartd", "devices"), ("node_health_nut", "ups"), ("node_health_nut", "users")]


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    problems = node_health_problems(dict(copy.deepcopy(DATA["base"]), **{variable: value}))
    assert all(isinstance(problem, str) for problem in problems)


@pytest.mark.parametrize(("variable", "key"), KEYS)
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_key_breaks_a_refusal(variable, key, value):
    variables = copy.deepcopy(DATA["base"])
    variables[variable][key] = value
    assert all(isinstance(problem, str) for problem in node_health_problems(variables, DATA["hostvars"]))


@pytest.mark.parametrize(("variable", "key"), ENTRIES)
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_an_entry_breaks_a_refusal(variable, key, value):
    for name in DATA["base"][variable][key][0]:
        variables = copy.deepcopy(DATA["base"])
        variables[variable][key][0][name] = value
        assert all(isinstance(problem, str) for problem in node_health_problems(variables))


@pytest.mark.parametrize("key", ["system", "powervalue", "username", "password", "type"])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_monitor_breaks_a_refusal(key, value):
    variables = copy.deepcopy(DATA["base"])
    variables["node_health_nut"]["upsmon"]["MONITOR"][0][key] = value
    assert all(isinstance(problem, str) for problem in node_health_problems(variables, DATA["hostvars"]))


@pytest.mark.parametrize("key", ["name", "alert"] + list(words.UNIT_DIRECTIVES) + list(words.SERVICE_DIRECTIVES))
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_service_breaks_a_refusal(key, value):
    variables = copy.deepcopy(DATA["base"])
    variables["node_health_services"] = [{"name": "nginx", key: value}]
    assert all(isinstance(problem, str) for problem in node_health_problems(variables))
