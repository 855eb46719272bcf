# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judgement on a drill of balancers, their address and the servers behind them. No I/O.

A state, as it was before, settled and after, has: holder (the host that answers for the address, or a MAC address that
is no host's); holders (all that answer); servers: {balancer: {backend/server: what haproxy says of it}}; units: {host: {unit: active or what else}};
boots: {host: boot}; os. Where Pacemaker moves the address, also cluster: {node: what pacemaker_info says there}.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _drill_verdict as of_cluster
from ansible_collections.halab.cluster.plugins.module_utils._drill_servers import drill_servers
from ansible_collections.halab.cluster.plugins.module_utils._drill_verdict import judge_outage, moves, record_of

# What a balancer was told of a server, and must not have forgotten at the end.
TOLD = ('state', 'weight')
# The weight of one with an agent is the agent's, who says another one each second.
TOLD_BESIDE_AGENT = ('state',)
# What a record keeps of the connections.
CONNECTIONS = ('connections', 'requests', 'broken_connections', 'broken_by_reason', 'broken', 'renewed', 'reopened',
               'not_opened', 'longest_stall_s', 'served_by', 'moved')
# A server that answers again after this time is drawn as one that never stopped.
SILENCE = 1.0


def state_farm(found):
    """A state, from what the modules and systemctl have answered; each list as a loop registers it."""
    holders = [found['macs'].get(mac, mac) for mac in found['owner']['macs']]
    return {
        'holder': (holders + [None])[0],
        'holders': holders,
        'servers': {result['item']: drill_servers(result, found['names']) for result in found['balanced']},
        'units': {
            # systemctl answers line by line, in the order of the question.
            result['item']: dict(zip(result['cmd'][2:], result['stdout_lines'])) for result in found['units']},
        'boots': {result['item']: result['boot'] for result in found['identities']},
        'os': ([result['os'] for result in found['identities']] + [None])[0],
        # One that is fenced just then does not answer.
        'cluster': {result['item']: result['pacemaker'] for result in found['cluster'] if 'pacemaker' in result},
    }


def target_farm(drill, state, balancers):
    """The host a drill hits, by its part in the farm as it is now."""
    if drill['target'] == 'holder':
        return state['holder']
    if drill['target'] == 'not_holder':
        return next(name for name in balancers if name != state['holder'])
    return drill['target']


def unhealthy(state):
    """Why no drill may begin in this state, and none end: sentences."""
    found = ['%s holds %s for %s' % (balancer, name, server['status'])
             for balancer, servers in sorted(state.get('servers', {}).items())
             for name, server in sorted(servers.items()) if not server['up']]
    found += ['%s is %s on %s' % (unit, said, host)
              for host, units in sorted(state.get('units', {}).items())
              for unit, said in sorted(units.items()) if said != 'active']
    cluster = said_by_one(state)
    found += ['%s is in standby (to be readmitted with playbooks/readmit.yml -e readmit_node=%s)' % (name, name)
              for name, node in sorted(cluster.get('nodes', {}).items()) if node['standby']]
    return found + ['%s has failed on %s (to be removed with crm_resource --cleanup)' % (failure['resource'], failure['node'])
                    for failure in cluster.get('failures', [])]


def said_by_one(state):
    """What one node of the cluster says, which is what all say. Nothing where there is none."""
    return next(iter(state.get('cluster', {}).values()), {})


def as_cluster(seen):
    """What the judgement on a cluster looks at."""
    boots = {when: {node: boot for node, boot in seen[when].get('boots', {}).items() if node in seen['before']['cluster']}
             for when in ('before', 'after')}
    return dict(
        {when: said_by_one(seen[when]) for when in ('before', 'settled', 'after')},
        target=seen['target'],
        hit=[seen['target']],
        devices_cut=[],
        fault=seen['fault'],
        readmission=seen['readmission'],
        after_by_node=seen['after'].get('cluster', {}),
        boots_before=boots['before'],
        boots_after=boots['after'],
    )


def judge_cluster(expect, seen):
    """What Pacemaker did beside moving the address."""
    if not seen['before'].get('cluster'):
        return []
    found, findings = as_cluster(seen), []
    if seen['settled']:
        findings += of_cluster.judge_fencing(expect, found['target'], found['before'], found['settled'])
        findings += of_cluster.judge_return(found) + of_cluster.judge_failures(found)
    if seen['after']:
        findings += of_cluster.audit_end(found)
    return findings


def judge_failed(expect, probe, load):
    """Requests of the probe and of the load together."""
    if 'requests' not in load:
        return ['Nothing is known of the load: %s' % load.get('msg', 'it was not started.')]
    limit = expect['failed_requests']
    failed = load['failed_requests'] + probe.get('failed_requests', 0)
    if limit is None or failed <= limit:
        return []
    return ['%d requests failed; expected at most %d. The load says %s.'
            % (failed, limit, ', '.join('%s %d' % pair for pair in sorted(
                list(load['errors'].items()) + [('status %s' % status, count) for status, count in
                                                load['by_status'].items() if status != '200'])) or 'none')]


def failed_since(probe, at):
    """How many requests of the probe that were sent from this moment on have failed, or None where nobody knows it.

    The load does not say when its requests failed.
    """
    if not at or 'answers' not in probe:
        return None
    return sum(1 for seconds, milliseconds in probe['answers']
               if milliseconds is None and probe['began'] + seconds >= at)


def judge_failed_since(limit, failed, moment, probe):
    """Those that failed after a moment from which on fewer may."""
    if limit is None or 'outage_s' not in probe:
        return []
    if failed is None:
        return ['Nobody knows when %s, so nobody knows what failed after that.' % moment]
    if failed <= limit:
        return []
    return ['%d requests of the probe failed after %s; expected at most %d.' % (failed, moment, limit)]


def judge_connections(expect, seen):
    """Those that were kept open, where any were."""
    said = seen['connections']
    if not seen['connections_wanted']:
        return []
    if 'broken_connections' not in said:
        return ['Nothing is known of the connections: %s' % said.get('msg', 'they were not opened.')]
    findings = []
    broken, limit = said['broken_connections'], expect['broken_connections']
    if limit is not None and broken > limit:
        findings.append('%d connections broke (%s); expected at most %d.' % (
            broken, ', '.join('%s %d' % pair for pair in sorted(said['broken_by_reason'].items())), limit))
    if expect['stall_s'] is not None and said['longest_stall_s'] > expect['stall_s']:
        findings.append('A connection waited %.2f s for an answer; expected at most %g s.'
                        % (said['longest_stall_s'], expect['stall_s']))
    return findings


def judge_holders(expect, probe):
    if 'outage_s' not in probe:
        return []
    if probe['holders_max'] == 0:
        return ['Nobody was seen holding the address; expected one host.']
    if probe['holders_overlap_s'] > expect['overlap_s'] or (probe['holders_max'] > 1 and not expect['overlap_s']):
        return ['%d hosts held the address at the same moment (seen: %s), for %.2f s in all; expected at most %g s.' % (
            probe['holders_max'], ', '.join(sorted({entry['node'] for entry in probe['holders']})),
            probe['holders_overlap_s'], expect['overlap_s'])]
    return []


def judge_moves(expect, seen):
    if len(seen['settled']['holders']) > 1:
        # Which of them answers first is chance. That there are two is judged by what the probe has seen.
        return []
    return moves(expect, 'The address', *(seen[when]['holder'] for when in ('before', 'settled', 'after')),
                 'all was mended')


def told(server):
    return TOLD_BESIDE_AGENT if server.get('agent') == 'enabled' else TOLD


def audit_end(seen):
    """When everything is mended: nothing is missing, nobody was restarted but the target, nothing was changed."""
    before, after = seen['before'], seen['after']
    lost_power = seen['fault'] == 'power_off' or seen['target'] in of_cluster.fenced_nodes(
        said_by_one(before), said_by_one(seen['settled']))
    findings = ['At the end %s.' % sentence for sentence in unhealthy(after)]
    findings += ['%s was restarted; expected that it runs on.' % host for host, boot in sorted(after['boots'].items())
                 if boot != before['boots'].get(host) and (host != seen['target'] or not lost_power)]
    for balancer, servers in sorted(before['servers'].items()):
        now = after['servers'].get(balancer, {})
        findings += ['%s has no server %s at the end.' % (balancer, name) for name in sorted(set(servers) - set(now))]
        findings += ['%s of %s is %s on %s at the end; it was %s.' % (key, name, now[name][key], balancer, server[key])
                     for name, server in sorted(servers.items()) for key in told(server)
                     if name in now and now[name][key] != server[key]]
    return findings


def fate(seen):
    """What became of the target, in a few words."""
    target, settled, after = seen['target'], seen['settled'], seen['after']
    words = []
    out = sorted({balancer for balancer, servers in settled.get('servers', {}).items()
                  for name, server in servers.items() if name.split('/')[1] == target and not server['up']})
    if out:
        words.append('taken out by %s' % ', '.join(out))
    if settled and seen['before']['holder'] == target != settled['holder']:
        words.append('lost the address')
    if settled and seen['before']['holder'] == target == settled['holder']:
        words.append('kept the address')
    if seen['before'].get('cluster'):
        words += of_cluster.fate_words(as_cluster(seen)) if target in seen['before']['cluster'] else []
    elif after and after['boots'].get(target) != seen['before']['boots'].get(target):
        words.append('restarted')
    return ', '.join(words) or 'served on'


def latency_ms(probe, fault_at, healed_at):
    """Median, 99th percentile and maximum before the fault, from then until all was mended, and after that."""
    phases = {'before': [], 'during': [], 'after': []}
    for seconds, milliseconds in probe.get('answers', []):
        at = probe['began'] + seconds
        phase = 'before' if fault_at is None or at < fault_at else 'after' if healed_at and at >= healed_at else 'during'
        if milliseconds is not None:
            phases[phase].append(milliseconds)
    return {phase: {'median': sorted(times)[len(times) // 2], 'p99': sorted(times)[int(len(times) * 0.99)],
                    'max': max(times)}
            for phase, times in phases.items() if times}


def turns(served_by):
    """When each server answered. In turn with others it is never the only one, so pauses of a second count as none."""
    found = []
    latest = {}
    for entry in served_by:
        known = latest.get(entry['node'])
        if known and entry['start'] - known['end'] < SILENCE:
            known['end'] = entry['end']
            continue
        latest[entry['node']] = dict(entry)
        found.append(latest[entry['node']])
    return found


def drill_verdict_farm(drill, seen):
    """The judgement, and the facts a record needs. 'seen' has:

    target, fault_at, healed_at; noticed_at: when every balancer had taken the target out, and return_at: when its
    return began, both by the clock of the probe's host, or None; before, settled, after: states; probe, load and
    connections: their results; connections_wanted: how many were to be kept open; readmission: how a node that was
    fenced comes back; unmet: expressions of expect.state that were not true; troubles: sentences about steps that could
    not be done.
    """
    expect, probe, load = drill['expect'], seen['probe'], seen['load']
    # A template may have made text of the number.
    seen = dict(seen, fault=drill['fault'], connections_wanted=int(seen['connections_wanted']))
    failed_after_noticed = failed_since(probe, seen['noticed_at'])
    failed_after_return = failed_since(probe, seen['return_at'])
    findings = list(seen['troubles']) + judge_outage(expect, probe) + judge_failed(expect, probe, load)
    findings += judge_failed_since(expect['failed_after_noticed'], failed_after_noticed,
                                   'every balancer had taken %s out' % seen['target'], probe)
    findings += judge_failed_since(expect['failed_after_return'], failed_after_return,
                                   'the return of %s had begun' % seen['target'], probe)
    findings += judge_connections(expect, seen) + judge_holders(expect, probe) + judge_cluster(expect, seen)
    findings += ['After the fault this was not true: %s' % expression for expression in seen['unmet']]
    if not seen['settled']:
        findings.append('Nothing is known of the farm after the fault.')
    if seen['settled'] and seen['after']:
        findings += judge_moves(expect, seen)
    if seen['after']:
        findings += audit_end(seen)
    record = record_of(drill, seen, findings)
    record['probe']['served_by'] = turns(probe.get('served_by') or [])
    return dict(
        record,
        failed_after_noticed=failed_after_noticed,
        failed_after_return=failed_after_return,
        holders_max=probe.get('holders_max'),
        holders_overlap_s=probe.get('holders_overlap_s'),
        holder_before=seen['before']['holder'],
        holder_after=seen['after'].get('holder'),
        target_fate=fate(seen),
        load={key: load.get(key) for key in ('requests', 'failed_requests', 'per_s', 'by_status', 'errors', 'latency_ms')},
        connections={key: seen['connections'].get(key) for key in CONNECTIONS if seen['connections_wanted']} or None,
        latency_ms=latency_ms(probe, seen['fault_at'], seen['healed_at']),
        **(of_cluster.record_of_fencing(as_cluster(seen)) if seen['before'].get('cluster') else {}),
    )
