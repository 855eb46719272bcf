# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: how a host of role keepalived gives its addresses up for a change, and whether it is fit again. No I/O."""

from __future__ import annotations

import json

from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _problems_keepalived_vrrp as vrrp
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_foreign import family

# Of adverts: who is not heard for three of them is gone for the others as well.
MISSED = 3
# An address there is that of a real server, or a tunnel's end.
NO_HOLDER = {"LOOPBACK", "NOARP"}


def names(items):
    """Those that are tracked without a weight of their own."""
    return [vrrp.first_word(item, "name") for item in vrrp.listed(items) if vrrp.tracked_weight(item) is None]


def standby_file(variables, instances):
    """The file that is a fault of every instance when 1 is in it, or None."""
    groups = conf.dicts(variables["keepalived_sync_groups"])
    for entry in conf.dicts(variables["keepalived_track_files"]):
        name = entry.get("name")
        grouped = {one for group in groups if name in names(group.get("track_file")) for one in vrrp.listed(group.get("group"))}
        if vrrp.number(entry.get("weight")) == 0 and all(
            name in names(instance.get("track_file")) or instance["name"] in grouped for instance in instances
        ):
            return entry.get("file")
    return None


def keepalived_rolling(variables):
    """What there is to be moved and looked at: file, addresses, interfaces, seconds, instances."""
    found = conf.instances(variables)
    routers = [
        {
            "name": instance["name"],
            "interface": instance["interface"],
            "virtual_router_id": instance["virtual_router_id"],
            "family": family(instance),
            "addresses": [str(address.ip) for key in vrrp.ADDRESSES for address in vrrp.addresses(instance, key)],
        }
        for instance in found
    ]
    return {
        "file": standby_file(variables, found),
        "addresses": [address for router in routers for address in router["addresses"]],
        "interfaces": sorted({router["interface"] for router in routers}),
        "seconds": MISSED * max([float(instance.get("advert_int", 1)) for instance in found] + [1.0]),
        "instances": routers,
    }


def keepalived_rolling_problems(variables, hosts):
    """Why these hosts cannot be changed one after another with nobody noticing: sentences."""
    problems = []
    if len(hosts) < 2:
        problems.append(
            "keepalived_group has %s; allowed are two hosts or more. With one, its addresses have nowhere to go, and "
            "clients see whatever the change interrupts: if they may, run playbooks/site.yml instead."
            % (", ".join(hosts) or "no host"))
    found = conf.instances(variables)
    if not found:
        problems.append("keepalived_instances is empty; allowed is one instance or more. Without an address that moves, "
                        "there is nothing to go round: run playbooks/site.yml instead.")
    elif standby_file(variables, found) is None:
        problems.append(
            "keepalived_track_files has no file with weight 0 that every instance tracks; allowed is one, such as "
            "{name: standby, file: /etc/keepalived/standby, weight: 0, init_file: 0}, with track_file: [standby] in each "
            "of keepalived_instances. It is what moves their addresses.")
    return problems


def keepalived_held(shown, rolling):
    """Those of the addresses that this host has. shown: `ip -json address`"""
    here = {
        one["local"]
        for link in json.loads(shown)
        if not NO_HOLDER & set(link.get("flags", []))
        for one in link.get("addr_info", [])
        if "local" in one
    }
    return [address for address in rolling["addresses"] if address in here]


def keepalived_unsettled(shown, adverts, rolling):
    """What has not settled, as far as one host knows: sentences. adverts: as vrrp_info hears them there."""
    held, problems = keepalived_held(shown, rolling), []
    for router in rolling["instances"]:
        mine = [address for address in router["addresses"] if address in held]
        place = (router["interface"], router["virtual_router_id"], router["family"])
        # With priority 0, it has just given up.
        senders = sorted(advert["source"] for advert in adverts if advert["priority"] > 0 and (
            advert["interface"], advert["virtual_router_id"], advert["family"]) == place)
        where = "%s (virtual_router_id %d on %s)" % (router["name"], router["virtual_router_id"], router["interface"])
        if mine and mine != router["addresses"]:
            problems.append("%s: this host has %s, and not all of %s." % (
                where, ", ".join(mine), ", ".join(router["addresses"])))
        elif mine and senders:
            problems.append("%s: this host has %s, and %s says so as well." % (
                where, ", ".join(mine), ", ".join(senders)))
        elif not mine and len(senders) != 1:
            problems.append("%s: this host does not have %s, and hears %s; wanted is one other host." % (
                where, ", ".join(router["addresses"]), ", ".join(senders) or "nobody who has"))
    return problems
