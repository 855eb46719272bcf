# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An administrator's verbs on one resource: from the live CIB to the one after the verb. No I/O.

Private to this collection. A verb is a dict with the parameters of pacemaker_resource as keys. The constraints are those
that crm_resource makes, with its ids, so that pcs and crmsh find them and take them back.
"""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils import _duration
from ansible_collections.halab.cluster.plugins.module_utils._cib_describe import describe
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import BAN, PREFER, of_a_verb, state_words
from ansible_collections.halab.cluster.plugins.module_utils._cib_view import differences
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    CONTAINERS, Ids, parent_of, read_pairs, resource_by_id, section, template_by_id, write_pairs)

FOREVER = "forever"
# A meta attribute, what it says in a state out of the ordinary, and what it says in the ordinary one.
META = {"unmanaged": ("is-managed", "false", "true"), "maintenance": ("maintenance", "true", "false"),
        "disabled": ("target-role", "Stopped", "Started")}
BACK = {"managed": ("unmanaged", "maintenance"), "enabled": ("disabled",)}
PLACING = ("moved", "banned")
CLEANING = ("cleaned", "refreshed")
STATES = (*META, *BACK, *PLACING, "cleared", *CLEANING)
# Two runs in a row ask for two ends of a lifetime, which are meant to be one.
SLACK_S = 60


def plan(live, verb, now):
    """The CIB after the verb, and the steps that lead to it. No steps: nothing to do in the configuration."""
    wanted = copy.deepcopy(live)
    state, element = verb["state"], resource_by_id(wanted, verb["name"])
    if state in META:
        _set(element, wanted, *META[state][:2])
    for undone in BACK.get(state, ()):
        _take_back(element, wanted, *META[undone])
    if state == "cleared":
        _drop(wanted, [item for item in placements(wanted, verb["name"]) if verb["node"] in (None, item["node"])])
    if state == "moved":
        there = placements(wanted, verb["name"])
        _drop(wanted, [item for item in there if item["kind"] == BAN and item["node"] == verb["node"]])
        if verb["lifetime"] is None:
            _drop(wanted, [item for item in there if item["kind"] == PREFER])
        else:
            _place(wanted, PREFER, PREFER + verb["name"], verb, now)
    if state == "banned":
        _drop(wanted, [item for item in placements(wanted, verb["name"])
                       if item["kind"] == PREFER and item["node"] == verb["node"]])
        _place(wanted, BAN, "%s%s-on-%s" % (BAN, verb["name"], verb["node"]), verb, now)
    return wanted, differences(describe(live), describe(wanted))


def placements(root, name):
    """What moves and bans of a resource have left: id, kind, node, role, until (text or None), ends (None: unknown)."""
    constraints = section(root, "constraints")
    return [_placement(item) for item in (constraints if constraints is not None else ())
            if of_a_verb(item) and item.get("rsc") == name]


def _placement(item):
    node, until = item.get("node"), None
    for expression in item.iter("expression"):
        if expression.get("attribute") == "#uname" and expression.get("operation") == "eq":
            node = expression.get("value")
    for expression in item.iter("date_expression"):
        until = expression.get("end")
    return {"id": item.get("id"), "kind": BAN if item.get("id").startswith(BAN) else PREFER, "node": node,
            "role": item.get("role", "Started"), "until": until, "ends": _duration.parse(until)}


def is_over(placement, now):
    return placement["ends"] is not None and placement["ends"] <= now


def known_resources(root):
    resources = section(root, "resources")
    return [item.get("id") for item in (resources.iter() if resources is not None else ())
            if item.tag in ("primitive",) + CONTAINERS]


def containers(root, element):
    """What holds a resource, from the inside out."""
    found, parent = [], parent_of(root, element)
    while parent is not None and parent.tag in CONTAINERS:
        found.append(parent)
        parent = parent_of(root, parent)
    return found


def overruled(root, verb):
    """Why the verb has less effect than it seems, one text each: what is above or below says otherwise."""
    found, element = [], resource_by_id(root, verb["name"])
    for undone in BACK.get(verb["state"], ()):
        # The word for the state is the one that state_words has, too.
        word = state_words({META[undone][0]: META[undone][1]})[0]
        for other in containers(root, element) + [item for item in element.iter() if item is not element]:
            if other.tag in ("primitive",) + CONTAINERS and word in state_words(read_pairs(other, "meta_attributes")):
                found.append("%s is %s, too: make it %s as well." % (other.get("id"), word, verb["state"]))
    return found


def _inherited(root, element, name):
    """What counts for a resource that does not say it itself."""
    template = template_by_id(root, element.get("template")) if element.get("template") else None
    said = read_pairs(template, "meta_attributes")
    return said.get(name, read_pairs(section(root, "rsc_defaults"), "meta_attributes").get(name))


def _out_of_the_ordinary(name, value):
    return value is not None and bool(state_words({name: value}))


def _set(element, root, name, value):
    if not _out_of_the_ordinary(name, read_pairs(element, "meta_attributes").get(name)):
        _write(element, root, name, value)


def _take_back(element, root, name, dummy, ordinary):
    inherited = _inherited(root, element, name)
    if _out_of_the_ordinary(name, read_pairs(element, "meta_attributes").get(name, inherited)):
        _write(element, root, name, ordinary if _out_of_the_ordinary(name, inherited) else None)


def _write(element, root, name, value):
    write_pairs(element, "meta_attributes", element.get("id") + "-meta_attributes", {name: value}, Ids(root))


def _drop(root, doomed):
    constraints = section(root, "constraints")
    for item in list(constraints) if constraints is not None else ():
        if item.get("id") in [placement["id"] for placement in doomed]:
            constraints.remove(item)


def _place(root, kind, ident, verb, now):
    end = None if verb["lifetime"] in (None, FOREVER) else _duration.after(now, verb["lifetime"])
    role, score = verb["role"] or "Started", "-INFINITY" if kind == BAN else "INFINITY"
    there = [item for item in placements(root, verb["name"]) if item["id"] == ident]
    if there and _is_so(there[0], verb["node"], role, end, now):
        return
    _drop(root, there)
    constraint = ET.SubElement(section(root, "constraints", create=True), "rsc_location", {
        "id": ident, "rsc": verb["name"], "role": role})
    if end is None:
        constraint.attrib.update({"node": verb["node"], "score": score})
        return
    ids = Ids(root)
    rule = ET.SubElement(constraint, "rule", {
        "id": ids.new(ident + "-rule"), "score": score, "boolean-op": "and"})
    ET.SubElement(rule, "expression", {
        "id": ids.new(ident + "-expr"), "attribute": "#uname", "operation": "eq", "value": verb["node"],
        "type": "string"})
    ET.SubElement(rule, "date_expression", {
        "id": ids.new(ident + "-lifetime"), "operation": "lt", "end": _duration.text(end)})


def _is_so(placement, node, role, end, now):
    if (placement["node"], placement["role"]) != (node, role) or is_over(placement, now):
        return False
    if end is None or placement["ends"] is None:
        return end is None and placement["until"] is None
    return abs((placement["ends"] - end).total_seconds()) <= SLACK_S


# What cleaning is about

def scope(root, name):
    """The resource that crm_resource cleans when it is told this one: of a member, the whole."""
    above = containers(root, resource_by_id(root, name))
    return above[-1].get("id") if above else name


def members(resources, name):
    """The primitives of a resource, as pacemaker_info lists them."""
    return [ident for ident, resource in resources.items()
            if name is not None and name in (ident, resource["group"], resource["clone"])]


def failed(live, verb, status):
    """The failed operations that a cleaning forgets, and the (resource, node) whose failures have been counted."""
    names = members(status["resources"], scope(live, verb["name"])) if verb["name"] else None

    def meant(resource, node):
        return (names is None or resource.split(":")[0] in names) and verb["node"] in (None, node)
    operations = [item for item in status["failures"] if meant(item["resource"], item["node"])
                  and verb["operation"] in (None, item["operation"])]
    counted = [] if verb["operation"] else sorted(
        (resource, node) for resource, nodes in status["fail_counts"].items() for node in nodes if meant(resource, node))
    return operations, counted


def forgotten(live, operations, counted):
    """The CIB without the history of these failures: what Pacemaker would do then."""
    root = copy.deepcopy(live)
    gone = {(item["resource"].split(":")[0], item["node"]) for item in operations}
    gone |= {(resource.split(":")[0], node) for resource, node in counted}
    for state in root.iterfind("status/node_state"):
        for history in state.iter("lrm_resource"):
            if (history.get("id").split(":")[0], state.get("uname")) in gone:
                for operation in history.findall("lrm_rsc_op"):
                    # What a probe may find is no failure: runs, does not run, is promoted.
                    if operation.get("id", "").endswith("_last_failure_0") or \
                            operation.get("rc-code") not in ("0", "7", "8"):
                        history.remove(operation)
        for pairs in state.iterfind("transient_attributes/instance_attributes"):
            for pair in pairs.findall("nvpair"):
                what, dummy, rest = pair.get("name", "").partition("-")
                for resource, node in gone:
                    if what in ("fail", "last") and node == state.get("uname") and rest.startswith(
                            ("count-%s#" % resource, "failure-%s#" % resource)):
                        pairs.remove(pair)
                        break
    return root


def cleaning_commands(verb, operations):
    """crm_resource knows an operation by its interval as well, and takes no interval for 0."""
    what = ["crm_resource", "--cleanup" if verb["state"] == "cleaned" else "--refresh"]
    what += ["--resource", verb["name"]] if verb["name"] else []
    what += ["--node", verb["node"]] if verb["node"] else []
    if not verb["operation"]:
        return [what]
    return [what + ["--operation", verb["operation"], "--interval", "%dms" % interval]
            for interval in sorted({item["interval"] for item in operations})]


# What is true now

def where(resources, name, role=None):
    """The nodes that a resource, or any member of it, runs on (or is promoted on)."""
    key = "promoted" if role == "Promoted" else "nodes"
    return sorted({node for ident in members(resources, name) for node in resources[ident][key]})


def told(root, resources, name, now):
    """What is true of a resource, in sentences."""
    parts = members(resources, name)
    stopped = [ident for ident in parts if not resources[ident]["nodes"]]
    nodes, promoted = where(resources, name), where(resources, name, "Promoted")
    found = ["%s runs on %s." % (name, ", ".join(nodes)) if nodes else "%s is stopped." % name]
    if nodes and stopped:
        found.append("Stopped of it: %s." % ", ".join(stopped))
    if promoted:
        found.append("Promoted on %s." % ", ".join(promoted))
    words = state_words(read_pairs(resource_by_id(root, name), "meta_attributes"))
    found += ["It is %s." % " and ".join(words)] if words else []
    for item in placements(root, name):
        said = "It is banned from" if item["kind"] == BAN else "It is kept on"
        if item["role"] != "Started":
            said = "Promoted, it" + said[2:].lower()
        end = "until %s" % item["until"] if item["until"] else "until it is cleared"
        found.append("%s %s %s%s (%s)." % (said, item["node"], end, ", which is over" if is_over(item, now) else "",
                                           item["id"]))
    return " ".join(found)
