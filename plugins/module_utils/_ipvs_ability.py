# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kernel and its host can do for IPVS, from what modprobe, `ip -json route get` and the kernel say. No I/O.

Private to this collection.
"""

from __future__ import annotations

import json

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read


def scheduler_modules(schedulers):
    """{kernel module: what needs it}"""
    return {"ip_vs_" + each: "scheduler is %s" % each for each in schedulers}


def lacking(needed, missing):
    """needed: {kernel module: what needs it}; missing: those that the kernel has not."""
    return [
        "%s; allowed is what this kernel has, and it has no module %s (modprobe finds none)." % (needed[each], each)
        for each in missing
    ]


def new_gates(before, after):
    """[(whom it is about, address)] of the servers that are to be reached by direct routing, and were not so far."""
    known = {place for place, dummy, dummy in _gates(before)}
    return [(where, address) for place, where, address in _gates(after) if place not in known]


def _gates(services):
    for service in services:
        for server in service["real_servers"]:
            if server["forwarding"] == "gate":
                where = "%s: real server %s" % (read.name(service), server["address"])
                yield (read.key(service), read.server_key(server)), where, server["address"]


def question(address):
    """The command that asks for the way to an address."""
    return ["ip", "-json"] + (["-6"] if ":" in address else []) + ["route", "get", address]


def router(text):
    """The router on the way, None for an address that is this host's own or in one of its networks."""
    answer = json.loads(text)[0]
    # An IPv4 route can lead over an IPv6 address, and is printed differently then.
    return answer.get("gateway") or answer.get("via", {}).get("host")


def routed(where, rc, out, err):
    """What is wrong with the way to a server of direct routing. Its packets keep the service's address, so no router
    would hand them on to the server.
    """
    if rc:
        found = "there is no way to it (%s)" % (err.strip() or "rc %d" % rc)
    elif router(out):
        found = "it is behind the router %s" % router(out)
    else:
        return []
    return [
        "%s: forwarding is gate, and %s; allowed is a server in a network that this host is attached to, or another "
        "forwarding method (NAT, tunnel)." % (where, found)
    ]


def new_interfaces(before, after):
    """[(whom it is about, interface)] of the synchronisation daemons that are to be started."""
    return [
        ("daemons: %s: mcast_interface" % daemon["state"], daemon["mcast_interface"])
        for daemon in after
        if daemon not in before
    ]


def without_interface(missing, there):
    """missing: [(whom it is about, interface)] that the host has not; there: those that it has."""
    return ["%s is %s; allowed is one that this host has: %s." % (where, name, ", ".join(there))
            for where, name in missing]
