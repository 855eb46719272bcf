# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both modules against a socket that speaks as haproxy's does, from recordings."""

from __future__ import annotations

import socket

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_host
from ansible_collections.halab.cluster.plugins.modules import haproxy_info, haproxy_server
from fake_haproxy import FakeHaproxy
from transcripts import RELEASES


@pytest.fixture(params=RELEASES)
def haproxy(request, tmp_path):
    """Starts a fake haproxy; returns it."""
    started = []

    def start(*states, patience=None):
        started.append(FakeHaproxy(tmp_path / "s", request.param, states, patience))
        return started[-1]

    yield start
    for fake in started:
        fake.stop()


@pytest.fixture
def run(run_module, tmp_path):
    """A module with the socket of the fake haproxy; its result."""

    def run(module, check=False, **options):
        return run_module(module, {"input": dict({"socket": str(tmp_path / "s")}, **options)}, check=check)[0]

    return run


def server(name, state=None, weight=None):
    backend, dummy, own = name.partition("/")
    given = {"backend": backend, "server": own, "state": state, "weight": weight}
    return {key: value for key, value in given.items() if value is not None}


class TestInfo:
    def test_all(self, haproxy, run):
        fake = haproxy("all_up")
        result = run(haproxy_info)
        assert result["changed"] is False and fake.set() == []
        assert [entry["frontend"] for entry in result["frontends"]] == ["web"]
        assert [entry["backend"] for entry in result["backends"]] == ["app", "other"]
        assert len(result["servers"]) == 6 and result["info"]["Name"] == "HAProxy"

    def test_one_backend(self, haproxy, run):
        haproxy("all_up")
        result = run(haproxy_info, backend="other")
        assert result["frontends"] == [] and [entry["backend"] for entry in result["backends"]] == ["other"]
        assert [entry["server"] for entry in result["servers"]] == ["web1", "web2", "spare"]

    def test_one_server_of_all_backends(self, haproxy, run):
        haproxy("all_up")
        result = run(haproxy_info, server="web3")
        assert [(entry["backend"], entry["server"]) for entry in result["servers"]] == [("app", "web3")]
        assert [entry["backend"] for entry in result["backends"]] == ["app"]

    def test_unknown_names(self, haproxy, run):
        haproxy("all_up")
        assert run(haproxy_info, backend="x")["msg"] == "backend: haproxy has no backend x; it has app, other."
        assert "it has spare, web1, web2, web3." in run(haproxy_info, server="x")["msg"]

    def test_level_user_is_enough(self, haproxy, run):
        haproxy("level_user")
        assert len(run(haproxy_info)["servers"]) == 6

    def test_something_else_listens(self, haproxy, run):
        haproxy("all_up").refuses["show stat"] = "hello\n"
        assert "answered `show stat` with no line of column names: hello." in run(haproxy_info)["msg"]


