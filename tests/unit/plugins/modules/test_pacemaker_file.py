# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameter cib_file of pacemaker_cib and pacemaker_info. What the tools answer is what those of Pacemaker 3.0.0 did."""

from __future__ import annotations

import os
import stat

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _pacemaker_file
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.modules import pacemaker_cib, pacemaker_info
from cib_subjects import FIXTURES

# cibadmin --empty
EMPTY = """<cib crm_feature_set="3.20.0" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config/>
    <nodes/>
    <resources/>
    <constraints/>
  </configuration>
  <status/>
</cib>
"""
# The same after this module has added DEFAULTS to it.
FULL = EMPTY.replace('epoch="1"', 'epoch="3"').replace("    <constraints/>\n", """    <constraints/>
    <rsc_defaults>
      <meta_attributes id="rsc_defaults-options">
        <nvpair id="rsc_defaults-options-migration-threshold" name="migration-threshold" value="3"/>
      </meta_attributes>
    </rsc_defaults>
""")
DEFAULTS = {"rsc_defaults": {"migration-threshold": 3}}
# crm_simulate --simulate --output-as=xml on a CIB without nodes
NOTHING_TO_DO = "<pacemaker-result><actions/><transition/></pacemaker-result>"
INVALID = {"argv": "cibadmin --query", "rc": 78,
           "err": "cibadmin: Init failed, could not perform requested operations: "
                  "Update does not conform to the configured schema"}
WRITE = "cibadmin --patch --sync-call --xml-pipe"


@pytest.fixture(autouse=True)
def daemons(monkeypatch):
    running = {"pacemakerd": False}
    monkeypatch.setattr(Pacemaker, "daemons", lambda self: running)
    return running


@pytest.fixture
def live(monkeypatch, tmp_path):
    """Pacemaker's own folder."""
    folder = tmp_path / "live"
    folder.mkdir()
    monkeypatch.setattr(_pacemaker_file, "LIVE", str(folder))
    return folder


def case(path, before=EMPTY, **arguments):
    """A node without a cluster, and a file."""
    return {"input": dict(arguments, cib_file=str(path)), "replies": [
        {"argv": "cibadmin --query", "before": {"out": before}, "after": {"out": FULL}},
        {"argv": "cibadmin --empty", "out": EMPTY},
        {"argv": "crm_verify --xml-file TMP --verbose"},
        {"argv": "crm_simulate --xml-file TMP --simulate --output-as=xml", "out": NOTHING_TO_DO},
        {"argv": "crm_diff --original TMP --new TMP", "rc": 1, "out": "<diff/>"},
        {"argv": WRITE, "writes": True},
        {"argv": "cibadmin --md5-sum --xml-file TMP", "out": "Digest: dba766968da1fcaa22930ec507e03324\n"}]}


def test_a_file_is_changed_by_the_tools_and_nothing_is_waited_for(run_module, tmp_path):
    path = tmp_path / "file.xml"
    path.write_text(EMPTY)
    result, world = run_module(pacemaker_cib, case(path, **DEFAULTS))
    assert result["changed"] and result["cib_version"] == "0.3.0"
    assert result["diff"]["before_header"] == "TMP" and "migration-threshold: 3" in result["diff"]["after"]
    assert world.calls == [
        "cibadmin --query", "crm_verify --xml-file TMP --verbose",
        "crm_simulate --xml-file TMP --simulate --output-as=xml", "crm_diff --original TMP --new TMP", WRITE,
        "cibadmin --query"]
    planned, world = run_module(pacemaker_cib, case(path, **DEFAULTS), check=True)
    assert world.wrote == [] and {key: planned[key] for key in ("changed", "plan", "transitions", "diff")} == {
        key: result[key] for key in ("changed", "plan", "transitions", "diff")}
    again, world = run_module(pacemaker_cib, case(path, **DEFAULTS), state="after")
    assert again["changed"] is False and world.calls == ["cibadmin --query"]
    assert path.read_text() == EMPTY, "only the tools write it"


