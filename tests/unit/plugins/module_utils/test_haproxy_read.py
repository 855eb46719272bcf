# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_read as read
from transcripts import FIXTURES, RELEASES
from transcripts import read as transcript

BOTH = pytest.mark.parametrize("release", RELEASES)


def here(release, state):
    answers = transcript(FIXTURES / "haproxy" / release / (state + ".txt"))
    stat = read.parse_stat(answers["show stat"][1])
    return read.described(stat, read.parse_servers_state(answers["show servers state"][1]))


def server(release, state, name):
    (found,) = [entry for entry in here(release, state)["servers"] if entry["backend"] + "/" + entry["server"] == name]
    return found


def some(found, *names):
    return tuple(found.get(name) for name in names)


@BOTH
def test_everything_has_its_place(release):
    found = here(release, "all_up")
    assert [entry["frontend"] for entry in found["frontends"]] == ["web"]
    assert [(entry["backend"], entry["algo"]) for entry in found["backends"]] == [
        ("app", "roundrobin"),
        ("other", "static-rr"),
    ]
    assert [(entry["backend"], entry["server"]) for entry in found["servers"]] == [
        ("app", "web1"),
        ("app", "web2"),
        ("app", "web3"),
        ("other", "web1"),
        ("other", "web2"),
        ("other", "spare"),
    ]
    assert all(isinstance(entry["scur"], int) for part in found.values() for entry in part)


@BOTH
def test_a_server_that_is_up(release):
    found = server(release, "all_up", "app/web1")
    assert some(found, "state", "up", "status", "check", "agent", "forced") == (
        "ready", True, "UP", "enabled", "none", [])
    assert some(found, "address", "port", "check_status") == ("127.0.0.1", 18081, "L7OK")
    assert some(found, "weight", "uweight", "iweight", "scur", "qcur") == (100, 100, 100, 0, 0)
    assert "" not in found and "" not in found.values()


@BOTH
@pytest.mark.parametrize(
    ("state", "name", "expected"),
    [
        # state, up, status, check, sessions
        ("all_up", "other/web2", ("ready", True, "no check", "none", 0)),
        ("all_up", "other/spare", ("maint", False, "MAINT", "enabled", 0)),
        ("drain_sessions", "app/web1", ("drain", True, "DRAIN", "enabled", 3)),
        ("drain", "app/web1", ("drain", True, "DRAIN", "enabled", 0)),
        ("maint", "app/web1", ("maint", False, "MAINT", "enabled", 0)),
        ("ready_at_once", "app/web1", ("ready", True, "UP 1/3", "enabled", 0)),
        ("agent_drain", "app/web3", ("drain", True, "DRAIN (agent)", "enabled", 0)),
        ("down", "app/web1", ("ready", False, "DOWN", "enabled", 0)),
    ],
)
def test_states(release, state, name, expected):
    assert some(server(release, state, name), "state", "up", "status", "check", "scur") == expected


@BOTH
@pytest.mark.parametrize(
    ("state", "name", "expected"),
    [
        ("maint", "other/web1", ["in maintenance because app/web1 is, which it tracks"]),
        ("drain", "other/web1", ["draining because app/web1 is, which it tracks"]),
        ("agent_down", "app/web3", ["DOWN by its agent check (via agent : down)"]),
        (
            "health_by_hand",
            "app/web2",
            ["DOWN with its health check disabled, so it stays down until somebody sets its health"],
        ),
        # Its check says that it is down, so nobody has forced it.
        ("down", "app/web1", []),
        # haproxy calls this `DRAIN (agent)`, and it was not the agent.
        ("drain_beside_agent", "app/web3", []),
        ("all_up", "other/spare", []),
    ],
)
def test_what_somebody_else_forces(release, state, name, expected):
    found = server(release, state, name)
    assert found["forced"] == expected
    # A server that only inherits a state has not been told to be in it.
    assert name != "other/web1" or found["state"] == "ready"


@BOTH
def test_a_name_that_does_not_resolve(release):
    """Made from a recording by its admin state: 32 is SRV_ADMF_RMAINT, see `show servers state` in the guide."""
    answers = transcript(FIXTURES / "haproxy" / release / "all_up.txt")
    states = read.parse_servers_state(answers["show servers state"][1])
    states["app", "web1"].update(srv_admin_state="32", srv_op_state="0")
    found = read.described(read.parse_stat(answers["show stat"][1]), states)["servers"][0]
    assert (found["state"], found["forced"]) == ("ready", ["in maintenance because its name does not resolve"])


@BOTH
def test_weights(release):
    assert some(server(release, "weight", "app/web1"), "uweight", "iweight", "weight") == (7, 100, 7)
    assert some(server(release, "weight", "app/web2"), "uweight", "iweight", "weight") == (50, 100, 50)
    assert some(server(release, "agent_weight", "app/web3"), "uweight", "iweight") == (15, 50)


@BOTH
def test_the_last_words_of_checks(release):
    found = server(release, "down", "app/web3")
    assert some(found, "check_status", "last_chk") == ("L4CON", "Connection refused")


@BOTH
def test_a_socket_of_level_user_tells_the_states_as_well(release):
    found = here(release, "level_user")
    assert len(found["servers"]) == 6 and "algo" not in found["backends"][0]


@BOTH
def test_info(release):
    text = transcript(FIXTURES / "haproxy" / release / "all_up.txt")["show info json"][1]
    info = read.parse_info(text)
    assert info["Name"] == "HAProxy" and info["Version"].startswith({"debian12": "2.6", "debian13": "3.0"}[release])
    assert isinstance(info["Maxconn"], int)


def test_a_server_that_was_deleted_in_between_is_not_told_about():
    stat = [{"pxname": "app", "svname": "web1", "type": 2}]
    assert read.described(stat, {})["servers"] == []


def test_names_that_look_like_numbers_stay_names():
    (line,) = read.parse_stat("# pxname,svname,type,scur,\n01,7,2,3,\n")
    assert line == {"pxname": "01", "svname": "7", "type": 2, "scur": 3}


def test_texts_with_commas():
    (line,) = read.parse_stat('# pxname,last_chk,type,\napp,"refused, ""twice""",2,\n')
    assert line["last_chk"] == 'refused, "twice"'


@BOTH
@pytest.mark.parametrize("parse", [read.parse_stat, read.parse_info, read.parse_servers_state])
def test_other_answers_are_not_taken_for_data(release, parse):
    answers = transcript(FIXTURES / "haproxy" / release / "answers.txt")
    for text in ("", answers["show nonsense"][1], answers["set server app/web1 state maint"][1]):
        with pytest.raises(read.NotUnderstood):
            parse(text)
