# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused, and what only a planner can be asked; the rest is in test_mdadm_array.yml."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_plan as planner
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_wanted
from mdadm_recordings import Recording
from transcripts import RELEASES

BOTH = pytest.mark.parametrize("release", RELEASES)
A, B, C, D, E, F, G, H = ("/dev/vd" + letter for letter in "abcdefgh")
UNSET = {
    "name": "data",
    "state": "present",
    "level": None,
    "devices": [],
    "spares": [],
    "layout": None,
    "chunk": None,
    "metadata": None,
    "bitmap": None,
    "consistency_policy": None,
    "size": None,
    "size_tolerance": 1.0,
    "wipe": [],
    "readd_failed": False,
    "spare_group": None,
    "backup_file": "/b",
    "backup_file_holds": None,
}


def wanted(**options):
    return dict(UNSET, **options)


# what it is about: options, a part of the sentence
NONSENSE = {
    "two for level 5": (
        dict(level="5", devices=[A, B]),
        "devices are 2 (/dev/vda, /dev/vdb); allowed with level 5 are 3 or more",
    ),
    "three for level 6": (dict(level="6", devices=[A, B, C]), "allowed with level 6 are 4 or more"),
    "two for level 4": (dict(level="4", devices=[A, B]), "allowed with level 4 are 3 or more"),
    "one for level 1": (dict(level="1", devices=[A]), "allowed with level 1 are 2 or more"),
    "one for level 0": (dict(level="0", devices=[A]), "allowed with level 0 are 2 or more"),
    "none": (dict(level="1", devices=[]), "devices are 0 (none)"),
    "twice": (dict(level="1", devices=[A, A]), "/dev/vda is listed twice"),
    "twice, as a spare": (dict(level="1", devices=[A, B], spares=[B]), "/dev/vdb is listed twice"),
    "a spare for level 0": (dict(level="0", devices=[A, B], spares=[C]), "it has no use for a spare"),
    "a bitmap for level 0": (dict(level="0", devices=[A, B], bitmap="internal"), "it has nothing to resync"),
    "a size for level 0": (dict(level="0", devices=[A, B], size="max"), "it always uses its devices whole"),
    "a chunk for level 1": (dict(level="1", devices=[A, B], chunk=64), "allowed with level 1 is no chunk"),
    "an odd chunk": (dict(level="5", devices=[A, B, C], chunk=100), "power of two"),
    "a layout of another level": (
        dict(level="5", devices=[A, B, C], layout="n2"),
        "allowed with level 5 is left-asymmetric",
    ),
    "a layout for level 1": (dict(level="1", devices=[A, B], layout="n2"), "allowed with level 1 is none"),
    "more copies than devices": (dict(level="10", devices=[A, B], layout="n3"), "one for each device"),
    "one copy": (dict(level="10", devices=[A, B], layout="f1"), "2 copies"),
    "words as a layout": (dict(level="10", devices=[A, B], layout="near"), "such as n2"),
    "a size in words": (dict(level="1", devices=[A, B], size="64G"), "max or a number of KiB"),
    "a name with a slash": (dict(level="1", devices=[A, B], name="md/data"), "name is 'md/data'"),
    "a long name": (dict(level="1", devices=[A, B], name="x" * 33), "at most 32"),
    "a slip in wipe": (dict(level="1", devices=[A, B], wipe=[C]), "wipe names /dev/vdc"),
    "a negative tolerance": (dict(level="1", devices=[A, B], size_tolerance=-1), "0 percent or more"),
    "a partial parity log for level 6": (
        dict(level="6", devices=[A, B, C, D], consistency_policy="ppl"),
        "allowed with level 6 is none: only level 5 can have it",
    ),
    "a partial parity log for level 0": (dict(level="0", devices=[A, B], consistency_policy="ppl"), "only level 5"),
    "a partial parity log of too many": (
        dict(level="5", devices=["/dev/dm-%d" % number for number in range(65)], consistency_policy="ppl"),
        "devices are 65; allowed with consistency_policy ppl are 64 at most",
    ),
    "resync for level 0": (
        dict(level="0", devices=[A, B], consistency_policy="resync"),
        "consistency_policy is resync; allowed with level 0 is none",
    ),
    "a bitmap and a partial parity log": (
        dict(level="5", devices=[A, B, C], bitmap="internal", consistency_policy="ppl"),
        "bitmap is internal and consistency_policy is ppl; allowed is one of the two",
    ),
    "a bitmap and resync": (
        dict(level="1", devices=[A, B], bitmap="internal", consistency_policy="resync"),
        "bitmap is internal and consistency_policy is resync; allowed is one of the two",
    ),
    "a level of its own": (dict(level="7", devices=[A, B]), "allowed is one of 0, 1, 4, 5, 6, 10"),
}


