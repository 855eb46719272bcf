# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of role corosync whatever its variables are: nothing but a refusal comes of what is wrong, and a file that is
written is read back as what it says.

HALAB_FUZZ_EXAMPLES=2000 tries that many of each, others in every run; without it the same few are tried.
"""

from __future__ import annotations

import copy
import os

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_conf, _corosync_reload
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync import corosync_problems
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_refusals_corosync import BASE, SECTIONS

MORE = os.environ.get("HALAB_FUZZ_EXAMPLES")
fuzz = settings(max_examples=int(MORE or 60), derandomize=not MORE, database=None, deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], print_blob=False)

KNOWN = sorted({word for section in words.SECTIONS.values() for word in section} | set(_corosync_conf.RINGS))
scalars = st.one_of(st.none(), st.booleans(), st.integers(-1, 70000), st.floats(), st.text(max_size=8))
keys = st.one_of(st.sampled_from(KNOWN), st.text(max_size=6))
anything = st.recursive(scalars, lambda inner: st.one_of(
    st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)), max_leaves=8)
# What one option or another takes.
likely = st.one_of(st.booleans(), st.integers(0, 3), st.integers(300, 9000), st.sampled_from(
    ("passive", "rr", "sha512", "aes128", "nss", "openssl", "zlib", "ipv4", "hires", "daemon", "debug", "info", "lowest",
     "/var/log/a: b.log", "/dev/watchdog1", "off", "nozzle0", "10.9.0.1")))


def of_its_section(draw, values):
    """Options where they belong, with one of the values each."""
    name = draw(st.sampled_from(sorted(SECTIONS)))
    return name, draw(st.dictionaries(st.sampled_from(sorted(SECTIONS[name])), values, max_size=4))


@st.composite
def changed(draw):
    """Variables that make a cluster, some of them replaced, or with other options in them."""
    variables = copy.deepcopy(BASE)
    for name in draw(st.lists(st.sampled_from(sorted(variables)), max_size=2, unique=True)):
        variables[name] = draw(anything)
    name, options = of_its_section(draw, st.one_of(anything, likely))
    if isinstance(variables[name], dict):
        variables[name].update(options)
    return variables


@st.composite
def sound(draw):
    """Variables that are not refused."""
    variables = copy.deepcopy(BASE)
    for dummy in range(3):
        name, options = of_its_section(draw, likely)
        for word, value in options.items():
            tried = {**variables, name: {**variables[name], word: value}}
            if not corosync_problems(tried):
                variables = tried
    return variables


@fuzz
@given(changed())
def test_nothing_but_a_refusal_comes_of_what_is_wrong(variables):
    found = corosync_problems(variables)
    assert all(isinstance(problem, str) and problem for problem in found)
    if not found:
        _corosync_conf.corosync_conf(variables)


@fuzz
@given(sound())
def test_a_file_is_read_back_as_what_it_says(variables):
    text = _corosync_conf.corosync_conf(variables)
    options = _corosync_reload.read(text)
    for section in ("totem", "quorum", "logging"):
        for word, value in variables["corosync_" + section].items():
            if not isinstance(value, (dict, list)):
                assert options["%s.%s" % (section, word)] == words.write(section, word, value)
    assert options["nodelist.node.1.ring0_addr"] == variables["corosync_nodes"][0]["ring0_addr"]
    assert not any(_corosync_reload.plan(options, options).values())


@fuzz
@given(sound(), sound())
def test_each_difference_is_planned_once(before, after):
    old, new = (_corosync_reload.read(_corosync_conf.corosync_conf(variables)) for variables in (before, after))
    planned = [key for keys in _corosync_reload.plan(old, new).values() for key in keys]
    assert sorted(planned) == sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
