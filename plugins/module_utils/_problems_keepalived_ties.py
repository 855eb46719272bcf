# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: hosts whose priorities become equal by the weights of what they track.

A backup takes the address from a lower priority only, not from an equal one (RFC 5798, 6.4.2). So with a tie, the
address stays with the host whose check has failed.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _problems_keepalived_vrrp as vrrp

# What keepalived makes of a sum, keepalived.conf(5).
LOWEST, HIGHEST = 1, 254
REVERSE = re.compile(r"\breverse\b")


def tracking(instance, variables):
    """The blocks that change the instance's priority: its own, and those of its sync group."""
    groups = [
        group
        for group in conf.dicts(variables.get("keepalived_sync_groups"))
        if instance["name"] in vrrp.listed(group.get("group"))
    ]
    # Without this word, the weights of members are 0.
    if any(not group.get("sync_group_tracking_weight") for group in groups):
        return []
    return [instance] + groups


def is_reverse(item, known):
    """Whether a success counts as a failure. known: what defines the thing that this line tracks."""
    words = list(item.values()) if isinstance(item, dict) else [item]
    reverse = isinstance(item, dict) and item.get("reverse") or known.get("reverse")
    return bool(reverse) or any(REVERSE.search(str(word)) for word in words + [known.get("weight")])


def is_certain(block, variables):
    """Whether variables tell what a failure does. They do not tell what is in a file, and what BFD's weights are."""
    if vrrp.listed(block.get("track_bfd")):
        return False
    for key in ("track_interface", "track_script", "track_process", "track_file"):
        entries = conf.dicts(variables.get(vrrp.TRACKED.get(key)))
        for item in vrrp.listed(block.get(key)):
            known = [entry for entry in entries if entry.get("name") == vrrp.first_word(item, "name")]
            known = known[0] if known else {}
            weight = vrrp.tracked_weight(item)
            weight = known.get("weight", 0) if weight is None else weight
            if is_reverse(item, known) or key == "track_file" and vrrp.number(weight) != 0:
                return False
    return True


def weights(instance, variables):
    """[(what is tracked, its weight)], None where they decide nothing or variables do not tell."""
    blocks = tracking(instance, variables)
    is_moved = instance.get("nopreempt") is not True and vrrp.PRIORITY.accepts(instance.get("priority"))
    if not is_moved or not all(is_certain(block, variables) for block in blocks):
        return None
    return [found for block in blocks for found in vrrp.weighted(block, variables)]


def effective(instance, found, failed=None):
    """The priority, when what is at this position of found fails: successes add, failures subtract."""
    total = instance["priority"]
    for position, (dummy, weight) in enumerate(found):
        total += min(weight, 0) if position == failed else max(weight, 0)
    return min(max(total, LOWEST), HIGHEST)


def ties_of(one, found, healthy):
    """Sentences of one instance. healthy: {host: priority} of all others, while nothing fails there."""
    where = "%s: %s" % (vrrp.VARIABLE, one["name"])
    best = max(healthy.values())
    problems = [
        "%s: priority is %d with the weights of what is tracked, and on %s as well while nothing fails; allowed is "
        "another on each host." % (where, priority, host)
        for host, priority in healthy.items()
        if priority == effective(one, found)
    ]
    for position, (what, weight) in enumerate(found):
        # Its failure is a fault, with any weight.
        if what == "track_interface %s" % one.get("interface"):
            continue
        priority = effective(one, found, position)
        # Of a host that has the address, or would get it. With a third one above both, it moves there.
        if priority == best < effective(one, found):
            hosts = [host for host, other in healthy.items() if other == best]
            problems.append(
                "%s: %s has the weight %d: when it fails, the priority is %d here and on %s, and the address stays "
                "where the failure is; allowed is another weight, or another priority."
                % (where, what, weight, priority, ", ".join(hosts))
            )
    return problems


def ties_problems(variables, found, host, hosts, hostvars):
    """found: the instances of this host. Equal priorities without weights are refused elsewhere."""
    problems = []
    for one in found:
        mine = weights(one, variables)
        others = {
            name: entry
            for name, entries in conf.members(host, hosts, hostvars).items()
            for entry in entries
            if entry["name"] == one["name"]
        }
        theirs = {name: weights(entry, hostvars[name]) for name, entry in others.items()}
        is_equal = any(entry.get("priority") == one.get("priority") for entry in others.values())
        if mine is None or None in theirs.values() or not theirs or is_equal:
            continue
        problems += ties_of(one, mine, {name: effective(others[name], theirs[name]) for name in others})
    return problems
