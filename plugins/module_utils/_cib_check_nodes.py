# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused in what is said of nodes, of their capacity and of their health. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_check_rules import SCORE
from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import desired_remote_nodes, remote_nodes
from ansible_collections.halab.cluster.plugins.module_utils._cib_words import PROPERTY_WORDS, SCORES


def node_problems(live, desired):
    known = sorted(node.get("uname") for node in live.iterfind("configuration/nodes/node"))
    # The plan for a cluster that has not been born knows no nodes yet; a real CIB names its schema.
    born = bool(known or live.get("validate-with"))
    known = sorted({*known, *remote_nodes(live), *desired_remote_nodes(desired)})
    found, seen = [], set()
    for spec in desired.get("nodes") or ():
        where = "nodes: %s" % spec["name"]
        if born and spec["name"] not in known:
            found.append("%s: there is no such node; allowed are %s." % (where, ", ".join(known) or "none"))
        if spec["name"] in seen:
            found.append("%s: it is there twice; allowed is once." % where)
        seen.add(spec["name"])
        if "standby" in (spec.get("instance_attributes") or {}):
            found.append("%s: standby is no attribute to be set here; module pacemaker_node puts nodes in standby."
                         % where)
        found += _capacity(where, spec)
    for kind in ("templates", "resources"):
        for spec in desired.get(kind) or ():
            found += _capacity("%s: %s" % (kind, spec["id"]), spec)
    return found + _properties(desired.get("properties") or {})


def _capacity(where, spec):
    """Pacemaker counts in whole numbers, and takes what is none for 0."""
    return ["%s: utilization: %s is %s; allowed is a whole number from 0." % (where, name, value)
            for name, value in (spec.get("utilization") or {}).items()
            if value is not None and (isinstance(value, bool) or not re.match(r"\d+\Z", str(value)))]


def _properties(properties):
    found = ["properties: %s is %s; allowed are %s." % (name, properties[name], ", ".join(words))
             for name, words in PROPERTY_WORDS.items()
             if properties.get(name) is not None and properties[name] not in words]
    return found + ["properties: %s is %s; allowed is a whole number, INFINITY or -INFINITY." % (name, properties[name])
                    for name in SCORES
                    if properties.get(name) is not None and not SCORE.match(str(properties[name]))]
