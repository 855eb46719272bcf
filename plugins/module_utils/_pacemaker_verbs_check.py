# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a verb can be refused: before anything is asked of Pacemaker, and by what it predicts. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _duration, _pacemaker_verbs
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import PREFER, is_true, state_words
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import read_pairs, resource_by_id, section
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_status import INFINITY
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_verbs import (
    CLEANING, FOREVER, PLACING, containers, is_over, known_resources, members, where)

# Parameters that only some states know.
ONLY = {"lifetime": PLACING, "role": PLACING, "node": PLACING + ("cleared",) + CLEANING, "operation": ("cleaned",)}
# What pacemaker_info says of a node that runs nothing new, in words.
UNFIT = {"unclean": "unclean", "pending": "not yet a member", "standby": "in standby", "maintenance": "in maintenance"}


def problems(live, verb, status, now):
    """Everything that is wrong, one sentence each."""
    found = _words(live, verb, status, now)
    if found or verb["state"] in CLEANING:
        return found
    element = resource_by_id(live, verb["name"])
    if verb["state"] in PLACING:
        found = _held(live, verb, element) or _role(verb, element)
    if verb["state"] == "moved" and not found:
        why = unfit(status["nodes"][verb["node"]])
        found = ["node: %s is %s; allowed is a node that can run resources." % (verb["node"], why)] if why else []
    if verb["state"] in PLACING + ("disabled",) and not found:
        found = _unmanaged(live, verb, status)
    if verb["state"] == "banned" and not found:
        found = _nobody_left(live, verb, status, now)
    return found


def _words(live, verb, status, now):
    found, resources, nodes = [], known_resources(live), sorted(status["nodes"])
    if verb["name"] is not None and verb["name"] not in resources:
        found.append("name: the cluster has no resource %s; it has %s." % (verb["name"], ", ".join(resources) or "none"))
    if verb["node"] is not None and verb["node"] not in nodes:
        found.append("node: the cluster has no node %s; it has %s." % (verb["node"], ", ".join(nodes)))
    for parameter, states in ONLY.items():
        if verb[parameter] is not None and verb["state"] not in states:
            found.append("%s: state %s does not know it; allowed with %s." % (
                parameter, verb["state"], ", ".join(states)))
    lifetime = verb["lifetime"]
    if lifetime not in (None, FOREVER) and _duration.after(now, lifetime) is None:
        found.append("lifetime: %s is %s; allowed are a duration of ISO 8601, such as PT30M, PT2H or P1DT12H, and %s." % (
            lifetime, _what_is_wrong_with(lifetime), FOREVER))
    return found


def _what_is_wrong_with(lifetime):
    if not _duration.DURATION.match(lifetime) or not re.search("[0-9]", lifetime):
        return "no duration"
    return "too long" if re.search("[1-9]", lifetime) else "over as soon as it begins"


def _held(live, verb, element):
    """What is held by something else goes where that goes."""
    holders = containers(live, element)
    return ["name: %s is a member of the %s %s, which goes as a whole; allowed is name: %s." % (
        verb["name"], holders[-1].tag, holders[-1].get("id"), holders[-1].get("id"))] if holders else []


def _role(verb, element):
    several = element.tag in ("clone", "master", "bundle")
    promotable = element.tag in ("master", "bundle") or is_true(
        read_pairs(element, "meta_attributes").get("promotable"))
    if verb["role"] == "Promoted" and not (several and promotable):
        return ["role: %s is never promoted; allowed with Promoted is a promotable clone." % verb["name"]]
    if verb["state"] == "moved" and several and verb["role"] != "Promoted":
        return ["name: %s is a %s, which runs on several nodes, so there is nothing to move; allowed is state: banned, "
                "from the node it has to leave%s." % (
                    verb["name"], element.tag, ", or role: Promoted" if promotable else "")]
    return []


def unfit(node):
    """Why a node can run nothing, or None."""
    if not node["online"]:
        return "offline"
    return next((said for flag, said in UNFIT.items() if node[flag]), None)


