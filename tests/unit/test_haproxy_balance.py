# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets the next one: the algorithms of docs/haproxy.md, by what a real haproxy does with requests."""

from __future__ import annotations

import collections
import contextlib
import http.client
import socket
import threading
import time

import haproxy_examples
import haproxy_process
import haproxy_servers
import pytest

pytestmark = haproxy_process.needed
EXAMPLES = haproxy_examples.examples()
SERVERS = {"large": "192.0.2.21:80", "small": "192.0.2.22:80", "d1": "192.0.2.31:80", "d2": "192.0.2.32:80",
           "g1": "192.0.2.41:80", "g2": "192.0.2.42:80", "c1": "192.0.2.51:80", "c2": "192.0.2.52:80",
           "c3": "192.0.2.53:80", "t1": "192.0.2.61:80", "t2": "192.0.2.62:80", "node1": "192.0.2.71:8000",
           "node2": "192.0.2.72:8000", "node3": "192.0.2.73:8000"}
MORE = {"web1": "192.0.2.21:80", "web2": "192.0.2.22:80", "c1": "192.0.2.31:80", "c2": "192.0.2.32:80",
        "u1": "192.0.2.41:80", "u2": "192.0.2.42:80", "s1": "192.0.2.51:80", "s2": "192.0.2.52:80"}
# The backends of that example have no frontend of their own.
MORE_WEB = {"name": "web", "from": "http", "bind": ":80", "default_backend": "pages", "use_backend": [
    "%s if { path -m beg /%s/ }" % (name, name) for name in ("cloud", "users", "sessions")]}


class Farm:
    def __init__(self, folder, port, sites):
        self.folder, self.port, self.sites = folder, port, sites

    def get(self, path, **more):
        return haproxy_process.get(self.port, path, **more).text

    def admin(self, command):
        haproxy_process.ask(self.folder / "admin.sock", command.encode("ascii"))

    @contextlib.contextmanager
    def lasting(self, *paths):
        """Requests that last until the end of this, one after the other."""
        clients = []
        for path in paths:
            before = self.busy()
            clients.append(threading.Thread(target=self.get, args=(path,)))
            clients[-1].start()
            haproxy_process.until(lambda found: found == before + 1, self.busy)
        yield
        for site in self.sites.values():
            site.free.set()
        for client in clients:
            client.join()

    def busy(self):
        return sum(site.busy for site in self.sites.values())


@contextlib.contextmanager
def running(folder, variables, servers, binds, places=()):
    with haproxy_servers.sites(**servers) as (made, ports):
        port = haproxy_process.free_port()
        with haproxy_process.haproxy(folder, variables, dict(
                haproxy_process.here(dict(ports, **{":80": port}, **binds)), **dict(places))):
            yield Farm(folder, port, made)


@pytest.fixture
def farm(tmp_path):
    with running(tmp_path, EXAMPLES["balance"], SERVERS, {}) as farm:
        yield farm


@pytest.fixture
def more(tmp_path):
    variables = dict(EXAMPLES["balance-more"], haproxy_frontends=[MORE_WEB])
    binds = {":3389": haproxy_process.free_port()}
    with running(tmp_path, variables, MORE, binds, {"maxconn 100": "maxconn 3"}) as farm:
        yield farm


def test_in_turns_by_weight(farm):
    assert collections.Counter(farm.get("/") for dummy in range(40)) == {"large": 30, "small": 10}


def test_in_turns_by_weight_for_many_servers(more):
    assert collections.Counter(more.get("/") for dummy in range(40)) == {"web1": 30, "web2": 10}


# One request may still be counted when the next one comes, on another thread. So it is three that last.


def test_who_has_the_least_to_do(farm):
    farm.admin("set server downloads/d2 weight 0")
    with farm.lasting(*["/downloads/slow"] * 3):
        assert farm.sites["d1"].busy == 3
        farm.admin("set server downloads/d2 weight 100%")
        assert [farm.get("/downloads/a", source="127.0.0.%d" % number) for number in range(2, 6)] == ["d2"] * 4


def test_the_first_that_has_a_place_left(more):
    assert [more.get("/cloud/a") for dummy in range(4)] == ["c1"] * 4
    with more.lasting(*["/cloud/slow"] * 3):
        assert [more.get("/cloud/a") for dummy in range(4)] == ["c2"] * 4


