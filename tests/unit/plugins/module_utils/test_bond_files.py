# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of each backend, to the letter. The cases are in test_bond_files.yml."""

from __future__ import annotations

import pathlib

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import (
    _bond_ifupdown,
    _bond_layout,
    _bond_networkd,
    _bond_networkmanager,
    _bond_options,
)
from ansible_collections.halab.cluster.plugins.module_utils._problems_bonding import bonding_problems

WRITERS = {"ifupdown": _bond_ifupdown, "networkd": _bond_networkd, "networkmanager": _bond_networkmanager}
DATA = yaml.safe_load(pathlib.Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))


def stack_of(case):
    lists = {name: case.get(name, []) for name in ("bonds", "vlans", "bridges")}
    variables = {"bonding_" + name: value for name, value in lists.items()}
    others = {"bonding_backend": "auto", "bonding_rollback_timeout": 60, "bonding_purge": False}
    assert bonding_problems(dict(variables, **others)) == []
    return _bond_layout.stack(**lists)


@pytest.mark.parametrize("backend", WRITERS)
@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_files(case, backend):
    found = {file.path: file.text for file in WRITERS[backend].files(stack_of(case))}
    assert found == case[backend]


@pytest.mark.parametrize("backend", WRITERS)
@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_each_file_says_whose_it_is(case, backend):
    for file in WRITERS[backend].files(stack_of(case)):
        assert _bond_layout.owner(file.text) == file.device
        # NetworkManager ignores a file that others can read.
        assert file.mode == ("0600" if backend == "networkmanager" else "0644")


@pytest.mark.parametrize("backend", WRITERS)
@pytest.mark.parametrize("mode", _bond_options.MODES)
def test_no_option_of_a_mode_is_lost(backend, mode):
    """Each that fits the mode is written once, with its value."""
    options = {name: option for name, option in _bond_options.OPTIONS.items() if mode in option.modes}
    bond = {"name": "bond0", "mode": mode, "members": ["eth0"]}
    values = {}
    for number, (name, option) in enumerate(options.items(), start=41):
        values[name] = option.values[-1] if isinstance(option.values, tuple) or len(option.values) < 3 else number
    text = "".join(file.text for file in WRITERS[backend].files(_bond_layout.stack([dict(bond, **values)], [], [])))
    for name, option in options.items():
        line = {
            "networkmanager": "%s=%s" % (name, values[name]),
            "networkd": option.networkd % values[name],
            "ifupdown": "    bond-%s %s" % (name.replace("_", "-"), values[name]) if option.ifenslave
                        else "    up ip link set dev bond0 type bond %s %s" % (name, values[name]),
        }[backend]
        assert text.count(line + "\n") == 1, line


def test_what_stands_on_something_comes_after_it():
    stack = stack_of(DATA["cases"][-1])
    assert [(device.name, device.level) for device in stack] == [
        ("bond0", 0), ("bond1", 0), ("bond0.20", 1), ("guests", 1), ("br0", 2), ("br0.7", 3)]


# What others wrote in /etc/network/interfaces: (before, after, whose stanzas were in it)
INTERFACES = {
    "nothing of ours": ("auto lo\niface lo inet loopback\n", "auto lo\niface lo inet loopback\n", []),
    "a member's stanza": (
        "auto lo eth0\niface lo inet loopback\n\n# first\nallow-hotplug eth0\niface eth0 inet static\n"
        "  address 192.0.2.11/24\n  # told by Bob\n\niface eth9 inet dhcp\n  metric 5\n",
        "auto lo\niface lo inet loopback\n\n# first\n# bonding: allow-hotplug eth0\n# bonding: iface eth0 inet static\n"
        "# bonding:   address 192.0.2.11/24\n  # told by Bob\n\niface eth9 inet dhcp\n  metric 5\n", ["eth0"]),
    "both families, and no line end": (
        "iface eth0 inet dhcp\niface eth0 inet6 auto\niface eth1 inet dhcp",
        "# bonding: iface eth0 inet dhcp\n# bonding: iface eth0 inet6 auto\n# bonding: iface eth1 inet dhcp",
        ["eth0", "eth1"]),
}


@pytest.mark.parametrize("before, after, whose", INTERFACES.values(), ids=INTERFACES)
def test_members_are_taken_out_of_interfaces(before, after, whose):
    assert _bond_ifupdown.without(before, ["eth0", "eth1"]) == (after, whose)
    assert _bond_ifupdown.without(after, ["eth0", "eth1"]) == (after, [])


@pytest.mark.parametrize("text, does", [
    ("source /etc/network/interfaces.d/*\n", True), ("source interfaces.d/*\n", True),
    ("# source /etc/network/interfaces.d/*\n", False), ("source-directory /etc/network/interfaces.d\n", False),
    ("", False),
])
def test_whether_interfaces_d_is_read(text, does):
    assert _bond_ifupdown.sources_our_files(text) == does
