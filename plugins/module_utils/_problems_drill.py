# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reasons to refuse drills before a host is touched, and drills with everything they leave unsaid filled in. No I/O.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _problems

FAULTS = ('power_off', 'kill', 'network_cut', 'freeze', 'standby')
# Targets by their part in the cluster; every other target is the name of a node.
PARTS = ('holder', 'dc', 'not_holder')
KEYS = ('name', 'title', 'fault', 'target', 'process', 'signal', 'watch_s', 'expect')
# What a drill that does not speak of these expects.
EXPECT = {'fenced': False, 'moved': False, 'failback': False, 'state': []}


def _expect_problems(where, expect):
    expect, problems = _problems.dictionary('%s: expect' % where, expect)
    problems += _problems.unknown_keys('%s: expect' % where, expect, ('outage_s',) + tuple(EXPECT))
    limit = expect.get('outage_s')
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or limit < 0:
        problems.append('%s: expect.outage_s is %r; allowed is a number of seconds: the longest outage a client may see.'
                        % (where, limit))
    for key in ('fenced', 'moved', 'failback'):
        if not isinstance(expect.get(key, False), bool):
            problems.append('%s: expect.%s is %r; allowed is a boolean without quotes (true or false).'
                            % (where, key, expect[key]))
    if not isinstance(expect.get('state', []), list):
        problems.append('%s: expect.state is %r; allowed is a list of JMESPath expressions.' % (where, expect['state']))
    return problems


def _drill_problems(where, drill, nodes):
    problems = _problems.unknown_keys(where, drill, KEYS)
    if not isinstance(drill.get('name'), str) or not _problems.NAME.match(drill['name'].replace('_', '-')):
        problems.append('%s: name is %r; allowed are letters, digits, dashes, underscores and dots.'
                        % (where, drill.get('name')))
    if drill.get('fault') not in FAULTS:
        problems.append('%s: fault is %r; allowed are %s.' % (where, drill.get('fault'), ', '.join(FAULTS)))
    if drill.get('fault') == 'kill' and not drill.get('process'):
        problems.append('%s: fault kill needs process: the name of the process, as ps -eo comm shows it.' % where)
    target = drill.get('target', 'holder')
    if target not in PARTS and target not in nodes:
        problems.append('%s: target is %r; allowed are %s, and the nodes %s.'
                        % (where, target, ', '.join(PARTS), ', '.join(nodes)))
    return problems + _expect_problems(where, drill.get('expect'))


def drill_problems(variables):
    """Sentences about the variables of the role drill; no sentence, no problem.

    Beside the role's variables there are 'nodes', the names of the hosts in drill_group, and 'is_lab'.
    """
    nodes = variables['nodes']
    problems = []
    if len(nodes) < 2:
        problems.append('drill_group: it has %d hosts; a drill needs at least 2, one to break and one to see it.'
                        % len(nodes))
    if not variables['is_lab'] and variables['drill_accept_outage_on_real_hosts'] is not True:
        problems.append(
            'These hosts are not a lab (lab_backend is not defined), and a drill switches off, kills or cuts off hosts '
            'that serve. drill_accept_outage_on_real_hosts is %r; set it to true if that is what you want.'
            % variables['drill_accept_outage_on_real_hosts'])
    for name in ('drill_url', 'drill_vip', 'drill_resource'):
        if not variables[name]:
            problems.append('%s is empty; allowed is what its comment in the role\'s defaults says.' % name)
    if not str(variables['drill_url']).startswith('http://'):
        problems.append('drill_url is %r; allowed is plain HTTP: http://address/path.' % variables['drill_url'])
    if variables['drill_readmission'] not in ('manual', 'auto'):
        problems.append('drill_readmission is %r; allowed are manual and auto.' % variables['drill_readmission'])
    drills, wrong = _problems.list_of_dicts('drill_list', variables['drill_list'])
    problems += wrong
    for position, drill in enumerate(drills):
        problems += _drill_problems('drill_list[%d] (%s)' % (position, drill.get('name', 'no name')), drill, nodes)
    names = [drill.get('name') for drill in drills]
    problems += ['drill_list: %r is there more than once; a name may be given once.' % name
                 for name in _problems.repeated(names)]
    powered = [device['target'] for device in variables['drill_fence_devices']]
    if any(drill.get('fault') == 'power_off' for drill in drills):
        problems += ['drill_fence_devices: none is for %s; the fault power_off needs one for each node.' % node
                     for node in nodes if node not in powered]
    problems += ['drill_only: there is no drill %r; there are %s.' % (name, _problems.listed(names))
                 for name in wanted_names(variables['drill_only']) if name not in names]
    return problems


def wanted_names(only):
    """drill_only as a list: it may be one name, several with commas between (from a command line), or a list."""
    if isinstance(only, str):
        return [name.strip() for name in only.split(',') if name.strip()]
    return list(only or [])


def drill_selected(drills, only=(), first_only=False):
    """The drills to run, in the order of the inventory, complete."""
    names = wanted_names(only)
    chosen = [drill for drill in drills if not names or drill['name'] in names]
    return [
        dict(
            {'title': drill['name'], 'target': 'holder', 'process': '', 'signal': 'KILL', 'watch_s': 0},
            **dict(drill, expect=dict(EXPECT, **drill['expect'])),
        )
        for drill in (chosen[:1] if first_only else chosen)
    ]


def drill_target(drill, pacemaker, resource):
    """The node a drill hits, by its part in the cluster as it is now."""
    holder = holder_of(pacemaker, resource)
    if drill['target'] == 'holder':
        if holder is None:
            raise ValueError('drill %s: nobody holds the resource %s (drill_resource). The cluster has the resources %s.'
                             % (drill['name'], resource, _problems.listed(pacemaker.get('resources', {}))))
        return holder
    if drill['target'] == 'dc':
        return pacemaker['cluster']['dc']
    if drill['target'] == 'not_holder':
        return next(name for name in sorted(pacemaker['nodes']) if name != holder)
    return drill['target']


def holder_of(pacemaker, resource):
    """The node a resource runs on, or None."""
    nodes = pacemaker.get('resources', {}).get(resource, {}).get('nodes') or [None]
    return nodes[0]
