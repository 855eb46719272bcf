# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reasons to refuse drills before a host is touched, and drills with everything they leave unsaid filled in. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems

# What is drilled: a cluster and its service, balancers and their servers, or one node and its data. Faults, and the keys
# that each needs.
FAULTS = {
    'cluster': {
        'power_off': (),
        'kill': ('process',),
        'network_cut': (),
        'network_delay': ('latency_ms',),
        'clock_jump': ('offset_s',),
        'freeze': (),
        'standby': (),
        'maintenance': (),
        'restart': ('unit',),
        'agent_break': ('agent', 'action'),
        'authkey_change': (),
        'disk_fill': ('directories',),
        'fence_cut': (),
        'power_cut': (),
        'corosync_change': ('variables',),
        'key_rotation': (),
        'remote_key_rotation': (),
        'node_removed': (),
        'node_replaced': (),
        'wipe': (),
        'cold_start': (),
        'rolling_update': (),
        'shared_disk_out': ('disk',),
    },
    'farm': {
        'converge': ('variables',),
        'drain': (),
        'kill': ('process', 'unit'),
        'network_cut': (),
        'power_off': (),
        'reload': ('unit',),
        'rolling_converge': ('variables', 'limit'),
        'rolling_restart': ('group', 'unit'),
        'standby': (),
        'track_file': ('file', 'addresses'),
    },
    'geo': {
        'kill': ('process',),
        'network_cut': (),
        'site_off': (),
        'ticket_move': (),
        'wan_cut': ('between',),
    },
    'node': {
        'array_fail': ('array',),
        'array_reshape': ('array', 'becomes'),
        'array_speed': ('kib_s',),
        'cable': ('card', 'cable'),
        'disk_pull': ('array',),
        'kernel_crash': (),
        'kill': ('process', 'unit'),
        'power_cut': (),
        'ups': ('ups', 'status'),
    },
}
# Those that drain servers, what they need for it behind each kind of balancer, and what else they may say there.
DRAINING = ('drain', 'rolling_restart')
DRAINED_WITH = {'haproxy': ('backend',), 'ipvs': ('weights',)}
DRAINED_MORE = {'haproxy': (), 'ipvs': ('drain_s',)}
CABLE = ('out', 'dead')
# What is between a site and the others, or between it and everybody.
BETWEEN = ('sites', 'all')
# The faults that hit a site, all its nodes at once.
OF_SITES = ('site_off', 'ticket_move', 'wan_cut')
# Keys of a fault, beside those that it needs.
MORE = ('fault', 'signal', 'times', 'count', 'at_rest', 'packets', 'loss', 'direction', 'seconds', 'pause', 'limit',
        'rc', 'wait', 'level', 'jitter_ms')
DIRECTIONS = ('both', 'in', 'out')
# Keys that are a number of seconds, and the smallest and largest number of those that are a whole one.
SECONDS = ('seconds', 'pause')
RANGES = {'loss': (1, 100), 'rc': (1, 255), 'level': (1, 9)}
AGENT = re.compile(r'^ocf:[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+\Z')
# What can be done to a host outside of the cluster, such as that of its quorum device, and what each needs there.
OUTSIDE = {'kill': ('unit',), 'network_cut': ()}
# Targets by their part in the cluster; every other target is the name of a node.
PARTS = {
    'cluster': ('holder', 'dc', 'not_holder', 'not_dc', 'other', 'connection', 'all'),
    'farm': ('holder', 'not_holder'),
    'geo': ('holder', 'not_holder'),
    'node': (),
}
# The faults that need a kernel of the node's own: one that knows netem, and a clock that nobody shares.
OWN_KERNEL = ('network_delay', 'clock_jump')
# The faults that hit all nodes at once; the first of them may hit one as well.
OF_ALL = ('power_cut', 'wipe', 'cold_start')
# Those for which the lab's hands press the buttons.
BY_HAND = (*OF_ALL, 'node_replaced')
KEYS = ('name', 'title', 'target', 'watch_s', 'during', 'long', 'client', 'address', 'url', 'directories', 'expect')
# What a drill that does not speak of these expects.
EXPECT = {
    'cluster': {'fenced': False, 'moved': False, 'failback': False, 'moves': None, 'state': []},
    'farm': {'fenced': False, 'moved': False, 'failback': False, 'failed_requests': None, 'failed_after_noticed': None,
             'failed_after_return': None, 'overlap_s': 0, 'broken_connections': None, 'stall_s': None, 'state': []},
    'geo': {'moved': False, 'takeover': False, 'state': []},
    'node': {'restarted': False, 'orderly': False, 'state': []},
}
# Of a farm, only where Pacemaker moves the address.
PACEMAKERS = ('fenced', 'standby')
# Those of them that are a number.
NUMBERS = ('failed_requests', 'failed_after_noticed', 'failed_after_return', 'moves', 'overlap_s', 'broken_connections',
           'stall_s')
