# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client saw: from the samples a probe took to outages, holders and latencies. No I/O.

A request is a dict: sent (epoch seconds), done, error (None when it succeeded, else a kind such as 'timeout'),
node (who says it served it, or None).
A statement is a dict: at, node (who claims the address), round (number of the question it answers, None when
nobody asked).

Private to this collection.
"""

from __future__ import annotations

# A holder that is silent for longer than this has stopped holding. Three questions are asked in that time.
SILENCE = 0.3


def outages(requests, ended):
    """The runs of failed requests, each from the sending of its first to the sending of the next that succeeded."""
    found = []
    current = None
    for request in sorted(requests, key=lambda one: one['sent']):
        if request['error'] is None:
            if current:
                current['end'] = request['sent']
                current['recovered'] = True
                current = None
            continue
        if current is None:
            current = {'start': request['sent'], 'end': ended, 'recovered': False, 'requests': 0, 'errors': {}}
            found.append(current)
        current['requests'] += 1
        current['errors'][request['error']] = current['errors'].get(request['error'], 0) + 1
    for outage in found:
        outage['seconds'] = round(max(outage['end'] - outage['start'], 0), 3)
    return found


def served_by(requests):
    """Who served, as a timeline: one entry for each run of answers from the same node."""
    timeline = []
    for request in sorted(requests, key=lambda one: one['sent']):
        if request['error'] is not None or not request['node']:
            continue
        if timeline and timeline[-1]['node'] == request['node']:
            timeline[-1]['end'] = request['sent']
        else:
            timeline.append({'node': request['node'], 'start': request['sent'], 'end': request['sent']})
    return timeline


def holders(statements, silence=SILENCE):
    """Who held the address, as a timeline: a node holds from one statement to the next if they are close enough."""
    timeline = []
    open_entries = {}
    for one in sorted(statements, key=lambda statement: statement['at']):
        entry = open_entries.get(one['node'])
        if entry and one['at'] - entry['end'] <= silence:
            entry['end'] = one['at']
            continue
        entry = {'node': one['node'], 'start': one['at'], 'end': one['at']}
        open_entries[one['node']] = entry
        timeline.append(entry)
    return timeline


def holders_max(statements, timeline):
    """The largest number of nodes that held the address at one moment.

    Two nodes that answer the same question hold it both, and so does a node that speaks between two statements of
    another which are less than SILENCE apart. A node that announces itself after the other's last word took over.
    """
    rounds = {}
    for one in statements:
        if one['round'] is not None:
            rounds.setdefault(one['round'], set()).add(one['node'])
    most = max((len(nodes) for nodes in rounds.values()), default=0)
    for entry in timeline:
        at_once = {other['node'] for other in timeline if other['start'] <= entry['start'] <= other['end']}
        most = max(most, len(at_once))
    return most


def overlap_s(timeline):
    """For how long, all in all, more than one node held the address."""
    changes = sorted([(entry['start'], 1) for entry in timeline] + [(entry['end'], -1) for entry in timeline])
    total, count, since = 0.0, 0, None
    for at, step in changes:
        if count > 1:
            total += at - since
        count, since = count + step, at
    return round(total, 3)


def statements_from_requests(requests):
    """The next best source when the address is not on our link: the node named in each answer."""
    return [
        {'at': request['done'], 'node': request['node'], 'round': None}
        for request in requests if request['error'] is None and request['node']
    ]


def answers(requests, began):
    """Every request in the order of sending: [seconds since the probe began, milliseconds or None for a failed one]."""
    return [[round(request['sent'] - began, 3),
             round(1000 * (request['done'] - request['sent']), 1) if request['error'] is None else None]
            for request in sorted(requests, key=lambda one: one['sent'])]


def latency_ms(requests):
    """Median, 99th percentile and maximum of the successful requests, in milliseconds."""
    times = sorted(1000 * (request['done'] - request['sent']) for request in requests if request['error'] is None)
    if not times:
        return {'median': None, 'p99': None, 'max': None}
    return {
        'median': round(times[len(times) // 2], 1),
        'p99': round(times[min(len(times) - 1, int(len(times) * 0.99))], 1),
        'max': round(times[-1], 1),
    }


def summary(requests, statements, began, ended, seen_by):
    """Everything a probe returns."""
    found = outages(requests, ended)
    held = holders(statements)
    return {
        # Not 'started': that key belongs to Ansible's async jobs, which would wait for it for ever.
        'began': began,
        'ended': ended,
        'requests': len(requests),
        'failed_requests': sum(outage['requests'] for outage in found),
        'first_failure': found[0]['start'] if found else None,
        'last_failure': max((one['sent'] for one in requests if one['error'] is not None), default=None),
        'outage_s': max((outage['seconds'] for outage in found), default=0.0),
        'recovered': all(outage['recovered'] for outage in found),
        'outages': found,
        'served_by': served_by(requests),
        'holders_seen_by': seen_by,
        'holders': held,
        'holders_max': holders_max(statements, held),
        'holders_overlap_s': overlap_s(held),
        'answers': answers(requests, began),
        'latency_ms': latency_ms(requests),
    }
