# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads an answer of HTTP to its end, and no further.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _probe_words


async def read_chunks(reader):
    while True:
        size = int((await reader.readuntil(b'\r\n')).split(b';')[0], 16)
        await reader.readexactly(size + 2)
        if size == 0:
            return


async def read_answer(reader):
    """(status, node, whether the connection stays open), once the whole answer is there."""
    head = await reader.readuntil(b'\r\n\r\n')
    status, headers = _probe_words.parse_head(head)
    if status is None:
        raise ValueError('no HTTP')
    said = headers.get('connection', '').lower()
    # Before HTTP/1.1 a connection was closed unless the server said otherwise.
    stays = 'keep-alive' in said if head.startswith(b'HTTP/1.0') else 'close' not in said
    if headers.get('transfer-encoding', '').lower() == 'chunked':
        await read_chunks(reader)
    elif 'content-length' in headers:
        await reader.readexactly(int(headers['content-length']))
    elif status not in (204, 304):
        # It lasts until the connection is closed.
        stays = False
        while await reader.read(65536):
            pass
    return status, headers.get('x-served-by'), stays
