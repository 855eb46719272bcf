# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module vrrp_info: when it listens, and for how long. The packet is that of RFC 3768 in test_vrrp.py, made by hand."""

from __future__ import annotations

import socket
import time

import pytest
from ansible_collections.halab.cluster.plugins.modules import vrrp_info

V2 = bytes.fromhex(
    "45 c0 00 28 00 01 00 00 ff 70 00 00 c0 00 02 4d e0 00 00 12 21 33 64 01 00 01 b8 01 c0 00 02 c8" + "00" * 8
)
HEARD = {"interface": "eth0", "source": "192.0.2.77", "virtual_router_id": 51, "priority": 100, "version": 2,
         "family": 4, "addresses": ["192.0.2.200"]}
ROUTER = {"interface": "eth0", "virtual_router_id": 51, "family": 4}
CONF = (
    "vrrp_instance web {\n\tinterface eth0\n\tvirtual_router_id 51\n"
    "\tvirtual_ipaddress {\n\t\t192.0.2.100/24\n\t}\n}\n"
)


class Wire:
    """A pair of sockets. Of what comes in at this end, the kernel says what kind it is, see packet(7)."""

    def __init__(self):
        self.here, self.there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.kind, self.error = socket.PACKET_MULTICAST, None

    def fileno(self):
        return self.here.fileno()

    def recvfrom(self, size):
        if self.error:
            raise self.error
        return self.here.recv(size), ("eth0", 0x0800, self.kind, 1, b"")

    def close(self):
        self.here.close()
        self.there.close()


@pytest.fixture
def wire():
    made = Wire()
    yield made
    made.close()


def test_what_is_heard(wire):
    for packet in (V2, b"no packet", V2):
        wire.there.send(packet)
    began = time.monotonic()
    assert vrrp_info.listen({wire: "eth0"}, 0.2) == [HEARD]
    assert 0.2 <= time.monotonic() - began < 1, "it listens to the end, since others may speak later"


def test_what_is_for_others(wire):
    """A card that takes everything hands over what two other hosts tell each other."""
    wire.kind = socket.PACKET_OTHERHOST
    wire.there.send(V2)
    assert vrrp_info.listen({wire: "eth0"}, 0.1) == []


def test_an_interface_that_is_down_does_not_end_the_others(wire):
    other = Wire()
    other.error = OSError(100, "Network is down")
    other.there.send(V2)
    wire.there.send(V2)
    assert vrrp_info.listen({other: "eth1", wire: "eth0"}, 0.1) == [HEARD]
    other.close()


@pytest.fixture
def run(run_module, monkeypatch, tmp_path):
    """The result, and what was listened to."""
    path = tmp_path / "keepalived.conf"

    def played(text=None, check=False, **options):
        listened = []
        monkeypatch.setattr(vrrp_info.socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
        monkeypatch.setattr(
            vrrp_info, "hear", lambda interfaces, seconds: listened.append((interfaces, seconds)) or [HEARD])
        if text is not None:
            path.write_text(text)
        case = {"input": dict(options, keepalived_conf=str(path)), "replies": []}
        return run_module(vrrp_info, case, check=check)[0], listened
    return played


@pytest.mark.parametrize("check", [False, True])
def test_interfaces(run, check):
    result, listened = run(check=check, interfaces=["eth0", "bond0"])
    assert result == {"changed": False, "adverts": [HEARD], "new": [], "absent": ["bond0"]}
    assert listened == [(["eth0"], 3.0)]


@pytest.mark.parametrize("text", [None, "", CONF.replace("51", "52")])
def test_a_router_that_keepalived_does_not_have(run, text):
    result, listened = run(text, routers=[ROUTER], seconds=1)
    assert result == {"changed": False, "adverts": [HEARD], "new": [ROUTER], "absent": []}
    assert listened == [(["eth0"], 1.0)]


def test_a_router_that_keepalived_has(run):
    result, listened = run(CONF, routers=[ROUTER])
    assert result == {"changed": False, "adverts": [], "new": [], "absent": []}
    assert listened == []


def test_one_router_of_two(run):
    new = dict(ROUTER, virtual_router_id=52)
    result, listened = run(CONF, routers=[ROUTER, new])
    assert result["new"] == [new]
    assert listened == [(["eth0"], 3.0)]


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_time_that_is_none(run, seconds):
    result, listened = run(interfaces=["eth0"], seconds=seconds)
    assert result["failed"] and "seconds is" in result["msg"] and "allowed is" in result["msg"]
    assert listened == []


def test_neither_interfaces_nor_routers(run):
    assert run()[0]["failed"]
