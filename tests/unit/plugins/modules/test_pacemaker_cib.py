# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.modules import pacemaker_cib
from cib_subjects import FIXTURES, subjects


@pytest.fixture(autouse=True)
def daemons(monkeypatch):
    running = {"pacemakerd": True}
    monkeypatch.setattr(Pacemaker, "daemons", lambda self: running)
    return running


def test_case(case, check_case, monkeypatch):
    if case.get("installed", True):
        monkeypatch.setattr(Pacemaker, "agent_problem", lambda self, agent: None)
    check_case(pacemaker_cib, case)


@pytest.fixture(params=["debian12", "debian13"])
def release(request):
    return FIXTURES / request.param


def test_what_is_set_in_operation_is_kept_and_named(run_module, release):
    marked = (release / "verbs.move.first.cib.xml").read_text().replace(
        '<group id="web">', '<group id="web"><meta_attributes id="m"><nvpair id="n" name="is-managed" value="false"/>'
        '</meta_attributes>')
    case = {"input": {"groups": [{"id": "web", "members": ["vip", "nginx"]}], "constraints": [], "rsc_defaults": {}},
            "replies": [{"argv": "cibadmin --query", "out": marked}]}
    result, dummy = run_module(pacemaker_cib, case)
    assert result["changed"] is False
    assert "Set in operation, and kept: web is unmanaged; constraint cli-prefer-web." in str(result["warnings"])


SUBJECTS = subjects()
# What follows from each subject, as Pacemaker's own crm_simulate said.
FIRST_TRANSITIONS = {
    "acls": None, "bundles": "Stop vip on node1 due to node availability", "fencing_levels": "Start pdu on node2",
    "nodes": "Start one on node2", "promotable": "Stop vip on node1 due to node availability",
    "resource_sets": "Start c on node1 due to unrunnable one-or-more:order-of-sets-set-1 (blocked)",
    "rules": "Stop vip on node1 due to node availability", "tags": "Start a on node2",
    "templates": "Start vip1 on node2", "example-1": "Restart nginx on node1",
    "example-2": "Stop vip on node1 due to node availability",
    "example-3": "Stop vip on node1 due to node availability",
    "example-4": "Start pdu on node2", "example-6": None, "remote_nodes": "Start fence-remote1 on node3",
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_check_mode_predicts_a_subject_and_after_it_there_is_nothing_to_do(run_module, release, subject, tmp_path):
    """With all that Ansible makes of the parameters: what is not given is None there."""
    before = (release / "offline.before.cib.xml").read_text()
    after = re.sub(r"(?s)<configuration>.*</configuration>", lambda dummy: (
        release / ("subject.%s.configuration.xml" % subject)).read_text(), before)
    (tmp_path / "file.xml").write_text(before)
    case = {"input": dict(SUBJECTS[subject], cib_file=str(tmp_path / "file.xml")), "replies": [
        {"argv": "cibadmin --query", "before": {"out": before}, "after": {"out": after}},
        {"argv": "crm_verify --xml-file TMP --verbose"},
        {"argv": "crm_simulate --xml-file TMP --simulate --output-as=xml",
         "file": "pacemaker/%s/subject.%s.crm_simulate.xml" % (release.name, subject)}]}
    planned, world = run_module(pacemaker_cib, case, check=True)
    assert planned["changed"] and world.wrote == [], planned
    assert next(iter(planned["transitions"]), None) == FIRST_TRANSITIONS[subject]
    assert "not-a-real-secret" not in json.dumps(planned)
    for check in (False, True):
        again, world = run_module(pacemaker_cib, case, state="after", check=check)
        assert again["changed"] is False and world.calls == ["cibadmin --query"], again


def test_check_mode_before_the_first_run_plans_on_nothing(run_module, daemons):
    daemons["pacemakerd"] = False
    case = {"input": {"resources": [{"id": "vip", "agent": "ocf:heartbeat:IPaddr2"}]}, "replies": []}
    result, world = run_module(pacemaker_cib, case, check=True)
    assert result["changed"] and [step["id"] for step in result["plan"]] == ["vip"]
    assert "does not run on this node yet" in str(result["warnings"])
    assert world.calls == [], "there is no tool to ask yet"
