# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles refuse: every case is an entry of test_refusals.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync import corosync_problems, nodelist
from ansible_collections.halab.cluster.plugins.module_utils._problems_fencing import fencing_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker import pacemaker_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
FUNCTIONS = {"corosync": corosync_problems, "pacemaker": pacemaker_problems, "fencing": fencing_problems}


def variables_of(case):
    """The valid base with this case's variables in it."""
    variables = copy.deepcopy(DATA["base"])
    variables.update(copy.deepcopy(case.get("variables", {})))
    return variables


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: "%s: %s" % (case["role"], case["name"]))
def test_case(case):
    problems = FUNCTIONS[case["role"]](variables_of(case))
    if case.get("accepted"):
        assert problems == []
        return
    assert problems, "nothing was refused"
    for expected in case["expected"]:
        assert any(expected in problem for problem in problems), "\n".join(problems)
    for hidden in case.get("hidden", []):
        assert not any(hidden in problem for problem in problems), "a secret is shown"


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: "%s: %s" % (case["role"], case["name"]))
def test_sentences(case):
    """Every sentence names one of the variables and what is allowed."""
    for problem in FUNCTIONS[case["role"]](variables_of(case)):
        assert problem.startswith(tuple(DATA["base"])), problem
        assert problem.endswith("."), problem


@pytest.mark.parametrize("role", FUNCTIONS)
def test_the_base_is_accepted(role):
    assert FUNCTIONS[role](copy.deepcopy(DATA["base"])) == []


@pytest.mark.parametrize("role", FUNCTIONS)
@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", [None, 3, "text", True, [], {}, ["text"], [{}], {"a": {}}, [{"id": {}, "name": []}]])
def test_no_value_breaks_a_refusal(role, variable, value):
    """Whatever is written into a variable, the answer is sentences and never a traceback."""
    problems = FUNCTIONS[role](dict(copy.deepcopy(DATA["base"]), **{variable: value}))
    assert all(isinstance(problem, str) for problem in problems)


def test_nodelist_keeps_the_order_of_the_group_and_misses_nothing():
    hostvars = {
        "b": {"corosync_node": {"nodeid": 2, "ring0_addr": "198.18.0.12"}},
        "a": {"corosync_node": {"nodeid": 1, "ring0_addr": "198.18.0.11"}},
        "c": {},
    }
    assert nodelist(["b", "a", "c"], hostvars) == [
        {"name": "b", "nodeid": 2, "ring0_addr": "198.18.0.12"},
        {"name": "a", "nodeid": 1, "ring0_addr": "198.18.0.11"},
        {"name": "c"},
    ]