# Those that may be none: the cluster may do either, and has to be whole in the end.
EITHER = ('fenced', 'moved')
# Those that say something only where connections are kept open.
OF_CONNECTIONS = ('broken_connections', 'stall_s')


def _expect_problems(where, expect, variables):
    known = [key for key in EXPECT[variables['drill_kind']] if _possible(key, variables)]
    expect, problems = _problems.dictionary('%s: expect' % where, expect)
    problems += _problems.unknown_keys('%s: expect' % where, expect, ('outage_s', *known))
    limit = expect.get('outage_s')
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or limit < 0:
        problems.append('%s: expect.outage_s is %r; allowed is a number of seconds: the longest outage a client may see.'
                        % (where, limit))
    for key in [key for key in NUMBERS if expect.get(key) is not None]:
        if isinstance(expect[key], bool) or not isinstance(expect[key], (int, float)) or expect[key] < 0:
            problems.append('%s: expect.%s is %r; allowed is a number from 0 on.' % (where, key, expect[key]))
    for key in [key for key in known if key not in ('state', *NUMBERS)]:
        either = variables['drill_kind'] == 'cluster' and key in EITHER
        if not isinstance(expect.get(key, False), bool) and not (either and expect[key] is None):
            problems.append('%s: expect.%s is %r; allowed is a boolean without quotes (true or false)%s.'
                            % (where, key, expect[key], ', or null where either may happen' if either else ''))
    if not isinstance(expect.get('state', []), list):
        problems.append('%s: expect.state is %r; allowed is a list of JMESPath expressions.' % (where, expect['state']))
    return problems


def _possible(word, variables):
    """A farm whose address VRRP moves has nobody who fences a host or puts one in standby."""
    return word not in PACEMAKERS or variables['drill_kind'] == 'cluster' or bool(variables['drill_cluster_group'])


def _balanced_by(variables):
    """haproxy or ipvs; what is neither has a sentence of its own."""
    return 'ipvs' if variables['drill_balanced_by'] == 'ipvs' else 'haproxy'


def _faults(variables):
    """The faults of this kind of drill, and the keys that each needs here."""
    faults = {fault: keys for fault, keys in FAULTS[variables['drill_kind']].items() if _possible(fault, variables)}
    if variables['drill_kind'] == 'farm':
        faults.update({fault: faults[fault] + DRAINED_WITH[_balanced_by(variables)] for fault in DRAINING})
    return faults


def _needed(fault, target, variables):
    """What Pacemaker runs, it starts again: nobody has to name a unit."""
    keys, cluster = _faults(variables)[fault], _cluster(variables)
    if fault == 'kill' and cluster and target in (*PARTS['farm'], *cluster):
        return tuple(key for key in keys if key != 'unit')
    return keys


def _cluster(variables):
    """The hosts whose Pacemaker moves the address of a farm."""
    if variables['drill_kind'] != 'farm' or not isinstance(variables['drill_cluster_group'], str):
        return []
    return list(variables['groups'].get(variables['drill_cluster_group']) or [])


