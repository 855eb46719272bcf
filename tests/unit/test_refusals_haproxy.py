# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role haproxy refuses: every case is an entry of test_refusals_haproxy.yml."""

from __future__ import annotations

from pathlib import Path

import haproxy_examples
import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_haproxy import haproxy_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def problems_of(case):
    """The problems of the valid base with this case's variables in it; add appends to its lists."""
    variables = refusals.with_variables(DATA["base"], case)
    for variable, entries in case.get("add", {}).items():
        variables[variable] = variables[variable] + entries
    texts = case.get("certificates", []), case.get("errorfiles", [])
    return haproxy_problems(variables, haproxy_examples.base(), *texts)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, problems_of(case), DATA["base"])


def test_the_base_is_accepted():
    assert problems_of({}) == []


def test_the_base_has_all_variables():
    assert sorted(DATA["base"]) == sorted(haproxy_examples.DEFAULTS)


@pytest.mark.parametrize("size, expected", [(15000, []), (16000, [
    "haproxy_errorfiles: 500: it takes 16126 bytes with its header; allowed are 15360."])])
def test_a_page_has_to_fit_into_a_buffer(size, expected):
    case = {"add": {"haproxy_errorfiles": [{"code": 500, "src": "page.html"}]}, "errorfiles": ["x" * size]}
    assert problems_of(case) == expected


VALUES = refusals.VALUES + [1.5, [[]], [None], [{"name": "a", "server": [{}]}], [{"name": "a", "bind": None}],
                            [{"name": "a", "server": [{"name": {}}]}], [{"name": "a", "lines": [[]]}],
                            [{"name": "a", "lines": 3}]]


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    """Whatever is written into a variable, the answer is sentences and never a traceback."""
    assert all(isinstance(problem, str) for problem in problems_of({"variables": {variable: value}}))


# Directives whose words are looked at, cut off where somebody may have stopped typing.
DIRECTIVES = [
    "bind", "bind :80 ssl crt", "server", "server a", "server a 192.0.2.1 track", "server-template", "use-server",
    "default-server weight", "default_backend", "use_backend", "balance", "stats", "errorfile 503", "peer", "table",
    "stick-table type ip peers", "track-sc0 src table", "log ring@", "email-alert mailers", "#", "",
    "acl", "acl a", "http-request", "http-request deny if", "http-request deny if {", "stats http-request", "stats socket",
]


@pytest.mark.parametrize("variable", ["haproxy_frontends", "haproxy_backends", "haproxy_listens", "haproxy_peers"])
@pytest.mark.parametrize("line", DIRECTIVES)
def test_no_line_breaks_a_refusal(variable, line):
    case = {"variables": {variable: [{"name": "web", "lines": [line]}]}}
    assert all(isinstance(problem, str) for problem in problems_of(case))
