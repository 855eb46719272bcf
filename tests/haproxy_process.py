# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real haproxy, and servers for it, on loopback and no longer than a test. Only where haproxy is installed."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import haproxy_examples
import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_cfg
from patience import PATIENCE_S, until

# A balancer has it: daemons_there.py takes the tests that are marked so to one, in scenario webfarm.
needed = pytest.mark.skipif(shutil.which("haproxy") is None, reason="no haproxy here; scenario webfarm runs this")
# What only the user that Debian runs it as, or the place where, would have.
ELSEWHERE = dict.fromkeys(("log", "user", "group", "chroot", "stats socket"), False)


def free_port():
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


class Page(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that it was sent."""

    def do_GET(self):
        body = str(self.headers).encode("ascii")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Says nothing."""


@contextlib.contextmanager
def server(pem=None):
    """A web server, with TLS if there is a file with certificate and key. Gives its port."""
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    web.daemon_threads = True
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        web.socket = context.wrap_socket(web.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    try:
        yield web.server_port
    finally:
        web.shutdown()
        web.server_close()
        thread.join()


def here(ports):
    """Places for haproxy(). ports: {an address of an example, such as 192.0.2.21:80 or :80: its port on this host}"""
    return {" " + there: " 127.0.0.1:%d" % ports[there] for there in sorted(ports, key=len, reverse=True)}


@contextlib.contextmanager
def haproxy(folder, variables, places, certificates=(), lab=None, errorfiles=(), arguments=()):
    """Runs haproxy with these variables of the role. places: {text of haproxy.cfg: what stands there instead}.

    Its runtime socket is folder/admin.sock: for stat() and ask().
    """
    admin = folder / "admin.sock"
    own = dict(ELSEWHERE, **{"stats socket": "%s level admin" % admin})
    variables = dict(variables, haproxy_global=dict(variables["haproxy_global"], **own))
    for wanted in _haproxy_cfg.haproxy_files(variables, haproxy_examples.base(), certificates, errorfiles, lab):
        path = folder / Path(wanted["path"]).relative_to("/etc/haproxy")
        path.parent.mkdir(exist_ok=True)
        text = wanted["content"] if "content" in wanted else wanted["secret_content"]
        for there, here in dict(places, **{"/etc/haproxy/": "%s/" % folder}).items():
            text = text.replace(there, here)
        path.write_text(text.replace("/etc/haproxy/", "%s/" % folder), encoding="utf-8")
    admin.unlink(missing_ok=True)
    process = subprocess.Popen(["haproxy", *arguments, "-db", "-f", str(folder / "haproxy.cfg")],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        # It listens on its own socket, too, only when it listens on all others.
        until(bool, lambda: admin.exists() or process.poll() is not None)
        assert process.poll() is None, process.stderr.read()
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def ask(path, command):
    """What a master, or a worker, says on its socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as master:
        master.connect(str(path))
        master.sendall(command + b"\n")
        master.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: master.recv(65536), b"")).decode("ascii")


def stat(path):
    """{(section, server): a row of `show stat`}"""
    lines = ask(path, b"show stat").lstrip("# ").splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","))) for line in lines[1:] if line]
    return {(row["pxname"], row["svname"]): row for row in rows}


def status(path, section, server, field="status"):
    return stat(path)[section, server][field]


class Answer:
    """What a client was told."""

    def __init__(self, answer):
        self.status = answer.status
        self.headers = answer.headers
        self.text = answer.read().decode("utf-8")


def get(port, path="/", source="127.0.0.1", method="GET", body=None, **headers):
    """Asks as a client with an address of its own. headers: for each - in a name stands _"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S, source_address=(source, 0))
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def reload(path):
    """What a master says of its reloads, when it has done this one. It does not answer while it is busy with one."""
    def look():
        try:
            lines = ask(path, b"show proc").splitlines()
        except OSError:
            lines = []
        return lines[1] if len(lines) > 1 else ""

    before = until(bool, look).split()[2]
    ask(path, b"reload")
    return until(lambda line: line and line.split()[2] != before, look)
