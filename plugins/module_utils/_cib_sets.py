# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of name-value pairs that apply only when a rule is met. No I/O.

Private to this collection. Those without a rule are pairs of their owner: read_pairs and write_pairs of _cib_xml.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_rules import read_rule, write_rule
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text, write_set

SET_TAGS = ("instance_attributes", "meta_attributes")


def read_conditional(parent, tag):
    """id -> content of the sets of parent that have a rule."""
    return {item.get("id"): _read(item) for item in (parent.findall(tag) if parent is not None else ())
            if item.find("rule") is not None}


def describe_conditional(element):
    """Both kinds of sets of a resource, as the parameters call them; nothing of a kind there is none of."""
    found = {"conditional_" + tag: read_conditional(element, tag) for tag in SET_TAGS}
    return {key: sets for key, sets in found.items() if sets}


def _read(item):
    pairs = {pair.get("name"): pair.get("value") for pair in item.findall("nvpair") if pair.get("name") is not None}
    score = {"score": item.get("score")} if item.get("score") else {}
    return dict(score, rule=read_rule(item.find("rule"), scored=False), attributes=pairs)


def write_conditional(parent, tag, specs, ids, purge=False):
    """Make the conditional sets of parent what specs say. No specs at all: they are somebody else's."""
    if specs is None:
        return
    for spec in specs:
        item = next((found for found in parent.findall(tag) if found.get("id") == spec["id"]), None)
        if item is None:
            item = ET.SubElement(parent, tag, {"id": spec["id"]})
        if spec.get("score") is not None:
            item.set("score", as_text(spec["score"]))
        elif purge:
            item.attrib.pop("score", None)
        write_set(item, spec.get("attributes") or {}, ids, purge)
        write_rule(item, spec["rule"], ids, scored=False)
    if purge:
        listed = {spec["id"] for spec in specs}
        for item in parent.findall(tag):
            if item.find("rule") is not None and item.get("id") not in listed:
                parent.remove(item)


def specs_of(desired):
    """All conditional sets that are desired: where they are said, the context of their rules, spec, plain pairs."""
    for kind in ("rsc_defaults", "op_defaults"):
        for spec in desired.get("conditional_" + kind) or ():
            yield "conditional_%s: %s" % (kind, spec["id"]), kind, spec, desired.get(kind) or {}
    for kind in ("templates", "resources", "groups", "clones", "bundles"):
        for owner in desired.get(kind) or ():
            for tag in SET_TAGS:
                for spec in owner.get("conditional_" + tag) or ():
                    yield ("%s: %s: conditional_%s: %s" % (kind, owner["id"], tag, spec["id"]), tag, spec,
                           owner.get(tag) or {})
