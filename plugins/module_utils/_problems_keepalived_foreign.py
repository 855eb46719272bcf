# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role keepalived refuses about a new instance when it hears hosts that are none of its group."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _problems_keepalived_vrrp as vrrp

SOURCES = ("unicast_src_ip", "mcast_src_ip")
# How many free ones to name.
OFFERED = 3


def family(instance):
    """Without any address, keepalived takes it for IPv4."""
    return vrrp.family(instance) or 4


def is_heard(instance, variables):
    """Whether its hosts, and others with its id, would hear one another in the usual multicast group, and here."""
    elsewhere = {**(variables.get("keepalived_blocks") or {}), **conf.global_defs(variables)}
    group = "vrrp_mcast_group%d" % family(instance)
    return "mcast_dst_ip" not in instance and group not in elsewhere and "net_namespace" not in elsewhere


def keepalived_routers(variables):
    """The instances of one host that another cluster may collide with, as module vrrp_info takes them."""
    return [
        {
            "interface": instance["interface"],
            "virtual_router_id": instance["virtual_router_id"],
            "family": family(instance),
        }
        for instance in conf.instances(variables)
        if is_heard(instance, variables)
    ]


def known_addresses(hosts, hostvars):
    """What the hosts of the group may send from, as far as the inventory and facts that are there tell."""
    found = []
    for host in [host for host in hosts if host in hostvars]:
        facts = hostvars[host].get("ansible_facts", {})
        found += [host, hostvars[host].get("ansible_host")]
        found += facts.get("all_ipv4_addresses", []) + facts.get("all_ipv6_addresses", [])
        for instance in conf.instances(hostvars[host]):
            found += [instance.get(key) for key in SOURCES]
            # Written by hand, they may be hosts that no inventory has.
            found += [vrrp.first_word(item, "address") for item in vrrp.listed(instance.get("unicast_peer"))]
    return {common.address(value) for value in found if isinstance(value, str)} - {None}


def is_own(advert, instance, known, others):
    """Whether a host of the group has sent this. others: this instance on the other hosts.

    A host that does not say what it sends from, sends from an address that only itself knows, such as a link-local one.
    Then it is known by the addresses of the instance.
    """
    if common.address(advert["source"]) in known:
        return True
    if all(any(key in other for key in SOURCES) for other in others):
        return False
    own = {address.ip for address in vrrp.addresses(instance)}
    return bool(own & {common.address(address) for address in advert["addresses"]})


def keepalived_foreign_problems(heard, variables, host, hosts, hostvars):
    """Sentences about new instances whose id another cluster uses. heard: what module vrrp_info has returned."""
    problems = []
    known = known_addresses(hosts, hostvars)
    members = conf.members(host, hosts, hostvars)
    mine = conf.instances(variables)
    for router in heard["new"]:
        place = (router["interface"], router["family"])
        adverts = [advert for advert in heard["adverts"] if (advert["interface"], advert["family"]) == place]
        taken = {advert["virtual_router_id"] for advert in adverts}
        taken |= {one.get("virtual_router_id") for one in mine if one.get("interface") == router["interface"]}
        free = [str(number) for number in range(1, 256) if number not in taken]
        for instance in mine:
            if (instance["interface"], family(instance), instance["virtual_router_id"]) != (
                *place, router["virtual_router_id"]
            ):
                continue
            others = [one for found in members.values() for one in found if one["name"] == instance["name"]]
            problems += [
                "%s: %s: virtual_router_id is %d, which %s uses on %s already, for %s, and it is no host of "
                "keepalived_group; allowed is one that nobody uses there, such as %s."
                % (
                    vrrp.VARIABLE,
                    instance["name"],
                    router["virtual_router_id"],
                    advert["source"],
                    router["interface"],
                    ", ".join(advert["addresses"]) or "no address",
                    ", ".join(free[:OFFERED]),
                )
                for advert in adverts
                if advert["virtual_router_id"] == router["virtual_router_id"]
                and not is_own(advert, instance, known, others)
            ]
    return problems