def _known(variables):
    """The keys that a drill or a step of it may have."""
    needed = tuple(key for keys in _faults(variables).values() for key in keys)
    more = DRAINED_MORE[_balanced_by(variables)] if variables['drill_kind'] == 'farm' else OUTSIDE['kill']
    return set(KEYS + MORE + needed + more)


def _group_problems(where, step, variables):
    """A group without hosts has nobody to restart."""
    groups = variables['groups']
    if step.get('fault') != 'rolling_restart' or not step.get('group'):
        return []
    if step['group'] in list(groups) and groups[step['group']]:
        return []
    return ['%s: group is %r; allowed is a group of the inventory that has hosts: %s.'
            % (where, step['group'], _problems.listed(group for group in groups if groups[group]))]


def _weights_problems(where, step, target, variables):
    """Once a drill has begun, a server without a weight could be drained and not taken back."""
    problems, wait = [], step.get('drain_s', 0)
    if isinstance(wait, bool) or not isinstance(wait, int) or wait < 0:
        problems.append('%s: drain_s is %r; allowed is a whole number of seconds from 0 on.' % (where, wait))
    name, known = step.get('weights'), variables['balancer_variables']
    if not name or not variables['balancers']:
        return problems
    if not isinstance(name, str) or name not in known:
        return problems + ['%s: weights is %r, and %s has no such variable; allowed is the name of one with the weight '
                           'of each server.' % (where, name, variables['balancers'][0])]
    weights = known[name] if isinstance(known[name], dict) else {}
    if step['fault'] == 'drain':
        servers = [str(target)]
    else:
        servers = variables['groups'].get(str(step.get('group')), [])
    return problems + ['%s: weights: %s has no weight of %s; allowed is a dictionary with a whole number from 1 on for '
                       'each server.' % (where, name, server) for server in servers
                       if not _is_weight(weights.get(server))]


def _is_weight(value):
    # A template may have made text of it.
    return str(value).isdecimal() and int(value) > 0


def _fault_problems(where, step, target, variables):
    kind, faults, fault = variables['drill_kind'], _faults(variables), step.get('fault')
    if fault not in list(faults):
        return ['%s: fault is %r; allowed with drill_kind %s are %s.' % (where, fault, kind, ', '.join(faults))]
    problems = ['%s: fault %s needs %s.' % (where, fault, key)
                for key in _needed(fault, target, variables) if not step.get(key)]
    if fault == 'cable' and step.get('cable') not in CABLE:
        problems.append('%s: cable is %r; allowed are out (no carrier) and dead (the card sees a carrier, and nothing '
                        'passes).' % (where, step.get('cable')))
    problems += _value_problems(where, step)
    if fault == 'wan_cut' and step.get('between') not in BETWEEN:
        problems.append('%s: between is %r; allowed are sites (they do not hear each other) and all (the site hears nobody).'
                        % (where, step.get('between')))
    if fault == 'site_off' and not variables['is_lab']:
        problems.append('%s: fault is site_off, and these hosts are not a lab (lab_backend is not defined), whose hands press '
                        'the buttons.' % where)
    if kind == 'cluster':
        problems += _cluster_fault_problems(where, step, target, variables)
    if kind == 'farm' and fault in DRAINING:
        problems += _group_problems(where, step, variables)
        if _balanced_by(variables) == 'ipvs':
            problems += _weights_problems(where, step, target, variables)
    return problems