@pytest.mark.parametrize("about", sorted(NONSENSE))
def test_nonsense(about):
    options, part = NONSENSE[about]
    found = _mdadm_wanted.problems(wanted(**options))
    assert any(part in sentence for sentence in found), found
    with pytest.raises(planner.Refused):
        planner.plan(wanted(**options), Recording(RELEASES[0], "blank").host())


# what it is about: (state, options, a part of the sentence)
REFUSED = {
    "a signature": (
        "foreign",
        dict(level="1", devices=[B, D]),
        "/dev/vdb holds data: swap page at byte 0xff6. Name /dev/vdb in wipe",
    ),
    "another one's wipe": ("foreign", dict(level="1", devices=[B, D], wipe=[D]), "/dev/vdb holds data"),
    "mounted": ("foreign", dict(level="1", devices=[A, D], wipe=[A]), "/dev/vda is in use: mounted at /mnt"),
    "partitions": (
        "foreign",
        dict(level="1", devices=[C, D], wipe=[C]),
        "/dev/vdc is in use: it has the partitions /dev/vdc1",
    ),
    "a member of another array": (
        "raid1",
        dict(name="new", level="1", devices=[B, C], wipe=[B]),
        "/dev/vdb is in use: by /dev/md127 (raid1)",
    ),
    "a member of a stopped array": (
        "raid1_stopped",
        dict(name="new", level="1", devices=[B, C]),
        "/dev/vdb holds data: linux_raid_member node1:data",
    ),
    "sizes": ("blank", dict(level="1", devices=[A, G]), "/dev/vdg 100663296, 50.0 % more; size_tolerance is 1.0 %"),
    "the size of a spare": ("blank", dict(level="1", devices=[A, B], spares=[H]), "100.0 % more"),
    "the size of a new member": ("raid5", dict(level="5", devices=[A, C, D], spares=[G]), "50.0 % more"),
    "no such device": ("blank", dict(level="1", devices=[A, "/dev/vdx"]), "/dev/vdx is no block device"),
    "fewer devices": ("raid5_four", dict(level="5", devices=[A, C, D]), "4 active devices, devices names 3: a shrink"),
    "fewer KiB": (
        "raid1",
        dict(level="1", devices=[A, B], size="32768"),
        "uses 64512 KiB of each device, wanted is 32768: a shrink",
    ),
    "other members": (
        "raid1",
        dict(level="1", devices=[C, D]),
        "other members: /dev/vda, /dev/vdb. devices and spares name",
    ),
    "other members of a stopped array": (
        "raid1_stopped",
        dict(level="1", devices=[C, D]),
        "stopped, with other members: /dev/vda, /dev/vdb",
    ),
    "other members of an inactive array": (
        "raid1_inactive",
        dict(level="1", devices=[C, D]),
        "inactive, with other members",
    ),
    "6 to 5": (
        "raid6",
        dict(level="5", devices=[A, C, D, E, F]),
        "level 6, wanted is 5: an impossible reshape. Possible from there is none",
    ),
    "1 to 6": ("raid1", dict(level="6", devices=[A, B, C, D]), "Possible from there is 5"),
    "5 to 6 with as many": (
        "raid5_four",
        dict(level="6", devices=[A, C, D, E]),
        "level 6 needs one more for the same data",
    ),
    "another layout": (
        "raid5",
        dict(level="5", devices=[A, C, D], layout="right-symmetric"),
        "layout left-symmetric, wanted is right-symmetric",
    ),
    "another chunk": ("raid5", dict(level="5", devices=[A, C, D], chunk=64), "chunk 512, wanted is 64"),
    "another metadata": ("raid1", dict(level="1", devices=[A, B], metadata="1.0"), "metadata 1.2, wanted is 1.0"),
    "a replacement in level 0": ("raid0", dict(level="0", devices=[A, C]), "/dev/vdb cannot be replaced while it runs"),
    "more for far copies": ("raid10_f2", dict(level="10", devices=[A, B, C, D, E]), "far copies cannot be given more"),
    "a change of a read-only array": (
        "raid1_read_only",
        dict(level="1", devices=[A, B], bitmap="none"),
        "is read-only, and this would have to be done: mdadm --grow /dev/md127 --bitmap none",
    ),
    "a lost backup file": (
        "raid6_interrupted",
        dict(level="6", devices=[A, B, C, D]),
        "was interrupted in a reshape that needs its backup file, and /b is none",
    ),
    "to wipe what is not its own": (
        "foreign",
        dict(state="absent", wipe=[B]),
        "holds no superblock of data, but: swap page",
    ),
}


