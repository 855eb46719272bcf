# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Pacemaker's tools report, as plain data: crm_mon, crm_simulate and crmadmin XML, and the live CIB. No I/O.

Private to this collection.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import remote_nodes
from ansible_collections.halab.cluster.plugins.module_utils._cib_view import digest
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import children, read_pairs

DAEMONS = ("pacemakerd", "pacemaker-based", "pacemaker-fenced", "pacemaker-execd", "pacemaker-attrd",
           "pacemaker-schedulerd", "pacemaker-controld")
# The one of a remote or guest node.
REMOTE_DAEMON = "pacemaker-remoted"
NODE_FLAGS = ("online", "standby", "unclean", "pending", "maintenance")
RESOURCE_FLAGS = ("failed", "managed", "blocked")
CONDITIONS = ("dc", "quorum", "all_online", "settled", "healthy")
INFINITY = 1000000
# From least to most: what a clone shows is the role of its furthest instance.
ROLES = ("Stopped", "Stopping", "Starting", "Unpromoted", "Slave", "Started", "Demoting", "Promoting", "Promoted",
         "Master")


def _true(value):
    return (value or "").lower() in ("true", "yes", "on", "1", "y")


# crm_mon --output-as=xml

def parse_mon(text):
    """Cluster, nodes, resources, failures, fail counts and fencing history of one crm_mon output."""
    root = ET.fromstring(text)
    resources = _resources(root.find("resources"))
    return {
        "cluster": _cluster(root),
        "nodes": {node.get("name"): _node(node, resources) for node in root.iterfind("nodes/node")},
        "resources": resources,
        "failures": [{
            # op_key is resource_operation_interval; either of the first two may have a _ of its own.
            "resource": failure.get("op_key", "").removesuffix(
                "_%s_%s" % (failure.get("task"), failure.get("interval"))),
            "node": failure.get("node"),
            "operation": failure.get("task"),
            "interval": int(failure.get("interval") or 0),
            "rc": int(failure.get("exitcode", "1")),
            "exit_reason": failure.get("exitreason") or failure.get("exitstatus", ""),
            "when": failure.get("last-rc-change"),
        } for failure in root.iterfind("failures/failure")],
        "fail_counts": _fail_counts(root),
        "fence_history": [{
            "target": event.get("target"),
            "action": event.get("action"),
            "state": event.get("status"),
            "origin": event.get("origin"),
            "client": event.get("client"),
            "delegate": event.get("delegate"),
            "completed": event.get("completed"),
        } for event in root.iterfind("fence_history/fence_event")],
    }


def _cluster(root):
    dc = root.find("summary/current_dc")
    options = root.find("summary/cluster_options")
    options = {} if options is None else options.attrib
    present = dc is not None and _true(dc.get("present"))
    return {
        "dc": dc.get("name") if present else None,
        "quorate": present and _true(dc.get("with_quorum")),
        # Later 3.x releases write fencing-enabled.
        "stonith_enabled": _true(options.get("stonith-enabled", options.get("fencing-enabled"))),
        "maintenance": _true(options.get("maintenance-mode")),
        "version": (dc.get("version") or "").split("-")[0] or None if present else None,
    }


def _node(node, resources):
    kind = node.get("type", "member")
    if kind == "remote" and node.get("id_as_resource"):
        kind = "guest"
    # The connection is a resource with the name of the node, for a guest one that is in no configuration.
    holders = resources.get(node.get("name"), {}).get("nodes") if kind != "member" else None
    return dict({flag: _true(node.get(flag)) for flag in NODE_FLAGS}, id=node.get("id"), dc=_true(node.get("is_dc")),
                kind=kind, connected_from=holders[0] if holders else None, attributes={})


def _resources(parent):
    found = {}

    def visit(element, group, clone):
        for child in element:
            if child.tag == "resource":
                _merge_instance(found, child, group, clone)
            elif child.tag == "group":
                visit(child, _base_id(child), clone)
            elif child.tag in ("clone", "bundle", "replica"):
                visit(child, group, child.get("id") if child.tag != "replica" else clone)
    if parent is not None:
        visit(parent, None, None)
    return found


def _base_id(element):
    """Without the instance number of a clone (web:0)."""
    return element.get("id").split(":")[0]


def _merge_instance(found, element, group, clone):
    ident = _base_id(element)
    seen = found.setdefault(ident, {
        "agent": element.get("resource_agent", "").replace("::", ":"), "group": group, "clone": clone,
        "role": "Stopped", "nodes": [], "promoted": [], "failed": False, "managed": True, "blocked": False})
    seen["role"] = max(seen["role"], element.get("role", "Stopped"),
                       key=lambda role: ROLES.index(role) if role in ROLES else len(ROLES))
    nodes = {node.get("name") for node in element.findall("node")}
    seen["nodes"] = sorted(set(seen["nodes"]) | nodes)
    if element.get("role") in ("Promoted", "Master"):
        seen["promoted"] = sorted(set(seen["promoted"]) | nodes)
    seen["failed"] = seen["failed"] or _true(element.get("failed"))
    seen["blocked"] = seen["blocked"] or _true(element.get("blocked"))
    seen["managed"] = seen["managed"] and _true(element.get("managed"))


