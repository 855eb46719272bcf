# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role qnetd refuses: every case is an entry of test_refusals_qnetd.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _qnetd_options as options
from ansible_collections.halab.cluster.plugins.module_utils._problems_qnetd import device_problems, qnetd_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
DEFAULTS = Path(__file__).resolve().parents[2] / "roles" / "qnetd" / "defaults" / "main.yml"
NODES = [{"name": "node1", "nodeid": 1, "ring0_addr": "198.18.0.11"},
         {"name": "node2", "nodeid": 2, "ring0_addr": "198.18.0.12", "ring1_addr": "198.18.1.12"}]


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, qnetd_problems(refusals.with_variables(DATA["base"], case)), DATA["base"])


def test_the_defaults_are_accepted_and_those_that_are_reckoned_with():
    defaults = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    assert defaults == options.DEFAULTS
    assert qnetd_problems(defaults) == []


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_value_is_answered_in_sentences(variable, value):
    assert all(isinstance(problem, str) for problem in qnetd_problems(dict(DATA["base"], **{variable: value})))


@pytest.mark.parametrize("word", options.SETTINGS)
@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_setting_is_answered_in_sentences(word, value):
    found = qnetd_problems(dict(DATA["base"], qnetd_settings={word: copy.deepcopy(value)}))
    assert all(isinstance(problem, str) for problem in found)


@pytest.mark.parametrize("case", DATA["devices"], ids=lambda case: case["name"])
def test_a_device_and_its_host(case):
    device = {"model": "net", **case.get("device", {}), "net": {"host": "qnetd1", **case.get("net", {})}}
    found = device_problems(NODES, device, case.get("qnetd"))
    for expected in case.get("expected", []):
        assert any(expected in problem for problem in found), found
    assert len(found) == len(case.get("expected", [])), found
    assert all("allowed" in problem and problem.endswith(".") for problem in found)


@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_no_device_and_no_host_breaks_a_refusal(value):
    for device in ({"net": value}, {"net": {"host": value, "port": value}, "timeout": value}):
        for qnetd in (None, {"qnetd_listen_port": value, "qnetd_settings": value}):
            assert all(isinstance(problem, str) for problem in device_problems(NODES, device, qnetd))