@BOTH
@pytest.mark.parametrize("about", sorted(REFUSED))
def test_refused(release, about):
    state, options, part = REFUSED[about]
    with pytest.raises(planner.Refused) as refused:
        planner.plan(wanted(**options), Recording(release, state).host())
    assert any(part in sentence for sentence in refused.value.sentences), refused.value.sentences


def commands(release, recorded, change=None, **options):
    host = Recording(release, recorded).host()
    if change:
        change(host)
    return planner.commands(planner.plan(wanted(**options), host))


@BOTH
def test_wipe_destroys_what_it_names_and_nothing_else(release):
    assert commands(release, "foreign", level="1", devices=[B, D], wipe=[B, D])[0] == "wipefs --all /dev/vdb"
    assert commands(release, "raid1_stopped", name="new", level="1", devices=[B, C], wipe=[B])[0] == (
        "mdadm --zero-superblock /dev/vdb"
    )


@BOTH
def test_wipe_spares_members_that_are_in_place(release):
    """Not even when an array is down whose members wipe still names."""
    assert commands(release, "raid1", level="1", devices=[A, B], wipe=[A, B]) == []
    assembled, dummy = commands(release, "raid1_stopped", level="1", devices=[A, B], wipe=[A, B])
    assert assembled.startswith("mdadm --assemble ")


@BOTH
def test_something_holds_a_device(release):
    def hold(host):
        host["held"].add(B)

    with pytest.raises(planner.Refused, match="/dev/vdb is in use: something holds it"):
        commands(release, "blank", hold, level="1", devices=[A, B])


@BOTH
def test_a_mounted_array_is_not_stopped(release):
    def mount(host):
        host["blocks"]["/dev/md127"]["mountpoints"] = ["/srv"]

    with pytest.raises(planner.Refused, match="cannot be stopped while it is in use: /dev/md127 is mounted at /srv"):
        commands(release, "raid1", mount, state="absent")


@BOTH
def test_two_arrays_of_one_name(release):
    def double(host):
        host["arrays"].append(dict(host["arrays"][0], device="/dev/md126"))

    with pytest.raises(planner.Refused, match="/dev/md127 and /dev/md126 are both named data"):
        commands(release, "raid1", double, level="1", devices=[A, B])


@BOTH
def test_too_many_members_of_a_stopped_array_are_missing(release):
    def lose(host):
        host["examine"] = {A: dict(host["examine"][A], level="5", raid_devices=3)}

    with pytest.raises(planner.Refused, match="1 of its 3 devices are there"):
        commands(release, "raid1_stopped", lose, level="5", devices=[A, C, D])


@BOTH
def test_stopped_members_of_different_arrays(release):
    def differ(host):
        host["examine"][B]["uuid"] = "0:0:0:0"

    with pytest.raises(planner.Refused, match="belong to different arrays named data"):
        commands(release, "raid1_stopped", differ, level="1", devices=[A, B])


@BOTH
def test_a_backup_file_is_used_to_assemble(release):
    line, dummy = commands(release, "raid1_stopped", level="1", devices=[A, B], backup_file_holds="mdadm")
    assert " --backup-file /b " in line


@BOTH
def test_work_that_waits_for_a_write_gets_one(release):

    def partitions(host):
        block = {"mountpoints": [], "children": [], "type": "part", "size": 31457280, "fstype": None, "label": None}
        host["blocks"].update({device + "1": block for device in (A, B)})

    lines = commands(release, "raid1_pending", partitions, name="one", level="1", devices=[A + "1", B + "1"])
    assert lines == ["mdadm --readwrite /dev/md127"]


