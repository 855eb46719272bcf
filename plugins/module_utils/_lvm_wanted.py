# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the entries of lvm_volume_groups and lvm_logical_volumes mean. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

# The fewest stripes that hold data, which are also LVM's default.
STRIPES = {"striped": 2, "raid5": 2, "raid6": 3, "raid10": 2}
PARITY = {"raid5": 1, "raid6": 2}
# How many copies LVM adds unless it is told.
MIRRORS = {"raid1": 1, "raid10": 1}
RAID = ("raid1", "raid5", "raid6", "raid10")
TYPES = ("linear", "striped", *RAID, "thin-pool", "thin", "snapshot")
FILESYSTEMS = ("ext2", "ext3", "ext4", "xfs")
UNITS = {"b": 1, "s": 512, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4, "p": 1024**5, "e": 1024**6}
SIZE = re.compile(r"^(\d+(?:\.\d+)?)([bskmgtpe]?)$", re.IGNORECASE)
SHARE = re.compile(r"^([1-9]\d?|100)%(VG|PVS|FREE|ORIGIN)$")
# A device that is missing does not keep a node from booting, and fsck looks at what it can repair.
MOUNT_OPTS = "defaults,nofail"
PASSNO = {"ext2": "2", "ext3": "2", "ext4": "2"}


def is_share(size):
    """Whether a size is a percentage of something."""
    return isinstance(size, str) and bool(SHARE.match(size))


def bytes_of(size):
    """A size in LVM's words as bytes; None for what is none. Without a unit it is MiB, and case makes no difference."""
    if isinstance(size, bool) or not isinstance(size, (int, str)):
        return None
    found = SIZE.match(str(size))
    return int(float(found.group(1)) * UNITS[found.group(2).lower() or "m"]) if found else None


def kind(entry):
    return entry.get("type", "linear")


def stripes(entry):
    """How many devices the data are spread over."""
    return entry.get("stripes", STRIPES.get(kind(entry), 1))


def mirrors(entry):
    """How many copies there are beside the first."""
    return entry.get("mirrors", MIRRORS.get(kind(entry), 0))


def devices_needed(entry):
    """How many devices a volume needs, each of its parts on one of its own."""
    return stripes(entry) * (mirrors(entry) + 1) + PARITY.get(kind(entry), 0)


def extents(size, extent_size, across):
    """Bytes as extents, as LVM rounds them: up, and to a multiple of the stripes."""
    count = -(-size // extent_size)
    return -(-count // across) * across


def extents_used(type_name, across, copies, count):
    """How many extents of the group a volume of so many takes at least; what LVM keeps beside them comes on top."""
    if type_name in ("thin", "snapshot"):
        return 0  # the one takes its pool's, the other less than asked for where its origin is small
    return count * (copies + 1) + count // across * PARITY.get(type_name, 0)


def name(entry):
    return "%s/%s" % (entry["vg"], entry["lv"])


def path(entry):
    return "/dev/%s/%s" % (entry["vg"], entry["lv"])


def fstab_line(entry, fstype):
    """The line of fstab that an entry wants."""
    mount = entry["mount"]
    # xfs mounts a UUID once, and a snapshot has that of its origin.
    opts = MOUNT_OPTS + (",nouuid" if kind(entry) == "snapshot" and fstype == "xfs" else "")
    return {
        "src": path(entry),
        "path": mount["path"],
        "fstype": fstype,
        "opts": mount.get("opts", opts),
        "dump": "0",
        "passno": str(mount.get("passno", PASSNO.get(fstype, "0"))),
    }
