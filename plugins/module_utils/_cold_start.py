# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what speaks against starting a cluster that was off as a whole, and who runs what afterwards. No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_reload
from ansible_collections.halab.cluster.plugins.module_utils._problems import listed


def _votes(text):
    """({node: votes}, the votes of a quorum, whether all nodes are waited for) by a corosync.conf."""
    found, nodes = _corosync_reload.read(text), {}
    for key, value in found.items():
        match = _corosync_reload.NODE.match(key)
        if match and match.group(2) == "name":
            nodes[value] = int(found.get("nodelist.node.%s.quorum_votes" % match.group(1), 1))
    two = found.get("quorum.two_node", "0") in ("1", "yes", "on")
    waits = found.get("quorum.wait_for_all", "1" if two else "0") in ("1", "yes", "on")
    needed = 1 if two else _corosync_reload.votes_needed(text)
    if "quorum.expected_votes" in found and not two and "quorum.device.model" not in found:
        needed = int(found["quorum.expected_votes"]) // 2 + 1
    return nodes, needed, waits


def _device_votes(text):
    found = _corosync_reload.read(text)
    if "quorum.device.model" not in found:
        return 0
    return int(found.get("quorum.device.votes", len(_votes(text)[0]) - 1))


def _wiped(looks):
    """Nodes that could not take part: a start would leave them out, or keep them from the others."""
    problems = []
    looks = {node: [line.strip() for line in text.splitlines()] for node, text in looks.items()}
    for node, lines in sorted(looks.items()):
        if not [line for line in lines if line.startswith("key ") or line == "plain"] or not [
                line for line in lines if line.startswith("node ")]:
            problems.append("%s has no key or no corosync.conf of a cluster, so it was wiped. One node is replaced by "
                            "playbooks/node_replace.yml, all of them are brought back by playbooks/restore.yml." % node)
    keys = {line for lines in looks.values() for line in lines if line.startswith("key ")}
    if len(keys) > 1 and not problems:
        problems.append("%s hold different keys, and would not hear each other. Give them one: the key of the cluster, from "
                        "a backup or a node that is right." % ", ".join(sorted(looks)))
    return problems


def lone_return_problems(corosyncs, pacemakers, silent):
    """A cluster that has lived on: who comes back to it comes back alone, and readmission decides about that."""
    lives = sorted(name for name, corosync in corosyncs.items()
                   if pacemakers[name]["running"] and corosync.get("quorum", {}).get("quorate"))
    back = sorted({*corosyncs} - {*lives}) + sorted(silent)
    if not lives or not back:
        return []
    return ["This is no cold start: the cluster lives on %s, with quorum, and %s would come back to it alone. Start it there "
            "(systemctl start corosync pacemaker), look at it, and readmit it: playbooks/readmit.yml -e readmit_node=%s."
            % (", ".join(lives), ", ".join(back), back[0])]


def _apart(corosyncs):
    """Nodes whose corosync runs, and that do not see each other."""
    running = sorted(name for name, corosync in corosyncs.items() if corosync["running"])
    for name in running:
        unseen = [other for other in running if other not in corosyncs[name]["members"]]
        if unseen:
            return ["corosync runs on %s and on %s, and they are no members of one cluster: partitions. Mend the network "
                    "or the keys first; each of them may be the wrong one to start." % (name, ", ".join(unseen))]
    return []


def cold_start_problems(corosyncs, pacemakers, looks, hosts, without, text, remotes=()):
    """Sentences about what speaks against a start; no sentence, no problem.

    corosyncs, pacemakers: {node: what corosync_info and pacemaker_info say there}, of those that answer and hold a
    configuration. looks: {node: what it has on its disk}, lines key CHECKSUM, plain (a cluster without a key) and node
    NAME. hosts: all nodes of the cluster. without: those that the user goes on without. text: corosync.conf of one of
    them. remotes: all remote nodes, which answer if they are in looks.
    """
    problems = ["cold_start_without is %r; allowed is a node that does not answer: %s."
                % (name, listed(host for host in [*hosts, *remotes] if host not in looks)) for name in without
                if name not in [*hosts, *remotes] or name in looks]
    silent = [host for host in hosts if host not in looks]
    asked = [host for host in silent if host not in without]
    held = {name: look for name, look in looks.items() if name not in remotes}
    if not held:
        return problems + ["No node answers. Switch them on, by hand or with -e cold_start_hand=HOST, a host that has the "
                           "fence agents and reaches the fence devices."]
    problems += _wiped(held)
    if problems:
        return problems
    problems = lone_return_problems(corosyncs, pacemakers, asked)
    if problems:
        return problems
    problems = _apart(corosyncs)
    asked += [name for name in remotes if name not in looks and name not in without]
    if asked:
        problems.append("%s does not answer. Switch it on, and run again; or go on without: -e cold_start_without=%s. The "
                        "others then fence it before they start what it may run, and it comes back in standby."
                        % (", ".join(asked), ",".join([*without, *asked])))
    return problems + _quorum(held, silent, text)


def _quorum(present, silent, text):
    """What corosync would only wait for. Votes of a quorum device are taken for given, and seen before Pacemaker starts."""
    nodes, needed, waits = _votes(text)
    have = sum(nodes.get(name, 0) for name in present) + _device_votes(text)
    if have < needed:
        return ["%s would have %d votes of the %d that make a quorum, and nothing starts without one. Bring back %s."
                % (", ".join(sorted(present)), have, needed, " or ".join(silent) or "the others")]
    if silent and waits:
        return ["quorum: wait_for_all is in effect, so %s wait for %s, and have no quorum before. Bring it back; or, if it "
                "is off for good, take it out of corosync.conf." % (", ".join(sorted(present)), ", ".join(silent))]
    return []


def cluster_told(pacemaker):
    """Who runs what, who is kept out, and what does not run, in sentences."""
    resources, nodes = pacemaker["resources"], pacemaker["nodes"]
    lines = ["%s: %s" % (name, ", ".join(sorted(ident for ident, resource in resources.items()
                                                if name in resource["nodes"])) or "nothing") for name in sorted(nodes)]
    idle = sorted(ident for ident, resource in resources.items() if not resource["nodes"])
    if idle:
        lines.append("Does not run: %s." % ", ".join(idle))
    away = sorted(name for name, node in nodes.items() if not node["online"])
    if away:
        lines.append("Not online: %s." % ", ".join(away))
    for name in sorted(name for name, node in nodes.items() if node["standby"]):
        lines.append("%s is in standby, as it was put before or by a fencing: playbooks/readmit.yml -e readmit_node=%s."
                     % (name, name))
    if pacemaker["cluster"]["maintenance"]:
        lines.append("The cluster is in maintenance, so nothing is started: playbooks/maintenance.yml -e maintenance=false.")
    return lines
