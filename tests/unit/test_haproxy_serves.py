# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layer 7, Layer 4, error pages and limits of docs/haproxy.md, as clients of a real haproxy see them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

import haproxy_examples
import haproxy_process
import haproxy_servers
import pytest

pytestmark = haproxy_process.needed
EXAMPLES = haproxy_examples.examples()
SHOP = {"Host": "shop.example.org"}


def with_defaults(variables, **directives):
    """An example, and what would take too long in a test otherwise."""
    return dict(variables, haproxy_defaults=[directives])


def with_rules(variables, *rules):
    """An example with rules before those of its first frontend."""
    first, *others = variables["haproxy_frontends"]
    first = dict(first, **{"http-request": [*rules, *first.get("http-request", [])]})
    return dict(variables, haproxy_frontends=[first, *others])


@contextlib.contextmanager
def running(folder, variables, ports, places=(), errorfiles=()):
    """Gives the port of :80, or whatever the frontend listens on."""
    places = dict(haproxy_process.here(ports), **dict(places))
    with haproxy_process.haproxy(folder, variables, places, errorfiles=errorfiles):
        yield


# By host, path, header and client


@pytest.fixture
def farm(tmp_path):
    """(its port, {name: server}). Who comes from 127.0.0.2 is internal."""
    port = haproxy_process.free_port()
    with haproxy_servers.sites(web1="192.0.2.21:80", web2="192.0.2.22:80", api1="192.0.2.31:8080",
                               api2="192.0.2.32:8080", shop1="192.0.2.41:80", beta1="192.0.2.51:80") as (made, ports):
        with running(tmp_path, EXAMPLES["http"], dict(ports, **{":80": port}), {"10.0.0.0/8": "127.0.0.2"}):
            yield port, made


def test_by_path_host_and_header(farm):
    for path, headers, expected in [
            ("/", {}, "web"), ("/", SHOP, "shop1"), ("/", {"Host": "SHOP.example.org"}, "shop1"),
            ("/", dict(SHOP, X_Channel="beta"), "beta1"), ("/", {"X_Channel": "beta"}, "web"),
            ("/api/users", {}, "api"), ("/api/users", SHOP, "api"), ("/apis", {}, "web")]:
        assert haproxy_process.get(farm[0], path, **headers).text.startswith(expected), (path, headers)


# A server takes all of them for /admin.
DISGUISES = ("/admin", "/admin/users?a=b", "/%61dmin", "//admin", "/./admin", "/a/../admin", "/a/%2e%2e/Admin",
             "/;/admin;a")


def test_only_internal_clients_see_the_pages_of_administrators(farm):
    port = farm[0]
    seen = {path: haproxy_process.get(port, path).status for path in DISGUISES}
    assert seen == dict.fromkeys(DISGUISES, 403)
    assert {haproxy_process.get(port, path, source="127.0.0.2").status for path in DISGUISES} == {200}


def test_nobody_says_for_himself_who_he_is(farm):
    port, made = farm
    assert haproxy_process.get(port, "/", X_Forwarded_For="127.0.0.2", **SHOP).status == 200
    assert made["shop1"].asked[-1][1].get_all("X-Forwarded-For") == ["127.0.0.1"]


def test_a_server_that_is_not_well_is_not_asked(farm, tmp_path):
    port, made = farm
    made["api1"].status = 500
    admin = tmp_path / "admin.sock"
    haproxy_process.until(lambda said: said == "DOWN", lambda: haproxy_process.status(admin, "api", "api1"))
    assert [haproxy_process.get(port, "/api/a").text for dummy in range(4)] == ["api2"] * 4
    assert set(made["api1"].paths()) == {"/api/health"}


# By the name that a TLS client asks for, and the server that is a backup


def name_of(connection, server):
    """Says who it is to whoever says something."""
    if connection.recv(4096):
        connection.sendall(server.say.encode("ascii"))


