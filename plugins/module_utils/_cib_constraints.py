# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Constraints of the desired CIB. No I/O.

Private to this collection.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_build import Builder, named_resources
from ansible_collections.halab.cluster.plugins.module_utils._cib_describe import CONSTRAINTS
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text, is_stonith, section


class Constraints(Builder):

    def build(self):
        parent = section(self.root, "constraints", create=True)
        for spec in self.desired["constraints"]:
            tag = CONSTRAINTS[spec["type"]]
            found = next((item for item in parent if item.get("id") == spec["id"]), None)
            if found is not None and found.tag != tag:
                parent.remove(found)
                found = None
            if found is None:
                found = ET.SubElement(parent, tag, {"id": spec["id"]})
            options = {key: as_text(value) for key, value in spec.items()
                       if key not in ("id", "type") and value is not None}
            if self.purge:
                for key in set(found.attrib) - set(options) - {"id"}:
                    del found.attrib[key]
            found.attrib.update(options)
        if self.purge:
            listed = {spec["id"] for spec in self.desired["constraints"]}
            foreign = self._foreign_stonith()
            for item in [child for child in parent if isinstance(child.tag, str)]:
                used = named_resources(item)
                if item.get("id") not in listed and not (used and used <= foreign):
                    parent.remove(item)

    def _foreign_stonith(self):
        """Stonith devices that purge leaves alone: what places them is left alone as well."""
        listed = {spec["id"] for spec in self.desired.get("resources") or ()}
        return set() if self.purge_stonith else {
            item.get("id") for item in self.resources.iter("primitive")
            if is_stonith(self.root, item) and item.get("id") not in listed}
