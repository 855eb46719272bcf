# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role keepalived refuses about the VRRP instances of one host before it touches it."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _node_health_words as values
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

VARIABLE = "keepalived_instances"
NAME = values.Text(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", "letters, digits, dots, dashes and underscores")
# The kernel's: IFNAMSIZ less its end. keepalived itself refuses lo.
INTERFACE = values.Text(
    r"(?!lo$|\.{1,2}$)[^\s/:\"'#!{}]{1,15}", "the name of an interface, of 15 characters at most, not lo"
)
VIRTUAL_ROUTER_ID = values.Whole(1, 255)
# 255 is for the address owner, which no other node may ever relieve.
PRIORITY = values.Whole(1, 254)
WEIGHT = (-253, 253)
AUTH_PASS_LENGTH = 8
# What quotes, ends a line's meaning, or would be shown when keepalived complains of the line.
UNWRITABLE = re.compile(r"[^A-Za-z0-9_.,:;/+=@%^*~-]")
ADDRESSES = ("virtual_ipaddress", "virtual_ipaddress_excluded")
TRACKED = {
    "track_script": "keepalived_vrrp_scripts",
    "track_process": "keepalived_track_processes",
    "track_file": "keepalived_track_files",
}


def listed(value):
    return value if isinstance(value, list) else []


def first_word(item, key):
    """192.0.2.1/24 of "192.0.2.1/24 dev eth0", and of {address: 192.0.2.1/24, dev: eth0}."""
    if isinstance(item, dict):
        return item.get(key)
    return item.split()[0] if isinstance(item, str) and item.split() else item


def interface_address(value):
    """The address with its network, or None."""
    try:
        return ipaddress.ip_interface(value) if isinstance(value, str) else None
    except ValueError:
        return None


def addresses(instance, key="virtual_ipaddress"):
    found = [interface_address(first_word(item, "address")) for item in listed(instance.get(key))]
    return [address for address in found if address is not None]


def family(instance):
    """4 or 6: keepalived's is that of the first address. None without one."""
    found = addresses(instance)
    return found[0].version if found else None


def version(instance, global_defs):
    """Of the protocol: IPv6 has VRRPv3 alone."""
    if family(instance) == 6:
        return 3
    return instance.get("version", global_defs.get("vrrp_version", 2))


def tracked_weight(item):
    """The weight that a line says, as text; None for none."""
    if isinstance(item, dict):
        return item.get("weight")
    found = re.search(r"\bweight\s+(-?\d+)", item) if isinstance(item, str) else None
    return found.group(1) if found else None


def number(weight):
    """-20 of -20, "-20" and "-20 reverse"; None for what is no number."""
    found = re.match(r"^(-?\d+)( reverse| noreverse)?$", str(weight))
    return int(found.group(1)) if found and not isinstance(weight, bool) else None


def weighted(instance, variables):
    """(what is tracked, its weight) for all that changes the priority."""
    found = []
    for key in ("track_interface", "track_script", "track_process"):
        entries = conf.dicts(variables.get(TRACKED.get(key)))
        known = {entry["name"]: entry for entry in entries if isinstance(entry.get("name"), str)}
        for item in listed(instance.get(key)):
            name = first_word(item, "name")
            weight = tracked_weight(item)
            if weight is None and isinstance(name, str):
                weight = known.get(name, {}).get("weight", 0)
            if number(weight):
                found.append(("%s %s" % (key, name), number(weight)))
    return found


def tracks(where, entry, variables):
    """What an instance or a group tracks has to be there."""
    problems = []
    for key, variable in TRACKED.items():
        names = [found.get("name") for found in conf.dicts(variables[variable])]
        problems += [
            "%s: %s names %s, which %s does not have; allowed are: %s."
            % (where, key, first_word(item, "name"), variable, common.listed(names))
            for item in listed(entry.get(key))
            if first_word(item, "name") not in names
        ]
    for key in ("track_process", "track_file"):
        plain = [found.get("name") for found in conf.dicts(variables[TRACKED[key]]) if "weight" not in found]
        problems += [
            "%s: %s: %s has no weight; allowed is one, 0 to make it a fault: keepalived's own default is not 0 everywhere."
            % (where, key, first_word(item, "name"))
            for item in listed(entry.get(key))
            if tracked_weight(item) is None and first_word(item, "name") in plain
        ]
    for key in list(TRACKED) + ["track_interface"]:
        for item in listed(entry.get(key)):
            weight = tracked_weight(item)
            low, high = WEIGHT
            if weight is not None and (number(weight) is None or not low <= number(weight) <= high):
                problems.append(
                    "%s: %s: %s has the weight %r; allowed is a whole number from %d to %d."
                    % (where, key, first_word(item, "name"), weight, low, high)
                )
    return problems


def of_addresses(where, instance):
    problems = []
    for key in ADDRESSES:
        problems += [
            "%s: %s has %r; allowed is an address such as 192.0.2.10/24, or a dictionary with address."
            % (where, key, item)
            for item in listed(instance.get(key))
            if interface_address(first_word(item, "address")) is None
        ]
    if not listed(instance.get("virtual_ipaddress")) and not instance.get("no_virtual_ipaddress"):
        problems.append("%s: virtual_ipaddress names no address; allowed is a list of one or more." % where)
    mixed = [str(address) for address in addresses(instance) if address.version != family(instance)]
    if mixed:
        problems.append(
            "%s: virtual_ipaddress begins with an IPv%d address and has %s; allowed is one family, "
            "the other goes to virtual_ipaddress_excluded." % (where, family(instance), ", ".join(mixed))
        )
    return problems


def of_unicast(where, instance):
    problems = []
    given = [("unicast_src_ip", instance["unicast_src_ip"])] if "unicast_src_ip" in instance else []
    given += [("unicast_peer", first_word(item, "address")) for item in listed(instance.get("unicast_peer"))]
    for key, value in given:
        found = common.address(value)
        if found is None:
            problems.append("%s: %s has %r; allowed is an IP address." % (where, key, value))
        elif family(instance) and found.version != family(instance):
            problems.append(
                "%s: %s has %s; allowed is an IPv%d address, as those of virtual_ipaddress are."
                % (where, key, found, family(instance))
            )
    if given and instance.get("use_vmac") and not instance.get("vmac_xmit_base"):
        problems.append("%s: use_vmac is given with unicast; allowed is that with vmac_xmit_base: true." % where)
    return problems


def of_preemption(where, instance, variables, grouped):
    problems = []
    if instance["nopreempt"] is True and instance["state"] == "MASTER":
        problems.append(
            "%s: state is MASTER and nopreempt is true, which keepalived then ignores; allowed is state BACKUP "
            "on all hosts, or nopreempt: false." % where
        )
    if instance["nopreempt"] is True and "preempt_delay" in instance:
        problems.append("%s: preempt_delay is given and nopreempt is true; allowed is nopreempt: false." % where)
    # A backup that may not preempt does not mind how low the priority of the master is.
    for what, weight in weighted(instance, variables):
        if grouped:
            problems.append(
                "%s: %s has the weight %d, which keepalived ignores in a sync group; allowed is no weight, "
                "or to track it in keepalived_sync_groups." % (where, what, weight)
            )
        elif instance["nopreempt"] is True:
            problems.append(
                "%s: %s has the weight %d and nopreempt is true, so the address would not move; allowed is no weight "
                "(a failure is a fault, and the address moves), or nopreempt: false." % (where, what, weight)
            )
    return problems


def of_advert_int(where, instance, global_defs):
    given = instance.get("advert_int", 1)
    if isinstance(given, bool) or not isinstance(given, (int, float)) or given < 0.01:
        return ["%s: advert_int is %r; allowed are seconds from 0.01 up." % (where, given)]
    if version(instance, global_defs) == 3 and given > 40.95:
        return ["%s: advert_int is %s; allowed are 40.95 seconds at most with VRRP version 3." % (where, given)]
    if version(instance, global_defs) != 3 and (given != int(given) or given > 255):
        return [
            "%s: advert_int is %s; allowed are whole seconds up to 255 with VRRP version 2, "
            "or version: 3." % (where, given)
        ]
    return []


def of_authentication(where, instance, global_defs):
    """The password is in no sentence."""
    if "authentication" not in instance:
        return []
    given = instance["authentication"]
    if not isinstance(given, dict):
        return ["%s: authentication is %s; allowed is a dictionary." % (where, common.kind(given))]
    if version(instance, global_defs) == 3:
        return ["%s: authentication is given; allowed is none, VRRP version 3 does not have it." % where]
    problems = []
    if given.get("auth_type") not in ("PASS", "AH"):
        problems.append("%s: auth_type is %r; allowed are PASS, AH." % (where, given.get("auth_type")))
    secret = given.get("auth_pass")
    if not isinstance(secret, str) or not secret:
        found = "empty" if secret == "" else common.kind(secret)
        problems.append("%s: auth_pass is %s; allowed is text." % (where, found))
    elif len(secret) > AUTH_PASS_LENGTH:
        problems.append(
            "%s: auth_pass has %d characters, and keepalived cuts it off; allowed are %d at most."
            % (where, len(secret), AUTH_PASS_LENGTH)
        )
    elif UNWRITABLE.search(secret):
        problems.append(
            "%s: auth_pass has a character that means something in keepalived.conf; allowed are letters, "
            "digits and _ . , : ; / + = @ %% ^ * ~ -." % where
        )
    return problems


def one_instance(instance, variables, grouped):
    where = "%s: %s" % (VARIABLE, instance["name"])
    global_defs = conf.global_defs(variables)
    problems = [
        "%s: %s is %r; allowed is %s." % (where, key, instance.get(key), allowed.allowed())
        for key, allowed in (
            ("name", NAME),
            ("interface", INTERFACE),
            ("virtual_router_id", VIRTUAL_ROUTER_ID),
            ("priority", PRIORITY),
            ("state", values.Choice("BACKUP", "MASTER")),
            ("nopreempt", values.FLAG),
        )
        if not allowed.accepts(instance.get(key, False if key == "nopreempt" else None))
    ]
    problems += [
        "%s: track_interface has %r; allowed is %s." % (where, item, INTERFACE.allowed())
        for item in listed(instance.get("track_interface"))
        if not INTERFACE.accepts(first_word(item, "name"))
    ]
    if version(instance, global_defs) not in (2, 3) or family(instance) == 6 and instance.get("version", 3) != 3:
        problems.append("%s: version is %r; allowed are 2, 3, and for IPv6 3 alone." % (where, instance.get("version")))
    problems += of_addresses(where, instance) + of_unicast(where, instance)
    problems += of_preemption(where, {"nopreempt": False, **instance}, variables, grouped)
    problems += of_advert_int(where, instance, global_defs) + of_authentication(where, instance, global_defs)
    return problems + tracks(where, instance, variables)


def vrrp_problems(variables, found, groups):
    """found: the instances of this host; groups: the names of those in a sync group."""
    problems = [
        "%s: %s is named twice; allowed is once." % (VARIABLE, name)
        for name in common.repeated([instance["name"] for instance in found])
    ]
    for instance in found:
        problems += one_instance(instance, variables, instance["name"] in groups)
    return problems
