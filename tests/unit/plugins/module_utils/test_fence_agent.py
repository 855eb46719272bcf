# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.halab.cluster.plugins.module_utils import _fence_agent as agent


def device(**more):
    return dict({'id': 'fence-node1', 'agent': 'fence_ipmilan', 'target': 'node1',
                 'instance_attributes': {'ip': '198.18.0.211', 'lanplus': 1}, 'secret_attributes': {'password': 'x'}},
                **more)


@pytest.mark.parametrize('given, expected', [
    ({}, 'action=status\nip=198.18.0.211\nlanplus=1\npassword=x\n'),
    # What speaks to the cluster's fencer is not for the agent.
    ({'instance_attributes': {'ip': 'a', 'pcmk_delay_base': '5s', 'action': 'reboot'}, 'secret_attributes': {}},
     'action=status\nip=a\n'),
    # A device that switches several nodes is told which one, in its own words if there are any.
    ({'agent': 'stonith:fence_apc', 'instance_attributes': {'ip': 'a'}, 'secret_attributes': {}},
     'action=status\nip=a\nplug=node1\n'),
    ({'agent': 'fence_apc', 'instance_attributes': {'pcmk_host_map': 'node2:4;node1:3'}, 'secret_attributes': {}},
     'action=status\nplug=3\n'),
    ({'agent': 'fence_apc', 'instance_attributes': {'port': 7}, 'secret_attributes': {}}, 'action=status\nport=7\n'),
    ({'agent': 'fence_apc', 'instance_attributes': {'pcmk_host_argument': 'none'}, 'secret_attributes': {}},
     'action=status\n'),
])
def test_agent_input(given, expected):
    assert agent.agent_input(device(**given), 'status') == expected


def test_a_value_of_two_lines_is_refused_without_showing_it():
    with pytest.raises(ValueError) as error:
        agent.agent_input(device(secret_attributes={'password': 'secret\naction=off'}), 'status')
    assert 'fence-node1' in str(error.value) and 'password' in str(error.value)
    assert 'secret' not in str(error.value)


def test_errors_of_an_agent_are_said_once():
    stderr = (
        "/usr/sbin/fence_ipmilan:5: DeprecationWarning: 'pipes' is deprecated\n"
        "ERROR:root:Connection timed out\n\n\n"
        "2026-11-22 09:48:39,250 ERROR: Connection timed out\n"
    )
    assert agent.agent_error(stderr) == 'Connection timed out'
    assert agent.agent_error('sh: something else\n') == 'sh: something else'


def test_refusals_name_device_node_agent_and_what_to_do():
    text = agent.failed_agent(device(), 'node2', 'status', 1, 'ERROR:root:Connection timed out')
    for part in ('fence-node1', 'node1', 'node2', 'fence_ipmilan', 'rc 1', 'Connection timed out', 'Check'):
        assert part in text
    assert 'fence-agents-ipmilan' in agent.missing_agent(device(), 'node2')


@pytest.mark.parametrize('rc, expected', [(0, 'unknown'), (1, None)])
def test_fence_kdump_has_no_status(rc, expected):
    """As fence_kdump 4.12 and 4.16 answer: monitor ends with 0 where /proc/cmdline has crashkernel=, status always with 1."""
    kdump = device(agent='stonith:fence_kdump', instance_attributes={'timeout': 30}, secret_attributes={})
    assert agent.question(kdump) == 'monitor' and agent.power(kdump, rc) == expected
    assert agent.agent_input(kdump, agent.question(kdump)) == 'action=monitor\ntimeout=30\n'
    assert 'crashkernel= in /proc/cmdline' in agent.failed_agent(kdump, 'node2', 'monitor', 1, '')


@pytest.mark.parametrize('rc, expected', [(0, 'on'), (2, 'off'), (1, None)])
def test_others_have_one(rc, expected):
    assert agent.question(device()) == 'status' and agent.power(device(), rc) == expected
