# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _block_devices
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_read as read
from mdadm_recordings import Recording
from transcripts import RELEASES

BOTH = pytest.mark.parametrize("release", RELEASES)


def only(release, state):
    """The one array of a recording."""
    arrays = Recording(release, state).arrays()
    assert len(arrays) == 1
    return arrays[0]


def roles(array):
    return {member["device"][5:]: member["role"] for member in array["members"]}


@BOTH
def test_no_array(release):
    assert Recording(release, "blank").arrays() == []


@BOTH
def test_a_mirror(release):
    array = only(release, "raid1")
    assert len(array.pop("uuid")) == 35
    assert array == {
        "device": "/dev/md127",
        "name": "data",
        "home_host": "node1",
        "level": "1",
        "raid_devices": 2,
        "layout": None,
        "chunk": None,
        "size": 64512,
        "array_size": 64512,
        "metadata": "1.2",
        "bitmap": "internal",
        "consistency_policy": None,
        "active": True,
        "state": "clean",
        "read_only": "no",
        "degraded": 0,
        "slots": "UU",
        "sync_action": "idle",
        "operation": None,
        "reshape_position": None,
        "members": [
            {
                "device": "/dev/vda",
                "role": "active",
                "slot": 0,
                "want_replacement": False,
                "offset": 2048,
                "new_offset": None,
            },
            {
                "device": "/dev/vdb",
                "role": "active",
                "slot": 1,
                "want_replacement": False,
                "offset": 2048,
                "new_offset": None,
            },
        ],
    }
    assert not read.busy(array) and read.progress(array) is None


# state: level, devices, slots, layout, chunk, bitmap, operation, roles
STATES = {
    "raid1_resync": ("1", 2, "UU", None, None, "internal", "resync", {"vda": "active", "vdb": "active"}),
    "raid1_check": ("1", 2, "UU", None, None, "internal", "check", {"vda": "active", "vdb": "active"}),
    "raid1_degraded": ("1", 2, "U_", None, None, "internal", None, {"vda": "active"}),
    "raid5_recovery": (
        "5",
        3,
        "UU_",
        "left-symmetric",
        512,
        "internal",
        "recovery",
        {"vda": "active", "vdb": "active", "vdc": "rebuilding", "vdd": "spare"},
    ),
    "raid5_spare": (
        "5",
        3,
        "UUU",
        "left-symmetric",
        512,
        "internal",
        None,
        {"vda": "active", "vdb": "active", "vdc": "active", "vdd": "spare"},
    ),
    "raid5_rebuild": (
        "5",
        3,
        "U_U",
        "left-symmetric",
        512,
        "internal",
        "recovery",
        {"vda": "active", "vdb": "faulty", "vdc": "active", "vdd": "rebuilding"},
    ),
    "raid5_failed": (
        "5",
        3,
        "UUU",
        "left-symmetric",
        512,
        "internal",
        None,
        {"vda": "active", "vdb": "faulty", "vdc": "active", "vdd": "active"},
    ),
    "raid5_degraded": (
        "5",
        3,
        "_UU",
        "left-symmetric",
        512,
        "internal",
        None,
        {"vda": "faulty", "vdc": "active", "vdd": "active"},
    ),
    "raid5_replace": (
        "5",
        3,
        "UUU",
        "left-symmetric",
        512,
        "internal",
        "recovery",
        {"vda": "active", "vdc": "active", "vdd": "active", "vde": "replacement"},
    ),
    "raid5_replaced": (
        "5",
        3,
        "UUU",
        "left-symmetric",
        512,
        "internal",
        None,
        {"vda": "active", "vdc": "faulty", "vdd": "active", "vde": "active"},
    ),
    # A reshape shows where it leads to, not where it comes from.
    "raid5_reshape": (
        "5",
        4,
        "UUUU",
        "left-symmetric",
        512,
        "internal",
        "reshape",
        {"vda": "active", "vdc": "active", "vdd": "active", "vde": "active"},
    ),
    "raid6": (
        "6",
        5,
        "UUUUU",
        "left-symmetric",
        512,
        "internal",
        None,
        {"vda": "active", "vdc": "active", "vdd": "active", "vde": "active", "vdf": "active"},
    ),
    "raid0": ("0", 2, None, None, 512, "none", None, {"vda": "active", "vdb": "active"}),
    "raid4": ("4", 3, "UUU", None, 512, "none", None, {"vda": "active", "vdb": "active", "vdc": "active"}),
    "raid10_n2": ("10", 4, "UUUU", "n2", 512, "none", None, dict.fromkeys(["vda", "vdb", "vdc", "vdd"], "active")),
    "raid10_f2": ("10", 4, "UUUU", "f2", 512, "none", None, dict.fromkeys(["vda", "vdb", "vdc", "vdd"], "active")),
    "raid10_o2": ("10", 4, "UUUU", "o2", 512, "none", None, dict.fromkeys(["vda", "vdb", "vdc", "vdd"], "active")),
}


