# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pvs, vgs, lvs, fstab and the tools of file systems say, as data. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

OPTIONS = ["--reportformat", "json", "--units", "b", "--nosuffix", "--options"]
PVS = ["pvs", *OPTIONS, "pv_name,pv_uuid,vg_name,pv_size,pv_free,dev_size,pe_start,pv_missing,pv_in_use,pv_duplicate"]
VGS = ["vgs", *OPTIONS, "vg_name,vg_uuid,vg_extent_size,vg_extent_count,vg_free_count,vg_missing_pv_count"]
# Columns of segments: a volume has a row for each of its segments.
LVS = [
    "lvs",
    "--all",
    *OPTIONS,
    "vg_name,lv_name,lv_uuid,lv_attr,lv_size,lv_active,lv_device_open,lv_health_status,lv_merging,origin,pool_lv,"
    "data_percent,metadata_percent,sync_percent,raid_sync_action,raid_mismatch_count,cache_mode,segtype,data_stripes,"
    "data_copies,stripe_size,seg_monitor,devices",
]
# What LVM appends to the name of a volume that it hides in another one.
CACHED, DATA = "_corig", "_tdata"
# lvm.conf(5): a block that is ours in a file that is not.
BLOCK = re.compile(r"^# BEGIN halab\.cluster\.lvm\n(.*)^# END halab\.cluster\.lvm$", re.MULTILINE | re.DOTALL)


def number(text):
    return int(text) if text else None


def percent(text):
    return float(text) if text else None


def rows(report, name):
    """The rows of one of LVM's reports."""
    return [row for part in report["report"] for row in part.get(name, [])]


def physical_volumes(report):
    """pvs as a list."""
    return [
        {
            # A device that is gone has no name, only something in brackets.
            "pv": row["pv_name"],
            "uuid": row["pv_uuid"],
            "vg": row["vg_name"] or None,
            "size": number(row["pv_size"]),
            "free": number(row["pv_free"]),
            "device_size": number(row["dev_size"]),
            "pe_start": number(row["pe_start"]),
            "missing": bool(row["pv_missing"]),
            "in_use": bool(row["pv_in_use"]),
            "duplicate": bool(row["pv_duplicate"]),
        }
        for row in rows(report, "pv")
    ]


def volume_groups(report):
    """vgs as a list."""
    return [
        {
            "vg": row["vg_name"],
            "uuid": row["vg_uuid"],
            "extent_size": number(row["vg_extent_size"]),
            "extents": number(row["vg_extent_count"]),
            "free_extents": number(row["vg_free_count"]),
            "missing_pvs": number(row["vg_missing_pv_count"]),
        }
        for row in rows(report, "vg")
    ]


def bare(name):
    """A name without the brackets of hidden volumes."""
    return name.strip("[]")


def type_name(segtype):
    """raid5_ls as raid5: LVM tells the layout of the parity as well."""
    return re.sub(r"^(raid\d+).*$", r"\1", segtype)


def _segments(group):
    """Type, stripes and so on of a volume, from its rows."""
    types = sorted({type_name(row["segtype"]) for row in group})
    first = group[0]
    attributes = first["lv_attr"]
    kind = "+".join(types)
    # A snapshot with a store of its own looks like a linear volume, but for its first letter.
    if attributes[0] in "sS":
        kind = "snapshot"
    monitors = {row["seg_monitor"] for row in group}
    # LVM counts copies as stripes of raid1, and parity as copies.
    mirrored, striped = kind in ("raid1", "raid10"), kind in ("striped", "raid5", "raid6", "raid10")
    return {
        "type": kind,
        "stripes": number(first["data_stripes"]) if striped else 1,
        "mirrors": number(first["data_copies"]) - 1 if mirrored else 0,
        "stripesize": (number(first["stripe_size"]) or 0) // 1024 or None,
        # Nothing, where there is nothing to monitor.
        "monitored": "not monitored" not in monitors if monitors & {"monitored", "not monitored"} else None,
    }


