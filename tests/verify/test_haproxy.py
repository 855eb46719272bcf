# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role haproxy: each balancer takes requests and hands them to every server, and is closed where it has to be.

With TLS, who does not show a certificate of the lab's own authority for the right name is not talked to.
"""

from __future__ import annotations

import re
import socket
import urllib.request
from pathlib import Path

import haproxy_examples
import pytest
import topology

BALANCERS = topology.members("balancers")
SERVERS = topology.members("webservers")
each_balancer = pytest.mark.parametrize("node", BALANCERS)
each_server = pytest.mark.parametrize("node", SERVERS)
CLIENT = topology.members("clients")[0]
VARIABLES = topology.variables(BALANCERS[0])
VIP = VARIABLES["drill_vip"]
LAB = Path(VARIABLES.get("haproxy_lab_folder", Path.home() / ".cache" / "halab" / "certificates" / topology.NAME))
# Names in the certificates of the balancers and of the servers behind them.
NAME = next(name[4:] for name in VARIABLES["webfarm_certificate"]["subject_alt_name"] if name.startswith("DNS:"))
SERVER_NAME = VARIABLES["webfarm_server_name"]
ENDS, BEGINS_AGAIN = 443, 8443
# curl(1): the certificate is of nobody that is known, or for another name.
NOT_TRUSTED = 60


def address(node):
    """Where clients reach a host."""
    return topology.variables(node)["ansible_host"]


@each_balancer
def test_it_runs(node):
    topology.check_units(topology.host(node), running=["haproxy"], enabled=["haproxy"])


@each_balancer
def test_its_own_check_accepts_its_file(node):
    topology.host(node).check_output("haproxy -c -f /etc/haproxy/haproxy.cfg")


@each_balancer
def test_every_server_gets_its_share(node):
    seen = []
    for dummy in range(3 * len(SERVERS)):
        with urllib.request.urlopen("http://%s/" % address(node), timeout=5) as answer:
            seen.append(answer.headers["X-Served-By"])
    assert sorted(set(seen)) == sorted(SERVERS)


@each_balancer
def test_its_health_is_told_to_nobody_else(node):
    assert topology.host(node).check_output("curl --silent --fail http://127.0.0.1:8404/health") != ""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address(node), 8404), timeout=5)


@each_balancer
def test_its_socket_is_for_root_and_its_group(node):
    found = topology.host(node).check_output("stat --format='%U %G %a' /run/haproxy/admin.sock")
    assert found == "root haproxy 660"


def asked(ca, name, place, port, times=1):
    """[(return code of curl, status, who served)] on the client, which trusts this CA and no other."""
    url = "https://%s:%d/" % (name, port)
    ask = ("curl --silent --max-time 5 --cacert $ca --connect-to ::%s: --output /dev/null "
           "--write-out '%%{http_code} %%header{x-served-by}' %s" % (place, url))
    said = topology.host(CLIENT).check_output(
        "ca=$(mktemp); trap 'rm -f $ca' EXIT; printf %%s '%s' > $ca; "
        "for turn in $(seq %d); do said=$(%s); echo $? $said; done" % (ca, times, ask))
    return [(int(code), status, server or None) for code, status, server in
            re.findall(r"^(\d+) (\d+) ?(\S*)$", said, re.MULTILINE)]


@pytest.fixture(scope="module")
def ca():
    return (LAB / "ca.pem").read_text(encoding="ascii")


@pytest.fixture(scope="module")
def other_ca(tmp_path_factory):
    return haproxy_examples.certificate(tmp_path_factory.mktemp("other"))


# A server that is asked without TLS on the port behind BEGINS_AGAIN answers with 400, and one that shows the wrong
# certificate there is not asked at all (test_haproxy_tls.py): 200 is proof of both.
@pytest.mark.parametrize("port", [ENDS, BEGINS_AGAIN])
@pytest.mark.parametrize("place", [VIP] + [address(node) for node in BALANCERS])
def test_every_server_gets_its_share_over_tls(ca, place, port):
    seen = asked(ca, NAME, place, port, times=3 * len(SERVERS))
    assert {(code, status) for code, status, dummy in seen} == {(0, "200")}
    assert sorted({server for dummy, dummy, server in seen}) == sorted(SERVERS)


def test_clients_may_ask_for_the_address(ca):
    assert [found[:2] for found in asked(ca, VIP, VIP, ENDS)] == [(0, "200")]


@pytest.mark.parametrize("port", [ENDS, BEGINS_AGAIN])
def test_a_client_with_another_ca_refuses(other_ca, port):
    assert asked(other_ca, NAME, VIP, port)[0][0] == NOT_TRUSTED


@each_server
def test_a_server_shows_its_own_certificate(ca, other_ca, node):
    assert asked(ca, SERVER_NAME, address(node), 443) == [(0, "200", node)]
    assert asked(ca, NAME, address(node), 443)[0][0] == NOT_TRUSTED
    assert asked(other_ca, SERVER_NAME, address(node), 443)[0][0] == NOT_TRUSTED