def _value_problems(where, step):
    problems = []
    if step.get('direction', 'both') not in list(DIRECTIONS):
        problems.append('%s: direction is %r; allowed are %s.' % (where, step['direction'], ', '.join(DIRECTIONS)))
    for key in [key for key in SECONDS if key in step]:
        if isinstance(step[key], bool) or not isinstance(step[key], (int, float)) or step[key] < 0:
            problems.append('%s: %s is %r; allowed is a number of seconds from 0 on.' % (where, key, step[key]))
    for key in [key for key in RANGES if key in step]:
        least, most = RANGES[key]
        if isinstance(step[key], bool) or not isinstance(step[key], int) or not least <= step[key] <= most:
            problems.append('%s: %s is %r; allowed is a whole number from %d to %d.' % (where, key, step[key], least, most))
    problems += _late_problems(where, step)
    if not isinstance(step.get('wait', True), bool):
        problems.append('%s: wait is %r; allowed is a boolean without quotes (true or false).' % (where, step['wait']))
    return problems


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _late_problems(where, step):
    problems, latency = [], step.get('latency_ms', 1)
    if not _is_number(latency) or latency <= 0:
        problems.append('%s: latency_ms is %r; allowed is a number of milliseconds above 0.' % (where, latency))
    elif not _is_number(step.get('jitter_ms', 0)) or not 0 <= step.get('jitter_ms', 0) <= latency:
        problems.append('%s: jitter_ms is %r; allowed is a number of milliseconds from 0 to latency_ms (%g).'
                        % (where, step['jitter_ms'], latency))
    if not _is_number(step.get('offset_s', 1)) or not step.get('offset_s', 1):
        problems.append('%s: offset_s is %r; allowed is a number of seconds other than 0, such as 3600 or -3600.'
                        % (where, step['offset_s']))
    return problems


def _cluster_fault_problems(where, step, target, variables):
    fault, problems = step['fault'], []
    if target == 'all' and fault not in OF_ALL:
        problems.append('%s: target is all and fault is %s; allowed for all nodes at once are %s.'
                        % (where, fault, ', '.join(OF_ALL)))
    if target != 'all' and fault in OF_ALL[1:]:
        problems.append('%s: fault is %s and target is %s; allowed is all, since the whole cluster is lost.'
                        % (where, fault, target))
    remotes = variables.get('remotes', [])
    if target == 'connection' and not remotes:
        problems.append('%s: target is connection, the node that is connected to the remote node that serves; allowed '
                        'with hosts in drill_remote_group.' % where)
    if fault == 'remote_key_rotation' and not remotes:
        problems.append('%s: fault is %s; allowed with hosts in drill_remote_group.' % (where, fault))
    if fault == 'wipe' and remotes:
        problems.append('%s: fault is %s, which is not made for remote nodes (%s); allowed is a cluster without.'
                        % (where, fault, _problems.listed(remotes)))
    if target == 'other' and len(variables['nodes']) < 3:
        problems.append('%s: target is other, neither the holder nor the DC; allowed with at least 3 nodes.' % where)
    if fault == 'shared_disk_out' and not variables['is_lab']:
        problems.append('%s: fault is %s, and these hosts are not a lab (lab_backend is not defined), whose hands pull '
                        'disks; allowed is a fault that needs none.' % (where, fault))
    if fault in BY_HAND and not variables['is_lab']:
        problems.append('%s: fault is %s, and these hosts are not a lab (lab_backend is not defined), whose hands press the '
                        'buttons; allowed is power_off.' % (where, fault))
    if fault == 'agent_break':
        if not AGENT.match(str(step.get('agent'))):
            problems.append('%s: agent is %r; allowed is an OCF agent such as ocf:heartbeat:IPaddr2.'
                            % (where, step.get('agent')))
        if 'rc' not in step and 'seconds' not in step:
            problems.append('%s: fault agent_break needs rc, seconds or both.' % where)
    if fault == 'disk_fill' and not _are_directories(step.get('directories')):
        problems.append('%s: directories is %r; allowed is a list of directories of the target.'
                        % (where, step.get('directories')))
    if fault == 'fence_cut':
        problems += _fence_cut_problems(where, step, variables)
    return problems


def _are_directories(value):
    return isinstance(value, list) and bool(value) and all(
        isinstance(directory, str) and directory.startswith('/') for directory in value)


def devices_cut(devices, node, level=None):
    """The fence devices of a node that a step cuts off: those of one level, or all of them."""
    return [device for device in devices
            if device['target'] == node and (level is None or device.get('level') == level)]


