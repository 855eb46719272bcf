# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role ipvsadm refuses: every case is an entry of test_refusals_ipvsadm.yml."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_arguments as arguments
from ansible_collections.halab.cluster.plugins.module_utils._problems_ipvsadm import ipvsadm_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
BASE = DATA["base"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "ipvsadm.md"
EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```yaml\n(.*?)```\n", re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall(PAGE.read_text(encoding="utf-8")))
DEFAULTS = yaml.safe_load((PAGE.parents[1] / "roles/ipvsadm/defaults/main.yml").read_text(encoding="utf-8"))


def variables_of(case):
    variables = refusals.with_variables(BASE, case)
    service = variables["ipvsadm_services"][0] if "service" in case or "server" in case else {}
    service.update(copy.deepcopy(case.get("service", {})))
    if "server" in case:
        service["real_servers"][0].update(copy.deepcopy(case["server"]))
    if "daemon" in case:
        variables["ipvsadm_daemons"][0].update(copy.deepcopy(case["daemon"]))
    return variables


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, ipvsadm_problems(variables_of(case)), BASE)


def test_the_base_is_accepted():
    assert ipvsadm_problems(BASE) == []


def test_daemons_that_are_left_alone():
    assert ipvsadm_problems({key: value for key, value in BASE.items() if key != "ipvsadm_daemons"}) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_the_page(name):
    assert ipvsadm_problems({**DEFAULTS, **yaml.safe_load(EXAMPLES[name])}) == []


def test_all_examples_have_a_name():
    assert len(EXAMPLES) == PAGE.read_text(encoding="utf-8").count("```yaml") == 6


VALUES = refusals.VALUES + [-1, 1.5, "\n", "0", "²", {1: 2}, [[]], [None], 2**70]


def fuzzed(variables):
    problems = ipvsadm_problems(variables)
    assert all(isinstance(problem, str) and problem.startswith("ipvsadm_") for problem in problems)


@pytest.mark.parametrize("variable", BASE)
@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    fuzzed(dict(copy.deepcopy(BASE), **{variable: copy.deepcopy(value)}))


@pytest.mark.parametrize("word", arguments.SERVICE)
@pytest.mark.parametrize("value", VALUES)
def test_no_word_of_a_service_breaks_a_refusal(word, value):
    fuzzed(variables_of({"service": {word: value}}))


@pytest.mark.parametrize("value", VALUES)
def test_no_netmask_breaks_a_refusal(value):
    for ipv6 in (True, False):
        service = {"fwmark": 1, "ipv6": ipv6, "persistent": 60, "netmask": value}
        fuzzed(variables_of({"variables": {"ipvsadm_services": [service]}}))


@pytest.mark.parametrize("word", arguments.SERVER)
@pytest.mark.parametrize("value", VALUES)
def test_no_word_of_a_server_breaks_a_refusal(word, value):
    fuzzed(variables_of({"server": {word: value}}))


@pytest.mark.parametrize("word", arguments.DAEMON)
@pytest.mark.parametrize("value", VALUES)
def test_no_word_of_a_daemon_breaks_a_refusal(word, value):
    fuzzed(variables_of({"daemon": {word: value}}))


@pytest.mark.parametrize("value", VALUES)
def test_no_timeout_and_no_sysctl_breaks_a_refusal(value):
    fuzzed(variables_of({"variables": {"ipvsadm_timeouts": {"tcp": value}}}))
    fuzzed(variables_of({"variables": {"ipvsadm_sysctl": {"net.ipv4.ip_forward": value}}}))
