# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: a file of /proc/net/bonding as data. Text in, dictionaries out, no I/O.

The kernel writes it in drivers/net/bonding/bond_procfs.c: lines "Key: value", in sections. What a section says of
LACP is shown to root only.
"""

from __future__ import annotations

import re

# What the kernel calls a mode here, and what it calls it everywhere else.
MODES = {
    "load balancing (round-robin)": "balance-rr",
    "fault-tolerance (active-backup)": "active-backup",
    "load balancing (xor)": "balance-xor",
    "fault-tolerance (broadcast)": "broadcast",
    "IEEE 802.3ad Dynamic link aggregation": "802.3ad",
    "transmit load balancing": "balance-tlb",
    "adaptive load balancing": "balance-alb",
}
# {our name: (the kernel's key, how to read its value)}
BOND_NUMBERS = {
    "miimon": "MII Polling Interval (ms)",
    "updelay": "Up Delay (ms)",
    "downdelay": "Down Delay (ms)",
    "arp_interval": "ARP Polling Interval (ms)",
    "min_links": "Min links",
}
LACP_BOND = {
    "aggregator_id": "Aggregator ID",
    "ports": "Number of ports",
    "actor_key": "Actor Key",
    "partner_key": "Partner Key",
}
LACP_SIDE = {
    "system_priority": "system priority",
    "key": "key",
    "port_priority": "port priority",
    "port_number": "port number",
    "port_state": "port state",
}
# A partner of only zeros is one that was never heard.
NOBODY = "00:00:00:00:00:00"


class UnreadableError(Exception):
    """This text is not what the bonding driver writes."""


def parse(text):
    """What one file of /proc/net/bonding says."""
    bond, aggregator, members = sections(text)
    if "Bonding Mode" not in bond:
        raise UnreadableError("it has no line 'Bonding Mode:'")
    words, mac_policy = re.fullmatch(r"(.*?)(?: \(fail_over_mac (\w+)\))?", bond["Bonding Mode"]).groups()
    if words not in MODES:
        raise UnreadableError("its mode %r is unknown" % words)
    primary, reselect = re.fullmatch(
        r"(\S+)(?: \(primary_reselect (\w+)\))?", bond.get("Primary Slave", "None")).groups()
    found = {
        "mode": MODES[words],
        "mii_status": bond.get("MII Status"),
        "active": named(bond.get("Currently Active Slave")),
        "primary": named(primary),
        "primary_reselect": reselect,
        "fail_over_mac": mac_policy or "none",
        "xmit_hash_policy": first_word(bond.get("Transmit Hash Policy")),
        "arp_ip_target": listed(bond.get("ARP IP target/s (n.n.n.n form)")),
        "lacp_rate": bond.get("LACP rate"),
        "ad_select": bond.get("Aggregator selection policy (ad_select)"),
        "lacp": lacp(bond, aggregator) if MODES[words] == "802.3ad" else None,
    }
    found.update({name: number(bond.get(key)) for name, key in BOND_NUMBERS.items()})
    found["members"] = [member(name, lines, found) for name, lines in members]
    return found


def sections(text):
    """(the bond's lines, those of its active aggregator, [(member, its lines)]), lines as dictionaries."""
    bond, aggregator, members = {}, {}, []
    current, prefix = bond, ""
    for line in text.splitlines():
        key, colon, value = (part.strip() for part in line.partition(":"))
        # Indented lines belong to the heading above them; any other line ends that.
        indented = line[:1].isspace()
        if not indented:
            prefix = ""
        if not colon:
            continue
        if key == "Slave Interface":
            current = {}
            members.append((value, current))
        elif key == "Active Aggregator Info":
            aggregator["shown"] = True
        elif key in ("details actor lacp pdu", "details partner lacp pdu"):
            prefix = key.split()[1] + " "
        elif indented and current is bond:
            aggregator[key] = value
        else:
            # The partner's key is called "oper key", the actor's "port key".
            current[prefix + re.sub("^(oper|port) key$", "key", key)] = value
    return bond, aggregator, members


def lacp(bond, aggregator):
    """The aggregator that carries the traffic; without one, and to others than root, its values are None."""
    found = {name: number(aggregator.get(key)) for name, key in LACP_BOND.items()}
    found["partner_mac"] = partner(aggregator.get("Partner Mac Address"))
    found["system_mac"] = bond.get("System MAC address")
    found["system_priority"] = number(bond.get("System priority"))
    return found


def member(name, lines, bond):
    """One member of a bond."""
    speed = re.fullmatch(r"(\d+) Mbps", lines.get("Speed", ""))
    found = {
        "name": name,
        "mii_status": lines.get("MII Status"),
        "speed": int(speed[1]) if speed else None,
        "duplex": lines.get("Duplex") if lines.get("Duplex") in ("full", "half") else None,
        "link_failure_count": number(lines.get("Link Failure Count")),
        "permanent_mac": lines.get("Permanent HW addr"),
        "queue_id": number(lines.get("Slave queue ID")),
        "aggregator_id": number(lines.get("Aggregator ID")),
        "actor": side("actor ", lines),
        "partner": side("partner ", lines),
        "carries": None,
    }
    if found["partner"] and found["partner"]["system_mac"] is None:
        found["partner"] = None
    up = found["mii_status"] == "up"
    if bond["mode"] == "active-backup":
        found["carries"] = up and bond["active"] == name
    elif bond["mode"] != "802.3ad":
        found["carries"] = up
    elif bond["lacp"]["aggregator_id"] is not None:
        found["carries"] = up and bond["lacp"]["aggregator_id"] == found["aggregator_id"]
    return found


def side(prefix, lines):
    """One end of a member's LACP, or None."""
    if prefix + "system priority" not in lines:
        return None
    found = {name: number(lines.get(prefix + key)) for name, key in LACP_SIDE.items()}
    found["system_mac"] = partner(lines.get(prefix + "system mac address"))
    return found


def named(value):
    return None if value in (None, "None") else value


def partner(value):
    return None if value == NOBODY else value


def first_word(value):
    return value.split()[0] if value else None


def listed(value):
    return [entry.strip() for entry in value.split(",") if entry.strip()] if value else []


def number(value):
    return int(value) if value is not None and value.isdigit() else None