@BOTH
def test_a_failed_member_is_taken_back_only_when_asked(release):
    options = dict(level="5", devices=[A, B, C], spares=[D])
    assert commands(release, "raid5_failed", **options) == []
    assert commands(release, "raid5_failed", readd_failed=True, **options) == [
        "mdadm /dev/md127 --remove /dev/vdb",
        "mdadm /dev/md127 --add /dev/vdb",
    ]


@BOTH
def test_a_member_that_was_pulled(release):
    """Its device node is gone, so it cannot be named."""

    def pull(host):
        del host["blocks"][B]

    assert commands(release, "raid5_failed", pull, level="5", devices=[A, C, D]) == [
        "mdadm /dev/md127 --remove detached"
    ]


@BOTH
def test_a_failed_member_makes_room_before_another_is_replaced(release):
    """First the rebuild that gives redundancy back, then the replacement."""
    plan = planner.plan(wanted(level="5", devices=[C, E, F]), Recording(release, "raid5_degraded").host())
    assert [" ".join(step["argv"]) or step["action"] for step in plan] == [
        "mdadm /dev/md127 --remove /dev/vda",
        "mdadm /dev/md127 --add /dev/vde",
        "mdadm /dev/md127 --add /dev/vdf",
        "wait",
        "mdadm /dev/md127 --replace /dev/vdd --with /dev/vdf",
        "wait",
        "mdadm /dev/md127 --remove /dev/vdd",
        "wait",
    ]


@BOTH
def test_an_unnamed_spare_leaves(release):
    assert commands(release, "raid5_spare", level="5", devices=[A, B, C]) == ["mdadm /dev/md127 --remove /dev/vdd"]


@BOTH
def test_a_new_spare_is_not_taken_for_growth(release):
    assert commands(release, "raid5", level="5", devices=[A, C, D, E], spares=[F]) == [
        "mdadm /dev/md127 --add /dev/vde",
        "mdadm --grow /dev/md127 --raid-devices 4",
        "mdadm /dev/md127 --add /dev/vdf",
    ]


@BOTH
def test_growth_waits_for_what_is_under_way(release):
    plan = planner.plan(wanted(level="5", devices=[A, B, C, D]), Recording(release, "raid5_recovery").host())
    assert [step["action"] for step in plan] == ["wait", "grow", "wait"]


@BOTH
def test_nothing_is_done_during_a_reshape(release):
    for options in (dict(level="5", devices=[A, C, D, E]), dict(level="6", devices=[A, C, D, E, F])):
        plan = planner.plan(wanted(**options), Recording(release, "raid5_reshape").host())
        assert plan == [planner.WAIT]


@BOTH
def test_level_0_gets_devices_with_the_growth(release):
    assert commands(release, "raid0", level="0", devices=[A, B, C]) == [
        "mdadm --grow /dev/md127 --raid-devices 3 --add /dev/vdc"
    ]


@BOTH
@pytest.mark.parametrize("state", ["raid1", "raid5", "raid10_n2", "raid10_f2", "raid10_o2", "raid1_grown"])
def test_what_mdadm_made_has_no_room_left(release, state):
    """size: max after a plain --create is no change, whatever mdadm rounded off."""
    host = Recording(release, state).host()
    array = host["arrays"][0]
    options = dict(level=array["level"], devices=[member["device"] for member in array["members"]], size="max")
    assert planner.commands(planner.plan(wanted(**options), host)) == []


@BOTH
def test_a_device_that_is_a_little_too_small(release):
    """Within size_tolerance, but the array has no use for it."""

    def shrink(host):
        host["blocks"][E]["size"] -= 512 * 1024

    with pytest.raises(
        planner.Refused, match="/dev/vde is too small: data .* uses 63488 KiB of each device, /dev/vde has 62976"
    ):
        commands(release, "raid5", shrink, level="5", devices=[A, C, D], spares=[E])


@BOTH
def test_level_10_without_room_before_its_data(release):
    with pytest.raises(planner.Refused, match="metadata 1.0"):
        commands(release, "raid10_n2", level="10", devices=[A, B, C, D, E])


