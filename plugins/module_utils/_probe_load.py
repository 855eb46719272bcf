# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hey(1) says at its end. No I/O.

It prints its result for people. Its CSV is no way around that: there, requests that had no answer are left out.

Private to this collection.
"""

from __future__ import annotations

import re

COUNT = re.compile(r'^  \[(\d+)\]\t(.+)$')
PERCENT = re.compile(r'^  (\d+)% in ([\d.]+) secs$')
FIGURE = re.compile(r'^  (Total|Slowest|Requests/sec):\t([\d.]+)')
# How Go says it, and how the module probe does.
KINDS = (
    ('connection refused', 'refused'),
    ('connection reset', 'reset'),
    ('broken pipe', 'reset'),
    ('no route to host', 'unreachable'),
    ('network is unreachable', 'unreachable'),
    ('imeout', 'timeout'),
    ('deadline exceeded', 'timeout'),
    ('EOF', 'closed'),
)


def kind(message):
    """The kind of an error, or the message itself."""
    return next((name for words, name in KINDS if words in message), message)


def sections(text):
    """{heading: lines below it}."""
    found, lines = {}, []
    for line in text.splitlines():
        if line.endswith(':') and not line.startswith(' '):
            lines = found.setdefault(line[:-1], [])
        else:
            lines.append(line)
    return found


def counted(lines):
    """{words: how many of them}, of lines such as '  [3]<TAB>words'."""
    found = {}
    for match in filter(None, map(COUNT.match, lines)):
        found[match.group(2)] = found.get(match.group(2), 0) + int(match.group(1))
    return found


def summary(text):
    """What the module returns; raises ValueError where this is not hey's."""
    parts = sections(text)
    figures = dict(match.groups() for match in map(FIGURE.match, parts.get('Summary', [])) if match)
    if not {'Total', 'Requests/sec'} <= set(figures):
        raise ValueError('no summary of hey is to be found in: %s' % (text.strip()[-500:] or 'nothing'))
    # Here the number in brackets is the status.
    by_status = {match.group(1): int(match.group(2).split()[0])
                 for match in map(COUNT.match, parts.get('Status code distribution', [])) if match}
    errors = {}
    for message, count in counted(parts.get('Error distribution', [])).items():
        errors[kind(message)] = errors.get(kind(message), 0) + count
    percent = {int(match.group(1)): 1000 * float(match.group(2))
               for match in map(PERCENT.match, parts.get('Latency distribution', [])) if match}
    answered = sum(by_status.values())
    return {
        'requests': answered + sum(errors.values()),
        'failed_requests': answered - by_status.get('200', 0) + sum(errors.values()),
        'per_s': float(figures['Requests/sec']),
        'by_status': by_status,
        'errors': errors,
        'latency_ms': {
            'median': round(percent[50], 1) if 50 in percent else None,
            'p99': round(percent[99], 1) if 99 in percent else None,
            'max': round(1000 * float(figures.get('Slowest', 0)), 1) if answered else None,
        },
    }
