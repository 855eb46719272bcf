# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused in access control lists, by looking at the planned CIB. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

WAYS = ("xpath", "reference", "object-type")
USER = re.compile(r"[A-Za-z0-9_][\w.@-]*\$?\Z", re.ASCII)
# Pacemaker asks no list for these.
ALMIGHTY = ("root", "hacluster")


def acl_problems(wanted, desired):
    found = []
    known = {item.get("id") for item in wanted.find("configuration").iter()
             if item.tag not in ("obj_ref", "resource_ref", "role", "acl_target")}
    for spec in desired.get("acl_roles") or ():
        for number, permission in enumerate(spec["permissions"]):
            found += _permission("acl_roles: %s: permissions[%d]" % (spec["id"], number), permission, known)
    roles = sorted(role.get("id") for role in wanted.iterfind("configuration/acls/acl_role"))
    names = [spec["id"] for spec in desired.get("acl_targets") or ()]
    for name in sorted(set(names)):
        # A group's name is an id of XML, and judged with all others; a user's is not.
        where = "acl_targets: %s" % name
        if not USER.match(name):
            found.append("%s: it is not the name of a user." % where)
        if name in ALMIGHTY:
            found.append("%s: Pacemaker lets this user do everything, whatever is said here; allowed are others."
                         % where)
        if names.count(name) > 1:
            found.append("%s: it is there twice; allowed is once." % where)
    for kind in ("acl_targets", "acl_groups"):
        for spec in desired.get(kind) or ():
            where = "%s: %s" % (kind, spec["id"])
            found += ["%s: role %s does not exist; allowed are %s." % (where, role, ", ".join(roles) or "none")
                      for role in spec["roles"] if role not in roles]
    return found


def _permission(where, permission, known):
    given = [key for key in WAYS if permission.get(key) is not None]
    if len(given) != 1:
        return ["%s: it has %s; allowed is one of %s." % (where, " and ".join(given) or "no object", ", ".join(WAYS))]
    if permission.get("attribute") is not None and given != ["object-type"]:
        return ["%s: attribute is said of object-type, which is not there." % where]
    if given == ["reference"] and permission["reference"] not in known:
        return ["%s: reference %s does not exist; allowed is the id of anything in the configuration."
                % (where, permission["reference"])]
    if given == ["xpath"] and not permission["xpath"].startswith("/"):
        return ["%s: xpath is %s; allowed is a path that begins with /." % (where, permission["xpath"])]
    return []
