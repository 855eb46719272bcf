# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role bonding, and module bond, refuse before they touch a host."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.halab.cluster.plugins.module_utils import _bond_options as driver
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

BACKENDS = ("auto", "ifupdown", "networkd", "networkmanager")
# IFNAMSIZ less the zero at the end. What ifupdown, networkd and a shell all take as it is.
INTERFACE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$")
# These are not cards' names: the driver's own file, what ifupdown and networkd read as more than one name, and lo.
RESERVED = ("all", "any", "none", "default", "lo", "bonding_masters")
ADDRESSED = ("name", "mtu", "addresses", "gateway4", "gateway6")
KEYS = {
    "bonding_bonds": ADDRESSED + ("mode", "members", "arp_ip_target", "primary") + tuple(driver.OPTIONS),
    "bonding_vlans": ADDRESSED + ("link", "id"),
    "bonding_bridges": ADDRESSED + ("ports", "stp", "forward_delay"),
}
MTU = range(68, 65536)
MTU_IPV6 = 1280
VLAN_IDS = range(1, 4095)
# net/bonding.h: BOND_MAX_ARP_TARGETS
ARP_TARGETS = 16
# br_private.h, in seconds: BR_MIN_FORWARD_DELAY, BR_MAX_FORWARD_DELAY; less than that only without STP.
FORWARD_DELAY = range(2, 31)
# Less would not be enough to apply any change and to come back twice.
ROLLBACK = range(10, 3601)


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_interface(value):
    return isinstance(value, str) and bool(INTERFACE.match(value)) and value not in RESERVED


def names_in(entry, key):
    """The names of a list that can be names; what cannot is refused elsewhere."""
    value = entry.get(key)
    return [name for name in value if is_interface(name)] if isinstance(value, list) else []


class Described:
    """The three lists, by interface."""

    def __init__(self, lists):
        self.lists = lists
        self.by_name = {}  # {name: (variable, entry)}; of two with one name the last
        for variable, entries in lists.items():
            for entry in entries:
                if is_interface(entry.get("name")):
                    self.by_name[entry["name"]] = (variable, entry)

    def entries(self):
        for variable, entries in self.lists.items():
            for entry in entries:
                yield variable, entry, "%s: %s" % (variable, entry.get("name"))

    def below(self, name):
        """What an interface stands on."""
        variable, entry = self.by_name.get(name, (None, {}))
        if variable == "bonding_vlans":
            return [entry["link"]] if is_interface(entry.get("link")) else []
        return names_in(entry, "ports") if variable == "bonding_bridges" else []

    def all_below(self, name):
        """The same, all the way down."""
        found, ahead = [], self.below(name)
        while ahead:
            lower = ahead.pop()
            if lower not in found:
                found.append(lower)
                ahead += self.below(lower)
        return found

    def port_of(self, name):
        """The bridge that an interface is a port of, or None."""
        for entry in self.lists["bonding_bridges"]:
            if name in names_in(entry, "ports"):
                return entry.get("name")
        return None


def names(described):
    problems, seen = [], []
    for variable, entry, where in described.entries():
        name = entry.get("name")
        if not is_interface(name):
            problems.append(
                "%s: name is %r; allowed are at most 15 letters, digits, dots, dashes and underscores, and none of %s."
                % (variable, name, ", ".join(RESERVED)))
        else:
            seen.append((name, variable))
    for name in common.repeated([name for name, variable in seen]):
        owners = [variable for other, variable in seen if other == name]
        problems.append("%s: the name %s is given more than once (%s); allowed is one interface of a name." % (
            owners[0], name, ", ".join(owners)))
    return problems


def keys(described):
    problems = []
    for variable, entry, where in described.entries():
        problems += common.unknown_keys(where, entry, KEYS[variable])
        problems += common.boolean_words(where, {
            key: value for key, value in entry.items() if not driver_word(key, value)})
    return problems


def driver_word(key, value):
    """Whether this is a word of the driver that only looks like a boolean."""
    return key in driver.OPTIONS and driver.OPTIONS[key].accepts(value)


# Bonds


def bond(where, entry):
    mode = entry.get("mode")
    if mode not in driver.MODES:
        return ["%s: mode is %r; allowed are %s." % (where, mode, ", ".join(driver.MODES))]
    problems = []
    for name, option, value in driver.chosen(entry):
        if mode not in option.modes:
            problems.append("%s: %s is %r, and the mode is %s; allowed is %s in the modes %s." % (
                where, name, value, mode, name, ", ".join(option.modes)))
        elif not option.accepts(value):
            problems.append("%s: %s is %r; allowed is %s." % (where, name, value, option.allowed()))
    return problems + members(where, entry) + primary(where, entry) + monitoring(where, entry)


