# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judgement on a drill: what was expected, what was seen, one plain sentence for each difference. No I/O.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._drill_picture import moment
from ansible_collections.halab.cluster.plugins.module_utils._problems_drill import holder_of

# Clocks of real hosts are never the same.
CLOCKS_DIFFER_S = 1.0
# Faults after which a node that was hit has started anew, fenced or not.
OF_POWER = ('power_off', 'power_cut')
# Those that reboot every node, in good order.
OF_EVERY_NODE = ('rolling_update',)
# Those that end with the target readmitted.
READMITTING = ('node_replaced',)


def new_fencing(before, after):
    """Entries of the fence history that were not there before the fault."""
    known = (before or {}).get('fence_history', [])
    return [entry for entry in (after or {}).get('fence_history', []) if not any(_is_same(entry, one) for one in known)]


def _is_same(entry, other):
    """Each node notes by its own watch when it heard of a fencing, and not the same node is asked before and after."""
    if any(entry.get(key) != other.get(key) for key in ('target', 'action', 'client')):
        return False
    times = [moment(entry.get('completed')), moment(other.get('completed'))]
    if None in times:
        return entry.get('completed') == other.get('completed')
    return abs(times[0] - times[1]) <= CLOCKS_DIFFER_S


def fenced_nodes(before, after):
    return sorted({entry['target'] for entry in new_fencing(before, after) if entry.get('state') == 'success'})


def judge_outage(expect, probe):
    """What every probe can say. Nothing follows from one that saw nothing."""
    if 'outage_s' not in probe:
        return ['The probe saw nothing, so nobody knows what clients saw: %s' % probe.get('msg', 'it was not started.')]
    findings = []
    if probe['outage_s'] > expect['outage_s']:
        findings.append('Clients had no answer for %.2f s; expected at most %g s.'
                        % (probe['outage_s'], expect['outage_s']))
    if not probe['recovered']:
        findings.append('The service still did not answer when the drill ended.')
    return findings


def judge_holders(expect, probe):
    if 'outage_s' not in probe:
        return []
    findings = []
    if probe['holders_max'] > 1:
        names = sorted({entry['node'] for entry in probe['holders']})
        findings.append('%d nodes held the address at the same moment (seen: %s); expected one.'
                        % (probe['holders_max'], ', '.join(names)))
    if probe['holders_max'] == 0:
        findings.append('Nobody was seen holding the address; expected one node.')
    served = [entry['node'] for entry in probe['served_by']]
    allowed = expect.get('moves')
    if allowed is None:
        # What is None may be either.
        allowed = int(expect['moved'] is not False) + int(expect['failback'])
    if len(served) - 1 > allowed:
        findings.append('The service was answered by %s in turn; expected at most %d change(s) of the node.'
                        % (', '.join(served), allowed))
    return findings


def judge_fencing(expect, target, before, after):
    fenced = fenced_nodes(before, after)
    findings = ['%s was fenced, though the fault was on %s.' % (node, target) for node in fenced if node != target]
    if expect['fenced'] and target not in fenced:
        findings.append('%s was not fenced; expected that it is.' % target)
    if expect['fenced'] is False and target in fenced:
        findings.append('%s was fenced; expected that it is not.' % target)
    return findings


def judge_patience(seen):
    """Where the target held the address and was fenced, nobody takes it before the fencing is known to have worked.

    That two never held it at once does not show it: a node that was cut off may have given the address up by itself.
    """
    target = seen['target']
    if holder_of(seen['before'], seen['resource']) != target:
        return []
    fenced = [moment(entry['completed']) for entry in new_fencing(seen['before'], seen['settled'])
              if entry['target'] == target and entry.get('state') == 'success']
    taken = [entry for entry in seen['probe'].get('holders') or [] if entry['node'] != target and 'start' in entry]
    if not taken or not fenced or None in fenced:
        return []
    early = min(fenced) - taken[0]['start']
    if early <= CLOCKS_DIFFER_S:
        return []
    return ['%s took the address %.1f s before %s was fenced; expected that it waits for that.'
            % (taken[0]['node'], early, target)]


