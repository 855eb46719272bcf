# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an administrator sets in operation, for a while: maintenance, a stopped resource, a ban. No I/O.

Private to this collection. It is no configuration: purge does not remove it, an export leaves out what only a verb
writes, and a run that meets it says so.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib_words import TRUE
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import CONTAINERS, read_pairs, section

OF_THE_CLUSTER = ("maintenance-mode",)
OF_NODES = ("standby", "maintenance", "terminate")
OF_RESOURCES = ("is-managed", "maintenance", "target-role")
# Ids that crm_resource --ban and --move give, and pcs and crmsh with it.
BAN, PREFER = "cli-ban-", "cli-prefer-"


def is_true(value):
    return str(value).lower() in TRUE


def of_a_verb(constraint):
    """Whether a constraint is what a move or a ban has left."""
    return constraint.tag == "rsc_location" and constraint.get("id", "").startswith((BAN, PREFER))


def state_words(meta):
    """What the meta attributes of a resource say of its operation."""
    found = []
    if meta.get("target-role", "").lower() == "stopped":
        found.append("disabled")
    if "is-managed" in meta and not is_true(meta["is-managed"]):
        found.append("unmanaged")
    if is_true(meta.get("maintenance")):
        found.append("in maintenance")
    return found


def set_in_operation(root, desired):
    """What is set and is not desired, one text each. Nodes in standby are left out: they are kept so on purpose."""
    found = []
    if is_true(read_pairs(section(root, "crm_config"), "cluster_property_set").get("maintenance-mode")) \
            and "maintenance-mode" not in (desired.get("properties") or {}):
        found.append("the cluster is in maintenance (maintenance-mode)")
    given = {spec["id"]: spec.get("meta_attributes") or {} for kind in ("resources", "groups", "clones", "bundles")
             for spec in desired.get(kind) or ()}
    resources = section(root, "resources")
    for element in resources.iter() if resources is not None else ():
        meta = read_pairs(element, "meta_attributes") if element.tag in ("primitive",) + CONTAINERS else {}
        words = state_words({name: meta[name] for name in OF_RESOURCES
                             if name in meta and name not in given.get(element.get("id"), {})})
        found += ["%s is %s" % (element.get("id"), word) for word in words]
    listed = {spec["id"] for spec in desired.get("constraints") or ()}
    constraints = section(root, "constraints")
    return found + ["constraint %s" % item.get("id") for item in (constraints if constraints is not None else ())
                    if of_a_verb(item) and item.get("id") not in listed]
