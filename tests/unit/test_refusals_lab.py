# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role lab refuses: every case is an entry of test_refusals_lab.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_lab import lab_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
OF_HOSTS = ("ansible_host", "bmc_address", "pdu_address")


def problems_of(case):
    """The problems of the valid base with this case's variables in it. A host's variable that is null is taken away."""
    data = copy.deepcopy(DATA["base"])
    data["lab"].update(copy.deepcopy(case.get("lab", {})))
    for host, variables in copy.deepcopy(case.get("hosts", {})).items():
        kept = dict(data["hosts"].get(host, {}), **variables)
        data["hosts"][host] = {name: value for name, value in kept.items() if value is not None}
    hosts = case.get("group", list(data["hosts"]))
    return lab_problems(hosts, data["hosts"], data["lab"])


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    problems = problems_of(case)
    refusals.judge(case, problems, (*DATA["base"]["lab"], *OF_HOSTS))
    for problem in problems:
        assert "correct-horse" not in problem and "secret" not in problem, "the password is shown"


def test_the_base_is_accepted():
    assert problems_of({}) == []


VALUES = refusals.VALUES + [
    [{"name": [], "bridge": {}, "address": 3, "peer": []}],
    [{"name": {}, "size": [], "serial": {}, "bus": []}],
    [{"name": "eth0", "peer": {"host": [], "interface": {}}}]]


@pytest.mark.parametrize("variable", DATA["base"]["lab"])
@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    """Whatever is written into a variable, the answer is sentences and never a traceback."""
    if variable == "lab_images_found":
        return
    problems = problems_of({"lab": {variable: value}})
    assert all(isinstance(problem, str) for problem in problems)


@pytest.mark.parametrize("variable", OF_HOSTS + ("lab_backend", "lab_disks", "lab_interfaces", "lab_vm_image"))
@pytest.mark.parametrize("value", VALUES)
def test_no_value_of_a_host_breaks_a_refusal(variable, value):
    assert all(isinstance(problem, str) for problem in problems_of({"hosts": {"node1": {variable: value}}}))
