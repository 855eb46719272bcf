# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pacemaker_restore on what real clusters said. The backup is what they said when all was well."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _cib_restore, _cib_xml
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.modules import pacemaker_restore

FIXTURES = Path(__file__).parents[2] / "fixtures" / "pacemaker"
EMPTY = ('<cib epoch="1"><configuration><crm_config><cluster_property_set id="cib-bootstrap-options">'
         '<nvpair id="v" name="dc-version" value="9.9"/></cluster_property_set></crm_config>'
         '<nodes><node id="1" uname="node1"/></nodes><resources/><constraints/></configuration><status/></cib>')


@pytest.fixture(autouse=True)
def daemons(monkeypatch):
    running = {"pacemakerd": True}
    monkeypatch.setattr(Pacemaker, "daemons", lambda self: running)
    return running


def backup(name="debian13"):
    return (FIXTURES / name / "healthy.cib.xml").read_text(encoding="utf-8")


def case(**more):
    """A cluster in which node3 is in standby, and in the backup it is not."""
    base = {
        "input": {"cib": backup()},
        "replies": [
            {"argv": "cibadmin --query", "before": {"file": "pacemaker/debian13/standby.cib.xml"},
             "after": {"file": "pacemaker/debian13/healthy.cib.xml"}},
            {"argv": "crm_verify --xml-file TMP --verbose", "rc": 0},
            {"argv": "crm_simulate --xml-file TMP --simulate --output-as=xml",
             "file": "pacemaker/debian13/offline.change.crm_simulate.xml"},
            {"argv": "crm_mon --output-as=xml", "before": {"file": "pacemaker/debian13/standby.crm_mon.xml"},
             "after": {"file": "pacemaker/debian13/healthy.crm_mon.xml"}},
            {"argv": "crm_diff --original TMP --new TMP", "rc": 1, "out": "<diff/>"},
            {"argv": "cibadmin --patch --sync-call --xml-pipe", "writes": True},
            {"argv": "crm_simulate --live-check --simulate --output-as=xml",
             "file": "pacemaker/debian13/healthy.crm_simulate.xml"},
            {"argv": "crmadmin --status node1 --timeout 2s --output-as=xml",
             "file": "pacemaker/debian13/healthy.crmadmin.xml"},
        ],
        # The version is one on when it is applied.
        "unpredictable": ["cib_version"],
        "expect": {"changed": True},
    }
    return dict(base, **more)


def test_run_check_and_again(check_case):
    check_case(pacemaker_restore, case())


def test_check_mode_before_anything_is_installed_plans_on_nothing(run_module, daemons):
    daemons["pacemakerd"] = False
    result, world = run_module(pacemaker_restore, case(), check=True)
    assert result["changed"] and "resource vip:" in result["diff"]["after"] and world.calls == []


def test_no_secret_is_shown(run_module):
    text = backup().replace("</instance_attributes>", '<nvpair id="s" name="passwd" value="top-secret"/>'
                            "</instance_attributes>", 1)
    result, dummy = run_module(pacemaker_restore, case(input={"cib": text}), check=True)
    assert result["changed"] and "top-secret" not in str(result)


@pytest.mark.parametrize("cib, said", [
    ("no xml", "cib is no XML"),
    ("<configuration/>", "cib is <configuration>; allowed is <cib>"),
    (backup().replace('<node id="2"', '<node id="7"'), "has id 7 there, and 2 in the cluster; allowed is the same id"),
    # A cluster that was made while a restore lay about half done.
    (backup().replace('<primitive id="vip"', '<primitive id="other"'), "no resource vip, which the cluster has and would lose"),
])
def test_refused(run_module, cib, said):
    result, world = run_module(pacemaker_restore, case(input={"cib": cib}))
    assert result["failed"] and said in result["msg"] and "Nothing was changed." in result["msg"] and not world.wrote


class TestPlan:
    def test_what_pacemaker_writes_itself_is_about_the_software_that_runs(self):
        wanted, steps = _cib_restore.plan(_cib_xml.parse(EMPTY), _cib_xml.parse(backup()))
        versions = [pair.get("value") for pair in wanted.iter("nvpair") if pair.get("name") == "dc-version"]
        assert versions == ["9.9"] and "vip" in {step["id"] for step in steps}
        assert len(list(wanted.iter("cluster_property_set"))) == 1

    def test_also_into_a_backup_without_options(self):
        wanted, steps = _cib_restore.plan(_cib_xml.parse(EMPTY), _cib_xml.parse(
            '<cib><configuration><crm_config/><nodes/><resources/><constraints/></configuration></cib>'))
        assert [pair.get("value") for pair in wanted.iter("nvpair")] == ["9.9"]
        assert [step["kind"] for step in steps] == ["node"]

    def test_what_no_parameter_can_say_counts(self):
        live, other = _cib_xml.parse(backup()), _cib_xml.parse(backup())
        operation = next(other.iter("op"))
        operation.append(_cib_xml.parse('<meta_attributes id="m"><nvpair id="n" name="x" value="y"/></meta_attributes>'))
        wanted, steps = _cib_restore.plan(live, other)
        assert steps and _cib_restore.plan(wanted, other)[1] == []

    def test_nodes_that_are_others(self):
        live, other = _cib_xml.parse(EMPTY), _cib_xml.parse(EMPTY.replace('uname="node1"', 'uname="web1"'))
        assert _cib_restore.problems(live, other) == [
            "cib: it has no node node1, which the cluster has; allowed are the same nodes."]
