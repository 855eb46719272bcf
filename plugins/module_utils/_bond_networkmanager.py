# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: bonds, VLANs and bridges for NetworkManager: nm-settings-keyfile(5). No I/O."""

from __future__ import annotations

import uuid

from ansible_collections.halab.cluster.plugins.module_utils import _bond_options
from ansible_collections.halab.cluster.plugins.module_utils._bond_layout import File

PLACE = "/etc/NetworkManager/system-connections/%s.nmconnection"
# The same name gives the same UUID in every run: else each run would make a second connection.
NAMESPACE = uuid.UUID("6d2f9a0e-1f0b-5b8e-9d49-52b9a1f7c3d4")


def connection_name(device, member=None):
    return "bonding-%s" % (device if member is None else "%s-%s" % (device, member))


def identity(name):
    return str(uuid.uuid5(NAMESPACE, name))


def files(stack):
    found = []
    for device in stack:
        name = connection_name(device.name)
        # NetworkManager ignores a file that others can read.
        found.append(File(device.name, PLACE % name, connection(device), mode="0600", defines=True))
        for member in device.members:
            name = connection_name(device.name, member)
            lines = heading(name, "ethernet", member) + ["master=" + device.name, "slave-type=bond"]
            found.append(File(device.name, PLACE % name, lines, mode="0600"))
    return found


def heading(name, kind, interface):
    return ["[connection]", "id=" + name, "uuid=" + identity(name), "type=" + kind, "interface-name=" + interface,
            # Above what others say of the same card.
            "autoconnect-priority=100"]


def connection(device):
    entry = device.entry
    lines = heading(connection_name(device.name), device.kind, device.name)
    if device.kind != "vlan":
        lines.append("autoconnect-slaves=1")
    if device.bridge:
        lines += ["master=" + device.bridge, "slave-type=bridge"]
    if device.kind == "bond":
        lines += ["", "[bond]", "mode=" + entry["mode"]]
        lines += ["%s=%s" % (name, value) for name, option, value in _bond_options.chosen(entry)]
        if entry.get("arp_ip_target"):
            lines.append("arp_ip_target=" + ",".join(entry["arp_ip_target"]))
        if "primary" in entry:
            lines.append("primary=" + entry["primary"])
    elif device.kind == "vlan":
        lines += ["", "[vlan]", "id=%d" % entry["id"], "parent=" + entry["link"]]
    else:
        lines += ["", "[bridge]", "stp=" + ("true" if entry.get("stp") else "false")]
        if "forward_delay" in entry:
            lines.append("forward-delay=%d" % entry["forward_delay"])
    if "mtu" in entry:
        lines += ["", "[ethernet]", "mtu=%d" % entry["mtu"]]
    # A port of a bridge has no addresses, and its keyfile no place for them.
    return lines if device.bridge else lines + addresses(device, 4, "disabled") + addresses(device, 6, "link-local")


def addresses(device, version, without):
    found = device.addresses(version)
    if not found:
        return ["", "[ipv%d]" % version, "method=" + without]
    lines = ["", "[ipv%d]" % version, "method=manual"]
    lines += ["address%d=%s" % (number, address) for number, address in enumerate(found, start=1)]
    if device.gateway(version):
        lines.append("gateway=" + device.gateway(version))
    return lines
