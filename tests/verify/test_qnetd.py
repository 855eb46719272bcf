# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role qnetd, and the quorum device of the nodes: each has the vote, and nobody gets one without a certificate."""

from __future__ import annotations

import re
import socket
import ssl
import struct

import pytest
import topology

HOSTS = topology.members("qnetd")
NODES = topology.members("cluster")
DATABASE = "/etc/corosync/qnetd/nssdb"
NODE_DATABASE = "/etc/corosync/qdevice/net/nssdb"
PORT = 5403
CLUSTER = topology.variables(NODES[0])["corosync_cluster_name"]
# A cluster that has no need of it may be without. Given by hand, this is text.
USED = str(topology.variables(NODES[0]).get("two_nodes_device", True)).lower() == "true"


@pytest.fixture(params=HOSTS)
def qnetd(request):
    return topology.host(request.param)


@pytest.fixture(params=NODES)
def node(request):
    return topology.host(request.param)


def test_runs_now_and_after_a_boot_and_not_as_root(qnetd):
    topology.check_units(qnetd, running=["corosync-qnetd"], enabled=["corosync-qnetd"])
    assert qnetd.check_output("ps -C corosync-qnetd -o user=").strip() == "coroqnetd"


def test_its_key_is_hidden(qnetd):
    assert qnetd.check_output("stat -c '%%U %%G %%a' %s %s/key4.db", DATABASE, DATABASE).splitlines() == [
        "root coroqnetd 750", "root coroqnetd 640"]
    assert qnetd.check_output("find %s ! -name qnetd-cacert.crt ! -name 'cluster-*.crt' -perm /007", DATABASE) == ""


def test_tls_is_required(qnetd):
    said = qnetd.check_output("corosync-qnetd-tool -s")
    assert re.search(r"^TLS:\s+Required \(client certificate required\)$", said, re.MULTILINE), said


def message(kind, *options):
    """A message of corosync-qnetd: its kind, its length, and options of a number, a length and a value."""
    body = b"".join(struct.pack(">HH", number, len(value)) + value for number, value in options)
    return struct.pack(">HI", kind, len(body)) + body


def connected(name):
    """A connection that has said for which cluster it comes (preinit), and the answer to that."""
    connection = socket.create_connection((topology.variables(HOSTS[0])["ansible_host"], PORT), timeout=5)
    connection.sendall(message(0, (1, name.encode())))
    return connection, connection.recv(4096)


def test_who_does_not_use_tls_is_told_so_and_gets_no_further():
    connection, said = connected(CLUSTER)
    with connection:
        # A reply: TLS (2) is required (2), and so is a certificate (3).
        assert said == message(1, (2, b"\2"), (3, b"\1")), said.hex()
        connection.sendall(message(3, (0, b"\0\0\0\1")))
        # An error, to message 1: TLS is required (3).
        assert connection.recv(4096) == message(5, (0, b"\0\0\0\1"), (6, b"\0\3"))


def test_who_has_no_certificate_is_cut_off():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection, dummy = connected(CLUSTER)
    with connection:
        connection.sendall(message(2, (0, b"\0\0\0\1")))
        # By the handshake or, with TLS 1.3, by the first answer.
        with pytest.raises(ssl.SSLError):
            with context.wrap_socket(connection) as safe:
                safe.sendall(message(3, (0, b"\0\0\0\2")))
                safe.recv(4096)


if USED:

    def test_the_host_lists_the_cluster_with_all_its_nodes(qnetd):
        said = qnetd.check_output("corosync-qnetd-tool -l -v -c %s", CLUSTER)
        assert re.findall(r'^Cluster "(.*)":$', said, re.MULTILINE) == [CLUSTER], said
        assert len(re.findall(r"^    Node ID \d+:$", said, re.MULTILINE)) == len(NODES), said
        assert len(re.findall(r"^ +TLS active:\s+Yes \(client certificate verified\)$", said, re.MULTILINE)) == len(NODES)
        assert len(re.findall(r"^ +Vote:.*\(ACK\)$", said, re.MULTILINE)) == len(NODES), said

    def test_every_node_has_the_vote(node):
        said = node.check_output("corosync-quorumtool -s || test $? -eq 2")
        assert re.search(r"^Flags: +Quorate .*Qdevice", said, re.MULTILINE), said
        assert re.search(r"^Total votes: +%d$" % (len(NODES) + 1), said, re.MULTILINE), said
        assert len(re.findall(r" A,V,NMW ", said)) == len(NODES), said
        assert re.search(r"^ +0 +1 +Qdevice$", said, re.MULTILINE), said

    def test_every_node_asks_for_it_after_a_boot(node):
        topology.check_units(node, running=["corosync-qdevice"], enabled=["corosync-qdevice"])
        assert "State:\t\t\tConnected" in node.check_output("corosync-qdevice-tool -s")

    def test_the_key_of_the_nodes_is_hidden(node):
        assert node.check_output("stat -c '%%U %%G %%a' %s", NODE_DATABASE) == "root root 770"
        assert node.check_output("find %s -perm /007 -name '*.db' -o -name '*.p12'", NODE_DATABASE) == ""

else:

    def test_no_node_asks_for_it(node):
        assert node.run("systemctl is-active corosync-qdevice").rc != 0
        assert node.run("systemctl is-enabled corosync-qdevice").rc != 0
        said = node.check_output("corosync-quorumtool -s || test $? -eq 2")
        assert "Qdevice" not in said and re.search(r"^Flags: +2Node Quorate WaitForAll", said, re.MULTILINE), said
