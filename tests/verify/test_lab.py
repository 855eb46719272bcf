# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role lab: the nodes have the disks and network cards that the inventory describes. Most topologies describe none."""

from __future__ import annotations

import functools
import ipaddress
import json

import pytest
import topology

DISKS = topology.hardware("lab_disks")
CARDS = [(node, card) for node, card in topology.hardware("lab_interfaces") if "address" in card]
# The others are in use all the time: by SSH, by the cluster.
MORE_CARDS = [
    (node, card) for node, card in CARDS
    if str(ipaddress.ip_interface(card["address"]).ip) != topology.variables(node)["ansible_host"]
]
DISK_NODES = sorted({node for node, disk in DISKS})
# A container's disks are loop devices, which say nothing.
SPEAKING = [node for node in DISK_NODES if topology.variables(node).get("lab_backend") == "vm"]
WATCHDOGS = [node for node in topology.nodes() if topology.variables(node).get("lab_watchdog", "none") != "none"]
SERVICE_PROCESSORS = [node for node in topology.nodes() if topology.variables(node).get("lab_ipmi")]
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


# Cards that gave their addresses to a bond.
MEMBERS = {(node, member) for node in topology.nodes() for bond in topology.variables(node).get("bonding_bonds", [])
           for member in bond["members"]}


def names(value):
    return value if isinstance(value, str) else value["name"]


def size_in_bytes(size):
    """The size of a disk as truncate(1) takes it."""
    text = str(size)
    return int(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else int(text)


def disks_of(node):
    return [disk for other, disk in DISKS if other == node]


@functools.lru_cache(maxsize=None)
def of_each_disk(node):
    """{what: [a line for each of the node's disks]}. Asked once for all tests: on a VM a command takes a second."""
    questions = {
        "type": "stat --dereference --format=%F",
        "number": "stat --dereference --format=%t:%T",
        "bytes": "blockdev --getsize64",
        "device": "readlink --canonicalize",
    }
    names = ["/dev/" + disk["name"] for disk in disks_of(node)]
    command = " && ".join(" ".join([question, *names]) for question in questions.values())
    lines = topology.host(node).check_output(command).splitlines()
    assert len(lines) == len(questions) * len(names), lines
    return {what: lines[at * len(names):(at + 1) * len(names)] for at, what in enumerate(questions)}


@pytest.mark.parametrize("node", DISK_NODES)
def test_the_disks_have_their_sizes(node):
    assert set(of_each_disk(node)["type"]) == {"block special file"}
    found = [int(line) for line in of_each_disk(node)["bytes"]]
    assert found == [size_in_bytes(disk["size"]) for disk in disks_of(node)]


@pytest.mark.parametrize("nodes", [pytest.param(DISK_NODES, id="all")] if DISKS else [])
def test_disks_are_different_ones(nodes):
    """Loop devices are the whole machine's: no two nodes may be given the same. Each VM counts its own."""
    numbers = [(node if node in SPEAKING else "this machine", line)
               for node in nodes for line in of_each_disk(node)["number"]]
    assert len(set(numbers)) == len(DISKS), numbers


@pytest.mark.parametrize("node", SPEAKING)
def test_the_disks_say_their_serial_numbers(node):
    # All names, then what each is a link to: a readlink of its own for each would take its time.
    ask = "cd /dev/disk/by-id && printf '%s\\n' * && readlink --canonicalize *"
    shown = topology.host(node).check_output(ask).splitlines()
    links = list(zip(shown[:len(shown) // 2], shown[len(shown) // 2:]))
    at = dict(zip((disk["name"] for disk in disks_of(node)), of_each_disk(node)["device"]))
    for disk in disks_of(node):
        serial = disk.get("serial", disk["name"])
        # What stands before it depends on the bus: virtio-, scsi-0QEMU_QEMU_HARDDISK_, ata-QEMU_HARDDISK_.
        own = [link for link, device in links if device == at[disk["name"]]]
        assert [link for link in own if link.endswith(("-" + serial, "_" + serial))], (disk, own)


@pytest.mark.parametrize("node", WATCHDOGS)
def test_the_watchdog_is_the_one_that_was_asked_for(node):
    identity = topology.host(node).check_output("cat /sys/class/watchdog/watchdog0/identity")
    assert identity.lower().startswith(topology.variables(node)["lab_watchdog"])


@pytest.mark.parametrize("node", SERVICE_PROCESSORS)
def test_the_service_processor_answers(node):
    assert "Watchdog" in topology.host(node).check_output("ipmitool sel info >&2 && ipmitool sdr")


@pytest.mark.parametrize("node, card", CARDS, ids=names)
def test_card_is_up_and_has_its_address(node, card):
    shown = json.loads(topology.host(node).check_output("ip -json address show dev %s", card["name"]))[0]
    assert {"UP", "LOWER_UP"} <= set(shown["flags"])
    if (node, card["name"]) in MEMBERS:
        # The bond has its addresses then, and tests of its own.
        assert "SLAVE" in shown["flags"]
        return
    wanted = ipaddress.ip_interface(card["address"])
    # Pacemaker's addresses are here, too.
    assert wanted in [ipaddress.ip_interface("%(local)s/%(prefixlen)s" % address) for address in shown["addr_info"]]


@pytest.mark.parametrize("node, card", MORE_CARDS, ids=names)
def test_card_reaches_the_other_nodes(node, card):
    own = ipaddress.ip_interface(card["address"])
    others = [ipaddress.ip_interface(other["address"]) for peer, other in MORE_CARDS if peer != node]
    reached = [other.ip for other in others if other.ip in own.network]
    assert reached, "no other node has a card in %s" % own.network
    for address in reached:
        # Ends with the first answer. Where two cards share a link, each answers ARP for the other's address, too:
        # answers may come back through the wrong one, until the kernel looks again after 5 s.
        topology.host(node).check_output("ping -n -q -c 1 -i 0.2 -w 15 -I %s %s", card["name"], str(address))
