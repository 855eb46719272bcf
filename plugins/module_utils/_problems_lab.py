# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role lab refuses before it makes anything."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.halab.cluster.plugins.module_utils import _lab_machines as machines
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

BACKENDS = ("container", "vm")
RELEASES = ("debian12", "debian13")
ACCELERATORS = ("auto", "kvm", "tcg")
WATCHDOGS = ("i6300esb", "none")
CARD_KEYS = ("name", "bridge", "address", "peer")
DISK_KEYS = ("name", "size", "serial", "bus", "shared")
PEER_KEYS = ("host", "interface")
# What only a VM can have, and the value of one that has not.
NOTHING = {"lab_watchdog": "none", "lab_ipmi": False, "lab_vm_image": ""}
# RFC 2544: kept free for tests, so it collides with nobody's network.
TESTS = ipaddress.ip_network("198.18.0.0/15")
# IPMI 2.0
PASSWORD = range(8, 21)
USERNAME = range(1, 17)
LAB_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
# IFNAMSIZ less the zero at the end.
INTERFACE = re.compile(r"^[A-Za-z][A-Za-z0-9_.-]{0,14}$")
# A card gets such a name from the kernel, by its position.
BY_POSITION = re.compile(r"^eth(\d+)$")
DISK_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,19}$")
# Names below /dev that somebody else gives.
TAKEN = re.compile(
    r"^((vd|sd|hd)[a-z]+[0-9]*|(sr|md|dm-|loop|ram|zram|nvme|nbd|sg|tty|vcs|vport|watchdog|ipmi|rtc)[0-9].*|md|net|disk"
    r"|mapper|block|char|bus|bsg|cpu|dri|fd|full|fuse|hwrng|input|kmsg|kvm|log|mem|mqueue|null|port|ptmx|pts|random|rtc"
    r"|shm|snd|stderr|stdin|stdout|tty|urandom|vcs|vfio|watchdog|zero)$")
# The length of a disk's serial number: ATA's and virtio's.
SERIAL = re.compile(r"^[A-Za-z0-9._-]{1,20}$")
SECTOR = 512
# Letters behind vd and sd: vda is the root, and a user's own image needs one for its seed.
DISKS = {"vd": 24, "sd": 26}


def is_interface(value):
    return isinstance(value, str) and bool(INTERFACE.match(value))


def is_positive(value):
    """Whether this is a whole number above 0. Text, too: that is what it is with -e."""
    return isinstance(value, (int, str)) and bool(re.match(r"^[1-9][0-9]*$", str(value)))


def one_of(variable, value, allowed):
    if isinstance(value, str) and value in allowed:
        return []
    return ["%s is %r; allowed are %s." % (variable, value, ", ".join(allowed))]


# The lab as a whole


def lab_itself(lab):
    problems = one_of("lab_os", lab["lab_os"], RELEASES) + one_of("lab_accel", lab["lab_accel"], ACCELERATORS)
    if not isinstance(lab["lab_name"], str) or not LAB_NAME.match(lab["lab_name"]):
        problems.append("lab_name is %r; allowed are letters, digits, dots, dashes and underscores." % (
            lab["lab_name"],))
    if not is_positive(lab["lab_boot_timeout"]):
        problems.append("lab_boot_timeout is %r; allowed is a whole number of seconds above 0." % (
            lab["lab_boot_timeout"],))
    # The password never becomes part of a message.
    for name, lengths in (("lab_bmc_username", USERNAME), ("lab_bmc_password", PASSWORD)):
        if not isinstance(lab[name], str):
            problems.append("%s is %s; allowed is text of %d to %d characters." % (
                name, common.kind(lab[name]), lengths[0], lengths[-1]))
        elif len(lab[name]) not in lengths:
            problems.append("%s has %d characters; allowed are %d to %d." % (
                name, len(lab[name]), lengths[0], lengths[-1]))
    return problems


