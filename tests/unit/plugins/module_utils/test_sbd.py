# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sbd: its file, what it says of its disks, which of these are initialised, and what a cluster may count on."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _sbd_plan as plans
from ansible_collections.halab.cluster.plugins.module_utils import _sbd_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _sbd_words as words
from ansible_collections.halab.cluster.plugins.module_utils._sbd_property import sbd_property
from transcripts import RELEASES, Transcript

TIMEOUTS = {"watchdog": 5, "allocate": 2, "loop": 1, "msgwait": 10}
DUMP, LIST = "sbd -d /dev/sbd1 dump", "sbd -d /dev/sbd1 list"


@pytest.fixture(params=RELEASES)
def said(request):
    return lambda state: Transcript("sbd", request.param, state).answers


def test_the_header_of_a_disk(said):
    assert read.parse_dump(said("blank")[DUMP][1]) is None
    header = read.parse_dump(said("made")[DUMP][1])
    assert (header["version"], header["slots"], header["sector_size"], header["timeouts"]) == ("2.1", 255, 512, TIMEOUTS)
    assert len(header["uuid"]) == 36


def test_the_slots_of_a_disk(said):
    assert read.parse_list(said("made")[LIST][1]) == []
    assert read.parse_list(said("fenced")[LIST][1]) == [
        {"slot": 0, "node": "node1", "message": "clear", "sender": ""},
        {"slot": 1, "node": "node2", "message": "reset", "sender": "node1"}]


def test_a_running_sbd_says_which_disks_it_reads(said):
    titles = [out for command, (dummy, out, err) in said("watched").items() if command.startswith("cat ")]
    assert len(titles) == 2
    uuid = read.parse_dump(said("watched")[DUMP][1])["uuid"]
    assert read.parse_titles(titles) == [{"device": "/dev/sbd1", "slot": 1, "uuid": uuid}]


def test_the_command_is_the_one_that_was_recorded(said):
    (command,) = said("create")
    assert " ".join(plans.create("/dev/sbd1", TIMEOUTS)) == command


def test_the_file_says_everything():
    text = words.sbd_default({"SBD_DEVICE": ["/dev/a", "/dev/b", "/dev/c"], "SBD_PACEMAKER": True, "SBD_DELAY_START": 25},
                             {"watchdog": 7})
    assert text.splitlines()[1:] == [
        'SBD_DEVICE="/dev/a;/dev/b;/dev/c"', 'SBD_PACEMAKER="yes"', 'SBD_STARTMODE="always"', 'SBD_DELAY_START="25"',
        'SBD_WATCHDOG_DEV="/dev/watchdog"', 'SBD_WATCHDOG_TIMEOUT="7"', 'SBD_TIMEOUT_ACTION="flush,reboot"',
        'SBD_MOVE_TO_ROOT_CGROUP="auto"', 'SBD_SYNC_RESOURCE_STARTUP="yes"', 'SBD_OPTS=""']
    assert read.parse_default(text)["SBD_DEVICE"] == "/dev/a;/dev/b;/dev/c"


def test_a_file_is_read_as_systemd_does():
    assert read.parse_default("#SBD_A=1\nSBD_B=2\nSBD_B='3 4'\nOTHER=5\n SBD_C=\"\"\nSBD_D=/dev/a;/dev/b\n") == {
        "SBD_B": "3 4", "SBD_C": "", "SBD_D": "/dev/a;/dev/b"}


def test_timeouts_that_nobody_has_named():
    assert words.sbd_timeouts({}, {}) == TIMEOUTS
    assert words.sbd_timeouts({"msgwait": 60}, {"SBD_WATCHDOG_TIMEOUT": 20}) == {
        "watchdog": 20, "allocate": 2, "loop": 1, "msgwait": 60}


@pytest.mark.parametrize("delay, expected", [("no", 90), (False, 90), (25, 115), ("yes", 100), (True, 100)])
def test_systemd_leaves_it_the_time_for_which_it_sleeps(delay, expected):
    assert words.start_timeout({"SBD_DELAY_START": delay}, {}) == expected


# Disks


def world(**more):
    block = {"path": "/dev/vdb", "type": "disk", "size": 4 << 20, "mountpoints": [], "children": []}
    found = {"blocks": {"/dev/vdb": block}, "headers": {"/dev/vdb": None}, "signatures": {}, "held": set(),
             "data": {"/dev/vdb": None}, "sector_size": {"/dev/vdb": 512}, "running": False}
    for name, value in more.items():
        if name in block:
            block[name] = value
        else:
            found[name] = value
    return found


def plan(host, timeouts=None, again=(), devices=None):
    return plans.plan({"devices": devices or {"/dev/sbd1": "/dev/vdb"}, "timeouts": timeouts or TIMEOUTS,
                       "reinitialize": list(again)}, host)


def header(**timeouts):
    return {"/dev/vdb": {"timeouts": {**TIMEOUTS, **timeouts}}}


