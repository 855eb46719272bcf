# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role webserver refuses: every case is an entry of test_refusals_webserver.yml."""

from __future__ import annotations

from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_webserver import webserver_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, webserver_problems(refusals.with_variables(DATA["base"], case)), DATA["base"])


def test_the_base_is_accepted():
    assert webserver_problems(DATA["base"]) == []


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    """Whatever is written into a variable, the answer is sentences and never a traceback."""
    found = webserver_problems(dict(DATA["base"], **{variable: value}))
    assert all(isinstance(problem, str) for problem in found)


def test_both_ends_of_an_encrypted_connection_look_into_one_folder():
    """Where nobody says otherwise, the balancers trust the CA that the servers' certificates are of."""
    roles = Path(__file__).resolve().parents[2] / "roles"
    webserver, haproxy = (yaml.safe_load((roles / role / "defaults" / "main.yml").read_text(encoding="utf-8"))
                          for role in ("webserver", "haproxy"))
    assert webserver["webserver_lab_folder"] == haproxy["haproxy_lab_folder"]
