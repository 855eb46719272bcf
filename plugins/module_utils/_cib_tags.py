# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of the desired CIB. No I/O.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib_build import Builder, keep_listed
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import section


class Tags(Builder):

    def build(self):
        if not self.desired["tags"] and section(self.root, "tags") is None:
            return
        parent = section(self.root, "tags", create=True)
        for spec in self.desired["tags"]:
            tag = self.child(parent, "tag", spec["id"])
            for member in spec["members"]:
                self.child(tag, "obj_ref", member)
            if self.purge:
                keep_listed(tag, "obj_ref", [{"id": member} for member in spec["members"]])
        if self.purge:
            before = {tag.get("id") for tag in parent.findall("tag")}
            keep_listed(parent, "tag", self.desired["tags"])
            self.drop_references(before - {tag.get("id") for tag in parent.findall("tag")})
            if len(parent) == 0:
                self.root.find("configuration").remove(parent)
