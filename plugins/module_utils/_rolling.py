# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what is changed on the nodes of a running cluster, in which order, and what speaks against it. No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._problems import listed


def unlinked(node):
    """Nodes that a node does not reach on one of its links, or that are no members."""
    return sorted(name for name, peer in node["nodes"].items()
                  if not peer["member"] or not set(peer["links"].values()) <= {"connected", "localhost"})


def spare_votes(corosync, name):
    """How many votes more than it needs a partition has without one of its nodes."""
    quorum = corosync["quorum"]
    return quorum["total_votes"] - corosync["nodes"].get(name, {}).get("votes", 1) - quorum["quorum"]


def _unread_problems(name, corosync):
    unread = corosync["pending"]["reload"] + corosync["pending"]["refused"]
    return ["%s: corosync has not loaded all that its corosync.conf says (%s). Converge first: playbooks/site.yml."
            % (name, ", ".join(unread))] if unread else []


def _file_problems(name, corosync):
    """What is to be settled before a restart would do any good."""
    pending, problems = corosync["pending"], _unread_problems(name, corosync)
    if pending["cold"]:
        problems.append("%s: %s cannot differ between two nodes even for a moment, so node after node does not do. Stop "
                        "Pacemaker and corosync on all nodes (pcs cluster stop --all), then start them."
                        % (name, ", ".join(pending["cold"])))
    return problems


def _partition_problems(name, corosync):
    """What would be lost with this node."""
    problems = []
    if not corosync["quorum"]["quorate"]:
        return ["%s: its partition has no quorum." % name]
    if spare_votes(corosync, name) < 0:
        problems.append("%s: without it the others have no quorum. Bring back whoever is missing (members are %s)."
                        % (name, listed(corosync["members"])))
    away = unlinked(corosync)
    if away:
        problems.append("%s: it does not reach %s on every link." % (name, ", ".join(away)))
    return problems


def _carried(name, pacemaker):
    """How many resources a node carries, fence devices left out."""
    return sum(1 for resource in pacemaker["resources"].values()
               if name in resource["nodes"] and not resource["agent"].startswith("stonith:"))


def rolling_plan(nodes, pacemaker, begun=(), everyone=False):
    """{problems: sentences, order: names}. The order is none where there are problems.

    nodes: {name: what corosync_info says there}. pacemaker: what pacemaker_info says. begun: those that an interrupted
    run has begun with. everyone: also those that have nothing pending.
    """
    due = [name for name, corosync in sorted(nodes.items())
           if everyone or name in begun or corosync.get("pending", {}).get("restart")]
    problems = []
    for name, corosync in sorted(nodes.items()):
        if not corosync["running"]:
            # The one that an interrupted run has left stopped is where the next run begins.
            problems += [] if name in begun else [
                "%s: corosync does not run. Converge (playbooks/site.yml), or take it out of the cluster "
                "(playbooks/node_remove.yml)." % name]
            continue
        problems += _file_problems(name, corosync)
        if due and not begun:
            problems += _partition_problems(name, corosync)
    for name in due:
        others = [other for other, node in pacemaker["nodes"].items()
                  if other != name and node["online"] and not node["standby"]]
        if not others and _carried(name, pacemaker):
            problems.append("%s: no other node is online and out of standby to take its resources. Readmit one: "
                            "playbooks/readmit.yml." % name)
    # The holder last: what it carries moves once, to a node that has been restarted already.
    order = sorted(due, key=lambda name: (name not in begun, _carried(name, pacemaker), name))
    return {"problems": problems, "order": [] if problems else order}


def rotation_problems(nodes, hosts, authkey, transport, interrupted=False):
    """Sentences about what speaks against a new key; no sentence, no problem.

    nodes: {name: what corosync_info says there}. hosts: all that belong to the cluster. authkey: whether the inventory
    has the key. interrupted: whether the nodes hold different keys, as an interrupted rotation leaves them; then some
    may have been cut off, and a new key on all nodes is what brings them back.
    """
    problems = []
    if authkey:
        problems.append("corosync_authkey is set, and the next converge would bring it back; allowed is an empty one, for "
                        "which a key is made here. Or put another secret there, and converge: playbooks/site.yml.")
    if transport != "knet":
        problems.append("corosync_totem: transport is %s, which does not encrypt; allowed is knet." % transport)
    missing = [name for name in hosts if name not in nodes]
    if missing:
        problems.append("--limit leaves out %s; allowed is a run on all nodes of the cluster, since one that keeps the old "
                        "key is cut off." % ", ".join(missing))
    for name, corosync in sorted(nodes.items()):
        if not corosync["running"]:
            problems.append("%s: corosync does not run. Converge (playbooks/site.yml), or take it out of the cluster "
                            "(playbooks/node_remove.yml)." % name)
            continue
        problems += _unread_problems(name, corosync)
        if not interrupted and (not corosync["quorum"]["quorate"] or unlinked(corosync)):
            problems.append("%s: it does not reach %s, or has no quorum. What is cut off would keep the old key."
                            % (name, listed(unlinked(corosync))))
    return problems
