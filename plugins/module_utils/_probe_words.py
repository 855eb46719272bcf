# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the probes that speak HTTP have in common: the head of an answer, and words for what went wrong. No I/O.

Private to this collection.
"""

from __future__ import annotations

import errno

ERRORS = {
    errno.ECONNREFUSED: 'refused',
    errno.ECONNRESET: 'reset',
    errno.EPIPE: 'reset',
    errno.EHOSTUNREACH: 'unreachable',
    errno.ENETUNREACH: 'unreachable',
    errno.ETIMEDOUT: 'timeout',
}


def kind(error):
    """The word for an OSError."""
    return ERRORS.get(error.errno, 'error_%s' % errno.errorcode.get(error.errno, error.errno))


def parse_head(head):
    """(status, {header in small letters: value}) of an answer's head; (None, {}) of what is no HTTP."""
    lines = head.decode('latin-1').split('\r\n')
    words = lines[0].split(' ')
    if len(words) < 2 or not words[0].startswith('HTTP/') or not words[1].isdigit():
        return None, {}
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(':')
        if colon:
            headers[name.strip().lower()] = value.strip()
    return int(words[1]), headers
