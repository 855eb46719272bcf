# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused in fencing levels: by looking at them, and at the planned CIB. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_levels import TARGETS
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import is_stonith


def level_problems(spec):
    """What a level has against it, whatever there is in the cluster."""
    found, where = [], "fencing_levels: %s" % spec["id"]
    given = tuple(key for way in TARGETS for key in way if spec.get(key) is not None)
    if given not in TARGETS:
        found.append("%s: it has %s; allowed is one of target, target-pattern, target-attribute with target-value."
                     % (where, " and ".join(given) or "no target"))
    if not 1 <= int(spec["index"]) <= 9:
        found.append("%s: index is %s; allowed is a whole number from 1 to 9." % (where, spec["index"]))
    if not spec["devices"]:
        found.append("%s: devices is empty; allowed is a list of fence devices." % where)
    found += ["%s: device %s is there twice; allowed is once." % (where, device)
              for device in sorted(set(spec["devices"])) if spec["devices"].count(device) > 1]
    try:
        re.compile(spec.get("target-pattern") or "")
    except re.error:
        found.append("%s: target-pattern %s is no regular expression." % (where, spec["target-pattern"]))
    return found


def planned_level_problems(wanted, desired):
    """Devices that there are not, and levels that others already are."""
    found = []
    devices = sorted(item.get("id") for item in wanted.iter("primitive") if is_stonith(wanted, item))
    owners = {}
    for level in wanted.iterfind("configuration/fencing-topology/fencing-level"):
        owners.setdefault(_place(level), []).append(level.get("id"))
    for spec in desired.get("fencing_levels") or ():
        where = "fencing_levels: %s" % spec["id"]
        found += ["%s: device %s is no fence device of the cluster; allowed are %s." % (
            where, device, ", ".join(devices) or "none") for device in spec["devices"] if device not in devices]
        others = [ident for ident in owners.get(_place(spec), ()) if ident != spec["id"]]
        if others:
            found.append("%s: level %s of %s is also %s; allowed is one." % (
                where, spec["index"], "=".join(part for part in _place(spec)[1:] if part), ", ".join(others)))
    return found


def _place(level):
    return (str(level.get("index")),) + tuple(
        None if level.get(key) is None else str(level.get(key)) for way in TARGETS for key in way)
