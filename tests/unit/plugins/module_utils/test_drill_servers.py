# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.halab.cluster.plugins.module_utils._drill_servers import (
    drill_servers,
    drill_taken_out,
    drill_weighed,
)

NAMES = {'198.18.0.41': 'web1', '198.18.0.42': 'web2', '2001:db8::43': 'web3'}


def server(address, weight=1):
    return {'address': address, 'port': 80, 'forwarding': 'gate', 'weight': weight, 'active': 3}


def service(*servers, **more):
    return dict({'tcp': None, 'udp': None, 'sctp': None, 'fwmark': None, 'real_servers': list(servers)}, **more)


def test_haproxy_says_it_itself():
    found = drill_servers({'servers': [
        {'backend': 'web', 'server': 'web1', 'state': 'drain', 'status': 'DRAIN', 'up': True, 'weight': 1,
         'agent': 'none', 'scur': 4}]}, NAMES)
    assert found == {'web/web1': {'state': 'drain', 'status': 'DRAIN', 'up': True, 'weight': 1, 'agent': 'none'}}


def test_ipvs_has_weights():
    found = drill_servers({'services': [
        service(server('198.18.0.41', 3), server('198.18.0.42', 0), server('2001:db8::43'), tcp='198.18.0.200:80'),
        service(server('198.18.0.41'), server('198.18.0.99'), udp='[2001:db8::200]:53'),
        service(server('198.18.0.41'), server('198.18.0.42'), server('2001:db8::43'), fwmark=7)]}, NAMES)
    assert found['tcp:80/web1'] == {'state': 'ready', 'status': 'gate with weight 3', 'up': True, 'weight': 3}
    assert found['tcp:80/web2'] == {'state': 'drain', 'status': 'gate with weight 0', 'up': False, 'weight': 0}
    assert found['tcp:80/web3']['up'] and found['fwmark:7/web2']['up']
    # Foreign ones are there, too, and those that a checker took out are missed.
    assert found['udp:53/198.18.0.99']['up']
    assert found['udp:53/web2'] == {'state': 'missing', 'status': 'missing', 'up': False, 'weight': 0}


@pytest.mark.parametrize('turn', [1, -1])
def test_of_two_addresses_with_one_port_the_worse_counts(turn):
    services = [service(server('198.18.0.41', 3), server('198.18.0.42', 1), tcp='198.18.0.200:80'),
                service(server('198.18.0.41', 0), tcp='198.18.0.201:80')]
    found = drill_servers({'services': services[::turn]}, NAMES)
    assert (found['tcp:80/web1']['state'], found['tcp:80/web2']['state']) == ('drain', 'missing')


def test_an_empty_table_is_not_well():
    assert [each['up'] for each in drill_servers({'services': []}, NAMES).values()] == [False]


@pytest.mark.parametrize('weights, expected', [
    ({'web1': 3}, True),
    ({'web1': '3', 'web2': 0}, True),
    ({'web1': 1}, False),
    # One service has it so, the other one not, or not at all.
    ({'2001:db8::99': 1}, False),
    ({'web3': 1}, False),
    ({'web4': 1}, False),
])
def test_weights_are_those_of_every_service(weights, expected):
    found = {'services': [
        service(server('198.18.0.41', 3), server('198.18.0.42', 0), server('2001:db8::43'), tcp='198.18.0.200:80'),
        service(server('198.18.0.41', 3), server('198.18.0.42', 0), udp='[2001:db8::200]:53')]}
    assert drill_weighed(found, NAMES, weights) is expected


def test_a_server_that_was_taken_out_is_not_drained():
    """It has no connections any more, and nobody meant that."""
    found = {'services': [service(server('198.18.0.41'), tcp='198.18.0.200:80')]}
    assert not drill_weighed(found, NAMES, {'web2': 0})


def test_nothing_is_weighed_in_an_empty_table():
    assert not drill_weighed({'services': []}, NAMES, {'web1': 0})


@pytest.mark.parametrize('server_name, url, expected', [
    ('web1', 'http://198.18.0.200/', False),
    # Taken out of one service, and not of the other.
    ('web1', 'dns://198.18.0.200/www.farm.example', True),
    ('web2', 'http://198.18.0.200/', True),
    ('web2', 'dns://198.18.0.200:53/www.farm.example', False),
    # Nobody would know.
    ('web2', 'http://198.18.0.200:8080/', False),
    ('web9', 'http://198.18.0.200/', False),
])
def test_taken_out_of_the_service_that_is_asked(server_name, url, expected):
    found = {'services': [
        service(server('198.18.0.41'), server('198.18.0.42', 0), tcp='198.18.0.200:80'),
        service(server('198.18.0.42'), udp='198.18.0.200:53')]}
    assert drill_taken_out(found, NAMES, server_name, url) is expected


def test_nobody_is_taken_out_of_an_empty_table():
    assert drill_taken_out({'services': []}, NAMES, 'web1', 'http://198.18.0.200/') is False
