# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether orders lead back to where they began: Pacemaker would then never start what is in the circle. No I/O.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    children, read_pairs, resources_behind, section)

ACTIONS = ("start", "stop", "promote", "demote")
INVERSE = {"start": "stop", "stop": "start", "promote": "demote", "demote": "promote"}
RESOURCES = ("primitive", "group", "clone", "master", "bundle")


def circular_orders(wanted, desired):
    """One sentence for each circle that something desired is part of."""
    edges = _edges(wanted)
    own = ["constraints: " + spec["id"] for spec in desired.get("constraints") or () if spec["type"] == "order"]
    own += ["groups: " + spec["id"] for spec in desired.get("groups") or ()]
    found, told = [], set()
    for label in own:
        for before, after in [(before, after) for before in edges for after, name in edges[before].items()
                              if name == label]:
            path = _path(edges, after, before)
            labels = {label} | {edges[one][two] for one, two in zip(path, path[1:])} if path else set()
            if path and not labels & told:
                told |= labels - {None}
                found.append("%s: the order is circular: %s (%s); allowed is one that does not lead back to where it "
                             "began." % (label, " before ".join(_names(path)), ", ".join(sorted(labels - {None}))))
    return found


def _edges(root):
    """(resource, action, is it over) -> what comes after it -> who says so; None is in the nature of things."""
    edges = {}

    def add(before, after, label=None):
        edges.setdefault(before, {}).setdefault(after, label)
    resources = section(root, "resources")
    for element in resources.iter() if resources is not None else ():
        if element.tag not in RESOURCES:
            continue
        ident = element.get("id")
        add((ident, "start", True), (ident, "promote", False))
        add((ident, "demote", True), (ident, "stop", False))
        members = children(element, *RESOURCES)
        for action in ACTIONS:
            add((ident, action, False), (ident, action, True))
            for member in members:
                add((ident, action, False), (member.get("id"), action, False))
                add((member.get("id"), action, True), (ident, action, True))
        if element.tag == "group" and read_pairs(element, "meta_attributes").get("ordered") != "false":
            for first, then in zip(members, members[1:]):
                _order(add, (first.get("id"), "start"), (then.get("id"), "start"), True, "groups: " + ident)
    for several in root.findall("configuration/tags/tag") + root.findall("configuration/resources/template"):
        for member in resources_behind(root, several.get("id")):
            for action in ACTIONS:
                add((several.get("id"), action, False), (member, action, False))
                add((member, action, True), (several.get("id"), action, True))
    for constraint in root.iterfind("configuration/constraints/rsc_order"):
        if constraint.get("kind") != "Serialize":
            for before, after in _pairs(constraint):
                _order(add, before, after, constraint.get("symmetrical", "true").lower() not in ("false", "0"),
                       "constraints: " + constraint.get("id"))
    return edges


def _order(add, before, after, symmetrical, label):
    add(before + (True,), after + (False,), label)
    if symmetrical:
        add((after[0], INVERSE[after[1]], True), (before[0], INVERSE[before[1]], False), label)


def _pairs(constraint):
    """(resource, action) and what comes after it, of all an order constraint says."""
    if constraint.get("first"):
        action = constraint.get("first-action", "start")
        return [((constraint.get("first"), action),
                 (constraint.get("then"), constraint.get("then-action", action)))]
    pairs, previous = [], []
    for item in constraint.findall("resource_set"):
        members = [(reference.get("id"), item.get("action", "start")) for reference in item.findall("resource_ref")]
        if item.get("sequential", "true").lower() not in ("false", "0"):
            pairs += list(zip(members, members[1:]))
        pairs += [(before, after) for before in previous for after in members]
        previous = members
    return pairs


def _path(edges, start, goal):
    """The shortest way from one to the other."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == goal:
            return way
        for following in edges.get(way[-1], {}):
            if following not in seen:
                seen.add(following)
                ways.append(way + [following])
    return []


def _names(path):
    names = [path[-1][0]]
    for ident, dummy, dummy2 in path:
        if ident != names[-1]:
            names.append(ident)
    return names if len(names) > 1 else names * 2
