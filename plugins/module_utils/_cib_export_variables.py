# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CIB as variables of roles pacemaker and fencing, in the order of their defaults. No I/O.

Private to this collection. What role fencing makes of a device exactly is a device of role fencing, and what role
pacemaker makes of a remote node is one; every other one is a resource as all others are.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._agents import unknown_agent
from ansible_collections.halab.cluster.plugins.module_utils._cib import plan
from ansible_collections.halab.cluster.plugins.module_utils._cib_export import export
from ansible_collections.halab.cluster.plugins.module_utils._cib_export_sets import is_secret
from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import AGENT, member_nodes, remote_nodes
from ansible_collections.halab.cluster.plugins.module_utils._cib_view import summary
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import interval_ms
from ansible_collections.halab.cluster.plugins.module_utils._problems_fencing import fencing_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker import (
    READMISSIONS, pacemaker_problems)
from ansible_collections.halab.cluster.plugins.module_utils._remote_nodes import remote_resources

# The alert of role pacemaker itself.
READMISSION = "standby-after-fencing"
BEFORE = ("properties", "rsc_defaults", "op_defaults", "conditional_rsc_defaults", "conditional_op_defaults",
          "templates", "resources")
AFTER = ("groups", "clones", "bundles", "constraints", "tags", "fencing_levels", "nodes", "acl_roles", "acl_targets",
         "acl_groups", "alerts")
# What role fencing says of a device.
DEVICE = {"id", "agent", "instance_attributes", "secret_attributes", "operations"}
# What an empty default need not be told of; that of the defaults of resources is not empty.
ALWAYS = ("pacemaker_rsc_defaults",)


def variables(root, secrets=False):
    """What pacemaker_info returns: variables, secrets that are left out, what is not exported, remarks."""
    desired, not_exported = export(root)
    # A net under all that was read: what would change is said, even if nobody thought of it.
    steps = plan(root, desired)[1]
    remarks = ["pacemaker_cib would change: %s." % summary(steps)] if steps else []
    told = {"pacemaker_" + kind: desired[kind] for kind in BEFORE + AFTER}
    readmission = _readmission(told, not_exported, remarks)
    devices, interval = _devices(root, told, remarks)
    remotes = _remotes(told, remarks)
    if devices and desired["properties"].get("stonith-enabled") is not True:
        remarks.append("fencing_devices: stonith-enabled is %s; role fencing would set it to true."
                       % desired["properties"].get("stonith-enabled", "not there"))
    pacemaker = {
        "pacemaker_readmission": readmission,
        **{"pacemaker_" + kind: told["pacemaker_" + kind] for kind in BEFORE},
        "pacemaker_remote_nodes": remotes,
        "pacemaker_extra_agents": _unknown(told["pacemaker_templates"] + told["pacemaker_resources"]),
        **{"pacemaker_" + kind: told["pacemaker_" + kind] for kind in AFTER}}
    fencing = {"fencing_devices": devices, "fencing_extra_agents": _unknown(devices),
               "fencing_monitor_interval": interval}
    remarks += _refusals(root, pacemaker, fencing)
    found, left_out = dict(pacemaker, **fencing), []
    if not secrets:
        found = _without_secrets(found, "", left_out)
    return {"variables": {key: value for key, value in found.items() if value not in (None, [], {}) or key in ALWAYS},
            "secrets_left_out": left_out, "not_exported": not_exported, "remarks": remarks}


def _unknown(specs):
    """Agents that Debian does not have: the roles take them for misspelt unless they are named."""
    agents = dict.fromkeys(spec["agent"] for spec in specs if spec.get("agent"))
    return [agent for agent in agents if unknown_agent("", agent, "", [])]


def _readmission(told, not_exported, remarks):
    """The role's variable for the role's own alert, which nothing else may have the name of."""
    alert = next((spec for spec in told["pacemaker_alerts"] if spec["id"] == READMISSION), None)
    if alert is None:
        remarks.append("pacemaker_readmission: the alert %s is not there; role pacemaker would add it." % READMISSION)
        return None
    told["pacemaker_alerts"] = [spec for spec in told["pacemaker_alerts"] if spec is not alert]
    value = alert.get("instance_attributes", {}).get("readmission")
    if value not in READMISSIONS or alert != {
            "id": READMISSION, "path": "/usr/local/sbin/" + READMISSION, "select": ["fencing"],
            "instance_attributes": {"readmission": value}}:
        not_exported.append("alerts: %s: role pacemaker has an alert of this name, and another one; it would change it."
                            % READMISSION)
    return value if value in READMISSIONS else None


