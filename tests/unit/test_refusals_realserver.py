# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role realserver refuses: every case is an entry of test_refusals_realserver.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _problems_realserver

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
MORE = {
    "gate": {"address": "192.0.2.110", "forwarding": "gate"},
    "masq": {"address": "192.0.2.111", "forwarding": "masq", "gateway": "198.51.100.1", "tcp": [8080]},
}


def problems_of(case):
    variables = refusals.with_variables(DATA["base"], case)
    for kind, service in MORE.items():
        if kind in case:
            changed = {**service, **copy.deepcopy(case[kind])}
            variables["realserver_services"].append({key: value for key, value in changed.items() if value is not None})
    return _problems_realserver.realserver_problems(variables)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, problems_of(case), DATA["base"])


def test_the_base_is_accepted():
    assert problems_of({}) == []


VALUES = refusals.VALUES + [1.5, [[]], [{"address": [], "forwarding": {}}]]


@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_a_refusal(value):
    """Whatever is written into the variable, the answer is sentences and never a traceback."""
    assert all(isinstance(problem, str) for problem in problems_of({"variables": {"realserver_services": value}}))


@pytest.mark.parametrize("key", _problems_realserver.MASQ_KEYS)
@pytest.mark.parametrize("value", VALUES)
def test_no_value_of_a_service_breaks_a_refusal(key, value):
    variables = {"realserver_services": [{**MORE["masq"], key: value}, {**MORE["gate"], key: value}]}
    assert all(isinstance(problem, str) for problem in _problems_realserver.realserver_problems(variables))
