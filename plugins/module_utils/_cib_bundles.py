# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a bundle says of its containers, their network and their storage: reading and writing it. No I/O.

Private to this collection. Mappings are one value: they are as desired, or written anew.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text

RUNTIMES = ("docker", "podman")
OLD_RUNTIMES = ("rkt",)
# Parameter, the element that holds the mappings, what one is called, and what is in the id of one.
MAPPINGS = (
    ("port-mappings", "network", "port-mapping", "port-map"),
    ("storage-mappings", "storage", "storage-mapping", "storage-map"),
)


def describe_bundle(bundle):
    """The containers of a bundle in the words of the parameters."""
    content = {}
    for item in bundle:
        if item.tag in RUNTIMES + OLD_RUNTIMES:
            content[item.tag] = dict(item.attrib)
            if "masters" in item.attrib:  # as Pacemaker 2 may still call it
                content[item.tag]["promoted-max"] = content[item.tag].pop("masters")
    network = bundle.find("network")
    if network is not None:
        content["network"] = dict(network.attrib)
    for name, holder, tag, dummy in MAPPINGS:
        mappings = _mappings(bundle.find(holder), tag)
        if mappings:
            content[name] = mappings
    return content


def _mappings(holder, tag):
    return [{key: value for key, value in item.attrib.items() if key != "id"}
            for item in (holder.findall(tag) if holder is not None else ())]


def write_bundle(bundle, spec, ids, purge=False):
    runtime = next(name for name in RUNTIMES if spec.get(name) is not None)
    for item in list(bundle):
        if item.tag in RUNTIMES + OLD_RUNTIMES and item.tag != runtime:
            bundle.remove(item)
    _attributes(_holder(bundle, runtime), spec[runtime], purge)
    if spec.get("network") is not None:
        _attributes(_holder(bundle, "network"), spec["network"], purge)
    elif purge and bundle.find("network") is not None:
        bundle.find("network").attrib.clear()
    for name, holder, tag, word in MAPPINGS:
        if spec.get(name) is not None or purge:
            _write_mappings(bundle, spec.get(name) or [], holder, tag, "%s-%s" % (bundle.get("id"), word), ids)
    for holder in ("network", "storage"):
        found = bundle.find(holder)
        if found is not None and len(found) == 0 and not found.attrib:
            bundle.remove(found)


def _holder(bundle, tag):
    found = bundle.find(tag)
    return found if found is not None else ET.SubElement(bundle, tag)


def _attributes(element, wanted, purge):
    wanted = {key: as_text(value) for key, value in wanted.items() if value is not None}
    if purge or "promoted-max" in wanted:
        element.attrib.pop("masters", None)
    if purge:
        for key in set(element.attrib) - set(wanted):
            del element.attrib[key]
    element.attrib.update(wanted)


def _write_mappings(bundle, specs, holder, tag, base, ids):
    wanted = [{key: as_text(value) for key, value in spec.items() if value is not None} for spec in specs]
    if _mappings(bundle.find(holder), tag) == wanted:
        return
    parent = _holder(bundle, holder)
    for item in parent.findall(tag):
        ids.taken.discard(item.get("id"))
        parent.remove(item)
    for content in wanted:
        ET.SubElement(parent, tag, dict({"id": ids.new(base)}, **content))
