# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which commands bring haproxy's servers to what is wanted, and what has to be waited for after them. No I/O.

Servers are dicts as _haproxy_read describes them; wanted ones have backend, server, state and weight (None: as it is).
Private to this collection.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_read as read

MOST = 256
# Algorithms that take no other weights than 0 and the configured one. Others (source, uri, ...) depend on hash-type,
# which haproxy does not tell; it refuses by itself there.
STATIC = ("static-rr",)
UNDONE = (
    "haproxy took the commands, but this is still to be done: %s. Somebody else sets these servers too, such as an "
    "agent check."
)


def name(wanted):
    return "%s/%s" % (wanted["backend"], wanted["server"])


def find(wanted, servers):
    """The server that is wanted, None if there is none."""
    return next((found for found in servers if name(found) == name(wanted)), None)


def _weight_problem(wanted):
    weight = wanted["weight"]
    if weight is None or re.match(r"^\d+%$", weight) or weight.isdigit() and int(weight) <= MOST:
        return []
    return ["%s: weight is %s; allowed is 0 to %d, or a percentage of the configured weight such as 50%%."
            % (name(wanted), weight, MOST)]


def problems(wanted_servers):
    """Why these cannot be wanted, whatever haproxy has."""
    names = [name(wanted) for wanted in wanted_servers]
    sentences = ["%s is listed %d times; allowed is once." % (each, names.count(each))
                 for each in sorted(set(names)) if names.count(each) > 1]
    for wanted in wanted_servers:
        sentences += _weight_problem(wanted)
    return sentences


def refusals(wanted_servers, here):
    """Why this haproxy cannot do it. here: {backends, servers} as _haproxy_read describes them."""
    sentences = []
    backends = {backend["backend"]: backend for backend in here["backends"]}
    for wanted in wanted_servers:
        backend, server = backends.get(wanted["backend"]), find(wanted, here["servers"])
        if backend is None:
            sentences.append("%s: haproxy has no backend %s; it has %s."
                             % (name(wanted), wanted["backend"], ", ".join(sorted(backends)) or "none"))
        elif server is None:
            there = [found["server"] for found in here["servers"] if found["backend"] == wanted["backend"]]
            sentences.append("%s: backend %s has no server %s; it has %s."
                             % (name(wanted), wanted["backend"], wanted["server"],
                                ", ".join(there) or "none"))
        elif backend.get("algo") in STATIC and weight(wanted, server) not in (0, server["iweight"], server["uweight"]):
            sentences.append(
                "%s: weight is %s; allowed is 0 or 100%%, since backend %s has balance %s, whose weights are static."
                % (name(wanted), wanted["weight"], wanted["backend"], backend["algo"])
            )
    return sentences


def weight(wanted, server):
    """The absolute weight that is wanted. haproxy rounds a percentage down, and stops at 256."""
    text = wanted["weight"]
    if text is None:
        return server["uweight"]
    return min(server["iweight"] * int(text[:-1]) // 100, MOST) if text.endswith("%") else int(text)


def commands(wanted_servers, servers):
    """What is to be said to haproxy, in order.

    Weights come first: a server that becomes ready gets its share from the start, and the one thing that haproxy
    may refuse here is refused before a server has changed its state. Servers become ready before others are taken
    away, so that a backend is never left without one in between.
    """
    weights, ready, away = [], [], []
    for wanted in wanted_servers:
        server, target = find(wanted, servers), "set server " + name(wanted)
        if weight(wanted, server) != server["uweight"]:
            weights.append("%s weight %s" % (target, wanted["weight"]))
        if wanted["state"] not in (None, server["state"]):
            (ready if wanted["state"] == "ready" else away).append("%s state %s" % (target, wanted["state"]))
    return weights + ready + away


def sessions(wanted_servers, servers):
    """{name: how many sessions are left} of servers that are to have none."""
    left = {}
    for wanted in wanted_servers:
        server = find(wanted, servers)
        count = server["scur"] + server["qcur"]
        if wanted["state"] in ("drain", "maint") and count:
            left[name(wanted)] = count
    return left


def shutdowns(wanted_servers, servers):
    """The commands that end the sessions which are left."""
    return ["shutdown sessions server " + each for each in sorted(sessions(wanted_servers, servers))]


def unready(wanted_servers, servers):
    """{name: why} of servers that are to be ready, and take no requests for good yet.

    One that returns from maintenance counts as up at once, and goes down when its first check fails. Its status is
    `UP 1/3` (with fall 3) until that check has passed.
    """
    found = {}
    for wanted in wanted_servers:
        server = find(wanted, servers)
        if wanted["state"] == "ready" and server["status"] not in ("UP", "no check"):
            said = server.get("last_chk") or server.get("check_desc") or "no check has ended yet"
            why = "; ".join(server["forced"]) or "%s: %s" % (server.get("check_status", "health"), said)
            found[name(wanted)] = "%s (%s)" % (server["status"], why)
    return found


def still(wanted_servers, servers):
    """All that is being waited for, as parts of a sentence."""
    return ["%s has %d sessions" % item for item in sorted(sessions(wanted_servers, servers).items())] + [
        "%s is %s" % item for item in sorted(unready(wanted_servers, servers).items())
    ]


def warnings(wanted_servers, servers):
    """What somebody else makes of these servers, or may make of them at any moment, as sentences."""
    found = []
    for wanted in wanted_servers:
        server = find(wanted, servers)
        found += ["%s is %s." % (name(wanted), reason) for reason in server["forced"]]
        if server["agent"] == "enabled":
            found.append("%s has an agent check, which may set state and weight as well; its last answer: %s."
                         % (name(wanted), read.agent_said(server)))
    return found


def difference(wanted_servers, before):
    """--diff: state and weight of each server."""
    lines = {"before": "", "after": ""}
    for wanted in sorted(wanted_servers, key=name):
        server = find(wanted, before)
        for key, state, share in (
            ("before", server["state"], server["uweight"]),
            ("after", wanted["state"] or server["state"], weight(wanted, server)),
        ):
            lines[key] += "%s: %s, weight %d\n" % (name(wanted), state, share)
    return dict(lines, before_header="servers", after_header="servers")