@BOTH
@pytest.mark.parametrize("state", sorted(STATES))
def test_states(release, state):
    array = only(release, state)
    operation = array["operation"]["name"] if array["operation"] else None
    assert (
        array["level"],
        array["raid_devices"],
        array["slots"],
        array["layout"],
        array["chunk"],
        array["bitmap"],
        operation,
        roles(array),
    ) == STATES[state]
    assert read.busy(array) == (operation is not None)


@BOTH
def test_a_running_operation(release):
    operation = only(release, "raid5_recovery")["operation"]
    assert operation["state"] == "running" and operation["total"] == 63488
    assert 0 < operation["percent"] < 100 and operation["finish_minutes"] > 0 and operation["speed"] > 0
    assert abs(100.0 * operation["done"] / operation["total"] - operation["percent"]) < 0.5


@BOTH
def test_a_wanted_replacement(release):
    members = {member["device"]: member for member in only(release, "raid5_replace")["members"]}
    assert members["/dev/vdc"]["want_replacement"] and not members["/dev/vda"]["want_replacement"]
    assert members["/dev/vdc"]["slot"] == members["/dev/vde"]["slot"]


@BOTH
def test_one_array_waits_for_another(release):
    arrays = {array["name"]: array for array in Recording(release, "raid1_delayed").arrays()}
    assert arrays["one"]["operation"]["state"] == "running"
    assert arrays["two"]["operation"] == {
        "name": "resync",
        "state": "delayed",
        "percent": None,
        "done": None,
        "total": None,
        "finish_minutes": None,
        "speed": None,
    }
    assert read.progress(arrays["two"]) == "resync delayed" and read.busy(arrays["two"])


@BOTH
def test_work_that_waits_for_a_write_is_not_waited_for(release):
    array = only(release, "raid1_pending")
    assert array["read_only"] == "auto" and array["operation"]["state"] == "pending"
    assert not read.busy(array)


@BOTH
def test_read_only(release):
    array = only(release, "raid1_read_only")
    assert (array["read_only"], array["state"]) == ("yes", "readonly")


@BOTH
def test_inactive(release):
    array = only(release, "raid1_inactive")
    assert (array["active"], array["name"], array["slots"], roles(array)) == (False, "data", None, {"vda": "spare"})


@BOTH
def test_old_metadata_has_no_name(release):
    array = only(release, "version_0.90")
    assert (array["metadata"], array["level"], array["home_host"]) == ("0.90", "1", None)


@BOTH
def test_members_of_a_stopped_array(release):
    host = Recording(release, "raid1_stopped").host()
    assert read.stopped(host["blocks"]) == {"data": ["/dev/vda", "/dev/vdb"]}
    assert {examine["name"] for examine in host["examine"].values()} == {"data"}
    assert {entry["type"] for entry in host["signatures"]["/dev/vda"]} == {"linux_raid_member"}
    # Those of an assembled one are its own business.
    assert read.stopped(Recording(release, "raid1").host()["blocks"]) == {}


@BOTH
def test_foreign_signatures_and_mounts(release):
    host = Recording(release, "foreign").host()
    assert host["blocks"]["/dev/vda"]["mountpoints"] == ["/mnt"]
    assert host["blocks"]["/dev/vdc"]["children"] == ["/dev/vdc1"]
    assert [entry["type"] for entry in host["signatures"]["/dev/vdb"]] == ["swap"]
    assert {entry["type"] for entry in host["signatures"]["/dev/vdc"]} == {"gpt", "PMBR"}
    assert "/dev/vdd" not in host["signatures"]


def test_what_no_recording_has():
    """Formats of md.c that take other hardware or other metadata to be seen."""
    arrays = read.parse_mdstat(
        "Personalities : [linear] [raid1] \n"
        "md_d0 : active linear sdb[1] sda[0]\n"
        "      2048 blocks super 1.2 64k rounding\n"
        "      \n"
        "md1 : active (broken) (read-only) raid1 nvme0n1p1[2](W) sdc[1](J) dm-3[0](R)\n"
        "      129024 blocks super external:/md127/0 [2/1] [_U]\n"
        "      resync=REMOTE\n"
        "      bitmap: 3/5 pages [12KB], 65536KB chunk, file: /var/bitmap\n"
        "\n"
        "md127 : inactive sdb[1](S) sda[0](S)\n"
        "      6306 blocks super external:imsm\n"
        "       \n"
        "unused devices: sdz[0]\n"
    )
    assert sorted(arrays) == ["md1", "md127", "md_d0"]
    assert (arrays["md_d0"]["level"], arrays["md_d0"]["slots"]) == ("linear", None)
    assert arrays["md1"]["read_only"] == "yes" and arrays["md1"]["broken"]
    assert [(entry["name"], entry["flags"]) for entry in arrays["md1"]["members"]] == [
        ("nvme0n1p1", ["write-mostly"]),
        ("sdc", ["journal"]),
        ("dm-3", ["replacement"]),
    ]
    assert (arrays["md1"]["bitmap"], arrays["md1"]["metadata"]) == ("file", "external:/md127/0")
    assert arrays["md1"]["operation"]["state"] == "remote"
    assert (arrays["md127"]["active"], arrays["md127"]["metadata"]) == (False, "external:imsm")
    assert read.parse_mdstat("") == {}