def _fence_cut_problems(where, step, variables):
    problems, level = [], step.get('level')
    of_level = '' if level is None else ' of level %s' % level
    for node in variables['nodes']:
        cut = devices_cut(variables['drill_fence_devices'], node, level)
        if not cut:
            problems.append('%s: drill_fence_devices has none%s for %s; the fault fence_cut needs one for each node.'
                            % (where, of_level, node))
        for device in cut:
            address = _problems.address(device.get('instance_attributes', {}).get('ip'))
            if address is None or address.version != 4:
                problems.append('%s: fence device %s has no IPv4 address as ip; the fault fence_cut needs one.'
                                % (where, device.get('id')))
    return problems


def _noticed_problems(where, drill, target, variables):
    """Only a server is taken out, and only a table is asked about it."""
    expect = drill.get('expect')
    if variables['drill_kind'] != 'farm' or not isinstance(expect, dict) or expect.get('failed_after_noticed') is None:
        return []
    said, problems = '%s: expect.failed_after_noticed is %r' % (where, expect['failed_after_noticed']), []
    if _balanced_by(variables) != 'ipvs':
        problems.append('%s and drill_balanced_by is %r; allowed there is failed_requests: haproxy sends a request '
                        'that failed to another server.' % (said, variables['drill_balanced_by']))
    if target in PARTS['farm'] or target in variables['balancers']:
        problems.append('%s and target is %r; allowed is a server, which balancers can take out.' % (said, target))
    return problems


def _drill_problems(where, drill, variables):
    nodes, kind, known = variables['nodes'], variables['drill_kind'], _known(variables)
    target = drill.get('target', default_target(kind, nodes))
    problems = _problems.unknown_keys(where, drill, known)
    if not isinstance(drill.get('name'), str) or not _problems.NAME.match(drill['name'].replace('_', '-')):
        problems.append('%s: name is %r; allowed are letters, digits, dashes, underscores and dots.'
                        % (where, drill.get('name')))
    problems += _fault_problems(where, drill, target, variables)
    steps, wrong = _problems.list_of_dicts('%s: during' % where, drill.get('during', []))
    problems += wrong
    for step in steps:
        problems += _problems.unknown_keys('%s: during' % where, step, known)
        problems += _fault_problems('%s: during' % where, step, step.get('target', target), variables)
        problems += _step_target_problems('%s: during' % where, step, variables)
    if not str(drill.get('url', 'http://')).startswith(('http://', 'dns://')):
        problems.append('%s: url is %r; allowed are http://address/path and dns://address/name.' % (where, drill['url']))
    if kind == 'geo':
        problems += _geo_target_problems(where, drill, target, variables)
    elif kind == 'cluster' and target in list(variables['groups'].get('all', [])) and target not in nodes:
        problems += _outside_problems(where, drill, target)
    elif target not in PARTS[kind] and target not in nodes:
        problems.append('%s: target is %r; allowed are %s.' % (where, target, _problems.listed([*PARTS[kind], *nodes])))
    problems += _noticed_problems(where, drill, target, variables)
    return problems + _expect_problems(where, drill.get('expect'), variables)


def _step_target_problems(where, step, variables):
    """A step hits what the drill hits, unless it says otherwise; only in a cluster is there a reason to."""
    if 'target' not in step:
        return []
    if variables['drill_kind'] != 'cluster':
        return ['%s: target is %r; allowed in a step with drill_kind cluster only.' % (where, step['target'])]
    allowed = [*PARTS['cluster'], *variables['nodes']]
    if step['target'] in allowed:
        return []
    return ['%s: target is %r; allowed are %s.' % (where, step['target'], _problems.listed(allowed))]


def _outside_problems(where, drill, target):
    """A host that no cluster fences and readmits."""
    fault = drill.get('fault')
    if fault not in list(OUTSIDE):
        return ['%s: fault is %r and target is %s, which is outside of drill_group; allowed there are %s.'
                % (where, fault, target, ', '.join(OUTSIDE))]
    return ['%s: fault %s needs %s on a host outside of drill_group; allowed is what starts it again.'
            % (where, fault, key) for key in OUTSIDE[fault] if not drill.get(key)]


