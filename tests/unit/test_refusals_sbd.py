# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role sbd refuses: by variables, every case is an entry of test_refusals_sbd.yml; and by looking at a node."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _sbd_words as words
from ansible_collections.halab.cluster.plugins.module_utils._problems_sbd import sbd_differing, sbd_problems, sbd_unable

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
DEFAULTS = Path(__file__).resolve().parents[2] / "roles" / "sbd" / "defaults" / "main.yml"


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    refusals.judge(case, sbd_problems(refusals.with_variables(DATA["base"], case)), DATA["base"])


def test_the_base_and_the_defaults_are_accepted():
    assert sbd_problems(DATA["base"]) == []
    defaults = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    assert set(defaults) - {"sbd_group"} == {name for name in DATA["base"] if name.startswith("sbd_")}
    # What its template comes to.
    defaults["sbd_stonith_watchdog_timeout"] = 2 * words.DEFAULTS["SBD_WATCHDOG_TIMEOUT"]
    assert sbd_problems({**DATA["base"], **DATA["diskless"], **defaults}) == []


@pytest.mark.parametrize("variable", DATA["base"])
@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_value_is_answered_in_sentences(variable, value):
    for base in (DATA["base"], {**DATA["base"], **DATA["diskless"]}):
        found = sbd_problems(dict(base, **{variable: copy.deepcopy(value)}))
        assert all(isinstance(problem, str) for problem in found)


@pytest.mark.parametrize("word", words.ENVIRONMENT)
@pytest.mark.parametrize("value", refusals.VALUES, ids=repr)
def test_any_word_is_answered_in_sentences(word, value):
    found = sbd_problems(dict(DATA["base"], sbd_environment={word: copy.deepcopy(value)}))
    assert all(isinstance(problem, str) for problem in found)


WATCHDOG = {"device": "/dev/watchdog0", "links": [], "identity": "i6300ESB timer", "state": "inactive", "max_timeout": 2046}
VARIABLES = {"sbd_environment": {"SBD_WATCHDOG_TIMEOUT": 5}, "sbd_timeouts": {}, "sbd_watchdog_module": "i6300esb",
             "sbd_accept_data_loss_with_softdog": False}


def unable(watchdogs=(WATCHDOG,), modules=None, devices=(), running=False, loaded=True, fed="0", **variables):
    looked = {"watchdogs": list(watchdogs), "manager": {"RuntimeWatchdogUSec": fed}, "kernel_modules": modules or {}}
    sbd = {"sbd": {"running": running}, "devices": list(devices)}
    found = sbd_unable(looked, {**VARIABLES, **variables}, sbd, loaded=loaded)
    assert all("allowed" in problem and problem.endswith(".") for problem in found)
    return found


def test_a_node_that_has_all_of_it():
    assert unable(modules={"i6300esb": True}, devices=[{"device": "/dev/a", "present": True, "error": None}]) == []
    # The watchdog is sbd's own, and active because of that.
    assert unable(watchdogs=[{**WATCHDOG, "state": "active"}], running=True) == []
    # Before the module is loaded there is none.
    assert unable(watchdogs=[], loaded=False) == []


@pytest.mark.parametrize("given, expected", [
    ({"modules": {"hpwdt": False}}, "sbd_watchdog_module: hpwdt is not in this node's kernel"),
    ({"watchdogs": []}, "SBD_WATCHDOG_DEV is /dev/watchdog, which is not on this node; allowed is what there is: none"),
    ({"watchdogs": [], "loaded": False, "sbd_watchdog_module": "", "modules": {}}, "which is not on this node"),
    ({"sbd_environment": {"SBD_WATCHDOG_DEV": "/dev/watchdog7"}}, "/dev/watchdog7, which is not on this node; allowed is what"),
    ({"watchdogs": [WATCHDOG, {**WATCHDOG, "device": "/dev/watchdog1"}]}, "which the next boot may number otherwise"),
    ({"watchdogs": [{**WATCHDOG, "identity": "Software Watchdog"}]}, "which is softdog: a watchdog in software dies"),
    ({"sbd_environment": {"SBD_WATCHDOG_TIMEOUT": 3000}}, "SBD_WATCHDOG_TIMEOUT is 3000 and /dev/watchdog0 can count to 2046"),
    ({"watchdogs": [{**WATCHDOG, "state": "active"}]}, "/dev/watchdog0 is fed by something else"),
    ({"watchdogs": [{**WATCHDOG, "state": "active"}], "fed": "1min"}, "is fed by systemd (RuntimeWatchdogSec)"),
    ({"devices": [{"device": "/dev/a", "present": False, "error": None}]}, "SBD_DEVICE: /dev/a is not on this node"),
    ({"devices": [{"device": "/dev/a", "present": True, "error": "sbd -d /dev/a dump failed"}]}, "dump failed"),
])
def test_what_a_node_lacks(given, expected):
    if "sbd_watchdog_module" in given:
        # None is to be loaded, so what is there now is all.
        given = dict(given, loaded=True)
    (problem,) = unable(**given)
    assert expected in problem


def test_softdog_by_name_and_a_link_of_udevs():
    assert unable(watchdogs=[{**WATCHDOG, "identity": "Software Watchdog"}], sbd_accept_data_loss_with_softdog=True) == []
    two = [{**WATCHDOG, "links": ["/dev/watchdog-sbd"]}, {**WATCHDOG, "device": "/dev/watchdog1"}]
    assert unable(watchdogs=two, sbd_environment={"SBD_WATCHDOG_DEV": "/dev/watchdog-sbd"}) == []


def test_a_disk_that_is_another_one_elsewhere():
    def look(uuid):
        return [{"device": "/dev/a", **({"header": {"uuid": uuid}} if uuid else {})}]

    assert sbd_differing({"node1": look("a"), "node2": look("a")}, "node1") == []
    (problem,) = sbd_differing({"node1": look("a"), "node2": look("b")}, "node1")
    assert "/dev/a has header a on node1 and b on node2; allowed is one disk" in problem
    (problem,) = sbd_differing({"node1": look("a"), "node2": look(None)}, "node1")
    assert "none on node2" in problem
    assert len(sbd_differing({"node1": look(None), "node2": look(None)}, "node1")) == 2