def _devices(root, told, remarks):
    """(fencing_devices, fencing_monitor_interval): what role fencing would make anew as it is."""
    nodes = member_nodes(root) + list(remote_nodes(root))
    alone = {item.get("id") for item in root.iterfind("configuration/resources/primitive")}
    constraints = {spec["id"]: spec for spec in told["pacemaker_constraints"]}
    devices, intervals, off = {}, {}, set()
    for spec in told["pacemaker_resources"]:
        if not str(spec.get("agent")).startswith("stonith:"):
            continue
        attributes = dict(spec.get("instance_attributes") or {})
        target = attributes.pop("pcmk_host_list", None)
        ident = "%s-not-on-%s" % (spec["id"], target)
        keeps_off = {"id": ident, "type": "location", "rsc": spec["id"], "node": target, "score": "-INFINITY"}
        monitors = spec.get("operations") or []
        interval = interval_ms(monitors[0].get("interval", "0")) if monitors else 0
        reasons = [reason for reason, holds in (
            ("pcmk_host_list names no node of the cluster", target in nodes),
            ("constraint %s is not there" % ident, target not in nodes or constraints.get(ident) == keeps_off),
            ("it has other operations than a monitor with nothing but an interval",
             [sorted(item) for item in monitors] == [["interval", "name"]] and monitors[0]["name"] == "monitor"
             and isinstance(interval, int) and interval and interval % 1000 == 0),
            ("it has %s" % ", ".join(sorted(set(spec) - DEVICE)), set(spec) <= DEVICE),
            ("it is in a group or a clone", spec["id"] in alone),
        ) if not holds]
        if reasons:
            remarks.append("pacemaker_resources: %s is no device of role fencing: %s." % (
                spec["id"], "; ".join(reasons)))
            continue
        devices[spec["id"]] = {"id": spec["id"], "agent": spec["agent"].removeprefix("stonith:"), "target": target,
                               **({"instance_attributes": attributes} if attributes else {}),
                               **{key: spec[key] for key in ("secret_attributes",) if key in spec}}
        intervals[spec["id"]] = interval // 1000
        off.add(ident)
    # The role has one interval for all: the one that most have.
    common = max(intervals.values(), key=list(intervals.values()).count) if intervals else None
    for ident in [ident for ident in devices if intervals[ident] != common]:
        remarks.append("pacemaker_resources: %s is no device of role fencing: its interval is %s s, that of others "
                       "%s s." % (ident, intervals[ident], common))
        off.discard("%s-not-on-%s" % (ident, devices.pop(ident)["target"]))
    told["pacemaker_resources"] = [spec for spec in told["pacemaker_resources"] if spec["id"] not in devices]
    told["pacemaker_constraints"] = [spec for spec in told["pacemaker_constraints"] if spec["id"] not in off]
    return list(devices.values()), common


def _remotes(told, remarks):
    """pacemaker_remote_nodes: connections that role pacemaker would make anew as they are."""
    nodes = {}
    for spec in [spec for spec in told["pacemaker_resources"] if spec.get("agent") == AGENT]:
        node = {"name": spec["id"], **spec.get("instance_attributes", {}),
                **{key: spec[key] for key in ("operations", "meta_attributes") if key in spec}}
        if remote_resources([node]) == [spec]:
            nodes[spec["id"]] = node
        else:
            remarks.append("pacemaker_resources: %s is no remote node of role pacemaker, which says nothing but server, port, "
                           "reconnect_interval, operations and meta attributes, and says reconnect_interval, failure-timeout "
                           "and operations of each." % spec["id"])
    told["pacemaker_resources"] = [spec for spec in told["pacemaker_resources"] if spec["id"] not in nodes]
    return list(nodes.values())


def _refusals(root, pacemaker, fencing):
    """What the roles would have against these variables: a cluster may be run in ways that they refuse."""
    names = [{"name": name} for name in member_nodes(root)]
    readmission = pacemaker["pacemaker_readmission"] or "manual"
    found = pacemaker_problems(dict(
        pacemaker, pacemaker_readmission=readmission, corosync_nodes=names, fencing_devices=fencing["fencing_devices"],
        pacemaker_service_networks=[], pacemaker_accept_data_loss_without_fencing=False))
    names += [{"name": name} for name, (kind, ident) in remote_nodes(root).items() if kind == "remote"]
    found += fencing_problems(dict(fencing, corosync_nodes=names, pacemaker_accept_data_loss_without_fencing=False))
    return ["Refused: " + problem for problem in found]


def _without_secrets(value, where, left_out):
    """A copy without what may be a secret; its places are added to left_out."""
    if isinstance(value, list):
        return [_without_secrets(item, "%s: %s" % (where, item.get("id", item.get("name"))) if isinstance(item, dict)
                                 else where, left_out) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, inner in value.items():
        place = "%s: %s" % (where, key) if where else key
        if key == "secret_attributes":
            left_out += ["%s: %s" % (place, name) for name in inner]
        elif key in ("instance_attributes", "attributes"):
            result[key] = {name: said for name, said in inner.items() if not is_secret(name, said)}
            left_out += ["%s: %s" % (place, name) for name in inner if name not in result[key]]
        elif key in ("options", "run-command") and is_secret("", inner):
            left_out.append(place)
        else:
            result[key] = _without_secrets(inner, place, left_out)
    return result
