# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The patterns of docs/patterns.md do what they promise, by what Pacemaker itself makes of today's plan of them.

fixtures/pacemaker/record_patterns.py has asked it: where everything runs, and where when nodes fail and come back.
"""

from __future__ import annotations

import json
import re

import jmespath
import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _cib, _cib_view
from ansible_collections.halab.cluster.plugins.module_utils._problems_drill import drill_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker import pacemaker_problems
from cib_patterns import NODES, ROOT, bare, desired, patterns, planned

PATTERNS = patterns()
FIXTURES = ROOT / "tests" / "unit" / "fixtures" / "pacemaker"
BASE = yaml.safe_load((ROOT / "tests" / "unit" / "test_refusals.yml").read_text(encoding="utf-8"))["base"]
PAGE = (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")
BACK_ONLY = {"active_active": {"nginx"}}  # instances of a clone, which come back with their node


def of_role(variables):
    return {**{name: value for name, value in BASE.items() if not name.startswith("pacemaker_")},
            **{name: type(value)() for name, value in BASE.items() if name.startswith("pacemaker_")},
            "pacemaker_readmission": "manual", "pacemaker_accept_data_loss_without_fencing": False,
            "pacemaker_service_networks": ["198.18.0.0/24"], **variables}


@pytest.fixture(params=PATTERNS)
def name(request):
    return request.param


@pytest.fixture(params=["debian12", "debian13"])
def release(request):
    return request.param


@pytest.fixture
def told(release, name):
    return json.loads((FIXTURES / release / "patterns.json").read_text(encoding="utf-8"))[name]


def whole(name):
    return yaml.safe_load((ROOT / "docs" / "patterns" / (name + ".yml")).read_text(encoding="utf-8"))


def test_all_five_are_there():
    assert set(PATTERNS) == {"active_passive", "active_active", "n_plus_1", "n_to_n", "shared_failover"}


def test_the_page_shows_what_is_tested():
    shown = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    for name, variables in PATTERNS.items():
        assert variables in shown, name
        assert "patterns/%s.yml" % name in PAGE
    assert len(shown) == len(PATTERNS)


def test_role_pacemaker_accepts_it(name):
    assert pacemaker_problems(of_role(PATTERNS[name])) == []


def test_nothing_of_the_topology_that_it_is_tried_on_is_left(name):
    """It is given to the run beside the topology's own variables, and is right only without them."""
    service = ROOT / "inventories" / "failover" / "group_vars" / "cluster" / "service.yml"
    topology = yaml.safe_load(service.read_text(encoding="utf-8"))
    assert {variable for variable in topology if variable.startswith("pacemaker_")} <= set(PATTERNS[name])


def test_what_pacemaker_judged_is_what_is_planned_today(release, name, told):
    live = bare(release)
    wanted = planned(live, PATTERNS[name])
    assert told["crm_verify"] == "" and told["digest"] == _cib_view.digest(wanted)
    assert _cib.plan(wanted, desired(PATTERNS[name]), True)[1] == []


def placements(told):
    return [told["start"], *told["lost"].values(), *told["back"].values()]


def test_everything_runs_with_all_nodes_and_with_one_less(told):
    assert len(told["lost"]) == 3 and len(told["lost_two"]) == 6
    for placed in placements(told):
        assert placed and all(placed.values()), placed
    for node, placed in told["lost"].items():
        assert node not in sum(placed.values(), [])


def test_nothing_moves_that_was_not_on_the_lost_node_and_nothing_fails_back(name, told):
    for node in NODES:
        for resource, nodes in told["lost"][node].items():
            if node not in told["start"][resource]:
                assert nodes == told["start"][resource], (node, resource)
            if resource not in BACK_ONLY.get(name, ()):
                assert told["back"][node][resource] == nodes, (node, resource)


@pytest.mark.parametrize("group", [("vip", "nginx"), ("mail-vip", "mail-server"), ("files-vip", "files-server")])
def test_an_address_is_where_its_service_runs(name, told, group):
    for placed in placements(told) + list(told["lost_two"].values()):
        if set(group) <= set(placed):
            assert set(placed[group[0]]) <= set(placed[group[1]])


