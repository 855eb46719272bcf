# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VM that role lab made of a user's own cloud image, from outside: by SSH, with nothing but what the lab wrote down.

The tests stand in the order in which they are run: `make cloud-image-test`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import topology
import yaml

INVENTORY = Path(__file__).with_name("hosts.yml")
ALL = yaml.safe_load(INVENTORY.read_text(encoding="utf-8"))["all"]
[(NODE, HOST)] = ALL["children"]["cluster"]["hosts"].items()
# What is added to it later, in the words of the inventory.
ADDED = {
    "lab_interfaces": [*HOST["lab_interfaces"], {"name": "eth2", "address": "198.18.9.11/24", "bridge": "halab8"}],
    "lab_disks": [*HOST["lab_disks"], {"name": "late", "size": "64M", "bus": "scsi"}],
}
LAB = Path.home() / ".cache" / "halab" / "labs" / ALL["vars"]["lab_name"]
# No other key, neither of an agent nor of this machine's own known hosts.
STRICT = ["BatchMode=yes", "StrictHostKeyChecking=yes", "GlobalKnownHostsFile=none", "IdentitiesOnly=yes",
          "IdentityAgent=none", "ConnectTimeout=10"]
SUDO = [] if os.geteuid() == 0 else ["sudo"]
MOUNT = "/srv/data"
# Who the node is, beside its SSH key, which is asked for with every connection.
IDENTITY = ["hostname", "cat /etc/machine-id", "cat /root/.ssh/authorized_keys", "cat /etc/ssh/ssh_host_ed25519_key.pub",
            "cat /var/lib/cloud/data/instance-id"]


def ssh(command):
    options = [word for option in STRICT for word in ("-o", option)]
    return subprocess.run(["ssh", "-F", str(LAB / "ssh_config"), *options, NODE, command], capture_output=True, text=True,
                          check=False, timeout=600)


def output(command):
    done = ssh(command)
    assert done.returncode == 0, "%s: %s\n%s" % (command, done.stdout, done.stderr)
    return done.stdout.strip()


def bmc(*arguments):
    command = [*SUDO, sys.executable, str(LAB / "bmc.py"), str(LAB / "lab.json"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def described():
    """The node as the BMCs and libvirt know it."""
    return json.loads((LAB / "lab.json").read_text(encoding="utf-8"))["nodes"][NODE]


def cards():
    """{name: what ip says about the card}"""
    return {card["ifname"]: card for card in json.loads(output("ip -json address show"))}


def lab_up(*arguments):
    """What Ansible says in the end of a run of lab_up.yml."""
    release = "lab_os=%s" % os.environ.get("HALAB_OS", ALL["vars"]["lab_os"])
    playbook = str(topology.ROOT / "playbooks" / "lab_up.yml")
    done = subprocess.run(["ansible-playbook", "-i", str(INVENTORY), "-e", release, *arguments, playbook],
                          env=topology.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check_cards(wanted):
    shown = cards()
    assert set(shown) == {"lo"} | {card["name"] for card in wanted}
    for card, made in zip(wanted, described()["interfaces"]):
        found = shown[card["name"]]
        assert found["address"] == made["mac"]
        assert {"UP", "LOWER_UP"} <= set(found["flags"])
        own = ["%(local)s/%(prefixlen)s" % address for address in found["addr_info"] if address["family"] == "inet"]
        assert own == [card["address"]]


def check_disks(wanted):
    for disk in wanted:
        device = output("readlink --canonicalize-existing /dev/" + disk["name"])
        assert output("blockdev --getsize64 " + device) == str(64 * 2**20)
        # And not only by its name.
        links = output("find -L /dev/disk/by-id -samefile " + device).splitlines()
        assert any(link.endswith(("-" + disk["name"], "_" + disk["name"])) for link in links), links


def test_cloud_init_has_nothing_to_complain_about():
    """Status 1: something failed; 2: something was said that it did not understand."""
    output("cloud-init status --wait --long")


def test_the_node_has_the_key_that_the_lab_says_it_has_and_no_other():
    wanted = {tuple(line.split()[1:]) for line in (LAB / "known_hosts").read_text(encoding="utf-8").splitlines()}
    scan = ["ssh-keyscan", "-T", "60", HOST["ansible_host"]]
    shown = subprocess.run(scan, capture_output=True, text=True, check=True).stdout
    lines = [line for line in shown.splitlines() if not line.startswith("#")]
    assert {tuple(line.split()[1:]) for line in lines} == wanted


def test_the_node_knows_its_name():
    assert output("hostname") == NODE
    assert output("cat /etc/hostname") == NODE


def test_cards_have_their_names_and_addresses():
    check_cards(HOST["lab_interfaces"])


def test_the_disk_is_found_by_its_name():
    check_disks(HOST["lab_disks"])


def test_ansible_needs_nothing_more():
    """What roles would find: Python, and root's account."""
    reach = ["ansible", "-i", str(INVENTORY), NODE, "-m", "ansible.builtin.ping", "-u", "root",
             "--private-key", str(LAB / "id_ed25519"), "--ssh-common-args=-o UserKnownHostsFile=%s" % (LAB / "known_hosts")]
    done = subprocess.run(reach, env=topology.environment(ANSIBLE_TIMEOUT="60"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_second_run_changes_nothing():
    assert " changed=0 " in lab_up()


@pytest.fixture(scope="module")
def cycled():
    """Hardware is added, and the power is cut. What was seen before that, and when the node has come back: (before, after)."""
    # A file system that the boot waits for, by the name that the lab promises.
    name = HOST["lab_disks"][0]["name"]
    output("mke2fs -q -t ext4 /dev/%s && mkdir -p %s" % (name, MOUNT))
    output("echo '/dev/%s %s ext4 defaults 0 2' >>/etc/fstab && mount %s" % (name, MOUNT, MOUNT))
    output("echo kept >%s/file && sync" % MOUNT)
    asked = [*IDENTITY, "cat /proc/sys/kernel/random/boot_id"]
    before = [output(command) for command in asked]
    lab_up("-e", json.dumps(ADDED))
    bmc("off", NODE)
    assert bmc("status", NODE) == "%s off\n" % NODE
    assert ssh("true").returncode == 255
    bmc("on", NODE)
    deadline = time.monotonic() + ALL["vars"]["lab_boot_timeout"]
    while ssh("true").returncode != 0:
        assert time.monotonic() < deadline, (LAB / (NODE + "-console.log")).read_text(errors="replace")[-4000:]
        time.sleep(2)
    return before, [output(command) for command in asked]


def test_it_is_the_same_node_after_its_power_was_cut(cycled):
    before, after = cycled
    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1], "it was never off"


def test_it_boots_with_its_disk_by_name(cycled):
    assert output("cat %s/file" % MOUNT) == "kept"


def test_it_has_all_disks_also_the_one_that_was_added(cycled):
    check_disks(ADDED["lab_disks"])


def test_it_has_all_cards_also_the_one_that_was_added(cycled):
    check_cards(ADDED["lab_interfaces"])


def test_cloud_init_still_has_nothing_to_complain_about(cycled):
    output("cloud-init status --wait --long")
