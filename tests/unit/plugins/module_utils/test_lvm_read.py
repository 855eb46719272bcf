# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What LVM, fstab and file systems say, as data. The recording is a table, and is made into lvs' rows of JSON here."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _lvm_read as read

LVS = Path(__file__).parents[2] / "fixtures" / "lvm" / "debian13" / "lvs.txt"


def rows():
    dummy, command, *lines = LVS.read_text(encoding="utf-8").splitlines()
    columns = command.split()[-1].split(",")
    return [dict(zip(columns, line.split("|")), lv_uuid="") for line in lines]


@pytest.fixture(scope="module")
def volumes():
    found = read.logical_volumes({"report": [{"lv": rows()}]})
    return {volume["lv"]: volume for volume in found}


def test_all_columns_are_asked_for():
    assert set(rows()[0]) == set(read.LVS[-1].split(","))


@pytest.mark.parametrize(
    ("name", "kind", "stripes", "mirrors"),
    [
        ("plain", "linear", 1, 0),
        ("wide", "striped", 2, 0),
        ("mail", "raid1", 1, 1),
        ("five", "raid5", 2, 0),
        ("six", "raid6", 3, 0),
        ("ten", "raid10", 2, 1),
        ("pool", "thin-pool", 1, 0),
        ("www", "thin", 1, 0),
        ("mail-before", "snapshot", 1, 0),
        ("www-before", "thin", 1, 0),
    ],
)
def test_shape(volumes, name, kind, stripes, mirrors):
    found = volumes[name]
    assert (found["type"], found["stripes"], found["mirrors"], found["hidden"]) == (kind, stripes, mirrors, False)


def test_a_cache_is_shown_at_what_it_speeds_up(volumes):
    plain = volumes["plain"]
    assert (plain["cachevol"], plain["cachemode"]) == ("fast", "writethrough")
    assert plain["origin"] is None and plain["thinpool"] is None
    assert volumes["fast_cvol"]["hidden"] and plain["pvs"] == ["/dev/disk1"] and plain["sync_percent"] is None


def test_snapshots_and_pools(volumes):
    assert (volumes["mail-before"]["origin"], volumes["mail-before"]["data_percent"]) == ("mail", 0.0)
    assert (volumes["www-before"]["origin"], volumes["www-before"]["thinpool"]) == ("www", "pool")
    assert not volumes["www-before"]["active"] and volumes["www"]["active"]
    assert volumes["pool"]["pvs"] == ["/dev/disk1"] and volumes["pool"]["open"]


def test_raid_stands_on_the_devices_of_its_hidden_volumes(volumes):
    assert volumes["six"]["pvs"] == ["/dev/disk1", "/dev/disk2", "/dev/disk3", "/dev/disk4", "/dev/disk5"]
    six = volumes["six"]
    assert (six["sync_percent"], six["sync_action"], six["mismatches"]) == (100.0, "idle", 0)


def test_monitored(volumes):
    """Nothing is said of what dmeventd would not watch."""
    watched = {name for name, found in volumes.items() if found["monitored"]}
    assert watched == {"five", "mail", "six", "ten", "pool", "mail-before"}
    assert volumes["plain"]["monitored"] is None


def test_not_monitored():
    changed = [dict(row, seg_monitor="not monitored") if row["lv_name"] == "mail" else row for row in rows()]
    found = {volume["lv"]: volume for volume in read.logical_volumes({"report": [{"lv": changed}]})}
    assert found["mail"]["monitored"] is False


def test_segments_of_one_volume():
    """As after lvextend: one row for each."""
    twice = [row for row in rows() if row["lv_name"] == "wide"] * 2
    found = read.logical_volumes({"report": [{"lv": twice}]})
    assert [(volume["lv"], volume["type"]) for volume in found] == [("wide", "striped")]


def test_the_layout_of_parity_is_no_type_of_its_own():
    names = ("raid5_n", "raid5_ls", "raid6_n_6", "raid10_near", "raid1", "thin-pool")
    assert [read.type_name(name) for name in names] == ["raid5", "raid5", "raid6", "raid10", "raid1", "thin-pool"]


def test_a_device_that_is_gone():
    # pvs of 2.03.31, with a disk taken away.
    row = {"pv_name": "[unknown]", "pv_uuid": "V6WQpc-2QjM", "vg_name": "data", "pv_size": "130023424", "pv_free": "0",
           "dev_size": "0", "pe_start": "1048576", "pv_missing": "missing", "pv_in_use": "used", "pv_duplicate": ""}
    found = read.physical_volumes({"report": [{"pv": [row]}]})[0]
    assert found["missing"] and found["in_use"] and not found["duplicate"] and found["vg"] == "data"


def test_fstab():
    text = "# a comment\nproc /proc proc\n/dev/data/x /mnt/my\\040place ext4 nofail 0 2 # mine\n/dev/y /y xfs ro\n"
    assert read.fstab(text) == [
        {"src": "/dev/data/x", "path": "/mnt/my place", "fstype": "ext4", "opts": "nofail", "dump": "0", "passno": "2"},
        {"src": "/dev/y", "path": "/y", "fstype": "xfs", "opts": "ro", "dump": "0", "passno": "0"},
    ]


def test_sizes_of_file_systems():
    assert read.ext_size("Block count:              12288\nBlock size:               1024\n") == 12 * 1024 * 1024
    xfs = "meta-data=/dev/dm-1 isize=512 agcount=4\ndata     =                       bsize=4096   blocks=81920, x=25\n"
    assert read.xfs_size(xfs) == 320 * 1024 * 1024
    assert read.ext_size("") is None and read.xfs_size("") is None


def test_settings_and_our_block():
    # lvmconfig of 2.03.31.
    text = 'raid_fault_policy="allocate"\nsnapshot_autoextend_percent=20\n'
    assert read.settings(text) == {"raid_fault_policy": "allocate", "snapshot_autoextend_percent": 20}
    own = "activation {\n    raid_fault_policy = \"warn\"\n}\n"
    assert read.block("local {\n}\n# BEGIN halab.cluster.lvm\n" + own + "# END halab.cluster.lvm\n") == own
    assert read.block("local {\n}\n") is None