def _below(group):
    """What a volume stands on: devices and hidden volumes, as lvs names them, without the extents in parentheses."""
    found = []
    for row in group:
        for text in row["devices"].split(","):
            name = bare(re.sub(r"\(\d+\)$", "", text))
            if name and name not in found:
                found.append(name)
    return found


def logical_volumes(report):
    """lvs as a list, with what LVM keeps in hidden volumes shown at the visible ones."""
    groups = {}
    for row in rows(report, "lv"):
        groups.setdefault((row["vg_name"], bare(row["lv_name"])), []).append(row)

    def devices(vg, name, seen):
        found = []
        for lower in _below(groups[(vg, name)]):
            if (vg, lower) in groups and lower not in seen:
                found += devices(vg, lower, seen + [lower])
            elif (vg, lower) not in groups:
                found.append(lower)
        return found

    volumes = []
    for (vg, name), group in groups.items():
        row = group[0]
        cachevol = bare(row["pool_lv"]) if type_name(row["segtype"]) == "cache" else None
        # The type of a cached volume is that of what is cached; that of a pool is kept, and its copies are its data's.
        inner = groups.get((vg, name + (CACHED if cachevol else DATA)), group)
        shape = _segments(group)
        if inner is not group:
            shape.update(_segments(inner), monitored=shape["monitored"])
            if not cachevol:
                shape["type"] = type_name(row["segtype"])
        volumes.append(
            {
                "vg": vg,
                "lv": name,
                "uuid": row["lv_uuid"],
                "path": "/dev/%s/%s" % (vg, name),
                "hidden": row["lv_name"].startswith("["),
                "size": number(row["lv_size"]),
                **shape,
                "active": row["lv_active"] == "active",
                "open": row["lv_device_open"] == "open",
                "health": row["lv_health_status"],
                "merging": bool(row["lv_merging"]),
                "origin": None if cachevol else bare(row["origin"]) or None,
                "thinpool": None if cachevol else bare(row["pool_lv"]) or None,
                "cachevol": re.sub(r"_c(vol|pool)$", "", cachevol) if cachevol else None,
                "cachemode": row["cache_mode"] or None,
                "data_percent": percent(row["data_percent"]),
                "metadata_percent": percent(row["metadata_percent"]),
                "sync_percent": percent(inner[0]["sync_percent"]),
                "sync_action": inner[0]["raid_sync_action"] or None,
                "mismatches": number(inner[0]["raid_mismatch_count"]),
                "pvs": sorted(set(devices(vg, name, [name]))),
            }
        )
    return volumes


def fstab(text):
    """The lines of /etc/fstab, or of /proc/self/mounts, as dicts. What is no such line is left out."""
    found = []
    for line in text.splitlines():
        fields = [unescaped(field) for field in line.split("#")[0].split()]
        if len(fields) < 4:
            continue
        fields = (fields + ["0", "0"])[:6] if len(fields) < 6 else fields[:6]
        found.append(dict(zip(("src", "path", "fstype", "opts", "dump", "passno"), fields)))
    return found


def unescaped(field):
    r"""fstab(5): a blank is written as \040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), field)


def ext_size(text):
    """The size of a file system in bytes, from tune2fs -l."""
    count, block = (re.search(r"^%s:\s+(\d+)$" % name, text, re.MULTILINE) for name in ("Block count", "Block size"))
    return int(count.group(1)) * int(block.group(1)) if count and block else None


def xfs_size(text):
    """The size of a file system in bytes, from xfs_info."""
    found = re.search(r"^data\s+=\s+bsize=(\d+)\s+blocks=(\d+)", text, re.MULTILINE)
    return int(found.group(1)) * int(found.group(2)) if found else None


def settings(text):
    """lvmconfig as {name: value}, without the section; numbers as numbers."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals:
            found[name.rpartition("/")[2]] = int(value) if value.isdigit() else value.strip('"')
    return found


def block(text):
    """What stands in our block of a file, None where there is none."""
    found = BLOCK.search(text)
    return found.group(1) if found else None