def test_a_disk_that_holds_nothing_is_initialised():
    assert plan(world()) == ({"/dev/sbd1": plans.create("/dev/sbd1", TIMEOUTS)}, [])


def test_one_that_is_initialised_is_left_alone():
    assert plan(world(headers=header(), running=True, data={})) == ({}, [])


def test_one_is_initialised_anew_only_by_its_name_and_while_nobody_reads_it():
    assert plan(world(headers=header(msgwait=20)), again=["/dev/sbd1"])[1] == []
    assert list(plan(world(headers=header(msgwait=20)), again=["/dev/sbd1"])[0]) == ["/dev/sbd1"]
    (problem,) = plan(world(headers=header(msgwait=20)))[1]
    assert "msgwait is 20 and 10 is wanted" in problem and "name the device in reinitialize" in problem
    commands, (problem,) = plan(world(headers=header(msgwait=20), running=True), again=["/dev/sbd1"])
    assert commands == {} and "sbd runs on this host" in problem


@pytest.mark.parametrize("more, expected", [
    ({"blocks": {}}, "/dev/sbd1 is no block device of this host."),
    ({"mountpoints": ["/srv"]}, "/dev/vdb is in use: mounted at /srv."),
    ({"held": {"/dev/vdb"}}, "something holds it for itself alone"),
    ({"signatures": {"/dev/vdb": [{"type": "ext4", "label": "data", "offset": "0x438"}]}}, "holds ext4 data at byte 0x438"),
    ({"data": {"/dev/vdb": 1234}}, "holds data (at byte 1234); allowed is a device that holds nothing. If nobody needs that"),
    ({"size": 512 << 10}, "has 524288 bytes; allowed are 1048576 or more."),
    ({"sector_size": {"/dev/vdb": 4096}, "size": 2 << 20}, "allowed are 4194304 or more."),
])
def test_a_disk_that_is_not_taken(more, expected):
    commands, (problem,) = plan(world(**more))
    assert commands == {} and expected in problem


def test_two_names_of_one_disk():
    names = {"/dev/sbd1": "/dev/vdb", "/dev/sbd2": "/dev/vdb", "/dev/sbd3": "/dev/vdb"}
    assert plan(world(headers=header()), devices=names)[1] == [
        "/dev/vdb is there twice; allowed are devices that do not fail together."]


# What it goes by


UP = {"enabled": True, "running": True}


@pytest.mark.parametrize("unit, wanted, heeded, expected", [
    (UP, {"SBD_A": "1"}, {"SBD_A": "1"}, []),
    (UP, {"SBD_A": "1"}, {"SBD_A": "2", "SBD_B": "1"}, ["SBD_A", "SBD_B"]),
    (UP, {"SBD_A": ""}, {}, []),
    (UP, {"SBD_B": "1", "SBD_A": "1"}, None, ["SBD_A", "SBD_B"]),
    ({"enabled": True, "running": False}, {}, None, ["running"]),
    ({"enabled": False, "running": True}, {"SBD_A": "1"}, {"SBD_A": "1"}, ["enabled"]),
    ({"enabled": False, "running": False}, {"SBD_A": "1"}, None, []),
])
def test_pending(unit, wanted, heeded, expected):
    assert read.pending(unit, wanted, heeded) == expected


def state(devices="", timeout="5", wanted=None, running=True):
    heeded = {"SBD_DEVICE": devices, "SBD_WATCHDOG_TIMEOUT": timeout}
    return {"running": running, "heeded": heeded, "settings": dict(heeded, SBD_WATCHDOG_TIMEOUT=wanted or timeout)}


@pytest.mark.parametrize("states, devices, wanted, expected", [
    ({"a": state(), "b": state()}, [], 10, "10s"),
    # One does not run, nobody knows what one goes by, one is not reached: Pacemaker would end there.
    ({"a": state(), "b": state(running=False)}, [], 10, ""),
    ({"a": state(), "b": dict(state(), heeded=None)}, [], 10, ""),
    ({"a": state()}, [], 10, ""),
    # A longer watchdog has to be waited for by all as long as one has it, and before the first one has it.
    ({"a": state(), "b": state(timeout="20")}, [], 10, "40s"),
    ({"a": state(), "b": state(wanted="20")}, [], 10, "40s"),
    # Who still reads a disk does not reset itself.
    ({"a": state(), "b": state(devices="/dev/a")}, [], 10, ""),
    # Who does not read it yet gets no message.
    ({"a": state("/dev/a"), "b": state()}, ["/dev/a"], 10, ""),
    ({"a": state("/dev/a"), "b": state("/dev/a")}, ["/dev/a"], 10, "0"),
    # It is to go, whoever runs.
    ({"a": state(), "b": state(running=False)}, [], 0, "0"),
    ({}, [], 0, "0"),
])
def test_what_a_cluster_may_count_on(states, devices, wanted, expected):
    assert sbd_property(states, ["a", "b"], devices, wanted) == expected
