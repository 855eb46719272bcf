# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: which nodes of a running cluster are updated and rebooted, in which order, and what speaks against it. No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _members
from ansible_collections.halab.cluster.plugins.module_utils._apt import described, version_key
from ansible_collections.halab.cluster.plugins.module_utils._drill_picture import moment
from ansible_collections.halab.cluster.plugins.module_utils._problems import listed

# Source packages without which a node is none of a cluster.
CLUSTER = ("booth", "cluster-glue", "corosync", "corosync-qdevice", "crmsh", "dlm", "fence-agents", "kronosnet", "libqb",
           "pacemaker", "pcs", "resource-agents", "sbd")
REBOOTS = ("auto", "always", "never")
# Each node notes by its own watch when it heard of a fencing.
CLOCKS_DIFFER_S = 1.0
MIXED = {
    "corosync": "Nodes with either version of corosync hear each other as long as both are 3.x.",
    "pacemaker": "Nodes with either version of Pacemaker work together. The DC is one with the older feature set as long as "
                 "there is one. Until then a node with the older one may join; once the last one is updated, none may, and "
                 "there is no way back to the older version.",
}


def _removal_problems(name, plan, may_remove):
    problems = []
    for step in plan["removes"]:
        if step["source"] in CLUSTER:
            problems.append("%s: the update would remove %s %s, which belongs to the cluster; that is never done. Look at "
                            "what conflicts with it: apt-get --simulate dist-upgrade." % (name, step["name"], step["from"]))
        elif step["name"] not in may_remove:
            problems.append("%s: the update would remove %s %s; allowed are the packages of pacemaker_update_may_remove "
                            "(%s)." % (name, step["name"], step["from"], listed(may_remove)))
    return problems


def _major(version):
    return version.split(":")[-1].split(".")[0]


def _mixture_problems(name, plan):
    """Versions that cannot be mixed, not even while the nodes are updated one after the other."""
    problems = []
    for step in [step for step in plan["updates"] if step["source"] in MIXED]:
        what = "%s: %s %s -> %s" % (name, step["name"], step["from"], step["to"])
        if version_key(step["to"]) < version_key(step["from"]):
            problems.append("%s is a step back. A node with an older feature set may not join those with a newer one." % what)
        elif step["source"] == "corosync" and _major(step["from"]) != _major(step["to"]):
            problems.append("%s: two major versions of corosync do not hear each other. Stop the cluster on all nodes (pcs "
                            "cluster stop --all), update them, then start them." % what)
        elif step["source"] == "pacemaker" and _major(step["from"]) == "1":
            problems.append("%s: a node with Pacemaker 1 cannot be mixed with a newer one. Update to 2 first." % what)
    return problems


def _absent_problems(nodes):
    """A name that no node knows is misspelt."""
    absent = [set(node["packages"]["plan"]["absent"]) for node in nodes.values()]
    nowhere = sorted(set.intersection(*absent)) if absent else []
    return ["pacemaker_update_packages has %s, installed on no node; allowed are packages that are installed."
            % ", ".join(nowhere)] if nowhere else []


def _steps(node):
    return ["%s (finished)" % half for half in node["packages"]["plan"]["unfinished"]] + described(node["packages"]["plan"])


def _reasons(node, reboot):
    """Why a node is rebooted; no sentence, it is not."""
    if reboot == "never":
        return []
    asked = ["pacemaker_update_reboot is always"] if reboot == "always" else []
    if node["owed"] and not node["rebooted"]:
        asked = ["an interrupted run was to reboot it (pacemaker_update_reboot was always)"]
    return asked + node["packages"]["reboot"]["now"] + node["packages"]["reboot"]["after"]


def update_plan(nodes, pacemaker, begun=(), reboot="auto", may_remove=()):
    """{problems: sentences, order: names, nodes: {name: {packages, reboot}}, said: sentences}. No order with problems.

    nodes: {name: {corosync: what corosync_info says there, None on a remote node, packages: what apt_update_info returns,
    owed: whether an interrupted run was to reboot it in any case, rebooted: whether that reboot is what it was interrupted
    by}}.
    pacemaker: what pacemaker_info says. begun: those that an interrupted run has begun with. reboot: auto, always (all, or
    those that an interrupted run has left) or never.
    """
    if reboot not in REBOOTS:
        return {"problems": ["pacemaker_update_reboot is %r; allowed are %s." % (reboot, ", ".join(REBOOTS))],
                "order": [], "nodes": {}, "said": []}
    if any(node["owed"] for node in nodes.values()) and reboot == "always":
        reboot = "auto"
    wanted = {name: {"packages": _steps(node), "reboot": _reasons(node, reboot)} for name, node in sorted(nodes.items())}
    due = [name for name, want in wanted.items() if name in begun or want["packages"] or want["reboot"]]
    problems = _absent_problems(nodes)
    for name in wanted:
        problems += _removal_problems(name, nodes[name]["packages"]["plan"], may_remove)
        problems += _mixture_problems(name, nodes[name]["packages"]["plan"])
    members = {name: node["corosync"] for name, node in nodes.items() if node["corosync"]}
    problems += _members.ready_problems(members, due, begun)
    problems += _members.homeless_problems(due, pacemaker)
    # A remote node may be older than the cluster, and not newer.
    order = [] if problems else sorted(
        _members.in_order(due, pacemaker, begun), key=lambda name: (name not in begun, name not in members))
    return {"problems": problems, "order": order, "said": _said(nodes, wanted, reboot),
            "nodes": {name: wanted[name] for name in order}}


def _said(nodes, wanted, reboot):
    """What is to be known beforehand."""
    said = [MIXED[source] for source in sorted(MIXED)
            if any(step["source"] == source for node in nodes.values() for step in node["packages"]["plan"]["updates"])]
    for name in wanted:
        kept = nodes[name]["packages"]["plan"]["kept_back"]
        said += ["%s: kept back by apt: %s." % (name, ", ".join(kept))] if kept else []
        asks = _reasons(nodes[name], "auto") if reboot == "never" else []
        said += ["%s: not rebooted (pacemaker_update_reboot is never), though: %s." % (name, "; ".join(asks))] if asks else []
    return said


def last_fencing(history, name):
    """When a node was fenced last, in the words of its fence history; empty if it never was."""
    times = [entry["completed"] for entry in history
             if entry["target"] == name and entry["state"] == "success" and moment(entry["completed"])]
    return max(times, key=moment, default="")


def fenced_since(history, name, before):
    """When a node was fenced, if that is not what last_fencing has said before."""
    last = last_fencing(history, name)
    return last if last and (not before or moment(last) > moment(before) + CLOCKS_DIFFER_S) else ""