def members(where, entry):
    value = entry.get("members")
    if not isinstance(value, list) or not value:
        return ["%s: members is %r; allowed is a list of network cards." % (where, value)]
    return ["%s: members names %r; allowed are names of network cards." % (where, name)
            for name in value if not is_interface(name)]


def primary(where, entry):
    mode, value = entry["mode"], entry.get("primary")
    if "primary" not in entry:
        if "primary_reselect" in entry and mode in driver.PRIMARY_MODES:
            return ["%s: primary_reselect is %r and there is no primary; allowed is primary_reselect with a primary."
                    % (where, entry["primary_reselect"])]
        return []
    if mode not in driver.PRIMARY_MODES:
        return ["%s: primary is %r, and the mode is %s; allowed is primary in the modes %s." % (
            where, value, mode, ", ".join(driver.PRIMARY_MODES))]
    if value not in names_in(entry, "members"):
        return ["%s: primary is %r; allowed is one of its members, %s." % (
            where, value, common.listed(names_in(entry, "members")))]
    return []


def monitoring(where, entry):
    """Exactly one way to notice a dead link."""
    mode = entry["mode"]
    by_arp = mode in driver.ARP_MODES
    ways = "miimon" + (", or arp_interval with arp_ip_target" if by_arp else "")
    mii, arp = entry.get("miimon", 0), entry.get("arp_interval", 0)
    problems = []
    if mii and arp and by_arp:
        problems.append("%s: miimon is %r and arp_interval is %r; allowed is one of them." % (where, mii, arp))
    if not mii and not (arp and by_arp):
        problems.append("%s has no link monitoring: a dead member would go on being used; allowed is %s above 0 (in "
                        "ms)." % (where, ways))
    if "arp_ip_target" in entry and not by_arp:
        problems.append("%s: arp_ip_target is %r, and the mode is %s; allowed is arp_ip_target in the modes %s." % (
            where, entry["arp_ip_target"], mode, ", ".join(driver.ARP_MODES)))
    elif arp or "arp_ip_target" in entry:
        problems += arp_targets(where, entry.get("arp_ip_target"))
        if not arp:
            problems.append("%s: arp_ip_target is given and arp_interval is %r; allowed is arp_interval above 0 (in "
                            "ms)." % (where, arp))
    for key in ("arp_validate", "arp_all_targets"):
        if key in entry and not arp and mode in driver.OPTIONS[key].modes:
            problems.append("%s: %s is %r and arp_interval is %r; allowed is %s with arp_interval." % (
                where, key, entry[key], arp, key))
    for key in ("updelay", "downdelay"):
        delay = entry.get(key, 0)
        if not is_whole(delay) or not is_whole(mii) or not delay:
            continue
        if not mii:
            problems.append("%s: %s is %d and miimon is 0; allowed is %s with miimon." % (where, key, delay, key))
        elif delay % mii:
            problems.append("%s: %s is %d, which the driver would round down; allowed are multiples of miimon, %d." % (
                where, key, delay, mii))
    return problems


def arp_targets(where, targets):
    if not isinstance(targets, list) or not targets:
        return ["%s: arp_ip_target is %r; allowed is a list of IPv4 addresses." % (where, targets)]
    problems = []
    for target in targets:
        found = common.address(target)
        if found is None or found.version != 4 or found.is_unspecified or found == ipaddress.ip_address(
                "255.255.255.255"):
            problems.append("%s: arp_ip_target names %r; allowed are IPv4 addresses." % (where, target))
    if len(targets) > ARP_TARGETS:
        problems.append("%s: arp_ip_target names %d addresses; allowed are up to %d." % (
            where, len(targets), ARP_TARGETS))
    for target in common.repeated(targets):
        problems.append("%s: arp_ip_target names %s twice; allowed is once." % (where, target))
    return problems


def owners_of_members(described):
    problems = []
    pairs = [(name, entry.get("name")) for entry in described.lists["bonding_bonds"]
             for name in names_in(entry, "members")]
    for name in common.repeated([name for name, owner in pairs]):
        owners = [str(owner) for other, owner in pairs if other == name]
        problems.append("bonding_bonds: %s is a member of %s; allowed is one bond, once." % (
            name, " and ".join(owners)))
    for name, owner in pairs:
        if name in described.by_name:
            problems.append("bonding_bonds: %s: the member %s is itself in %s; allowed are network cards." % (
                owner, name, described.by_name[name][0]))
    return problems


# VLANs and bridges


