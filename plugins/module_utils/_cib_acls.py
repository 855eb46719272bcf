# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access control lists of the desired CIB: roles, and the users and groups that have them. No I/O.

Private to this collection. The permissions of a role are one value: they are as desired, or written anew.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_build import Builder, keep_listed
from ansible_collections.halab.cluster.plugins.module_utils._cib_describe import ACLS, read_permissions
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text, section


class Acls(Builder):

    def build(self):
        if section(self.root, "acls") is None and not any(self.desired.get(kind) for kind in ACLS):
            return
        parent = section(self.root, "acls", create=True)
        # Roles first: users and groups refer to them.
        for kind, tag in ACLS.items():
            for spec in self.desired.get(kind) or ():
                element = self.child(parent, tag, spec["id"])
                if tag == "acl_role":
                    self._role(element, spec)
                    continue
                for role in spec["roles"]:
                    self.child(element, "role", role)
                if self.purge:
                    keep_listed(element, "role", [{"id": role} for role in spec["roles"]])
            if self.purge and self.desired.get(kind) is not None:
                keep_listed(parent, tag, self.desired[kind])
        self._drop_references(parent)
        if len(parent) == 0:
            self.root.find("configuration").remove(parent)

    def _role(self, role, spec):
        self.remark(role, spec)
        wanted = [{key: as_text(value) for key, value in permission.items() if value is not None}
                  for permission in spec["permissions"]]
        if read_permissions(role) == wanted:
            return
        for permission in role.findall("acl_permission"):
            self.ids.taken.discard(permission.get("id"))
            role.remove(permission)
        for content in wanted:
            ET.SubElement(role, "acl_permission", dict(
                {"id": self.ids.new("%s-%s" % (role.get("id"), content["kind"]))}, **content))

    def _drop_references(self, parent):
        """A role that is gone is nobody's."""
        there = {role.get("id") for role in parent.findall("acl_role")}
        for holder in parent.findall("acl_target") + parent.findall("acl_group"):
            for role in holder.findall("role"):
                if role.get("id") not in there:
                    holder.remove(role)
