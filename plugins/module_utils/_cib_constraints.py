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
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import of_a_verb
from ansible_collections.halab.cluster.plugins.module_utils._cib_resource_sets import drop_sets, write_sets
from ansible_collections.halab.cluster.plugins.module_utils._cib_rules import drop_rule, write_rule
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text, is_stonith, section

CHILDREN = ("rule", "resource_sets")
# The ways to say one thing, of which a constraint goes one.
WAYS = {
    "location": ((("rsc",), ("rsc-pattern",), ("resource_sets",)), (("node", "score"), ("rule",))),
    "colocation": ((("rsc", "with-rsc"), ("resource_sets",)), (("score",),)),
    "order": ((("first", "then"), ("resource_sets",)),),
    "ticket": ((("rsc",), ("resource_sets",)), (("ticket",),)),
}
# What is said of something else, and means nothing without it.
BELONGS = {
    "role": ("rsc", "rsc-pattern"), "rsc-role": ("rsc",), "with-rsc-role": ("with-rsc",), "node-attribute": ("rsc",),
    "first-action": ("first",), "then-action": ("then",),
}


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
            self._constraint(found, spec)
        if self.purge:
            listed = {spec["id"] for spec in self.desired["constraints"]}
            foreign = self._foreign_stonith()
            for item in [child for child in parent if isinstance(child.tag, str)]:
                used = named_resources(item)
                if item.get("id") not in listed and not of_a_verb(item) and not (used and used <= foreign):
                    parent.remove(item)

    def _constraint(self, element, spec):
        given = {key for key, value in spec.items() if value is not None} - {"id", "type"}
        options = {key: as_text(spec[key]) for key in spec if key in given and key not in CHILDREN}
        # Of what excludes each other, the way that is not taken leaves no trace.
        for ways in WAYS[spec["type"]]:
            taken = next((way for way in ways if given & set(way)), None)
            for key in {key for way in ways if taken and way != taken for key in way}:
                element.attrib.pop(key, None)
                if key == "resource_sets":
                    drop_sets(element, self.ids)
                if key == "rule":
                    for rule in element.findall("rule"):
                        drop_rule(element, rule, self.ids)
        if self.purge:
            for key in set(element.attrib) - set(options) - {"id"}:
                del element.attrib[key]
        element.attrib.update(options)
        for key, others in BELONGS.items():
            if key not in options and not any(other in element.attrib for other in others):
                element.attrib.pop(key, None)
        if "resource_sets" in given:
            write_sets(element, spec["resource_sets"], self.ids)
        if "rule" in given:
            write_rule(element, spec["rule"], self.ids)

    def _foreign_stonith(self):
        """Stonith devices that purge leaves alone: what places them is left alone as well."""
        listed = {spec["id"] for spec in self.desired.get("resources") or ()}
        return set() if self.purge_stonith else {
            item.get("id") for item in self.resources.iter("primitive")
            if is_stonith(self.root, item) and item.get("id") not in listed}