def test_the_tools_get_the_file_that_a_link_leads_to(run_module, tmp_path, monkeypatch):
    (tmp_path / "file.xml").write_text(EMPTY)
    (tmp_path / "link.xml").symlink_to(tmp_path / "file.xml")
    seen, run = set(), Pacemaker.run

    def spy(self, argv, *more, **kwargs):
        seen.add(self.environment["CIB_file"])
        return run(self, argv, *more, **kwargs)
    monkeypatch.setattr(Pacemaker, "run", spy)
    run_module(pacemaker_cib, case(tmp_path / "link.xml", **DEFAULTS))
    assert seen == {str(tmp_path / "file.xml")}


@pytest.mark.parametrize("desired", [DEFAULTS, {}], ids=["something", "nothing"])
def test_a_file_that_is_missing_is_made_when_that_is_asked_for(run_module, tmp_path, desired):
    path = tmp_path / "new.xml"
    planned, world = run_module(pacemaker_cib, case(path, cib_file_create=True, **desired), check=True)
    assert planned["changed"] and not path.exists() and world.wrote == []
    assert planned["diff"]["after"].startswith("a new file\n")
    result, world = run_module(pacemaker_cib, case(path, cib_file_create=True, **desired))
    assert {key: planned[key] for key in ("changed", "plan", "diff")} == {
        key: result[key] for key in ("changed", "plan", "diff")}
    assert b"<configuration>" in path.read_bytes() and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_uid == tmp_path.stat().st_uid
    assert world.wrote == ([WRITE] if desired else [])
    again, world = run_module(pacemaker_cib, case(path, cib_file_create=True, **desired), state="after")
    assert again["changed"] is False and world.calls == ["cibadmin --query"]


@pytest.mark.parametrize("text, replies, told", [
    (None, [], "cannot be read: No such file or directory"),
    ("nonsense", [], "is no CIB, and no XML: syntax error: line 1, column 0"),
    ("", [], "is no CIB, and no XML: no element found"),
    ('<?xml version="1.0" encoding="nope"?><cib/>', [], "is no CIB, and no XML: unknown encoding: nope"),
    ("<pacemaker-result/>", [], "it holds <pacemaker-result>; allowed is <cib>, as cibadmin --query writes it"),
    ("<cib/>", [INVALID], "it does not say by which schema it was written; allowed is pacemaker-4.0 or older"),
    ('<cib validate-with="pacemaker-9.9"/>', [INVALID],
     "was written by the schema pacemaker-9.9, which Pacemaker on this node does not know; allowed is pacemaker-4.0 or"),
    ('<cib validate-with="transitional-0.6"/>', [INVALID], "was written by the schema transitional-0.6, which"),
    ('<cib validate-with="pacemaker-3.2"/>',
     [INVALID, {"argv": "crm_verify --xml-file TMP --verbose", "rc": 78,
                "err": "Element cib failed to validate attributes\n"}],
     "is no valid CIB of schema pacemaker-3.2. crm_verify --xml-file TMP --verbose says: Element cib failed to"),
    ('<cib validate-with="none"/>', [{"argv": "cibadmin --query", "out": '<cib validate-with="none"/>'}],
     "is no CIB: it has no <configuration>"),
])
@pytest.mark.parametrize("module", [pacemaker_cib, pacemaker_info], ids=["cib", "info"])
def test_what_is_no_cib_is_refused(run_module, tmp_path, module, text, replies, told):
    path = tmp_path / "file.xml"
    if text is not None:
        path.write_text(text)
    world_case = case(path)
    world_case["replies"] = replies + world_case["replies"][1:2]
    result, world = run_module(module, world_case)
    assert result["failed"] and told in result["msg"] and result["msg"].startswith("cib_file: TMP "), result["msg"]
    assert world.wrote == []


def test_a_folder_that_is_missing_is_not_made(run_module, tmp_path):
    result, dummy = run_module(pacemaker_cib, case(tmp_path / "no" / "new.xml", cib_file_create=True))
    assert result["failed"] and "cannot be made: there is no folder" in result["msg"]


def test_create_alone_means_nothing(run_module):
    result, dummy = run_module(pacemaker_cib, {"input": {"cib_file_create": True}, "replies": []})
    assert result["failed"] and "cib_file_create: there is no cib_file" in result["msg"]


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
@pytest.mark.parametrize("name", ["cib.xml", "cib-3.raw"])
def test_the_folder_of_pacemaker_is_refused_while_it_runs(run_module, live, daemons, tmp_path, name, check):
    daemons["pacemakerd"] = True
    (live / name).write_text(EMPTY)
    (tmp_path / "link.xml").symlink_to(live / name)
    for path in (live / name, tmp_path / "link.xml"):
        result, world = run_module(pacemaker_cib, case(path, cib_file_create=True, **DEFAULTS), check=check)
        assert result["failed"] and "belongs to Pacemaker, which runs on this node" in result["msg"]
        assert world.calls == []


