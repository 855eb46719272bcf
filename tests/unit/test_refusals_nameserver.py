# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role nameserver refuses: every case is an entry of test_refusals_nameserver.yml."""

from __future__ import annotations

from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_nameserver import nameserver_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, nameserver_problems(refusals.with_variables(DATA["base"], case)), DATA["base"])


def test_the_base_is_accepted():
    assert nameserver_problems(DATA["base"]) == []


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_value_is_answered_in_sentences(variable, value):
    assert nameserver_problems(dict(DATA["base"], **{variable: value})) or value in ([], 3)
