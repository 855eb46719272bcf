# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused in bundles. No I/O.

Private to this collection.
"""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_bundles import RUNTIMES

# What is counted in a bundle: key, lowest, highest.
NUMBERS = {"replicas": (1, None), "replicas-per-host": (1, None), "promoted-max": (0, None),
           "control-port": (1, 65535), "host-netmask": (1, 128), "port": (1, 65535), "internal-port": (1, 65535)}


def bundle_problems(bundles, groups, clones, primitives):
    """Everything that is wrong with bundles, one sentence each; primitives: ids of all that will exist."""
    found, owner = [], {}
    for kind, specs in (("group", groups), ("clone", clones)):
        for spec in specs:
            for member in spec["members"] if kind == "group" else [spec["member"]]:
                owner.setdefault(member, "%s %s" % (kind, spec["id"]))
    for spec in bundles:
        where, member = "bundles: %s" % spec["id"], spec.get("member")
        given = [name for name in RUNTIMES if spec.get(name) is not None]
        if len(given) != 1:
            found.append("%s: it has %s; allowed is one of %s." % (
                where, " and ".join(given) or "no containers", ", ".join(RUNTIMES)))
        for name in given:
            found += _numbers("%s: %s" % (where, name), spec[name])
        network = spec.get("network") or {}
        found += _network(where, network) + _ports(where, spec) + _storage(where, spec)
        if member is None:
            continue
        if member not in primitives:
            found.append("%s: member %s does not exist; known resources: %s."
                         % (where, member, ", ".join(sorted(primitives)) or "none"))
        if member in owner:
            found.append("%s: member %s is already in %s; a resource is in one place." % (where, member, owner[member]))
        owner.setdefault(member, "bundle " + spec["id"])
        if network.get("ip-range-start") is None and network.get("control-port") is None:
            found.append("%s: a bundle with a member needs ip-range-start or control-port in its network, by which "
                         "Pacemaker reaches it." % where)
    return found


def _numbers(where, content):
    found = []
    for key, (low, high) in NUMBERS.items():
        value = content.get(key)
        if value is not None and not (low <= int(value) and (high is None or int(value) <= high)):
            found.append("%s: %s is %s; allowed is a whole number from %d%s." % (
                where, key, value, low, " to %d" % high if high else ""))
    return found


def _network(where, network):
    found = _numbers(where + ": network", network)
    if network.get("ip-range-start") is not None:
        try:
            ipaddress.ip_address(network["ip-range-start"])
        except ValueError:
            found.append("%s: network: ip-range-start is %s; allowed is an IP address."
                         % (where, network["ip-range-start"]))
    return found


def _ports(where, spec):
    found = []
    for number, item in enumerate(spec.get("port-mappings") or ()):
        place = "%s: port-mappings[%d]" % (where, number)
        if (item.get("port") is None) == (item.get("range") is None):
            found.append("%s: allowed is either port or range, one of them." % place)
        if item.get("internal-port") is not None and item.get("port") is None:
            found.append("%s: internal-port is said of port, which is not there." % place)
        match = re.match(r"(\d+)-(\d+)\Z", str(item.get("range") or "1-1"))
        if not match or not 1 <= int(match.group(1)) <= int(match.group(2)) <= 65535:
            found.append("%s: range is %s; allowed is one of ports, such as 8000-8010." % (place, item["range"]))
        found += _numbers(place, item)
    return found


def _storage(where, spec):
    found = []
    for number, item in enumerate(spec.get("storage-mappings") or ()):
        place = "%s: storage-mappings[%d]" % (where, number)
        if (item.get("source-dir") is None) == (item.get("source-dir-root") is None):
            found.append("%s: allowed is either source-dir or source-dir-root, one of them." % place)
        found += ["%s: %s is %s; allowed is an absolute path." % (place, key, item[key])
                  for key in ("source-dir", "source-dir-root", "target-dir")
                  if item.get(key) is not None and not item[key].startswith("/")]
    return found
