# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: bonds, VLANs and bridges as one stack of devices, which all backends are written from. No I/O."""

from __future__ import annotations

import ipaddress

# Every file of ours begins with this and the device it belongs to: so a later run knows its own.
MARK = "# halab.cluster.bond: "


class Device:
    """A bond, a VLAN or a bridge, with what is below and above it."""

    def __init__(self, kind, entry):
        self.kind = kind  # bond, vlan, bridge
        self.entry = entry
        self.name = entry["name"]
        self.below = {"bond": [], "vlan": [entry.get("link")], "bridge": entry.get("ports", [])}[kind]
        self.members = entry["members"] if kind == "bond" else []
        self.vlans = []  # names of the VLANs on it
        self.bridge = None  # the bridge it is a port of
        self.level = 0  # how many levels of devices are below it

    def addresses(self, version):
        return [text for text in self.entry.get("addresses", []) if ipaddress.ip_interface(text).version == version]

    def gateway(self, version):
        return self.entry.get("gateway%d" % version)


class File:
    """A file of ours."""

    def __init__(self, device, path, lines, mode="0644", defines=False):
        self.device = device
        self.path = path
        self.text = "\n".join([MARK + device] + lines) + "\n"
        self.mode = mode
        # Whether a change of it means that the device has to be made anew.
        self.defines = defines


def owner(text):
    """The device that a file of ours belongs to; None for the files of others."""
    first = text.partition("\n")[0]
    return first[len(MARK):].strip() if first.startswith(MARK) else None


def stack(bonds, vlans, bridges):
    """All devices, each after those it stands on."""
    waiting = [Device("bond", entry) for entry in bonds]
    waiting += [Device("vlan", entry) for entry in vlans] + [Device("bridge", entry) for entry in bridges]
    by_name = {device.name: device for device in waiting}
    for device in waiting:
        for lower in device.below:
            if device.kind == "vlan":
                by_name[lower].vlans.append(device.name)
            else:
                by_name[lower].bridge = device.name
    ordered, level = [], 0
    while waiting:
        done = {device.name for device in ordered}
        ready = [device for device in waiting if done.issuperset(device.below)]
        for device in ready:
            device.level = level
        ordered += ready
        level += 1
        waiting = [device for device in waiting if device not in ready]
    return ordered
