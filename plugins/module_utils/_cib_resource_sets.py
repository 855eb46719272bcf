# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of resources in constraints: reading and writing them. No I/O.

Private to this collection. The sets of a constraint are one value: their order counts, and that of their members.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text


def read_sets(constraint):
    """The sets in the words of the parameters."""
    return [dict({key: value for key, value in item.attrib.items() if key != "id"},
                 members=[reference.get("id") for reference in item.findall("resource_ref")])
            for item in constraint.findall("resource_set")]


def write_sets(constraint, specs, ids):
    wanted = [dict({key: as_text(value) for key, value in spec.items() if key != "members" and value is not None},
                   members=list(spec["members"])) for spec in specs]
    if read_sets(constraint) == wanted:
        return
    drop_sets(constraint, ids)
    for position, content in enumerate(wanted):
        item = ET.Element("resource_set", {"id": ids.new("%s-set" % constraint.get("id"))})
        item.attrib.update({key: value for key, value in content.items() if key != "members"})
        for member in content["members"]:
            ET.SubElement(item, "resource_ref", {"id": member})
        constraint.insert(position, item)  # a rule comes behind them


def drop_sets(constraint, ids):
    for item in constraint.findall("resource_set"):
        ids.taken.discard(item.get("id"))
        constraint.remove(item)
