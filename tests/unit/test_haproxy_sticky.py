# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sticky tables of docs/haproxy.md on two real haproxies that tell each other, and over a reload."""

from __future__ import annotations

import contextlib
import socket
import time

import haproxy_examples
import haproxy_process
import haproxy_servers
import pytest

pytestmark = haproxy_process.needed
STICKY = haproxy_examples.examples()["sticky"]


def mail(connection, server):
    connection.sendall(server.say.encode("ascii"))


class Balancers:
    """lb1 and lb2 with the same servers."""

    def __init__(self, folder, servers):
        self.folder, self.servers = folder, servers
        self.peers = {"192.0.2.11:10000": haproxy_process.free_port(), "192.0.2.12:10000": haproxy_process.free_port()}
        self.web = {name: haproxy_process.free_port() for name in ("lb1", "lb2")}
        self.imap = {name: haproxy_process.free_port() for name in ("lb1", "lb2")}

    @contextlib.contextmanager
    def running(self, name, variables=STICKY, arguments=()):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        variables = dict(variables, haproxy_global={"localpeer": name})
        ports = dict(self.servers, **self.peers)
        ports.update({":80": self.web[name], ":143": self.imap[name]})
        with haproxy_process.haproxy(folder, variables, haproxy_process.here(ports), arguments=arguments):
            yield

    def table(self, name, table):
        """Its lines but the first."""
        said = haproxy_process.ask(self.folder / name / "admin.sock", b"show table " + table)
        return [line for line in said.splitlines()[1:] if line]

    def until_known(self, name, table, number):
        haproxy_process.until(lambda lines: len(lines) == number, lambda: self.table(name, table))

    def shop(self, name, session=None):
        headers = {"Cookie": "JSESSIONID=" + session} if session else {}
        return haproxy_process.get(self.web[name], **headers).text

    def mailbox(self, name, source):
        there = "127.0.0.1", self.imap[name]
        with socket.create_connection(there, haproxy_process.PATIENCE_S, (source, 0)) as client:
            return client.recv(100).decode("ascii")


@pytest.fixture
def balancers(tmp_path):
    mails = [haproxy_servers.Talker(mail, say=name) for name in ("mail1", "mail2")]
    with haproxy_servers.sites(shop1="192.0.2.41:80", shop2="192.0.2.42:80") as (made, ports):
        with haproxy_servers.serving(*mails) as mail_ports:
            made["shop1"].headers["Set-Cookie"] = "JSESSIONID=one"
            made["shop2"].headers["Set-Cookie"] = "JSESSIONID=two"
            servers = dict(ports, **{"192.0.2.31:143": mail_ports[0], "192.0.2.32:143": mail_ports[1]})
            yield Balancers(tmp_path, servers)


SOURCES = ["127.0.0.%d" % number for number in range(2, 8)]


def test_clients_stay_with_their_server_on_both_balancers(balancers):
    with balancers.running("lb1"):
        with balancers.running("lb2"):
            # The session of an answer.
            assert {balancers.shop("lb1") for dummy in range(4)} == {"shop1", "shop2"}
            balancers.until_known("lb2", b"shop", 2)
            for name in ("lb1", "lb2"):
                assert [balancers.shop(name, "one") for dummy in range(3)] == ["shop1"] * 3
                assert [balancers.shop(name, "two") for dummy in range(3)] == ["shop2"] * 3
            # An address.
            owners = [balancers.mailbox("lb1", source) for source in SOURCES]
            assert set(owners) == {"mail1", "mail2"}
            assert [balancers.mailbox("lb1", source) for source in SOURCES] == owners
            balancers.until_known("lb2", b"imap", len(SOURCES))
            assert [balancers.mailbox("lb2", source) for source in SOURCES] == owners
        # Back with nothing, it is told all by the other.
        with balancers.running("lb2"):
            balancers.until_known("lb2", b"imap", len(SOURCES))
            assert [balancers.mailbox("lb2", source) for source in SOURCES] == owners
            balancers.until_known("lb2", b"shop", 2)
            assert [balancers.shop("lb2", "two") for dummy in range(3)] == ["shop2"] * 3


@pytest.mark.parametrize("peers, known", [(True, 2), (False, 0)])
def test_a_reload_keeps_a_table_that_has_peers(balancers, peers, known, tmp_path):
    variables = STICKY
    if not peers:
        shop = dict(STICKY["haproxy_backends"][0])
        shop["stick-table"] = shop["stick-table"].replace(" peers balancers", "")
        variables = dict(STICKY, haproxy_backends=[shop])
    master = tmp_path / "master.sock"
    with balancers.running("lb1", variables, ["-W", "-S", str(master)]):
        assert {balancers.shop("lb1") for dummy in range(4)} == {"shop1", "shop2"}
        assert len(balancers.table("lb1", b"shop")) == 2
        if peers:
            # So long it waits for what another worker may have known, and meanwhile would hand over nothing.
            time.sleep(5.2)
        assert "[failed: 0]" in haproxy_process.reload(master)
        balancers.until_known("lb1", b"shop", known)
        if peers:
            assert [balancers.shop("lb1", "one") for dummy in range(3)] == ["shop1"] * 3
