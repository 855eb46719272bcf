# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of connections that were kept open: from what happened to each of them to a summary. No I/O.

An event is a dict: at (epoch seconds), what, connection (a number that no two of them share), and with what

opened: after (start, renewed or broken: what became of the one before it)
not_opened: reason
answered: waited (seconds), status, node (who says it answered, or None)
ended: reason (ANNOUNCED, or how it broke), waited (seconds that a request had waited, None when none did)

Private to this collection.
"""

from __future__ import annotations

# The server had said that it would close the connection after this answer.
ANNOUNCED = 'announced'
# So many breaks are told one by one.
TOLD = 50


def counted(values):
    """{value: how many of them}."""
    found = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


def hosts_of(answers):
    """{connection: the hosts that answered on it}."""
    found = {}
    for event in answers:
        if event['node']:
            found.setdefault(event['connection'], set()).add(event['node'])
    return found


def summary(events, connections, began, ended):
    """Everything the module returns."""
    of = {what: [event for event in events if event['what'] == what]
          for what in ('opened', 'not_opened', 'answered', 'ended')}
    broken = [event for event in of['ended'] if event['reason'] != ANNOUNCED]
    waits = [event['waited'] for event in of['answered'] + of['ended'] if event['waited'] is not None]
    # A request that the end of its connection left without an answer was one, too.
    unanswered = [event for event in broken if event['waited'] is not None]
    return {
        'began': began,
        'ended': ended,
        'connections': connections,
        'requests': len(of['answered']) + len(unanswered),
        'unanswered': len(unanswered),
        'by_status': counted(str(event['status']) for event in of['answered']),
        'broken_connections': len(broken),
        'broken_by_reason': counted(event['reason'] for event in broken),
        'broken': [{
            'after_s': round(event['at'] - began, 3),
            'reason': event['reason'],
            'waited_s': event['waited'],
        } for event in sorted(broken, key=lambda event: event['at'])[:TOLD]],
        'renewed': len(of['ended']) - len(broken),
        'reopened': len([event for event in of['opened'] if event['after'] == 'broken']),
        'not_opened': counted(event['reason'] for event in of['not_opened']),
        'longest_stall_s': max(waits, default=0.0),
        'served_by': counted(event['node'] for event in of['answered'] if event['node']),
        'moved': len([hosts for hosts in hosts_of(of['answered']).values() if len(hosts) > 1]),
    }
