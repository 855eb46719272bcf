# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sbd_info and sbd_device on what fixtures/sbd/record.sh recorded of the real tool."""

from __future__ import annotations

import json

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _block_host, _sbd_host
from ansible_collections.halab.cluster.plugins.modules import sbd_device, sbd_info
from transcripts import RELEASES, Transcript

TIMEOUTS = {"watchdog": 5, "allocate": 2, "loop": 1, "msgwait": 10}
CREATE = "sbd -1 5 -2 2 -3 1 -4 10 -d /dev/sbd1 create"
BLOCKS = {"blockdevices": [{"name": "sbd1", "kname": "sbd1", "path": "/dev/sbd1", "type": "disk", "size": 4 << 20,
                            "mountpoints": [None], "fstype": None, "label": None}]}


class World:
    """A node with sbd and one disk, which `sbd create` brings from one recorded state into another."""

    def __init__(self, release, state, unit):
        self.release, self.unit, self.calls = release, unit, []
        self.turn(state)

    def turn(self, state):
        self.answers = Transcript("sbd", self.release, state)

    def run_command(self, argv, **kwargs):
        assert isinstance(argv, list) and kwargs["environ_update"] == {"LC_ALL": "C", "LANGUAGE": "C"}
        command = " ".join(argv)
        self.calls.append(command)
        if argv[0] == "systemctl":
            return 0, "LoadState=loaded\nActiveState=%s\nUnitFileState=%s\nMainPID=%s\n" % self.unit, ""
        if argv[0] == "lsblk":
            return 0, json.dumps(BLOCKS), ""
        if command == CREATE:
            answer = Transcript("sbd", self.release, "create").answer(argv)
            self.turn("made")
            return answer
        return self.answers.answer(argv) or (1, "", "%s: nobody home\n" % argv[0])


@pytest.fixture(params=RELEASES)
def node(request, run_module, monkeypatch, tmp_path):
    def run(module, state, check=False, unit=("inactive", "enabled", 0), disk=b"\0" * 4096, installed=True, heeded=None,
            titles=(), **options):
        world = World(request.param, state, unit)
        (tmp_path / "disk").write_bytes(disk)
        (tmp_path / "default").write_text('SBD_DEVICE="/dev/sbd1"\nSBD_WATCHDOG_TIMEOUT="5"\n', encoding="ascii")
        if heeded is not None:
            (tmp_path / "heeded").write_text(heeded, encoding="ascii")
        monkeypatch.setattr(_sbd_host, "DEFAULT", str(tmp_path / "default"))
        monkeypatch.setattr(_sbd_host, "HEEDED", str(tmp_path / "heeded"))
        monkeypatch.setattr(_sbd_host, "titles", lambda: list(titles))
        monkeypatch.setattr(_sbd_host.SbdHost, "is_installed", lambda self: installed)
        data, magic = _sbd_host.SbdHost.data, _sbd_host.SbdHost.has_magic
        monkeypatch.setattr(_sbd_host.SbdHost, "data", lambda self, device: data(self, str(tmp_path / "disk")))
        monkeypatch.setattr(_sbd_host.SbdHost, "has_magic", lambda self, device: magic(self, str(tmp_path / "disk")))
        monkeypatch.setattr(_sbd_host.SbdHost, "sector_size", lambda self, device: 512)
        monkeypatch.setattr(_sbd_host.os.path, "exists", lambda path, real=_sbd_host.os.path.exists: (
            path == "/dev/sbd1" or real(path)))
        monkeypatch.setattr(_block_host.BlockHost, "is_held", lambda self, device: False)
        if module is sbd_device:
            options = {"devices": ["/dev/sbd1"], **options}
        return run_module(module, {"input": options}, check=check, world=world)

    yield run
    monkeypatch.undo()


def created(world):
    return [call for call in world.calls if call.endswith(" create")]


def test_an_empty_disk_is_initialised_as_check_mode_says_and_once(node):
    predicted, world = node(sbd_device, "blank", check=True)
    assert created(world) == []
    result, world = node(sbd_device, "blank")
    assert result["changed"] is True and result["commands"] == created(world) == [CREATE]
    assert result["diff"][0]["before"] == "not initialised\n"
    assert result["diff"][0]["after"] == "".join("Timeout (%s) : %d\n" % pair for pair in sorted(TIMEOUTS.items()))
    assert predicted == result
    again, world = node(sbd_device, "made", disk=b"SBD_SBD_")
    assert (again["changed"], again["commands"], again["diff"], created(world)) == (False, [], [], [])


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("place", [0, 1234, 3 << 20])
def test_a_disk_with_one_byte_on_it_is_refused(node, check, place):
    result, world = node(sbd_device, "blank", check=check, disk=b"\0" * place + b"x" + b"\0" * 100)
    assert "/dev/sbd1 holds data (at byte %d)" % place in result["msg"] and created(world) == []
    assert result["msg"].endswith("Nothing was changed.")


