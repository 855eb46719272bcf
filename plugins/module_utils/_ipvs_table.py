# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the kernel's table as roles keepalived, ldirectord and ipvsadm want it, and what it lacks of that. No I/O.

{service as ipvs_info names it: {"scheduler": its scheduler, "servers": {ADDRESS:PORT: weight}}}
"""

from __future__ import annotations

import ipaddress

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_wanted as ipvs_wanted
from ansible_collections.halab.cluster.plugins.module_utils import _ipvsadm_wanted as ipvsadm_wanted
from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_cf as cf
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _problems_ldirectord_virtual as ldirectord


def endpoint(address, port):
    """As ipvsadm prints it. A service of a firewall mark, or of all ports, has port 0."""
    return read.endpoint(ipaddress.ip_address(address), int(port or 0))


def table_of(services):
    """Of services as ipvs_info returns them, or as ipvs_service takes them."""
    return {
        read.name(service): {
            "scheduler": service["scheduler"],
            "servers": {read.server_key(server): server["weight"] for server in service["real_servers"]},
        }
        for service in services
    }


def mark(number, is_ipv6):
    return "fwmark %d%s" % (int(number), " ipv6" if is_ipv6 else "")


def keepalived_names(server, groups):
    """The services that one virtual_server is. What a range of addresses stands for, nobody looks at."""
    protocol = str(server.get("protocol", "TCP")).lower()
    reals = conf.dicts(server.get("real_server"))
    if "fwmark" in server:
        is_ipv6 = bool(reals) and ipaddress.ip_address(reals[0]["address"]).version == 6
        return [mark(server["fwmark"], is_ipv6)]
    if "group" not in server:
        return ["%s %s" % (protocol, endpoint(server["address"], server.get("port")))]
    found = []
    for group in groups:
        for item in group["addresses"] if group["name"] == server["group"] else []:
            words = conf.words(item).split()
            if words[0] == "fwmark":
                found.append(mark(words[1], False))
            elif common.address(words[0]) is not None:
                found.append("%s %s" % (protocol, endpoint(words[0], (words + [0])[1])))
    return found


def keepalived_table(variables):
    """What keepalived_virtual_servers are to be, with every server well."""
    found = {}
    for server in variables["keepalived_virtual_servers"]:
        service = {
            # keepalived's own choices: wlc, and weight 1.
            "scheduler": server.get("lvs_sched", "wlc"),
            "servers": {
                endpoint(real["address"], real.get("port")): int(real.get("weight", 1))
                for real in conf.dicts(server.get("real_server"))
            },
        }
        found.update(dict.fromkeys(keepalived_names(server, variables["keepalived_virtual_server_groups"]), service))
    return found


def ldirectord_table(variables):
    """What ldirectord_virtual are to be, with every server well."""
    found = {}
    for virtual in variables["ldirectord_virtual"]:
        servers = {}
        for real in virtual["real"]:
            # One address, or a range of them.
            first, last = cf.ends(real)[0], cf.ends(real)[-1]
            for number in range(int(first), int(last) + 1):
                address = endpoint(type(first)(number), real.get("port", cf.port(virtual)))
                servers[address] = int(real.get("weight", 1))
        place = cf.endpoint(virtual["virtual"])
        name = ("%s %s" % (ldirectord.protocol(virtual), endpoint(*place)) if place
                else mark(cf.fwmark(virtual), cf.version(virtual) == 6))
        # ldirectord's own choice.
        found[name] = {"scheduler": virtual.get("scheduler", "wrr"), "servers": servers}
    return found


def ipvsadm_table(variables):
    """What ipvsadm_services are to be."""
    services = [service for service in ipvsadm_wanted.wanted(variables)[0]["services"] if service["state"] == "present"]
    for service in services:
        service["real_servers"] = [server for server in service["real_servers"] if server["state"] == "present"]
    return table_of([ipvs_wanted.normal(service) for service in services])


def ipvs_table_problems(services, wanted):
    """What a table, as ipvs_info returns its services, lacks of the wanted one: sentences. It may have more."""
    found, problems = table_of(services), []
    for name, service in sorted(wanted.items()):
        here = found.get(name)
        if here is None:
            problems.append("%s is not in the table." % name)
            continue
        if here["scheduler"] != service["scheduler"]:
            problems.append("%s: scheduler is %s; wanted is %s." % (name, here["scheduler"], service["scheduler"]))
        problems += [
            "%s: real server %s is not in the table; wanted is weight %d." % (name, server, weight)
            if server not in here["servers"]
            else "%s: real server %s: weight is %d; wanted is %d." % (name, server, here["servers"][server], weight)
            for server, weight in sorted(service["servers"].items())
            if here["servers"].get(server) != weight
        ]
    return problems