def _fail_counts(root):
    counts = {}
    for node in root.iterfind("node_history/node"):
        for history in node.findall("resource_history"):
            text = history.get("fail-count", "0")
            count = INFINITY if text == "INFINITY" else int(text)
            if count:
                counts.setdefault(history.get("id"), {})[node.get("name")] = count
    return counts


# crm_simulate --simulate --output-as=xml

def parse_simulation(text):
    """The transitions Pacemaker would make, and whether it would do anything at all (a monitor, for instance)."""
    root = ET.fromstring(text)
    actions = root.find("actions")
    transition = root.find("transition")
    nodes = [node for node in root.iterfind("cluster_status/nodes/node") if _true(node.get("is_dc"))]
    return {
        "transitions": [_transition(item) for item in actions] if actions is not None else [],
        "idle": not children(actions if actions is not None else [], "rsc_action", "node_action")
        and (transition is None or len(transition) == 0),
        "dc": nodes[0].get("name") if nodes else None,
    }


def parse_outcome(text):
    """The resources as they would be after those transitions."""
    return _resources(ET.fromstring(text).find("revised_cluster_status/resources"))


def _transition(item):
    if item.tag == "node_action":
        words = [item.get("task", "fence").capitalize(), item.get("node", "")]
        if item.get("action"):
            words.append("(%s)" % item.get("action"))
    else:
        words = [item.get("action", item.tag).capitalize(), item.get("resource", "")]
        if item.get("source") and item.get("dest") and item.get("source") != item.get("dest"):
            words.append("from %s to %s" % (item.get("source"), item.get("dest")))
        elif item.get("node") or item.get("dest") or item.get("source"):
            words.append("on %s" % (item.get("node") or item.get("dest") or item.get("source")))
    if item.get("reason"):
        words.append("due to %s" % item.get("reason"))
    if _true(item.get("blocked")):
        words.append("(blocked)")
    return " ".join(words)


# crmadmin --status NODE --output-as=xml

def parse_dc_state(text):
    """The state of the node's controller, S_IDLE when it has nothing to do."""
    element = ET.fromstring(text).find(".//crmd")
    return None if element is None else element.get("state")


# The live CIB

def dc_of(cib):
    """Name of the DC, or None. The CIB on disk remembers the last DC: only one that is a member now counts."""
    for state in cib.iterfind("status/node_state"):
        if state.get("id") == cib.get("dc-uuid") and state.get("join") == "member" \
                and state.get("crmd") not in (None, "offline", "0"):
            return state.get("uname")
    return None


def cib_version(cib):
    return ".".join(cib.get(key, "0") for key in ("admin_epoch", "epoch", "num_updates"))


def configuration(cib):
    """Version of the CIB, what it means, and who changed it last."""
    return {
        "admin_epoch": int(cib.get("admin_epoch", "0")),
        "epoch": int(cib.get("epoch", "0")),
        "num_updates": int(cib.get("num_updates", "0")),
        "digest": digest(cib),
        "update_user": cib.get("update-user"),
        "update_client": cib.get("update-client"),
        "update_origin": cib.get("update-origin"),
        "last_written": cib.get("cib-last-written"),
    }


def node_attributes(cib):
    """Permanent attributes of every node the CIB knows; a remote node of which nothing is said has no entry there."""
    return dict({name: {} for name in remote_nodes(cib)}, **{
        node.get("uname"): read_pairs(node, "instance_attributes")
        for node in cib.iterfind("configuration/nodes/node")})


# Conditions

def missing(status, wanted):
    """What of the wanted conditions does not hold yet, one text each."""
    wanted = set(wanted)
    if "healthy" in wanted:
        wanted |= {"dc", "quorum", "all_online", "settled"}
    found = []
    if "dc" in wanted and not status["cluster"]["dc"]:
        found.append("dc: no node is the designated controller")
    if "quorum" in wanted and not status["cluster"]["quorate"]:
        found.append("quorum: the partition is not quorate")
    if "all_online" in wanted:
        # A guest may be stopped on purpose; one that fails is a resource that fails.
        away = sorted(name for name, node in status["nodes"].items() if node.get("kind") != "guest"
                      and (not node["online"] or node["pending"] or node["unclean"]))
        if away or not status["nodes"]:
            found.append("all_online: not online: %s" % (", ".join(away) or "no node known"))
    if "settled" in wanted and not status["settled"]:
        found.append("settled: actions are running or outstanding")
    if "healthy" in wanted:
        found += ["healthy: daemon %s is not running" % name for name, up in status["daemons"].items() if not up]
        found += ["healthy: resource %s is %s" % (name, "failed" if resource["failed"] else "blocked")
                  for name, resource in status["resources"].items() if resource["failed"] or resource["blocked"]]
    return found


def start_failures(before, after):
    """Failures that are new and left a resource (or a clone's instance) not running."""
    old = {(item["resource"], item["node"], item["operation"], item["when"]) for item in before["failures"]}
    found = []
    for item in after["failures"]:
        if (item["resource"], item["node"], item["operation"], item["when"]) in old:
            continue
        resource = after["resources"].get(item["resource"].split(":")[0])
        if resource is None:
            continue
        lost = item["node"] not in resource["nodes"] if resource["clone"] else not resource["nodes"]
        if lost or resource["failed"] or resource["blocked"]:
            found.append(item)
    return found


def failure_text(item):
    return "resource %s: %s failed on %s with rc %s: %s" % (
        item["resource"], item["operation"], item["node"], item["rc"], item["exit_reason"] or "no reason given")
