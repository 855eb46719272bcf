# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back: from a CIB to the parameters of pacemaker_cib that would make it. No I/O.

Private to this collection. What the parameters cannot say is named; nothing is dropped in silence.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._cib import PAIRS
from ansible_collections.halab.cluster.plugins.module_utils._cib_bundles import MAPPINGS, OLD_RUNTIMES, RUNTIMES
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_bundles import bundle_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_constraints import constraint_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_levels import level_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_describe import ACLS, CONSTRAINTS, OWN_PROPERTIES
from ansible_collections.halab.cluster.plugins.module_utils._cib_export_sets import Reader, split_secrets, typed
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import (
    OF_NODES, OF_THE_CLUSTER, of_a_verb)
from ansible_collections.halab.cluster.plugins.module_utils._cib_sets import SET_TAGS
from ansible_collections.halab.cluster.plugins.module_utils._cib_spec import sections
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    agent_of, children, interval_ms, section, split_agent)

PRIMITIVE = ("class", "provider", "type", "template", "description")
# A section of the CIB, and what is in it.
HOLDS = {
    "crm_config": ("cluster_property_set",), "rsc_defaults": ("meta_attributes",), "op_defaults": ("meta_attributes",),
    "nodes": ("node",), "resources": ("template", "primitive", "group", "clone", "master", "bundle"),
    "constraints": tuple(CONSTRAINTS.values()), "tags": ("tag",), "fencing-topology": ("fencing-level",),
    "acls": tuple(ACLS.values()), "alerts": ("alert",),
}


def export(root):
    """(the parameters of pacemaker_cib, sentences on what they do not say)"""
    return Export(root).run()


