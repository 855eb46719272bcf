# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode changes nothing at all, and what it predicts is what the run does."""

from __future__ import annotations

import json

import pytest
import topology
import yaml

PROBE = "check-mode-probe"
# The daemons that a run could restart. Not when they were started: ps works that out from the clock, to the second before
# or after.
PROCESSES = "ps -C corosync,corosync-qdevice,corosync-qnetd,pacemakerd,pacemaker-based,nginx,haproxy,haproxy-agent,keepalived -o comm=,pid= | sort"
CONFIGURATION = "cibadmin --query --scope configuration | sha256sum"
VERSION = "cibadmin --query | grep -oE ' (admin_epoch|epoch)=\"[0-9]+\"' | sort | head -2"

CLUSTER = "pacemaker" in topology.roles()
LOOKS = [topology.FILES, PROCESSES, *([CONFIGURATION, VERSION] if CLUSTER else [])]

pytestmark = pytest.mark.skipif(topology.SHORT, reason="seen on another release")


def snapshot():
    """The state of every node, as far as a run could change it: {(node, line)}."""
    return {(node, line) for node in topology.nodes() for command in LOOKS
            for line in topology.host(node).check_output(command).splitlines()}


def contents(diff):
    """A diff without its headings, which name temporary files."""
    parts = diff if isinstance(diff, list) else [diff or {}]
    return [{key: part[key] for key in ("before", "after", "prepared") if key in part} for part in parts]


def changes(report):
    """{(task, node): diff} of a run, for the tasks that changed something or would."""
    found = {}
    for play in report["plays"]:
        for task in play["tasks"]:
            for node, result in task["hosts"].items():
                if result.get("changed"):
                    found[(task["task"]["name"], node)] = contents(result.get("diff"))
    return found


@pytest.fixture(scope="module")
def wanted():
    """Arguments of a run that wants one more resource, or one more line for the balancers, and another page."""
    more = {"webserver_page": "seen in check mode"}
    if CLUSTER:
        resources = topology.variables(topology.nodes()[0])["pacemaker_resources"]
        more["pacemaker_resources"] = resources + [{"id": PROBE, "agent": "ocf:pacemaker:Dummy"}]
    else:
        more["haproxy_global"] = {"description": PROBE}
    yield ["-e", json.dumps(more)]
    # The roles add and do not remove, so the resource is taken away by the tool; everything else by the ordinary run.
    if CLUSTER:
        topology.host(topology.nodes()[0]).run("pcs resource delete %s", PROBE)
    topology.ansible_json(topology.playbook_command("site.yml"))


@pytest.mark.skipif(not CLUSTER, reason="only a cluster is exported")
def test_a_run_with_what_is_exported_changes_nothing(tmp_path):
    written = tmp_path / "export.yml"
    topology.ansible_json(topology.playbook_command(
        "export.yml", "-e", json.dumps({"export_file": str(written), "export_secrets": True})))
    variables = yaml.safe_load(written.read_text(encoding="utf-8").replace("!unsafe", ""))
    assert [group["id"] for group in variables["pacemaker_groups"]] == ["web"]
    # Each node has its BMC, and in some topologies its outlet in a power strip.
    devices = [node for node in topology.members("cluster") + topology.members("remote_nodes")
               for means in ("bmc_address", "pdu_address") if means in topology.variables(node)]
    assert sorted(device["target"] for device in variables["fencing_devices"]) == sorted(devices)
    report = topology.ansible_json(topology.playbook_command("site.yml", "--check", "-e", "@%s" % written))
    assert changes(report) == {}


def test_prediction(wanted):
    before = snapshot()
    predicted = changes(topology.ansible_json(topology.playbook_command("site.yml", "--check", "--diff", *wanted)))
    assert sorted(snapshot() ^ before) == [], "check mode changed something"
    assert predicted, "check mode saw nothing to do"
    assert PROBE in json.dumps(list(predicted.values())), "the plan does not name what is new"

    done = changes(topology.ansible_json(topology.playbook_command("site.yml", "--diff", *wanted)))
    assert set(done) == set(predicted), "what was done is not what was predicted"
    for step, diff in done.items():
        assert diff == predicted[step], "the diff of %s on %s is not the predicted one" % step

    again = changes(topology.ansible_json(topology.playbook_command("site.yml", *wanted)))
    assert not again, "a second run changes something"
