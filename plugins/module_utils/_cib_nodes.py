# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permanent attributes and the capacity of nodes in the desired CIB. No I/O.

Private to this collection. Nodes come and go with the cluster; this only says something of those that are there.
"""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_build import Builder
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import Ids, section, write_pairs

# What says in operation that a node is kept free: never purged.
STATES = ("standby", "maintenance", "terminate")


class Nodes(Builder):

    def build(self):
        parent = section(self.root, "nodes", create=True)
        for spec in self.desired["nodes"]:
            node = next((item for item in parent.findall("node") if item.get("uname") == spec["name"]), None)
            if node is None:  # only ever in the plan for a cluster that has not been born
                node = ET.SubElement(parent, "node", {"id": spec["name"], "uname": spec["name"]})
            for tag, kept in (("instance_attributes", STATES), ("utilization", ())):
                if spec.get(tag) is not None:
                    write_pairs(node, tag, "nodes-%s%s" % (node.get("id"), "-utilization" if not kept else ""),
                                spec[tag], self.ids, self.purge, kept)


def with_standby(cib, name):
    """A copy in which a node that the CIB knows is in standby."""
    cib = copy.deepcopy(cib)
    node = next(item for item in cib.iterfind("configuration/nodes/node") if item.get("uname") == name)
    write_pairs(node, "instance_attributes", "nodes-%s" % node.get("id"), {"standby": "on"}, Ids(cib))
    return cib
