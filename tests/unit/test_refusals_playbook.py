# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The refusals as a user meets them: site.yml against hosts that do not exist.

A run that touched a host would report it as unreachable. A refused one never gets that far.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
NETWORK = "198.18.255.0/24"
# Port 1 of this machine: refused at once, instead of waiting for an answer.
NOBODY = "-o ConnectTimeout=1 -o ControlMaster=no -o HostName=127.0.0.1 -o Port=1"


def inventory():
    """Three hosts that nobody answers for, and variables that every role accepts."""
    hosts = {
        "node%d" % number: {
            "ansible_host": "198.18.255.%d" % number,
            "corosync_node": {"nodeid": number, "ring0_addr": "198.18.255.%d" % number},
            "fencing_device": {
                "agent": "fence_ipmilan",
                "instance_attributes": {"ip": "198.18.255.%d" % (200 + number), "username": "halab"},
                "secret_attributes": {"password": "correct-horse-%d" % number},
            },
        }
        for number in (1, 2, 3)
    }
    variables = {
        "ansible_ssh_common_args": NOBODY,
        "corosync_networks": [NETWORK],
        "pacemaker_resources": [
            {"id": "vip", "agent": "ocf:heartbeat:IPaddr2", "instance_attributes": {"ip": "198.18.255.100"}}
        ],
    }
    return {"cluster": {"hosts": hosts, "vars": variables}}


def run_site(directory, data):
    """The output of site.yml with this inventory."""
    path = directory / "hosts.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return run_with(directory, path)


def run_with(directory, inventory_path, *arguments):
    """The output of site.yml, as somebody whose home is this directory."""
    environment = dict(
        os.environ,
        ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        LC_ALL="C.UTF-8",
        HOME=str(directory),
        PATH="%s:%s" % (BIN, os.environ["PATH"]),
    )
    done = subprocess.run(
        ["ansible-playbook", "-i", str(inventory_path), str(ROOT / "playbooks" / "site.yml"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return " ".join((done.stdout + done.stderr).split())


def one_node(data):
    """The inventory with one host left."""
    for name in ("node2", "node3"):
        del data["cluster"]["hosts"][name]


def two_nodes(data):
    """The inventory with two hosts left."""
    del data["cluster"]["hosts"]["node3"]


def same_node_id(data):
    """Two hosts with one node id."""
    data["cluster"]["hosts"]["node3"]["corosync_node"]["nodeid"] = 1


def stray_vip(data):
    """A floating address that no link can carry."""
    data["cluster"]["vars"]["pacemaker_resources"][0]["instance_attributes"]["ip"] = "203.0.113.100"


def unknown_agent(data):
    """An agent that no node would have."""
    data["cluster"]["vars"]["pacemaker_resources"][0]["agent"] = "ocf:heartbeat:IPadr2"


def unknown_fence_agent(data):
    """A fence agent that no node would have."""
    data["cluster"]["hosts"]["node2"]["fencing_device"]["agent"] = "fence_ipmilann"


def no_fence_device(data):
    """A host without its fence device."""
    del data["cluster"]["hosts"]["node2"]["fencing_device"]


def vendor_password(data):
    """A fence device as it was delivered."""
    data["cluster"]["hosts"]["node2"]["fencing_device"]["secret_attributes"]["password"] = "calvin"


CASES = [
    (one_node, "corosync_nodes names one node, node1"),
    (two_nodes, "corosync_nodes names two nodes and corosync_quorum is empty"),
    (same_node_id, "nodeid 1 belongs to node1 and node3"),
    (stray_vip, "vip: ip is 203.0.113.100, outside every network of pacemaker_service_networks"),
    (unknown_agent, "pacemaker_resources: vip: agent is 'ocf:heartbeat:IPadr2', which Debian does not have"),
    (unknown_fence_agent, "fencing_devices: fence-node2: agent is 'fence_ipmilann', which Debian does not have"),
    (no_fence_device, "fencing_devices has no device for node node2"),
    (vendor_password, "fencing_devices: fence-node2: password is one that devices are delivered with"),
]


@pytest.mark.parametrize("change, expected", CASES, ids=[case[0].__name__ for case in CASES])
def test_refused_before_a_host_is_touched(tmp_path, change, expected):
    data = inventory()
    change(data)
    output = run_site(tmp_path, data)
    assert expected in output
    assert "UNREACHABLE" not in output
    assert "calvin" not in output


def test_what_is_right_goes_on_to_the_hosts(tmp_path):
    """Shows that the tests above would notice a host being touched."""
    assert "UNREACHABLE" in run_site(tmp_path, inventory()).upper()


@pytest.mark.parametrize("topology", sorted(path.name for path in (ROOT / "inventories").iterdir()))
def test_no_inventory_of_ours_is_refused(tmp_path, topology):
    output = run_with(
        tmp_path, ROOT / "inventories" / topology, "--check", "-e", json.dumps({"ansible_ssh_common_args": NOBODY}))
    assert "refuses these variables" not in output
    assert "UNREACHABLE" in output.upper()