def vlan(where, entry, described):
    problems = []
    number, link, name = entry.get("id"), entry.get("link"), entry.get("name")
    if not is_whole(number) or number not in VLAN_IDS:
        problems.append("%s: id is %r; allowed is a whole number from %d to %d." % (
            where, number, VLAN_IDS[0], VLAN_IDS[-1]))
    if not isinstance(link, str) or link not in described.by_name:
        problems.append("%s: link is %r; allowed is a name in bonding_bonds, bonding_vlans or bonding_bridges." % (
            where, link))
    elif is_interface(name) and "." in name and is_whole(number) and name != "%s.%d" % (link, number):
        # ifupdown goes by the name.
        problems.append("%s: a name with a dot says what link and id are; allowed is %s.%d, or a name without a dot."
                        % (where, link, number))
    return problems


def same_vlan_twice(described):
    pairs = [(entry.get("link"), entry.get("id"), entry.get("name")) for entry in described.lists["bonding_vlans"]]
    return ["bonding_vlans: id %s on %s is given more than once (%s); allowed is one VLAN of an id on a link." % (
        number, link, ", ".join(str(entry[2]) for entry in pairs if entry[:2] == (link, number)))
        for link, number in common.repeated([entry[:2] for entry in pairs])]


def bridge(where, entry, described):
    problems = []
    ports = entry.get("ports")
    if not isinstance(ports, list) or not ports:
        problems.append("%s: ports is %r; allowed is a list of names in bonding_bonds or bonding_vlans." % (
            where, ports))
        ports = []
    for port in ports:
        variable = described.by_name.get(port, (None,))[0] if isinstance(port, str) else None
        if variable not in ("bonding_bonds", "bonding_vlans"):
            problems.append("%s: ports names %r; allowed are names in bonding_bonds or bonding_vlans." % (where, port))
    # Text is named as text elsewhere.
    if not isinstance(entry.get("stp", False), (bool, str)):
        problems.append("%s: stp is %r; allowed is true or false." % (where, entry["stp"]))
    delay = entry.get("forward_delay")
    allowed = FORWARD_DELAY if entry.get("stp", False) is True else range(0, FORWARD_DELAY[-1] + 1)
    if delay is not None and not (is_whole(delay) and delay in allowed):
        problems.append("%s: forward_delay is %r; allowed is a whole number of seconds from %d to %d." % (
            where, delay, allowed[0], allowed[-1]))
    return problems


def ports_of_bridges(described):
    problems = []
    pairs = [(port, entry.get("name")) for entry in described.lists["bonding_bridges"]
             for port in names_in(entry, "ports")]
    for port in common.repeated([port for port, owner in pairs]):
        owners = [str(owner) for other, owner in pairs if other == port]
        problems.append("bonding_bridges: %s is a port of %s; allowed is one bridge, once." % (
            port, " and ".join(owners)))
    for port, owner in pairs:
        variable, entry = described.by_name.get(port, (None, {}))
        for key in ("addresses", "gateway4", "gateway6"):
            if entry.get(key):
                problems.append("%s: %s: %s is %s and it is a port of %s; allowed is %s of the bridge." % (
                    variable, port, key, entry[key], owner, key))
    return problems


def loops(described):
    return ["%s: %s stands on itself, by %s; allowed is a bond at the bottom." % (
        variable, name, ", ".join(described.all_below(name)))
        for name, (variable, entry) in described.by_name.items() if name in described.all_below(name)]


# Addresses and MTU


def addressing(where, entry):
    problems = []
    value = entry.get("addresses", [])
    if not isinstance(value, list):
        return ["%s: addresses is %r; allowed is a list such as [192.0.2.11/24]." % (where, value)]
    parsed = [common.interface(text) for text in value]
    problems += ["%s: addresses names %r; allowed is an address with its prefix, such as 192.0.2.11/24." % (where, text)
                 for text, found in zip(value, parsed) if found is None]
    parsed = [found for found in parsed if found is not None]
    for found in parsed:
        network = found.network
        special = network.version == 4 and network.prefixlen < 31 and found.ip in (
            network.network_address, network.broadcast_address)
        if special or found.ip.is_multicast or found.ip.is_loopback or found.ip.is_unspecified:
            problems.append("%s: addresses names %s; allowed is the address of a host." % (where, found))
    for key, version in (("gateway4", 4), ("gateway6", 6)):
        if key in entry:
            problems += gateway(where, key, version, entry[key], parsed)
    return problems + mtu(where, entry, parsed)


