# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role nameserver: each server answers over UDP, from the address that was asked, for its names only."""

from __future__ import annotations

import socket
import struct

import pytest
import topology

SERVERS = topology.members("nameservers")
TXT, ADDRESS = 16, 1


def ask(server, name, kind):
    """(return code, the data of the first answer) of a DNS question; a socket that is connected hears only who was asked."""
    labels = b"".join(struct.pack("B", len(label)) + label.encode() for label in name.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(5)
        link.connect((server, 53))
        link.send(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">2H", kind, 1))
        answer = link.recv(512)
    flags, dummy, count = struct.unpack(">3H", answer[2:8])
    # Behind the question stands the answer: a pointer to the name, type, class, time to live and length.
    return flags & 15, answer[12 + len(labels) + 4 + 12:] if count else b""


@pytest.mark.parametrize("node", SERVERS)
def test_it_knows_its_names_and_who_it_is(node):
    topology.check_units(topology.host(node), running=["dnsmasq"], enabled=["dnsmasq"])
    server = topology.variables(node)["ansible_host"]
    for record in topology.rendered()[node]["nameserver_records"]:
        assert ask(server, record["name"], ADDRESS) == (0, socket.inet_aton(record["address"]))
    assert ask(server, "server", TXT)[1][1:] == node.encode()


@pytest.mark.parametrize("node", SERVERS)
def test_it_answers_for_nobody_else(node):
    code, data = ask(topology.variables(node)["ansible_host"], "www.example.com", ADDRESS)
    assert code != 0 and data == b""


def test_every_server_answers_over_the_directors():
    address = topology.rendered()[SERVERS[0]]["realserver_services"][0]["address"]
    seen = {ask(address, "server", TXT)[1][1:].decode() for dummy in range(4 * len(SERVERS))}
    assert seen == set(SERVERS)
