# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role lab tells cloud-init in an image of the user's own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROLE = Path(__file__).resolve().parents[2] / "roles" / "lab"
MACHINE = {
    "machine": "halab-here-own1",
    "interfaces": [
        {"name": "eth0", "mac": "52:54:00:00:00:01", "addresses": ["198.18.0.11/24"], "bridge": "halab0"},
        {"name": "san", "mac": "52:54:00:00:00:02", "addresses": [], "bridge": "halab1"},
    ],
    "disks": [
        {"name": "data", "serial": "data", "bus": "virtio"},
        {"name": "fast", "serial": "S-1", "bus": "scsi"},
    ],
}
KEYS = {"id_ed25519.pub": "user's key\n", "seed/ssh_host_ed25519_key": "BEGIN\nsecret\nEND\n",
        "seed/ssh_host_ed25519_key.pub": "node's key\n"}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """{name: content} of the files that cloud-init reads, as Ansible writes them."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "seed").mkdir()
    for name, text in KEYS.items():
        (folder / name).write_text(text, encoding="utf-8")
    variables = {"lab_dir": str(folder), "__lab_vm": "own1", "__lab_machine": MACHINE}
    made = {}
    for name in ("meta-data", "network-config", "user-data"):
        arguments = {"src": "cloud/%s.j2" % name, "dest": str(folder / name), "mode": "0600"}
        command = ["ansible", "localhost", "--playbook-dir", str(ROLE), "-m", "ansible.builtin.template",
                   "-a", json.dumps(arguments), "-e", json.dumps(variables)]
        subprocess.run(command, env=dict(os.environ, LC_ALL="C.UTF-8"), capture_output=True, check=True)
        head, brace, rest = (folder / name).read_text(encoding="utf-8").partition("{")
        assert head.strip() == ("#cloud-config" if name == "user-data" else "")
        made[name] = json.loads(brace + rest)
    return made


def test_the_instance_is_the_machine(told):
    assert told["meta-data"] == {"instance-id": "halab-here-own1", "local-hostname": "own1"}


def test_cards_are_told_apart_by_what_they_have_for_life(told):
    cards = told["network-config"]["ethernets"]
    assert {name: card["match"] for name, card in cards.items()} == {
        "eth0": {"macaddress": "52:54:00:00:00:01"}, "san": {"macaddress": "52:54:00:00:00:02"}}
    assert all(card["set-name"] == name for name, card in cards.items())
    assert [card["addresses"] for card in cards.values()] == [["198.18.0.11/24"], []]


def test_who_may_enter_and_by_what_the_node_is_known(told):
    data = told["user-data"]
    assert data["ssh_authorized_keys"] == ["user's key"] and data["disable_root"] is False
    # A private key whose last line is not ended is none.
    assert data["ssh_keys"] == {"ed25519_private": "BEGIN\nsecret\nEND\n", "ed25519_public": "node's key"}


def test_the_names_of_disks_are_there_from_the_beginning_of_a_boot(told):
    """The user's mounts may use them, and are waited for long before cloud-init does anything."""
    [write] = [command for command in told["user-data"]["bootcmd"] if command[0] == "sh"]
    assert "/etc/udev/rules.d/61-lab.rules" in write[2]
    assert 'ATTR{serial}=="data", SYMLINK+="data"' in write[-1]
    assert 'ENV{ID_SCSI_SERIAL}=="S-1", SYMLINK+="fast"' in write[-1]


def test_a_card_that_was_added_gets_its_address_at_the_next_boot(told):
    """By default cloud-init looks at the cards of a machine once in its life."""
    assert "boot" in told["user-data"]["updates"]["network"]["when"]