def each(release, name, *when):
    told = json.loads((FIXTURES / release / "patterns.json").read_text(encoding="utf-8"))[name]
    return [placed for key in when for placed in (told[key].values() if key != "start" else [told[key]])]


def test_active_passive_is_on_one_node_and_survives_all_but_one(release):
    for placed in each(release, "active_passive", "start", "lost", "back", "lost_two"):
        assert len(placed["vip"]) == 1 and placed["nginx"] == placed["vip"]


def test_active_active_serves_on_all_nodes_by_two_addresses(release):
    for placed in each(release, "active_active", "start", "back"):
        assert placed["nginx"] == list(NODES)
    for placed in each(release, "active_active", "start", "lost", "back"):
        assert placed["vip"] != placed["vip2"]
    # The last one has both: nobody who was told one of the addresses is left alone.
    for placed in each(release, "active_active", "lost_two"):
        assert placed["vip"] == placed["vip2"] == placed["nginx"]


def test_n_plus_1_has_one_service_a_node_and_the_spare_takes_over(release):
    start, = each(release, "n_plus_1", "start")
    spare, = set(NODES) - set(start["vip"]) - set(start["mail-server"])
    for placed in each(release, "n_plus_1", "start", "lost", "back"):
        assert placed["vip"] != placed["mail-server"]
    told = dict(zip(NODES, each(release, "n_plus_1", "lost")))
    assert told[start["vip"][0]]["vip"] == [spare] and told[start["mail-server"][0]]["mail-server"] == [spare]
    # Two have failed: the one that matters runs, alone.
    for placed in each(release, "n_plus_1", "lost_two"):
        assert len(placed["vip"]) == 1 and placed["mail-server"] == []


def test_n_to_n_uses_every_node_and_leaves_nothing_behind(release):
    services = ("vip", "mail-server", "files-server")
    start, = each(release, "n_to_n", "start")
    assert sorted(start[service][0] for service in services) == list(NODES)
    for placed in each(release, "n_to_n", "lost"):
        # Nobody carries all three.
        assert len({placed[service][0] for service in services}) == 2
    for placed in each(release, "n_to_n", "lost_two"):
        assert len({placed[service][0] for service in services}) == 1


def test_shared_failover_knows_two_homes_and_one_backup(release):
    for placed in each(release, "shared_failover", "start", "lost", "back", "lost_two"):
        assert set(placed["vip"]) <= {"node1", "node3"} and set(placed["mail-server"]) <= {"node2", "node3"}
    start, = each(release, "shared_failover", "start")
    assert (start["vip"], start["mail-server"]) == (["node1"], ["node2"])
    told = json.loads((FIXTURES / release / "patterns.json").read_text(encoding="utf-8"))["shared_failover"]
    assert told["lost_two"]["node1 node2"]["vip"] == told["lost_two"]["node1 node2"]["mail-server"] == ["node3"]


def test_its_drills_can_be_run_and_expect_what_pacemaker_does(name, told):
    """What a drill wants to be true after the loss of its target is true of what Pacemaker says will be."""
    drills = whole(name)["drill_list"]
    variables = {"nodes": list(NODES), "groups": {"all": list(NODES)}, "is_lab": True, "containers": [], "drill_kind": "cluster",
                 "drill_list": drills, "drill_only": [], "drill_url": "http://198.18.0.100/", "drill_vip": "198.18.0.100", "drill_resource": "vip",
                 "drill_readmission": "manual", "drill_fence_devices": [{"target": node} for node in NODES],
                 "drill_accept_outage_on_real_hosts": False}
    assert drill_problems(variables) == []
    for drill in drills:
        assert drill["long"] is True
        target = told["start"]["vip"][0] if drill["target"] == "holder" else drill["target"]
        seen = {"resources": {resource: {"nodes": nodes, "role": "Started" if nodes else "Stopped"}
                              for resource, nodes in told["lost"][target].items()}}
        assert drill["expect"]["moved"] is (told["lost"][target]["vip"] != told["start"]["vip"])
        for expression in drill["expect"]["state"]:
            assert jmespath.search(expression, seen) is True, expression
