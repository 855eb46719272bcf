# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role corosync: every node sees every other on every link, over an encrypted connection, with quorum."""

from __future__ import annotations

import re

import pytest
import topology

each_node = pytest.mark.parametrize("node", topology.members("cluster"))


@each_node
def test_runs_now_and_after_a_boot(node):
    corosync = topology.host(node).service("corosync")
    assert corosync.is_running
    assert corosync.is_enabled


@each_node
def test_has_quorum_with_all_nodes(node):
    status = topology.host(node).check_output("corosync-quorumtool -s || test $? -eq 2")
    assert re.search(r"^Quorate:\s+Yes", status, re.MULTILINE), status
    assert re.search(r"^Nodes:\s+%d$" % len(topology.members("cluster")), status, re.MULTILINE), status


@each_node
def test_sees_every_peer_on_every_link(node):
    status = topology.host(node).check_output("corosync-cfgtool -s")
    states = re.findall(r"nodeid:\s*([0-9]+):\s*(\S+)", status)
    links = re.findall(r"^LINK ID", status, re.MULTILINE)
    assert len(states) == len(links) * len(topology.members("cluster")), status
    assert {state for nodeid, state in states} <= {"connected", "localhost"}, status


@each_node
def test_is_encrypted(node):
    for key in ("totem.crypto_cipher", "totem.crypto_hash"):
        value = topology.host(node).check_output("corosync-cmapctl -g %s", key).split("=")[1].strip()
        assert value != "none"


@each_node
def test_the_key_is_shared_and_hidden(node, first):
    key = topology.host(node).file("/etc/corosync/authkey")
    assert key.mode == 0o400
    assert key.user == "root"
    assert key.size >= 128
    assert key.sha256sum == first.file("/etc/corosync/authkey").sha256sum


@each_node
def test_the_configuration_is_the_same_everywhere(node, first):
    path = "/etc/corosync/corosync.conf"
    assert topology.host(node).file(path).sha256sum == first.file(path).sha256sum
