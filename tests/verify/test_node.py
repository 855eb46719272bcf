# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role node: the nodes know each other and agree on the time."""

from __future__ import annotations

import ipaddress
import time

import topology


def test_every_node_is_known_by_name(host):
    for node in topology.nodes():
        wanted = topology.variables(node)["ansible_host"]
        found = {line.split()[0] for line in host.check_output("getent ahosts %s", node).splitlines()}
        assert wanted in found
        assert not [address for address in found if ipaddress.ip_address(address).is_loopback], found


def test_clocks_agree(host):
    before = time.time()
    there = float(host.check_output("date +%s.%N"))
    assert before - 2 < there < time.time() + 2


def test_nothing_has_failed(host):
    assert host.check_output("systemctl list-units --failed --plain --no-legend") == ""
