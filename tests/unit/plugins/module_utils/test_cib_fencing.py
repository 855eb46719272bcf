# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources are refused in a cluster that has not been seen to fence."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _cib
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


def with_options(**options):
    pairs = "".join('<nvpair id="%s" name="%s" value="%s"/>' % (name, name.replace("_", "-"), value)
                    for name, value in options.items())
    return ElementTree.fromstring(SERVICE.replace(
        "<resources>", '<crm_config><cluster_property_set id="o">%s</cluster_property_set></crm_config><resources>' % pairs))


def test_nodes_that_reset_themselves_are_enough():
    assert fencing_problem(with_options(have_watchdog="true", stonith_watchdog_timeout="20s"), status(role=None)) is None


@pytest.mark.parametrize("options", [
    {"have_watchdog": "false", "stonith_watchdog_timeout": "20s"}, {"stonith_watchdog_timeout": "20s"},
    {"have_watchdog": "true"}, {"have_watchdog": "true", "stonith_watchdog_timeout": "0"},
    {"have_watchdog": "true", "stonith_watchdog_timeout": "-1"}])
def test_a_watchdog_that_nobody_counts_on_is_not(options):
    assert "there is none" in fencing_problem(with_options(**options), status(role=None))
    assert "stonith-enabled=false" in fencing_problem(
        with_options(have_watchdog="true", stonith_watchdog_timeout="20s"), status(enabled=False, role=None))


def test_purge_does_not_take_away_what_they_are_waited_for():
    live = with_options(have_watchdog="true", stonith_watchdog_timeout="20s", no_quorum_policy="stop")
    wanted = _cib.plan(live, {"properties": {}}, purge=True)[0]
    assert sorted(pair.get("name") for pair in wanted.iter("nvpair")) == ["have-watchdog", "stonith-watchdog-timeout"]
