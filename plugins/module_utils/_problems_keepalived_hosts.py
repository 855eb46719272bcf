# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role keepalived refuses about a VRRP instance when it looks at the others, here and on other hosts."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _problems_keepalived_vrrp as vrrp

VARIABLE = vrrp.VARIABLE
# Where these differ between two hosts, each takes the other's adverts for wrong and both become master.
EQUAL = {"virtual_router_id": None, "advert_int": 1, "version": 2}


def all_addresses(instance):
    return {address.ip for key in vrrp.ADDRESSES for address in vrrp.addresses(instance, key)}


def networks(instance):
    """Those that the addresses say; a host's own network says nothing."""
    return [address.network for address in vrrp.addresses(instance) if address.network.num_addresses > 1]


def same_segment(one, other, neighbours):
    """As far as variables tell. neighbours: on one host, or on two of the group."""
    if neighbours and one.get("interface") == other.get("interface"):
        return True
    return any(
        address.ip in network
        for these, those in ((one, other), (other, one))
        for network in networks(these)
        for address in vrrp.addresses(those)
        if address.version == network.version
    )


def peers_of(instance, others):
    found = conf.with_peers(instance, others).get("unicast_peer")
    return {str(vrrp.first_word(item, "address")) for item in vrrp.listed(found)}


def do_not_hear(one, ones, other, others):
    """Two that send to other peers only may have one virtual_router_id, keepalived.conf(5) says."""
    if not ones or not others:
        return False
    return not ones & others and one.get("unicast_src_ip") not in others and other.get("unicast_src_ip") not in ones


def collisions(where, one, ones, other, others, place, neighbours):
    """Two instances that are not the same one."""
    problems = [
        "%s: %s is an address of %s as well; allowed is one instance, with the same name on all its hosts."
        % (where, address, place)
        for address in sorted(all_addresses(one) & all_addresses(other), key=str)
    ]
    if (
        not problems
        and one.get("virtual_router_id") == other.get("virtual_router_id")
        and vrrp.family(one) == vrrp.family(other)
        and same_segment(one, other, neighbours)
        and not do_not_hear(one, ones, other, others)
    ):
        problems.append(
            "%s: virtual_router_id is %s, as that of %s on the same segment with other addresses; allowed is another."
            % (where, one.get("virtual_router_id"), place)
        )
    return problems


def disagreements(where, one, other, host):
    """The same instance on two hosts."""
    problems = []
    if one.get("priority") == other.get("priority"):
        problems.append(
            "%s: priority is %s, and on %s as well; allowed is another on each host."
            % (where, one.get("priority"), host)
        )
    for key, default in EQUAL.items():
        if one.get(key, default) != other.get(key, default):
            problems.append(
                "%s: %s is %r, and on %s %r; allowed is the same on all its hosts."
                % (where, key, one.get(key, default), host, other.get(key, default))
            )
    if one.get("authentication") != other.get("authentication"):
        problems.append("%s: authentication is not that of %s; allowed is the same on all its hosts." % (where, host))
    if {address.ip for address in vrrp.addresses(one)} != {address.ip for address in vrrp.addresses(other)}:
        problems.append(
            "%s: virtual_ipaddress is not that of %s with the same virtual_router_id; allowed is the same list on "
            "all its hosts." % (where, host)
        )
    if one["state"] == other["state"] == "MASTER":
        problems.append("%s: state is MASTER, and on %s as well; allowed is MASTER on one host." % (where, host))
    return problems


def unicast(where, instance, others):
    """Every other host has to be a peer, and nobody else."""
    sources = {
        host: entry.get("unicast_src_ip")
        for host, found in others.items()
        for entry in found
        if entry["name"] == instance["name"]
    }
    if "unicast_src_ip" not in instance and "unicast_peer" not in instance:
        return [
            "%s: %s sends adverts from unicast_src_ip %s, and this host has none; allowed is one on each host, "
            "or on none." % (where, host, source)
            for host, source in sources.items()
            if source is not None
        ]
    problems = [
        "%s: unicast_src_ip is not given for %s; allowed is one on each host of the instance, in its keepalived_node."
        % (where, host)
        for host, source in sources.items()
        if source is None and "unicast_peer" not in instance
    ]
    peers = peers_of(instance, others)
    if not peers and not problems:
        problems.append(
            "%s: unicast_src_ip is given and no other host of keepalived_group has this instance; allowed is a "
            "unicast_peer, or a group with its hosts." % where
        )
    if str(instance.get("unicast_src_ip")) in peers:
        problems.append(
            "%s: unicast_peer has %s, which is this host's unicast_src_ip; allowed are the other hosts'."
            % (where, instance["unicast_src_ip"])
        )
    missing = [(host, source) for host, source in sources.items() if source is not None and str(source) not in peers]
    return problems + [
        "%s: unicast_peer lacks %s, the unicast_src_ip of %s; allowed is a list of all other hosts of the instance, "
        "or none to have it made." % (where, source, host)
        for host, source in missing
    ]


def hosts_problems(found, host, hosts, hostvars):
    """found: the instances of this host."""
    others = conf.members(host, hosts, hostvars)
    names = [instance["name"] for instance in found]
    problems = []
    for position, one in enumerate(found):
        where = "%s: %s" % (VARIABLE, one["name"])
        ones = peers_of(one, others)
        problems += unicast(where, one, others)
        for other in found[:position]:
            if other["name"] != one["name"]:
                problems += collisions(where, one, ones, other, peers_of(other, others), other["name"], True)
        for name in [name for name in hostvars if name != host]:
            theirs = conf.members(name, hosts, hostvars) if name in hosts else {}
            for other in conf.instances(hostvars[name]):
                if name in hosts and other["name"] == one["name"]:
                    problems += disagreements(where, one, other, name)
                if name in hosts and other["name"] in names:
                    continue
                place = "%s of %s" % (other["name"], name)
                # The peers of another group's host are not known, but it is not among ours.
                heard = peers_of(other, theirs) or ({"another group's"} if "unicast_src_ip" in other else set())
                problems += collisions(where, one, ones, other, heard, place, name in hosts)
    problems += [
        "%s: %s is given twice; allowed is once." % (VARIABLE, address)
        for one in found
        for address in common.repeated([address.ip for key in vrrp.ADDRESSES for address in vrrp.addresses(one, key)])
    ]
    return problems
