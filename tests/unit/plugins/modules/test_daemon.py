# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daemon module on real files and a recorded systemctl.

The states of a unit are the output of `systemctl show --property=LoadState,ActiveState,UnitFileState -- UNIT`, systemd
257 of Debian 13: corosync in a running cluster, nginx as the lab's image has it, a masked systemd-timesyncd and a unit
that does not exist.

Before each run, the action plugin asks its question about the same state.
"""

from __future__ import annotations

import getpass
import grp
import os
import stat

import first_question
import pytest
from ansible_collections.halab.cluster.plugins.action import daemon as action
from ansible_collections.halab.cluster.plugins.module_utils import _daemon
from ansible_collections.halab.cluster.plugins.modules import daemon

RUNNING = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
STOPPED = "LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n"
MASKED = "LoadState=masked\nActiveState=inactive\nUnitFileState=masked\n"
NOT_FOUND = "LoadState=not-found\nActiveState=inactive\nUnitFileState=\n"
SHOW = "systemctl show --property=LoadState,ActiveState,UnitFileState -- d"
ENABLE = "systemctl enable -- d"
START = "systemctl start -- d"
SECRET = "never to be read aloud"


@pytest.fixture
def run_module(run_module, tmp_path, monkeypatch):
    monkeypatch.setattr(_daemon, "OWED", str(tmp_path / "owed"))
    return first_question.hold_against_the_module(run_module, action, tmp_path)


@pytest.fixture
def etc(tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder


@pytest.fixture
def file(etc):
    """Makes one entry of `files`, owned by whoever runs the tests."""
    def make(name, content=None, **more):
        entry = dict(path=str(etc / name), owner=getpass.getuser(), group=grp.getgrgid(os.getegid()).gr_name, **more)
        return entry if content is None else dict(entry, content=content)
    return make


@pytest.fixture
def run(run_module):
    """Runs the module; unit is what systemctl shows, replies are further commands as {argv: (rc, err)}."""
    def call(unit, check=False, replies=None, **params):
        case = {"input": dict(params, name="d"), "replies": [{"argv": SHOW, "out": unit}]}
        for argv, (rc, err) in (replies or {}).items():
            case["replies"].append({"argv": argv, "rc": rc, "err": err, "writes": True})
        result, world = run_module(daemon, case, check=check)
        return result, [call for call in world.calls if call != SHOW]
    return call


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_bare_host_gets_everything(run, file, etc):
    wanted = dict(enabled=True, start=True, files=[
        file("d.conf", "a: 1\n"), file("key", secret_content=SECRET, mode="0400")])
    predicted, calls = run(STOPPED, check=True, **wanted)
    assert calls == [] and os.listdir(etc) == [], "check mode touches nothing"

    done, calls = run(STOPPED, replies={ENABLE: (0, ""), START: (0, "")}, **wanted)
    assert calls == [ENABLE, START]
    assert done == predicted, "check mode predicts all of it"
    assert done["changed"] and not done["was_running"] and done["commands"] == [ENABLE, START] and len(done["files"]) == 2
    assert (etc / "d.conf").read_text() == "a: 1\n" and mode_of(etc / "d.conf") == 0o644
    assert (etc / "key").read_text() == SECRET and mode_of(etc / "key") == 0o400
    assert SECRET not in str(done) and "a: 1" in str(done["diff"])

    again, calls = run(RUNNING, **wanted)
    assert calls == [] and not again["changed"] and again["diff"] == [] and again["was_running"]


def test_a_running_daemon_reloads_what_changed(run, file, etc):
    (etc / "d.conf").write_text("a: 1\n")
    wanted = dict(enabled=True, start=True, files=[file("d.conf", "a: 2\n")], reload=["d", "reload"])
    predicted = run(RUNNING, check=True, **wanted)[0]
    done, calls = run(RUNNING, replies={"d reload": (0, "")}, **wanted)
    assert calls == ["d reload"] and done == predicted
    assert {"before": "a: 1\n", "after": "a: 2\n"}.items() <= done["diff"][0].items()
    again, calls = run(RUNNING, **wanted)
    assert calls == [] and not again["changed"]


class Killed(Exception):
    """What a power cut of the controller is to the module."""


@pytest.fixture
def killed(monkeypatch):
    """Kills the module in the moment in which it would run a command other than a question."""
    def at(run):
        def command(self, argv):
            if argv[0] == "d":
                raise Killed
            return real(self, argv)
        real = daemon.Daemon.run
        with monkeypatch.context() as patched:
            patched.setattr(daemon.Daemon, "run", command)
            with pytest.raises(Killed):
                run()
    return at


def test_one_that_was_not_told_of_its_new_file_is_told_by_the_next_run(run, file, etc, tmp_path, killed):
    (etc / "d.conf").write_text("a: 1\n")
    wanted = dict(start=True, files=[file("d.conf", "a: 2\n")], reload=["d", "reload"])
    killed(lambda: run(RUNNING, **wanted))
    assert (etc / "d.conf").read_text() == "a: 2\n"
    predicted, calls = run(RUNNING, check=True, **wanted)
    assert predicted["changed"] and predicted["commands"] == ["d reload"] and calls == []
    done, calls = run(RUNNING, replies={"d reload": (0, "")}, **wanted)
    assert done == predicted and calls == ["d reload"]
    again, calls = run(RUNNING, **wanted)
    assert not again["changed"] and calls == [] and os.listdir(tmp_path / "owed") == []


def test_one_that_was_stopped_meanwhile_has_read_its_file(run, file, etc, killed):
    (etc / "d.conf").write_text("a: 1\n")
    wanted = dict(start=True, files=[file("d.conf", "a: 2\n")], reload=["d", "reload"])
    killed(lambda: run(RUNNING, **wanted))
    done, calls = run(STOPPED, replies={START: (0, "")}, **wanted)
    assert calls == [START]
    again, calls = run(RUNNING, **wanted)
    assert not again["changed"] and calls == []


def test_what_was_put_back_is_not_owed(run, file, etc, tmp_path):
    (etc / "d.conf").write_text("a: 1\n")
    wanted = dict(files=[file("d.conf", "a: 2\n")], reload=["d", "reload"])
    failed, calls = run(RUNNING, replies={"d reload": (1, "no way")}, **wanted)
    assert failed["failed"] and os.listdir(tmp_path / "owed") == []


def test_what_does_not_run_is_not_reloaded(run, file):
    done, calls = run(STOPPED, files=[file("d.conf", "a: 1\n")], reload=["d", "reload"])
    assert calls == [] and done["changed"]


def test_one_that_somebody_else_started_is_reloaded(run, file, tmp_path):
    pid_file = tmp_path / "pid"
    pid_file.write_text("%d\n" % os.getpid())
    wanted = dict(enabled=False, start=True, reload=["d", "reload"], pid_file=str(pid_file))
    done, calls = run(STOPPED, files=[file("d.conf", "a: 1\n")], replies={"d reload": (0, "")}, **wanted)
    assert calls == ["d reload"], "and it is not started a second time"
    pid_file.write_text("999999999\n")
    done, calls = run(STOPPED, files=[file("d.conf", "a: 2\n")], replies={START: (0, "")}, **wanted)
    assert calls == [START], "what it left behind when it died is no sign of life"


def test_a_file_that_its_validator_refuses(run, file, etc):
    (etc / "one").write_text("was\n")
    refused, calls = run(RUNNING, files=[file("one", "good\n"), file("new", "good\n"), file("two", "bad\n", validate=[
        "true", "-t", "%s"])], replies={"true -t TMP": (8, "line 1: bad")})
    assert refused["failed"] and "line 1: bad" in refused["msg"] and "rc 8" in refused["msg"]
    assert os.listdir(etc) == ["one"] and (etc / "one").read_text() == "was\n", "those before it are put back"


def test_a_validator_sees_the_files_before_its_own(run_module, file, etc, monkeypatch):
    seen = []
    monkeypatch.setattr(daemon.Daemon, "ask", lambda self, argv, wanted, needed: seen.append(os.listdir(etc)))
    run_module(daemon, {"input": {"name": "d", "files": [file("key", "k"), file("conf", "c")]}, "replies": [
        {"argv": SHOW, "out": RUNNING}]})
    assert seen == [[], ["key"]]


def test_validation_in_check_mode(run, file, etc):
    bad = file("two", "bad\n", validate=["true", "-t", "%s"])
    replies = {"true -t TMP": (8, "line 1: bad")}
    refused, calls = run(RUNNING, check=True, files=[bad], replies=replies)
    assert refused["failed"] and os.listdir(etc) == []
    predicted, calls = run(RUNNING, check=True, files=[file("one", "good\n"), bad], replies=replies)
    assert predicted["changed"] and calls == [], "it may depend on a file that check mode does not write"
    bad["validate"][0] = "no-such-command-yet"
    predicted, calls = run(RUNNING, check=True, files=[bad])
    assert predicted["changed"] and calls == [], "it may be part of what is yet to be installed"


def test_files_that_the_daemon_refuses_are_put_back(run, file, etc):
    (etc / "old").write_text("was\n")
    files = [file("old", "bad\n"), file("new", "bad\n")]
    failed, calls = run(RUNNING, files=files, reload=["d", "reload"], replies={"d reload": (1, "no way")})
    assert failed["failed"] and "no way" in failed["msg"] and "put back" in failed["msg"]
    assert (etc / "old").read_text() == "was\n" and os.listdir(etc) == ["old"]


@pytest.mark.parametrize("start, words", [
    ({"writes": True}, "Its files were put back, and it was started with them."),
    ({"writes": True, "rc": 1, "err": "port taken"}, "Its files were put back, but d does not start with them: port taken"),
])
def test_who_did_not_survive_the_reload_is_started_again(run_module, file, etc, start, words):
    # What some daemons call a reload ends them first, such as dnsmasq on a port that is taken.
    (etc / "d.conf").write_text("port=53\n")
    case = {"input": {"name": "d", "files": [file("d.conf", "port=80\n")], "reload": ["d", "reload"]}, "replies": [
        {"argv": SHOW, "before": {"out": RUNNING}, "after": {"out": STOPPED}},
        {"argv": "d reload", "rc": 1, "err": "no way", "writes": True}, dict(start, argv=START)]}
    failed, world = run_module(daemon, case)
    assert failed["failed"] and "no way" in failed["msg"] and words in failed["msg"]
    assert [call for call in world.calls if call != SHOW] == ["d reload", START]
    assert (etc / "d.conf").read_text() == "port=53\n"


# What a reload cannot do


WHY = "true d.conf TMP"
REASON = "environment: A"


@pytest.fixture
def run_restart(run_module, file, etc):
    """Runs the module about d.conf with another text; reasons and restart are what those commands answer."""
    def call(reasons=None, restart=None, check=False, **params):
        entry = file("d.conf", "a: 2\n", needs_restart=["true", "d.conf", "%s"], **params)
        replies = [{"argv": SHOW, "out": RUNNING}, {"argv": WHY, **(reasons or {"out": REASON + "\n"})},
                   {"argv": "d reload", "writes": True}, {"argv": "d restart", "writes": True, **(restart or {})},
                   {"argv": "true -t TMP", "rc": 8, "err": "line 1: bad"}]
        wanted = {"name": "d", "files": [entry], "reload": ["d", "reload"], "restart": ["d", "restart"]}
        result, world = run_module(daemon, {"input": wanted, "replies": replies}, check=check)
        return result, [call for call in world.calls if call != SHOW]
    return call


def test_what_a_reload_cannot_do_restarts(run_restart, etc):
    (etc / "d.conf").write_text("a: 1\n")
    predicted, calls = run_restart(check=True)
    assert calls == [WHY] and (etc / "d.conf").read_text() == "a: 1\n"
    done, calls = run_restart()
    assert calls == [WHY, "d restart"] and done == predicted
    assert done["restart_reasons"] == [REASON] and done["commands"] == ["d restart"]
    assert done["diff"][-1]["prepared"] == "d restart\nbecause of environment: A\n"
    again, calls = run_restart()
    assert calls == [] and not again["changed"] and again["restart_reasons"] == []


def test_a_restart_that_was_not_done_is_done_by_the_next_run(run_restart, etc, killed):
    (etc / "d.conf").write_text("a: 1\n")
    killed(run_restart)
    predicted = run_restart(check=True)[0]
    done, calls = run_restart()
    assert calls == ["d restart"] and done == predicted and done["restart_reasons"] == [REASON]


def test_what_a_reload_can_do_reloads(run_restart, etc):
    (etc / "d.conf").write_text("a: 1\n")
    predicted = run_restart(check=True, reasons={"out": "\n"})[0]
    done, calls = run_restart(reasons={"out": "\n"})
    assert calls == [WHY, "d reload"] and done == predicted and done["restart_reasons"] == []


@pytest.mark.parametrize("before, params, expected", [
    # It does not run: it starts with the new file anyway.
    ("a: 1\n", {"unit": STOPPED, "start": True}, [START]),
    # It has not read that file.
    (None, {}, ["d reload"]),
    # The caller does not say how.
    ("a: 1\n", {"restart": None}, ["d reload"]),
])
def test_when_nobody_is_asked(run, file, etc, before, params, expected):
    if before:
        (etc / "d.conf").write_text(before)
    wanted = dict(unit=RUNNING, reload=["d", "reload"], restart=["d", "restart"],
                  files=[file("d.conf", "a: 2\n", needs_restart=["true", "%s"])], replies={expected[0]: (0, "")})
    done, calls = run(**{key: value for key, value in dict(wanted, **params).items() if value is not None})
    assert calls == expected and done["restart_reasons"] == []


def test_a_file_that_is_refused_is_asked_nothing(run_restart, etc):
    (etc / "d.conf").write_text("a: 1\n")
    refused, calls = run_restart(validate=["true", "-t", "%s"])
    assert refused["failed"] and calls == ["true -t TMP"]


def test_nobody_can_say_whether_it_has_to_restart(run_restart, etc):
    (etc / "d.conf").write_text("a: 1\n")
    failed, calls = run_restart(reasons={"rc": 3, "err": "no idea"})
    assert failed["failed"] and "no idea" in failed["msg"] and "No file was changed" in failed["msg"]
    assert calls == [WHY] and (etc / "d.conf").read_text() == "a: 1\n"


def test_whether_it_has_to_restart_in_check_mode(run, file, etc):
    for name in ("d.conf", "d.more", "why"):
        (etc / name).write_text("a: 1\n")
        (etc / name).chmod(0o755)
    script, more = file("why", "a: 1\n", mode="0755"), file("d.more", "b\n")
    entry = file("d.conf", "a: 2\n", needs_restart=[script["path"], "%s"])
    wanted = dict(unit=RUNNING, check=True, reload=["d", "reload"], restart=["d", "restart"])
    asked = run(files=[script, more, entry], replies={"TMP TMP": (1, "it was asked")}, **wanted)[0]
    assert asked["failed"] and "it was asked" in asked["msg"]
    script["content"] = "a: 2\n"
    predicted, calls = run(files=[script, entry], **wanted)
    assert predicted["commands"] == ["d reload"] and calls == [], "the command itself is yet to be written"
    entry["needs_restart"][0] = "no-such-command-yet"
    predicted, calls = run(files=[entry], **wanted)
    assert predicted["commands"] == ["d reload"] and calls == [], "it may be part of what is yet to be installed"


def test_a_restart_that_fails_is_undone(run_restart, etc):
    (etc / "d.conf").write_text("a: 1\n")
    failed, calls = run_restart(restart={"before": {"rc": 1, "err": "no way"}, "after": {"rc": 0}})
    assert failed["failed"] and "no way" in failed["msg"]
    assert "Its files were put back, and it was restarted with them." in failed["msg"]
    assert calls == [WHY, "d restart", "d restart"] and (etc / "d.conf").read_text() == "a: 1\n"


def test_a_restart_that_cannot_be_undone(run_restart, etc):
    (etc / "d.conf").write_text("a: 1\n")
    failed, calls = run_restart(restart={"before": {"rc": 1, "err": "no way"}, "after": {"rc": 1, "err": "nor back"}})
    assert failed["failed"] and "no way" in failed["msg"] and "nor back" in failed["msg"]
    assert "Its files were put back, but d does not start with them" in failed["msg"]


def test_a_reload_that_somebody_else_owes(run, file, etc, tmp_path):
    marker = tmp_path / "reload-pending"
    wanted = dict(start=True, files=[file("d.conf", "a: 1\n")], reload_pending=str(marker))
    predicted = run(RUNNING, check=True, **wanted)[0]
    assert not marker.exists()
    done, calls = run(RUNNING, **wanted)
    assert done == predicted and done["reload_pending"] and marker.exists() and calls == []

    interrupted, calls = run(RUNNING, **wanted)
    assert interrupted["changed"] and interrupted["reload_pending"] and interrupted["files"] == [], "it is still owed"
    assert run(RUNNING, check=True, **wanted)[0] == interrupted
    marker.unlink()
    again, calls = run(RUNNING, **wanted)
    assert not again["changed"] and not again["reload_pending"]


def test_what_starts_owes_no_reload(run, file, tmp_path):
    marker = tmp_path / "reload-pending"
    wanted = dict(start=True, reload_pending=str(marker))
    done, calls = run(STOPPED, replies={START: (0, "")}, files=[file("d.conf", "a: 1\n")], **wanted)
    assert not done["reload_pending"] and not marker.exists()
    marker.touch()
    predicted = run(STOPPED, check=True, files=[file("d.conf", "a: 2\n")], **wanted)[0]
    assert not predicted["reload_pending"] and marker.exists()
    done, calls = run(STOPPED, replies={START: (0, "")}, files=[file("d.conf", "a: 2\n")], **wanted)
    assert not done["reload_pending"] and not marker.exists(), "it has read its files now"


def test_files_that_were_put_back_owe_no_reload(run, file, tmp_path):
    marker = tmp_path / "reload-pending"
    wanted = dict(files=[file("one", "good\n"), file("two", "bad\n", validate=["true", "-t", "%s"])],
                  reload_pending=str(marker))
    refused, calls = run(RUNNING, replies={"true -t TMP": (8, "line 1: bad")}, **wanted)
    assert refused["failed"] and not marker.exists()
    marker.touch()
    refused, calls = run(RUNNING, replies={"true -t TMP": (8, "line 1: bad")}, **wanted)
    assert refused["failed"] and marker.exists(), "but what was owed before still is"


def test_a_daemon_that_does_not_start(run_module, file):
    journal = "journalctl --unit d --lines 10 --no-pager --output cat"
    failed, world = run_module(daemon, {"input": {"name": "d", "start": True}, "replies": [
        {"argv": SHOW, "out": STOPPED},
        {"argv": START, "rc": 1, "err": "Job for d.service failed"},
        {"argv": journal, "out": "d: port 80 is taken\n"}]})
    assert failed["failed"] and "Job for d.service failed" in failed["msg"] and "port 80 is taken" in failed["msg"]


@pytest.mark.parametrize("unit, words", [(MASKED, "unmask d"), (NOT_FOUND, "no unit d")])
def test_units_that_cannot_start(run, file, etc, unit, words):
    refused, calls = run(unit, start=True, files=[file("d.conf", "a: 1\n")])
    assert refused["failed"] and words in refused["msg"] and calls == [] and os.listdir(etc) == []


def test_check_mode_before_the_package_is_there(run, file, tmp_path):
    entry = dict(file("d.conf", "a: 1\n"), path=str(tmp_path / "missing" / "d.conf"))
    predicted, calls = run(NOT_FOUND, check=True, enabled=True, start=True, files=[entry])
    assert predicted["changed"] and predicted["commands"] == [ENABLE, START]
    refused, calls = run(RUNNING, files=[entry])
    assert refused["failed"] and "no directory" in refused["msg"] and calls == []


def test_permissions_alone(run, file, etc):
    (etc / "key").write_text(SECRET)
    (etc / "key").chmod(0o644)
    wanted = dict(files=[file("key", secret_content=SECRET, mode="0400")], reload=["d", "reload"])
    predicted = run(STOPPED, check=True, **wanted)[0]
    assert mode_of(etc / "key") == 0o644
    done, calls = run(STOPPED, **wanted)
    assert done == predicted and done["changed"] and mode_of(etc / "key") == 0o400
    assert SECRET not in str(done)


def test_what_nobody_asked_for_stays(run):
    done, calls = run(STOPPED)
    assert not done["changed"] and calls == []
    done, calls = run(RUNNING, enabled=False, replies={"systemctl disable -- d": (0, "")})
    assert calls == ["systemctl disable -- d"], "not started at boot any more, and still running"


# Unit files and drop-ins


RELOAD = "systemctl daemon-reload"


@pytest.fixture
def systemd(etc, file, monkeypatch):
    """Makes one entry of `files` below the directory that stands for /etc/systemd."""
    monkeypatch.setattr(_daemon, "SYSTEMD", str(etc) + "/")
    (etc / "system").mkdir()
    return lambda name, content: dict(file("x", content), path=str(etc / name))


@pytest.fixture
def run_unit(run_module):
    def call(shown, stale=(), check=False, **params):
        replies = [{"argv": SHOW, "out": shown}]
        replies += [{"argv": "systemctl show --property=NeedDaemonReload -- %s" % units,
                     "out": "\n\n".join("NeedDaemonReload=%s\n" % ("yes" if unit in stale else "no")
                                        for unit in units.split())}
                    for units in ("d", "d other.service")]
        replies += [{"argv": argv, "writes": True} for argv in (RELOAD, ENABLE, START)]
        result, world = run_module(daemon, {"input": dict(params, name="d"), "replies": replies}, check=check)
        return result, [argv for argv in world.calls if " show " not in argv]
    return call


def test_a_unit_that_comes_with_its_file(run_unit, systemd, etc):
    wanted = dict(enabled=True, start=True, files=[systemd("system/d", "[Service]\n")])
    predicted, calls = run_unit(NOT_FOUND, check=True, **wanted)
    assert calls == [] and os.listdir(etc / "system") == []
    done, calls = run_unit(NOT_FOUND, **wanted)
    assert calls == [RELOAD, ENABLE, START] and done == predicted
    again, calls = run_unit(RUNNING, **wanted)
    assert calls == [] and not again["changed"]


def test_a_drop_in_of_another_unit(run_unit, systemd, etc):
    wanted = dict(files=[systemd("system/d", "[Service]\n"), systemd("system/other.service.d/x.conf", "[Service]\n")])
    done, calls = run_unit(RUNNING, **wanted)
    assert calls == [RELOAD] and mode_of(etc / "system" / "other.service.d") == 0o755
    interrupted, calls = run_unit(RUNNING, stale=["other.service"], **wanted)
    assert calls == [RELOAD] and interrupted["changed"] and interrupted["files"] == [], "nobody told systemd"
    again, calls = run_unit(RUNNING, **wanted)
    assert calls == [] and not again["changed"]


def test_settings_of_systemd_itself_are_no_unit(run_unit, systemd, etc):
    done, calls = run_unit(RUNNING, files=[systemd("system.conf.d/x.conf", "[Manager]\n")])
    assert calls == [] and done["changed"] and os.listdir(etc / "system.conf.d") == ["x.conf"]


def test_a_unit_that_a_drop_in_does_not_bring(run_unit, systemd):
    refused, calls = run_unit(NOT_FOUND, start=True, files=[systemd("system/other.service.d/x.conf", "[Service]\n")])
    assert refused["failed"] and "no unit d" in refused["msg"] and calls == []


def test_a_file_given_twice(run_unit, systemd, etc):
    twice = [systemd("system/other.service.d/x.conf", "[Service]\n"), systemd("system/other.service.d/x.conf", "[Unit]\n")]
    refused, calls = run_unit(RUNNING, files=twice)
    assert refused["failed"] and "given twice" in refused["msg"] and calls == []
    assert not os.path.exists(twice[0]["path"])


def test_which_units_files_are_about():
    paths = ["/etc/systemd/system/a.timer", "/etc/systemd/system/b.service.d/x.conf", "/etc/systemd/system/c@.service",
             "/etc/systemd/system/b.service.d/y.conf", "/etc/systemd/system.conf.d/x.conf", "/etc/d.conf"]
    assert _daemon.units_of(paths) == ["a.timer", "b.service"]
