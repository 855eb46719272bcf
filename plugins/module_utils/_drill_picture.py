# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a drill's record to the geometry of its timeline picture: numbers for an SVG, no markup and no I/O.

Private to this collection.
"""

from __future__ import annotations

import datetime
import re

# The picture, in SVG units.
WIDTH = 1000
LEFT = 110
RIGHT = 20
LANE = 26
TOP = 34

# Seconds shown before the fault and after the last thing that happened.
BEFORE = 2.0
AFTER = 3.0


def moment(text):
    """Epoch seconds of a time as crm_mon writes it ('2026-11-22 09:48:39.25Z', '… +01:00'), or None."""
    if isinstance(text, (int, float)):
        return float(text)
    match = re.match(r'^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)? ?(Z|[+-]\d\d:?\d\d)?$', str(text or '').strip())
    if not match:
        return None
    day, hour, fraction, zone = match.groups()
    zone = '+0000' if zone in (None, 'Z') else zone.replace(':', '')
    whole = datetime.datetime.strptime('%s %s %s' % (day, hour, zone), '%Y-%m-%d %H:%M:%S %z')
    return whole.timestamp() + float(fraction or 0)


def _step(seconds):
    """Distance of the ticks on the time axis: at most about a dozen of them."""
    return next((step for step in (0.5, 1, 2, 5, 10, 20, 30, 60, 120) if seconds / step <= 12), 300)


def _events(record):
    """What happened, apart from what the probe saw: (time, words)."""
    events = [(record['fault_at'], 'fault')] if record.get('fault_at') else []
    for entry in record.get('fenced_at') or []:
        at = moment(entry['at'])
        if at is not None:
            events.append((at, '%s fenced' % entry['target']))
    return events


def window(record):
    """The part of the probe's time that is worth looking at."""
    probe = record['probe']
    events = [at for at, dummy in _events(record)]
    outages = probe.get('outages') or []
    first = min(events + [outage['start'] for outage in outages] + [probe['ended']])
    changes = [entry['start'] for entry in (probe.get('holders') or [])[1:]]
    last = max(events + [outage['end'] for outage in outages]
               + [outage['start'] + record['limit_s'] for outage in outages] + changes + [first])
    return max(probe['began'], first - BEFORE), min(probe['ended'], last + AFTER)


def drill_picture(record):
    """The geometry of one record's picture, or None when the probe has seen nothing."""
    probe = record.get('probe') or {}
    if not probe.get('began'):
        return None
    begin, end = window(record)
    zero = record.get('fault_at') or begin
    scale = (WIDTH - LEFT - RIGHT) / max(end - begin, 0.001)

    def x(at):
        return round(LEFT + (min(max(at, begin), end) - begin) * scale, 1)

    def box(start, stop, lane, **more):
        return dict({'x': x(start), 'width': round(max(x(stop) - x(start), 2), 1), 'y': TOP + lane * LANE}, **more)

    outages = probe.get('outages') or []
    worst = max(outages, key=lambda outage: outage['seconds'], default=None)
    nodes = sorted({entry['node'] for name in ('holders', 'served_by') for entry in probe.get(name) or []})

    failed = [
        box(outage['start'], outage['end'], 0, text='no answer for %.2f s: %s' % (
            outage['seconds'], ', '.join('%s %d' % pair for pair in sorted(outage['errors'].items()))))
        for outage in outages
    ]
    lanes = [{
        'node': node,
        'colour': number % 6,
        'y': TOP + (number + 2) * LANE,
        'holds': [box(entry['start'], entry['end'], number + 2) for entry in probe.get('holders') or []
                  if entry['node'] == node and entry['start'] < end and entry['end'] > begin],
        'serves': [box(entry['start'], entry['end'], number + 2) for entry in probe.get('served_by') or []
                   if entry['node'] == node and entry['start'] < end and entry['end'] > begin],
    } for number, node in enumerate(nodes)]

    # Labels that would touch their left neighbour go up a row, at the edge they turn to the left.
    events = []
    for at, words in sorted(_events(record)):
        place = x(at)
        near = bool(events) and not events[-1]['raised'] and place - events[-1]['x'] < 7 * len(events[-1]['text']) + 8
        events.append({'x': place, 'text': words, 'raised': near, 'at_edge': place > WIDTH - 150})

    step = _step(end - begin)
    first = int((begin - zero) / step) - 1
    ticks = [{'x': x(zero + number * step), 'text': '%g' % (number * step)}
             for number in range(first, first + 20) if begin <= zero + number * step <= end]
    return {
        'width': WIDTH,
        'height': TOP + (len(nodes) + 2) * LANE + 24,
        'left': LEFT,
        'lane': LANE,
        'axis_y': TOP + (len(nodes) + 2) * LANE + 4,
        'top': TOP,
        'requests': box(begin, end, 0),
        'failed': failed,
        'limit': box(worst['start'], worst['start'] + record['limit_s'], 1) if worst else None,
        'lanes': lanes,
        'events': events,
        'ticks': ticks,
    }