class Export(Reader):

    def __init__(self, root):
        super().__init__()
        self.root = root
        self.options = {kind: spec.get("options", {}) for kind, spec in sections().items()}
        self.desired = {kind: {} if spec["type"] == "dict" else [] for kind, spec in sections().items()}

    def run(self):
        self.only(self.root.find("configuration"), "configuration", (), HOLDS)
        for part in children(self.root.find("configuration"), *HOLDS):
            self.only(part, part.tag, (), HOLDS[part.tag])
        for name, parent, tag, dummy in PAIRS:
            holder, defaults = section(self.root, parent), name != "properties"
            self.desired[name] = self.pairs(
                holder, tag, name, () if defaults else OWN_PROPERTIES + OF_THE_CLUSTER, conditional=defaults)
            if defaults:
                self.desired["conditional_" + name] = self.conditional(holder, tag, name, name)
        resources = section(self.root, "resources")
        for element in resources.iter() if resources is not None else ():
            for kind, tags, read in (
                    ("templates", ("template",), self._primitive), ("resources", ("primitive",), self._primitive),
                    ("groups", ("group",), self._group), ("clones", ("clone", "master"), self._clone),
                    ("bundles", ("bundle",), self._bundle)):
                if element.tag in tags:
                    self._add(kind, read(element, "%s: %s" % (kind, element.get("id"))))
        self._lists()
        constraints = section(self.root, "constraints")
        everything = sorted(spec["id"] for kind in ("resources", "groups", "clones", "bundles", "templates", "tags")
                            for spec in self.desired[kind])
        types = {tag: kind for kind, tag in CONSTRAINTS.items()}
        for element in constraints if constraints is not None else ():
            if element.tag in types and not of_a_verb(element):
                self._add("constraints", self._constraint(element, types[element.tag], everything))
        return self.desired, self.left

    def _add(self, kind, spec):
        if spec is not None:
            self.desired[kind].append(spec)

    def _lists(self):
        """All that has one level only."""
        configuration = self.root.find("configuration")
        for tag in configuration.iterfind("tags/tag"):
            where = "tags: %s" % tag.get("id")
            self.only(tag, where, (), ("obj_ref",))
            self._add("tags", {"id": tag.get("id"), "members": self.ids(tag, "obj_ref", where)})
        for level in configuration.iterfind("fencing-topology/fencing-level"):
            where, options = "fencing_levels: %s" % level.get("id"), self.options["fencing_levels"]
            self.only(level, where, options)
            spec = {"id": level.get("id"), **self.attributes(level, where, options, ("id", "devices")),
                    "devices": [device for device in level.get("devices", "").split(",") if device]}
            problems = level_problems(spec) if "index" in spec else ["%s: it has no index." % where]
            self.left += problems
            self._add("fencing_levels", None if problems else spec)
        for node in configuration.iterfind("nodes/node"):
            where = "nodes: %s" % node.get("uname")
            self.only(node, where, ("uname", "type"), ("instance_attributes", "utilization"))
            spec = _full({"name": node.get("uname"),
                          "instance_attributes": self.pairs(node, "instance_attributes", where, OF_NODES),
                          "utilization": self.pairs(node, "utilization", where)})
            self._add("nodes", spec if len(spec) > 1 else None)
        for kind, tag in ACLS.items():
            for holder in configuration.iterfind("acls/" + tag):
                self._add(kind, self._acl(holder, kind, "%s: %s" % (kind, holder.get("id"))))
        for alert in configuration.iterfind("alerts/alert"):
            self._add("alerts", self._alert(alert, "alerts: %s" % alert.get("id")))

    def _primitive(self, element, where):
        origin = {"template": element.get("template")} if element.get("template") else {"agent": agent_of(element)}
        if "agent" in origin and (origin["agent"] is None or split_agent(origin["agent"]) is None):
            self.leave(where, "agent %s" % origin["agent"])
            return None
        self.only(element, where, PRIMITIVE, ("instance_attributes", "meta_attributes", "utilization", "operations"))
        shown, secrets = split_secrets(self.pairs(element, "instance_attributes", where, conditional=True))
        return _full({
            "id": element.get("id"), "description": element.get("description"), **origin,
            "instance_attributes": shown, "secret_attributes": secrets,
            "meta_attributes": self.pairs(element, "meta_attributes", where, conditional=True),
            "utilization": self.pairs(element, "utilization", where),
            "operations": self._operations(element, where),
            **{"conditional_" + tag: self.conditional(element, tag, where, tag) for tag in SET_TAGS}})

    def _operations(self, primitive, where):
        options = self.options["resources"]["operations"]["options"]
        found = []
        for holder in primitive.findall("operations"):
            self.only(holder, where + ": operations", (), ("op",))
            for operation in holder.findall("op"):
                name = operation.get("name")
                if name is None:
                    self.leave(where, "<op> %s" % (operation.get("id") or operation.get("id-ref")))
                    continue
                place = "%s: operation %s" % (where, name)
                self.only(operation, place, options, ("instance_attributes",))
                found.append(dict({"name": name}, **self.attributes(operation, place, options, ("name",)), **_full({
                    "instance_attributes": self.pairs(operation, "instance_attributes", place)})))
        keys = [(spec["name"], interval_ms(spec.get("interval", "0"))) for spec in found]
        # All operations of a name that is listed are owned: of those that are there twice, none can be.
        twice = sorted({key[0] for key in keys if keys.count(key) > 1})
        for name in twice:
            self.leave(where, "operation %s, which is there twice with one interval" % name)
        return [spec for spec in found if spec["name"] not in twice]

    def _container(self, element, where):
        """What groups, clones and bundles have besides their members."""
        return {"meta_attributes": self.pairs(element, "meta_attributes", where, conditional=True),
                "conditional_meta_attributes": self.conditional(element, "meta_attributes", where, "meta_attributes")}

    def _group(self, element, where):
        self.only(element, where, ("description",), ("meta_attributes", "primitive"))
        return _full({"id": element.get("id"), "description": element.get("description"),
                      "members": [item.get("id") for item in element.findall("primitive")],
                      **self._container(element, where)})

    def _clone(self, element, where):
        self.only(element, where, ("description",), ("meta_attributes", "primitive", "group"))
        if not children(element, "primitive", "group"):
            self.leave(where, "there is no primitive and no group in it")
            return None
        spec = {"id": element.get("id"), "description": element.get("description"),
                "member": children(element, "primitive", "group")[0].get("id"), **self._container(element, where)}
        if element.tag == "master":
            spec["meta_attributes"]["promotable"] = True
        return _full(spec)

    def _bundle(self, element, where):
        options, before = self.options["bundles"], len(self.left)
        tags = RUNTIMES + OLD_RUNTIMES
        self.only(element, where, ("description",), tags + ("network", "storage", "primitive", "meta_attributes"))
        spec = {"id": element.get("id"), "description": element.get("description")}
        for item in children(element, *tags, "network"):
            known = options.get(item.tag, {}).get("options", {})
            if item.tag != "network":
                self.only(item, where, tuple(known) + ("masters",))
            spec[item.tag] = self.attributes(item, where, known)
            if "masters" in item.attrib:  # as Pacemaker 2 may still call it
                masters = typed(item.get("masters"))
                if not isinstance(masters, int):
                    self.leave(where, "masters=%s of <%s>" % (masters, item.tag))
                spec[item.tag]["promoted-max"] = masters
        for name, holder, tag, dummy in MAPPINGS:
            for part in element.findall(holder):
                self.only(part, where, options["network"]["options"] if holder == "network" else (), (tag,))
            for item in element.iterfind("%s/%s" % (holder, tag)):
                self.only(item, where, options[name]["options"])
                spec.setdefault(name, []).append(self.attributes(item, where, options[name]["options"]))
        if element.find("primitive") is not None:
            spec["member"] = element.find("primitive").get("id")
        # Its network and its mappings are one value each: half of them would be another bundle.
        if len(self.left) == before:
            self.left += bundle_problems([spec], [], [], {spec.get("member")})
        return _full(dict(spec, **self._container(element, where))) if len(self.left) == before else None

    def _constraint(self, element, kind, everything):
        where, options, before = "constraints: %s" % element.get("id"), self.options["constraints"], len(self.left)
        self.only(element, where, options, ("rule", "resource_set"))
        spec = {"id": element.get("id"), "type": kind, **self.attributes(element, where, options, ("id", "type"))}
        sets = options["resource_sets"]["options"]
        for item in element.findall("resource_set"):
            self.only(item, where, sets, ("resource_ref",))
            spec.setdefault("resource_sets", []).append(
                dict(self.attributes(item, where, sets, ("members",)), members=self.ids(item, "resource_ref", where)))
        if element.find("rule") is not None:
            spec["rule"] = self.rule(element, where, "location")
        if len(self.left) == before:
            self.left += constraint_problems(spec, everything)
        # Half of a constraint would be another one.
        return spec if len(self.left) == before else None

    def _acl(self, element, kind, where):
        if kind != "acl_roles":
            self.only(element, where, (), ("role",))
            return {"id": element.get("id"), "roles": self.ids(element, "role", where)}
        options, before = self.options[kind]["permissions"]["options"], len(self.left)
        self.only(element, where, ("description",), ("acl_permission",))
        for item in element.findall("acl_permission"):
            self.only(item, where, options)
        permissions = [self.attributes(item, where, options) for item in element.findall("acl_permission")]
        return dict(_full({"id": element.get("id"), "description": element.get("description")}),
                    permissions=permissions) if len(self.left) == before else None

    def _alert(self, element, where):
        self.only(element, where, ("path", "description"),
                  ("select", "recipient", "instance_attributes", "meta_attributes"))
        spec = {"id": element.get("id"), "path": element.get("path"), "description": element.get("description")}
        for select in element.findall("select"):
            known = self.options["alerts"]["select"]["choices"]
            self.only(select, where, (), ["select_" + name for name in known])
            spec["select"] = [name for name in known if select.find("select_" + name) is not None]
            for item in children(select, *["select_" + name for name in known]):
                self.only(item, where)
        spec.update({tag: self.pairs(element, tag, where) for tag in SET_TAGS})
        for item in element.findall("recipient"):
            place = "%s: %s" % (where, item.get("id"))
            self.only(item, place, ("value", "description"), SET_TAGS)
            spec.setdefault("recipients", []).append({"id": item.get("id"), "value": item.get("value", ""), **_full({
                "description": item.get("description"), **{tag: self.pairs(item, tag, place) for tag in SET_TAGS}})})
        return dict(_full(spec), **{key: spec[key] for key in ("select",) if key in spec})


def _full(spec):
    """Without what is empty."""
    return {key: value for key, value in spec.items() if value not in (None, "", {}, [])}
