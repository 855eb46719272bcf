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

from ansible_collections.halab.cluster.plugins.module_utils._cib_view import (
    CONSTRAINTS, OWN_PROPERTIES, describe, differences)
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    Ids, as_text, children, interval_ms, parent_of, resource_by_id, section, split_agent, write_pairs)

RESOURCE_KINDS = ("resources", "groups", "clones")


def empty():
    """The CIB of a cluster that has not been born."""
    return ET.fromstring("<cib><configuration><crm_config/><nodes/><resources/><constraints/></configuration>"
                         "<status/></cib>")


def plan(live, desired, purge=False, purge_stonith=False):
    """The desired CIB, and the steps that lead to it. No steps: nothing to do."""
    wanted = copy.deepcopy(live)
    _Builder(wanted, desired, purge, purge_stonith).build()
    steps = differences(describe(live), describe(wanted))
    return wanted, steps


def next_version(root):
    """A copy one epoch on: a patch between two equal versions is refused by Pacemaker."""
    result = copy.deepcopy(root)
    result.set("epoch", str(int(root.get("epoch", "0")) + 1))
    result.set("num_updates", "0")
    return result


def secret_names(desired):
    return {name for spec in desired.get("resources") or () for name in spec.get("secret_attributes") or ()}


def new_agents(steps):
    """Agents the plan brings in: only these need to be looked for on the node."""
    agents = {}
    for step in steps:
        change = step["changes"].get("agent")
        if step["kind"] == "resource" and change and change["after"]:
            agents.setdefault(change["after"], step["id"])
    return agents


