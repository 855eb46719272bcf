# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused before anything is done: the desired configuration against itself and the live CIB. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils._cib import plan
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_bundles import bundle_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_constraints import constraint_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_levels import level_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_nodes import node_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_rules import (
    SCORE, rule_problems, schema_problems)
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_text import text_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_wanted import wanted_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import is_true
from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import (
    desired_remote_nodes, hosts_of, remote_nodes, unfenced_problem)
from ansible_collections.halab.cluster.plugins.module_utils._cib_resources import RESOURCE_KINDS
from ansible_collections.halab.cluster.plugins.module_utils._cib_sets import SET_TAGS, specs_of
from ansible_collections.halab.cluster.plugins.module_utils._cib_words import old_words
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    interval_ms, is_stonith, read_pairs, section, split_agent)

NAME = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)

# Lists of things with an id, and how the CIB calls what is in them.
TAGS = {"templates": ("template",), "resources": ("primitive",), "groups": ("group",),
        "clones": ("clone", "master"), "bundles": ("bundle",), "tags": ("tag",), "alerts": ("alert",),
        "fencing_levels": ("fencing-level",), "acl_roles": ("acl_role",), "acl_groups": ("acl_group",),
        "constraints": ("rsc_location", "rsc_colocation", "rsc_order", "rsc_ticket")}


def problems(live, desired, purge=False, purge_stonith=False):
    """Everything that is wrong, one sentence each."""
    groups, clones = desired.get("groups") or [], desired.get("clones") or []
    found = text_problems(desired) + _ids(live, desired) + _old_words(desired)
    found += node_problems(live, desired)
    for where, context, spec, plain in specs_of(desired):
        found += rule_problems(where, spec["rule"], context) + _conditional(where, spec, plain)
    known = _known(live, desired, purge, purge_stonith)
    for kind in ("templates", "resources"):
        for spec in desired.get(kind) or ():
            found += _primitive("%s: %s" % (kind, spec["id"]), spec, known["template"])
    found += _groups(groups, known["primitive"]) + _clones(clones, groups, known)
    found += bundle_problems(desired.get("bundles") or [], groups, clones, known["primitive"])
    everything = sorted(set().union(*known.values()))
    for spec in desired.get("constraints") or ():
        found += constraint_problems(spec, everything)
    for spec in desired.get("fencing_levels") or ():
        found += level_problems(spec)
    # A plan can only be made when everything that is named exists.
    return found or _too_new(live, desired) or wanted_problems(plan(live, desired, purge, purge_stonith)[0], desired)


def unknown_nodes(live, desired):
    """Nodes that are named and that the cluster has not met: a typo, or a node that never started."""
    known = {node.get("uname") for node in live.iterfind("configuration/nodes/node")}
    known.update(remote_nodes(live), desired_remote_nodes(desired))
    # A remote node comes after its fence device, which is tried before.
    for spec in desired.get("resources") or ():
        known.update(hosts_of(spec.get("instance_attributes") or {}) if is_fence_agent(spec.get("agent")) else ())
    named = [spec.get("node") for spec in desired.get("constraints") or ()]
    named += [spec.get("target") for spec in desired.get("fencing_levels") or ()]
    return {node: sorted(known) for node in named if node and node not in known}


def _resets_itself(wanted):
    """Whether Pacemaker has seen an sbd, and may wait until its watchdog has reset a lost node."""
    options = read_pairs(section(wanted, "crm_config"), "cluster_property_set")
    timeout = options.get("stonith-watchdog-timeout", "0").strip()
    return is_true(options.get("have-watchdog")) and timeout[:1] in tuple("123456789")


def is_fence_agent(agent):
    return (agent or "").startswith("stonith:")


def fencing_problem(wanted, status):
    """Why this configuration must not run in a cluster in this state, or None: nobody could stop a lost node."""
    if all(is_stonith(wanted, primitive) for primitive in wanted.iter("primitive")):
        return None
    if not status["cluster"]["stonith_enabled"]:
        return "The cluster has stonith-enabled=false: set it to true, after its fence devices."
    if unfenced_problem(wanted):
        return unfenced_problem(wanted)
    if _resets_itself(wanted):
        return None
    devices = {name: resource for name, resource in status["resources"].items()
               if resource["agent"].startswith("stonith:")}
    if any(device["role"] == "Started" and not device["failed"] for device in devices.values()):
        return None
    return "No fence device of the cluster is running (%s): configure one and see it started, before resources." % (
        ", ".join("%s is %s" % (name, device["role"]) for name, device in sorted(devices.items())) or "there is none")


def _primitive(where, spec, templates):
    found, agent = [], spec.get("agent")
    if bool(agent) == bool(spec.get("template")):
        found.append("%s: allowed is either agent or template; it has %s." % (where, "both" if agent else "neither"))
    elif agent and split_agent(agent) is None:
        found.append("%s: agent %s is not an agent name; allowed are ocf:<provider>:<type>, systemd:<unit>, "
                     "stonith:<agent>, lsb:<script>, service:<name>." % (where, agent))
    elif spec.get("template") and spec["template"] not in templates:
        found.append("%s: template %s does not exist; known templates: %s."
                     % (where, spec["template"], _names(templates)))
    both = set(spec.get("instance_attributes") or ()) & set(spec.get("secret_attributes") or ())
    for name in sorted(both):
        found.append("%s: %s is in instance_attributes and in secret_attributes; keep one." % (where, name))
    seen = set()
    for operation in spec.get("operations") or ():
        key = (operation["name"], interval_ms(operation.get("interval") or "0s"))
        if key in seen:
            found.append("%s: operation %s with interval %s is listed twice."
                         % (where, operation["name"], operation.get("interval") or "0s"))
        seen.add(key)
    return found


