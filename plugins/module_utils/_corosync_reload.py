# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what of a changed corosync.conf a reload takes on, and what it does not. No I/O.

corosync-cfgtool -R says "Done" whatever it has left out. Recordings of what it does with each option are in
tests/unit/fixtures/corosync; what cannot be seen from outside follows exec/cfg.c, totemconfig.c and votequorum.c.

Options have the names that corosync-cmapctl gives them, with two differences: a node goes by its id and not by its
position, and a user or group by what the file says.
"""

from __future__ import annotations

import re

RESTART = (
    "totem.version",
    "totem.transport",
    "totem.cluster_name",
    "totem.netmtu",
    "totem.ip_version",
    "totem.link_mode",
    "totem.clear_node_high_bit",
    "totem.threads",
    "quorum.provider",
    "quorum.wait_for_all",
    "quorum.auto_tie_breaker",
    "quorum.auto_tie_breaker_node",
    "quorum.last_man_standing",
    "quorum.last_man_standing_window",
    "quorum.allow_downscale",
    "quorum.expected_votes_tracking",
)
# Of these, what has to be the same on all nodes at any time: with one of them, nodes do not hear each other, or two
# halves of a cluster believe both that they hold the tie-break. The rest may differ while node after node is restarted
# (recorded in roll.txt).
COLD = ("totem.version", "totem.transport", "quorum.provider")
TIE = "quorum.auto_tie_breaker"
SECTIONS = ("system.", "resources.")
QDEVICE = ("quorum.device.net.", "quorum.device.heuristics.")
# Set when a link is made. The log says that a port has changed, and corosync goes on to listen on the old one.
OF_LINK = re.compile(r"^totem\.interface\.(\d+)\.(knet_transport|mcastport|mcastaddr|broadcast|ttl)$")
RING = re.compile(r"^nodelist\.node\.(\d+)\.ring(\d)_addr$")
NODE = re.compile(r"^nodelist\.node\.(\d+)\.(\S+)$")
# In corosync's own table, and not of the file. An address to bind to is made of the nodelist, whatever the file says.
MADE = re.compile(r"^totem\.interface\.\d+\.bindnetaddr$|^quorum\.cancel_wait_for_all$|^nodelist\.local_node_pos$")
OF_FILE = ("totem.", "nodelist.node.", "quorum.", "logging.", "system.", "nozzle.", "resources.watchdog_device")


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def _section(lines):
    """[(key, value or the pairs of a section)]. Takes its lines away."""
    found = []
    while lines:
        line = lines.pop(0)
        if line == "}":
            return found
        if "{" in line:
            found.append((line.partition("{")[0].strip(), _section(lines)))
        else:
            key, dummy, value = line.partition(":")
            found.append((key.strip(), value.strip()))
    return found


# Sections of which there are many, and the option that tells one from another.
NAMED = {"totem.interface": "linknumber", "nodelist.node": "nodeid", "logging.logger_subsys": "subsys"}


def _flat(pairs, prefix, found):
    for key, value in pairs:
        name = prefix + key
        if not isinstance(value, list):
            found[name] = value
            continue
        if name == "uidgid":
            found.update({"uidgid.%s.%s" % pair: "1" for pair in value})
            continue
        if name in NAMED:
            own = dict(pair for pair in value if not isinstance(pair[1], list))
            name += "." + own.get(NAMED[name], "0")
        _flat(value, name + ".", found)


def read(text):
    """{option: value} of a corosync.conf"""
    found = {}
    _flat(_section(_lines(text)), "", found)
    return {key: value for key, value in found.items() if not MADE.match(key) and not key.endswith(".linknumber")}


def loaded(cmap, wanted):
    """The same of what corosync has loaded. wanted: of the file, for udp fills in what is missing there."""
    ids = {}
    for key, value in cmap.items():
        match = NODE.match(key)
        if match and match.group(2) == "nodeid":
            ids[match.group(1)] = str(value)
    found = {}
    for key, value in cmap.items():
        if not key.startswith(OF_FILE) or MADE.match(key):
            continue
        match = NODE.match(key)
        if match:
            key = "nodelist.node.%s.%s" % (ids.get(match.group(1), match.group(1)), match.group(2))
        if OF_LINK.match(key) and key not in wanted:
            if cmap.get("totem.transport") == "udp":
                continue
        found[key] = str(value)
    return found


def _links(options):
    return {match.group(2) for match in map(RING.match, options) if match}


def _owners(options):
    """{address: node id}"""
    return {options[key]: match.group(1) for key, match in ((key, RING.match(key)) for key in options) if match}


def _kind(key, old, new):
    """What becomes of one option that differs."""
    link, ring = OF_LINK.match(key), RING.match(key)
    if ring:
        if key in old and key in new:
            return "refused"
        # One host under another id is another node; itself it does not notice.
        address = old.get(key) or new.get(key)
        owners = _owners(old).get(address), _owners(new).get(address)
        return "restart" if None not in owners and owners[0] != owners[1] else "reload"
    if link and link.group(1) in _links(old) & _links(new):
        if link.group(2) != "knet_transport":
            return "restart"
        return "refused" if old.get(key, "udp") != new.get(key, "udp") else "reload"
    if key in RESTART or key.startswith(SECTIONS):
        return "restart"
    if key.startswith(QDEVICE):
        return "qdevice"
    return "reload"


def _cold(keys, old, new):
    """Those of the options that only a restart takes on for which no two nodes may differ."""
    ports = {OF_LINK.match(key).group(1) for key in keys if OF_LINK.match(key)}
    # Over another link the nodes hear each other meanwhile.
    another_link = bool(_links(new) - ports) and old.get("totem.transport", "knet") == "knet"
    return [key for key in keys if key in COLD or RING.match(key)
            or (OF_LINK.match(key) and not another_link)
            or (key == TIE + "_node" and old.get(TIE) == new.get(TIE) == "1")]


def plan(old, new):
    """{what: [options that differ]}.

    reload: taken on. restart: taken on by a corosync that is started, on one node after the other. cold: the same, and
    all have to be stopped before one is started. qdevice: taken on by a corosync-qdevice that is started. refused: with
    one of these, a reload takes on nothing at all.
    """
    found = {"reload": [], "restart": [], "cold": [], "qdevice": [], "refused": []}
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            found[_kind(key, old, new)].append(key)
    found["cold"] = _cold(found["restart"], old, new)
    found["restart"] = [key for key in found["restart"] if key not in found["cold"]]
    return found


def needs_key(text):
    """Whether a cluster with this file has a key: without encryption and signatures, which only knet has, it has none."""
    wanted = read(text)
    unsaid = "aes256" if wanted.get("totem.secauth") == "on" else "none"
    return any(wanted.get("totem." + key, unsaid) != "none" for key in ("crypto_cipher", "crypto_hash"))


def votes_needed(text):
    """The votes that make a quorum by a file with a quorum device: more than half of the nodes' and the device's."""
    wanted = read(text)
    votes = [int(wanted.get("nodelist.node.%s.quorum_votes" % NODE.match(key).group(1), 1))
             for key in wanted if NODE.match(key) and key.endswith(".nodeid")]
    own = int(wanted.get("quorum.device.votes", sum(votes) - 1)) if "quorum.device.model" in wanted else 0
    return (sum(votes) + own) // 2 + 1


def pending(cmap, text, heeded=None):
    """(what a file says and corosync does not go by, {option: the value that it goes by until it is restarted}).

    heeded: the second of these, as it was before a reload, since that puts what only a restart takes on into corosync's
    table. None for an option: as if it were not there.
    """
    wanted = read(text)
    # Names of users have become numbers there.
    wanted = {key: value for key, value in wanted.items() if not key.startswith("uidgid.")}
    old = {**loaded(cmap, wanted), **(heeded or {})}
    old = {key: value for key, value in old.items() if value is not None}
    found = plan(old, wanted)
    return found, {**(heeded or {}), **{key: old.get(key) for key in found["restart"] + found["cold"]}}
