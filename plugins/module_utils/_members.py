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
    """How many votes more than it needs a partition has without a node, which need not be in it."""
    quorum, node = corosync["quorum"], corosync["nodes"].get(name, {})
    return quorum["total_votes"] - (node["votes"] if node.get("member") else 0) - quorum["quorum"]


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


def ready_problems(nodes, due, begun):
    """What corosync says against taking nodes away for a while, one after the other."""
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
    return problems


def homeless_problems(due, pacemaker):
    """Resources that would have nowhere to go."""
    problems = []
    for name in due:
        others = [other for other, node in pacemaker["nodes"].items()
                  if other != name and node["online"] and not node["standby"]]
        if not others and _carried(name, pacemaker):
            problems.append("%s: no other node is online and out of standby to take its resources. Readmit one: "
                            "playbooks/readmit.yml." % name)
    return problems


def in_order(due, pacemaker, begun):
    """The holder last: what it carries moves once, to a node that has been dealt with already."""
    return sorted(due, key=lambda name: (name not in begun, _carried(name, pacemaker), name))


def rolling_plan(nodes, pacemaker, begun=(), everyone=False, also=()):
    """{problems: sentences, order: names}. The order is none where there are problems.

    nodes: {name: what corosync_info says there}. pacemaker: what pacemaker_info says. begun: those that an interrupted
    run has begun with. everyone: also those that have nothing pending. also: those whose sbd has something pending.
    """
    due = [name for name, corosync in sorted(nodes.items())
           if everyone or name in begun or name in also or corosync.get("pending", {}).get("restart")]
    problems = ready_problems(nodes, due, begun) + homeless_problems(due, pacemaker)
    return {"problems": problems, "order": [] if problems else in_order(due, pacemaker, begun)}


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


def _removal_from_inventory(name, groups, devices, stonith):
    """What the inventory alone speaks against."""
    problems = []
    members, removed = groups
    if name not in members or name not in removed:
        problems.append("node is %r; allowed is a host of the cluster's group that is in group removed as well (%s): from "
                        "there, no converge brings it back." % (name, listed(sorted({*members} & {*removed}))))
    stay = [host for host in members if host not in removed]
    if not stay:
        problems.append("node is %s, the last node; allowed is one that leaves others. To end a cluster, stop it on all "
                        "nodes (pcs cluster stop --all)." % name)
    elif stonith and not [device for device in devices if device["target"] in stay]:
        problems.append("node is %s, and its fence device is the last one (fencing_devices has none for %s). Without one, "
                        "nothing runs." % (name, ", ".join(stay)))
    return problems


def removal_problems(name, groups, devices, nodes, pacemaker, power=None):
    """Sentences about what speaks against taking a node out of a running cluster; no sentence, no problem.

    groups: the hosts of the cluster's group, and those of group removed. devices: fence devices of those that stay.
    nodes: {name: what corosync_info says there} of those that stay. pacemaker: what pacemaker_info says there.
    power: what the fence device of the node says, where the node does not answer; none where it does.
    """
    problems = _removal_from_inventory(name, groups, devices, pacemaker["cluster"]["stonith_enabled"])
    others = [host for host in groups[1] if host != name and host in pacemaker["nodes"]]
    if others:
        problems.append("%s is in group removed as well, and still a node of the cluster; allowed is one at a time."
                        % ", ".join(others))
    for host, corosync in sorted(nodes.items()):
        if not corosync["running"]:
            problems.append("%s: corosync does not run there. Bring it back first: with it, the cluster can spare %s."
                            % (host, name))
        elif not corosync["quorum"]["quorate"] or spare_votes(corosync, name) < 0:
            problems.append("%s is needed for quorum: the members are %s, with %d of the %d votes that it takes. Bring the "
                            "others back first." % (name, listed(corosync["members"]), corosync["quorum"]["total_votes"],
                                                    corosync["quorum"]["quorum"]))
    state = pacemaker["nodes"].get(name, {})
    if power is not None and power != "off":
        problems.append("%s does not answer, and its fence device says that its power is %s. It may still write. Switch it "
                        "off: stonith_admin --off %s." % (name, power, name))
    if state.get("unclean"):
        problems.append("%s is lost and was not fenced yet. Wait until it was, or switch it off and say so: "
                        "stonith_admin --confirm %s." % (name, name))
    return problems


def addition_problems(names, hosts, running):
    """Sentences about what speaks against adding nodes to a running cluster; no sentence, no problem.

    hosts: all that belong to the cluster, the new ones among them. running: those where corosync runs.
    """
    problems = ["node is %r; allowed is a host of the cluster's group that is not in group removed: %s."
                % (name, listed(hosts)) for name in names if name not in hosts]
    old = [host for host in hosts if host not in names]
    if not [host for host in old if host in running]:
        return problems + ["There is no running cluster on %s to add a node to; playbooks/site.yml makes one." % listed(old)]
    return problems + ["%s: corosync does not run there. Bring it back first, or add it with the others: -e node=%s."
                       % (host, ",".join([*names, host])) for host in old if host not in running]


def replacement_problems(name, hosts, pacemaker, left, begun=False):
    """Sentences about what speaks against a new machine in the place of a node; no sentence, no problem.

    hosts: all that belong to the cluster, remote nodes among them. pacemaker: what pacemaker_info says on another one.
    left: files of a cluster that are on the machine. begun: whether an interrupted run has begun with it.
    """
    if name not in hosts:
        return ["node is %r; allowed is a node of the cluster or a remote node that is not in group removed: %s."
                % (name, listed(hosts))]
    state = pacemaker["nodes"].get(name)
    if state is None:
        return ["node is %s, which the cluster does not know; playbooks/node_add.yml adds a node, playbooks/site.yml a remote "
                "one." % name]
    problems = []
    if state["online"] and not begun:
        problems.append("%s is online, so there is nothing to replace. Switch the old machine off first." % name)
    if state["unclean"]:
        problems.append("%s was lost and not fenced yet. Wait until it was, or switch it off and say so: "
                        "stonith_admin --confirm %s." % (name, name))
    if left and not state["online"] and not begun:
        problems.append("%s has %s, so it is no new machine. A node that was lost only has to be started and readmitted "
                        "(playbooks/readmit.yml); one of another cluster has to be wiped." % (name, ", ".join(left)))
    return problems