def test_another_file_is_allowed_while_pacemaker_runs(run_module, live, daemons, tmp_path):
    daemons["pacemakerd"] = True
    (tmp_path / "copy.xml").write_text(EMPTY)
    assert run_module(pacemaker_cib, case(tmp_path / "copy.xml", **DEFAULTS))[0]["changed"]


@pytest.mark.parametrize("noted, told", [
    ("dba766968da1fcaa22930ec507e03324", None), ("deadbeef\n", "cib.xml was written by something else than Pacemaker"),
    ("", "cib.xml was written by something else than Pacemaker")])
def test_a_digest_that_does_not_fit_is_refused(run_module, live, noted, told, monkeypatch):
    """cibadmin reads such a file, and does not write it: with return code 1 and not one word."""
    (live / "cib.xml").write_text(EMPTY)
    (live / "cib.xml.sig").write_text(noted)
    shown = {}
    monkeypatch.setattr(_pacemaker_file, "_refuse", lambda pacemaker, why: (
        shown.update(why=why), pacemaker.module.fail_json(msg=pacemaker.cib_file + " " + why)))
    result, world = run_module(pacemaker_cib, case(live / "cib.xml", **DEFAULTS))
    assert bool(result.get("failed")) == bool(told) and world.wrote == ([] if told else [WRITE])
    if told:
        assert "was written by something else than Pacemaker" in shown["why"] and noted.strip() in shown["why"]
        assert "dba766968da1fcaa22930ec507e03324" in shown["why"]


def test_a_digest_that_nobody_keeps_right_is_refused(run_module, live):
    (live / "cib-3.raw").write_text(EMPTY)
    (live / "cib-3.raw.sig").write_text("dba766968da1fcaa22930ec507e03324")
    result, world = run_module(pacemaker_cib, case(live / "cib-3.raw", **DEFAULTS))
    assert result["failed"] and "allowed is a copy without it" in result["msg"] and world.wrote == []


def test_the_state_and_the_variables_that_a_file_says(run_module, daemons, tmp_path):
    path = tmp_path / "file.xml"
    path.write_text((FIXTURES / "debian13/healthy.cib.xml").read_text())
    daemons["pacemakerd"] = True
    world_case = {"input": {"cib_file": str(path), "export": "without_secrets"}, "replies": [
        {"argv": "cibadmin --query", "file": "pacemaker/debian13/healthy.cib.xml"},
        {"argv": "crm_mon --output-as=xml", "file": "pacemaker/debian13/healthy.crm_mon.xml"}]}
    result, world = run_module(pacemaker_info, world_case)
    told = result["pacemaker"]
    assert told["running"] is False and told["settled"] is False and told["configuration"]["epoch"] == 9
    assert told["resources"]["vip"]["group"] == "web"
    assert result["variables"]["pacemaker_groups"] == [{"id": "web", "members": ["vip", "nginx"]}]
    assert world.calls == ["cibadmin --query", "crm_mon --output-as=xml"]
    assert "not-a-real-secret" not in repr(result)


def test_a_file_without_a_dc_is_exported(run_module, tmp_path):
    path = tmp_path / "file.xml"
    path.write_text(FULL)
    world_case = {"input": {"cib_file": str(path), "export": "without_secrets"}, "replies": [
        {"argv": "cibadmin --query", "out": FULL},
        {"argv": "crm_mon --output-as=xml", "out": "<pacemaker-result><nodes/></pacemaker-result>"}]}
    assert run_module(pacemaker_info, world_case)[0]["variables"] == {"pacemaker_rsc_defaults": {"migration-threshold": 3}}


def test_there_is_nothing_to_wait_for_in_a_file(run_module, tmp_path):
    result, world = run_module(pacemaker_info, {"input": {"cib_file": str(tmp_path / "x"), "wait_for": ["dc"]},
                                                "replies": []})
    assert result["failed"] and "wait_for is dc, but cib_file names a file" in result["msg"] and world.calls == []
    assert not os.listdir(tmp_path)
