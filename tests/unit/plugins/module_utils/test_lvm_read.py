# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What LVM, fstab and file systems say, as data. tests/unit/fixtures/lvm/record.sh recorded it on both releases."""

from __future__ import annotations

import json

import pytest
import transcripts
from ansible_collections.halab.cluster.plugins.module_utils import _lvm_host
from ansible_collections.halab.cluster.plugins.module_utils import _lvm_read as read


class Recording:
    """What a release says while the group is in one state."""

    def __init__(self, release, state):
        self.transcript = transcripts.Transcript("lvm", release, state)

    def text(self, argv):
        rc, out, dummy = self.transcript.answers[" ".join(argv)]
        assert rc == 0
        return out

    def report(self, argv):
        return json.loads(self.text(argv))

    def volumes(self, report=None):
        found = read.logical_volumes(report or self.report(read.LVS))
        return {volume["lv"]: volume for volume in found}


@pytest.fixture(scope="module", params=transcripts.RELEASES)
def whole(request):
    return Recording(request.param, "whole")


@pytest.fixture(scope="module", params=transcripts.RELEASES)
def gone(request):
    """With its second disk pulled out."""
    return Recording(request.param, "gone")


@pytest.fixture(scope="module")
def volumes(whole):
    return whole.volumes()


@pytest.fixture(scope="module")
def disks(whole):
    """The devices of the group, in the order in which it was given them."""
    return [volume["pv"] for volume in read.physical_volumes(whole.report(read.PVS))]


@pytest.mark.parametrize(
    ("name", "kind", "stripes", "mirrors"),
    [
        # Of two segments: a row for each.
        ("split", "linear", 1, 0),
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


def test_a_cache_is_shown_at_what_it_speeds_up(volumes, disks):
    plain = volumes["plain"]
    assert (plain["cachevol"], plain["cachemode"]) == ("fast", "writethrough")
    assert plain["origin"] is None and plain["thinpool"] is None
    assert volumes["fast_cvol"]["hidden"] and plain["pvs"] == disks[:1] and plain["sync_percent"] is None


def test_snapshots_and_pools(volumes):
    assert (volumes["mail-before"]["origin"], volumes["mail-before"]["data_percent"]) == ("mail", 0.0)
    assert (volumes["www-before"]["origin"], volumes["www-before"]["thinpool"]) == ("www", "pool")
    assert not volumes["www-before"]["active"] and volumes["www"]["active"]
    assert len(volumes["pool"]["pvs"]) == 1 and volumes["pool"]["open"]


def test_raid_stands_on_the_devices_of_its_hidden_volumes(volumes, disks):
    six = volumes["six"]
    assert len(set(six["pvs"])) == 5 and set(six["pvs"]) < set(disks)
    assert set(volumes["mail"]["pvs"]) == set(disks[:2])
    assert (six["sync_percent"], six["sync_action"], six["mismatches"]) == (100.0, "idle", 0)


def test_monitored(volumes):
    """Nothing is said of what dmeventd would not watch."""
    watched = {name for name, found in volumes.items() if found["monitored"]}
    assert watched == {"five", "mail", "six", "ten", "pool", "mail-before"}
    assert volumes["plain"]["monitored"] is None


def test_not_monitored(gone):
    assert gone.volumes()["mail"]["monitored"] is False


def test_the_layout_of_parity_is_no_type_of_its_own():
    names = ("raid5_n", "raid5_ls", "raid6_n_6", "raid10_near", "raid1", "thin-pool")
    assert [read.type_name(name) for name in names] == ["raid5", "raid5", "raid6", "raid10", "raid1", "thin-pool"]


def test_groups(whole, disks):
    (group,) = read.volume_groups(whole.report(read.VGS))
    used = sum(volume["size"] - volume["free"] for volume in read.physical_volumes(whole.report(read.PVS)))
    assert (group["vg"], group["extent_size"], group["missing_pvs"]) == ("data", 4 * 1024 * 1024, 0)
    assert (group["extents"] - group["free_extents"]) * group["extent_size"] == used
    assert len(disks) >= 8


def test_a_device_that_is_gone(whole, gone):
    before = read.physical_volumes(whole.report(read.PVS))
    missing = [volume for volume in read.physical_volumes(gone.report(read.PVS)) if volume["missing"]]
    assert [volume["uuid"] for volume in missing] == [before[1]["uuid"]]
    assert missing[0]["in_use"] and not missing[0]["duplicate"] and missing[0]["vg"] == "data"
    assert read.volume_groups(gone.report(read.VGS))[0]["missing_pvs"] == 1
    assert gone.volumes()["wide"]["health"] == "partial"
    assert not any(volume["health"] for volume in whole.volumes().values())


def test_fstab():
    text = "# a comment\nproc /proc proc\n/dev/data/x /mnt/my\\040place ext4 nofail 0 2 # mine\n/dev/y /y xfs ro\n"
    assert read.fstab(text) == [
        {"src": "/dev/data/x", "path": "/mnt/my place", "fstype": "ext4", "opts": "nofail", "dump": "0", "passno": "2"},
        {"src": "/dev/y", "path": "/y", "fstype": "xfs", "opts": "ro", "dump": "0", "passno": "0"},
    ]


def test_sizes_of_file_systems(whole, volumes):
    assert read.ext_size(whole.text(["tune2fs", "-l", "/dev/data/plain"])) == volumes["plain"]["size"]
    xfs = "meta-data=/dev/dm-1 isize=512 agcount=4\ndata     =                       bsize=4096   blocks=81920, x=25\n"
    assert read.xfs_size(xfs) == 320 * 1024 * 1024
    assert read.ext_size("") is None and read.xfs_size("") is None


def test_settings_and_our_block(whole):
    found = read.settings(whole.text(_lvm_host.LVMCONFIG))
    assert set(found) == set(_lvm_host.SETTINGS)
    assert (found["raid_fault_policy"], found["thin_pool_autoextend_threshold"]) == ("warn", 100)
    own = "activation {\n    raid_fault_policy = \"warn\"\n}\n"
    assert read.block("local {\n}\n# BEGIN halab.cluster.lvm\n" + own + "# END halab.cluster.lvm\n") == own
    assert read.block("local {\n}\n") is None
