# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: reads what corosync -v, corosync-cmapctl and the tools for quorum, links and device print. No I/O.

Corosync has no other format than these. What is not understood is refused, and never taken for nothing.
"""

from __future__ import annotations

import re

VERSION = re.compile(r"version '([^']+)'")
CMAP = re.compile(r"^(\S+) \((\w+)\) = ?(.*)$")
FIELD = re.compile(r"^([A-Z][A-Za-z ]*): *(.*?) *$")
MEMBER = re.compile(r"^ +(\d+) +(\d+) ()(\S+)( \(local\))?$")
MEMBER_WITH_DEVICE = re.compile(r"^ +(\d+) +(\d+) +(\S+) (\S+)( \(local\))?$")
QDEVICE = re.compile(r"^ +0 +(\d+) {8,}(\S+)(?: \(votes (\d+)\))?$")
LOCAL = re.compile(r"^Local node ID (\d+), transport (\S+)$")
LINK = re.compile(r"^LINK ID (\d+) ?(\S*)$")
PEER = re.compile(r"^\t\tnodeid: +(\d+):\t(\S+)$")
NODE_KEY = re.compile(r"^nodelist\.node\.(\d+)\.(\S+)$")
DEVICE_FIELD = re.compile(r"^([A-Z][A-Za-z -]*):\t+(.*)$")
RING = re.compile(r"^ring\d_addr$")


class Unread(ValueError):
    """Output of another shape."""


def version(out):
    found = VERSION.search(out)
    if not found:
        raise Unread("corosync -v says no version: %r" % out[:80])
    return found.group(1)


def cmap(out):
    """{key: value}, numbers as numbers."""
    found = {}
    for line in out.splitlines():
        match = CMAP.match(line)
        if not match:
            raise Unread("corosync-cmapctl: %r" % line)
        key, kind, value = match.groups()
        if re.fullmatch(r"[iu](8|16|32|64)", kind):
            found[key] = int(value)
        else:
            found[key] = float(value) if kind in ("flt", "dbl") else value
    return found


def started(stat):
    """When a process was started, in the kernel's own unit, of its /proc/PID/stat."""
    # Its name, in parentheses, may have blanks in it.
    return stat.rpartition(")")[2].split()[19]


def _qdevice(match):
    """The votes it casts now, and those it has."""
    cast = int(match.group(1))
    return {"name": match.group(2), "votes": int(match.group(3) or cast), "votes_cast": cast}


def _member(line, with_device):
    match = (MEMBER_WITH_DEVICE if with_device else MEMBER).match(line)
    if not match:
        raise Unread("corosync-quorumtool: %r" % line)
    nodeid, votes, device, name, local = match.groups()
    return {"nodeid": int(nodeid), "votes": int(votes), "name": name, "local": bool(local), "qdevice": device or None}


def quorum(out):
    """What votequorum says of the partition that this node is in."""
    head, dummy, body = out.partition("Membership information")
    fields = dict(match.groups() for match in map(FIELD.match, head.splitlines()) if match)
    lines = [line for line in body.splitlines() if line and not line.startswith("---")]
    if "Quorate" not in fields or "Expected votes" not in fields or not lines:
        raise Unread("corosync-quorumtool -s says nothing of votes: %r" % out[:80])
    with_device = lines[0].split() == ["Nodeid", "Votes", "Qdevice", "Name"]
    devices = [match for match in map(QDEVICE.match, lines[1:]) if match] if with_device else []
    return {
        "quorate": fields["Quorate"] == "Yes",
        "provider": fields["Quorum provider"],
        "ring_id": fields["Ring ID"],
        "expected_votes": int(fields["Expected votes"]),
        "highest_expected": int(fields["Highest expected"]),
        "total_votes": int(fields["Total votes"]),
        "quorum": int(fields["Quorum"].split()[0]),
        "flags": fields["Flags"].split(),
        "device": _qdevice(devices[0]) if devices else None,
        "members": [_member(line, with_device) for line in lines[1:] if not (with_device and QDEVICE.match(line))],
    }


def links(out):
    """(id of this node, transport of the cluster, {link: {transport, status: {node id: status}}})"""
    lines = out.splitlines()
    local = LOCAL.match(lines[0]) if lines else None
    if not local:
        raise Unread("corosync-cfgtool -s: %r" % out[:80])
    found, current = {}, None
    for line in lines[1:]:
        link, peer = LINK.match(line), PEER.match(line)
        if link:
            current = found.setdefault(int(link.group(1)), {"transport": link.group(2) or None, "status": {}})
        elif peer and current:
            current["status"][int(peer.group(1))] = peer.group(2)
        # With udpu and udp, addr is that of another node: those of the nodelist are right.
        elif line != "\tstatus:" and not line.startswith("\taddr\t= "):
            raise Unread("corosync-cfgtool -s: %r" % line)
    return int(local.group(1)), local.group(2), found


def device(out):
    """What corosync-qdevice -s -v says of the device that it speaks with. Of the same words, the last section's win."""
    fields = dict(match.groups() for match in map(DEVICE_FIELD.match, out.splitlines()) if match)
    if "Model" not in fields or "State" not in fields:
        raise Unread("corosync-qdevice-tool -s -v says nothing of a state: %r" % out[:80])
    return {
        "running": True,
        "host": fields.get("QNetd host"),
        "algorithm": fields.get("Algorithm"),
        "tie_breaker": fields.get("Tie-breaker"),
        "state": fields["State"],
        "connected": fields["State"] == "Connected",
        "tls": fields.get("TLS active", "No").split()[0] == "Yes",
        "heuristics": fields.get("Heuristics result", "").split(" (")[0] or None,
        "casts_vote": fields.get("Last poll call", "").endswith("(cast vote)"),
    }


def nodes(keys):
    """The nodelist that corosync has loaded, each node with its keys."""
    found = {}
    for key, value in keys.items():
        match = NODE_KEY.match(key)
        if match:
            found.setdefault(int(match.group(1)), {})[match.group(2)] = value
    return [found[position] for position in sorted(found)]


def status(keys, votes, local, transport, wires):
    """Cluster, nodes, links and quorum of a running corosync."""
    members = {member["nodeid"]: member for member in votes["members"]}
    found = {}
    for node in nodes(keys):
        nodeid = node.get("nodeid")
        found[str(node.get("name", nodeid))] = {
            "nodeid": nodeid,
            "local": nodeid == local,
            "member": nodeid in members,
            "votes": members[nodeid]["votes"] if nodeid in members else node.get("quorum_votes", 1),
            "qdevice": members[nodeid]["qdevice"] if nodeid in members else None,
            "addresses": {key[4]: node[key] for key in node if RING.match(key)},
            "links": {str(link): wire["status"][nodeid] for link, wire in wires.items() if nodeid in wire["status"]},
        }
    partition = {key: value for key, value in votes.items() if key != "members"}
    partition["votes_of_nodes"] = sum(member["votes"] for member in votes["members"])
    partition["quorate_without_device"] = votes["quorate"] and partition["votes_of_nodes"] >= votes["quorum"]
    return {
        "cluster_name": keys.get("totem.cluster_name"),
        "transport": transport,
        "encrypted": keys.get("totem.crypto_cipher", "none") != "none" or keys.get("totem.secauth") == "on",
        "token": keys.get("runtime.config.totem.token"),
        "crypto_messages": keys.get("runtime.services.cfg.4.rx", 0),
        "nodeid": local,
        "links": {str(link): wire["transport"] for link, wire in wires.items()},
        "nodes": found,
        "members": sorted(name for name, node in found.items() if node["member"]),
        "quorum": partition,
    }
