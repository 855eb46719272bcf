# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The meaning of a CIB, apart from its XML: what is configured, what differs, and how to show it. No I/O.

Private to this collection.
"""

from __future__ import annotations

import hashlib
import json
import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    agent_of, children, read_pairs, section)

# Written by Pacemaker itself; purging them would only make it write them again.
OWN_PROPERTIES = ("cluster-infrastructure", "dc-version", "have-watchdog", "cluster-name", "last-lrm-refresh")
CONSTRAINTS = {"location": "rsc_location", "colocation": "rsc_colocation", "order": "rsc_order"}
MASK = "********"
SECRET_NAME = re.compile(r"pass|secret|token", re.IGNORECASE)
KINDS = {"properties": "properties", "rsc_defaults": "rsc_defaults", "op_defaults": "op_defaults",
         "resources": "resource", "groups": "group", "clones": "clone", "constraints": "constraint",
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
    resources = section(root, "resources")
    # A group's or clone's own entry says what is in it; a bundle has no entry.
    bundles = {item.get("id"): bundle.get("id") for bundle in root.iterfind("configuration/resources/bundle")
               for item in bundle.findall("primitive")}
    for element in resources.iter() if resources is not None else ():
        ident = element.get("id")
        if element.tag == "primitive":
            view["resources"][ident] = _describe_primitive(element)
            if ident in bundles:
                view["resources"][ident]["bundle"] = bundles[ident]
        elif element.tag == "group":
            view["groups"][ident] = {"members": [item.get("id") for item in element.findall("primitive")],
                                     "meta_attributes": read_pairs(element, "meta_attributes")}
        elif element.tag in ("clone", "master"):
            member = children(element, "primitive", "group")
            view["clones"][ident] = {"member": member[0].get("id") if member else None,
                                     "meta_attributes": read_pairs(element, "meta_attributes")}
    types = {tag: kind for kind, tag in CONSTRAINTS.items()}
    constraints = section(root, "constraints")
    for element in constraints if constraints is not None else ():
        if isinstance(element.tag, str):
            view["constraints"][element.get("id")] = dict(
                {key: value for key, value in element.attrib.items() if key != "id"},
                type=types.get(element.tag, element.tag))
    alerts = section(root, "alerts")
    for element in alerts.findall("alert") if alerts is not None else ():
        view["alerts"][element.get("id")] = _describe_alert(element)
    return view


def _describe_primitive(element):
    operations = {}
    for operation in element.iterfind("operations/op"):
        content = {key: value for key, value in operation.attrib.items() if key not in ("id", "name")}
        content["instance_attributes"] = read_pairs(operation, "instance_attributes")
        operations["%s %s" % (operation.get("name"), operation.get("interval", "0"))] = content
    return {
        "agent": agent_of(element),
        "instance_attributes": read_pairs(element, "instance_attributes"),
        "meta_attributes": read_pairs(element, "meta_attributes"),
        "operations": operations,
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


def flatten(content, prefix=""):
    """Nested dicts as one dict of dotted paths."""
    flat = {}
    for key, value in content.items():
        if isinstance(value, dict):
            flat.update(flatten(value, prefix + key + "."))
        else:
            flat[prefix + key] = value
    return flat


def differences(before, after):
    """What leads from one view to the other: a list of steps with action, kind, id and changes."""
    steps = []
    for kind, singular in KINDS.items():
        old, new = before[kind], after[kind]
        for ident in list(old) + [item for item in new if item not in old]:
            left, right = flatten(old.get(ident, {})), flatten(new.get(ident, {}))
            changes = {path: {"before": left.get(path), "after": right.get(path)}
                       for path in list(left) + [item for item in right if item not in left]
                       if left.get(path) != right.get(path)}
            if ident not in old:
                action = "create"
            elif ident not in new:
                action = "remove"
            elif changes:
                action = "update"
            else:
                continue
            steps.append({"action": action, "kind": singular, "id": ident, "changes": changes})
    return steps


def masked(steps, secret_names=()):
    """The same steps, values of secrets hidden; that a secret changes stays visible."""
    result = []
    for step in steps:
        changes = {}
        for path, change in step["changes"].items():
            name = path.rsplit(".", 1)[-1]
            if "instance_attributes." in path and (name in secret_names or SECRET_NAME.search(name)):
                change = {"before": None if change["before"] is None else MASK,
                          "after": None if change["after"] is None else MASK + " (new)"}
            changes[path] = change
        result.append(dict(step, changes=changes))
    return result


def readable(steps):
    """Both sides of a diff as text, only what differs."""
    sides = {"before": [], "after": []}
    for step in steps:
        for side, lines in sides.items():
            if step["action"] == {"before": "create", "after": "remove"}[side]:
                continue
            lines.append("%s %s:" % (step["kind"], step["id"]))
            for path, change in step["changes"].items():
                if change[side] is not None:
                    value = change[side]
                    lines.append("  %s: %s" % (path, json.dumps(value) if isinstance(value, list) else value))
    return {side: "".join(line + "\n" for line in lines) for side, lines in sides.items()}


def summary(steps):
    """Steps as one short line, for messages."""
    return ", ".join("%s %s %s%s" % (
        step["action"], step["kind"], step["id"],
        " (%s)" % ", ".join(step["changes"]) if step["action"] == "update" else "") for step in steps)


SETS = ("cluster_property_set", "instance_attributes", "meta_attributes", "utilization", "operations")


def _canonical(element, ignored):
    """An element as nested lists in which ids of pairs, empty sets and the order of pairs do not count."""
    unordered = element.tag in SETS
    attributes = [[key, value] for key, value in sorted(element.attrib.items())
                  if key != "id" or element.tag not in SETS + ("nvpair", "op")]
    inner = [_canonical(child, ignored) for child in element if isinstance(child.tag, str) and not ignored(child)]
    inner = [item for item in inner if item[1] or item[2] or item[0] not in SETS + ("rsc_defaults", "op_defaults")]
    return [element.tag, attributes, sorted(inner) if unordered else inner]


def digest(root):
    """sha256 of what the configuration means, without what changes in operation: standby and the refresh stamp."""
    standby = [pair for pair in root.iterfind("configuration/nodes/node/instance_attributes/nvpair")
               if pair.get("name") == "standby"]

    def ignored(child):
        return child in standby or child.tag == "nvpair" and child.get("name") == "last-lrm-refresh"
    text = json.dumps(_canonical(root.find("configuration"), ignored))
    return hashlib.sha256(text.encode()).hexdigest()


def users_part(root):
    """The configuration without nodes and properties that Pacemaker writes itself: a change in it is a user's."""
    def ignored(child):
        return child.tag == "nodes" or child.tag == "nvpair" and child.get("name") in OWN_PROPERTIES
    return _canonical(root.find("configuration"), ignored)
