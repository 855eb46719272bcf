# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role realserver: each server has what its forwarding method needs, also after a restart, and answers no ARP."""

from __future__ import annotations

import ipaddress
import json
import re

import patience
import pytest
import topology

HOSTS = [node for node in topology.nodes() if topology.variables(node).get("realserver_services")]
PEERS = [node for node in topology.nodes() if node not in HOSTS]
DEVICES = {("gate", 4): "lo", ("gate", 6): "lo", ("ipip", 4): "tunl0", ("ipip", 6): "ip6tnl0"}
each_host = pytest.mark.parametrize("node", HOSTS)


def services(node, *forwarding):
    """Those of a server with these methods, as the role wrote them: templates in the inventory are rendered there."""
    written = json.loads(topology.host(node).check_output("cat /etc/realserver.json"))["services"]
    return [service for service in written if service["forwarding"] in forwarding]


def family(address):
    return 6 if ":" in address else 4


def held(node):
    """{(device, address)} of all that the kernel has."""
    links = json.loads(topology.host(node).check_output("ip -json address show"))
    return {
        (link["ifname"], ipaddress.ip_address(entry["local"]))
        for link in links
        for entry in link.get("addr_info", [])
        if "local" in entry
    }


def listening(node):
    """{(protocol, address and port)} that programs listen on."""
    lines = topology.host(node).check_output("ss --no-header --listening --tcp --udp --numeric").splitlines()
    return {(line.split()[0], line.split()[4]) for line in lines}


def cards(node):
    """The MAC addresses of a host."""
    return set(topology.host(node).check_output("cat /sys/class/net/*/address").split())


def who_answers(peer, address):
    """The MAC addresses that answer when a host asks for the address; None if it is in another segment."""
    way = topology.host(peer).run("ip -json route get %s" % address)
    found = json.loads(way.stdout)[0] if way.rc == 0 else {"gateway": None}
    if "gateway" in found or found.get("type") == "local":
        return None
    # rc 1: nobody has answered.
    asked = topology.host(peer).run("arping -c 3 -w 4 -I %s %s" % (found["dev"], address))
    assert asked.rc in (0, 1), asked.stderr
    return {mac.lower() for mac in re.findall(r"\[([0-9A-Fa-f:]{17})\]", asked.stdout)}


@each_host
def test_it_is_done_at_boot(node):
    topology.check_units(topology.host(node), running=["realserver"], enabled=["realserver"])


@pytest.mark.alone
@each_host
def test_it_has_its_addresses_and_has_them_again_after_a_restart(node):
    wanted = {
        (DEVICES[service["forwarding"], family(service["address"])], ipaddress.ip_address(service["address"]))
        for service in services(node, "gate", "ipip")
    }
    before = listening(node)
    assert wanted <= held(node)
    topology.host(node).check_output("systemctl restart realserver")
    assert wanted <= held(node)
    topology.host(node).check_output("/usr/local/sbin/realserver check")
    # Who listens on an address that comes and goes, such as dnsmasq, has to notice both. The next test asks it.
    patience.until(lambda found: found == before, lambda: listening(node))


@each_host
def test_it_answers_no_arp_for_its_addresses(node):
    addresses = [service["address"] for service in services(node, "gate", "ipip") if family(service["address"]) == 4]
    heard = [who_answers(peer, address) for peer in PEERS for address in addresses]
    assert not addresses or [macs for macs in heard if macs is not None], "no other host is in the segment"
    for macs in heard:
        assert not macs or not macs & cards(node)


def gateway(node, address, port):
    """Where this host's answers from a TCP port go; None for a neighbour."""
    found = topology.host(node).check_output("ip -json route get %s ipproto tcp sport %d" % (address, port))
    return json.loads(found)[0].get("gateway")


@each_host
def test_only_the_answers_of_its_service_go_through_the_gateway(node):
    for service in services(node, "masq"):
        directors = service.get("directors", [])
        # In the same segment they are the hardest: without a rule, they are answered directly.
        others = [topology.variables(peer)["ansible_host"] for peer in PEERS]
        others = [client for client in others if family(client) == family(service["gateway"])]
        clients = [client for client in others if client not in directors]
        for port in service.get("tcp", []):
            assert {gateway(node, client, port) for client in clients} <= {service["gateway"]}
            assert service["gateway"] not in {gateway(node, director, port) for director in directors}
        assert service["gateway"] not in {gateway(node, client, 22) for client in clients}
