# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused in a constraint by looking at it and at what exists. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_check_rules import SCORE, rule_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_constraints import BELONGS, WAYS

OPTIONAL = {
    "location": ("role", "resource-discovery"),
    "colocation": ("rsc-role", "with-rsc-role", "node-attribute", "influence"),
    "order": ("kind", "first-action", "then-action", "symmetrical", "score"),
    "ticket": ("rsc-role", "loss-policy"),
}
# What a set may say, by type of its constraint; all else means nothing there.
SET_KEYS = {
    "location": ("role",), "colocation": ("sequential", "role", "score"),
    "order": ("sequential", "require-all", "action"), "ticket": ("role",),
}
REFERENCES = ("rsc", "with-rsc", "first", "then")


def allowed_keys(kind):
    """What a constraint of this type may say besides its id and type."""
    return tuple(key for ways in WAYS[kind] for way in ways for key in way) + OPTIONAL[kind]


def missing_keys(spec):
    """(key, what else would do) for all that a constraint lacks."""
    found = []
    for ways in WAYS[spec["type"]]:
        taken = [way for way in ways if any(spec.get(key) is not None for key in way)]
        way = taken[0] if taken else ways[0]
        others = [" and ".join(other) for other in ways[1:]] if not taken else []
        found += [(key, " or ".join(others)) for key in way if spec.get(key) is None]
    return found


def constraint_problems(spec, everything):
    """Everything that is wrong with a constraint, one sentence each; everything: ids of all that can be named."""
    kind, where = spec["type"], "constraints: %s" % spec["id"]
    given = {key for key, value in spec.items() if value is not None} - {"id", "type"}
    found = ["%s: a %s constraint needs %s%s." % (where, kind, key, " (or %s)" % other if other else "")
             for key, other in missing_keys(spec)]
    for ways in WAYS[kind]:
        taken = [" and ".join(way) for way in ways if given & set(way)]
        if len(taken) > 1:
            found.append("%s: allowed is either %s; it has both." % (where, " or ".join(taken)))
    allowed = allowed_keys(kind)
    for key in sorted(given):
        if key not in allowed:
            found.append("%s: %s does not belong in a %s constraint; allowed are %s."
                         % (where, key, kind, ", ".join(allowed)))
        elif key in BELONGS and not given & set(BELONGS[key]):
            found.append("%s: %s is said of %s, which is not there." % (where, key, " or ".join(BELONGS[key])))
        elif key in REFERENCES and spec[key] not in everything:
            found.append("%s: %s %s does not exist; known resources: %s."
                         % (where, key, spec[key], ", ".join(everything) or "none"))
    if "score" in given and not SCORE.match(str(spec["score"])):
        found.append("%s: score %s is not allowed: a whole number, INFINITY or -INFINITY." % (where, spec["score"]))
    if kind == "order" and {"kind", "score"} <= given:
        found.append("%s: allowed is either kind or score; it has both." % where)
    if "resource_sets" in given and kind in SET_KEYS:
        found += _sets(where, kind, spec["resource_sets"], everything)
    if "rule" in given and kind == "location":
        found += rule_problems(where, spec["rule"], "location")
    if "rsc-pattern" in given and not _is_pattern(spec["rsc-pattern"]):
        found.append("%s: rsc-pattern %s is no regular expression." % (where, spec["rsc-pattern"]))
    return found


def _sets(where, kind, sets, everything):
    found, seen = [], []
    for number, item in enumerate(sets):
        place = "%s: resource_sets[%d]" % (where, number)
        if not item["members"]:
            found.append("%s: members is empty; allowed is a list of resources." % place)
        for member in item["members"]:
            if member not in everything:
                found.append("%s: member %s does not exist; known resources: %s."
                             % (place, member, ", ".join(everything) or "none"))
            if member in seen:
                found.append("%s: member %s is there twice; allowed is once in all sets." % (place, member))
            seen.append(member)
        for key in sorted(key for key, value in item.items() if value is not None and key != "members"):
            if key not in SET_KEYS[kind]:
                found.append("%s: %s means nothing in a set of a %s constraint; allowed are %s."
                             % (place, key, kind, ", ".join(SET_KEYS[kind])))
        if item.get("score") is not None and not SCORE.match(str(item["score"])):
            found.append("%s: score %s is not allowed: a whole number, INFINITY or -INFINITY." % (place, item["score"]))
        if item.get("require-all") is False and item.get("sequential") is not False:
            found.append("%s: require-all is false; allowed with sequential=false only." % place)
    if len(seen) < 2 and not found:
        found.append("%s: resource_sets has %s; allowed are two resources or more (for one there is %s)." % (
            where, "one resource" if seen else "none", " and ".join(WAYS[kind][0][0])))
    return found


def _is_pattern(text):
    try:
        return bool(re.compile(text))
    except re.error:
        return False