def moves(expect, what, first, then, last, occasion):
    """Where 'what' went by the fault (first, then), and where on the occasion of the target's return (last)."""
    findings = []
    if expect['moved'] and then == first:
        findings.append('%s stayed on %s; expected that it moves.' % (what, first))
    elif expect['moved'] is False and then != first:
        findings.append('%s moved from %s to %s; expected that it stays.' % (what, first, then))
    if expect['failback'] and last != first:
        findings.append('%s is on %s at the end; expected that it goes back to %s.' % (what, last, first))
    if not expect['failback'] and last != then:
        findings.append('%s went from %s to %s when %s; expected no failback.' % (what, then, last, occasion))
    return findings


def judge_moves(expect, seen):
    first, then, last = (holder_of(seen[when], seen['resource']) for when in ('before', 'settled', 'after'))
    if then is None:
        findings = ['%s ran nowhere after the fault.' % seen['resource']]
        if expect['failback'] and last != first:
            findings.append('The service is on %s at the end; expected that it goes back to %s.' % (last, first))
        return findings
    # Where it ends after several planned moves is nobody's promise.
    if expect.get('moves') is not None:
        return []
    return moves(expect, 'The service', first, then, last, '%s was readmitted' % seen['target'])


def judge_return(seen):
    """A fenced node comes back in standby where readmission is manual, and free where it is automatic."""
    target = seen['target']
    node = seen['settled'].get('nodes', {}).get(target, {})
    if target not in fenced_nodes(seen['before'], seen['settled']) or not node.get('online'):
        return []
    if seen['fault'] in READMITTING:
        return ['%s was put in the place of a lost node and is in standby; expected that it was readmitted.' % target] * (
            node.get('standby') is True)
    if seen['readmission'] == 'manual' and not node.get('standby'):
        return ['%s came back from fencing without standby; expected standby (drill_readmission is manual).' % target]
    if seen['readmission'] == 'auto' and node.get('standby'):
        return ['%s came back from fencing in standby; expected none (drill_readmission is auto).' % target]
    return []


def judge_failures(seen):
    """Nothing may have failed but on the target."""
    target = seen['target']
    return [
        '%s failed on %s (%s): %s. The fault was on %s.' % (
            failure['resource'], failure['node'], failure['operation'], failure.get('exit_reason') or 'no reason given',
            target)
        for failure in seen['settled'].get('failures', [])
        # The connection to a remote node that was hit fails on the node that holds it.
        if failure['node'] not in seen['hit'] and failure['resource'] not in [*seen['devices_cut'], *seen['hit']]
    ]


def judge_restarts(seen):
    """Nobody but a target that lost its power may have been restarted."""
    target = seen['target']
    findings = []
    restart_is_due = target in fenced_nodes(seen['before'], seen['settled']) or seen['fault'] in OF_POWER
    everyone = target == 'all' or seen['fault'] in OF_EVERY_NODE
    for node, boot in sorted(seen['boots_before'].items()):
        now = seen['boots_after'].get(node)
        if now is None:
            findings.append('%s could not be asked at the end whether it had been restarted.' % node)
        elif everyone:
            findings += ['%s was not restarted; expected that all are.' % node] if now == boot else []
        elif target != node and now != boot:
            findings.append('%s was restarted; expected that only %s is touched.' % (node, target))
        elif node == target and now != boot and not restart_is_due:
            findings.append('%s was restarted, though nobody fenced it.' % node)
    return findings


def audit_end(seen):
    """After each drill, when everything is healed: nothing is missing, nothing is left, nothing was changed."""
    after = seen['after']
    findings = []
    if not after.get('cluster', {}).get('quorate'):
        findings.append('The cluster has no quorum at the end.')
    for node in sorted(seen['boots_before']):
        state = after.get('nodes', {}).get(node, {})
        if not state.get('online'):
            findings.append('%s is not online at the end.' % node)
        elif state.get('standby') and not seen['before']['nodes'].get(node, {}).get('standby'):
            findings.append('%s is still in standby at the end.' % node)
        daemons = seen['after_by_node'].get(node, {}).get('daemons')
        if not daemons:
            findings.append('%s could not be asked for its daemons at the end.' % node)
            continue
        findings += ['%s does not run on %s at the end.' % (daemon, node)
                     for daemon, runs in sorted(daemons.items()) if not runs]
    findings += [
        '%s on %s still has a failure at the end (%s).' % (failure['resource'], failure['node'], failure['operation'])
        for failure in after.get('failures', [])
    ]
    digests = [seen[when].get('configuration', {}).get('digest') for when in ('before', 'after')]
    if digests[0] != digests[1]:
        findings.append('The configuration of the cluster is not what it was before the drill (%s, now %s).'
                        % tuple(digests))
    return findings