@BOTH
def test_a_backup_file_that_is_there_already(release):
    options = dict(level="6", devices=[A, C, D, E, F])
    assert commands(release, "raid5_four", backup_file_holds="mdadm", **options) == [
        "mdadm /dev/md127 --add /dev/vdf",
        "rm -- /b",
        "mdadm --grow /dev/md127 --level 6 --raid-devices 5 --backup-file /b",
    ]
    with pytest.raises(planner.Refused, match="backup_file is /b, which is there and is none of mdadm's"):
        commands(release, "raid5_four", backup_file_holds="other", **options)
    # Where none is needed, it is nobody's business.
    assert commands(release, "raid5_four", backup_file_holds="other", level="5", devices=[A, C, D, E]) == []


@BOTH
def test_larger_devices_are_used(release):
    def enlarge(host):
        for device in (A, C, D):
            host["blocks"][device]["size"] *= 2

    assert commands(release, "raid5", enlarge, level="5", devices=[A, C, D], size="max") == [
        "mdadm --grow /dev/md127 --size max"
    ]


@BOTH
def test_the_line_for_mdadm_conf(release):
    line = "ARRAY /dev/md/data UUID=" + Recording(release, "raid1").arrays()[0]["uuid"]
    mirror = dict(level="1", devices=[A, B])
    assert planner.conf_line(wanted(**mirror), Recording(release, "raid1").host()) == line
    grouped = planner.conf_line(wanted(spare_group="shelf1", **mirror), Recording(release, "raid1").host())
    assert grouped == line + " spare-group=shelf1"
    # For check mode: what is stopped is known by its superblocks, and what is yet to be made is not known.
    assert planner.conf_line(wanted(**mirror), Recording(release, "raid1_stopped").host()) == line
    blank = Recording(release, "blank").host()
    assert planner.conf_line(wanted(**mirror), blank) == "ARRAY /dev/md/data UUID=(known when it is made)"
    assert planner.conf_line(wanted(state="absent"), Recording(release, "raid1").host()) is None


@BOTH
def test_a_check_is_waited_for_only_by_what_changes_something(release):
    host = Recording(release, "raid1_check").host()
    host["blocks"] = Recording(release, "raid1").host()["blocks"]
    assert planner.plan(wanted(level="1", devices=[A, B]), host) == []
    plan = planner.plan(wanted(level="1", devices=[A, B], bitmap="none"), host)
    assert [step["action"] for step in plan] == ["wait", "grow", "wait"]


@BOTH
def test_a_read_only_array_is_not_waited_for(release):
    """The kernel does nothing to it, whatever there is to be done."""
    host = Recording(release, "raid1_read_only").host()
    host["arrays"][0]["operation"] = {"name": "resync", "state": "pending"}
    assert planner.plan(wanted(level="1", devices=[A, B]), host) == []


@BOTH
def test_an_interrupted_reshape_is_not_taken_from_its_users(release):
    host = Recording(release, "raid6_interrupted").host()
    host["blocks"]["/dev/md127"]["mountpoints"] = ["/srv"]
    with pytest.raises(planner.Refused, match="has to be assembled anew .* in use: /dev/md127 is mounted at /srv"):
        planner.plan(wanted(level="6", devices=[A, B, C, D], backup_file_holds="mdadm"), host)


@BOTH
def test_a_level_4_that_has_lost_its_parity_is_no_level_0(release):
    """Unless the level that is wanted says so, or a data device is missing."""
    host = Recording(release, "raid0_half_grown").host()
    plan = planner.plan(wanted(level="4", devices=[A, B, C, D]), host)
    assert planner.commands(plan) == ["mdadm /dev/md127 --add /dev/vdd"]
    host["arrays"][0]["slots"] = "UU_U"
    with pytest.raises(planner.Refused, match="level 4, wanted is 0: an impossible reshape"):
        planner.plan(wanted(level="0", devices=[A, B, C]), host)


# Consistency policy. No recording has the kernel's attribute, so these states are made from ones without it.


def policy(now, **more):
    """Makes the array one that has this policy."""

    def change(host):
        host["arrays"][0].update(
            more, consistency_policy=now, bitmap="internal" if now == "bitmap" else more.get("bitmap", "none")
        )

    return change


def enlarged(now, **more):
    """The same, on devices that have become larger."""

    def change(host):
        policy(now, **more)(host)
        for block in host["blocks"].values():
            block["size"] *= 2

    return change


