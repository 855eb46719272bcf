# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role corosync refuses of corosync.conf(5): every case is an entry of test_refusals_corosync.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync import corosync_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
BASE = DATA["base"]
SECTIONS = {
    "corosync_totem": {**words.TOTEM, "interface": None},
    "corosync_quorum": {**words.QUORUM, "device": None},
    "corosync_logging": {**words.LOGGING, "logger_subsys": None},
    "corosync_system": words.SYSTEM,
    "corosync_resources": words.RESOURCES,
    "corosync_nozzle": words.NOZZLE,
}


def variables_of(case):
    variables = refusals.with_variables(BASE, case)
    last = {**variables["corosync_nodes"][-1], **case.get("node", {})}
    variables["corosync_nodes"][-1] = {key: value for key, value in last.items() if value is not None}
    if "interface" in case:
        variables["corosync_totem"]["interface"] = copy.deepcopy(case["interface"])
    return variables


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, corosync_problems(variables_of(case)), BASE)


def test_the_base_is_accepted():
    assert corosync_problems(BASE) == []


@pytest.mark.parametrize("variable", BASE)
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    assert all(isinstance(problem, str) for problem in corosync_problems({**BASE, variable: copy.deepcopy(value)}))


@pytest.mark.parametrize("variable, word", [(name, word) for name, known in SECTIONS.items() for word in known])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_section_breaks_a_refusal(variable, word, value):
    found = corosync_problems({**BASE, variable: {word: copy.deepcopy(value)}})
    assert all(isinstance(problem, str) for problem in found)


@pytest.mark.parametrize("word", ["ring0_addr", "ring1_addr", *words.NODE])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_node_breaks_a_refusal(word, value):
    nodes = copy.deepcopy(BASE["corosync_nodes"])
    nodes[0][word] = copy.deepcopy(value)
    assert all(isinstance(problem, str) for problem in corosync_problems({**BASE, "corosync_nodes": nodes}))


@pytest.mark.parametrize("word", words.INTERFACE)
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_link_breaks_a_refusal(word, value):
    totem = {"interface": [{"linknumber": 0, word: copy.deepcopy(value)}]}
    assert all(isinstance(problem, str) for problem in corosync_problems({**BASE, "corosync_totem": totem}))


@pytest.mark.parametrize("section, word", [
    *(("device", word) for word in [*words.DEVICE, "net", "heuristics"]),
    *(("net", word) for word in words.NET),
    *(("heuristics", word) for word in [*words.HEURISTICS, "exec_a"]),
])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_of_a_device_breaks_a_refusal(section, word, value):
    device = {"model": "net", "net": {"host": "q"}, "heuristics": {}}
    (device if section == "device" else device[section])[word] = copy.deepcopy(value)
    problems = corosync_problems({**BASE, "corosync_quorum": {"device": device}})
    assert all(isinstance(problem, str) for problem in problems)