def _geo_target_problems(where, drill, target, variables):
    """A site for what hits a site, a host outside of them for what hits a host."""
    sites = [*PARTS['geo'], *variables['drill_sites']]
    if drill.get('fault') in OF_SITES:
        return [] if target in sites else ['%s: target is %r; allowed are %s.' % (where, target, _problems.listed(sites))]
    outside = [host for host in variables['groups'].get('all', []) if host not in variables['nodes']]
    if target not in outside:
        return ['%s: target is %r; allowed with fault %s is a host of no site: %s.'
                % (where, target, drill.get('fault'), _problems.listed(outside))]
    return _outside_problems(where, drill, target)


def default_target(kind, nodes):
    """Whom a drill hits that names nobody."""
    return 'holder' if 'holder' in PARTS[kind] else (list(nodes) + [None])[0]


def _cluster_problems(variables):
    nodes, problems = variables['nodes'], []
    if len(nodes) < 2:
        problems.append('drill_group: it has %d hosts; a drill needs at least 2, one to break and one to see it.'
                        % len(nodes))
    for name in ('drill_url', 'drill_vip', 'drill_resource'):
        if not variables[name]:
            problems.append('%s is empty; allowed is what its comment in the role\'s defaults says.' % name)
    if not str(variables['drill_url']).startswith('http://'):
        problems.append('drill_url is %r; allowed is plain HTTP: http://address/path.' % variables['drill_url'])
    if variables['drill_readmission'] not in ('manual', 'auto'):
        problems.append('drill_readmission is %r; allowed are manual and auto.' % variables['drill_readmission'])
    return problems + _power_problems(variables)


def _power_problems(variables):
    powered = [device['target'] for device in variables['drill_fence_devices']]
    if any(drill.get('fault') == 'power_off' for drill in _problems.list_of_dicts('', variables['drill_list'])[0]):
        return ['drill_fence_devices: none is for %s; the fault power_off needs one for each node.' % node
                for node in variables['nodes'] if node not in powered]
    return []


