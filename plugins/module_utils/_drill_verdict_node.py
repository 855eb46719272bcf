# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judgement on a drill of one node and its data. No I/O.

A state, as it was before, settled and after, has: boot; arrays and bonds by name, as mdadm_info and bond_info
describe them; conditions, as node_health_info lists them.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _probe_writes
from ansible_collections.halab.cluster.plugins.module_utils._drill_verdict import judge_outage, record_of

# What a drill must leave as it was, beside being whole.
SHAPE = ('level', 'raid_devices', 'array_size')


def judge_restart(expect, target, before, after):
    if not after:
        return ['%s could not be asked at the end whether it had been restarted.' % target]
    restarted = before['boot'] != after['boot']
    if expect['restarted'] and not restarted:
        return ['%s was not restarted; expected that it is.' % target]
    if restarted and not expect['restarted']:
        return ['%s was restarted; expected that it runs on.' % target]
    return []


def judge_writes(expect, probe, records):
    """No record is lost or damaged; and, where that is expected, the writer was stopped in order."""
    promises = probe.get('promised', {})
    findings = _probe_writes.lost(promises, records)
    if expect['orderly']:
        findings += ['%s: the writer was not stopped in order, as a shutdown does; expected that it is.' % directory
                     for directory in _probe_writes.not_ended(promises, records)]
    return findings


def trouble_of(kind, state):
    """What is not whole in a state: {name: sentence}."""
    if kind == 'arrays':
        return {name: 'the array %s misses %d members' % (name, array['degraded'])
                for name, array in state.get('arrays', {}).items() if array['degraded'] or not array['active']}
    return {name: 'the bond %s has members that are down: %s' % (
        name, ', '.join(sorted(member['name'] for member in bond['members'] if member['mii_status'] != 'up')))
        for name, bond in state.get('bonds', {}).items()
        if any(member['mii_status'] != 'up' for member in bond['members'])}


def unhealthy(state):
    """Why no drill may begin in this state, and none end: sentences."""
    return sorted(sentence for kind in ('arrays', 'bonds') for sentence in trouble_of(kind, state).values())


def audit_end(before, after):
    """When everything is mended: nothing is missing, no alarm is new, and everything has its old shape."""
    findings = ['At the end %s.' % sentence for sentence in unhealthy(after)]
    known = [condition['name'] for condition in before.get('conditions', [])]
    findings += ['At the end the alarm %s goes on: %s.' % (condition['name'], condition['subject'])
                 for condition in after.get('conditions', []) if condition['name'] not in known]
    for kind in ('arrays', 'bonds'):
        findings += ['%s is gone at the end.' % name for name in sorted(before.get(kind, {}))
                     if name not in after.get(kind, {})]
    for name, array in sorted(before.get('arrays', {}).items()):
        now = after.get('arrays', {}).get(name, {})
        findings += ['%s: %s is %s at the end; it was %s.' % (name, key, now[key], array[key])
                     for key in SHAPE if now and now[key] != array[key]]
    return findings


def changes(before, after):
    """What became of the node, in a few words."""
    restarted = bool(after) and before['boot'] != after['boot']
    words = ['restarted'] if restarted else []
    # Each boot gives the kernel's names of disks anew, so members cannot be told from each other across one.
    for name, array in sorted(before.get('arrays', {}).items()) if not restarted else ():
        then = {member['device'] for member in array['members'] if member['role'] == 'active'}
        now = {member['device'] for member in after.get('arrays', {}).get(name, {}).get('members', [])
               if member['role'] == 'active'}
        words += ['%s took the place of %s in %s' % (
            ', '.join(sorted(now - then)), ', '.join(sorted(then - now)), name)] if now - then else []
    for name, bond in sorted(before.get('bonds', {}).items()):
        then, now = (state.get('bonds', {}).get(name, {}).get('active') for state in (before, after))
        words += ['%s went from %s to %s' % (name, then, now)] if now != then else []
    return '; '.join(words) or 'stayed as it was'


def drill_verdict_node(drill, seen):
    """The judgement, and the facts a record needs. 'seen' has:

    target, fault_at; before, settled, after: states; probe: its result; records: what the writer's check says; unmet:
    expressions of expect.state that were not true; troubles: sentences about steps that could not be done.
    """
    expect = drill['expect']
    findings = list(seen['troubles']) + judge_outage(expect, seen['probe'])
    findings += judge_restart(expect, seen['target'], seen['before'], seen['after'])
    findings += judge_writes(expect, seen['probe'], seen['records'])
    findings += ['After the fault this was not true: %s' % expression for expression in seen['unmet']]
    if seen['after']:
        findings += audit_end(seen['before'], seen['after'])
    promises = seen['probe'].get('promised', {})
    return dict(
        record_of(drill, seen, findings),
        holders_max=None,
        holder_before=None,
        holder_after=None,
        target_fate=changes(seen['before'], seen['settled']),
        written=sum(number for runs in promises.values() for number in runs.values()),
        lost_writes=_probe_writes.lost(promises, seen['records']),
    )