GROW = "mdadm --grow /dev/md127 "
NO_BITMAP, INTERNAL = GROW + "--bitmap none", GROW + "--bitmap internal"
RESYNC, PPL = GROW + "--consistency-policy resync", GROW + "--consistency-policy ppl"
ADD, FOUR = "mdadm /dev/md127 --add /dev/vde", GROW + "--raid-devices 4"
THREE = dict(level="5", devices=[A, C, D])
MORE = dict(level="5", devices=[A, C, D, E])
# what it is about: (state, change, options, the commands)
POLICIES = {
    "ppl for a new array": (
        "blank",
        None,
        dict(level="5", devices=[A, B, C], size="max", consistency_policy="ppl"),
        [
            "mdadm --create /dev/md/data --run --level 5 --raid-devices 3 --size max --consistency-policy ppl "
            "/dev/vda /dev/vdb /dev/vdc"
        ],
    ),
    "ppl and no bitmap for a new array": (
        "blank",
        None,
        dict(level="5", devices=[A, B, C], bitmap="none", consistency_policy="ppl"),
        [
            "mdadm --create /dev/md/data --run --level 5 --raid-devices 3 --consistency-policy ppl "
            "/dev/vda /dev/vdb /dev/vdc"
        ],
    ),
    "resync for a new array": (
        "blank",
        None,
        dict(level="1", devices=[A, B], consistency_policy="resync"),
        [
            "mdadm --create /dev/md/data --run --level 1 --raid-devices 2 --bitmap none --consistency-policy resync "
            "/dev/vda /dev/vdb"
        ],
    ),
    "resync to ppl": ("raid5", policy("resync"), dict(THREE, consistency_policy="ppl"), [PPL]),
    "bitmap to ppl": ("raid5", policy("bitmap"), dict(THREE, consistency_policy="ppl"), [NO_BITMAP, PPL]),
    "bitmap to ppl, where the kernel does not tell": (
        "raid5", None, dict(THREE, consistency_policy="ppl"), [NO_BITMAP, PPL]
    ),
    "ppl to resync": ("raid5", policy("ppl"), dict(THREE, consistency_policy="resync"), [RESYNC]),
    "ppl to bitmap": ("raid5", policy("ppl"), dict(THREE, bitmap="internal"), [RESYNC, INTERNAL]),
    "bitmap to resync": ("raid5", policy("bitmap"), dict(THREE, consistency_policy="resync"), [NO_BITMAP]),
    "bitmap to resync in a mirror": (
        "raid1", policy("bitmap"), dict(level="1", devices=[A, B], consistency_policy="resync"), [NO_BITMAP]
    ),
    "ppl is there": ("raid5", policy("ppl"), dict(THREE, consistency_policy="ppl", size="max"), []),
    "resync is there": ("raid5", policy("resync"), dict(THREE, consistency_policy="resync"), []),
    "nobody asks": ("raid5", policy("ppl"), THREE, []),
    "nobody asks, and there is no bitmap": ("raid5", policy("ppl"), dict(THREE, bitmap="none"), []),
    "a spare for an array with ppl": ("raid5", policy("ppl"), dict(THREE, spares=[E]), [ADD]),
    # Behind the data there is less room with a partial parity log than with a bitmap.
    "ppl at the end of the devices": (
        "raid5", policy("ppl", metadata="1.0", size=61952), dict(THREE, size="max"), []
    ),
    # What is added while the log is there has room for it.
    "resync before more devices": (
        "raid5", policy("ppl"), dict(MORE, consistency_policy="resync"), [ADD, RESYNC, FOUR]
    ),
    "resync before larger devices": (
        "raid5", enlarged("ppl"), dict(THREE, consistency_policy="resync", size="max"), [RESYNC, GROW + "--size max"]
    ),
    "a bitmap after more devices": (
        "raid5", policy("ppl"), dict(MORE, bitmap="internal"), [ADD, RESYNC, FOUR, INTERNAL]
    ),
    "resync before another level": (
        "raid5_four",
        policy("ppl"),
        dict(level="6", devices=[A, C, D, E, F], consistency_policy="resync"),
        [
            "mdadm /dev/md127 --add /dev/vdf",
            RESYNC,
            GROW + "--level 6 --raid-devices 5 --backup-file /b",
        ],
    ),
    "ppl after another level": (
        "raid4",
        policy("resync"),
        dict(level="5", devices=[A, B, C], consistency_policy="ppl"),
        [GROW + "--level 5", PPL],
    ),
}