def fate(seen):
    """What became of the target, in a few words."""
    return ', '.join(fate_words(seen)) or 'stayed in the cluster'


def fate_words(seen):
    target = seen['target']
    settled = seen['settled'].get('nodes', {}).get(target, {})
    after = seen['after'].get('nodes', {}).get(target, {})
    boot = seen['boots_after'].get(target)
    words = []
    if target == 'all':
        back = all(node.get('online') for node in seen['after'].get('nodes', {}).values())
        return ['came back' if back else 'not all back']
    if target not in seen['boots_before']:
        return ['outside of the cluster']
    if target in fenced_nodes(seen['before'], seen['settled']):
        words.append('fenced')
    if boot is not None and boot != seen['boots_before'].get(target):
        words.append('restarted')
    if settled.get('standby'):
        words.append('put in standby' if seen['fault'] == 'standby' else 'came back in standby')
        if after.get('online') and not after.get('standby'):
            words.append('readmitted')
    if not after.get('online'):
        words.append('not back')
    return words


def drill_verdict(drill, seen):
    """The judgement, and the facts a record needs. 'seen' has:

    target, resource, fault_at; before, settled, after: what pacemaker_info said; after_by_node, boots_before,
    boots_after: by node; hit: every node to which something was done; devices_cut: ids of the fence devices that could
    not be reached; probe: its result; readmission; unmet: expressions of expect.state that were not true; troubles: sentences
    about steps that could not be done.
    """
    expect = drill['expect']
    seen = dict(seen, fault=drill['fault'])
    findings = list(seen['troubles']) + judge_outage(expect, seen['probe']) + judge_holders(expect, seen['probe'])
    if seen['settled']:
        findings += judge_fencing(expect, seen['target'], seen['before'], seen['settled'])
        findings += judge_patience(seen)
        findings += judge_return(seen)
        findings += judge_failures(seen) + judge_restarts(seen)
        findings += ['After the fault this was not true: %s' % expression for expression in seen['unmet']]
    else:
        findings.append('Nothing is known of the cluster after the fault.')
    if seen['settled'] and seen['after']:
        findings += judge_moves(expect, seen)
    findings += audit_end(seen)
    return dict(
        record_of(drill, seen, findings),
        holders_max=seen['probe'].get('holders_max'),
        holder_before=holder_of(seen['before'], seen['resource']),
        holder_after=holder_of(seen['after'], seen['resource']),
        target_fate=fate(seen),
        **record_of_fencing(seen),
    )


def record_of_fencing(seen):
    """What the records of all drills of a cluster have in common."""
    return {
        'fenced': seen['target'] in fenced_nodes(seen['before'], seen['settled']),
        'fenced_at': [
            {'target': entry['target'], 'at': entry['completed']}
            for entry in new_fencing(seen['before'], seen['settled'])
        ],
    }


def record_of(drill, seen, findings):
    """What the records of all drills have in common."""
    probe = seen['probe']
    return {
        'passed': not findings,
        'findings': findings,
        'outage_s': probe.get('outage_s'),
        'limit_s': drill['expect']['outage_s'],
        'failed_requests': probe.get('failed_requests'),
        'requests': probe.get('requests'),
        'target': seen['target'],
        'fault_at': seen['fault_at'],
        'probe': {key: probe.get(key) for key in (
            'began', 'ended', 'outages', 'holders', 'holders_seen_by', 'served_by', 'latency_ms')},
    }


def drill_merge(records, record):
    """A record takes the place of the one of the same drill on the same system; the others stay."""
    key = (record['drill'], record['os'])
    keys = [(one['drill'], one['os']) for one in records]
    if key not in keys:
        return list(records) + [record]
    return [record if (one['drill'], one['os']) == key else one for one in records]
