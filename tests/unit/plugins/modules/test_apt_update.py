# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt_update and apt_update_info, on what apt 2.6.1 and 3.0.4 said: tests/unit/fixtures/apt."""

from __future__ import annotations

import os

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _apt, _apt_host
from ansible_collections.halab.cluster.plugins.modules import apt_update, apt_update_info
from transcripts import RELEASES, Transcript

QUERY = " ".join(_apt.QUERY)
UPDATE = "apt-get -o APT::Update::Error-Mode=any update"
KEEP = "-o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
ALL = "apt-get --yes --no-remove %s dist-upgrade" % KEEP
FINISH = "dpkg --force-confdef --force-confold --configure --pending"


class World:
    """A host in a recorded state; what writes brings it to the next one."""

    def __init__(self, release, state, next_state):
        self.states = [Transcript("apt", release, name).answers for name in (state, next_state)]
        self.now = 0
        self.wrote, self.asked, self.files = [], [], []
        self.config = ""
        self.broken = {}

    def run_command(self, argv, **kwargs):
        assert isinstance(argv, list)
        environment = kwargs["environ_update"]
        assert environment["LC_ALL"] == "C" and environment["DEBIAN_FRONTEND"] == "noninteractive"
        if "--config-file" in argv:
            place = argv.index("--config-file")
            with open(argv[place + 1], encoding="utf-8") as handle:
                self.config = handle.read()
            argv = argv[:place] + argv[place + 2:]
        command = " ".join(argv)
        self.asked.append(command)
        if command in self.broken:
            return self.broken[command]
        if command.startswith("dpkg-query --listfiles"):
            return 0, "".join("%s\n" % path for path in self.files), ""
        if command == UPDATE:
            self.wrote += [] if self.config else [command]
            return 0, "", ""
        if command.startswith(("apt-get --yes", "dpkg --force")):
            self.wrote.append(command)
            self.now = 1
            return 0, "", ""
        return self.states[self.now][command + " recorded-*" if command == QUERY else command]


@pytest.fixture(params=RELEASES)
def ask(request, run_module, monkeypatch, tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "source_Packages").write_text("")
    monkeypatch.setattr(_apt_host, "LISTS", str(lists))
    monkeypatch.setattr(_apt_host, "REBOOT_REQUIRED", (str(tmp_path / "required"), str(tmp_path / "pkgs")))
    monkeypatch.setattr(_apt_host, "processes", lambda units: [])

    def run(module, state, next_state="nothing", check=False, change=lambda world: None, **options):
        world = World(request.param, state, next_state)
        change(world)
        result = run_module(module, {"input": options}, check=check, world=world)[0]
        return result, world
    return run


class TestInfo:
    def test_what_an_update_would_do(self, ask):
        for check in (False, True):
            result, world = ask(apt_update_info, "updates", check=check)
            assert world.wrote == [] and result["changed"] is False
            assert [step["name"] for step in result["plan"]["updates"]] == ["recorded-corosync", "recorded-tool"]
            assert result["reboot"] == {"now": [], "after": []}

    def test_its_lists_are_its_own_and_do_not_stay(self, ask):
        world = ask(apt_update_info, "updates")[1]
        folder = world.config.split('Dir::State::Lists "')[1].split("/lists")[0]
        assert "apt-look." in folder and not os.path.exists(folder)
        assert 'Dir::Log "%s"' % folder in world.config and 'Dir::Cache::pkgcache ""' in world.config

    def test_without_asking_the_sources(self, ask):
        assert UPDATE not in ask(apt_update_info, "updates", refresh=False)[1].asked

    def test_one_that_is_not_installed(self, ask):
        result = ask(apt_update_info, "updates", packages=["recorded-tool", "recorded-other"])[0]
        assert result["plan"]["absent"] == ["recorded-other"]

    def test_one_that_does_not_exist(self, ask):
        result = ask(apt_update_info, "updates", packages=["recorded-nothing"])[0]
        assert result["failed"] and "E: Unable to locate package recorded-nothing. Nothing was changed." in result["msg"]

    def test_one_that_cannot_be(self, ask):
        result = ask(apt_update_info, "kept", packages=["recorded-tool"])[0]
        assert result["failed"] and "you have held broken packages" in result["msg"]

    def test_sources_that_cannot_be_read(self, ask):
        def cut(world):
            world.broken[UPDATE] = 100, "", "E: Failed to fetch file:/nowhere"
        result = ask(apt_update_info, "updates", change=cut)[0]
        assert result["failed"] and "What could be updated is not known." in result["msg"]

    def test_debian_asks_for_a_reboot(self, ask, tmp_path):
        (tmp_path / "required").write_text("*** System restart required ***\n")
        (tmp_path / "pkgs").write_text("linux-image\ndbus\n")
        assert ask(apt_update_info, "nothing")[0]["reboot"]["now"] == ["TMP linux-image dbus"]

    def test_a_library_that_would_be_replaced(self, ask, monkeypatch):
        process = {"name": "cron", "exe": "/usr/sbin/cron", "files": {"/usr/lib/libtool.so.1": False}}
        monkeypatch.setattr(_apt_host, "processes", lambda units: [process])

        def files(world):
            world.files = ["/lib/libtool.so.1"]
        result, world = ask(apt_update_info, "updates", change=files)
        assert result["reboot"] == {"now": [], "after": ["/usr/lib/libtool.so.1 is in use by cron, and is replaced"]}
        assert "dpkg-query --listfiles recorded-corosync recorded-tool" in world.asked


