# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What haproxy says of itself over its runtime socket, as data. No I/O.

`show stat` and `show servers state` both have a line of column names, so columns that a later release adds do no harm.
Facts are from haproxy's management guide, 9.1 (CSV format) and 9.3 (runtime API).
Private to this collection.
"""

from __future__ import annotations

import csv
import io
import json

# Columns of `show stat` that are text although they may look like a number, such as a server that is named 1.
TEXT = ("pxname", "svname", "status", "tracked", "check_status", "last_chk", "agent_status", "last_agt", "check_desc",
        "agent_desc", "addr", "cookie", "mode", "algo")
# What the column `type` of `show stat` means. Sockets of a frontend are type 3, and left out.
KINDS = {0: "frontends", 1: "backends", 2: "servers"}
# srv_admin_state of `show servers state`, which is a sum of these.
FORCED_MAINT = 0x01
INHERITED_MAINT = 0x02
FORCED_DRAIN = 0x08
INHERITED_DRAIN = 0x10
UNRESOLVED_MAINT = 0x20
# srv_check_state and srv_agent_state likewise: a check is configured, and it is enabled.
CHECK_CONFIGURED = 0x02
CHECK_ENABLED = 0x04
# srv_op_state: 0 is stopped, 1 starting (slowstart), 2 running, 3 stopping.
UP = (1, 2)


class NotUnderstood(Exception):
    """The answer is not what this command is answered with."""


def _value(name, text):
    if name in TEXT:
        return text
    return int(text) if text.lstrip("-").isdigit() else text


def parse_stat(text):
    """`show stat`: one dict for each line, without the columns that are empty there."""
    if not text.startswith("# "):
        raise NotUnderstood("no line of column names")
    lines = csv.DictReader(io.StringIO(text[2:].strip()))
    return [{name: _value(name, value) for name, value in line.items() if name and value} for line in lines]


def parse_info(text):
    """`show info json`: {name: value}"""
    try:
        return {entry["field"]["name"]: entry["value"]["value"] for entry in json.loads(text)}
    except (ValueError, TypeError, KeyError) as error:
        raise NotUnderstood("no JSON of fields and values") from error


def parse_servers_state(text):
    """`show servers state`: {(backend, server): {column: text}}"""
    names, found = [], {}
    for line in text.splitlines():
        words = line.split()
        if line.startswith("# "):
            names = words[1:]
        elif len(words) > 1:
            row = dict(zip(names, words))
            found[row.get("be_name"), row.get("srv_name")] = row
    if "srv_admin_state" not in names:
        raise NotUnderstood("no line of column names")
    return found


def admin_state(bits):
    """What the server itself was told to be, apart from what it inherits."""
    return "maint" if bits & FORCED_MAINT else "drain" if bits & FORCED_DRAIN else "ready"


def _forced(server, bits):
    """What keeps a server from what its own state and its health check say, as parts of sentences."""
    found = []
    if bits & INHERITED_MAINT:
        found.append("in maintenance because %s is, which it tracks" % server.get("tracked", "another server"))
    if bits & INHERITED_DRAIN:
        found.append("draining because %s is, which it tracks" % server.get("tracked", "another server"))
    if bits & UNRESOLVED_MAINT:
        found.append("in maintenance because its name does not resolve")
    # `DRAIN (agent)` is also the status of one that somebody else drains while its agent says that it is up.
    if server["status"] == "DOWN (agent)":
        found.append("DOWN by its agent check (%s)" % agent_said(server))
    if not server["up"] and server["state"] != "maint" and not found and server["check"] == "disabled":
        found.append("DOWN with its health check disabled, so it stays down until somebody sets its health")
    return found


def agent_said(server):
    """The last words of an agent check, as far as haproxy keeps them."""
    return server.get("last_agt") or server.get("agent_desc") or "it has not answered yet"


def _check(bits):
    return "none" if not bits & CHECK_CONFIGURED else "enabled" if bits & CHECK_ENABLED else "disabled"


def _server(line, row):
    bits = int(row["srv_admin_state"])
    server = {
        "state": admin_state(bits),
        "up": int(row["srv_op_state"]) in UP,
        "check": _check(int(row["srv_check_state"])),
        "agent": _check(int(row["srv_agent_state"])),
        "address": row["srv_addr"],
        "port": int(row["srv_port"]),
        "iweight": int(row["srv_iweight"]),
        **line,
        # That of `show stat` is empty before 2.5.
        "uweight": int(row["srv_uweight"]),
    }
    server["forced"] = _forced(server, bits)
    return server


def described(stat, states):
    """{frontends, backends, servers}, each a list, from parse_stat and parse_servers_state."""
    found = {"frontends": [], "backends": [], "servers": []}
    for line in stat:
        line = dict(line)
        kind, proxy, name = KINDS.get(line["type"]), line.pop("pxname"), line.pop("svname")
        if kind == "servers":
            # One that was added or deleted between the two commands is not told about.
            if (proxy, name) in states:
                found[kind].append({"backend": proxy, "server": name, **_server(line, states[proxy, name])})
        elif kind:
            found[kind].append({kind[:-1]: proxy, **line})
    return found
