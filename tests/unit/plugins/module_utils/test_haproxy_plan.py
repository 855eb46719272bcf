# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_read as read
from transcripts import FIXTURES, RELEASES
from transcripts import read as transcript


def here(state, release="debian12"):
    answers = transcript(FIXTURES / "haproxy" / release / (state + ".txt"))
    stat = read.parse_stat(answers["show stat"][1])
    return read.described(stat, read.parse_servers_state(answers["show servers state"][1]))


def want(name, state=None, weight=None):
    backend, dummy, server = name.partition("/")
    return {"backend": backend, "server": server, "state": state, "weight": weight}


@pytest.mark.parametrize("weight", ["0", "256", "0%", "50%", "300%", None])
def test_weights_that_are_allowed(weight):
    assert plan.problems([want("app/web1", "ready", weight)]) == []


@pytest.mark.parametrize("weight", ["257", "-1", "50 %", "%", "", "half", "1.5", "-5%"])
def test_weights_that_are_not(weight):
    assert plan.problems([want("app/web1", "ready", weight)]) == [
        "app/web1: weight is %s; allowed is 0 to 256, or a percentage of the configured weight such as 50%%." % weight
    ]


def test_a_server_that_is_listed_twice():
    assert plan.problems([want("app/web1", "ready"), want("app/web1", "maint")]) == [
        "app/web1 is listed 2 times; allowed is once."
    ]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (want("nowhere/web1", "maint"), "nowhere/web1: haproxy has no backend nowhere; it has app, other."),
        (want("web/web1", "maint"), "web/web1: haproxy has no backend web; it has app, other."),
        (want("app/web9", "maint"), "app/web9: backend app has no server web9; it has web1, web2, web3."),
        (
            want("other/web2", weight="30"),
            "other/web2: weight is 30; allowed is 0 or 100%, since backend other has balance static-rr, whose weights "
            "are static.",
        ),
    ],
)
def test_what_this_haproxy_cannot_do(wanted, sentence):
    assert plan.refusals([wanted], here("all_up")) == [sentence]


@pytest.mark.parametrize("weight", ["0", "0%", "100%", "1"])
def test_weights_that_a_static_algorithm_takes(weight):
    assert plan.refusals([want("other/web2", weight=weight)], here("all_up")) == []


@pytest.mark.parametrize(
    ("state", "wanted", "expected"),
    [
        ("all_up", [want("app/web1", "ready")], []),
        ("all_up", [want("app/web1", "ready", "100")], []),
        ("all_up", [want("app/web1", "ready", "100%")], []),
        ("weight", [want("app/web2", weight="50%")], []),
        ("all_up", [want("app/web1", weight="50%")], ["set server app/web1 weight 50%"]),
        # A third of 50 is rounded down as haproxy does it: 16, which a second run finds.
        ("all_up", [want("app/web3", weight="33%")], ["set server app/web3 weight 33%"]),
        ("all_up", [want("app/web1", "drain")], ["set server app/web1 state drain"]),
        ("drain", [want("app/web1", "drain")], []),
        ("drain", [want("app/web1", "maint")], ["set server app/web1 state maint"]),
        ("maint", [want("app/web1", "maint")], []),
        ("all_up", [want("other/spare", "ready")], ["set server other/spare state ready"]),
        # It only inherits that.
        ("maint", [want("other/web1", "ready")], []),
        ("maint", [want("other/web1", "maint")], ["set server other/web1 state maint"]),
        ("agent_drain", [want("app/web3", "ready")], ["set server app/web3 state ready"]),
        (
            "maint",
            [want("app/web2", "drain"), want("app/web1", "ready", "10")],
            [
                "set server app/web1 weight 10",
                "set server app/web1 state ready",
                "set server app/web2 state drain",
            ],
        ),
    ],
)
def test_commands(state, wanted, expected):
    assert plan.commands(wanted, here(state)["servers"]) == expected


def test_weights_are_what_haproxy_makes_of_them():
    servers = here("all_up")["servers"]
    weights = {text: plan.weight(want("app/web3", weight=text), servers[2]) for text in ("33%", "600%", "7", "0%")}
    assert weights == {"33%": 16, "600%": 256, "7": 7, "0%": 0}


def test_sessions_are_waited_for_only_where_they_are_to_end():
    servers = here("drain_sessions")["servers"]
    assert plan.sessions([want("app/web1", "drain"), want("app/web2", "ready")], servers) == {"app/web1": 3}
    assert plan.sessions([want("app/web1", weight="5")], servers) == {}
    assert plan.sessions([want("app/web1", "drain")], here("drain")["servers"]) == {}
    assert plan.shutdowns([want("app/web1", "drain")], servers) == ["shutdown sessions server app/web1"]


def test_requests_in_the_queue_are_sessions_to_come():
    servers = here("drain")["servers"]
    servers[0]["qcur"] = 2
    assert plan.sessions([want("app/web1", "drain")], servers) == {"app/web1": 2}


@pytest.mark.parametrize(
    ("state", "name", "expected"),
    [
        ("all_up", "app/web1", None),
        ("all_up", "other/web2", None),
        ("ready_at_once", "app/web1", "UP 1/3 (L7OK: Layer7 check passed)"),
        ("down", "app/web1", "DOWN (L4CON: Connection refused)"),
        ("agent_down", "app/web3", "DOWN (agent) (DOWN by its agent check (via agent : down))"),
        ("maint", "other/web1", "MAINT (via app/web1) (in maintenance because app/web1 is, which it tracks)"),
    ],
)
def test_ready_is_waited_for_until_enough_checks_have_passed(state, name, expected):
    assert plan.unready([want(name, "ready")], here(state)["servers"]).get(name) == expected
    assert plan.unready([want(name, "maint")], here(state)["servers"]) == {}


@pytest.mark.parametrize("release", RELEASES)
def test_a_server_of_weight_0_is_ready(release):
    servers = here("weight", release)["servers"]
    assert (servers[2]["uweight"], servers[2]["status"]) == (0, "UP")
    assert plan.unready([want("app/web3", "ready", "0")], servers) == {}


def test_warnings():
    assert plan.warnings([want("app/web1", "ready")], here("all_up")["servers"]) == []
    assert plan.warnings([want("app/web3", "ready")], here("agent_down")["servers"]) == [
        "app/web3 is DOWN by its agent check (via agent : down).",
        "app/web3 has an agent check, which may set state and weight as well; its last answer: via agent : down.",
    ]


def test_difference():
    wanted = [want("app/web2", weight="50%"), want("app/web1", "drain")]
    assert plan.difference(wanted, here("all_up")["servers"]) == {
        "before": "app/web1: ready, weight 100\napp/web2: ready, weight 100\n",
        "after": "app/web1: drain, weight 100\napp/web2: ready, weight 50\n",
        "before_header": "servers",
        "after_header": "servers",
    }