def gateway(where, key, version, value, addresses):
    found = common.address(value)
    if found is None or found.version != version:
        return ["%s: %s is %r; allowed is an IPv%d address." % (where, key, value, version)]
    subnets = [entry.network for entry in addresses if entry.version == version]
    if found in [entry.ip for entry in addresses]:
        return ["%s: %s is %s, the interface's own address; allowed is that of the router." % (where, key, found)]
    # A link-local router is on every link.
    if version == 6 and found.is_link_local:
        return []
    if not common.inside(found, subnets):
        return ["%s: %s is %s; allowed is an address in the subnets of its addresses, %s." % (
            where, key, found, common.listed(subnets))]
    return []


def mtu(where, entry, addresses):
    if "mtu" not in entry:
        return []
    value = entry["mtu"]
    if not is_whole(value) or value not in MTU:
        return ["%s: mtu is %r; allowed is a whole number from %d to %d." % (where, value, MTU[0], MTU[-1])]
    if value < MTU_IPV6 and any(found.version == 6 for found in addresses):
        return ["%s: mtu is %d and it has IPv6 addresses; allowed is %d or more." % (where, value, MTU_IPV6)]
    return []


def mtu_of(entry):
    value = entry.get("mtu", 1500)
    return value if is_whole(value) else 1500


def mtu_above_link(described):
    problems = []
    for entry in described.lists["bonding_vlans"]:
        link = entry.get("link")
        lower = described.by_name[link][1] if isinstance(link, str) and link in described.by_name else None
        if lower is not None and mtu_of(entry) > mtu_of(lower):
            problems.append("bonding_vlans: %s: mtu is %d and that of its link %s is %d; allowed is at most that." % (
                entry.get("name"), mtu_of(entry), link, mtu_of(lower)))
    return problems


def one_of_all(described):
    """What a host has once: an address, a default route of each family."""
    problems, owners = [], []
    for variable, entry, where in described.entries():
        value = entry.get("addresses")
        for found in [common.interface(text) for text in value] if isinstance(value, list) else []:
            if found is not None:
                owners.append((found.ip, entry.get("name"), variable))
    for address in common.repeated([owner[0] for owner in owners]):
        names_of = [str(owner[1]) for owner in owners if owner[0] == address]
        variable = [owner[2] for owner in owners if owner[0] == address][0]
        problems.append("%s: the address %s belongs to %s; allowed is one interface, once." % (
            variable, address, " and ".join(names_of)))
    for key in ("gateway4", "gateway6"):
        having = [(variable, str(entry.get("name")))
                  for variable, entry, where in described.entries() if entry.get(key)]
        if len(having) > 1:
            problems.append("%s: %s is given for %s; allowed is one default route of a host." % (
                having[0][0], key, " and ".join(name for variable, name in having)))
    return problems


# The connection to the controller


def rollback(described, variables):
    timeout = variables["bonding_rollback_timeout"]
    if not is_whole(timeout) or timeout and timeout not in ROLLBACK:
        return ["bonding_rollback_timeout is %r; allowed is 0 or a whole number of seconds from %d to %d." % (
            timeout, ROLLBACK[0], ROLLBACK[-1])]
    host = common.address(variables.get("ansible_host"))
    if timeout or host is None:
        return []
    for variable, entry, where in described.entries():
        value = entry.get("addresses")
        for found in [common.interface(text) for text in value] if isinstance(value, list) else []:
            if found is not None and found.ip == host:
                return ["bonding_rollback_timeout is 0, and %s carries the controller's connection (%s); allowed is "
                        "the number of seconds after which the host undoes a change that cut the controller off."
                        % (entry.get("name"), host)]
    return []


def bonding_problems(variables):
    """All reasons why role bonding would not touch a host with these variables."""
    lists, problems = {}, []
    for variable in KEYS:
        lists[variable], found = common.list_of_dicts(variable, variables[variable])
        problems += found
    if variables["bonding_backend"] not in BACKENDS:
        problems.append("bonding_backend is %r; allowed are %s." % (
            variables["bonding_backend"], ", ".join(BACKENDS)))
    if not isinstance(variables["bonding_purge"], bool):
        problems.append("bonding_purge is %r; allowed is true or false, without quotes." % (
            variables["bonding_purge"],))

    described = Described(lists)
    problems += names(described) + keys(described)
    for variable, entry, where in described.entries():
        if variable == "bonding_bonds":
            problems += bond(where, entry)
        elif variable == "bonding_vlans":
            problems += vlan(where, entry, described)
        else:
            problems += bridge(where, entry, described)
        problems += addressing(where, entry)
    problems += owners_of_members(described) + same_vlan_twice(described) + ports_of_bridges(described)
    problems += loops(described) + mtu_above_link(described) + one_of_all(described)
    return problems + rollback(described, variables)
