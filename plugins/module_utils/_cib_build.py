# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the builders of all parts of the CIB have in common. No I/O.

Private to this collection.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_sets import SET_TAGS, write_conditional
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import Ids, section


class Builder:
    """Changes a tree into the desired one, touching only what differs in meaning."""

    def __init__(self, root, desired, purge=False, purge_stonith=False):
        self.root = root
        self.desired = desired
        self.purge = purge
        self.purge_stonith = purge_stonith
        self.ids = Ids(root)
        # An id that is made up must not be one that the user gives to something else.
        self.ids.taken.update(_given_ids(desired))
        self.resources = section(root, "resources", create=True)

    def remark(self, element, spec):
        """The description, which is for people only."""
        if spec.get("description"):
            element.set("description", spec["description"])
        elif self.purge or spec.get("description") == "":
            element.attrib.pop("description", None)

    def conditional(self, element, spec):
        for tag in SET_TAGS:
            write_conditional(element, tag, spec.get("conditional_" + tag), self.ids, self.purge)

    def drop_references(self, removed):
        """A constraint, tag, level or permission that names what is gone would make the CIB invalid."""
        removed = set(removed)
        tags = section(self.root, "tags")
        for tag in tags.findall("tag") if tags is not None else ():
            for reference in tag.findall("obj_ref"):
                if reference.get("id") in removed:
                    tag.remove(reference)
            if tag.find("obj_ref") is None:
                tags.remove(tag)
                removed.add(tag.get("id"))
        constraints = section(self.root, "constraints", create=True)
        for constraint in [item for item in constraints if isinstance(item.tag, str)]:
            if named_resources(constraint) & removed:
                constraints.remove(constraint)
        for role in self.root.iterfind("configuration/acls/acl_role"):
            for permission in role.findall("acl_permission"):
                if permission.get("reference") in removed:
                    role.remove(permission)
        levels = section(self.root, "fencing-topology")
        for level in levels.findall("fencing-level") if levels is not None else ():
            devices = [device for device in level.get("devices", "").split(",") if device not in removed]
            if devices:
                level.set("devices", ",".join(devices))
            else:
                levels.remove(level)

    def child(self, parent, tag, ident):
        """The child with this tag and id; made if there is none."""
        found = next((item for item in parent.findall(tag) if item.get("id") == ident), None)
        return found if found is not None else ET.SubElement(parent, tag, {"id": ident})


def keep_listed(parent, tag, specs):
    """Remove the children that no spec names."""
    listed = {spec["id"] for spec in specs}
    for item in parent.findall(tag):
        if item.get("id") not in listed:
            parent.remove(item)


def named_resources(constraint):
    """Ids of all resources a constraint names, sets of resources included."""
    named = {constraint.get(key) for key in ("rsc", "with-rsc", "first", "then")} - {None}
    return named | {item.get("id") for item in constraint.iter("resource_ref")}


def _given_ids(content):
    if isinstance(content, dict):
        return {value for key, value in content.items() if key == "id" and isinstance(value, str)}.union(
            *[_given_ids(value) for value in content.values()])
    return set().union(*[_given_ids(item) for item in content]) if isinstance(content, list) else set()