def lab_network(value):
    """(the network, problems)"""
    wanted, problems = common.dictionary("lab_network", value)
    if problems:
        return None, problems
    problems += common.unknown_keys("lab_network", wanted, ("bridge", "address"))
    if not is_interface(wanted.get("bridge")):
        problems.append("lab_network: bridge is %r; allowed is the name of a network interface, at most 15 characters."
                        % (wanted.get("bridge"),))
    found = common.interface(wanted.get("address"))
    if found is None or found.ip not in TESTS:
        problems.append("lab_network: address is %r; allowed is an address with its prefix length inside %s, which is "
                        "kept free for tests, such as 198.18.0.1/24." % (wanted.get("address"), TESTS))
        return None, problems
    return found.network, problems


# A node


def power_and_name(host, own, network):
    """Where SSH and the BMC answer."""
    problems = []
    for variable in ("ansible_host", "bmc_address", "pdu_address"):
        found = common.address(own.get(variable))
        if variable == "pdu_address" and variable not in own:
            continue
        if variable not in own:
            problems.append("%s: %s has none; allowed is an address of its own in %s." % (
                variable, host, network or TESTS))
        elif found is None or network and found not in network:
            problems.append("%s: that of %s is %r; allowed is an address of its own in %s." % (
                variable, host, own[variable], network or TESTS))
    return problems


def machine(host, variables):
    problems = one_of("lab_backend: %s" % host, variables["lab_backend"], BACKENDS)
    for name, unit in (("lab_memory", " of MiB"), ("lab_cpus", "")):
        if not is_positive(variables[name]):
            problems.append("%s: that of %s is %r; allowed is a whole number%s above 0." % (
                name, host, variables[name], unit))
    problems += one_of("lab_watchdog: %s" % host, variables["lab_watchdog"], WATCHDOGS)
    if not isinstance(variables["lab_ipmi"], bool):
        problems.append("lab_ipmi: that of %s is %r; allowed is true or false, without quotes." % (
            host, variables["lab_ipmi"]))
    return problems


def replaced(host, backend, packages):
    """Packages in place of others."""
    if not isinstance(packages, dict) or not all(isinstance(name, str) and name for pair in packages.items() for name in pair):
        return ["lab_replaced_packages: that of %s is %r; allowed is a dictionary of names of packages." % (host, packages)]
    if packages and backend != "container":
        return ["lab_replaced_packages: %s is a VM; allowed are containers, which have an image for each such set." % host]
    return []


def only_vms(host, variables, cards, disks):
    """What a container has not."""
    if variables["lab_backend"] != "container":
        return []
    given = [(name, variables[name]) for name, nothing in NOTHING.items() if variables[name] != nothing]
    given += [("lab_disks", "%s: %s" % (disk.get("name"), key))
              for disk in disks for key in ("serial", "bus", "shared") if key in disk]
    given += [("lab_interfaces", "%s: peer" % card.get("name")) for card in cards if "peer" in card]
    return ["%s: %s is a container and has %s; allowed is that with lab_backend vm." % (name, host, value)
            for name, value in given]


def image(host, variables, found):
    value = variables["lab_vm_image"]
    if value == "" or isinstance(value, str) and value in found:
        return []
    return ["lab_vm_image: that of %s is %r, which is no file here; allowed is the path of a qcow2 image, or nothing."
            % (host, value)]


# Disks


def disks_of(host, disks):
    problems, names, serials = [], [], []
    for disk in disks:
        name = disk.get("name")
        where = "lab_disks: %s: %s" % (host, name)
        problems += common.unknown_keys(where, disk, DISK_KEYS)
        if not isinstance(name, str) or not DISK_NAME.match(name) or TAKEN.match(name):
            problems.append("lab_disks: %s: name is %r; allowed are up to 20 small letters, digits, dashes and "
                            "underscores, and no name that the kernel or udev gives below /dev." % (host, name))
        else:
            names.append(name)
        problems += size(where, disk.get("size"))
        serial = disk.get("serial", name)
        if "serial" in disk and (not isinstance(serial, str) or not SERIAL.match(serial)):
            problems.append("%s: serial is %r; allowed is text of up to 20 letters, digits, dots, dashes and "
                            "underscores." % (where, serial))
        elif isinstance(serial, str):
            serials.append(serial)
        if not isinstance(disk.get("shared", False), bool):
            problems.append("%s: shared is %r; allowed is true or false, without quotes." % (where, disk["shared"]))
        if "bus" in disk:
            problems += one_of("%s: bus" % where, disk["bus"], machines.BUSES)
    for what, values in (("name", names), ("serial", serials)):
        problems += ["lab_disks: %s: the %s %s is given twice; allowed is one disk." % (host, what, value)
                     for value in common.repeated(values)]
    return problems + number_of_disks(host, disks)


