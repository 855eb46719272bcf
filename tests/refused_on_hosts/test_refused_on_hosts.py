# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only a host can refuse is refused there by name, with what is allowed, and all balancers stay as they are."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import re
import struct
import urllib.request

import pytest
import topology
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

pytestmark = pytest.mark.skipif(topology.SHORT, reason="seen on another release")

BALANCERS = topology.members("balancers")
FIRST, LAST = BALANCERS[0], BALANCERS[-1]
VARIABLES = topology.variables(FIRST)
VIP = VARIABLES["drill_vip"]
CLIENT = topology.members("clients")[0]
CLIENT_ADDRESS = topology.variables(CLIENT)["ansible_host"]
# haproxy's workers are others after a reload. keepalived forks for its scripts all the time: of it, the first process.
PROCESSES = "pgrep -x haproxy && systemctl show --property=Id,MainPID haproxy keepalived keepalived-second-opinion"
LOOK = "%s && %s && ip -brief address show to %s" % (topology.FILES, PROCESSES, VIP)

# What is put on hosts. A program ends by itself if nobody is left to end it.
UNIT = "halab-test"
RUN = "systemd-run --quiet --collect --unit=%s --property=RuntimeMaxSec=120 python3 -c %s"
INTERFACE, ITS_OTHER_END = "halab-test0", "halab-test1"
CERTIFICATE = "/etc/haproxy/certs/halab-test.pem"
PORT = 18081
LISTENER = """
import socket, time
taken = socket.create_server(("127.0.0.1", %d))
time.sleep(600)
"""
LISTENS = "timeout 10 bash -c 'until (: < /dev/tcp/127.0.0.1/%d) 2> /dev/null; do sleep 0.1; done'" % PORT
# To VRRP's group, from another cluster's host. Protocol and TTL are those of RFC 3768.
SENDER = """
import socket, time
sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("%s"))
while True:
    sender.sendto(bytes.fromhex("%s"), ("224.0.0.18", 0))
    time.sleep(0.5)
"""
FOREIGN_ID, FOREIGN_ADDRESS = 52, "198.18.0.209"
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
EXPIRED_ON = NOW - DAY
PAGE = "/etc/haproxy/halab-test.txt"


def snapshot():
    """The balancers, as far as a run could change them."""
    return {node: topology.host(node).check_output(LOOK) for node in BALANCERS}


def refused(**variables):
    """{host: all that it says} of a run with these variables, which has to fail and must change nothing."""
    before = snapshot()
    command = topology.playbook_command("site.yml", "--limit=balancers", "-e", json.dumps(variables))
    report = topology.ansible_json(command, fails=True)
    assert snapshot() == before, "the run has changed a balancer"
    with urllib.request.urlopen("http://%s/" % VIP, timeout=5) as answer:
        assert answer.status == 200
    results = [(node, result) for play in report["plays"] for task in play["tasks"]
               for node, result in task["hosts"].items()]
    assert [node for node, result in results if result.get("changed")] == []
    # Those of a role's assert are a list of sentences.
    return {node: "%s" % result["msg"] for node, result in results if result.get("failed")}


@contextlib.contextmanager
def running(node, program):
    """A program in Python, on a host, under the name UNIT."""
    host = topology.host(node)
    host.check_output(RUN, UNIT, program)
    try:
        yield host
    finally:
        host.check_output("systemctl stop %s", UNIT)


