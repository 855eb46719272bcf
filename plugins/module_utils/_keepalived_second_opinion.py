# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: which instances the second opinion of role keepalived is about, and how keepalived hears of it. No I/O."""

from __future__ import annotations

import ipaddress
import re

# keepalived's name of the file that it tracks, and the file. In a directory that is always there, since keepalived
# forgets a file whose directory is missing; and gone after a boot.
PREFIX = "second_opinion_"
FILE = "/run/keepalived-second-opinion."
# keepalived's default.
PRIORITY = 100
DEVICE = re.compile(r"\bdev\s+(\S+)")


def first_address(instance):
    """(address, its interface) of the first one if that is IPv4; None for others."""
    given = instance.get("virtual_ipaddress")
    item = given[0] if isinstance(given, list) and given else None
    if isinstance(item, dict):
        text, device = item.get("address"), item.get("dev")
    elif isinstance(item, str) and item.strip():
        text, device = item.split()[0], (DEVICE.findall(item) + [None])[0]
    else:
        return None
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        return None
    return (str(found.ip), device or instance["interface"]) if found.version == 4 else None


def can_be_heard(instance):
    """Adverts in AH are of another protocol, and what has a MAC address for all hosts is on an interface of its own."""
    authentication = instance.get("authentication")
    if isinstance(authentication, dict) and authentication.get("auth_type") == "AH":
        return False
    return not any(instance.get(word, False) is not False for word in ("use_vmac", "use_ipvlan"))


def second_opinions(variables, found):
    """What keepalived-second-opinion reads: the instances it watches. found: all of this host."""
    # There, the daemon would look at another network than keepalived.
    elsewhere = {**variables["keepalived_blocks"], **variables["keepalived_global_defs"]}
    if not variables["keepalived_second_opinion"] or "net_namespace" in elsewhere:
        return []
    watched = []
    for instance in found:
        first = first_address(instance)
        if first and can_be_heard(instance):
            address, device = first
            watched.append(
                {
                    "name": instance["name"],
                    "interface": instance["interface"],
                    "virtual_router_id": instance["virtual_router_id"],
                    "advert_int": instance.get("advert_int", 1),
                    "priority": instance.get("priority", PRIORITY),
                    "address": address,
                    "dev": device,
                    "file": FILE + instance["name"],
                }
            )
    return watched


def track_files(watched):
    """keepalived's side of it, as entries of keepalived_track_files."""
    return [{"name": PREFIX + one["name"], "file": one["file"], "weight": 0, "init_file": 0} for one in watched]


def with_track_file(instance, watched):
    """The instance, which tracks the file if it is watched."""
    if instance["name"] not in [one["name"] for one in watched]:
        return instance
    return {**instance, "track_file": list(instance.get("track_file", [])) + [PREFIX + instance["name"]]}
