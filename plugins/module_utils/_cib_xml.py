# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CIB as an XML tree: finding objects, reading and writing name-value sets, making ids. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

CONTAINERS = ("group", "clone", "master", "bundle")


def parse(text):
    """Parse XML text. Comments stay in the tree, or they would be deleted from the live CIB by the next patch."""
    return ET.fromstring(text, parser=ET.XMLParser(target=ET.TreeBuilder(insert_comments=True)))


def as_text(value):
    """A YAML value the way the CIB writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def interval_ms(value):
    """An interval in milliseconds, so that 10, 10s and 10000ms are the same operation; the text if not understood."""
    text = as_text(value).strip()
    match = re.fullmatch(r"(\d+)\s*(us|usec|ms|msec|s|sec|m|min|h|hr)?", text)
    if not match:
        return text
    factor = {"us": 0.001, "usec": 0.001, "ms": 1, "msec": 1, "m": 60000, "min": 60000, "h": 3600000, "hr": 3600000}
    return int(int(match.group(1)) * factor.get(match.group(2), 1000))


def section(root, name, create=False):
    """The element configuration/NAME, or None."""
    configuration = root.find("configuration")
    found = configuration.find(name)
    if found is None and create:
        found = ET.SubElement(configuration, name)
    return found


def children(element, *tags):
    """Child elements with one of these tags, in document order."""
    return [child for child in element if child.tag in tags]


def parent_of(root, element):
    for candidate in root.iter():
        if any(child is element for child in candidate):
            return candidate
    return None


def resource_by_id(root, ident):
    """A primitive, group, clone or bundle, wherever it is."""
    resources = section(root, "resources")
    if resources is None:
        return None
    for element in resources.iter():
        if element.tag in ("primitive",) + CONTAINERS and element.get("id") == ident:
            return element
    return None


def template_by_id(root, ident):
    return next((item for item in root.iterfind("configuration/resources/template") if item.get("id") == ident), None)


def resources_behind(root, ident):
    """The resources that a tag or a template stands for in a constraint, or the one that has this id."""
    tag = next((item for item in root.iterfind("configuration/tags/tag") if item.get("id") == ident), None)
    if tag is not None:
        return [item.get("id") for item in tag.findall("obj_ref")]
    made = [item.get("id") for item in root.iter("primitive") if item.get("template") == ident]
    return made or [ident]


def origin(root, primitive):
    """The element that says which agent it is: the primitive, or the template it is made from."""
    template = template_by_id(root, primitive.get("template")) if primitive.get("template") else None
    return primitive if template is None else template


def is_stonith(root, primitive):
    return origin(root, primitive).get("class") == "stonith"


def agent_of(primitive):
    """standard:provider:type of a primitive; None when it is made from a template."""
    if primitive.get("type") is None:
        return None
    return ":".join(primitive.get(key) for key in ("class", "provider", "type") if primitive.get(key))


def split_agent(agent):
    """The attributes class, provider and type of an agent name; None if it is not one."""
    standard, dummy, rest = agent.partition(":")
    if standard == "ocf":
        provider, dummy, kind = rest.partition(":")
        return {"class": "ocf", "provider": provider, "type": kind} if provider and kind else None
    if standard in ("systemd", "stonith", "lsb", "service") and rest:
        return {"class": standard, "type": rest}
    return None


class Ids:
    """Makes ids that nothing in the tree has yet, the way pcs names things."""

    def __init__(self, root):
        self.taken = {element.get("id") for element in root.iter() if element.get("id")}

    def new(self, wanted):
        wanted = re.sub(r"[^\w.-]", "-", wanted)
        ident, number = wanted, 0
        while ident in self.taken:
            number += 1
            ident = "%s-%d" % (wanted, number)
        self.taken.add(ident)
        return ident


def plain_sets(parent, tag):
    """Sets of name-value pairs that always apply. Those with a rule or a reference belong to whoever wrote them."""
    return [item for item in parent.findall(tag) if item.find("rule") is None and item.get("id-ref") is None]


def read_pairs(parent, tag):
    """Name and value of all pairs that always apply; of two with one name the first counts."""
    pairs = {}
    if parent is not None:
        for item in plain_sets(parent, tag):
            for pair in item.findall("nvpair"):
                if pair.get("name") is not None:
                    pairs.setdefault(pair.get("name"), pair.get("value"))
    return pairs


def write_pairs(parent, tag, set_id, wanted, ids, purge=False, protected=()):
    """Make the pairs of parent what is wanted: None removes one, purge removes those not named."""
    for name, value in wanted.items():
        if value is None:
            _drop_pairs(parent, tag, lambda found, name=name: found == name)
            continue
        sets = plain_sets(parent, tag)
        same = [pair for item in sets for pair in item.findall("nvpair") if pair.get("name") == name]
        if same:
            same[0].set("value", as_text(value))
            continue
        target = sets[0] if sets else ET.SubElement(parent, tag, {"id": ids.new(set_id)})
        ET.SubElement(target, "nvpair", {
            "id": ids.new("%s-%s" % (target.get("id"), name)), "name": name, "value": as_text(value)})
    if purge:
        _drop_pairs(parent, tag, lambda found: found not in wanted and found not in protected)


def write_set(item, wanted, ids, purge=False):
    """Make the pairs of one set what is wanted, as write_pairs does for all sets of a parent."""
    pairs = {pair.get("name"): pair for pair in item.findall("nvpair") if pair.get("name") is not None}
    for name, value in wanted.items():
        if value is None:
            if name in pairs:
                item.remove(pairs[name])
        elif name in pairs:
            pairs[name].set("value", as_text(value))
        else:
            ET.SubElement(item, "nvpair", {
                "id": ids.new("%s-%s" % (item.get("id"), name)), "name": name, "value": as_text(value)})
    for name, pair in pairs.items():
        if purge and name not in wanted:
            item.remove(pair)


def _drop_pairs(parent, tag, doomed):
    for item in plain_sets(parent, tag):
        pairs = [pair for pair in item.findall("nvpair") if pair.get("name") is not None and doomed(pair.get("name"))]
        for pair in pairs:
            item.remove(pair)
        if pairs and len(item) == 0:
            parent.remove(item)
