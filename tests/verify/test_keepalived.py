# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role keepalived: it runs, its file passes its own test, and each address is on one host."""

from __future__ import annotations

import pytest
import topology

HOSTS = [node for node in topology.nodes() if topology.variables(node).get("keepalived_instances")]
each_host = pytest.mark.parametrize("node", HOSTS)
# Those that ask before they take an address.
ASKING = [node for node in HOSTS if topology.variables(node).get("keepalived_second_opinion", True)]


def addresses():
    """Those of all instances, without their networks and words."""
    found = set()
    for node in HOSTS:
        for instance in topology.rendered()[node]["keepalived_instances"]:
            for item in instance.get("virtual_ipaddress", []) + instance.get("virtual_ipaddress_excluded", []):
                text = item["address"] if isinstance(item, dict) else item
                found.add(text.split()[0].split("/")[0])
    return sorted(found)


@each_host
def test_it_runs(node):
    topology.check_units(topology.host(node), running=["keepalived"], enabled=["keepalived"])


@pytest.mark.parametrize("node", ASKING)
def test_its_second_opinion_runs_and_sees_no_other_holder(node):
    topology.check_units(
        topology.host(node), running=["keepalived-second-opinion"], enabled=["keepalived-second-opinion"])
    for instance in topology.variables(node)["keepalived_instances"]:
        assert topology.host(node).check_output("cat /run/keepalived-second-opinion." + instance["name"]) == "0"


@each_host
def test_its_file_is_roots_alone(node):
    found = topology.host(node).check_output("stat --format='%U %G %a' /etc/keepalived/keepalived.conf")
    assert found == "root root 600"


@each_host
def test_its_scripts_are_roots(node):
    for script in topology.variables(node).get("keepalived_scripts", []):
        found = topology.host(node).check_output("stat --format='%U %G %a' /etc/keepalived/" + script["name"])
        assert found == "root root 755"


@pytest.mark.parametrize("address", addresses())
def test_one_host_has_the_address(address):
    holders = [
        node
        for node in HOSTS
        if address in topology.host(node).check_output("ip -brief address show").replace("/", " ").split()
    ]
    assert len(holders) == 1
