# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: bonds, VLANs and bridges for systemd-networkd: systemd.netdev(5), systemd.network(5). No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _bond_options
from ansible_collections.halab.cluster.plugins.module_utils._bond_layout import File

# The first file in the order of names that matches a card is used: this is before most of others'.
PLACE = "/etc/systemd/network/05-bonding-%s.%s"


def files(stack):
    found = []
    for device in stack:
        found.append(File(device.name, PLACE % (device.name, "netdev"), netdev(device), defines=True))
        found.append(File(device.name, PLACE % (device.name, "network"), network(device)))
        for member in device.members:
            found.append(File(device.name, PLACE % ("%s-%s" % (device.name, member), "network"),
                              of_member(device, member)))
    return found


def netdev(device):
    entry = device.entry
    lines = ["[NetDev]", "Name=" + device.name, "Kind=" + device.kind]
    if "mtu" in entry:
        lines.append("MTUBytes=%d" % entry["mtu"])
    if device.kind == "bond":
        lines += ["", "[Bond]"]
        if "primary" in entry:
            # Said where the member is; here so that another one means another bond.
            lines.append("# PrimarySlave: " + entry["primary"])
        lines.append("Mode=" + entry["mode"])
        lines += [option.networkd % value for name, option, value in _bond_options.chosen(entry)]
        if entry.get("arp_ip_target"):
            lines.append("ARPIPTargets=" + " ".join(entry["arp_ip_target"]))
    elif device.kind == "vlan":
        lines += ["", "[VLAN]", "Id=%d" % entry["id"]]
    else:
        lines += ["", "[Bridge]", "STP=" + ("yes" if entry.get("stp") else "no")]
        if "forward_delay" in entry:
            lines.append("ForwardDelaySec=%d" % entry["forward_delay"])
    return lines


def network(device):
    lines = ["[Match]", "Name=" + device.name, "", "[Network]", "DHCP=no", "IPv6AcceptRA=no"]
    if device.bridge:
        lines += ["Bridge=" + device.bridge, "LinkLocalAddressing=no"]
    lines += ["VLAN=" + name for name in device.vlans]
    lines += ["Address=" + address for address in device.entry.get("addresses", [])]
    lines += ["Gateway=" + device.gateway(version) for version in (4, 6) if device.gateway(version)]
    return lines


def of_member(device, member):
    lines = ["[Match]", "Name=" + member, "", "[Network]", "Bond=" + device.name]
    if device.entry.get("primary") == member:
        lines.append("PrimarySlave=yes")
    return lines
