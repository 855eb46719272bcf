# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what booth(8) says of tickets, and what follows. No I/O."""

from __future__ import annotations

import re

# What a member says of a ticket that nobody has: NONE at first and when it was lost, none after a revoke.
NOBODY = ("none",)
LINE = re.compile(
    r"^ticket: (?P<name>\S+), leader: (?P<leader>[^\s,]+)(?:, expires: (?P<expires>[^(\[]+?))?"
    r"(?P<pending> \(commit pending[^)]*\)?)?(?P<manual> \[manual mode\])?$")
SEVERAL = re.compile(r"^WARNING: The ticket (?P<name>\S+) is granted to multiple sites: (?P<sites>.*?)\. Revoke .*$")


class Unread(Exception):
    """A line that no booth is known to print."""


def tickets(text):
    """{ticket: leader, expires, pending, manual, granted_to} of `booth list`."""
    found = {}
    for line in text.splitlines():
        several, match = SEVERAL.match(line), LINE.match(line)
        if several and several.group("name") in found:
            entry = found[several.group("name")]
            entry["granted_to"] = several.group("sites").split(", ")
        elif match:
            leader = match.group("leader")
            leader = None if leader.lower() in NOBODY else leader
            found[match.group("name")] = {
                "leader": leader,
                "expires": match.group("expires"),
                "pending": bool(match.group("pending")),
                "manual": bool(match.group("manual")),
                "granted_to": [leader] if leader else [],
            }
        elif line.strip():
            raise Unread("booth list said %r" % line)
    return found


def together(names, members):
    """{ticket: leader, holders, agreed, manual, expires, pending}, by what every member says that answers.

    members: {address: {type, tickets}}, tickets None of one that does not answer. A site knows best whether it has a
    ticket: those that say so of themselves are its holders. Others believe what they heard last.
    """
    result = {}
    for name in names:
        said = {address: member["tickets"][name] for address, member in members.items()
                if member["tickets"] and name in member["tickets"]}
        holders = sorted(address for address, entry in said.items() if address in entry["granted_to"])
        believed = sorted({entry["leader"] for entry in said.values() if entry["leader"]})
        of_leader = said.get(holders[0]) if holders else None
        leader = holders[0] if len(holders) == 1 else None
        # One that does not answer is still believed to have it, until the lease ends.
        silent = [address for address in believed if not members.get(address, {}).get("tickets")]
        if not holders and silent:
            leader = silent[0]
        result[name] = {
            "leader": leader,
            "holders": holders,
            "agreed": len({entry["leader"] for entry in said.values()}) == 1 if said else False,
            "manual": any(entry["manual"] for entry in said.values()),
            "pending": bool(of_leader and of_leader["pending"]),
            "expires": next((entry["expires"] for entry in [of_leader, *said.values()]
                             if entry and entry["leader"] and entry["leader"] in holders + [leader]), None),
        }
    return result


def problems(wanted, conf, found):
    """Why a ticket cannot be granted or revoked as wanted: sentences."""
    name, site, state = wanted["name"], wanted["site"], wanted["state"]
    if name not in conf["tickets"]:
        return ["name: booth has no ticket %s; it has %s." % (name, ", ".join(sorted(conf["tickets"])) or "none")]
    if site is not None and site in conf["arbitrators"]:
        return ["site: %s is an arbitrator, which holds no ticket; the sites are %s." % (site, ", ".join(conf["sites"]))]
    if site is not None and site not in conf["sites"]:
        return ["site: %s is no site; the sites are %s." % (site, ", ".join(conf["sites"]))]
    ticket = found[name]
    others = [holder for holder in ticket["holders"] or [ticket["leader"]] if holder not in (None, site)]
    if state == "granted" and others:
        return ["site: %s has ticket %s; revoke it first (state: revoked), and grant it to %s when that site has stopped what "
                "depends on it." % (", ".join(others), name, site)]
    if state == "revoked" and ticket["leader"] is not None and not ticket["holders"]:
        return ["name: site %s has ticket %s and does not answer, and only who has a ticket can give it back. When its lease "
                "has ended, booth moves the ticket by itself." % (ticket["leader"], name)]
    if state == "revoked" and site is not None and others and site not in ticket["holders"]:
        return ["site: %s does not have ticket %s, %s does." % (site, name, ", ".join(others))]
    return []


def told(name, ticket):
    """A sentence on who has a ticket."""
    if len(ticket["holders"]) > 1:
        return "Ticket %s is with several sites: %s." % (name, ", ".join(ticket["holders"]))
    if ticket["leader"] is None:
        return "Nobody has ticket %s." % name
    return "Ticket %s is with site %s%s." % (
        name, ticket["leader"], ", which does not answer" if not ticket["holders"] else
        ", whose cluster is yet to be told" if ticket["pending"] else "")
