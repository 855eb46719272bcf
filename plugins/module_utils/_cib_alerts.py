# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerts of the desired CIB. No I/O.

Private to this collection.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_build import Builder, keep_listed
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text, section, write_pairs


class Alerts(Builder):

    def build(self):
        if not self.desired["alerts"] and section(self.root, "alerts") is None:
            return
        parent = section(self.root, "alerts", create=True)
        for spec in self.desired["alerts"]:
            alert = self._alert_part(parent, "alert", spec, "path")
            if spec.get("select") is not None:
                select = alert.find("select")
                if select is None:
                    select = ET.SubElement(alert, "select")
                for child in list(select):
                    if isinstance(child.tag, str) and child.tag[len("select_"):] not in spec["select"]:
                        select.remove(child)
                for name in spec["select"]:
                    if select.find("select_" + name) is None:
                        ET.SubElement(select, "select_" + name)
            elif self.purge and alert.find("select") is not None:
                alert.remove(alert.find("select"))
            for recipient in spec.get("recipients") or ():
                self._alert_part(alert, "recipient", recipient, "value")
            if self.purge:
                keep_listed(alert, "recipient", spec.get("recipients") or ())
        if self.purge:
            keep_listed(parent, "alert", self.desired["alerts"])

    def _alert_part(self, parent, tag, spec, key):
        found = self.child(parent, tag, spec["id"])
        found.set(key, as_text(spec[key]))
        self.remark(found, spec)
        for kind in ("instance_attributes", "meta_attributes"):
            write_pairs(found, kind, "%s-%s" % (spec["id"], kind), spec.get(kind) or {}, self.ids, self.purge)
        return found