def test_both_ends_of_a_large_disk_are_looked_at(node, monkeypatch):
    monkeypatch.setattr(_sbd_host, "ENDS", 1024)
    monkeypatch.setattr(_sbd_host, "CHUNK", 512)
    assert "at byte 9215" in node(sbd_device, "blank", disk=b"\0" * 9215 + b"x")[0]["msg"]
    assert node(sbd_device, "blank", disk=b"\0" * 5000 + b"x" + b"\0" * 5000)[0]["changed"] is True


def test_other_timeouts_are_refused_by_name(node):
    result, world = node(sbd_device, "slots", timeouts={"watchdog": 10, "msgwait": 20})
    assert "watchdog is 5 and 10 is wanted, msgwait is 10 and 20 is wanted" in result["msg"] and created(world) == []
    result, world = node(sbd_device, "slots", unit=("active", "enabled", 5), timeouts={"msgwait": 20},
                         reinitialize=["/dev/sbd1"])
    assert "sbd runs on this host" in result["msg"] and created(world) == []


@pytest.mark.parametrize("options, expected", [
    ({"devices": ["/dev/a", "/dev/b"]}, "devices: there are 2; allowed are 1 or 3."),
    ({"timeouts": {"msgwait": 9}}, "msgwait is 9 and watchdog 5"),
    ({"timeouts": {"loop": 0}}, "allowed are numbers from 1 on"),
    ({"devices": ["/dev/nowhere"]}, "/dev/nowhere is no block device of this host."),
])
def test_what_is_refused_before_anything_is_looked_at(node, options, expected):
    result, world = node(sbd_device, "blank", **options)
    assert expected in result["msg"] and created(world) == []


def test_without_sbd_check_mode_goes_by_what_is_on_the_disk(node):
    assert node(sbd_device, "blank", check=True, installed=False)[0]["commands"] == [CREATE]
    assert node(sbd_device, "blank", check=True, installed=False, disk=b"SBD_SBD_\2")[0]["changed"] is False
    assert "Install the package sbd" in node(sbd_device, "blank", installed=False)[0]["msg"]


def test_a_create_that_did_nothing_is_noticed(node, monkeypatch):
    monkeypatch.setattr(World, "turn", lambda self, state: setattr(
        self, "answers", Transcript("sbd", self.release, "blank")))
    assert "reported success, and sbd -d /dev/sbd1 dump says: not initialised" in node(sbd_device, "blank")[0]["msg"]


def test_what_it_tells_of_a_node_that_runs_it(node):
    result = node(sbd_info, "fenced", unit=("active", "enabled", 73), heeded="SBD_DEVICE=/dev/sbd1\nSBD_WATCHDOG_TIMEOUT=9\n",
                  titles=["sbd: inquisitor", "sbd: watcher: /dev/sbd1 - slot: 1 - uuid: abc"])[0]
    sbd, (device,) = result["sbd"], result["devices"]
    assert (sbd["installed"], sbd["enabled"], sbd["running"], sbd["pid"]) == (True, True, True, 73)
    assert sbd["pending"] == ["SBD_WATCHDOG_TIMEOUT"] and sbd["heeded"]["SBD_WATCHDOG_TIMEOUT"] == "9"
    assert sbd["watched"] == [{"device": "/dev/sbd1", "slot": 1, "uuid": "abc"}]
    assert (device["present"], device["initialized"], device["error"]) == (True, True, None)
    assert device["header"]["timeouts"] == TIMEOUTS
    assert [(entry["node"], entry["message"]) for entry in device["messages"]] == [("node1", "clear"), ("node2", "reset")]


def test_what_it_tells_of_one_that_does_not(node):
    result = node(sbd_info, "blank", unit=("inactive", "", 0), heeded="SBD_A=1\n", devices=["/dev/sbd1", "/dev/nowhere"])[0]
    sbd = result["sbd"]
    assert (sbd["running"], sbd["enabled"], sbd["pending"], sbd["heeded"], sbd["watched"]) == (False, False, [], None, [])
    assert [(device["present"], device["initialized"]) for device in result["devices"]] == [(True, False), (False, False)]
    result = node(sbd_info, "blank", installed=False)[0]
    assert result["sbd"]["installed"] is False and result["devices"][0]["initialized"] is False


def test_a_disk_that_cannot_be_read_is_an_error_and_not_an_empty_one(node, monkeypatch):
    unreadable = (1, "", "== disk /dev/sbd1 unreadable!\n==Header on disk /dev/sbd1 NOT dumped\nsbd failed; please check the logs.\n")
    run = World.run_command
    monkeypatch.setattr(World, "run_command", lambda self, argv, **kwargs: (
        unreadable if argv[-1] == "dump" else run(self, argv, **kwargs)))
    assert "unreadable" in node(sbd_info, "blank")[0]["devices"][0]["error"]
    result, world = node(sbd_device, "blank")
    assert "unreadable" in result["msg"] and created(world) == []
