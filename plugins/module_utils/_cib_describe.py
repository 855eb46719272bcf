# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The meaning of a CIB, apart from its XML: what is configured, in the words of the module's parameters. No I/O.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib_bundles import describe_bundle
from ansible_collections.halab.cluster.plugins.module_utils._cib_resource_sets import read_sets
from ansible_collections.halab.cluster.plugins.module_utils._cib_rules import read_rule
from ansible_collections.halab.cluster.plugins.module_utils._cib_sets import describe_conditional, read_conditional
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    agent_of, children, read_pairs, section)

# Written by Pacemaker itself; purging them would only make it write them again.
OWN_PROPERTIES = ("cluster-infrastructure", "dc-version", "have-watchdog", "cluster-name", "last-lrm-refresh")
CONSTRAINTS = {"location": "rsc_location", "colocation": "rsc_colocation", "order": "rsc_order",
               "ticket": "rsc_ticket"}
ACLS = {"acl_roles": "acl_role", "acl_targets": "acl_target", "acl_groups": "acl_group"}
KINDS = {"properties": "properties", "rsc_defaults": "rsc_defaults", "op_defaults": "op_defaults",
         "conditional_rsc_defaults": "conditional_rsc_defaults",
         "conditional_op_defaults": "conditional_op_defaults",
         "templates": "template", "resources": "resource", "groups": "group", "clones": "clone",
         "bundles": "bundle",
         "constraints": "constraint", "tags": "tag", "fencing_levels": "fencing_level",
         "nodes": "node", "acl_roles": "acl_role", "acl_targets": "acl_target", "acl_groups": "acl_group",
         "alerts": "alert"}


def describe(root):
    """The configuration in the words of the module's parameters: kind -> id -> content."""
    view = {kind: {} for kind in KINDS}
    for kind, (parent, tag, ident) in {
        "properties": ("crm_config", "cluster_property_set", "cib-bootstrap-options"),
        "rsc_defaults": ("rsc_defaults", "meta_attributes", "rsc_defaults-options"),
        "op_defaults": ("op_defaults", "meta_attributes", "op_defaults-options"),
    }.items():
        view[kind][ident] = read_pairs(section(root, parent), tag)
    for kind in ("rsc_defaults", "op_defaults"):
        view["conditional_" + kind] = read_conditional(section(root, kind), "meta_attributes")
    resources = section(root, "resources")
    for element in resources.iter() if resources is not None else ():
        ident = element.get("id")
        if element.tag == "template":
            view["templates"][ident] = _describe_primitive(element)
        elif element.tag == "primitive":
            view["resources"][ident] = _describe_primitive(element)
        elif element.tag == "group":
            view["groups"][ident] = dict(
                _remark(element), members=[item.get("id") for item in element.findall("primitive")],
                meta_attributes=read_pairs(element, "meta_attributes"), **describe_conditional(element))
        elif element.tag in ("clone", "master"):
            member = children(element, "primitive", "group")
            meta = read_pairs(element, "meta_attributes")
            if element.tag == "master":
                meta["promotable"] = "true"
            view["clones"][ident] = dict(
                _remark(element), member=member[0].get("id") if member else None, meta_attributes=meta,
                **describe_conditional(element))
        elif element.tag == "bundle":
            member = element.find("primitive")
            view["bundles"][ident] = dict(
                _remark(element), **describe_bundle(element), member=None if member is None else member.get("id"),
                meta_attributes=read_pairs(element, "meta_attributes"), **describe_conditional(element))
    types = {tag: kind for kind, tag in CONSTRAINTS.items()}
    constraints = section(root, "constraints")
    for element in constraints if constraints is not None else ():
        if isinstance(element.tag, str):
            view["constraints"][element.get("id")] = dict(
                {key: value for key, value in element.attrib.items() if key != "id"},
                type=types.get(element.tag, element.tag), **_parts(element))
    view["tags"] = _describe_tags(root)
    for kind, tag in ACLS.items():
        for element in root.iterfind("configuration/acls/" + tag):
            view[kind][element.get("id")] = dict(_remark(element), permissions=read_permissions(element)) \
                if tag == "acl_role" else {"roles": sorted(role.get("id") for role in element.findall("role"))}
    for node in root.iterfind("configuration/nodes/node"):
        view["nodes"][node.get("uname")] = {
            tag: read_pairs(node, tag) for tag in ("instance_attributes", "utilization")}
    for level in root.iterfind("configuration/fencing-topology/fencing-level"):
        content = {key: value for key, value in level.attrib.items() if key != "id"}
        content["devices"] = level.get("devices", "").split(",")
        view["fencing_levels"][level.get("id")] = content
    alerts = section(root, "alerts")
    for element in alerts.findall("alert") if alerts is not None else ():
        view["alerts"][element.get("id")] = _describe_alert(element)
    return view


def _describe_tags(root):
    """id -> members; their order means nothing."""
    tags = section(root, "tags")
    return {tag.get("id"): {"members": sorted(item.get("id") for item in tag.findall("obj_ref"))}
            for tag in (tags.findall("tag") if tags is not None else ())}


def read_permissions(role):
    return [{key: value for key, value in item.attrib.items() if key != "id"}
            for item in role.findall("acl_permission")]


def _parts(constraint):
    """What a constraint holds besides its attributes."""
    found, sets = {}, read_sets(constraint)
    rules = [read_rule(rule) for rule in constraint.findall("rule")]
    if sets:
        found["resource_sets"] = sets
    if rules:
        found["rule"] = rules[0] if len(rules) == 1 else rules
    return found


def _remark(element):
    return {"description": element.get("description")} if element.get("description") else {}


def _describe_primitive(element):
    operations = {}
    for operation in element.iterfind("operations/op"):
        content = {key: value for key, value in operation.attrib.items() if key not in ("id", "name")}
        content["instance_attributes"] = read_pairs(operation, "instance_attributes")
        operations["%s %s" % (operation.get("name"), operation.get("interval", "0"))] = content
    origin = {"template": element.get("template")} if element.get("template") else {"agent": agent_of(element)}
    return {
        **origin,
        **_remark(element),
        "instance_attributes": read_pairs(element, "instance_attributes"),
        "meta_attributes": read_pairs(element, "meta_attributes"),
        "utilization": read_pairs(element, "utilization"),
        "operations": operations,
        **describe_conditional(element),
    }


def _describe_alert(element):
    content = {key: value for key, value in element.attrib.items() if key != "id"}
    content["instance_attributes"] = read_pairs(element, "instance_attributes")
    content["meta_attributes"] = read_pairs(element, "meta_attributes")
    select = element.find("select")
    if select is not None:
        content["select"] = sorted(item.tag[len("select_"):] for item in select if isinstance(item.tag, str))
    content["recipients"] = {
        item.get("id"): {
            "value": item.get("value"),
            "instance_attributes": read_pairs(item, "instance_attributes"),
            "meta_attributes": read_pairs(item, "meta_attributes"),
        } for item in element.findall("recipient")}
    return content
