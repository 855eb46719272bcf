# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fencing levels of the desired CIB: which devices are tried on a node, and in which order. No I/O.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib_build import Builder
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text, resource_by_id, section

# The ways to say whom a level is for.
TARGETS = (("target",), ("target-pattern",), ("target-attribute", "target-value"))


class FencingLevels(Builder):

    def build(self):
        if not self.desired["fencing_levels"] and section(self.root, "fencing-topology") is None:
            return
        parent = section(self.root, "fencing-topology", create=True)
        for spec in self.desired["fencing_levels"]:
            level = self.child(parent, "fencing-level", spec["id"])
            for key in [key for way in TARGETS for key in way]:
                if spec.get(key) is None:
                    level.attrib.pop(key, None)
                else:
                    level.set(key, as_text(spec[key]))
            level.set("index", as_text(spec["index"]))
            level.set("devices", ",".join(spec["devices"]))
        if self.purge:
            listed = {spec["id"] for spec in self.desired["fencing_levels"]}
            for level in parent.findall("fencing-level"):
                if level.get("id") not in listed and not self._stays(level):
                    parent.remove(level)
            if len(parent) == 0:
                self.root.find("configuration").remove(parent)

    def _stays(self, level):
        """Stonith devices that purge leaves alone: what orders them is left alone as well."""
        listed = {spec["id"] for spec in self.desired.get("resources") or ()}
        return not self.purge_stonith and all(
            device not in listed and resource_by_id(self.root, device) is not None
            for device in level.get("devices", "").split(","))
