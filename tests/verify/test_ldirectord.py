# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role ldirectord: it runs, its file passes the role's test, and the kernel has every server of the variables."""

from __future__ import annotations

import ipaddress

import pytest
import topology

HOSTS = [node for node in topology.nodes() if topology.rendered()[node].get("ldirectord_virtual")]
each_host = pytest.mark.parametrize("node", HOSTS)


def is_pacemakers(node):
    return topology.variables(node).get("ldirectord_managed_by", "systemd") == "pacemaker"


def wanted_instances(node):
    """On how many hosts Pacemaker is to run it: a clone is on all."""
    variables = topology.variables(node)
    agents = {resource["id"]: resource.get("agent") for resource in variables["pacemaker_resources"]}
    cloned = {agents.get(clone["member"]) for clone in variables.get("pacemaker_clones", [])}
    return len(HOSTS) if "ocf:heartbeat:ldirectord" in cloned else 1


def running():
    """The hosts whose ldirectord runs. The status that Pacemaker asks for is none, nor is the shell that asks here."""
    command = "pgrep --full '[/]usr/sbin/ldirectord( .*)? start$'"
    return [node for node in HOSTS if topology.host(node).run(command).rc == 0]


@each_host
def test_the_boot_starts_it_unless_the_cluster_does(node):
    assert topology.host(node).service("ldirectord").is_enabled != is_pacemakers(node)


@each_host
def test_it_runs(node):
    if is_pacemakers(node):
        assert len(running()) == wanted_instances(node)
        # Nobody runs a second one beside it.
        assert not topology.host(node).service("ldirectord").is_running
    else:
        topology.check_units(topology.host(node), running=["ldirectord"])


@each_host
def test_its_file_is_roots_alone_and_passes_the_test(node):
    path = "/etc/ha.d/ldirectord.cf"
    assert topology.host(node).check_output("stat --format='%U %G %a' " + path) == "root root 600"
    topology.host(node).check_output("/usr/local/sbin/ldirectord-test " + path)


def addresses(text):
    """One, or those of a range; IPv6 in brackets."""
    ends = [ipaddress.ip_address(end) for end in text.split("->")]
    found = [ends[0] + step for step in range(int(ends[-1]) - int(ends[0]) + 1)]
    return ["[%s]" % address if address.version == 6 else str(address) for address in found]


def wanted(node):
    """Pairs of a virtual service and a real server as ipvsadm names them, but for those that have been drained."""
    for virtual in topology.rendered()[node]["ldirectord_virtual"]:
        if virtual.get("checktype") in (False, "off"):
            continue
        service = str(virtual["virtual"])
        # A mark has no port, and the kernel says 0.
        port = "0" if service.isdigit() else service.rpartition(":")[2]
        for real in virtual["real"]:
            for address in addresses(real["address"]):
                if real.get("weight", 1):
                    yield service, "%s:%s" % (address, real.get("port", port))


@each_host
def test_the_kernel_has_every_server_where_it_runs(node):
    if is_pacemakers(node) and node not in running():
        # test_it_runs counts the others.
        return
    lines = topology.host(node).check_output("ipvsadm-save -n").splitlines()
    servers = [line.split() for line in lines if line.startswith("-a ")]
    found = {(words[2], words[words.index("-r") + 1]): int(words[words.index("-w") + 1]) for words in servers}
    missing = [pair for pair in wanted(node) if not found.get(pair)]
    assert not missing, "\n".join(lines)


@each_host
def test_the_kernel_forwards_where_servers_answer_through_it(node):
    reals = [real for virtual in topology.rendered()[node]["ldirectord_virtual"] for real in virtual["real"]]
    if any(real["forwarding"] == "masq" and ":" not in real["address"] for real in reals):
        assert topology.host(node).check_output("cat /proc/sys/net/ipv4/ip_forward") == "1"
