# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role ipvsadm: the kernel has the table of the variables, its sysctls, and a unit that puts the table back at boot."""

from __future__ import annotations

import pytest
import topology
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _ipvsadm_boot as boot
from ansible_collections.halab.cluster.plugins.module_utils._ipvsadm_wanted import wanted

DEFAULTS = {"ipvsadm_services": [], "ipvsadm_timeouts": {}, "ipvsadm_purge": False, "ipvsadm_sysctl": {}}
# Another may keep the services, beside whom the role has the daemons run.
KINDS = ("ipvsadm_services", "ipvsadm_daemons")
DIRECTORS = [node for node in topology.nodes() if any(topology.rendered()[node].get(kind) for kind in KINDS)]
each_director = pytest.mark.parametrize("node", DIRECTORS)


def variables(node):
    return {**DEFAULTS, **topology.variables(node), **topology.rendered()[node]}


@each_director
def test_nothing_is_left_to_be_done(node):
    said = topology.host(node).check_output
    thresholds = read.parse_list(said("ipvsadm --list --numeric --thresholds"), read.THRESHOLDS)
    here = {
        "services": read.with_thresholds(read.parse_save(said("ipvsadm --save --numeric")), thresholds),
        "timeouts": read.parse_timeout(said("ipvsadm --list --timeout")),
        "daemons": read.parse_daemon(said("ipvsadm --list --daemon")),
    }
    table, problems = wanted(variables(node))
    assert problems == []
    assert here["services"] != [] and plan.commands(here, plan.after(table, here)) == []


@each_director
def test_the_kernel_has_its_sysctls(node):
    for name, value in boot.ipvsadm_sysctl(variables(node)).items():
        # One for each interface where the name has an asterisk.
        pattern = "^%s$" % name.replace(".", "[.]").replace("*", ".*")
        found = topology.host(node).check_output("sysctl --values --all --pattern '%s'" % pattern).splitlines()
        assert found and {text.strip() for text in found} == {str(value).strip()}, name


@each_director
def test_the_table_is_put_back_at_boot(node):
    host = topology.host(node)
    topology.check_units(host, enabled=["ipvsadm-restore"])
    assert host.check_output("cat /etc/ipvsadm-restore.rules") == boot.ipvsadm_rules(variables(node)).rstrip("\n")
    # Debian's own script, which clears the table, is out of the way.
    assert "/bin/true" in host.check_output("systemctl show --property=ExecStart ipvsadm")
