# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All the rest of docs/haproxy.md around a real haproxy: names of a DNS, a cache, mail, logs, FastCGI and a program."""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
from pathlib import Path

import haproxy_examples
import haproxy_process
import haproxy_servers
import pytest

pytestmark = haproxy_process.needed
REST = haproxy_examples.examples()["rest"]
ADDRESSES = ["127.0.0.11", "127.0.0.12", "127.0.0.13"]
# What nobody wants to wait for, and more files than a user may have open.
QUICK = {"hold obsolete 30s": "hold obsolete 100ms", "hold valid 10s": "hold valid 100ms",
         "maxconn 50000": "maxconn 500"}


class Dns(socketserver.ThreadingUDPServer):
    """Knows www.example.org."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Question)
        self.addresses = list(ADDRESSES)


class Question(socketserver.BaseRequestHandler):
    def handle(self):
        data, replies = self.request
        # The question ends four bytes after its name does: type and class.
        end = data.index(b"\0", 12) + 5
        known = data[12:end - 4] == b"\3www\7example\3org\0" and data[end - 4:end] == b"\0\1\0\1"
        found = self.server.addresses if known else []
        head = data[:2] + b"\x81\x80\0\1" + len(found).to_bytes(2, "big") + bytes(4)
        answers = [b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address) for address in found]
        replies.sendto(head + data[12:end] + b"".join(answers), self.client_address)


def mail(connection, server):
    """Takes a mail."""
    connection.sendall(b"220 mx.example.org ESMTP\r\n")
    is_text = False
    with connection.makefile("rb") as lines:
        for line in lines:
            server.heard.append(line.decode("ascii").strip())
            if is_text and line != b".\r\n":
                continue
            is_text = line == b"DATA\r\n"
            connection.sendall(b"354 Go on\r\n" if is_text else b"250 OK\r\n")


def log(connection, server):
    """Takes lines with the number of their bytes before them."""
    with connection.makefile("rb") as stream:
        while True:
            digits = b"".join(iter(lambda: stream.read(1), b" "))
            if not digits:
                return
            server.heard.append(stream.read(int(digits)).decode("utf-8"))


def fastcgi(connection, server):
    """Answers a request with what it is told of it."""
    told, is_asked = b"", False
    with connection.makefile("rb") as stream:
        while not is_asked:
            head = stream.read(8)
            if len(head) < 8:
                return
            content = stream.read(int.from_bytes(head[4:6], "big"))
            stream.read(head[6])
            told += content if head[1] == PARAMS else b""
            is_asked = head[1] == STDIN and not content
    server.heard.append(told)
    text = b"Content-Type: text/plain\r\n\r\nphp"
    for kind, content in ((STDOUT, text), (STDOUT, b""), (END, bytes(8))):
        connection.sendall(bytes([1, kind]) + head[2:4] + len(content).to_bytes(2, "big") + b"\0\0" + content)


END, PARAMS, STDIN, STDOUT = 3, 4, 5, 6


class Farm:
    """A haproxy with all the rest, and what is around it."""

    def __init__(self, folder):
        self.folder = folder
        self.port, number = haproxy_process.free_port(), haproxy_process.free_port()
        self.sites = [haproxy_servers.Site(address, (address, number)) for address in ADDRESSES]
        self.number = number
        self.dns, self.mail = Dns(), haproxy_servers.Talker(mail)
        self.log, self.php = haproxy_servers.Talker(log), haproxy_servers.Talker(fastcgi)

    @contextlib.contextmanager
    def running(self):
        with haproxy_servers.serving(self.dns, self.mail, self.log, self.php, *self.sites) as ports:
            places = haproxy_process.here({":80": self.port, "127.0.0.1:53": ports[0], "192.0.2.41:25": ports[1],
                                           "192.0.2.91:6514": ports[2], "192.0.2.95:9000": ports[3]})
            places.update(QUICK, **{"www.example.org:80": "www.example.org:%d" % self.number,
                                    "check resolvers": "check inter 50ms resolvers"})
            # Nobody has used that one in the example.
            web = dict(REST["haproxy_frontends"][0], use_backend="php if { path_sub .php }")
            variables = dict(REST, haproxy_frontends=[web])
            arguments = ["-W", "-S", str(self.folder / "master.sock")]
            with haproxy_process.haproxy(self.folder, variables, places, arguments=arguments):
                yield self

    def get(self, path):
        return haproxy_process.get(self.port, path)

    def until_served_by(self, *addresses):
        def look():
            rows = haproxy_process.stat(self.folder / "admin.sock")
            return sorted(row["addr"].split(":")[0] for name, row in rows.items() if name[0] == "pages"
                          and row["status"] == "UP" and row["check_status"].endswith("L4OK"))

        haproxy_process.until(lambda found: found == list(addresses), look)


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    with Farm(tmp_path_factory.mktemp("rest")).running() as farm:
        yield farm


def test_servers_are_those_that_the_dns_names(farm):
    farm.until_served_by(*ADDRESSES)
    assert {farm.get("/names/%d" % number).text for number in range(6)} == set(ADDRESSES)
    farm.dns.addresses.pop()
    farm.until_served_by(*ADDRESSES[:2])
    assert {farm.get("/less/%d" % number).text for number in range(6)} == set(ADDRESSES[:2])
    farm.dns.addresses.append(ADDRESSES[2])
    farm.until_served_by(*ADDRESSES)


def test_the_cache_answers_again(farm):
    farm.until_served_by(*ADDRESSES)
    for site in farm.sites:
        site.headers["Cache-Control"] = "max-age=60"
    answers = [farm.get("/cached")]
    haproxy_process.until(lambda said: "expire:" in said,
                          lambda: haproxy_process.ask(farm.folder / "admin.sock", b"show cache small"))
    answers += [farm.get("/cached") for dummy in range(5)]
    assert [answer.status for answer in answers] == [200] * 6 and len({answer.text for answer in answers}) == 1
    assert sum(site.paths().count("/cached") for site in farm.sites) == 1
    for site in farm.sites:
        site.headers["Cache-Control"] = "no-store"
    assert len({farm.get("/private").text for dummy in range(6)}) == len(ADDRESSES)


def test_requests_that_went_wrong_are_logged_elsewhere(farm):
    farm.get("/well")
    for site in farm.sites:
        site.status = 500
    farm.get("/seen")
    for site in farm.sites:
        site.status = 200
    line = haproxy_process.until(bool, lambda: [line for line in farm.log.heard if "GET /seen " in line])[0]
    # As RFC 5424 has it: local0 and info, version 1.
    assert re.match(r"<134>1 \d{4}-\d\d-\d\dT\S+ \S+ haproxy \d+ ", line), line
    assert not any("GET /well " in line for line in farm.log.heard)


def test_php(farm):
    assert farm.get("/a.php/b?c=d").text == "php"
    for expected in (b"SCRIPT_FILENAME/srv/www/a.php", b"PATH_INFO/b", b"QUERY_STRINGc=d"):
        assert expected in farm.php.heard[-1]


def test_the_program_runs_beside_it(farm):
    said = haproxy_process.ask(farm.folder / "master.sock", b"show proc")
    pid = re.search(r"^(\d+)\s+watcher\s", said, re.MULTILINE).group(1)
    assert Path("/proc/%s/cmdline" % pid).read_bytes() == b"/bin/sleep\0infinity\0"


def test_mail_when_a_server_is_down(farm):
    farm.until_served_by(*ADDRESSES)
    farm.sites[0].shutdown()
    farm.sites[0].server_close()
    heard = farm.mail.heard
    haproxy_process.until(lambda text: "Server pages/web" in text and " is DOWN" in text, lambda: "\n".join(heard))
    assert "MAIL FROM:<lb@example.org>" in heard and "RCPT TO:<ops@example.org>" in heard
