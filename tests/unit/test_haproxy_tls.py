# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/haproxy.md with TLS, spoken with a real haproxy: who is trusted, and who is not."""

from __future__ import annotations

import http.client
import socket
import ssl

import certificates_lab
import haproxy_examples
import haproxy_process
import pytest

pytestmark = haproxy_process.needed
EXAMPLES = haproxy_examples.examples()
NAME = "shop.example.org"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A folder with what the role has made for the example of a lab, and for another name."""
    folder = tmp_path_factory.mktemp("lab")
    certificates_lab.for_examples(folder)
    (folder / "lab" / "stranger.pem").write_text(haproxy_examples.certificate(folder), encoding="ascii")
    return folder / "lab"


def texts(lab):
    return {path.name: path.read_text(encoding="ascii") for path in lab.glob("*.pem")}


class Connection(http.client.HTTPSConnection):
    """To a port of this host, asking for NAME."""

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), 5)
        self.sock = self._context.wrap_socket(plain, server_hostname=NAME)


def get(port, lab, path="/"):
    """(status, text) as a client is told that trusts the lab's CA."""
    connection = Connection(NAME, port, timeout=5, context=ssl.create_default_context(cafile=str(lab / "ca.pem")))
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("ascii")
    finally:
        connection.close()


def until_answered(port, lab, status):
    return haproxy_process.until(lambda found: found[0] == status, lambda: get(port, lab))


def places(port, servers):
    """The example's addresses on this host."""
    return dict({"bind :443 ": "bind 127.0.0.1:%d " % port},
                **{there: "127.0.0.1:%d" % here for there, here in servers.items()})


def test_tls_ends_here(lab, tmp_path):
    port, plain = haproxy_process.free_port(), haproxy_process.free_port()
    with haproxy_process.server() as web:
        where = places(port, {"192.0.2.41:80": web, "192.0.2.42:80": web})
        where["bind :80\n"] = "bind 127.0.0.1:%d\n" % plain
        with haproxy_process.haproxy(tmp_path, EXAMPLES["tls"], where, [texts(lab)["shop.pem"]]):
            said = until_answered(port, lab, 200)[1]
            assert "x-forwarded-proto: https\n" in said.lower() and "x-forwarded-for: 127.0.0.1\n" in said.lower()
            without = http.client.HTTPConnection("127.0.0.1", plain, timeout=5)
            without.request("GET", "/a", headers={"Host": NAME})
            answer = without.getresponse()
            assert (answer.status, answer.headers["Location"]) == (301, "https://%s/a" % NAME)
            without.close()


def test_a_client_that_does_not_know_the_ca_is_warned(lab, tmp_path):
    port = haproxy_process.free_port()
    with haproxy_process.haproxy(tmp_path, EXAMPLES["tls-lab"], places(port, {}), lab=texts(lab)):
        with pytest.raises(ssl.SSLCertVerificationError):
            with socket.create_connection(("127.0.0.1", port), 5) as plain:
                ssl.create_default_context().wrap_socket(plain, server_hostname=NAME)


@pytest.mark.parametrize("example", ["tls-lab", "tls-again"])
@pytest.mark.parametrize("pem, status", [("shop.pem", 200), ("stranger.pem", 503), ("pages.pem", 503)])
def test_tls_begins_again_with_servers_that_are_known(lab, tmp_path, example, pem, status):
    port = haproxy_process.free_port()
    here = texts(lab)
    given = [here["shop.pem"], here["ca.pem"]] if example == "tls-again" else []
    with haproxy_process.server(str(lab / pem)) as web:
        where = places(port, {"192.0.2.41:443": web, "192.0.2.42:443": web})
        with haproxy_process.haproxy(tmp_path, EXAMPLES[example], where, given, here):
            until_answered(port, lab, status)
            # Neither before nor after the checks have seen who it is.
            assert [get(port, lab)[0] for dummy in range(3)] == [status] * 3
