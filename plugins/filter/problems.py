# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters with which the roles refuse what cannot work, before a host is touched."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._problems_bonding import bonding_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_booth import booth_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_certificates import certificates_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync import corosync_problems, nodelist
from ansible_collections.halab.cluster.plugins.module_utils._problems_fencing import fencing_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_haproxy import haproxy_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_haproxy_agent import haproxy_agent_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_ipvsadm import ipvsadm_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived import keepalived_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_foreign import (
    keepalived_foreign_problems,
)
from ansible_collections.halab.cluster.plugins.module_utils._problems_lab import lab_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_ldirectord import ldirectord_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_lvm import lvm_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_mdadm import mdadm_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_nameserver import nameserver_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_node_health import (
    node_health_missing,
    node_health_problems,
)
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker import pacemaker_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker_remote import pacemaker_remote_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_qnetd import qnetd_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_realserver import realserver_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_sbd import sbd_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_webserver import webserver_problems


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "bonding_problems": bonding_problems,
            "booth_problems": booth_problems,
            "certificates_problems": certificates_problems,
            "corosync_nodelist": nodelist,
            "corosync_problems": corosync_problems,
            "fencing_problems": fencing_problems,
            "haproxy_agent_problems": haproxy_agent_problems,
            "haproxy_problems": haproxy_problems,
            "ipvsadm_problems": ipvsadm_problems,
            "keepalived_foreign_problems": keepalived_foreign_problems,
            "keepalived_problems": keepalived_problems,
            "lab_problems": lab_problems,
            "ldirectord_problems": ldirectord_problems,
            "lvm_problems": lvm_problems,
            "mdadm_problems": mdadm_problems,
            "nameserver_problems": nameserver_problems,
            "node_health_missing": node_health_missing,
            "node_health_problems": node_health_problems,
            "pacemaker_problems": pacemaker_problems,
            "pacemaker_remote_problems": pacemaker_remote_problems,
            "qnetd_problems": qnetd_problems,
            "realserver_problems": realserver_problems,
            "sbd_problems": sbd_problems,
            "webserver_problems": webserver_problems,
        }