def hello(name):
    """What a TLS client says first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def say(port, text):
    with socket.create_connection(("127.0.0.1", port), haproxy_process.PATIENCE_S) as connection:
        connection.sendall(text)
        return connection.recv(100).decode("ascii")


@pytest.fixture
def layer_4(tmp_path):
    """({section: its port}, {name: server})"""
    there = {"192.0.2.61:389": "ldap1", "192.0.2.62:389": "ldap2", "192.0.2.21:443": "pages", "192.0.2.41:443": "shop"}
    made = {name: haproxy_servers.Talker(name_of, say=name) for name in there.values()}
    binds = {"192.0.2.10:389": "ldap", "192.0.2.10:443": "sni", "192.0.2.10:80": "web"}
    sections = {name: haproxy_process.free_port() for name in binds.values()}
    with haproxy_servers.serving(*made.values()):
        ports = {address: made[name].server_address[1] for address, name in there.items()}
        ports.update({address: sections[name] for address, name in binds.items()})
        with running(tmp_path, EXAMPLES["tcp"], ports):
            yield sections, made


def test_by_the_name_that_a_tls_client_asks_for(layer_4, tmp_path):
    port = layer_4[0]["sni"]
    names = ["shop.example.org", "other.example.org", "SHOP.example.org"]
    assert [say(port, hello(name)) for name in names * 2] == ["shop", "pages", "shop"] * 2
    haproxy_process.ask(tmp_path / "admin.sock", b"set server sni/shop state maint")
    assert say(port, hello("shop.example.org")) == "pages"


def test_the_backup_only_when_the_other_is_not_there(layer_4, tmp_path):
    port = layer_4[0]["ldap"]
    assert [say(port, b"0") for dummy in range(4)] == ["ldap1"] * 4
    haproxy_process.ask(tmp_path / "admin.sock", b"set server ldap/ldap1 state maint")
    assert say(port, b"0") == "ldap2"


# Error pages: what haproxy says itself

SORRY = "<h1>Sorry</h1>\n"


REQUEST = b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"


def talk(port, text):
    """(head, body) of the answer to whatever this is."""
    with socket.create_connection(("127.0.0.1", port), haproxy_process.PATIENCE_S) as connection:
        connection.sendall(text)
        said = b"".join(iter(lambda: connection.recv(65536), b"")).decode("utf-8")
    return said.split("\r\n\r\n", 1)


def page(code):
    return next(entry["content"] for entry in EXAMPLES["errors"]["haproxy_errorfiles"]
                if entry["code"] == code and "content" in entry)


def nonsense(connection, server):
    """Says what no client would understand, or nothing."""
    connection.recv(4096)
    if not server.say:
        threading.Event().wait(1)
    connection.sendall(server.say.encode("ascii"))


def test_error_pages(tmp_path):
    port = haproxy_process.free_port()
    variables = with_defaults(with_rules(
        EXAMPLES["errors"], "deny if { path /secret }", "deny deny_status 500 if { path /mistake }"), **{
            "timeout": {"http-request": "300ms", "server": "300ms"}, "default-server": "inter 100ms"})
    server = haproxy_servers.Talker(nonsense, say="No HTTP\r\n\r\n")
    with contextlib.ExitStack() as stack:
        web, = stack.enter_context(haproxy_servers.serving(server))
        places = {":80": port, "192.0.2.41:80": haproxy_process.free_port(), "192.0.2.21:80": web}
        stack.enter_context(running(tmp_path, variables, places, errorfiles=[SORRY]))

        def get(path, host="www.example.org"):
            head, body = talk(port, REQUEST % (path.encode("ascii"), host.encode("ascii")))
            head = head.lower()
            assert "content-type: text/html; charset=utf-8" in head and "cache-control: no-cache" in head, head
            return int(head.split()[1]), body

        assert get("/secret") == (403, page(403))
        assert get("/mistake") == (500, page(500))
        assert get("/") == (502, page(502))
        # Of its own, since there is nobody.
        assert get("/", "shop.example.org") == (503, page(503))
        server.say = ""
        assert get("/") == (504, page(504))
        haproxy_process.ask(tmp_path / "admin.sock", b"set server pages/web1 state maint")
        assert get("/") == (503, SORRY)


def test_what_was_no_request_hears_a_page_of_haproxy(tmp_path):
    port = haproxy_process.free_port()
    variables = with_defaults(EXAMPLES["errors"], timeout={"http-request": "200ms"})
    pages = [{"code": code, "content": "<h1>Of this cluster</h1>\n"} for code in (400, 408)]
    variables = with_rules(dict(variables, haproxy_errorfiles=variables["haproxy_errorfiles"] + pages),
                           "deny deny_status 400 if { path /strange }")
    with running(tmp_path, variables, {":80": port}, errorfiles=[SORRY]):
        said = talk(port, b"What is this?\r\n\r\n")
        assert "400 Bad request" in said[0] and "Your browser sent an invalid request." in said[1]
        # The rest of its head does not come.
        said = talk(port, b"GET / HTTP/1.1\r\n")
        assert "408 Request Time-out" in said[0] and "didn't send a complete request in time." in said[1]
        assert talk(port, REQUEST % (b"/strange", b"www"))[1] == pages[0]["content"]


def test_the_errors_of_a_server_are_its_own(tmp_path):
    port = haproxy_process.free_port()
    with haproxy_servers.sites(shop1="192.0.2.41:80", web1="192.0.2.21:80") as (made, ports):
        with running(tmp_path, EXAMPLES["errors"], dict(ports, **{":80": port}), errorfiles=[SORRY]):
            for site in made.values():
                site.status = 503
            assert [haproxy_process.get(port, **headers).text for headers in (SHOP, {})] == ["shop1", "web1"]


# Not so fast


@pytest.fixture
def limited(tmp_path):
    """(its port, its server)"""
    port = haproxy_process.free_port()
    with haproxy_servers.sites(web1="192.0.2.21:80") as (made, ports):
        with running(tmp_path, EXAMPLES["limits"], dict(ports, **{":80": port}), {"check maxconn 100": "maxconn 2"}):
            yield port, made["web1"]


def test_more_than_a_hundred_requests_are_too_many(limited):
    port, server = limited
    assert [haproxy_process.get(port).status for dummy in range(103)] == [200] * 100 + [429] * 3
    assert len(server.asked) == 100
    # Another client may.
    assert haproxy_process.get(port, source="127.0.0.2").status == 200


def test_more_than_twenty_errors_are_too_many(limited):
    port, server = limited
    server.status = 404
    assert [haproxy_process.get(port).status for dummy in range(23)] == [404] * 21 + [429] * 2
    assert haproxy_process.get(port, source="127.0.0.2").status == 404


def test_more_than_fifty_connections_are_too_many(limited, tmp_path):
    port = limited[0]
    with contextlib.ExitStack() as stack:
        for dummy in range(50):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), haproxy_process.PATIENCE_S))
        # Some of its threads are slower than others.
        haproxy_process.until(lambda said: "conn_cur=50 " in said,
                              lambda: haproxy_process.ask(tmp_path / "admin.sock", b"show table clients"))
        with pytest.raises(OSError):
            haproxy_process.get(port)
        assert haproxy_process.get(port, source="127.0.0.2").status == 200

    haproxy_process.until(lambda said: "conn_cur=0 " in said,
                          lambda: haproxy_process.ask(tmp_path / "admin.sock", b"show table clients"))
    assert haproxy_process.get(port).status == 200


def test_what_the_server_cannot_take_at_once_waits(limited):
    port, server = limited
    server.delay_s = 0.05
    found = []
    clients = [threading.Thread(target=lambda: found.append(haproxy_process.get(port).status)) for dummy in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert found == [200] * 8 and server.busiest == 2