def test_the_better_of_two_at_random(farm):
    found = [farm.get("/many/a") for dummy in range(60)]
    assert set(found) == {"node1", "node2", "node3"}
    assert found != found[:3] * 20


def stable(ask, keys, names):
    """{key: who answers}, the same one each time, and all of them."""
    found = {key: ask(key) for key in keys}
    assert set(found.values()) == names
    assert {key: ask(key) for key in reversed(keys)} == found
    return found


def moves_its_own_only(ask, found, farm, section, lost):
    """Those of a lost server are answered by others, and nobody else is moved."""
    farm.admin("set server %s/%s state maint" % (section, lost))
    after = {key: ask(key) for key in found}
    assert lost not in after.values()
    assert [key for key, name in found.items() if name != lost and after[key] != name] == []


def test_the_same_client_to_the_same_server(farm):
    def ask(source):
        return farm.get("/games/a", source=source)

    found = stable(ask, ["127.0.%d.%d" % (number, number) for number in range(2, 22)], {"g1", "g2"})
    moves_its_own_only(ask, found, farm, "games", "g1")


def test_the_same_file_to_the_same_cache(farm):
    def ask(number):
        return farm.get("/files/%d/a" % number)

    found = stable(ask, range(30), {"c1", "c2", "c3"})
    # What is deeper than three folders, and a query, do not count.
    assert farm.get("/files/7/a/b/c") == farm.get("/files/7/a?b=c") == found[7]
    moves_its_own_only(ask, found, farm, "files", "c2")


def test_the_same_tenant_to_the_same_server(farm):
    stable(lambda number: farm.get("/tenants/a", X_Tenant="tenant%d" % number), range(20), {"t1", "t2"})


def posted(port, path, form):
    """Who answers to a form that is not sent at once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=haproxy_process.PATIENCE_S)
    connection.request("POST", path, headers={"Content-Length": str(len(form))})
    time.sleep(0.05)
    connection.send(form.encode("ascii"))
    with contextlib.closing(connection):
        return haproxy_process.Answer(connection.getresponse()).text


def test_the_same_user_to_the_same_server(more):
    def ask(number):
        return more.get("/users/a?userid=user%d" % number)

    found = stable(ask, range(20), {"u1", "u2"})
    # Or as a form says it, which comes after its head.
    for number in range(6):
        assert posted(more.port, "/users/a", "a=b&userid=user%d" % number) == found[number]
    moves_its_own_only(ask, found, more, "users", "u1")


def test_the_same_session_to_the_same_server(more):
    def ask(number):
        return more.get("/sessions/a", Cookie="a=b; SESSION=%d" % number)

    found = stable(ask, range(20), {"s1", "s2"})
    moves_its_own_only(ask, found, more, "sessions", "s2")


def desktop(connection, server):
    """Says who it is as soon as it has heard of a user."""
    if b"mstshash" in connection.recv(4096):
        connection.sendall(server.say.encode("ascii"))


def test_where_a_session_is_its_user_comes_back(tmp_path):
    port = haproxy_process.free_port()
    servers = [haproxy_servers.Talker(desktop, say=name) for name in ("ts1", "ts2")]

    def ask(number):
        cookie = b"Cookie: mstshash=user%d\r\n" % number
        # TPKT, a connection request of X.224, and what is wanted: TLS.
        request = bytes([len(cookie) + 14, 0xe0, 0, 0, 0, 0, 0]) + cookie + b"\x01\0\x08\0\x01\0\0\0"
        with socket.create_connection(("127.0.0.1", port), haproxy_process.PATIENCE_S) as connection:
            connection.sendall(b"\x03\0" + (len(request) + 4).to_bytes(2, "big") + request)
            return connection.recv(100).decode("ascii")

    with haproxy_servers.serving(*servers) as (first, second):
        places = haproxy_process.here({":3389": port, "192.0.2.81:3389": first, "192.0.2.82:3389": second})
        with haproxy_process.haproxy(tmp_path, EXAMPLES["balance-more"], places):
            stable(ask, range(12), {"ts1", "ts2"})
