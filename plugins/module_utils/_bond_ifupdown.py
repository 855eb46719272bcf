# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: bonds, VLANs and bridges for ifupdown: interfaces(5), Debian's ifenslave and bridge-utils. No I/O."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _bond_options
from ansible_collections.halab.cluster.plugins.module_utils._bond_layout import File

INTERFACES = "/etc/network/interfaces"
# ifup -a goes by the order of names, and what is below has to be there first.
PLACE = INTERFACES + ".d/bonding-%d-%s"
# The words that begin a stanza; what follows one belongs to it up to the next.
STANZAS = re.compile(
    r"^\s*(iface|mapping|auto|allow-\S+|no-auto-down|no-scripts|source|source-directory|template|rename)\s")
# source-directory leaves out names with a dot, such as that of a VLAN.
SOURCED = re.compile(r"^\s*source\s+(/etc/network/)?interfaces\.d/\*\s*$")
TAKEN_OUT = "# bonding: "


def files(stack):
    return [File(device.name, PLACE % (device.level, device.name), stanzas(device), defines=True) for device in stack]


def stanzas(device):
    """The first stanza makes the device; each further one adds an address."""
    own = [(version, address) for version in (4, 6) for address in device.addresses(version)]
    lines = ["auto " + device.name]
    first_version = own[0][0] if own else 4
    lines.append("iface %s %s %s" % (device.name, family(first_version), "static" if own else "manual"))
    seen = []
    for number, (version, address) in enumerate(own):
        if number:
            lines += ["", "iface %s %s static" % (device.name, family(version))]
        lines.append("    address " + address)
        if device.gateway(version) and version not in seen:
            lines.append("    gateway " + device.gateway(version))
        if version == 6 and version not in seen:
            lines.append("    accept_ra 0")
        seen.append(version)
        if not number:
            lines += definition(device)
    return lines if own else lines + definition(device)


def family(version):
    return "inet" if version == 4 else "inet6"


def definition(device):
    entry = device.entry
    lines = []
    if device.kind == "bond":
        lines += ["    bond-slaves " + " ".join(entry["members"]), "    bond-mode " + entry["mode"]]
        chosen = _bond_options.chosen(entry)
        lines += ["    bond-%s %s" % (name.replace("_", "-"), value)
                  for name, option, value in chosen if option.ifenslave]
        if entry.get("arp_ip_target"):
            lines.append("    bond-arp-ip-target " + " ".join(entry["arp_ip_target"]))
        if "primary" in entry:
            lines.append("    bond-primary " + entry["primary"])
        lines += ["    up ip link set dev %s type bond %s %s" % (device.name, name, value)
                  for name, option, value in chosen if not option.ifenslave]
    elif device.kind == "vlan":
        # A name such as bond0.20 says all, and ifupdown makes the VLAN itself.
        if device.name != "%s.%d" % (entry["link"], entry["id"]):
            made = (entry["link"], device.name, entry["id"])
            lines += ["    pre-up ip link add link %s name %s type vlan id %d" % made,
                      "    post-down ip link delete dev " + device.name]
    else:
        lines += ["    bridge_ports " + " ".join(entry["ports"]),
                  "    bridge_stp " + ("on" if entry.get("stp") else "off")]
        if "forward_delay" in entry:
            lines.append("    bridge_fd %d" % entry["forward_delay"])
    if "mtu" in entry:
        lines.append("    mtu %d" % entry["mtu"])
    return lines


# What others wrote


def sources_our_files(text):
    """Whether ifupdown reads interfaces.d at all."""
    return any(SOURCED.match(line) for line in text.splitlines())


def without(text, names):
    """(the file with the stanzas of these interfaces as comments, the interfaces that had any)

    A member is the bond's alone: an address of its own would be in the way, and ifup would take it out of the bond.
    """
    lines, found, taking = [], [], False
    for line in text.splitlines(keepends=True):
        if STANZAS.match(line):
            words = line.split()
            taking = words[0] == "iface" and len(words) > 1 and words[1] in names
            if taking:
                found.append(words[1])
            elif words[0] == "auto" or words[0].startswith("allow-"):
                line, gone = without_words(line, names)
                found += gone
        if taking and line.strip() and not line.lstrip().startswith("#"):
            line = TAKEN_OUT + line
        lines.append(line)
    return "".join(lines), sorted(set(found))


def without_words(line, names):
    """A line `auto eth0 eth1` without these interfaces, and those it named."""
    words = line.split()
    gone = [word for word in words[1:] if word in names]
    if not gone:
        return line, []
    kept = [word for word in words if word not in gone]
    return TAKEN_OUT + line if len(kept) == 1 else " ".join(kept) + "\n", gone
