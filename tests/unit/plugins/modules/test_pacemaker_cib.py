# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.modules import pacemaker_cib


@pytest.fixture(autouse=True)
def daemons(monkeypatch):
    running = {"pacemakerd": True}
    monkeypatch.setattr(Pacemaker, "daemons", lambda self: running)
    return running


def test_case(case, check_case, monkeypatch):
    if case.get("installed", True):
        monkeypatch.setattr(Pacemaker, "agent_problem", lambda self, agent: None)
    check_case(pacemaker_cib, case)


def test_check_mode_before_the_first_run_plans_on_nothing(run_module, daemons):
    daemons["pacemakerd"] = False
    case = {"input": {"resources": [{"id": "vip", "agent": "ocf:heartbeat:IPaddr2"}]}, "replies": []}
    result, world = run_module(pacemaker_cib, case, check=True)
    assert result["changed"] and [step["id"] for step in result["plan"]] == ["vip"]
    assert "does not run on this node yet" in str(result["warnings"])
    assert world.calls == [], "there is no tool to ask yet"
