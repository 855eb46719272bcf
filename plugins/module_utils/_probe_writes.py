# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client saw of a node that writes: from its questions and the answers to outages and promises. No I/O.

A request is a dict: sent (epoch seconds), done, error (None when it was answered), run (of the writer), written
({directory: number of the last record that is on the disk}).

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _probe

# Two records of a slow disk may be this far apart without anything being wrong.
PAUSE = 0.5
# A run of the writer of which nothing is on the disk.
NEVER_SEEN = {'first': 1, 'last': 0, 'count': 0, 'ended': False}


def answered(requests):
    return sorted((one for one in requests if one['error'] is None), key=lambda one: one['done'])


def advances(requests, directory):
    """The moments at which the client saw that another record had been written."""
    last, moments = None, []
    for one in answered(requests):
        now = (one['run'], one['written'].get(directory, 0))
        if now[1] and now != last:
            moments.append(one['done'])
            last = now
    return moments


def stalls(requests, directory, began, ended, pause=PAUSE):
    """The times without a new record, as far as the client could see, that were longer than a pause."""
    moments = advances(requests, directory)
    found = []
    for start, end in zip([began] + moments, moments + [ended]):
        if end - start > pause:
            found.append({'directory': directory, 'start': start, 'end': end, 'seconds': round(end - start, 3),
                          'recovered': end != ended})
    return found


def progress(requests, directory, began, ended):
    """When records were written, as a timeline: what lies between the stalls."""
    timeline, start = [], began
    for stall in stalls(requests, directory, began, ended):
        if stall['start'] > start:
            timeline.append({'node': directory, 'start': start, 'end': stall['start']})
        start = stall['end']
    if ended > start:
        timeline.append({'node': directory, 'start': start, 'end': ended})
    return timeline


def promised(requests):
    """{directory: {run: the last record that the client was told is on the disk}}"""
    found = {}
    for one in answered(requests):
        for directory, number in one['written'].items():
            if not number:
                continue
            runs = found.setdefault(directory, {})
            runs[one['run']] = max(runs.get(one['run'], 0), number)
    return found


def summary(requests, directories, began, ended):
    """Everything that a probe of writes returns."""
    outages = _probe.outages(requests, ended)
    stalled = [stall for directory in directories for stall in stalls(requests, directory, began, ended)]
    longest = [one['seconds'] for one in outages + stalled]
    return {
        # Not 'started': that key belongs to Ansible's async jobs, which would wait for it for ever.
        'began': began,
        'ended': ended,
        'requests': len(requests),
        'failed_requests': sum(outage['requests'] for outage in outages),
        'outage_s': max(longest, default=0.0),
        'recovered': all(one['recovered'] for one in outages + stalled),
        'outages': outages,
        'stalls': stalled,
        'served_by': [entry for directory in directories for entry in progress(requests, directory, began, ended)],
        'promised': promised(requests),
        'errors': sorted({error for one in answered(requests) for error in one['errors'].values()}),
        'latency_ms': _probe.latency_ms(requests),
    }


def lost(promises, found):
    """What was promised and is not there: sentences.

    promises: as promised() returns them; found: what the writer's check says of the disks, by directory.
    """
    sentences = []
    for directory, runs in sorted(promises.items()):
        there = found.get(directory)
        if there is None:
            sentences.append('%s could not be read at the end.' % directory)
            continue
        if there['damaged']:
            sentences.append('%s: %d records are not as they were written.' % (directory, there['damaged']))
        for run, number in sorted(runs.items()):
            one = there['runs'].get(run, NEVER_SEEN)
            # All of them, from the first to the last that was promised; those after it are a gift.
            missing = number - one['count'] if one['last'] < number else one['last'] - one['count']
            if missing > 0 or one['first'] != 1:
                sentences.append('%s: %d records are gone of which a client had been told that they were written.'
                                 % (directory, max(missing, 1)))
    return sentences


def not_ended(promises, found):
    """Directories whose writer was not stopped in order in any of the runs that a client saw, as a shutdown does."""
    return sorted(
        directory for directory, runs in promises.items()
        if not any(found.get(directory, {}).get('runs', {}).get(run, NEVER_SEEN)['ended'] for run in runs)
    )
