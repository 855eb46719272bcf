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
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import OF_NODES
from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import remote_nodes
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    is_stonith,
    parent_of,
    read_pairs,
    resource_by_id,
    section,
    write_pairs,
)


class Nodes(Builder):

    def build(self):
        parent = section(self.root, "nodes", create=True)
        for spec in self.desired["nodes"]:
            node = next((item for item in parent.findall("node") if item.get("uname") == spec["name"]), None)
            # A remote node has an entry only when something is said of it; a member always, unless the plan is for a
            # cluster that has not been born.
            if node is None:
                node = ET.SubElement(parent, "node", {"id": spec["name"], "uname": spec["name"]})
                if spec["name"] in remote_nodes(self.root):
                    node.set("type", "remote")
            for tag, kept in (("instance_attributes", OF_NODES), ("utilization", ())):
                if self.purge or spec.get(tag) is not None:
                    write_pairs(node, tag, "nodes-%s%s" % (node.get("id"), "-utilization" if not kept else ""),
                                spec.get(tag) or {}, self.ids, self.purge, kept)


def _fences_only(cib, primitive, name):
    """Whether a fence device is for this node and for no other."""
    hosts = read_pairs(primitive, "instance_attributes").get("pcmk_host_list", "")
    return is_stonith(cib, primitive) and hosts.replace(",", " ").split() == [name]


def _refers_to(constraint, name, devices):
    """Whether a constraint says something of a node, or of one of the devices, and of nothing else."""
    named = {constraint.get(key) for key in ("rsc", "with-rsc", "first", "then")} - {None}
    return constraint.get("node") == name or bool(named & devices)


def without_node(cib, name):
    """(a copy in which nothing refers to a node but its own entry, what was taken away: one text each).

    Its fence devices go with it, and so do constraints on either and its fencing levels. So does the connection to a
    remote node.
    """
    cib, gone = copy.deepcopy(cib), []
    devices = {item.get("id") for item in cib.iter("primitive") if _fences_only(cib, item, name)}
    if remote_nodes(cib).get(name, ("member",))[0] == "remote":
        devices.add(name)

    def drop(element):
        parent_of(cib, element).remove(element)
        gone.append("%s %s" % (element.tag, element.get("id")))

    for constraint in list(section(cib, "constraints") if section(cib, "constraints") is not None else ()):
        if _refers_to(constraint, name, devices):
            drop(constraint)
    for level in list(cib.iter("fencing-level")):
        kept = [device for device in level.get("devices", "").split(",") if device not in devices]
        if level.get("target") == name or not kept:
            drop(level)
        else:
            level.set("devices", ",".join(kept))
    for device in sorted(devices):
        drop(resource_by_id(cib, device))
    return cib, gone
