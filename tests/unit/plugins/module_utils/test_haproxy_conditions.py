# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions of haproxy's rules. What is accepted here was accepted by `haproxy -c` of 2.6.12 and 3.0.11."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils._haproxy_conditions import condition, holds


def said(term):
    """A term with its name, or in braces."""
    return ("" if term.wanted else "!") + (term.name or "{%s}" % " ".join(term.criterion))


@pytest.mark.parametrize("text, expected", [
    ("if a", "a"),
    ("if a !b", "a !b"),
    ("unless a or b c || d", "a | b c | d"),
    ("if ! a OR !!b ! ! ! c", "!a | b !c"),
    ("if { path /x } !{ src 192.0.2.1 }", "{path /x} !{src 192.0.2.1}"),
    # One word, and no brace.
    ("if {path /x }", "{path /x }"),
])
def test_alternatives(text, expected):
    alternatives = condition(["deny"] + text.split()).alternatives
    assert " | ".join(" ".join(map(said, terms)) for terms in alternatives) == expected


@pytest.mark.parametrize("text", [
    "", "if", "if { path /x", "if or a", "if a or",
    # Which of the two begins it, the rule's own arguments tell.
    "set-header if yes if a",
])
def test_what_is_not_certain(text):
    assert condition(["deny"] + text.split()) is None


@pytest.mark.parametrize("text, expected", [
    ("if yes", True), ("if no", False), ("if other", None), ("unless yes", False), ("unless other", None),
    ("if yes no", False), ("if yes other", None), ("if no other", False), ("if no or yes", True),
    ("if other or yes", True), ("if other or no", None), ("if !no !FALSE TRUE", True), ("if { no }", False),
    ("if two", None),
])
def test_what_holds(text, expected):
    named = {"yes": [("yes",)], "two": [("yes",), ("no",)]}
    known = {(("yes",),): True, (("no",),): False}
    assert holds(condition(["deny"] + text.split()), named, known.get) is expected


def test_no_condition_holds():
    assert holds(None, {}, {}.get) is True
