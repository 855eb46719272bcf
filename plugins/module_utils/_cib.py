# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the live CIB and the desired configuration to the desired CIB and the plan. No I/O.

Private to this collection. The desired configuration is a dict with the module's parameters as keys; a section that
is None is not managed at all, not even by purge. Resources, groups and clones are one section in this respect.
"""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_acls import Acls
from ansible_collections.halab.cluster.plugins.module_utils._cib_alerts import Alerts
from ansible_collections.halab.cluster.plugins.module_utils._cib_build import Builder
from ansible_collections.halab.cluster.plugins.module_utils._cib_constraints import Constraints
from ansible_collections.halab.cluster.plugins.module_utils._cib_levels import FencingLevels
from ansible_collections.halab.cluster.plugins.module_utils._cib_nodes import Nodes
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import OF_THE_CLUSTER
from ansible_collections.halab.cluster.plugins.module_utils._cib_resources import RESOURCE_KINDS, Resources
from ansible_collections.halab.cluster.plugins.module_utils._cib_sets import write_conditional
from ansible_collections.halab.cluster.plugins.module_utils._cib_tags import Tags
from ansible_collections.halab.cluster.plugins.module_utils._cib_view import differences
from ansible_collections.halab.cluster.plugins.module_utils._cib_describe import ACLS, OWN_PROPERTIES, describe
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import section, write_pairs

# Parameter, and what holds its pairs in the CIB: section, set, the id of a new set.
PAIRS = (
    ("properties", "crm_config", "cluster_property_set", "cib-bootstrap-options"),
    ("rsc_defaults", "rsc_defaults", "meta_attributes", "rsc_defaults-options"),
    ("op_defaults", "op_defaults", "meta_attributes", "op_defaults-options"),
)
# Role sbd keeps it, by what runs on the nodes. Purged, it would switch off the fencing of a cluster without devices.
OF_SBD = ("stonith-watchdog-timeout",)
OPTIONS = tuple(row[0] for row in PAIRS) + ("conditional_rsc_defaults", "conditional_op_defaults")


def empty():
    """The CIB of a cluster that has not been born."""
    return ET.fromstring("<cib><configuration><crm_config/><nodes/><resources/><constraints/></configuration>"
                         "<status/></cib>")


def plan(live, desired, purge=False, purge_stonith=False):
    """The desired CIB, and the steps that lead to it. No steps: nothing to do."""
    wanted = copy.deepcopy(live)
    for kinds, part in PARTS:
        if any(desired.get(kind) is not None for kind in kinds):
            part(wanted, desired, purge, purge_stonith).build()
    steps = differences(describe(live), describe(wanted))
    return wanted, steps


def next_version(root):
    """A copy one epoch on: a patch between two equal versions is refused by Pacemaker."""
    result = copy.deepcopy(root)
    result.set("epoch", str(int(root.get("epoch", "0")) + 1))
    result.set("num_updates", "0")
    return result


def secret_names(desired):
    return {name for kind in ("templates", "resources") for spec in desired.get(kind) or ()
            for name in spec.get("secret_attributes") or ()}


def new_agents(steps, wanted):
    """Agents the plan brings in: only these need to be looked for on the node. What runs in a container has its own."""
    contained = {item.get("id") for item in wanted.iterfind("configuration/resources/bundle/primitive")}
    agents = {}
    for step in steps:
        change = step["changes"].get("agent")
        if step["kind"] in ("template", "resource") and step["id"] not in contained and change and change["after"]:
            agents.setdefault(change["after"], "%ss: %s" % (step["kind"], step["id"]))
    return agents


class Options(Builder):

    def build(self):
        for name, parent, tag, ident in PAIRS:
            pairs = self.desired.get(name)
            # An empty dict must not leave an empty section behind in a CIB that had none.
            if pairs is not None and (section(self.root, parent) is not None or pairs):
                write_pairs(section(self.root, parent, create=True), tag, ident, pairs, self.ids, self.purge,
                            OWN_PROPERTIES + OF_THE_CLUSTER + OF_SBD if name == "properties" else ())
            sets = self.desired.get("conditional_" + name)
            if sets or sets is not None and section(self.root, parent) is not None:
                write_conditional(section(self.root, parent, create=True), tag, sets, self.ids, self.purge)


# Sections that are built together, and what builds them: what is referred to comes first.
PARTS = (
    (OPTIONS, Options), (RESOURCE_KINDS, Resources), (("tags",), Tags), (("constraints",), Constraints),
    (("fencing_levels",), FencingLevels), (("nodes",), Nodes), (tuple(ACLS), Acls), (("alerts",), Alerts),
)