def _farm_problems(variables):
    balancers, nodes = variables['balancers'], variables['nodes']
    problems = ['drill_balancer_group: %s is not in drill_group; allowed are hosts of it.' % host
                for host in balancers if host not in nodes]
    if len(balancers) < 2:
        problems.append('drill_balancer_group: it has %d hosts; a drill needs at least 2, one to break and one to take '
                        'over.' % len(balancers))
    if variables['drill_cluster_group'] and not _cluster(variables):
        problems.append('drill_cluster_group is %r; allowed is a group of the inventory that has hosts, or nothing: %s.'
                        % (variables['drill_cluster_group'],
                           _problems.listed(group for group in variables['groups'] if variables['groups'][group])))
    problems += ['drill_cluster_group: %s is not in drill_balancer_group; allowed are hosts of it.' % host
                 for host in _cluster(variables) if host not in balancers]
    for name in ('drill_url', 'drill_vip'):
        if not variables[name]:
            problems.append('%s is empty; allowed is what its comment in the role\'s defaults says.' % name)
    if not str(variables['drill_url']).startswith('http://'):
        problems.append('drill_url is %r; allowed is plain HTTP: http://address/path.' % variables['drill_url'])
    if variables['drill_balanced_by'] not in list(DRAINED_WITH):
        problems.append('drill_balanced_by is %r; allowed are haproxy and ipvs.' % (variables['drill_balanced_by'],))
    for name in ('drill_timeout_s', 'drill_load_clients', 'drill_load_per_client_per_s'):
        value = variables[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            problems.append('%s is %r; allowed is a whole number from 1 on.' % (name, value))
    return problems + _connection_problems(variables) + _power_problems(variables)


def _connection_problems(variables):
    wanted = variables['drill_connections']
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 0:
        return ['drill_connections is %r; allowed is a whole number from 0 (none) on.' % (wanted,)]
    if wanted:
        return []
    return ['drill_list[%d] (%s): expect.%s is %r and drill_connections is 0, so nobody would know; allowed is a '
            'drill_connections from 1 on.' % (position, drill.get('name', 'no name'), key, drill['expect'][key])
            for position, drill in enumerate(_problems.list_of_dicts('', variables['drill_list'])[0])
            if isinstance(drill.get('expect'), dict)
            for key in OF_CONNECTIONS if drill['expect'].get(key) is not None]


def _geo_problems(variables):
    problems, sites = [], variables['drill_sites']
    if not isinstance(sites, list) or len(sites) < 2:
        problems.append('drill_sites is %r; allowed is a list of at least 2 groups of the inventory, each a site.' % (sites,))
        return problems
    problems += ['drill_sites: %r has no hosts; allowed are groups of the inventory: %s.'
                 % (site, _problems.listed(group for group in variables['groups'] if variables['groups'][group]))
                 for site in sites if not isinstance(site, str) or not variables['groups'].get(site)]
    for name in ('drill_url', 'drill_vip', 'drill_ticket'):
        if not variables[name]:
            problems.append('%s is empty; allowed is what its comment in the role\'s defaults says.' % name)
    if not str(variables['drill_url']).startswith('http://'):
        problems.append('drill_url is %r; allowed is plain HTTP: http://address/path.' % variables['drill_url'])
    return problems


def _node_problems(variables):
    problems = []
    if not variables['is_lab']:
        problems.append('drill_kind is node, and these hosts are not a lab (lab_backend is not defined); allowed is a lab, '
                        'whose hands pull cables and disks, and press the buttons.')
    directories = variables['drill_write_directories']
    if not isinstance(directories, list) or not directories or not all(
            isinstance(directory, str) and directory.startswith('/') for directory in directories):
        problems.append('drill_write_directories is %r; allowed is a list of directories on the node, each on a file '
                        'system of its own.' % (directories,))
    port = variables['drill_write_port']
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        problems.append('drill_write_port is %r; allowed is a whole number from 1 to 65535.' % port)
    return problems


def drill_problems(variables):
    """Sentences about the variables of the role drill; no sentence, no problem.

    Beside the role's variables there are 'nodes' and 'balancers', the names of the hosts in drill_group and in
    drill_balancer_group, 'balancer_variables', those of the first of these, 'groups' of the inventory, 'is_lab', and
    'containers', the names of the hosts in drill_group that are containers of a lab.
    """
    kind = variables['drill_kind']
    if kind not in list(FAULTS):
        return ['drill_kind is %r; allowed are %s.' % (kind, ', '.join(FAULTS))]
    problems = {'cluster': _cluster_problems, 'farm': _farm_problems, 'geo': _geo_problems,
                'node': _node_problems}[kind](variables)
    if not variables['is_lab'] and variables['drill_accept_outage_on_real_hosts'] is not True:
        problems.append(
            'These hosts are not a lab (lab_backend is not defined), and a drill switches off, kills or cuts off hosts '
            'that serve. drill_accept_outage_on_real_hosts is %r; set it to true if that is what you want.'
            % variables['drill_accept_outage_on_real_hosts'])
    drills, wrong = _problems.list_of_dicts('drill_list', variables['drill_list'])
    problems += wrong
    for position, drill in enumerate(drills):
        problems += _drill_problems('drill_list[%d] (%s)' % (position, drill.get('name', 'no name')), drill, variables)
    if variables['containers']:
        problems += ['drill_only: %r is for nodes with a kernel and a clock of their own, and %s %s (lab_backend); allowed '
                     'with lab_backend vm, and on real hosts.'
                     % (drill['name'], _problems.listed(variables['containers']),
                        'is a container' if len(variables['containers']) == 1 else 'are containers')
                     for drill in drills if drill.get('name') in wanted_names(variables['drill_only'])
                     and needs_own_kernel(drill)]
    names = [drill.get('name') for drill in drills]
    problems += ['drill_list: %r is there more than once; a name may be given once.' % name
                 for name in _problems.repeated(names)]
    return problems + ['drill_only: there is no drill %r; there are %s.' % (name, _problems.listed(names))
                       for name in wanted_names(variables['drill_only']) if name not in names]


def wanted_names(only):
    """drill_only as a list: it may be one name, several with commas between (from a command line), or a list."""
    if isinstance(only, str):
        return [name.strip() for name in only.split(',') if name.strip()]
    return list(only or [])


def needs_own_kernel(drill):
    """Whether a drill is none for containers, which share the kernel and the clock of their machine."""
    steps = _problems.list_of_dicts('', drill.get('during', []))[0]
    return any(step.get('fault') in OWN_KERNEL for step in [drill, *steps])


def _wanted(drills, only, with_long):
    names = wanted_names(only)
    return [drill for drill in drills
            if (drill['name'] in names if names else with_long or not drill.get('long', False))]


def drill_left_out(drills, only=(), with_long=True, containers=()):
    """The names of those that would be run if the nodes were no containers."""
    return [drill['name'] for drill in _wanted(drills, only, with_long) if containers and needs_own_kernel(drill)]


def drill_selected(drills, only=(), first_only=False, kind='cluster', nodes=(), with_long=True, containers=()):
    """The drills to run, in the order of the inventory, complete."""
    left_out = drill_left_out(drills, only, with_long, containers)
    chosen = [drill for drill in _wanted(drills, only, with_long) if drill['name'] not in left_out]
    unsaid = {'target': default_target(kind, nodes), 'process': '', 'signal': 'KILL', 'watch_s': 0, 'during': []}
    return [
        dict(unsaid, **dict(drill, title=drill.get('title', drill['name']), expect=dict(EXPECT[kind], **drill['expect'])))
        for drill in (chosen[:1] if first_only else chosen)
    ]


def drill_target(drill, pacemaker, resource):
    """The node a drill hits, by its part in the cluster as it is now, or all."""
    holder = holder_of(pacemaker, resource)
    if drill['target'] == 'holder':
        if holder is None:
            raise ValueError('drill %s: nobody holds the resource %s (drill_resource). The cluster has the resources %s.'
                             % (drill['name'], resource, _problems.listed(pacemaker.get('resources', {}))))
        return holder
    dc = pacemaker['cluster']['dc']
    if drill['target'] == 'dc':
        return dc
    if drill['target'] == 'connection':
        return _connection_of(drill, pacemaker, holder)
    if drill['target'] == 'not_holder':
        return _first_but(pacemaker, holder)
    if drill['target'] == 'not_dc':
        # The holder has most to lose.
        return _first_but(pacemaker, dc) if holder in (dc, None) else holder
    if drill['target'] == 'other':
        return _first_but(pacemaker, holder, dc)
    return drill['target']


def _connection_of(drill, pacemaker, holder):
    """The node that is connected to the remote node that serves."""
    node = pacemaker['nodes'].get(holder, {}).get('connected_from')
    if node is None:
        raise ValueError('drill %s: %s serves, and is no remote node that somebody is connected to.'
                         % (drill['name'], holder))
    return node


def _first_but(pacemaker, *nodes):
    return next(name for name in sorted(pacemaker['nodes'])
                if name not in nodes and pacemaker['nodes'][name].get('kind', 'member') == 'member')


def drill_hit(drill, pacemaker, resource):
    """Every node to which a drill does something, the target first."""
    targets = [drill_target(dict(drill, **step), pacemaker, resource) for step in [{}, *drill['during']]]
    return sorted(pacemaker['nodes']) if 'all' in targets else list(dict.fromkeys(targets))


def holder_of(pacemaker, resource):
    """The node a resource runs on, or None."""
    nodes = pacemaker.get('resources', {}).get(resource, {}).get('nodes') or [None]
    return nodes[0]
