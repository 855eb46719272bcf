# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What LVM, fstab and file systems say, as data."""

from __future__ import annotations

import json

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _lvm_host as host
from ansible_collections.halab.cluster.plugins.module_utils import _lvm_read as read
from transcripts import RELEASES, Transcript


def said(release, state, argv):
    """What a command of the collection's printed; one that was not recorded like this is no command of its."""
    rc, out, dummy = Transcript("lvm", release, state).answer(argv)
    assert rc == 0
    return out


def rows(release, state):
    return json.loads(said(release, state, read.LVS))["report"][0]["lv"]


def named(report):
    return {volume["lv"]: volume for volume in read.logical_volumes(report)}


def volumes_of(release, state):
    return named(json.loads(said(release, state, read.LVS)))


@pytest.fixture(scope="module", params=RELEASES)
def release(request):
    return request.param


@pytest.fixture(scope="module")
def volumes(release):
    return volumes_of(release, "whole")


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
    assert volumes["fast_cvol"]["hidden"] and plain["pvs"] == ["/dev/vda"] and plain["sync_percent"] is None


def test_snapshots_and_pools(volumes):
    assert (volumes["mail-before"]["origin"], volumes["mail-before"]["data_percent"]) == ("mail", 0.0)
    assert (volumes["www-before"]["origin"], volumes["www-before"]["thinpool"]) == ("www", "pool")
    assert not volumes["www-before"]["active"] and volumes["www"]["active"]
    assert volumes["pool"]["pvs"] == ["/dev/vdd"] and volumes["pool"]["open"]


def test_raid_stands_on_the_devices_of_its_hidden_volumes(volumes):
    assert volumes["six"]["pvs"] == ["/dev/vdc", "/dev/vdd", "/dev/vde", "/dev/vdf", "/dev/vdg"]
    six = volumes["six"]
    assert (six["sync_percent"], six["sync_action"], six["mismatches"]) == (100.0, "idle", 0)


def test_monitored(volumes):
    """Nothing is said of what dmeventd would not watch."""
    watched = {name for name, found in volumes.items() if found["monitored"]}
    assert watched == {"five", "mail", "six", "ten", "pool", "mail-before"}
    assert volumes["plain"]["monitored"] is None


def test_not_monitored_and_merging(release):
    volumes = volumes_of(release, "merging")
    assert volumes["five"]["monitored"] is False and volumes["mail"]["monitored"] is True
    assert volumes["mail"]["merging"]


def test_segments_of_one_volume(release, volumes):
    """As after lvextend: one row for each."""
    assert len([row for row in rows(release, "whole") if row["lv_name"] == "split"]) == 2
    assert (volumes["split"]["type"], volumes["split"]["pvs"]) == ("linear", ["/dev/vdg"])


def test_the_layout_of_parity_is_no_type_of_its_own():
    names = ("raid5_n", "raid5_ls", "raid6_n_6", "raid10_near", "raid1", "thin-pool")
    assert [read.type_name(name) for name in names] == ["raid5", "raid5", "raid6", "raid10", "raid1", "thin-pool"]


def test_a_device_that_is_gone(release):
    gone = [found for found in read.physical_volumes(json.loads(said(release, "gone", read.PVS))) if found["missing"]]
    assert [(found["pv"], found["vg"], found["in_use"], found["duplicate"]) for found in gone] == [
        ("[unknown]", "data", True, False)
    ]
    assert not [found for found in read.physical_volumes(json.loads(said(release, "whole", read.PVS))) if found["missing"]]


def test_fstab():
    text = "# a comment\nproc /proc proc\n/dev/data/x /mnt/my\\040place ext4 nofail 0 2 # mine\n/dev/y /y xfs ro\n"
    assert read.fstab(text) == [
        {"src": "/dev/data/x", "path": "/mnt/my place", "fstype": "ext4", "opts": "nofail", "dump": "0", "passno": "2"},
        {"src": "/dev/y", "path": "/y", "fstype": "xfs", "opts": "ro", "dump": "0", "passno": "0"},
    ]


def test_sizes_of_file_systems(release):
    assert read.ext_size(said(release, "asked", ["tune2fs", "-l", "/dev/data/plain"])) == 12 * 1024 * 1024
    xfs = "meta-data=/dev/dm-1 isize=512 agcount=4\ndata     =                       bsize=4096   blocks=81920, x=25\n"
    assert read.xfs_size(xfs) == 320 * 1024 * 1024
    assert read.ext_size("") is None and read.xfs_size("") is None


def test_settings(release):
    assert read.settings(said(release, "asked", host.LVMCONFIG)) == {
        "raid_fault_policy": "warn",
        "snapshot_autoextend_percent": 20,
        "snapshot_autoextend_threshold": 100,
        "thin_pool_autoextend_percent": 20,
        "thin_pool_autoextend_threshold": 100,
    }


def test_our_block():
    own = "activation {\n    raid_fault_policy = \"warn\"\n}\n"
    assert read.block("local {\n}\n# BEGIN halab.cluster.lvm\n" + own + "# END halab.cluster.lvm\n") == own
    assert read.block("local {\n}\n") is None
