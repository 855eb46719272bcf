# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lsblk and wipefs say about block devices, and what a device is used for. No I/O.

All devices are kernel paths (/dev/vda, /dev/dm-0), links resolved.
Private to this collection.
"""

from __future__ import annotations


def kernel_path(name):
    """The device node of a kernel name; in /sys a slash is an exclamation mark."""
    return "/dev/" + name.replace("!", "/")


def parse_signatures(data, devices):
    """wipefs --json about these devices as {device: [{type, label, uuid, offset}]}; those without any are not in it."""
    found = {}
    for entry in data.get("signatures") or []:
        # wipefs tells only the last part of a path; where that fits two of them, both are taken to hold data.
        for device in devices:
            if device.rpartition("/")[2] == entry["device"].rpartition("/")[2]:
                signature = {key: entry.get(key) for key in ("type", "label", "uuid", "offset")}
                found.setdefault(device, []).append(signature)
    return found


def parse_block_devices(data):
    """lsblk --json by kernel path: {path, type, size, mountpoints, children (kernel paths), fstype, label}."""
    found = {}

    def walk(entries):
        for entry in entries:
            device = kernel_path(entry["kname"])
            children = entry.get("children") or []
            known = found.setdefault(
                device,
                {
                    "path": entry["path"],
                    "type": entry["type"],
                    "size": int(entry["size"]),
                    "mountpoints": [point for point in entry.get("mountpoints") or [] if point],
                    "children": [],
                    "fstype": entry.get("fstype"),
                    "label": entry.get("label"),
                },
            )
            known["children"] += [
                kernel_path(child["kname"])
                for child in children
                if kernel_path(child["kname"]) not in known["children"]
            ]
            walk(children)

    walk(data.get("blockdevices") or [])
    return found


def use(device, blocks, held):
    """What a device is used for, as a sentence, or None. held: devices that something holds for itself alone."""
    block = blocks[device]
    if block["mountpoints"]:
        return "%s is in use: %s." % (
            device,
            ", ".join("swap" if point == "[SWAP]" else "mounted at %s" % point for point in block["mountpoints"]),
        )
    parts = [child for child in block["children"] if blocks[child]["type"] == "part"]
    if parts:
        return (
            "%s is in use: it has the partitions %s. Name one of them instead, or remove them first (sfdisk --delete)."
            % (device, ", ".join(parts))
        )
    if block["children"]:
        return "%s is in use: by %s." % (
            device,
            ", ".join("%s (%s)" % (child, blocks[child]["type"]) for child in block["children"]),
        )
    if device in held:
        return (
            "%s is in use: something holds it for itself alone (lsof, dmsetup, zpool or multipath may tell what)."
            % device
        )
    return None


def described(signatures):
    """The signatures of a device in words."""
    words = []
    for signature in signatures:
        label = " %s" % signature["label"] if signature["label"] else ""
        words.append("%s%s at byte %s" % (signature["type"], label, signature["offset"]))
    return ", ".join(words)
