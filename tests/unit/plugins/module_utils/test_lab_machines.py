# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role lab makes up for its machines, and what it must never make up twice."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import jinja2
import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _lab_machines as lab_machines

DOMAIN = Path(__file__).resolve().parents[4] / "roles" / "lab" / "templates" / "domain.xml.j2"
LAB = {
    "lab_name": "here", "lab_dir": "/labs/here", "lab_network": {"bridge": "halab0", "address": "198.18.0.1/24"},
    "lab_backend": "vm", "lab_interfaces": [], "lab_disks": [], "lab_memory": 1024, "lab_cpus": 1,
    "lab_watchdog": "none", "lab_ipmi": False, "lab_vm_image": "",
}


def machines(**variables):
    """The machines of hosts with these variables; each has an address."""
    hostvars = {
        host: dict({"ansible_host": "198.18.0.%d" % number, "bmc_address": "198.18.0.%d" % (200 + number)}, **own)
        for number, (host, own) in enumerate(variables.items(), 11)
    }
    return lab_machines.lab_machines(list(hostvars), hostvars, LAB)


def test_a_host_without_cards_has_one():
    card, = machines(node1={})["node1"]["interfaces"]
    assert (card["name"], card["addresses"], card["bridge"]) == ("eth0", ["198.18.0.11/24"], "halab0")
    assert len(card["cable"]) < 16 and card["mac"].startswith("52:54:00:")


def test_hardware_stays_what_it_is():
    """The values themselves: nodes of a lab that was built before this version must keep their addresses."""
    card, = machines(node1={})["node1"]["interfaces"]
    assert (card["mac"], card["cable"]) == ("52:54:00:42:86:46", "hlf179db3121")


def test_what_a_host_says_comes_before_the_lab():
    there = machines(node1={"lab_memory": 2048, "lab_watchdog": "i6300esb"}, node2={})
    assert (there["node1"]["memory"], there["node1"]["watchdog"]) == (2048, "i6300esb")
    assert (there["node2"]["memory"], there["node2"]["watchdog"]) == (1024, "none")


def test_a_host_may_have_none_of_the_labs_disks():
    lab = dict(LAB, lab_disks=[{"name": "data", "size": "1M"}])
    hostvars = {"node1": {"ansible_host": "198.18.0.11", "lab_disks": []}, "node2": {"ansible_host": "198.18.0.12"}}
    there = lab_machines.lab_machines(["node1", "node2"], hostvars, lab)
    assert [len(there[node]["disks"]) for node in hostvars] == [0, 1]


def test_disks_are_told_apart():
    disks = [{"name": "a", "size": "1M"}, {"name": "b", "size": "1M", "bus": "sata"},
             {"name": "c", "size": "1M", "bus": "scsi"}, {"name": "d", "size": "1M", "serial": "S1"}]
    there = machines(node1={"lab_disks": disks})["node1"]["disks"]
    assert [disk["target"] for disk in there] == ["vdb", "sda", "sdb", "vdc"]
    assert [disk["serial"] for disk in there] == ["a", "b", "c", "S1"]
    assert there[0]["file"] == "/labs/here/node1-a.img"


def test_a_shared_disk_is_one_file():
    there = machines(node1={"lab_disks": [{"name": "a", "size": "4M", "shared": True}, {"name": "b", "size": "1M"}]},
                     node2={"lab_disks": [{"name": "a", "size": "4M", "shared": True}]})
    first, second = there["node1"]["disks"], there["node2"]["disks"]
    assert first[0]["file"] == second[0]["file"] == "/labs/here/_shared-a.img"
    assert (first[0]["shared"], first[1]["shared"]) == (True, False)
    domain = rendered(there["node1"])
    shared, own = domain.findall("devices/disk")[1:]
    assert shared.find("shareable") is not None and shared.find("driver").get("cache") == "none"
    assert own.find("shareable") is None and own.find("driver").get("cache") == "unsafe"


def rendered(machine):
    """The domain of a machine."""
    environment = jinja2.Environment(trim_blocks=True)
    environment.filters["to_uuid"] = str
    text = environment.from_string(DOMAIN.read_text(encoding="utf-8")).render(
        __lab_machine=machine, __lab_accel_used="tcg", __lab_vm_image="/i", __lab_vm="node1", lab_dir="/labs/here")
    return ElementTree.fromstring(text)


def test_a_cable_has_two_ends_that_know_each_other():
    there = machines(
        node1={"lab_interfaces": [{"name": "eth0"}, {"name": "eth1", "peer": {"host": "node2", "interface": "eth1"}}]},
        node2={"lab_interfaces": [{"name": "eth0"}, {"name": "eth1", "peer": {"host": "node1", "interface": "eth1"}}]},
    )
    near, far = there["node1"]["interfaces"][1], there["node2"]["interfaces"][1]
    assert (near["port"], near["far_port"]) == (far["far_port"], far["port"])
    assert near["port"] != far["port"]
    assert "bridge" not in near and "cable" not in near


def test_no_two_ends_have_one_port(monkeypatch):
    """However many meet by chance: here there are no more ports than ends."""
    monkeypatch.setattr(lab_machines, "PORTS", range(20000, 20008))
    ends = [("node%d" % number, "eth1") for number in range(8)]
    assert sorted(lab_machines.ports("here", ends).values()) == list(range(20000, 20008))


def test_ports_do_not_depend_on_the_order():
    ends = [("node%d" % number, "eth1") for number in range(8)]
    assert lab_machines.ports("here", ends) == lab_machines.ports("here", ends[::-1])


@pytest.mark.parametrize("size, wanted", [
    ("512M", 512 * 2**20), ("2G", 2**31), ("1GiB", 2**30), ("1GB", 10**9), ("4096", 4096), (4096, 4096),
    ("1.5G", None), ("+1G", None), ("0", None), ("", None), (None, None), (True, None), ("1M\n", None), ("1m", None),
])
def test_sizes(size, wanted):
    assert lab_machines.size_in_bytes(size) == wanted