def test_progress_in_words():
    array = {
        "operation": {"name": "reshape", "state": "running", "percent": 4.26, "finish_minutes": 12.5, "speed": 100}
    }
    assert read.progress(array) == "reshape 4.3 %, 12.5 minutes to go at 100 KiB/s"


def test_devices_in_folders():
    """Where wipefs and /sys leave the folder out, no signature may be missed."""
    data = {"signatures": [{"device": "c0d0", "type": "gpt", "label": None, "uuid": None, "offset": "0x200"}]}
    assert list(_block_devices.parse_signatures(data, ["/dev/cciss/c0d0", "/dev/vda"])) == ["/dev/cciss/c0d0"]
    data = {"blockdevices": [{"kname": "cciss!c0d0", "path": "/dev/cciss/c0d0", "type": "disk", "size": 1024}]}
    assert list(_block_devices.parse_block_devices(data)) == ["/dev/cciss/c0d0"]


@BOTH
def test_a_reshape_shows_new_and_old(release):
    """The kernel shows "new (old)" for as long as they differ."""
    recording = Recording(release, "raid5_reshape")
    mdstat, detail = read.parse_mdstat(recording.mdstat())["md127"], {"name": "data", "home_host": None, "uuid": "u"}
    attributes = dict(recording.attributes("md127"), layout="18 (2)", chunk_size="65536 (524288)", level="raid6")
    assert attributes["raid_disks"] == "4 (3)"
    array = read.array("/dev/md127", mdstat, detail, attributes)
    assert (array["raid_devices"], array["layout"], array["chunk"]) == (4, "left-symmetric-6", 64)


POLICIES = {"raid5_ppl": "ppl", "raid5_ppl_to_resync": "resync", "raid5_ppl_again": "ppl", "raid5_without_ppl": "resync"}


@BOTH
@pytest.mark.parametrize("state", sorted(POLICIES))
def test_a_consistency_policy(release, state):
    recording = Recording(release, state)
    mdstat, detail = read.parse_mdstat(recording.mdstat())["md127"], {"name": "data", "home_host": None, "uuid": "u"}
    array = read.array("/dev/md127", mdstat, detail, recording.attributes("md127"))
    assert (array["consistency_policy"], array["bitmap"]) == (POLICIES[state], "none")


def superblock(data, size, start, bad_blocks, magic=0xA92B4EFC):
    """One by md_p.h: where data, superblock and bad block log begin, and how many sectors of data there can be."""
    values = bytearray(256)
    struct.pack_into("<II", values, 0, magic, 1)
    struct.pack_into("<QQQ", values, 128, data, size, start)
    struct.pack_into("<i", values, 188, bad_blocks)
    return bytes(values)


# what it is about: (the superblock, the room)
ROOMS = {
    "an array that was made with a bitmap": (superblock(4096, 126976, 8, 16), 8),
    "with ppl": (superblock(4096, 126976, 8, 2056), 2048),
    "with ppl, superblock at the very start": (superblock(4096, 126976, 0, 2056), 2048),
    "without a bad block log": (superblock(4096, 126976, 8, 0), 4080),
    "superblock at the end, made with a bitmap": (superblock(0, 131040, 131056, -8), 8),
    "superblock at the end, made with ppl": (superblock(0, 129000, 131056, -8), 2048),
    "superblock at the end, without a bad block log": (superblock(0, 131040, 131056, 0), 16),
    "something else": (superblock(4096, 126976, 8, 16, magic=1), None),
    "half of it": (superblock(4096, 126976, 8, 16)[:128], None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("about", sorted(ROOMS))
def test_room_for_a_partial_parity_log(about):
    found, room = ROOMS[about]
    assert read.ppl_room(found) == room


def test_where_a_superblock_begins():
    starts = [read.superblock_start(metadata, 64 * 1024 * 1024 + 512) for metadata in ("1.0", "1.1", "1.2")]
    assert starts == [64 * 1024 * 1024 - 8192, 0, 4096]


@BOTH
def test_an_interrupted_reshape(release):
    with_backup, without = only(release, "raid6_interrupted"), only(release, "raid5_interrupted")
    assert read.interrupted(with_backup) and read.needs_backup(with_backup) and not read.busy(with_backup)
    assert read.interrupted(without) and not read.needs_backup(without)
    for state in ("raid6_resumed", "raid5_resumed", "raid0_reshape"):
        assert not read.interrupted(only(release, state)) and read.busy(only(release, state))
    assert not read.interrupted(only(release, "raid0_half_grown"))


@BOTH
def test_busy_before_a_rebuild_is_seen(release):
    """A spare has just arrived and the kernel shows nothing yet; with nothing to rebuild, a spare is no work."""
    array = only(release, "raid5_spare")
    assert not read.busy(array)
    assert read.busy(dict(array, degraded=1))
