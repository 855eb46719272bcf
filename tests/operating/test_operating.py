# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of docs/operating.md on a live cluster, seen from outside. In the end all is as it was, but for who serves.

By hand, on a lab of topology failover: pytest -v tests/operating
"""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET

import pytest
import topology

pytestmark = pytest.mark.skipif("pacemaker" not in topology.roles(), reason="this topology has no Pacemaker")
SETTLE_S = 60


def asked(command):
    return topology.host(topology.nodes()[0]).check_output(command)


def crm_mon():
    return ET.fromstring(asked("crm_mon --output-as=xml"))


def holder():
    return next(item for item in crm_mon().iter("resource") if item.get("id") == "vip").find("node").get("name")


def left_by_verbs():
    constraints = ET.fromstring(asked("cibadmin --query --scope constraints"))
    return sorted(item.get("id") for item in constraints if item.get("id").startswith("cli-"))


def banned_from():
    """Where Pacemaker itself sees the service banned from now: what is over is not among it."""
    return [item.get("node") for item in crm_mon().iter("ban") if item.get("resource") == "web"]


def run(playbook, *arguments, fails=False, **variables):
    """(what the last task says, whether anything was changed)"""
    extra = [word for name, value in variables.items() for word in ("-e", "%s=%s" % (name, value))]
    report = topology.ansible_json(topology.playbook_command(playbook, *extra, *arguments), fails=fails)
    results = [result for play in report["plays"] for task in play["tasks"] for result in task["hosts"].values()]
    if fails:
        return next(result["msg"] for result in results if result.get("failed")), None
    return str(results[-1].get("msg")), any(result.get("changed") for result in results)


def another(node):
    return next(name for name in topology.nodes() if name != node)


def nginx_runs(node):
    return topology.host(node).run("pgrep --exact nginx").rc == 0


def test_a_move_in_check_mode_moves_nothing():
    before, version = holder(), asked("cibadmin --query --scope configuration | sha256sum")
    said, changed = run("move.yml", "--check", move_resource="web", move_to=another(before))
    assert changed and "Move vip from %s to %s" % (before, another(before)) in said
    assert holder() == before and asked("cibadmin --query --scope configuration | sha256sum") == version


def test_a_move_leaves_nothing_and_is_done_once():
    target = another(holder())
    said, changed = run("move.yml", move_resource="web", move_to=target)
    assert changed and "web runs on %s." % target in said
    assert holder() == target and left_by_verbs() == []
    assert run("move.yml", move_resource="web", move_to=target)[1] is False


def test_a_member_is_not_moved():
    said, dummy = run("move.yml", fails=True, move_resource="nginx", move_to=another(holder()))
    assert "nginx is a member of the group web" in said and left_by_verbs() == []


def test_a_ban_ends_by_itself_and_is_lifted():
    banned = holder()
    said, dummy = run("ban.yml", ban_resource="web", ban_node=banned, ban_for="PT40S")
    ends = time.monotonic() + 40
    assert "It is banned from %s until " % banned in said
    assert holder() != banned and banned_from() == [banned]
    time.sleep(max(0.0, ends - time.monotonic()) + 2)
    assert banned_from() == [] and left_by_verbs() == ["cli-ban-web-on-%s" % banned], "it stays, without effect"
    run("move.yml", move_resource="web", move_to=banned)
    assert holder() == banned and left_by_verbs() == [], "a move to the node takes the ban away"
    run("ban.yml", ban_resource="web", ban_node=banned, ban_for="PT1H")
    run("ban.yml", ban_resource="web", ban_node=banned, ban_lifted="true")
    assert left_by_verbs() == []


def test_in_maintenance_what_dies_stays_dead_and_after_it_does_not():
    serving = holder()
    said, dummy = run("maintenance.yml", maintenance="true")
    assert "The cluster is in maintenance." in said
    topology.host(serving).check_output("pkill -KILL --exact nginx")
    time.sleep(12)  # several of its monitors
    assert not nginx_runs(serving) and holder() == serving
    said, dummy = run("maintenance.yml", maintenance="false")
    assert "The cluster is not in maintenance." in said
    deadline = time.monotonic() + SETTLE_S
    while not nginx_runs(holder()):
        assert time.monotonic() < deadline, "nginx was not started again"
        time.sleep(1)


def test_failures_are_forgotten():
    """Those that the test before has left, if Pacemaker counts them as such."""
    run("cleanup.yml")
    assert crm_mon().findall("failures/failure") == []
    assert run("cleanup.yml")[1] is False


def test_a_converge_keeps_a_ban_and_maintenance_and_says_so():
    off = another(holder())
    run("ban.yml", ban_resource="web", ban_node=off)
    run("maintenance.yml", maintenance="true", maintenance_resource="nginx")
    try:
        report = topology.ansible_json(topology.playbook_command("site.yml"))
        assert [stats["changed"] for stats in report["stats"].values()].count(0) == len(report["stats"])
        warned = [text for play in report["plays"] for task in play["tasks"] for result in task["hosts"].values()
                  for text in result.get("warnings", []) if "Set in operation, and kept" in text]
        assert any("nginx is in maintenance" in text and "cli-ban-web-on-%s" % off in text for text in warned), warned
        assert left_by_verbs() == ["cli-ban-web-on-%s" % off]
    finally:
        run("maintenance.yml", maintenance="false", maintenance_resource="nginx")
        run("ban.yml", ban_resource="web", ban_node=off, ban_lifted="true")
    assert left_by_verbs() == []
