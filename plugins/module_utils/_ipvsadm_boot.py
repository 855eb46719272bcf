# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role ipvsadm leaves on a host for its next boot, from the role's variables. No I/O.

The table that a kernel gets at boot is the one that module ipvs_service makes where there is none.
"""

from __future__ import annotations

import ipaddress

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils._ipvsadm_wanted import wanted

# What makes a service and a server; ipvsadm --restore reads these.
RULES = ("-A", "-a")
FORWARD = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}
# An interface sends redirects when its own switch or that of all is on. systemd-sysctl and sysctl know the asterisk,
# and udev sets it for interfaces that come later. IPv6 has no such switch.
REDIRECTS = ["net.ipv4.conf.%s.send_redirects" % each for each in ("all", "default", "*")]


def _table(table):
    return plan.after(table, read.NOT_LOADED)


def _commands(variables):
    return plan.commands(read.NOT_LOADED, _table(wanted(variables)[0]))


def ipvsadm_rules(variables):
    """The services with their servers, in the format of ipvsadm --save --numeric, with thresholds."""
    return "".join(" ".join(argv[1:]) + "\n" for argv in _commands(variables) if argv[1] in RULES)


def ipvsadm_commands(variables):
    """The commands that set the timeouts and start the synchronisation daemons."""
    return [" ".join(argv) for argv in _commands(variables) if argv[1] not in RULES]


def _servers(table):
    return [server for service in _table(table)["services"] for server in service["real_servers"]]


def nat_sysctl(table):
    """What a director needs that hands packets on with another address."""
    versions = {
        ipaddress.ip_address(server["address"]).version
        for server in _servers(table)
        if server["forwarding"] == "masq"
    }
    # First: a change of ip_forward changes others.
    needed = {FORWARD[version]: 1 for version in sorted(versions)}
    return {**needed, **({name: 0 for name in REDIRECTS} if 4 in versions else {})}


def unseen_answers_sysctl(table):
    """What a director needs that does not see its servers' answers.

    It counts a closed connection as closing for two minutes more. When a client uses the port again by then, the kernel
    takes that for the old connection, unless bit 2 is set (ipvs-sysctl.rst, conn_reuse_mode), and then the new one
    keeps the old count of packets: the other director is told of it fifty packets late, or never.
    """
    unseen = any(server["forwarding"] != "masq" for server in _servers(table))
    return {"net.ipv4.vs.conn_reuse_mode": 3} if unseen else {}


# A connection whose server was removed ends with its next packet (ipvs-sysctl.rst). By default the kernel drops what
# comes from its port until it times out, and that is also the new connection of a client who takes the port again.
REMOVED_SERVERS = {"net.ipv4.vs.expire_nodest_conn": 1}


def ipvsadm_sysctl(variables):
    """{name: value} of what every director needs, what the servers' forwarding needs, and what ipvsadm_sysctl says."""
    table = wanted(variables)[0]
    return {**nat_sysctl(table), **unseen_answers_sysctl(table), **REMOVED_SERVERS, **variables["ipvsadm_sysctl"]}
