# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role certificates refuses: every case is an entry of test_refusals_certificates.yml."""

from __future__ import annotations

from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_certificates import certificates_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, certificates_problems(refusals.with_variables(DATA["base"], case)), DATA["base"])


def test_the_base_is_accepted():
    assert certificates_problems(DATA["base"]) == []


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    """Whatever is written into a variable, the answer is sentences and never a traceback."""
    found = certificates_problems(dict(DATA["base"], **{variable: value}))
    assert all(isinstance(problem, str) for problem in found)
