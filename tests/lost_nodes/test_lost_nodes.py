# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that cannot be reached stops a run before it changes anything; a cluster that lost all nodes comes back by itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from xml.etree import ElementTree

import pytest
import topology

pytestmark = pytest.mark.skipif(topology.SHORT, reason="seen on another release")

SERVICE = "http://198.18.0.100/"
CIB_VERSION = "cibadmin --query | grep -oE ' (admin_epoch|epoch)=\"[0-9]+\"' | sort | head -2"
# Somewhere in the middle of a disk, on no boundary. conv=fsync: what a disk has confirmed, it has to keep.
WRITE = "printf %%s %s | dd of=/dev/%s bs=1 seek=12345678 conv=notrunc,fsync status=none"
READ = "dd if=/dev/%s bs=1 skip=12345678 count=64 status=none"
# The dead man's switch first: the rule must go even if nobody is left to remove it. AccuracySec, since a timer may be a minute
# late otherwise (systemd.timer(5)).
UNREACHABLE = """
systemd-run --quiet --timer-property=AccuracySec=100ms --on-active=40 nft delete table inet halab_test
systemd-run --quiet --timer-property=AccuracySec=100ms --on-active=1 nft \
    'table inet halab_test { chain input { type filter hook input priority 0; tcp dport 22 drop; }; }'
"""


def reachable(node):
    try:
        return topology.host(node).run("true").rc == 0
    except RuntimeError:  # testinfra's word for an SSH connection that failed
        return False


def lets_in(node):
    """Whether a new connection to SSH is taken. One that was open before tells nothing of it."""
    try:
        with socket.create_connection((topology.variables(node)["ansible_host"], 22), timeout=1):
            return True
    except OSError:
        return False


def crm_mon(node):
    done = topology.host(node).run("crm_mon --one-shot --output-as=xml")
    return ElementTree.fromstring(done.stdout) if done.rc == 0 else None


def answers():
    """The node that serves a client now, or nothing."""
    try:
        with urllib.request.urlopen(SERVICE, timeout=1) as answer:
            return answer.headers["X-Served-By"]
    except OSError:
        return None


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not within %d s: %s" % (seconds, what)
        time.sleep(1)


def test_a_node_that_is_down_leaves_the_others_alone():
    *others, lost = topology.members("cluster")
    before = {node: topology.host(node).check_output(CIB_VERSION) for node in others}
    topology.host(lost).check_output(UNREACHABLE)
    wait_until(lambda: not lets_in(lost), 10, "%s cannot be reached" % lost)
    done = subprocess.run(
        topology.playbook_command("site.yml", "-e", '{"webserver_page": "must not be written"}'),
        env=topology.environment(ANSIBLE_TIMEOUT="5"), capture_output=True, text=True, check=False, timeout=120,
    )
    assert done.returncode != 0
    told = " ".join(done.stdout.split())
    assert "Nothing was changed: %s is down" % lost in told, done.stdout
    assert "--limit" in told
    assert {node: topology.host(node).check_output(CIB_VERSION) for node in others} == before
    for node in others:
        assert "must not be written" not in topology.host(node).check_output("cat /etc/nginx/sites-available/default")
    wait_until(lambda: reachable(lost), 60, "%s can be reached again" % lost)


def test_cold_start_of_the_whole_cluster():
    lab = topology.SSH_CONFIG.parent
    button = [sys.executable, str(lab / "bmc.py"), str(lab / "lab.json")]
    written = {(node, disk["name"]): os.urandom(32).hex() for node, disk in topology.hardware("lab_disks")}
    for (node, disk), text in written.items():
        topology.host(node).check_output(WRITE, text, disk)
    subprocess.run([*button, "off"], check=True, timeout=60)
    assert answers() is None
    subprocess.run([*button, "on"], check=True, timeout=60)
    first = topology.nodes()[0]

    def all_in_service():
        state = crm_mon(first)
        return state is not None and all(
            node.get("online") == "true" and node.get("standby") == "false" for node in state.findall("nodes/node"))

    wait_until(lambda: reachable(first), 60, "%s can be reached" % first)
    wait_until(all_in_service, 120, "all nodes take part, none in standby")
    wait_until(answers, 60, "the service answers a client")
    assert {node.get("name") for node in crm_mon(first).findall("nodes/node")} == set(
        topology.members("cluster") + topology.members("remote_nodes"))
    for (node, disk), text in written.items():
        assert topology.host(node).check_output(READ, disk) == text, "%s of %s lost what was written" % (disk, node)
