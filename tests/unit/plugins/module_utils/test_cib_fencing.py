# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources are refused in a cluster that has not been seen to fence."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ansible_collections.halab.cluster.plugins.module_utils._cib_check import fencing_problem

SERVICE = '<cib><configuration><resources><primitive id="vip" class="ocf" provider="heartbeat" type="IPaddr2"/></resources></configuration></cib>'
DEVICE = '<cib><configuration><resources><primitive id="fence-node1" class="stonith" type="fence_ipmilan"/></resources></configuration></cib>'


def status(enabled=True, role="Started", failed=False):
    device = {"agent": "stonith:fence_ipmilan", "role": role, "failed": failed}
    return {"cluster": {"stonith_enabled": enabled}, "resources": {"fence-node1": device} if role else {}}


def test_a_running_device_is_enough():
    assert fencing_problem(ElementTree.fromstring(SERVICE), status()) is None


def test_devices_may_come_before_any_of_them_runs():
    assert fencing_problem(ElementTree.fromstring(DEVICE), status(enabled=False, role=None)) is None


@pytest.mark.parametrize("state, told", [
    (status(enabled=False), "stonith-enabled=false"),
    (status(role=None), "there is none"),
    (status(role="Stopped"), "fence-node1 is Stopped"),
    (status(failed=True), "No fence device of the cluster is running"),
])
def test_refused(state, told):
    assert told in fencing_problem(ElementTree.fromstring(SERVICE), state)