@BOTH
@pytest.mark.parametrize("about", sorted(POLICIES))
def test_consistency_policy(release, about):
    state, change, options, expected = POLICIES[about]
    host = Recording(release, state).host()
    # This one was recorded without its block devices.
    host["blocks"] = host["blocks"] or Recording(release, "blank").host()["blocks"]
    if change:
        change(host)
    assert planner.commands(planner.plan(wanted(**options), host)) == expected


def ppl_room(sectors, now="bitmap"):
    def change(host):
        policy(now)(host)
        host["examine"][C]["ppl_room"] = sectors

    return change


WAY_OUT = "Give consistency_policy: resync for this run, and ppl again after it."
POLICIES_REFUSED = {
    "more devices": ("raid5", policy("ppl"), dict(MORE, consistency_policy="ppl"), WAY_OUT),
    "a log for an array that gets a device": (
        "raid5", policy("bitmap"), dict(MORE, consistency_policy="ppl"), "Do the rest in a run of its own first"
    ),
    "more devices, and nobody asks for ppl": ("raid5", policy("ppl"), MORE, WAY_OUT),
    "larger devices": ("raid5", enlarged("ppl"), dict(THREE, consistency_policy="ppl", size="max"), WAY_OUT),
    "another level": ("raid5_four", policy("ppl"), dict(level="6", devices=[A, C, D, E, F]), WAY_OUT),
    "another level with ppl": (
        "raid5_four",
        policy("ppl"),
        dict(level="6", devices=[A, C, D, E, F], consistency_policy="ppl"),
        "only level 5 can have it",
    ),
    "a journal": (
        "raid5",
        policy("journal"),
        dict(THREE, consistency_policy="ppl"),
        "has a journal, wanted is consistency_policy ppl",
    ),
    "no room": (
        "raid5",
        ppl_room(8),
        dict(THREE, consistency_policy="ppl"),
        "no room for a partial parity log on /dev/vdc: the bad block log is in its place",
    ),
    "a failed member stays": (
        "raid5_rebuild",
        policy("bitmap"),
        dict(level="5", devices=[A, B, C], spares=[D], consistency_policy="ppl"),
        "failed ones stay",
    ),
}


@BOTH
@pytest.mark.parametrize("about", sorted(POLICIES_REFUSED))
def test_consistency_policy_refused(release, about):
    state, change, options, part = POLICIES_REFUSED[about]
    with pytest.raises(planner.Refused) as refused:
        commands(release, state, change, **options)
    assert any(part in sentence for sentence in refused.value.sentences), refused.value.sentences


@BOTH
def test_there_is_room_for_a_partial_parity_log(release):
    assert commands(release, "raid5", ppl_room(16), consistency_policy="ppl", **THREE) == [NO_BITMAP, PPL]
    # It is there, wherever it found room.
    assert commands(release, "raid5", ppl_room(8, "ppl"), consistency_policy="ppl", **THREE) == []


@BOTH
@pytest.mark.parametrize(("now", "then"), [("bitmap", "ppl"), ("resync", "ppl"), ("ppl", "resync")])
def test_a_policy_waits_for_a_rebuild(release, now, then):
    """Which a partial parity log that is there protects as long as it lasts."""
    # The first one of a new array: no member has failed.
    host = Recording(release, "raid5_recovery").host()
    policy(now)(host)
    plan = planner.plan(wanted(level="5", devices=[A, B, C], spares=[D], consistency_policy=then), host)
    assert plan[0] == planner.WAIT and plan[-2]["argv"][-2:] == ["--consistency-policy", then]


