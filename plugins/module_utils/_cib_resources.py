# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates, resources, groups and clones of the desired CIB. No I/O.

Private to this collection.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_build import Builder
from ansible_collections.halab.cluster.plugins.module_utils._cib_bundles import write_bundle
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import OF_RESOURCES
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    as_text, children, interval_ms, is_stonith, parent_of, resource_by_id, split_agent, template_by_id, write_pairs)

RESOURCE_KINDS = ("templates", "resources", "groups", "clones", "bundles")


class Resources(Builder):

    def build(self):
        before = self._resource_ids()
        for spec in self.desired.get("templates") or ():
            self._primitive(spec, "template", template_by_id(self.root, spec["id"]))
        for spec in self.desired.get("resources") or ():
            self._primitive(spec, "primitive", resource_by_id(self.root, spec["id"]))
        for spec in self.desired.get("groups") or ():
            self._group(spec)
        for spec in self.desired.get("clones") or ():
            self._clone(spec)
        for spec in self.desired.get("bundles") or ():
            self._bundle(spec)
        if self.purge:
            self._purge_resources()
        self._drop_empty_containers()
        self.drop_references(before - self._resource_ids())

    def _resource_ids(self):
        return {item.get("id") for item in self.resources.iter()
                if item.tag in ("primitive", "group", "clone", "master", "bundle", "template")}

    def _primitive(self, spec, tag, element):
        """A primitive or a template, which say the same of themselves."""
        ident, keys = spec["id"], ("class", "provider", "type", "template")
        origin = {"template": spec["template"]} if spec.get("template") else split_agent(spec["agent"])
        if element is None:
            element = ET.SubElement(self.resources, tag, dict({"id": ident}, **origin))
        elif {key: element.get(key) for key in keys if element.get(key)} != origin:
            for key in keys:
                element.attrib.pop(key, None)
            element.attrib.update(origin)
        self.remark(element, spec)
        attributes = dict(spec.get("instance_attributes") or {}, **(spec.get("secret_attributes") or {}))
        write_pairs(element, "instance_attributes", ident + "-instance_attributes", attributes, self.ids, self.purge)
        write_pairs(element, "meta_attributes", ident + "-meta_attributes", spec.get("meta_attributes") or {},
                    self.ids, self.purge, OF_RESOURCES if tag == "primitive" else ())
        write_pairs(element, "utilization", ident + "-utilization", spec.get("utilization") or {}, self.ids, self.purge)
        self.conditional(element, spec)
        self._operations(element, spec.get("operations") or [])

    def _operations(self, primitive, wanted):
        holder = primitive.find("operations")
        if holder is None:
            if not wanted:
                return
            holder = ET.SubElement(primitive, "operations")
        kept = []
        for spec in wanted:
            name, interval = spec["name"], as_text(spec.get("interval") or "0s")
            found = next((op for op in holder.findall("op") if op.get("name") == name
                          and interval_ms(op.get("interval", "0")) == interval_ms(interval)), None)
            if found is None:
                ident = self.ids.new("%s-%s-interval-%s" % (primitive.get("id"), name, interval))
                found = ET.SubElement(holder, "op", {"id": ident, "name": name, "interval": interval})
            kept.append(found)
            options = {key: as_text(value) for key, value in spec.items()
                       if key not in ("name", "interval", "instance_attributes") and value is not None}
            if self.purge:
                for key in set(found.attrib) - set(options) - {"id", "name", "interval"}:
                    del found.attrib[key]
            found.attrib.update(options)
            write_pairs(found, "instance_attributes", found.get("id") + "-instance_attributes",
                        spec.get("instance_attributes") or {}, self.ids, self.purge)
        # A monitor with another interval would otherwise stay beside the one that replaces it.
        listed = {spec["name"] for spec in wanted}
        for operation in holder.findall("op"):
            if operation not in kept and (self.purge or operation.get("name") in listed):
                holder.remove(operation)
        if len(holder) == 0:
            primitive.remove(holder)

    def _top_level(self, element, after=None):
        """Take an element out of its container, to just behind that container."""
        parent = parent_of(self.root, element)
        if parent is self.resources:
            return
        parent.remove(element)
        anchor = after if after is not None else parent
        while anchor is not None and parent_of(self.root, anchor) is not self.resources:
            anchor = parent_of(self.root, anchor)
        position = list(self.resources).index(anchor) + 1 if anchor is not None else len(self.resources)
        self.resources.insert(position, element)

    def _group(self, spec):
        group = resource_by_id(self.root, spec["id"])
        if group is None:
            group = ET.SubElement(self.resources, "group", {"id": spec["id"]})
        self.remark(group, spec)
        wanted = spec["members"]
        grouped = {member for item in self.desired.get("groups") or () for member in item["members"]}
        alone = {item["id"] for item in self.desired.get("resources") or ()} - grouped
        for member in group.findall("primitive"):
            if member.get("id") in alone:
                self._top_level(member)
        present = [member.get("id") for member in group.findall("primitive")]
        if [member for member in present if member in wanted] != wanted:
            foreign = [member for member in group.findall("primitive") if member.get("id") not in wanted]
            for member in [resource_by_id(self.root, ident) for ident in wanted] + foreign:
                parent_of(self.root, member).remove(member)
                group.append(member)
        write_pairs(group, "meta_attributes", spec["id"] + "-meta_attributes", spec.get("meta_attributes") or {},
                    self.ids, self.purge, OF_RESOURCES)
        self.conditional(group, spec)

    def _clone(self, spec):
        clone = resource_by_id(self.root, spec["id"])
        if clone is None:
            clone = ET.SubElement(self.resources, "clone", {"id": spec["id"]})
        self.remark(clone, spec)
        member = resource_by_id(self.root, spec["member"])
        if member not in list(clone):
            for other in children(clone, "primitive", "group"):
                self._top_level(other)
            parent_of(self.root, member).remove(member)
            clone.append(member)
        meta = dict(spec.get("meta_attributes") or {})
        if clone.tag == "master":
            # What Pacemaker 2 also calls a master is a promotable clone, and only that to Pacemaker 3.
            clone.tag = "clone"
            if not self.purge:
                meta.setdefault("promotable", True)
        write_pairs(clone, "meta_attributes", spec["id"] + "-meta_attributes", meta, self.ids, self.purge,
                    OF_RESOURCES)
        self.conditional(clone, spec)

    def _bundle(self, spec):
        bundle = resource_by_id(self.root, spec["id"])
        if bundle is None:
            bundle = ET.SubElement(self.resources, "bundle", {"id": spec["id"]})
        self.remark(bundle, spec)
        write_bundle(bundle, spec, self.ids, self.purge)
        member = resource_by_id(self.root, spec["member"]) if spec.get("member") else None
        listed = {item["id"] for item in self.desired.get("resources") or ()}
        for other in bundle.findall("primitive"):
            # One that is listed nowhere stays, as in a group, where there is no other for its place.
            if other is not member and (member is not None or other.get("id") in listed):
                self._top_level(other)
        if member is not None and member not in list(bundle):
            parent_of(self.root, member).remove(member)
            bundle.append(member)
        write_pairs(bundle, "meta_attributes", spec["id"] + "-meta_attributes", spec.get("meta_attributes") or {},
                    self.ids, self.purge, OF_RESOURCES)
        self.conditional(bundle, spec)

    def _purge_resources(self):
        listed = {spec["id"] for kind in RESOURCE_KINDS for spec in self.desired.get(kind) or ()}
        for element in list(self.resources.iter("primitive")):
            stonith = is_stonith(self.root, element) and not self.purge_stonith
            if element.get("id") not in listed and not stonith:
                parent_of(self.root, element).remove(element)
        used = {element.get("template") for element in self.resources.iter("primitive")}
        for template in self.resources.findall("template"):
            if template.get("id") not in listed | used:
                self.resources.remove(template)
        for element in list(self.resources.iter()):
            if element.tag in ("group", "clone", "master", "bundle") and element.get("id") not in listed:
                for member in reversed(children(element, "primitive", "group")):
                    self._top_level(member)
                parent_of(self.root, element).remove(element)

    def _drop_empty_containers(self):
        for tags in (("group",), ("clone", "master")):
            for element in [item for item in self.resources.iter() if item.tag in tags]:
                if not children(element, "primitive", "group"):
                    parent_of(self.root, element).remove(element)