def _too_new(live, desired):
    rules = [(where, spec["rule"]) for where, context, spec, plain in specs_of(desired)]
    rules += [("constraints: %s" % spec["id"], spec["rule"]) for spec in desired.get("constraints") or ()
              if spec.get("rule")]
    return [problem for where, rule in rules for problem in schema_problems(where, rule, live.get("validate-with"))]


def _conditional(where, spec, plain):
    found, score = [], str(spec.get("score") or 0)
    if not SCORE.match(score):
        found.append("%s: score %s is not allowed: a whole number, INFINITY or -INFINITY." % (where, score))
    elif score.startswith("-") or score.strip("+0") == "":
        found += ["%s: %s is also given without a rule; allowed is a score above 0, or this one never counts." % (
                  where, name) for name in sorted(set(spec["attributes"]) & set(plain))]
    return found + old_words(where, spec["attributes"])


def _old_words(desired):
    found = []
    for kind in ("properties", "rsc_defaults", "op_defaults"):
        found += old_words(kind, desired.get(kind))
    for kind in RESOURCE_KINDS:
        for spec in desired.get(kind) or ():
            found += old_words("%s: %s: meta_attributes" % (kind, spec["id"]), spec.get("meta_attributes"))
    return found


def _clone_numbers(spec):
    found, meta = [], spec.get("meta_attributes") or {}
    for name in ("promoted-max", "promoted-node-max", "clone-max", "clone-node-max"):
        value = meta.get(name)
        if value is not None and not re.match(r"\d+\Z", str(value)):
            found.append("clones: %s: %s is %s; allowed is a whole number from 0." % (spec["id"], name, value))
    return found


def _ids(live, desired):
    found, owners = [], {}
    specs = [(kind, spec["id"]) for kind in TAGS
             for spec in desired.get(kind) or ()]
    specs += [(where, spec["id"]) for where, context, spec, plain in specs_of(desired)]
    specs += [("alerts: %s: recipients" % alert["id"], spec["id"])
              for alert in desired.get("alerts") or () for spec in alert.get("recipients") or ()]
    for kind, ident in specs:
        if not NAME.match(ident):
            found.append("%s: id %r is not allowed: a letter or _ first, then letters, digits, '_', '.', '-'."
                         % (kind, ident))
        if ident in owners:
            found.append("%s: id %s is listed twice (also in %s); ids must be unique." % (kind, ident, owners[ident]))
        owners.setdefault(ident, kind)
    live_tags = {}
    for element in live.find("configuration").iter():
        if element.get("id") and element.tag not in ("obj_ref", "resource_ref", "node", "role", "acl_target"):
            live_tags[element.get("id")] = element.tag
    for kind, ident in specs:
        tag = live_tags.get(ident)
        if tag and tag not in TAGS.get(kind, ("recipient",) + SET_TAGS):
            found.append("%s: id %s is taken by a %s in the live configuration; choose another." % (kind, ident, tag))
    return found


def _known(live, desired, purge, purge_stonith):
    """Ids of primitives, groups, clones, bundles, templates and tags that will exist."""
    known = {tag: {spec["id"] for spec in desired.get(kind) or ()} for kind, tag in (
        ("resources", "primitive"), ("groups", "group"), ("clones", "clone"), ("templates", "template"),
        ("bundles", "bundle"),
        ("tags", "tag"))}
    managed = any(desired.get(kind) is not None for kind in RESOURCE_KINDS)
    kept = {element.get("template") for element in live.iter("primitive")
            if is_stonith(live, element) and not purge_stonith}
    resources = section(live, "resources")
    tags = section(live, "tags")
    for tag in tags.findall("tag") if tags is not None and not (purge and desired.get("tags") is not None) else ():
        known["tag"].add(tag.get("id"))
    for element in resources.iter() if resources is not None else ():
        stays = not (purge and managed) or element.get("id") in kept or (
            element.tag == "primitive" and is_stonith(live, element) and not purge_stonith)
        kind = {"primitive": "primitive", "group": "group", "clone": "clone", "master": "clone",
                "bundle": "bundle", "template": "template"}.get(element.tag)
        if kind and stays:
            known[kind].add(element.get("id"))
    return known


def _groups(groups, primitives):
    found, owner = [], {}
    for spec in groups:
        if not spec["members"]:
            found.append("groups: %s has no members; list at least one resource." % spec["id"])
        for member in spec["members"]:
            if member not in primitives:
                found.append("groups: %s: member %s does not exist; known resources: %s."
                             % (spec["id"], member, _names(primitives)))
            if member in owner:
                found.append("groups: %s: member %s is already in group %s; a resource is in one group, once."
                             % (spec["id"], member, owner[member]))
            owner.setdefault(member, spec["id"])
    return found


def _clones(clones, groups, known):
    found, owner = [], {}
    grouped = {member: spec["id"] for spec in groups for member in spec["members"]}
    for spec in clones:
        member = spec["member"]
        if member not in known["primitive"] | known["group"]:
            found.append("clones: %s: member %s does not exist; known resources and groups: %s."
                         % (spec["id"], member, _names(known["primitive"] | known["group"])))
        if member in owner:
            found.append("clones: %s: member %s is already cloned by %s." % (spec["id"], member, owner[member]))
        if member in grouped:
            found.append("clones: %s: member %s is in group %s; clone the group instead."
                         % (spec["id"], member, grouped[member]))
        owner.setdefault(member, spec["id"])
        found += _clone_numbers(spec)
    return found


def _names(names):
    return ", ".join(sorted(names)) or "none"
