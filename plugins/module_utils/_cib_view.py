# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between two descriptions of a CIB, how to show it, and what tells two CIBs apart. No I/O.

Private to this collection.
"""

from __future__ import annotations

import hashlib
import json
import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_describe import KINDS, OWN_PROPERTIES

MASK = "********"
SECRET_NAME = re.compile(r"pass|secret|token", re.IGNORECASE)


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
# What stands in these stands for itself: a node that was removed and added again has its devices at the end. Members of a
# group, and of a set in a constraint, do have an order.
SECTIONS = ("nodes", "resources", "constraints", "fencing-topology", "tags", "alerts", "acls")


def _canonical(element, ignored):
    """An element as nested lists in which ids of pairs, empty sets, and the order of pairs and in a section do not count."""
    unordered = element.tag in SETS + SECTIONS
    attributes = [[key, value] for key, value in sorted(element.attrib.items())
                  if key != "id" or element.tag not in SETS + ("nvpair", "op")]
    inner = [_canonical(child, ignored) for child in element if isinstance(child.tag, str) and not ignored(child)]
    inner = [item for item in inner if item[1] or item[2] or item[0] not in SETS + ("rsc_defaults", "op_defaults")]
    return [element.tag, attributes, sorted(inner) if unordered else inner]


def digest(root):
    """sha256 of what the configuration means, without what changes in operation: standby and the refresh stamp."""
    standby = [pair for pair in root.iterfind("configuration/nodes/node/instance_attributes/nvpair")
               if pair.get("name") == "standby"]
    # Made when something is first said of a remote node, such as its standby.
    standby += [node for node in root.iterfind("configuration/nodes/node") if node.get("type") == "remote"
                and all(pair in standby for pair in node.iter("nvpair"))]

    def ignored(child):
        return child in standby or child.tag == "nvpair" and child.get("name") == "last-lrm-refresh"
    text = json.dumps(_canonical(root.find("configuration"), ignored))
    return hashlib.sha256(text.encode()).hexdigest()


def users_part(root):
    """The configuration without nodes and properties that Pacemaker writes itself: a change in it is a user's."""
    def ignored(child):
        return child.tag == "nodes" or child.tag == "nvpair" and child.get("name") in OWN_PROPERTIES
    return _canonical(root.find("configuration"), ignored)
