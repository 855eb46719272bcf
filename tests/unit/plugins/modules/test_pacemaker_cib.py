# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.modules import pacemaker_cib


def test_case(case, check_case, monkeypatch):
    if case.get("installed", True):
        monkeypatch.setattr(Pacemaker, "agent_problem", lambda self, agent: None)
    check_case(pacemaker_cib, case)
