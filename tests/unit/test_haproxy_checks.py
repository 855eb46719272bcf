# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of docs/haproxy.md: a real haproxy asks servers that answer well, and then badly, and then well again."""

from __future__ import annotations

import contextlib
import socket
import ssl

import haproxy_examples
import haproxy_process
import haproxy_servers
import pytest

pytestmark = haproxy_process.needed
CHECKS = haproxy_examples.examples()["checks"]
# From whom to whom what is addressed. Of the agent's server, only that it accepts connections is looked at.
SERVERS = {"tcp/a": "192.0.2.31:8001", "ssl/a": "192.0.2.31:443", "smtp/mx1": "192.0.2.41:25",
           "mysql/db1": "192.0.2.51:3306", "pgsql/db1": "192.0.2.61:5432", "pgsql/db2": "192.0.2.62:5432",
           "redis/r1": "192.0.2.71:6379", "redis/r2": "192.0.2.72:6379", "agent/a": "192.0.2.81:8002"}
LISTENS = {"tcp": ":8001", "ssl": ":8443", "smtp": ":25", "mysql": ":3306", "pgsql": ":5432", "redis": ":6379",
           "agent": ":8002"}
QUICK = {"timeout check 5s": "timeout check 200ms",
         "inter 3s": "inter 50ms", "inter 10s": "inter 50ms", "agent-inter 5s": "agent-inter 50ms"}


# Servers. Each speaks as its protocol has it, as far as a check listens.


def lines(connection):
    return iter(lambda: connection.recv(4096), b"")


def accepts(connection, server):
    connection.sendall(server.say.encode("ascii"))


def tls(connection, server):
    """A TLS server of today, which does not speak what the check says hello in; or something that has no TLS."""
    if not server.well:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return
    with contextlib.suppress(ssl.SSLError):
        server.context.wrap_socket(connection, server_side=True)
    connection.close()


def smtp(connection, server):
    connection.sendall(b"220 mx1.example.org ESMTP\r\n" if server.well else b"421 Too much to do\r\n")
    for said in lines(connection):
        server.heard.append(said)
        connection.sendall(b"250 mx1.example.org\r\n")


# MariaDB 10.11: its greeting, an OK, and what it says to who may not come in.
GREETING = (b"\x0a5.5.5-10.11.6-MariaDB\0" b"\x08\0\0\0" b"abcdefgh\0" b"\xfe\xf7\x2d\x02\0\xff\x81\x15" + bytes(6)
            + b"\x1d\0\0\0" b"ijklmnopqrst\0" b"mysql_native_password\0")
OK = b"\0\0\0\x02\0\0\0"
DENIED = b"\xff\x15\x04#28000Access denied for user 'haproxy'@'192.0.2.11'"


def packet(number, content):
    return len(content).to_bytes(3, "little") + bytes([number]) + content


def mysql(connection, server):
    connection.sendall(packet(0, GREETING))
    server.heard.append(connection.recv(4096))
    connection.sendall(packet(2, OK if server.well else DENIED))
    connection.recv(4096)


def pgsql(connection, server):
    server.heard.append(connection.recv(4096))
    if server.well:
        # It asks for no password.
        connection.sendall(b"R\0\0\0\x08\0\0\0\0" + server.say.encode("ascii"))
    else:
        error = b"SFATAL\0C28000\0Mno pg_hba.conf entry\0\0"
        connection.sendall(b"E" + (len(error) + 4).to_bytes(4, "big") + error)
    connection.recv(4096)


def redis(connection, server):
    """Well is the one that can be written to."""
    text = "# Replication\r\nrole:%s\r\n" % ("master" if server.well else "slave")
    answers = {b"PING": b"+PONG\r\n", b"INFO replication": b"$%d\r\n%s\r\n" % (len(text), text.encode("ascii")),
               b"QUIT": b"+OK\r\n", b"WHO": server.say.encode("ascii") + b"\r\n"}
    for said in lines(connection):
        server.heard.append(said)
        for line in said.split(b"\r\n"):
            connection.sendall(answers.get(line, b""))


def agent(connection, server):
    connection.sendall(server.say.encode("ascii") + b"\n")


SPEAKS = {"tcp": accepts, "ssl": tls, "smtp": smtp, "mysql": mysql, "pgsql": pgsql, "redis": redis, "agent": accepts}


