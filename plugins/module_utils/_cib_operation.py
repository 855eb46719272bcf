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
    """What is set of all that is desired here, and is not desired itself, one text each.

    Nodes in standby are left out: they are kept so on purpose.
    """
    found, properties = [], desired.get("properties")
    if properties is not None and "maintenance-mode" not in properties and is_true(
            read_pairs(section(root, "crm_config"), "cluster_property_set").get("maintenance-mode")):
        found.append("the cluster is in maintenance (maintenance-mode)")
    given = {spec["id"]: spec.get("meta_attributes") or {} for kind in ("resources", "groups", "clones", "bundles")
             for spec in desired.get(kind) or ()}
    for element in root.iterfind("configuration/resources//*"):
        if element.tag in ("primitive",) + CONTAINERS and element.get("id") in given:
            meta, wanted = read_pairs(element, "meta_attributes"), given[element.get("id")]
            found += ["%s is %s" % (element.get("id"), word) for word in state_words(
                {name: meta[name] for name in OF_RESOURCES if name in meta and name not in wanted})]
    listed = {spec["id"] for spec in desired.get("constraints") or ()}
    return found + ["constraint %s" % item.get("id") for item in root.iterfind("configuration/constraints/rsc_location")
                    if of_a_verb(item) and item.get("id") not in listed and item.get("rsc") in given]