def size(where, value):
    found = machines.size_in_bytes(value)
    if found is None:
        return ["%s: size is %r; allowed is a whole number of bytes, with K, M, G or T behind it or not, such as 512M."
                % (where, value)]
    if found % SECTOR:
        return ["%s: size is %r, which is %d bytes; allowed are multiples of %d." % (where, value, found, SECTOR)]
    return []


def number_of_disks(host, disks):
    problems = []
    for prefix, most in DISKS.items():
        count = len([disk for disk in disks if (disk.get("bus", "virtio") == "virtio") == (prefix == "vd")])
        if count > most:
            problems.append("lab_disks: %s has %d disks %s; allowed are %d." % (
                host, count, "on virtio" if prefix == "vd" else "on scsi and sata", most))
    return problems


# Cards


def cards_of(host, variables, cards):
    problems = []
    for position, card in enumerate(cards):
        name = card.get("name")
        where = "lab_interfaces: %s: %s" % (host, name)
        problems += common.unknown_keys(where, card, CARD_KEYS)
        if not is_interface(name) or name == "lo":
            problems.append("lab_interfaces: %s: name is %r; allowed are at most 15 letters, digits, dots, dashes and "
                            "underscores, and not lo." % (host, name))
        elif variables["lab_backend"] == "vm" and BY_POSITION.match(name) and name != "eth%d" % position:
            problems.append("%s is number %d of a VM's cards; allowed is eth%d there, or a name that does not begin "
                            "with eth." % (where, position, position))
        if "bridge" in card and not is_interface(card["bridge"]):
            problems.append("%s: bridge is %r; allowed is the name of a network interface, at most 15 characters." % (
                where, card["bridge"]))
        if "bridge" in card and "peer" in card:
            problems.append("%s has a bridge and a peer; allowed is one of them." % where)
        if "address" in card and common.interface(card["address"]) is None:
            problems.append("%s: address is %r; allowed is an address with its prefix length, such as 198.18.1.11/24."
                            % (where, card["address"]))
    names = [card["name"] for card in cards if is_interface(card.get("name"))]
    return problems + ["lab_interfaces: %s: the card %s is described twice; allowed is once." % (host, name)
                       for name in common.repeated(names)]


def reachable(host, own, cards):
    """One card has to carry the address that SSH uses."""
    wanted = common.address(own.get("ansible_host"))
    carried = [common.interface(card.get("address")) for card in cards if common.interface(card.get("address"))]
    if not cards or wanted is None or wanted in [found.ip for found in carried]:
        return []
    return ["lab_interfaces: no card of %s has its ansible_host, %s; allowed is a list in which one has." % (
        host, wanted)]


def owners(hosts, hostvars, cards_by_host, lab):
    """[(address, variable, who has it)]"""
    found = []
    network = lab["lab_network"]
    own = common.interface(network.get("address")) if isinstance(network, dict) else None
    if own:
        found.append((own.ip, "lab_network", "this machine"))
    for host in hosts:
        found.append((common.address(hostvars[host].get("bmc_address")), "bmc_address", "the BMC of %s" % host))
        found.append((common.address(hostvars[host].get("pdu_address")), "pdu_address", "the outlet of %s" % host))
        if not cards_by_host[host]:
            found.append((common.address(hostvars[host].get("ansible_host")), "ansible_host", host))
        for card in cards_by_host[host]:
            address = common.interface(card.get("address"))
            if address:
                found.append((address.ip, "lab_interfaces", "%s of %s" % (card.get("name"), host)))
    return [owner for owner in found if owner[0] is not None]


