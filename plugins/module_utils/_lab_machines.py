# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the machines of a lab, computed from the inventory.

What hardware has for life (addresses of cards, names of cables, ports) is made from names, not drawn: every run finds
the same.
"""

from __future__ import annotations

import hashlib
import re

BUSES = ("virtio", "scsi", "sata")
# In the place of a host's name, and none: that of a host has no underscore.
SHARED = "_shared"
# Of cables between two VMs. Below the ports that Linux hands out by itself.
PORTS = range(20000, 30000)
# What a host may say for itself; the lab's value is for all others.
VARIABLES = ("lab_backend", "lab_interfaces", "lab_disks", "lab_memory", "lab_cpus", "lab_watchdog", "lab_ipmi",
             "lab_vm_image")
# As truncate(1) takes it.
SIZE = re.compile(r"^([1-9][0-9]*)(?:([KMGTPE])(i?B)?)?\Z")


def size_in_bytes(size):
    """The bytes of a size such as 512M; None for what truncate(1) would not take, or not as a size."""
    found = SIZE.match(str(size))
    if not found or isinstance(size, bool):
        return None
    number, unit, kind = found.groups()
    return int(number) * (1000 if kind == "B" else 1024) ** (" KMGTPE".index(unit) if unit else 0)


def variables_of(host, hostvars, lab):
    """The lab's variables as they hold for one host."""
    own = hostvars[host]
    return {name: own.get(name, lab[name]) for name in VARIABLES}


def cards_of(host, hostvars, lab):
    """The cards of a host as the inventory describes them."""
    length = lab["lab_network"]["address"].split("/")[1]
    return variables_of(host, hostvars, lab)["lab_interfaces"] or [
        {"name": "eth0", "address": "%s/%s" % (hostvars[host].get("ansible_host"), length)}]


def digest(*names):
    return hashlib.sha256("".join(names).encode()).hexdigest()


def ports(lab_name, ends):
    """A port for every end, (host, card), of the cables between two VMs: no two the same, and hardly ever another one
    when cables are added."""
    taken = {}
    for end in sorted(ends):
        place = int(digest(lab_name, "/", *end)[:8], 16)
        while PORTS[place % len(PORTS)] in taken.values():
            place += 1
        taken[end] = PORTS[place % len(PORTS)]
    return taken


def card_of(host, number, card, lab, port_of):
    """A card with all that is made up for it."""
    machine = "halab-%s-%s" % (lab["lab_name"], host)
    made = {
        "name": card["name"],
        "addresses": [card["address"]] if "address" in card else [],
        "mac": ":".join(["52:54:00"] + re.findall("..", digest(lab["lab_name"], host, card["name"])[:6])),
    }
    if "peer" in card:
        far = (card["peer"]["host"], card["peer"]["interface"])
        return dict(made, port=port_of[host, card["name"]], far_port=port_of[far])
    # The cable is this machine's end: its name on the bridge, short enough for the kernel.
    cable = "hl" + digest("%s-%d" % (machine, number))[:10]
    return dict(made, bridge=card.get("bridge", lab["lab_network"]["bridge"]), cable=cable)


def disks_of(host, disks, lab):
    """Disks with their files, and with the names that libvirt tells them apart by: vda is the root."""
    letters = {"vd": iter("bcdefghijklmnopqrstuvwxyz"), "sd": iter("abcdefghijklmnopqrstuvwxyz")}
    made = []
    for disk in disks:
        bus = disk.get("bus", "virtio")
        prefix = "vd" if bus == "virtio" else "sd"
        made.append({
            "name": disk["name"],
            "size": disk["size"],
            "shared": disk.get("shared", False),
            # One file for all nodes that share it.
            "file": "%s/%s-%s.img" % (lab["lab_dir"], SHARED if disk.get("shared") else host, disk["name"]),
            "serial": disk.get("serial", disk["name"]),
            "bus": bus,
            "target": prefix + next(letters[prefix]),
            # Its place on the one controller that there is for its bus. Beyond the seventh libvirt would add another
            # one, of an old make that loses requests under load.
            "unit": sum(1 for other in made if other["bus"] == bus),
        })
    return made


def lab_machines(hosts, hostvars, lab):
    """{host: machine}: what the BMCs, libvirt and the drills know of each node."""
    cards = {host: cards_of(host, hostvars, lab) for host in hosts}
    port_of = ports(lab["lab_name"], [(host, card["name"]) for host in hosts for card in cards[host] if "peer" in card])
    machines = {}
    for host in hosts:
        variables = variables_of(host, hostvars, lab)
        machines[host] = {
            "backend": variables["lab_backend"],
            "machine": "halab-%s-%s" % (lab["lab_name"], host),
            "interfaces": [card_of(host, number, card, lab, port_of) for number, card in enumerate(cards[host])],
            "disks": disks_of(host, variables["lab_disks"], lab),
            "memory": variables["lab_memory"],
            "cpus": variables["lab_cpus"],
            "watchdog": variables["lab_watchdog"],
            "ipmi": variables["lab_ipmi"],
            "image": variables["lab_vm_image"],
            "bmc_address": hostvars[host].get("bmc_address"),
            "pdu_address": hostvars[host].get("pdu_address"),
        }
    return machines
