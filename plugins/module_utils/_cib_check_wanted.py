# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused by looking at the planned CIB: whether what is named there can do what is asked of it. No I/O.

Private to this collection. Only what is desired is judged; what was in the CIB before is its owner's.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib_bundles import RUNTIMES
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_acls import acl_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_levels import planned_level_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_order import circular_orders
from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import remote_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_words import PROMOTABLE_ROLES, TRUE
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    parent_of, read_pairs, resource_by_id, resources_behind)

# Where a role is said, and whose.
ROLES_OF = {
    "location": (("role", "rsc"),),
    "colocation": (("rsc-role", "rsc"), ("with-rsc-role", "with-rsc")),
    "order": (("first-action", "first"), ("then-action", "then")),
    "ticket": (("rsc-role", "rsc"), ("loss-policy", "rsc")),
}


def wanted_problems(wanted, desired):
    """Everything that is wrong with the desired parts of a planned CIB, one sentence each."""
    return (_roles(wanted, desired) + _tags(wanted, desired) + circular_orders(wanted, desired)
            + planned_level_problems(wanted, desired) + acl_problems(wanted, desired) + remote_problems(wanted, desired))


def promotable(root, ident):
    """Whether instances of a resource can be promoted; None if there is no such resource."""
    element = resource_by_id(root, ident)
    if element is None:
        return None
    while element is not None and element.tag != "resources":
        if element.tag == "master":
            return True
        if element.tag == "bundle":
            most = [item.get("promoted-max", item.get("masters", "0")) for item in element if item.tag in RUNTIMES]
            return most not in ([], ["0"])
        if element.tag == "clone":
            return str(read_pairs(element, "meta_attributes").get("promotable")).lower() in TRUE
        element = parent_of(root, element)
    return False


def _roles(wanted, desired):
    found = []
    for kind in ("resources", "groups", "clones", "bundles"):
        for spec in desired.get(kind) or ():
            where = "%s: %s" % (kind, spec["id"])
            meta = spec.get("meta_attributes") or {}
            role = meta.get("target-role")
            for name in ("promoted-max", "promoted-node-max"):
                if meta.get(name) is not None:
                    found += _promotable(wanted, where, name, meta[name], spec["id"])
            if role in PROMOTABLE_ROLES:
                found += _promotable(wanted, where, "target-role", role, spec["id"])
            for operation in spec.get("operations") or ():
                if operation.get("role") in PROMOTABLE_ROLES:
                    found += _promotable(wanted, "%s: operation %s" % (where, operation["name"]), "role",
                                         operation["role"], spec["id"])
    for spec in desired.get("constraints") or ():
        for key, resource in ROLES_OF.get(spec["type"], ()):
            if spec.get(key) in PROMOTABLE_ROLES + ("promote", "demote") and spec.get(resource):
                found += _promotable(wanted, "constraints: %s" % spec["id"], key, spec[key], spec[resource])
        for number, item in enumerate(spec.get("resource_sets") or ()):
            for key in ("role", "action"):
                if item.get(key) in PROMOTABLE_ROLES + ("promote", "demote"):
                    for member in item["members"]:
                        found += _promotable(wanted, "constraints: %s: resource_sets[%d]" % (spec["id"], number),
                                             key, item[key], member)
    return found


def _promotable(wanted, where, key, value, ident):
    return ["%s: %s is %s, but %s cannot be promoted; allowed is a clone with promotable=true in its meta_attributes, "
            "a bundle with promoted-max, or what is in one." % (where, key, value, name)
            for name in resources_behind(wanted, ident) if promotable(wanted, name) is False]


def _tags(wanted, desired):
    known = {element.get("id") for element in wanted.find("configuration").iter()
             if element.tag not in ("obj_ref", "resource_ref", "role")}
    found = []
    for spec in desired.get("tags") or ():
        where = "tags: %s" % spec["id"]
        if not spec["members"]:
            found.append("%s: members is empty; allowed is a list of ids." % where)
        for member in spec["members"]:
            if member not in known:
                found.append("%s: member %s does not exist; allowed is the id of anything in the configuration."
                             % (where, member))
            if member == spec["id"]:
                found.append("%s: member %s is the tag itself." % (where, member))
    return found