def collisions(known):
    problems = []
    for value in common.repeated([owner[0] for owner in known]):
        having = [owner for owner in known if owner[0] == value]
        problems.append("%s: the address %s belongs to %s; allowed is one of them." % (
            having[-1][1], value, " and ".join(owner[2] for owner in having)))
    return problems


def far_end(card):
    """(host, interface) that a card's cable leads to, or nothing."""
    peer = card.get("peer")
    return (peer.get("host"), peer.get("interface")) if isinstance(peer, dict) else None


def cables(hosts, backends, cards_by_host):
    """A cable between two cards has two ends, and each has to know of the other."""
    described = {(host, card.get("name")): card for host in hosts for card in cards_by_host[host]
                 if is_interface(card.get("name"))}
    problems = []
    for (host, name), card in described.items():
        if "peer" not in card:
            continue
        where = "lab_interfaces: %s: %s: peer" % (host, name)
        peer, found = common.dictionary(where, card["peer"])
        problems += found + common.unknown_keys(where, peer, PEER_KEYS)
        if found:
            continue
        far_host, far_name = far_end(card)
        other = described.get((far_host, far_name)) if isinstance(far_host, str) and isinstance(far_name, str) else None
        if other is None or other is card:
            problems.append("%s is %s of %s; allowed is another card that lab_interfaces describes." % (
                where, far_name, far_host))
        elif backends[far_host] != "vm":
            problems.append("%s is %s of the container %s; allowed is a card of a VM." % (where, far_name, far_host))
        elif far_end(other) != (host, name):
            problems.append("%s is %s of %s, whose own peer is %s; allowed is {host: %s, interface: %s} there." % (
                where, far_name, far_host, other.get("peer", "missing"), host, name))
    return problems


def shared_disks(disks_by_host):
    """One file has one size."""
    sizes, problems = {}, []
    for host, disks in disks_by_host.items():
        for disk in disks:
            if disk.get("shared") is not True or not isinstance(disk.get("name"), str):
                continue
            first, size = sizes.setdefault(disk["name"], (host, disk.get("size")))
            if machines.size_in_bytes(disk.get("size")) != machines.size_in_bytes(size):
                problems.append("lab_disks: %s: %s: size is %r, and %s shares it with %r; allowed is the same."
                                % (host, disk["name"], disk.get("size"), first, size))
    return problems


def lab_problems(hosts, hostvars, lab):
    """All reasons why role lab would not make these nodes."""
    network, problems = lab_network(lab["lab_network"])
    problems += lab_itself(lab)
    if not hosts:
        problems.append("lab_group is %r, in which there is no host; allowed is a group with one host or more." % (
            lab["lab_group"],))
    cards_by_host, disks_by_host, backends = {}, {}, {}
    for host in hosts:
        variables = machines.variables_of(host, hostvars, lab)
        cards, in_cards = common.list_of_dicts("lab_interfaces: %s" % host, variables["lab_interfaces"])
        disks, in_disks = common.list_of_dicts("lab_disks: %s" % host, variables["lab_disks"])
        problems += in_cards + in_disks + power_and_name(host, hostvars[host], network)
        problems += machine(host, variables) + image(host, variables, lab["lab_images_found"])
        problems += replaced(host, variables["lab_backend"], hostvars[host].get(
            "lab_replaced_packages", lab.get("lab_replaced_packages", {})))
        problems += only_vms(host, variables, cards, disks)
        problems += disks_of(host, disks) + cards_of(host, variables, cards) + reachable(host, hostvars[host], cards)
        cards_by_host[host], disks_by_host[host], backends[host] = cards, disks, variables["lab_backend"]
    problems += collisions(owners(hosts, hostvars, cards_by_host, lab))
    return problems + shared_disks(disks_by_host) + cables(hosts, backends, cards_by_host)
