# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role keepalived refuses: every case is an entry of test_refusals_keepalived.yml."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import refusals
import yaml
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived import keepalived_problems

DATA = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
BASE = DATA["base"]
LB2 = {"web": {"priority": 100, "unicast_src_ip": "192.0.2.12"}}


def changed(words, changes):
    """null removes a word."""
    return {key: value for key, value in {**words, **changes}.items() if value is not None}


def hostvars_of(case):
    lb1 = refusals.with_variables(BASE, case)
    lb2 = copy.deepcopy({**BASE, "keepalived_node": LB2})
    if "instance" in case:
        lb1["keepalived_node"]["web"] = changed(lb1["keepalived_node"]["web"], case["instance"])
    if "more" in case:
        lb1["keepalived_instances"].append(copy.deepcopy(case["more"]))
    if "server" in case:
        lb1["keepalived_virtual_servers"] = [changed(DATA["server"], case["server"])]
    lb2["keepalived_node"]["web"] = changed(lb2["keepalived_node"]["web"], case.get("lb2", {}))
    other = {"keepalived_instances": [case["outside"]]} if "outside" in case else {}
    hostvars = {"lb1": lb1, "lb2": lb2, "other": other}
    if "lb3" in case:
        hostvars["lb3"] = copy.deepcopy({**BASE, "keepalived_node": {"web": case["lb3"]}})
    return hostvars


def problems_of(hostvars, hosts=("lb1", "lb2")):
    return keepalived_problems(hostvars["lb1"], "lb1", list(hosts), hostvars)


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_case(case):
    hostvars = hostvars_of(case)
    refusals.judge(case, problems_of(hostvars, case.get("hosts", [host for host in hostvars if host != "other"])), BASE)


def test_the_base_is_accepted():
    assert problems_of(hostvars_of({})) == []


def test_a_group_without_the_host():
    found = problems_of(hostvars_of({}), ["lb2"])
    assert found[0].startswith("keepalived_group is a group without lb1; allowed is")


@pytest.mark.parametrize("variable", BASE)
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_value_breaks_a_refusal(variable, value):
    hostvars = hostvars_of({})
    hostvars["lb1"][variable] = copy.deepcopy(value)
    hostvars["other"][variable] = copy.deepcopy(value)
    assert all(isinstance(problem, str) for problem in problems_of(hostvars))


WORDS = ["name", "interface", "virtual_router_id", "priority", "state", "nopreempt", "advert_int", "version"]
WORDS += ["virtual_ipaddress", "virtual_ipaddress_excluded", "unicast_src_ip", "unicast_peer", "authentication"]
WORDS += ["track_script", "track_process", "track_file", "track_interface", "use_vmac", "notify"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_word_of_an_instance_breaks_a_refusal(word, value):
    hostvars = hostvars_of({})
    for host in ("lb1", "lb2"):
        hostvars[host]["keepalived_instances"][0][word] = copy.deepcopy(value)
    assert all(isinstance(problem, str) for problem in problems_of(hostvars))


@pytest.mark.parametrize("word", list(DATA["server"]) + ["group", "fwmark", "sorry_server", "quorum"])
@pytest.mark.parametrize("value", refusals.VALUES)
def test_no_word_of_a_server_breaks_a_refusal(word, value):
    hostvars = hostvars_of({"server": {}})
    hostvars["lb1"]["keepalived_virtual_servers"][0][word] = copy.deepcopy(value)
    assert all(isinstance(problem, str) for problem in problems_of(hostvars))


@pytest.mark.parametrize("value", refusals.VALUES)
@pytest.mark.parametrize(
    ("variable", "word"),
    [
        ("keepalived_vrrp_scripts", "weight"),
        ("keepalived_vrrp_scripts", "script"),
        ("keepalived_scripts", "content"),
        ("keepalived_sync_groups", "group"),
        ("keepalived_sync_groups", "track_script"),
        ("keepalived_virtual_server_groups", "addresses"),
    ],
)
def test_no_word_of_the_rest_breaks_a_refusal(variable, word, value):
    hostvars = hostvars_of({})
    hostvars["lb1"][variable] = [{"name": "x", word: copy.deepcopy(value)}]
    assert all(isinstance(problem, str) for problem in problems_of(hostvars))