# now, the options, the last lines of both sides that are about policies
DIFFERENCES = [
    ("bitmap", {"consistency_policy": "ppl"}, ["bitmap: internal"], ["bitmap: none", "consistency-policy: ppl"]),
    ("ppl", {"consistency_policy": "resync"}, ["bitmap: none", "consistency-policy: ppl"], ["bitmap: none"]),
    ("ppl", {"bitmap": "internal"}, ["bitmap: none", "consistency-policy: ppl"], ["bitmap: internal"]),
    ("ppl", {}, ["bitmap: none", "consistency-policy: ppl"], ["bitmap: none", "consistency-policy: ppl"]),
    ("bitmap", {}, ["bitmap: internal"], ["bitmap: internal"]),
    (None, {}, [], ["bitmap: internal"]),
    (None, {"consistency_policy": "ppl"}, [], ["bitmap: none", "consistency-policy: ppl"]),
    (None, {"consistency_policy": "resync"}, [], ["bitmap: none"]),
]


@pytest.mark.parametrize(("now", "options", "before", "after"), DIFFERENCES)
def test_the_difference_in_policies(now, options, before, after):
    host = Recording(RELEASES[0], "raid5").host()
    policy(now)(host)
    shown = planner.difference(wanted(**dict(THREE, **options)), host["arrays"][0] if now else None)
    for side, expected in (("before", before), ("after", after)):
        lines = [line for line in shown[side].splitlines() if line.startswith(("bitmap", "consistency"))]
        assert lines == expected, side


# Several arrays


@BOTH
def test_arrays_are_planned_together(release):
    host = Recording(release, "blank").host()
    arrays = [
        wanted(name="one", level="1", devices=[A, B]),
        wanted(name="two", level="1", devices=[C, D]),
        wanted(name="old", state="absent"),
    ]
    plans = planner.plan_all(arrays, host, {})
    assert list(plans) == ["one", "two", "old"] and plans["old"] == []
    now, later = planner.until_wait(plans)
    assert [command.split()[2] for command in planner.commands(now)] == ["/dev/md/one", "/dev/md/two"]
    assert later == {"one": [planner.WAIT], "two": [planner.WAIT]}
    # What waits is not planned anew, whatever is seen in between.
    assert planner.plan_all(arrays, Recording(release, "foreign").host(), later) == dict(later, old=[])


@BOTH
def test_one_that_is_refused_stops_them_all(release):
    arrays = [
        wanted(name="one", level="1", devices=[D, E]),
        wanted(name="two", level="1", devices=[A, F]),
        wanted(name="three", level="5", devices=[E, G]),
    ]
    with pytest.raises(planner.Refused) as refused:
        planner.plan_all(arrays, Recording(release, "foreign").host(), {})
    assert refused.value.sentences == [
        "/dev/vde is in the arrays one and three; allowed is one.",
        "two: /dev/vda is in use: mounted at /mnt.",
        "three: devices are 2 (/dev/vde, /dev/vdg); allowed with level 5 are 3 or more.",
    ]


def grouped(**options):
    return wanted(spare_group="all", **options)


@BOTH
def test_a_spare_that_the_monitor_has_moved(release):
    """vdd was a spare of another array of the group, vdb has failed, and vdd stands in for it."""
    host = Recording(release, "raid5_failed").host()
    host["arrays"].append(dict(host["arrays"][0], name="other", device="/dev/md126", members=[
        {"device": device, "role": "active", "slot": slot, "want_replacement": False, "offset": 2048}
        for slot, device in enumerate([E, F])
    ], level="1", raid_devices=2, slots="UU", layout=None, chunk=None))
    data, other = grouped(level="5", devices=[A, B, C]), grouped(name="other", level="1", devices=[E, F], spares=[D])
    assert planner.plan_all([data, other], host, {}) == {"data": [], "other": []}
    # When vdb is replaced, vdd stays.
    plans = planner.plan_all([dict(data, devices=[A, G, C], size_tolerance=100.0), other], host, {})
    assert planner.commands(plans["data"]) == ["mdadm /dev/md127 --remove /dev/vdb", "mdadm /dev/md127 --add /dev/vdg"]
    # Without a group it is somebody else's device.
    with pytest.raises(planner.Refused, match="other: /dev/vdd is in use: by /dev/md127"):
        planner.plan_all([data, dict(other, spare_group=None)], host, {})
    # vde was active once, vdh stood in for it, and as the spare that it became it was moved.
    given = planner.lent([grouped(devices=[A], spares=[]), grouped(name="other", devices=[A, F], spares=[H])],
                         [dict(host["arrays"][0])])
    assert (given[1]["devices"], given[1]["spares"], given[0]["spares"]) == ([H, F], [], [A])
