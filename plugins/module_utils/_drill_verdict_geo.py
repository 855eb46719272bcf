# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judgement on a drill of a geo cluster: sites that are clusters, and the ticket between them. No I/O.

A state, as it was before, settled and after, has: sites, {name: what pacemaker_info says on one of its nodes, none if no node
was asked}, addresses, {name: its address in booth.conf}, and booth, what booth_info says.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._drill_verdict import (
    judge_holders,
    judge_outage,
    new_fencing,
    record_of,
)


def site_of(state, ticket):
    """The name of the site that has the ticket, none if nobody has it."""
    leader = (state or {}).get('booth', {}).get('tickets', {}).get(ticket, {}).get('leader')
    return next((site for site, address in (state or {}).get('addresses', {}).items() if address == leader), None)


def target_geo(drill, state, ticket):
    """The site or host that a drill hits."""
    holder = site_of(state, ticket)
    if drill['target'] == 'holder':
        return holder
    if drill['target'] == 'not_holder':
        return next(site for site in sorted(state['addresses']) if site != holder)
    return drill['target']


def unhealthy(state, ticket):
    """Why no drill may begin in this state, and none end: sentences."""
    told = state['booth']
    found = ['%s %s does not answer (%s).' % (member['type'], address, member['trouble'])
             for address, member in told['members'].items() if not member['answers']]
    known = told['tickets'].get(ticket)
    if known is None:
        return found + ['booth has no ticket %s (drill_ticket); it has %s.' % (ticket, ', '.join(told['tickets']) or 'none')]
    if len(known['holders']) != 1:
        found.append('The ticket %s is with %s; expected one site.' % (ticket, ' and '.join(known['holders']) or 'nobody'))
    if known['pending']:
        found.append('The cluster of the site that has the ticket is yet to be told.')
    if not known['agreed']:
        found.append('The members do not agree on who has the ticket.')
    for site, pacemaker in state['sites'].items():
        found += _unhealthy_site(site, pacemaker)
    return found


def _unhealthy_site(site, pacemaker):
    if not pacemaker:
        return ['No node of %s was asked.' % site]
    found = ['%s of %s is %s.' % (name, site, 'in standby' if node['online'] else 'not online')
             for name, node in sorted(pacemaker['nodes'].items()) if not node['online'] or node['standby']]
    return found + ['%s failed on %s of %s (%s).' % (failure['resource'], failure['node'], site, failure['operation'])
                    for failure in pacemaker['failures']]


def judge_ticket(expect, seen):
    """Where the ticket went, and that nobody else had it."""
    ticket = seen['ticket']
    first, then, last = (site_of(seen[when], ticket) for when in ('before', 'settled', 'after'))
    findings = []
    if then is None:
        findings.append('Nobody had the ticket after the fault.')
    elif expect['moved'] and then == first:
        findings.append('The ticket stayed with %s; expected that it moves.' % first)
    elif not expect['moved'] and then != first:
        findings.append('The ticket moved from %s to %s; expected that it stays.' % (first, then))
    if last != then:
        findings.append('The ticket went from %s to %s when all was healed; expected no failback.' % (then, last))
    for when in ('settled', 'after'):
        holders = (seen[when] or {}).get('booth', {}).get('tickets', {}).get(ticket, {}).get('holders', [])
        if len(holders) > 1:
            findings.append('%s had the ticket at the same time.' % ' and '.join(holders))
    return findings


def judge_fencing(seen):
    """What a site does to its own nodes is no part of a drill between sites."""
    return ['%s was fenced by its own site; expected that nobody is.' % entry['target']
            for site, before in seen['before']['sites'].items()
            for entry in new_fencing(before, (seen['after'] or {}).get('sites', {}).get(site))]


def fate(seen):
    """What became of the target, in a few words."""
    first, then = (site_of(seen[when], seen['ticket']) for when in ('before', 'settled'))
    if seen['target'] not in seen['before']['sites']:
        return 'outside of the sites'
    if seen['target'] == first:
        return 'kept the ticket' if then == first else 'lost the ticket'
    return 'got the ticket' if then == seen['target'] else 'without the ticket'


def drill_verdict_geo(drill, seen):
    """The judgement, and the facts a record needs. 'seen' has:

    target, ticket, takeover_s (what the ticket itself may take to move), fault_at, probe, unmet, troubles; before, settled,
    after: states.
    """
    expect = dict(drill['expect'])
    if expect['takeover']:
        expect['outage_s'] += float(seen['takeover_s'])
    findings = list(seen['troubles']) + judge_outage(expect, seen['probe'])
    findings += judge_holders(dict(expect, failback=False), seen['probe'])
    if seen['settled']:
        findings += judge_ticket(expect, seen) if seen['after'] else []
        findings += ['After the fault this was not true: %s' % expression for expression in seen['unmet']]
    else:
        findings.append('Nothing is known of the sites after the fault.')
    if seen['after']:
        findings += judge_fencing(seen) + ['At the end: %s' % sentence for sentence in unhealthy(seen['after'], seen['ticket'])]
    return dict(
        record_of(dict(drill, expect=expect), seen, findings),
        holders_max=seen['probe'].get('holders_max'),
        holder_before=site_of(seen['before'], seen['ticket']),
        holder_after=site_of(seen['after'], seen['ticket']),
        target_fate=fate(seen),
    )