class _Builder:
    """Changes a tree into the desired one, touching only what differs in meaning."""

    def __init__(self, root, desired, purge, purge_stonith):
        self.root = root
        self.desired = desired
        self.purge = purge
        self.purge_stonith = purge_stonith
        self.ids = Ids(root)
        self.resources = section(root, "resources", create=True)

    def build(self):
        for name, parent, tag, ident in (
                ("properties", "crm_config", "cluster_property_set", "cib-bootstrap-options"),
                ("rsc_defaults", "rsc_defaults", "meta_attributes", "rsc_defaults-options"),
                ("op_defaults", "op_defaults", "meta_attributes", "op_defaults-options")):
            pairs = self.desired.get(name)
            # An empty dict must not leave an empty section behind in a CIB that had none.
            if pairs is not None and (section(self.root, parent) is not None or pairs):
                write_pairs(section(self.root, parent, create=True), tag, ident, pairs, self.ids, self.purge,
                            OWN_PROPERTIES if name == "properties" else ())
        if any(self.desired.get(kind) is not None for kind in RESOURCE_KINDS):
            self._build_resources()
        if self.desired.get("constraints") is not None:
            self._build_constraints()
        if self.desired.get("alerts") is not None:
            self._build_alerts()

    # Resources

    def _build_resources(self):
        before = self._resource_ids()
        for spec in self.desired.get("resources") or ():
            self._primitive(spec)
        for spec in self.desired.get("groups") or ():
            self._group(spec)
        for spec in self.desired.get("clones") or ():
            self._clone(spec)
        if self.purge:
            self._purge_resources()
        self._drop_empty_containers()
        self._drop_references(before - self._resource_ids())

    def _resource_ids(self):
        return {item.get("id") for item in self.resources.iter()
                if item.tag in ("primitive", "group", "clone", "master", "bundle")}

    def _primitive(self, spec):
        ident = spec["id"]
        element = resource_by_id(self.root, ident)
        agent = split_agent(spec["agent"])
        if element is None:
            self.ids.taken.add(ident)
            element = ET.SubElement(self.resources, "primitive", dict({"id": ident}, **agent))
        elif {key: element.get(key) for key in ("class", "provider", "type") if element.get(key)} != agent:
            for key in ("class", "provider", "type", "template"):
                element.attrib.pop(key, None)
            element.attrib.update(agent)
        attributes = dict(spec.get("instance_attributes") or {}, **(spec.get("secret_attributes") or {}))
        write_pairs(element, "instance_attributes", ident + "-instance_attributes", attributes, self.ids, self.purge)
        write_pairs(element, "meta_attributes", ident + "-meta_attributes", spec.get("meta_attributes") or {},
                    self.ids, self.purge)
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
            self.ids.taken.add(spec["id"])
            group = ET.SubElement(self.resources, "group", {"id": spec["id"]})
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
                    self.ids, self.purge)

    def _clone(self, spec):
        clone = resource_by_id(self.root, spec["id"])
        if clone is None:
            self.ids.taken.add(spec["id"])
            clone = ET.SubElement(self.resources, "clone", {"id": spec["id"]})
        member = resource_by_id(self.root, spec["member"])
        if member not in list(clone):
            for other in children(clone, "primitive", "group"):
                self._top_level(other)
            parent_of(self.root, member).remove(member)
            clone.append(member)
        write_pairs(clone, "meta_attributes", spec["id"] + "-meta_attributes", spec.get("meta_attributes") or {},
                    self.ids, self.purge)

    def _purge_resources(self):
        listed = {spec["id"] for kind in RESOURCE_KINDS for spec in self.desired.get(kind) or ()}
        for element in list(self.resources.iter("primitive")):
            stonith = element.get("class") == "stonith" and not self.purge_stonith
            if element.get("id") not in listed and not stonith:
                parent_of(self.root, element).remove(element)
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

    def _drop_references(self, removed):
        """A constraint, tag or level that names a resource which is gone would make the CIB invalid."""
        for constraint in children(section(self.root, "constraints", create=True), *CONSTRAINTS.values(), "rsc_ticket"):
            if _resources_of(constraint) & removed:
                section(self.root, "constraints").remove(constraint)
        tags = section(self.root, "tags")
        for tag in tags.findall("tag") if tags is not None else ():
            for reference in tag.findall("obj_ref"):
                if reference.get("id") in removed:
                    tag.remove(reference)
            if tag.find("obj_ref") is None:
                tags.remove(tag)
        levels = section(self.root, "fencing-topology")
        for level in levels.findall("fencing-level") if levels is not None else ():
            devices = [device for device in level.get("devices", "").split(",") if device not in removed]
            if devices:
                level.set("devices", ",".join(devices))
            else:
                levels.remove(level)

    # Constraints

    def _build_constraints(self):
        parent = section(self.root, "constraints", create=True)
        for spec in self.desired["constraints"]:
            tag = CONSTRAINTS[spec["type"]]
            found = next((item for item in parent if item.get("id") == spec["id"]), None)
            if found is not None and found.tag != tag:
                parent.remove(found)
                found = None
            if found is None:
                self.ids.taken.add(spec["id"])
                found = ET.SubElement(parent, tag, {"id": spec["id"]})
            options = {key: as_text(value) for key, value in spec.items()
                       if key not in ("id", "type") and value is not None}
            if self.purge:
                for key in set(found.attrib) - set(options) - {"id"}:
                    del found.attrib[key]
            found.attrib.update(options)
        if self.purge:
            listed = {spec["id"] for spec in self.desired["constraints"]}
            foreign = self._foreign_stonith()
            for item in [child for child in parent if isinstance(child.tag, str)]:
                used = _resources_of(item)
                if item.get("id") not in listed and not (used and used <= foreign):
                    parent.remove(item)

    def _foreign_stonith(self):
        """Stonith devices that purge leaves alone: what places them is left alone as well."""
        listed = {spec["id"] for spec in self.desired.get("resources") or ()}
        return set() if self.purge_stonith else {
            item.get("id") for item in self.resources.iter("primitive")
            if item.get("class") == "stonith" and item.get("id") not in listed}

    # Alerts

    def _build_alerts(self):
        if not self.desired["alerts"] and section(self.root, "alerts") is None:
            return
        parent = section(self.root, "alerts", create=True)
        for spec in self.desired["alerts"]:
            alert = self._alert_part(parent, "alert", spec, ("path", "description"))
            if spec.get("select") is not None:
                select = alert.find("select")
                if select is None:
                    select = ET.SubElement(alert, "select")
                for child in list(select):
                    if isinstance(child.tag, str) and child.tag[len("select_"):] not in spec["select"]:
                        select.remove(child)
                for name in spec["select"]:
                    if select.find("select_" + name) is None:
                        ET.SubElement(select, "select_" + name)
            for recipient in spec.get("recipients") or ():
                self._alert_part(alert, "recipient", recipient, ("value", "description"))
            if self.purge:
                _keep_listed(alert, "recipient", spec.get("recipients") or ())
        if self.purge:
            _keep_listed(parent, "alert", self.desired["alerts"])

    def _alert_part(self, parent, tag, spec, options):
        found = next((item for item in parent.findall(tag) if item.get("id") == spec["id"]), None)
        if found is None:
            self.ids.taken.add(spec["id"])
            found = ET.SubElement(parent, tag, {"id": spec["id"]})
        found.attrib.update({key: as_text(spec[key]) for key in options if spec.get(key) is not None})
        for kind in ("instance_attributes", "meta_attributes"):
            write_pairs(found, kind, "%s-%s" % (spec["id"], kind), spec.get(kind) or {}, self.ids, self.purge)
        return found


def _keep_listed(parent, tag, specs):
    listed = {spec["id"] for spec in specs}
    for item in parent.findall(tag):
        if item.get("id") not in listed:
            parent.remove(item)


def _resources_of(constraint):
    """Ids of all resources a constraint names, sets of resources included."""
    named = {constraint.get(key) for key in ("rsc", "with-rsc", "first", "then")} - {None}
    return named | {item.get("id") for item in constraint.iter("resource_ref")}
