# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules: when a location or a set of attributes applies. Reading and writing them. No I/O.

Private to this collection. A rule is one value: it is as desired, or it is written anew. In the words of the parameters
it is a dict with boolean-op, expressions, and for a location score or score-attribute; each expression is a dict of one
key, the name of the CIB's element, and what that element says.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text

NESTED = ("duration", "date_spec")


def read_rule(element, scored=True):
    """A rule in the words of the parameters. A score counts only where something is placed."""
    if element.get("id-ref"):
        return {"id-ref": element.get("id-ref")}
    content = {key: value for key, value in element.attrib.items()
               if key not in ("id", "boolean-op") and (scored or not key.startswith("score"))}
    content["boolean-op"] = element.get("boolean-op", "and")
    content["expressions"] = [{child.tag: _read_expression(child)} for child in element if isinstance(child.tag, str)]
    return content


def _read_expression(element):
    if element.tag == "rule":
        return read_rule(element, scored=False)
    content = {key: value for key, value in element.attrib.items() if key != "id"}
    content.update({child.tag: {key: value for key, value in child.attrib.items() if key != "id"}
                    for child in element if child.tag in NESTED})
    return content


def desired_rule(spec, scored=True):
    """What read_rule would say of a rule that is written as the parameters say."""
    content = {key: as_text(value) for key, value in spec.items()
               if key != "expressions" and value is not None and (scored or not key.startswith("score"))}
    content.setdefault("boolean-op", "and")
    content["expressions"] = []
    for entry in spec["expressions"]:
        (tag, said), = entry.items()
        content["expressions"].append({tag: desired_rule(said, scored=False) if tag == "rule" else {
            key: {name: as_text(inner) for name, inner in value.items()} if isinstance(value, dict) else as_text(value)
            for key, value in said.items() if value is not None}})
    return content


def write_rule(parent, spec, ids, scored=True):
    """Make the only rule of parent say what spec says."""
    rules = parent.findall("rule")
    wanted = desired_rule(spec, scored)
    if len(rules) == 1 and read_rule(rules[0], scored) == wanted:
        return
    for rule in rules:
        drop_rule(parent, rule, ids)
    rule = ET.Element("rule", {"id": ids.new(parent.get("id") + "-rule")})
    # In a set the rule comes before its pairs, behind a set of resources it comes last.
    parent.insert(0 if parent.find("nvpair") is not None else len(parent), rule)
    _fill(rule, wanted, ids)


def drop_rule(parent, rule, ids):
    ids.taken -= {item.get("id") for item in rule.iter()}
    parent.remove(rule)


def _fill(rule, wanted, ids):
    rule.attrib.update({key: value for key, value in wanted.items() if isinstance(value, str)})
    if "score-attribute" not in rule.attrib:
        # Means nothing but in a location; the schema of Pacemaker 2.1.5 asks for it everywhere.
        rule.attrib.setdefault("score", "INFINITY")
    for entry in wanted["expressions"]:
        (tag, said), = entry.items()
        item = ET.SubElement(rule, tag, {"id": ids.new(rule.get("id") + ("-rule" if tag == "rule" else "-expr"))})
        if tag == "rule":
            _fill(item, said, ids)
            continue
        for key, value in said.items():
            if isinstance(value, dict):
                ET.SubElement(item, key, dict({"id": ids.new("%s-%s" % (item.get("id"), key))}, **value))
            else:
                item.set(key, value)