def _unmanaged(live, verb, status):
    if status["cluster"]["maintenance"]:
        return ["name: the cluster is in maintenance (maintenance-mode), so Pacemaker would not touch %s; take the "
                "cluster out of it first." % verb["name"]]
    unmanaged = [ident for ident in members(status["resources"], verb["name"])
                 if not status["resources"][ident]["managed"]]
    if not unmanaged:
        return []
    return ["name: Pacemaker would not touch what is unmanaged (%s); make it managed first (state: managed), or take its "
            "node out of maintenance." % ", ".join(unmanaged)]


def kept_off(live, name, node, now):
    """Constraints that keep a resource, or what is in it, off a node."""
    element, constraints = resource_by_id(live, name), section(live, "constraints")
    names = {item.get("id") for item in element.iter()}
    over = {item["id"] for ident in names for item in _pacemaker_verbs.placements(live, ident) if is_over(item, now)}
    found = [item.get("id") for item in (constraints.iter("rsc_location") if constraints is not None else ())
             if item.get("rsc") in names and item.get("node") == node and item.get("score") == "-INFINITY"
             and item.get("role", "Started") == "Started"]
    found += [item["id"] for item in _pacemaker_verbs.placements(live, name)
              if item["node"] == node and item["until"] and item["kind"] != PREFER]
    return [ident for ident in found if ident not in over]


def _reasons(live, verb, status, node, now):
    why = unfit(status["nodes"][node])
    reasons = ["it is %s" % why] if why else []
    reasons += ["constraint %s" % ident for ident in kept_off(live, verb["name"], node, now)]
    return reasons + ["%s has failed there too often" % ident for ident in members(status["resources"], verb["name"])
                      if status["fail_counts"].get(ident, {}).get(node, 0) >= INFINITY]


def _nobody_left(live, verb, status, now):
    why = {node: _reasons(live, verb, status, node, now) for node in sorted(status["nodes"]) if node != verb["node"]}
    if not all(why.values()):
        return []
    return ["node: without %s no node is left for %s (%s); allowed is a ban that leaves one." % (
        verb["node"], verb["name"], "; ".join("%s: %s" % (node, ", ".join(said)) for node, said in why.items())
        or "there is no other")]


def outcome_problems(live, verb, status, passing, final, now):
    """What is wrong with what crm_simulate predicts. passing: the resources when it has moved, final: in the end."""
    name, node, role = verb["name"], verb["node"], verb["role"]
    if verb["state"] == "moved":
        if where(passing, name, role) != [node]:
            return ["%s would not %s on %s but %s%s." % (
                name, "be promoted" if role == "Promoted" else "run", node,
                "on %s" % ", ".join(where(passing, name, role)) if where(passing, name, role) else "nowhere",
                _because(live, verb, status, now))]
        if where(final, name, role) != [node]:
            return ["%s would go back to %s when nothing keeps it on %s any more: its resource-stickiness is too small "
                    "against its constraints. Allowed is a lifetime (a duration, or %s)." % (
                        name, ", ".join(where(final, name, role)) or "no node", node, FOREVER)]
    if verb["state"] == "banned" and where(status["resources"], name, role) and not where(final, name, role):
        return ["%s would %s nowhere without %s%s." % (
            name, "be promoted" if role == "Promoted" else "run", node, _because(live, verb, status, now, node))]
    return []


def _because(live, verb, status, now, but=None):
    element = resource_by_id(live, verb["name"])
    said = ["%s is disabled" % item.get("id") for item in element.iter()
            if "disabled" in state_words(read_pairs(item, "meta_attributes"))]
    for node in sorted(set(status["nodes"]) - {but}):
        reasons = _reasons(live, verb, status, node, now)
        said += ["%s: %s" % (node, ", ".join(reasons))] if reasons else []
    return " (%s)" % "; ".join(said) if said else ""