class TestServer:
    def test_drain(self, haproxy, run):
        fake = haproxy("all_up", "drain_sessions")
        result = run(haproxy_server, servers=[server("app/web1", "drain")])
        assert result["changed"] is True and fake.set() == ["set server app/web1 state drain"] == result["commands"]
        assert [(entry["state"], entry["scur"]) for entry in result["servers"]] == [("drain", 3)]
        assert result["diff"]["before"] == "app/web1: ready, weight 100\n"
        assert result["diff"]["after"] == "app/web1: drain, weight 100\n"

    def test_check_mode_predicts_and_sets_nothing(self, haproxy, run):
        fake = haproxy("all_up")
        result = run(haproxy_server, check=True, servers=[server("app/web1", "drain")], wait=True)
        assert result["changed"] is True and result["commands"] == ["set server app/web1 state drain"]
        assert fake.set() == [] and result["servers"][0]["state"] == "ready"

    @pytest.mark.parametrize("check", [True, False])
    def test_a_second_run_changes_nothing(self, haproxy, run, check):
        fake = haproxy("drain")
        result = run(haproxy_server, check=check, servers=[server("app/web1", "drain", "100%")], wait=True)
        assert result["changed"] is False and result["commands"] == fake.set() == []

    def test_wait_until_sessions_are_gone(self, haproxy, run):
        fake = haproxy("drain_sessions", "drain", patience=3)
        result = run(haproxy_server, servers=[server("app/web1", "drain")], wait=True)
        assert result["changed"] is False and result["servers"][0]["scur"] == 0 and fake.looks == 4

    def test_sessions_stay(self, haproxy, run):
        fake = haproxy("drain_sessions")
        result = run(haproxy_server, servers=[server("app/web1", "drain")], wait=True, timeout=0)
        assert result["msg"] == "All is set, but after 0 s app/web1 has 3 sessions." and fake.set() == []

    def test_sessions_are_ended(self, haproxy, run):
        fake = haproxy("drain_sessions", "drain")
        options = {"servers": [server("app/web1", "drain")], "wait": True, "timeout": 0, "shutdown_sessions": True}
        predicted = run(haproxy_server, check=True, **options)
        assert fake.set() == []
        result = run(haproxy_server, **options)
        assert fake.set() == ["shutdown sessions server app/web1"] == result["commands"] == predicted["commands"]
        assert result["changed"] is predicted["changed"] is True
        assert run(haproxy_server, **options)["changed"] is False

    def test_sessions_do_not_end(self, haproxy, run, monkeypatch):
        monkeypatch.setattr(haproxy_server, "ENDING", 0)
        haproxy("drain_sessions")
        result = run(
            haproxy_server, servers=[server("app/web1", "drain")], wait=True, timeout=0, shutdown_sessions=True
        )
        assert result["failed"] and "app/web1 has 3 sessions" in result["msg"]
        assert result["commands"] == ["shutdown sessions server app/web1"]

    def test_ready_waits_for_the_checks(self, haproxy, run):
        fake = haproxy("maint", "ready_at_once", "all_up", patience=4)
        result = run(haproxy_server, servers=[server("app/web1", "ready")], wait=True)
        assert fake.set() == ["set server app/web1 state ready"] and result["servers"][0]["status"] == "UP"
        assert fake.looks == 5

    def test_ready_and_the_checks_do_not_pass(self, haproxy, run):
        haproxy("maint", "ready_at_once")
        result = run(haproxy_server, servers=[server("app/web1", "ready")], wait=True, timeout=0)
        assert result["msg"] == (
            "All is set, but after 0 s app/web1 is UP 1/3 (L7OK: Layer7 check passed)."
        )
        assert result["commands"] == ["set server app/web1 state ready"]

    def test_an_agent_drains_it_again(self, haproxy, run):
        haproxy("agent_drain")
        result = run(haproxy_server, servers=[server("app/web3", "ready")])
        assert result["failed"] and result["commands"] == ["set server app/web3 state ready"]
        assert "still to be done: set server app/web3 state ready" in result["msg"] and "agent" in result["msg"]

    def test_what_somebody_else_forces_is_a_warning(self, haproxy, run):
        haproxy("maint")
        result = run(haproxy_server, servers=[server("other/web1", "ready")])
        assert result["changed"] is False
        assert "other/web1 is in maintenance because app/web1 is, which it tracks." in str(result["warnings"])

    @pytest.mark.parametrize("check", [True, False])
    def test_unknown_names_before_anything_is_set(self, haproxy, run, check):
        fake = haproxy("all_up")
        servers = [server("app/web1", "maint"), server("app/web9", "maint"), server("nowhere/web1", "maint")]
        result = run(haproxy_server, check=check, servers=servers)
        assert "app/web9: backend app has no server web9; it has web1, web2, web3." in result["problems"]
        assert "nowhere/web1: haproxy has no backend nowhere; it has app, other." in result["problems"]
        assert fake.set() == []

    @pytest.mark.parametrize("level", ["operator", "user"])
    @pytest.mark.parametrize("check", [True, False])
    def test_a_socket_that_is_not_of_level_admin(self, haproxy, run, level, check):
        fake = haproxy("level_" + level)
        result = run(haproxy_server, check=check, servers=[server("app/web1", "maint")])
        assert "is of level %s, and setting servers takes level admin" % level in result["msg"]
        assert "level admin`. Reload haproxy after that." in result["msg"] and fake.set() == []

    def test_haproxy_refuses(self, haproxy, run):
        fake = haproxy("all_up")
        refused = "set server app/web2 weight 30"
        fake.refuses[refused] = "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n\n"
        result = run(haproxy_server, servers=[server("app/web2", "maint", "30")])
        assert "answered `%s` with: Backend is using a static LB algorithm" % refused in result["msg"]
        assert result["commands"] == [] and fake.set() == [refused]

    def test_options_that_contradict(self, run):
        result = run(haproxy_server, servers=[server("app/web1", "drain")], shutdown_sessions=True)
        assert result["msg"].startswith("shutdown_sessions is true and wait is false; allowed is wait: true")
        result = run(haproxy_server, servers=[server("app/web1", "drain")], timeout=-1)
        assert result["msg"] == "timeout is -1; allowed is 0 or more, in seconds."
        assert "one of the following is required: state, weight" in run(
            haproxy_server, servers=[server("app/web1")])["msg"]


class TestSocket:
    @pytest.mark.parametrize(
        ("runs", "says"),
        [
            (True, "does not exist, and haproxy runs: its section global needs the line `stats socket "),
            (False, "does not exist, and haproxy does not run. Start it (systemctl start haproxy)"),
        ],
    )
    def test_no_socket(self, run, monkeypatch, runs, says):
        monkeypatch.setattr(_haproxy_host, "is_running", lambda: runs)
        assert says in run(haproxy_info)["msg"]

    @pytest.mark.parametrize(
        ("runs", "says"), [(True, "nobody listens there"), (False, "is left over: haproxy does not run. Start it")]
    )
    def test_a_socket_that_is_left_over(self, run, monkeypatch, tmp_path, runs, says):
        monkeypatch.setattr(_haproxy_host, "is_running", lambda: runs)
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(tmp_path / "s"))
        assert says in run(haproxy_info)["msg"]

    def test_no_socket_but_a_file(self, run, tmp_path):
        (tmp_path / "s").write_text("")
        assert "is no socket. Give the path" in run(haproxy_info)["msg"]

    def test_no_permission(self, run, monkeypatch):
        def refuse(self, path):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        result = run(haproxy_server, servers=[server("app/web1", "maint")])
        assert "may not be used by user id" in result["msg"] and "Become root" in result["msg"]

    def test_no_answer(self, run, monkeypatch, tmp_path):
        monkeypatch.setattr(_haproxy_host, "PATIENCE", 0.1)
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(tmp_path / "s"))
            silent.listen()
            assert "did not answer `show stat`" in run(haproxy_info)["msg"]

    def test_haproxy_ends_in_between(self, haproxy, run, monkeypatch):
        monkeypatch.setattr(_haproxy_host, "is_running", lambda: False)
        fake = haproxy("all_up")
        fake.last = "set server app/web1 state maint"
        result = run(haproxy_server, servers=[server("app/web1", "maint")])
        assert result["failed"] and result["commands"] == ["set server app/web1 state maint"]
        assert "is left over: haproxy does not run" in result["msg"]
