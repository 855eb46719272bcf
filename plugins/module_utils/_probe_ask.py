# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request of the module probe, by HTTP or to a name server.

Private to this collection.
"""

from __future__ import annotations

import asyncio
import random
from urllib.parse import urlsplit

from ansible_collections.halab.cluster.plugins.module_utils import _probe_dns, _probe_http, _probe_words


async def get(host, port, path):
    """One request on a connection of its own. Returns (error or None, node or None)."""
    writer = None
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write((
            'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: halab.cluster probe\r\nConnection: close\r\n\r\n' % (path, host)
        ).encode())
        status, node, dummy = await _probe_http.read_answer(reader)
        return (None if status == 200 else 'status_%d' % status), node
    except OSError as error:
        return _probe_words.kind(error), None
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return 'closed', None
    except ValueError:
        return 'garbled', None
    finally:
        if writer is not None:
            # Gone at once, with a reset: thousands of these connections must not wait in the kernel.
            writer.transport.abort()


class Asked(asyncio.DatagramProtocol):
    """Waits for the answer to one question."""

    def __init__(self, number, kind):
        self.number = number
        self.kind = kind
        self.answer = asyncio.get_running_loop().create_future()

    def settle(self, result):
        if result is not None and not self.answer.done():
            self.answer.set_result(result)

    def datagram_received(self, data, addr):
        self.settle(_probe_dns.parse(data, self.number, self.kind))

    def error_received(self, exc):
        self.settle((_probe_words.kind(exc), None))


async def resolve(host, port, name, kind):
    """One question from a port of its own. Returns (error or None, node or None)."""
    number = random.getrandbits(16)
    transport = None
    try:
        # Connected: the kernel lets only answers through that come from the address that was asked.
        transport, asked = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Asked(number, kind), remote_addr=(host, port))
        transport.sendto(_probe_dns.question(number, name, kind))
        return await asked.answer
    except OSError as error:
        return _probe_words.kind(error), None
    finally:
        if transport is not None:
            transport.close()


def question_of(url):
    """A function that asks once; ValueError of a URL that is none of ours."""
    parts = urlsplit(url)
    if parts.scheme == 'dns':
        asked = _probe_dns.parse_url(url)
        return lambda: resolve(asked['host'], asked['port'], asked['name'], asked['type'])
    if parts.scheme != 'http' or not parts.hostname:
        raise ValueError('%s is not of the form http://address/path or dns://address/name' % url)
    port, path = parts.port or 80, (parts.path or '/') + ('?' + parts.query if parts.query else '')
    return lambda: get(parts.hostname, port, path)
