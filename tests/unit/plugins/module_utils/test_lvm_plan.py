# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From states of a host to what is wanted: every case is an entry of test_lvm_plan.yml.

A case begins in `state`, one of lvm_states.py. `vg` and `lv` are entries of lvm_volume_groups and lvm_logical_volumes:
`base` stands for those that make up state `types`, and of an entry of the same name the case's keys come on top (null
removes one). `steps` are the steps as they are shown, `args` the arguments of the modules that take them (of those that
are given here), `refused` a text of every sentence.
"""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _lvm_plan
from lvm_states import look

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def entries(base, changes, *keys):
    """The entries of the base with those of a case over them, in their order."""
    found = {tuple(entry[key] for key in keys): entry for entry in copy.deepcopy(base)}
    for change in changes:
        if change == "base":
            continue
        change = dict({"vg": "data"}, **change)
        merged = dict(found.get(tuple(change[key] for key in keys), {}), **change)
        found[tuple(change[key] for key in keys)] = {key: value for key, value in merged.items() if value is not None}
    return list(found.values())


def wanted(case):
    groups, volumes = case.get("vg", []), case.get("lv", [])
    return {
        "lvm_volume_groups": entries(DATA["base"]["vg"] if "base" in groups else [], groups, "vg"),
        "lvm_logical_volumes": entries(DATA["base"]["lv"] if "base" in volumes else [], volumes, "vg", "lv"),
        "lvm_activation": case.get("activation", {}),
        "lvm_may_lose_data": case.get("may_lose", []),
    }


def plan(case, check=False):
    variables = wanted(case)
    devices = list(variables["lvm_may_lose_data"])
    for entry in variables["lvm_volume_groups"] + variables["lvm_logical_volumes"]:
        devices += entry.get("pvs", [])
    found = look(case["state"], [device for device in devices if device.startswith("/")])
    found.update(copy.deepcopy(case.get("found", {})))
    return _lvm_plan.plan(variables, found, check)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    world = plan(case, case.get("check", False))
    shown = [step["shown"] for step in world.steps]
    for expected in case.get("refused", []):
        assert any(expected in sentence for sentence in world.sentences), "\n".join(world.sentences) or shown
    assert len(world.sentences) == len(case.get("refused", [])), "\n".join(world.sentences)
    for sentence in world.sentences:
        assert sentence.startswith("lvm_") and "llowed" in sentence and sentence.endswith("."), sentence
    if world.sentences:
        return
    assert shown == case["steps"]
    for step in world.steps:
        if step["shown"] in case.get("args", {}):
            assert step["args"] == case["args"][step["shown"]]
    if "unfinished" in case:
        assert [sentence for sentence in _lvm_plan.unfinished(world) if case["unfinished"] in sentence]
    else:
        assert _lvm_plan.unfinished(world) == []
    diff = _lvm_plan.diff(world)
    assert bool(shown) or diff["before"] == diff["after"]
    for side in ("before", "after"):
        for line in case.get(side, []):
            assert line in diff[side].splitlines(), diff[side]