def pem(end):
    """A certificate that is valid until then, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example.org")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(NOW - 90 * DAY).not_valid_after(end)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def advert(number, address):
    """One of VRRP version 2 for this virtual_router_id: priority 100, one address, every second, no authentication."""
    def packed(checksum):
        return struct.pack("!BBBBBBH4s8x", 0x21, number, 100, 1, 0, 1, checksum, ipaddress.ip_address(address).packed)

    total = sum(struct.unpack("!10H", packed(0)))
    return packed(0xFFFF - (total % 0xFFFF))


@pytest.fixture
def taken():
    """The number of a process on the last balancer that has the port."""
    with running(LAST, LISTENER % PORT) as host:
        host.check_output(LISTENS)
        yield int(host.check_output("systemctl show --property=MainPID --value %s", UNIT))


@pytest.fixture
def certificate():
    """One that all balancers have; that of the last has expired."""
    for node in BALANCERS:
        text = pem(EXPIRED_ON if node == LAST else NOW + DAY)
        done = topology.send(node, "umask 077 && cat > %s" % CERTIFICATE, text)
        assert done.returncode == 0, done.stderr
    yield
    for node in BALANCERS:
        topology.host(node).check_output("rm %s", CERTIFICATE)


@pytest.fixture
def page():
    """A file that all balancers have but the last."""
    for node in BALANCERS[:-1]:
        topology.host(node).check_output("touch %s", PAGE)
    yield
    for node in BALANCERS[:-1]:
        topology.host(node).check_output("rm %s", PAGE)


@pytest.fixture
def interface():
    """One that all balancers have but the last."""
    for node in BALANCERS[:-1]:
        topology.host(node).check_output("ip link add %s type veth peer name %s", INTERFACE, ITS_OTHER_END)
    yield
    for node in BALANCERS[:-1]:
        topology.host(node).check_output("ip link delete %s", INTERFACE)


# Balancers are changed one after another, and what is wrong here is wrong on the last one only: the first would be
# changed already if it were not asked before.
@pytest.mark.usefixtures("certificate", "interface")
def test_what_haproxy_could_not_have_on_the_last_balancer(taken):
    said = refused(
        haproxy_listens=[{
            "name": "refused",
            "bind": [":%d" % PORT, "127.0.0.1:%d interface %s" % (PORT + 1, INTERFACE),
                     "127.0.0.1:%d ssl crt %s" % (PORT + 2, CERTIFICATE)],
            "http-request": "return status 200",
        }],
        haproxy_certificates=VARIABLES["haproxy_certificates"] + [
            {"name": CERTIFICATE.rpartition("/")[2], "on_host": True}],
    )
    assert list(said) == [LAST]
    where = r"in listen refused \(haproxy_listens\)"
    for expected in (
        r"Role haproxy refuses these variables on %s:" % LAST,
        r"bind 0\.0\.0\.0 port %d %s: \S+, pid %d, listens on 127\.0\.0\.1 port %d; "
        r"allowed is a port that no other program has\." % (PORT, where, taken, PORT),
        r"interface %s %s: this host does not have it; allowed are .*\beth0\b" % (INTERFACE, where),
        r"certificate %s %s: it has expired, on %s; allowed is one that is valid now\."
        % (re.escape(CERTIFICATE), where, EXPIRED_ON.date()),
    ):
        assert re.search(expected, said[LAST]), said[LAST]


@pytest.mark.usefixtures("page")
def test_what_haproxy_itself_would_not_take_on_the_last_balancer():
    """Its own check, of a file that is no certificate and that nobody else looks for."""
    said = refused(haproxy_listens=[{"name": "refused", "bind": "127.0.0.1:%d" % PORT,
                                     "http-request": "return status 200 content-type text/plain file %s" % PAGE}])
    assert list(said) == [LAST]
    for expected in (r"haproxy -W -c -f \S+ failed with rc 1", re.escape(PAGE),
                     r"This was to become /etc/haproxy/haproxy\.cfg\. No file was changed\."):
        assert re.search(expected, said[LAST]), said[LAST]


@pytest.mark.usefixtures("interface")
def test_an_interface_that_only_the_last_balancer_lacks():
    """All are asked before the first one is changed."""
    said = refused(keepalived_global_defs={"lvs_sync_daemon": "%s web" % INTERFACE})
    assert list(said) == [LAST]
    assert "lvs_sync_daemon in keepalived_global_defs" in said[LAST]
    assert re.search(r"interface of a synchronisation daemon is %s; allowed is one that this host has: .*\beth0\b"
                     % INTERFACE, said[LAST]), said[LAST]


def test_a_virtual_router_id_that_another_cluster_uses():
    instances = [dict(instance, virtual_router_id=FOREIGN_ID) for instance in VARIABLES["keepalived_instances"]]
    # An extra variable is one of all hosts, and only balancers have the instance.
    instances = "{{ %s if 'balancers' in group_names else [] }}" % json.dumps(instances)
    with running(CLIENT, SENDER % (CLIENT_ADDRESS, advert(FOREIGN_ID, FOREIGN_ADDRESS).hex())):
        said = refused(keepalived_instances=instances)
    assert sorted(said) == sorted(BALANCERS)
    for text in said.values():
        assert (
            "keepalived_instances: web: virtual_router_id is %d, which %s uses on eth0 already, for %s, and it is no "
            "host of keepalived_group; allowed is one that nobody uses there, such as 1, 2, 3."
            % (FOREIGN_ID, CLIENT_ADDRESS, FOREIGN_ADDRESS)) in text, text
