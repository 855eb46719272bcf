# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of the planner of pacemaker_cib whatever is asked of it, and whatever is there.

HALAB_FUZZ_EXAMPLES=2000 tries that many of each, others in every run; without it the same few are tried.
"""

from __future__ import annotations

import copy
import json
import os
import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils import (
    _cib, _cib_check, _cib_describe, _cib_export, _cib_export_variables, _cib_view, _cib_xml)
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import OF_NODES
from cib_strategies import FOREIGN, NODES, any_configuration, sound, spoiled
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

MORE = os.environ.get("HALAB_FUZZ_EXAMPLES")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
fuzz = settings(max_examples=int(MORE or 25), derandomize=not MORE, database=None, deadline=None,
                suppress_health_check=SLOW, print_blob=False)
purges = st.sampled_from((False, True))


def bare():
    nodes = "".join('<node id="%d" uname="%s"/>' % pair for pair in enumerate(NODES, start=1))
    return _cib_xml.parse('<cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0"><configuration>'
                          '<crm_config/><nodes>%s</nodes><resources/><constraints/></configuration><status/></cib>' % nodes)


def through_text(root):
    """As it is read back."""
    return _cib_xml.parse(ET.tostring(root))


@st.composite
def cibs(draw):
    """A CIB that somebody has made, perhaps this module."""
    desired = draw(sound())
    root = bare()
    assume(not _cib_check.problems(root, desired))
    return through_text(_cib.plan(root, desired)[0])


@st.composite
def foreign(draw):
    """The same, with what others have written into it."""
    root = draw(cibs())
    for path, piece in draw(st.lists(st.sampled_from(FOREIGN), unique=True, max_size=4)):
        parent = root.find(path)
        if parent is not None:
            parent.append(_cib_xml.parse("<x>%s</x>" % piece)[0])
    return root


def planned(live, desired, *purge):
    """The planned CIB and its steps, or None where it is refused; holds what has to hold of every plan."""
    before, said = ET.tostring(live), json.dumps(desired, sort_keys=True)
    found = _cib_check.problems(live, desired, *purge)
    assert all(isinstance(problem, str) and problem for problem in found)
    assert _cib_check.unknown_nodes(live, desired) is not None
    result = None
    if not found:
        wanted, steps = _cib.plan(live, desired, *purge)
        text = ET.tostring(wanted)
        assert _cib.plan(live, desired, *purge)[1] == steps, "check mode and the run that follows"
        again, left = _cib.plan(through_text(wanted), desired, *purge)
        assert left == [] and ET.tostring(again) == text, "nothing is left to be done"
        assert _cib_check.problems(through_text(wanted), desired, *purge) == [], "nor to be refused"
        ids = [item.get("id") for item in wanted.find("configuration").iter() if item.get("id") and item.tag not in (
            "obj_ref", "resource_ref", "role", "node", "acl_target")]
        assert len(ids) == len(set(ids)), "ids are unique"
        assert bool(steps) or _cib_view.digest(wanted) == _cib_view.digest(live), "what changes is shown"
        json.dumps([_cib_view.masked(steps), _cib_view.readable(steps), _cib_view.summary(steps)])
        result = wanted, steps
    assert ET.tostring(live) == before and json.dumps(desired, sort_keys=True) == said, "what it was given is as it was"
    return result


@fuzz
@given(live=foreign(), desired=st.one_of(spoiled(), any_configuration), purge=purges, purge_stonith=purges)
def test_nothing_but_a_refusal_comes_of_what_is_wrong(live, desired, purge, purge_stonith):
    planned(live, desired, purge, purge_stonith)


@fuzz
@given(live=foreign(), desired=sound(), purge=purges, purge_stonith=purges)
def test_a_sound_configuration_is_planned_once(live, desired, purge, purge_stonith):
    assume(planned(live, desired, purge, purge_stonith))


def owned(desired):
    """Kind and id of all that is desired, and of what holds or is held by it: that may move."""
    return {(kind, spec.get("id", spec.get("name"))) for kind, specs in desired.items() if isinstance(specs, list)
            for spec in specs}


@fuzz
@given(live=foreign(), desired=sound())
def test_what_is_foreign_stays_as_it_is(live, desired):
    result = planned(live, desired)
    assume(result)
    before, after = _cib_describe.describe(live), _cib_describe.describe(result[0])
    mine = owned(desired)
    # A group or clone that loses its last member to another is gone, and with it what is said of it.
    gone = {ident for kind in ("groups", "clones") for ident in set(before[kind]) - set(after[kind])}
    for kind, specs in before.items():
        for ident, content in specs.items():
            if kind in ("properties", "rsc_defaults", "op_defaults"):
                kept = {key: value for key, value in content.items() if key not in (desired.get(kind) or {})}
                assert kept.items() <= after[kind][ident].items()
            elif kind in ("groups", "clones", "bundles") and (kind, ident) not in mine:
                moved = {member for dummy, member in mine}
                if ident in gone:
                    assert kind != "bundles" and set(content.get("members", [content.get("member")])) <= moved | gone
                    continue
                there = dict(content)
                if kind == "groups":
                    there["members"] = [item for item in content["members"] if item in after[kind][ident]["members"]]
                    assert set(content["members"]) - set(there["members"]) <= moved
                elif content["member"] != after[kind][ident]["member"]:
                    assert after[kind][ident]["member"] is None and content["member"] in moved
                    there["member"] = None
                assert after[kind][ident] == there
            elif (kind, ident) not in mine and not gone:
                assert after[kind][ident] == content, (kind, ident)


def meaning(root):
    """What a CIB says, without what is its owner's own way of saying it."""
    view = _cib_describe.describe(root)
    for kind in ("templates", "resources"):
        for spec in view[kind].values():
            spec["operations"] = sorted(
                (name.split()[0], _cib_xml.interval_ms(content.get("interval", "0")), json.dumps(
                    {key: value for key, value in content.items() if key != "interval"}, sort_keys=True))
                for name, content in spec["operations"].items())
    for node in view["nodes"].values():
        for name in OF_NODES:
            node["instance_attributes"].pop(name, None)
    return view


@fuzz
@given(live=cibs(), desired=sound(whole=True))
def test_purge_leaves_just_what_is_wanted(live, desired):
    """Whatever was there before."""
    desired = copy.deepcopy(desired)
    for kind in ("templates", "resources", "groups", "clones", "bundles"):
        for spec in desired[kind]:
            for key in ("conditional_instance_attributes", "conditional_meta_attributes"):
                spec[key] = spec.get(key) or []  # not given, such sets are not looked at
    for spec in desired["nodes"]:
        for key in ("instance_attributes", "utilization"):
            spec[key] = spec.get(key) or {}
    result = planned(live, desired, True, True)
    assume(result)
    of_nothing = _cib.plan(bare(), desired, True, True)[0]
    found, expected = meaning(result[0]), meaning(of_nothing)
    listed = {spec["name"] for spec in desired["nodes"]}
    for view in (found, expected):
        view["nodes"] = {name: content for name, content in view["nodes"].items() if name in listed}
    left = _cib_view.differences(found, expected)
    assert not left, left


@fuzz
@given(live=cibs())
def test_the_plan_of_an_export_is_empty(live):
    desired, left = _cib_export.export(live)
    assert left == []
    assert _cib_check.problems(live, desired) == []
    wanted, steps = _cib.plan(live, desired)
    assert steps == [] and ET.tostring(wanted) == ET.tostring(live)
    made = _cib.plan(bare(), desired)[0]
    left = _cib_view.differences(meaning(live), meaning(made))
    assert not left, left
    json.dumps(_cib_export_variables.variables(live))