class Farm:
    """A haproxy with all checks, and its servers."""

    def __init__(self, folder):
        self.folder = folder
        self.servers = {name: haproxy_servers.Talker(SPEAKS[name.split("/")[0]], say=name.split("/")[1])
                        for name in SERVERS}
        self.servers["ssl/a"].context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (folder / "own.pem").write_text(haproxy_examples.certificate(folder), encoding="ascii")
        self.servers["ssl/a"].context.load_cert_chain(str(folder / "own.pem"))
        self.agent = haproxy_servers.Talker(agent, say="up")
        self.site = haproxy_servers.Site("web1")
        self.ports = {name: haproxy_process.free_port() for name in LISTENS}

    @contextlib.contextmanager
    def running(self):
        with haproxy_servers.serving(*self.servers.values(), self.agent, self.site):
            ports = {SERVERS[name]: server.server_address[1] for name, server in self.servers.items()}
            ports.update({LISTENS[name]: port for name, port in self.ports.items()})
            ports["192.0.2.21:80"] = self.site.server_address[1]
            places = dict(haproxy_process.here(ports), **QUICK)
            places["agent-port 9707"] = "agent-port %d" % self.agent.server_address[1]
            http, tcp = CHECKS["haproxy_defaults"]
            variables = dict(CHECKS, haproxy_defaults=[dict(http, **{"default-server": "inter 50ms"}), tcp])
            with haproxy_process.haproxy(self.folder, variables, places):
                yield self

    def admin(self, command):
        return haproxy_process.ask(self.folder / "admin.sock", command.encode("ascii"))

    def row(self, name):
        return haproxy_process.stat(self.folder / "admin.sock")[tuple(name.split("/"))]

    def until(self, name, status, check):
        """Its status is this, and so is that of the last check; a star is before it while the next one is under way."""
        def look():
            row = self.row(name)
            return row["status"], row["check_status"].lstrip("* ")

        haproxy_process.until(lambda found: found == (status, check), look)

    def says(self, section, text=b"WHO\r\n"):
        """What somebody hears who connects to haproxy."""
        with socket.create_connection(("127.0.0.1", self.ports[section]), haproxy_process.PATIENCE_S) as connection:
            connection.sendall(text)
            return connection.recv(100).decode("ascii")


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    with Farm(tmp_path_factory.mktemp("checks")).running() as farm:
        yield farm


@pytest.mark.parametrize("name, well, badly", [
    ("ssl/a", "L6OK", "L6RSP"), ("smtp/mx1", "L7OK", "L7STS"), ("mysql/db1", "L7OK", "L7STS"),
    ("pgsql/db1", "L7OK", "L7RSP"), ("redis/r1", "L7OK", "L7TOUT")])
def test_a_server_that_answers_badly_is_down_until_it_answers_well(farm, name, well, badly):
    farm.until(name, "UP", well)
    farm.servers[name].well = False
    farm.until(name, "DOWN", badly)
    farm.servers[name].well = True
    farm.until(name, "UP", well)


def test_a_page_says_that_it_is_well(farm):
    farm.until("http/web1", "UP", "L7OK")
    path, headers = farm.site.asked[-1]
    assert (path, headers["Host"]) == ("/health", "www.example.org")
    # Not even that something is elsewhere.
    farm.site.status = 302
    farm.until("http/web1", "DOWN", "L7STS")
    farm.site.status = 200
    farm.until("http/web1", "UP", "L7OK")


def test_a_connection_is_accepted(farm):
    farm.until("tcp/a", "UP", "L4OK")
    assert farm.says("tcp") == "a"
    farm.servers["tcp/a"].shutdown()
    farm.servers["tcp/a"].server_close()
    farm.until("tcp/a", "DOWN", "L4CON")


def test_what_servers_are_asked(farm):
    for name, expected in [("smtp/mx1", b"EHLO lb.example.org\r\n"), ("mysql/db1", b"haproxy\0"),
                           ("pgsql/db1", b"user\0haproxy\0")]:
        haproxy_process.until(bool, lambda: any(expected in said for said in farm.servers[name].heard))


def test_only_the_redis_that_can_be_written_to(farm):
    first, second = farm.servers["redis/r1"], farm.servers["redis/r2"]
    for master, other in ((first, second), (second, first)):
        master.well, other.well = True, False
        farm.until("redis/%s" % master.say, "UP", "L7OK")
        farm.until("redis/%s" % other.say, "DOWN", "L7TOUT")
        assert [farm.says("redis").strip() for dummy in range(4)] == [master.say] * 4


def test_the_database_that_is_a_backup(farm):
    farm.until("pgsql/db1", "UP", "L7OK")
    farm.until("pgsql/db2", "UP", "L7OK")
    assert {farm.says("pgsql")[-3:] for dummy in range(4)} == {"db1"}
    farm.servers["pgsql/db1"].well = False
    farm.until("pgsql/db1", "DOWN", "L7RSP")
    assert farm.says("pgsql")[-3:] == "db2"
    farm.servers["pgsql/db1"].well = True


# The agent


def test_an_agent_says_how_much_its_server_can_bear(farm):
    def until(says, *expected):
        farm.agent.say = says
        haproxy_process.until(lambda found: found == expected, look)

    def look():
        row = farm.row("agent/a")
        return row["status"].split(" (")[0], row["weight"]

    for says, status, weight in [
            ("up", "UP", "100"), ("75%", "UP", "75"), ("drain", "DRAIN", "75"), ("ready", "UP", "75"),
            ("maint", "MAINT", "75"), ("ready", "UP", "75"), ("down", "DOWN", "75"), ("up 100%", "UP", "100")]:
        until(says, status, weight)
    # It brings nobody back whom somebody drains or whose checks fail, and without a word all stays as it is.
    farm.admin("set server agent/a state drain")
    until("up 50%", "DRAIN", "50")
    farm.admin("set server agent/a state ready")
    until("30%", "UP", "30")
    farm.agent.shutdown()
    farm.agent.server_close()
    farm.servers["agent/a"].shutdown()
    farm.servers["agent/a"].server_close()
    haproxy_process.until(lambda found: found == ("DOWN", "30"), look)
