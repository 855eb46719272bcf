# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small servers for a real haproxy: web servers that say who they are, and what speaks other protocols."""

from __future__ import annotations

import contextlib
import http.server
import socketserver
import threading
import time


class Page(http.server.BaseHTTPRequestHandler):
    """Says the name of its server."""

    def do_GET(self):
        site = self.server
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        with site.lock:
            site.asked.append((self.path, self.headers))
            site.busy += 1
            site.busiest = max(site.busiest, site.busy)
        if self.path.endswith("/slow"):
            site.free.wait(30)
        time.sleep(site.delay_s)
        with site.lock:
            site.busy -= 1
        self.send_response(site.status)
        for name, value in site.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(site.name)))
        self.end_headers()
        self.wfile.write(site.name.encode("ascii"))

    do_POST = do_GET

    def log_message(self, *words):
        """Says nothing."""


class Site(http.server.ThreadingHTTPServer):
    """A web server with a name. What ends in /slow lasts until it is free."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, name, address=("127.0.0.1", 0)):
        super().__init__(address, Page)
        self.name, self.status, self.headers, self.delay_s = name, 200, {}, 0
        self.asked, self.busy, self.busiest = [], 0, 0
        self.lock, self.free = threading.Lock(), threading.Event()

    def paths(self):
        return [path for path, dummy in self.asked]

    def handle_error(self, request, client_address):
        """Somebody went before the answer came."""


class Talk(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(10)
        # Whoever only connects, goes again.
        with contextlib.suppress(OSError):
            self.server.talk(self.request, self.server)


class Talker(socketserver.ThreadingTCPServer):
    """Speaks as talk(connection, this) does, which may look at well and say."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, talk, **more):
        super().__init__(("127.0.0.1", 0), Talk)
        self.talk, self.well, self.say, self.heard = talk, True, "", []
        self.__dict__.update(more)


@contextlib.contextmanager
def serving(*servers):
    """Has them serve, and gives their ports."""
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield [server.server_address[1] for server in servers]
    finally:
        for server in servers:
            if isinstance(server, Site):
                server.free.set()
            server.shutdown()
            server.server_close()


@contextlib.contextmanager
def sites(**addresses):
    """({name: web server}, {address of an example: its port}), each at these addresses of the example."""
    made = {name: Site(name) for name in addresses}
    with serving(*made.values()):
        yield made, {there: made[name].server_address[1] for name, there in addresses.items()}
