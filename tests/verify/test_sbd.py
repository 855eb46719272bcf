# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role sbd: every node has one that runs with its watchdog, and the cluster counts on what it can do."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import topology

NODES = [node for node in topology.members("cluster") if "sbd_environment" in topology.variables(node)]
# Given by hand, this is text.
DISK = any(str(topology.variables(node).get("failover_sbd_disk", False)).lower() == "true" for node in NODES)
each_node = pytest.mark.parametrize("node", NODES)


def settings(text):
    return dict(re.findall(r'^(SBD_\w+)="?([^"\n]*)"?$', text, re.MULTILINE))


@each_node
def test_runs_with_corosync_and_after_a_boot(node):
    topology.check_units(topology.host(node), running=["sbd"], enabled=["sbd"])


@each_node
def test_goes_by_its_settings(node):
    said = topology.host(node).check_output("cat /etc/default/sbd; echo ---; cat /run/sbd-heeded").split("---\n")
    assert settings(said[0]) and settings(said[0]) == settings(said[1])


@each_node
def test_feeds_the_watchdog_that_it_was_given(node):
    host = topology.host(node)
    found = host.check_output("cat /sys/class/watchdog/watchdog0/state /sys/class/watchdog/watchdog0/timeout").split()
    wanted = settings(host.check_output("cat /etc/default/sbd"))["SBD_WATCHDOG_TIMEOUT"]
    assert found == ["active", wanted]
    # By sbd and nobody else.
    assert host.check_output("for f in /proc/[0-9]*/fd/*; do case $(readlink $f) in /dev/watchdog*) "
                             "cat ${f%%/fd/*}/comm;; esac; done | sort -u") == "sbd"


@each_node
def test_the_disk_has_a_slot_for_every_node(node):
    if not DISK:
        return
    rows = [line.split("\t") for line in topology.host(node).check_output("sbd -d /dev/sbd1 list").splitlines()]
    assert sorted(row[1] for row in rows) == sorted(NODES)
    assert {row[2] for row in rows} == {"clear"}


if NODES:

    def test_all_nodes_share_the_disk():
        if not DISK:
            return
        dumps = {topology.host(node).check_output("sbd -d /dev/sbd1 dump | grep -v '^=='") for node in NODES}
        assert len(dumps) == 1
        found = {name: int(value) for name, value in re.findall(r"Timeout \((\w+)\)\s*: (\d+)", dumps.pop())}
        assert found["msgwait"] >= 2 * found["watchdog"] > 0

    def test_the_cluster_counts_on_it(first):
        found = ElementTree.fromstring(first.check_output("cibadmin --query --scope=crm_config"))
        options = {pair.get("name"): pair.get("value") for pair in found.iter("nvpair")}
        assert options["have-watchdog"] == "true" and options.get("stonith-enabled", "true") == "true"
        timeout = int(settings(first.check_output("cat /etc/default/sbd"))["SBD_WATCHDOG_TIMEOUT"])
        wanted = "0" if DISK else "%ds" % (2 * timeout)
        assert options["stonith-watchdog-timeout"] == wanted

if not DISK:

    # With a disk each has a device, and tests/verify/test_fencing.py asks the others for it. Without, only it itself has
    # the means: whoever leads the fencing asks it, or waits.
    @each_node
    def test_it_can_fence_itself(node):
        assert "watchdog" in topology.host(node).check_output("stonith_admin --list %s", node)