class TestUpdate:
    def test_all(self, ask):
        result, world = ask(apt_update, "updates")
        assert result["changed"] and world.wrote == [UPDATE, ALL]
        assert result["diff"]["after"].splitlines() == [
            "recorded-corosync 3.1.9-2 -> 3.1.9-2+deb13u1", "recorded-tool 1.0-1 -> 1.1-1~deb13u1",
            "recorded-new 2:1.0+b1 (new)"]

    def test_check_mode_says_the_same(self, ask):
        done, checked = ask(apt_update, "updates")[0], ask(apt_update, "updates", check=True)
        assert checked[1].wrote == [] and checked[0] == done

    def test_nothing_to_do(self, ask):
        result, world = ask(apt_update, "nothing", refresh=False)
        assert result["changed"] is False and world.wrote == []

    def test_a_removal_is_refused(self, ask):
        result, world = ask(apt_update, "removes")
        assert result["msg"] == "Nothing was changed: the update would remove recorded-pacemaker; may_remove allows none."
        assert world.wrote == [UPDATE]

    def test_one_that_is_allowed(self, ask):
        result, world = ask(apt_update, "removes", may_remove=["recorded-pacemaker"])
        assert result["changed"] and world.wrote[-1] == ALL.replace(" --no-remove", "")

    def test_what_dpkg_was_killed_in_is_finished_first(self, ask):
        result, world = ask(apt_update, "half", refresh=False)
        assert world.wrote == [FINISH, ALL]
        assert result["diff"]["after"].splitlines()[0] == "recorded-tool (finished)"

    def test_and_that_alone(self, ask):
        result, world = ask(apt_update, "half", only_finish=True)
        assert result["changed"] and world.wrote == [FINISH]
        result, world = ask(apt_update, "half", only_finish=True, check=True)
        assert result["changed"] and world.wrote == []
        assert ask(apt_update, "updates", only_finish=True)[0]["changed"] is False

    def test_an_update_that_has_updated_nothing(self, ask):
        result = ask(apt_update, "updates", next_state="updates")[0]
        assert result["failed"] and "still to be done: recorded-corosync 3.1.9-2 ->" in result["msg"]

    def test_an_update_that_fails(self, ask):
        def fill(world):
            world.broken[ALL] = 100, "", "E: You don't have enough free space"
        result = ask(apt_update, "updates", change=fill)[0]
        assert "enough free space. What was updated stays updated." in result["msg"]


class TestProcesses:
    MAPS = "7f00-7f01 r-xp 0 fe:01 2 /usr/lib/libc.so.6 (deleted)\n"

    def test_who_counts(self, monkeypatch):
        """No session of a user, no container, no unit that is stopped anyway, and not this module and who started it."""
        groups = {"1": "/init.scope", "50": "/system.slice/cron.service", "60": "/user.slice/user-0.slice/session-1.scope",
                  "70": "/system.slice/pacemaker.service", "80": "/system.slice/docker-1.scope",
                  "90": "/system.slice/ssh.service", "99": "/system.slice/ssh.service"}
        parent = {"99": "90", "90": "1"}

        def text_of(path):
            dummy, dummy, pid, name = path.split("/")
            return {"cgroup": "0::%s\n" % groups[pid], "maps": self.MAPS, "comm": "p%s\n" % pid,
                    "stat": "%s (a) b) S %s 1" % (pid, parent.get(pid, "1"))}[name]

        def link_of(path):
            return "pid:[2]" if path == "/proc/80/ns/pid" else "pid:[1]" if path.endswith("ns/pid") else "/usr/sbin/x"

        monkeypatch.setattr(_apt_host, "text_of", text_of)
        monkeypatch.setattr(_apt_host, "link_of", link_of)
        monkeypatch.setattr(_apt_host.os, "listdir", lambda path: [*groups, "self", "meminfo"])
        monkeypatch.setattr(_apt_host.os, "getpid", lambda: 99)
        assert [process["name"] for process in _apt_host.processes(["pacemaker.service"])] == ["p1", "p50"]
