# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations for pacemaker_cib that hypothesis makes up: sound ones, and any that the argument spec lets through.

The names are few, so that what is desired meets itself and what is there. A sound one may still be refused, for what
only all of it together shows, such as a circle of orders.
"""

from __future__ import annotations

import copy
import functools

from ansible_collections.halab.cluster.plugins.module_utils._cib_check_rules import KINDS
from ansible_collections.halab.cluster.plugins.module_utils._cib_spec import sections
from hypothesis import strategies as st

NODES = ("node1", "node2", "node3")
PRIMITIVES = ("p1", "p2", "p3", "p4")
DEVICES = ("f1", "f2")
TEMPLATES = ("t1", "t2")
GROUPS = ("g1", "g2")
CLONES = ("k1", "k2")
BUNDLES = ("b1", "b2")
ALL = PRIMITIVES + DEVICES + TEMPLATES + GROUPS + CLONES + BUNDLES
SETS = ("s1", "s2")
ATTRIBUTES = ("ip", "fake", "password", "a b", "ä", "standby", "is-managed")
ROLES = ("Started", "Stopped", "Promoted", "Unpromoted")

# Few, and each with its trouble: hypothesis has only so much to decide about a whole CIB.
texts = st.sampled_from(("x", "", " a  b ", "ä\U0001f600", "a&<\"'>\n\tb", "a:b,c", "10s", "true", "0"))
scalars = st.one_of(texts, st.sampled_from((True, False, 0, -5, 70000)))
scores = st.sampled_from(("INFINITY", "-INFINITY", "+5", "7", "-3", "0"))
intervals = st.sampled_from(("0s", "10", "10s", "10000ms", "1min", "20s"))
roles = st.sampled_from(ROLES[:2])


@functools.cache
def pairs(names=ATTRIBUTES, values=scalars):
    return st.dictionaries(st.sampled_from(names), st.one_of(st.none(), values), max_size=2)


def some(needed=None, **options):
    """What is needed, and of the rest some; what is not given may be None, as Ansible leaves it."""
    return st.fixed_dictionaries(needed or {}, optional={
        key.replace("__", "-"): st.one_of(st.none(), value) for key, value in options.items()})


def named(names, make):
    """A list of specs with different ids, each made for its id."""
    return st.lists(st.sampled_from(names), unique=True, max_size=len(names)).flatmap(
        lambda chosen: st.tuples(*[make(name) for name in chosen]).map(list))


# Rules

@functools.cache  # to make a strategy takes longer than to draw from it
def rules(context, depth=1):
    """A rule as it may be in this context."""
    kinds = {
        "expression": st.one_of(
            some({"attribute": st.sampled_from(("site", "#uname")), "operation": st.sampled_from((
                "lt", "gt", "lte", "gte", "eq", "ne")), "value": scalars}, type=st.sampled_from((
                    "string", "integer", "number", "version"))),
            st.fixed_dictionaries({"attribute": texts, "operation": st.sampled_from(("defined", "not_defined"))})),
        "date_expression": st.sampled_from((
            {"operation": "gt", "start": "2026-01-01"},
            {"operation": "in_range", "start": "2026-01-01 08:00:00Z", "duration": {"hours": 8, "days": None}},
            {"operation": "date_spec", "date_spec": {"hours": "9-16", "weekdays": 1}})),
        "rsc_expression": st.sampled_from(({"class": "ocf"}, {"type": "Dummy", "provider": "pacemaker"})),
        "op_expression": st.sampled_from(({"name": "monitor"}, {"name": "monitor", "interval": "10s"}))}
    entries = [st.fixed_dictionaries({tag: kinds[tag]}) for tag in KINDS[context] if tag in kinds]
    if depth:
        entries.append(st.fixed_dictionaries({"rule": rules(context, depth - 1)}))
    return some({"expressions": st.lists(st.one_of(*entries), min_size=1, max_size=2)},
                boolean__op=st.sampled_from(("and", "or")))


location_rules = st.tuples(rules("location"), scores).map(lambda parts: dict(parts[0], score=parts[1]))


@functools.cache
def conditional(context, owner):
    """Sets with a rule; an id of theirs is the only one in all of the CIB."""
    return named(SETS, lambda name: some(
        {"id": st.just("%s-%s-%s" % (owner, context, name)), "rule": rules(context), "attributes": pairs()},
        score=st.sampled_from((1, "5", "INFINITY"))))


# Sound configurations

@functools.cache
def primitive(name, templates=()):
    origin = {"template": st.sampled_from(templates)} if templates else {
        "agent": st.just("stonith:fence_ipmilan")} if name in DEVICES else {
        "agent": st.sampled_from(("ocf:pacemaker:Dummy", "ocf:heartbeat:IPaddr2", "systemd:nginx"))}
    operations = st.lists(some(
        {"name": st.sampled_from(("monitor", "start", "validate-all")), "interval": intervals}, timeout=intervals,
        on__fail=st.sampled_from(("restart", "block")), enabled=st.booleans(), role=roles,
        instance_attributes=pairs(values=texts)), max_size=3, unique_by=lambda item: item["name"] + item["interval"])
    return some(
        dict({"id": st.just(name)}, **origin), description=texts, instance_attributes=pairs(),
        secret_attributes=pairs(("token",)), meta_attributes=pairs(), utilization=pairs(("cpu",), st.integers(0, 9)),
        operations=operations, conditional_instance_attributes=conditional("instance_attributes", name))


@functools.cache
def bundle(name, member):
    container = some({"image": st.just("example.org/image:1")}, replicas=st.integers(1, 3),
                     replicas__per__host=st.integers(1, 2), promoted__max=st.integers(0, 2), options=texts)
    return st.tuples(st.sampled_from(("docker", "podman")), container, some(
        {"id": st.just(name), "member": st.just(member), "network": some(
            {"ip-range-start": st.just("198.18.0.131")}, control__port=st.integers(1, 65535), add__host=st.booleans())},
        description=texts, meta_attributes=pairs(), conditional_meta_attributes=conditional("meta_attributes", name),
        port__mappings=st.lists(st.sampled_from(({"port": 80}, {"port": 81, "internal-port": 8080}, {"range": "1-2"})),
                                max_size=2),
        storage__mappings=st.lists(st.sampled_from((
            {"source-dir": "/a", "target-dir": "/b"}, {"source-dir-root": "/c", "target-dir": "/d", "options": "ro"})),
            max_size=2))).map(lambda parts: dict(parts[2], **{parts[0]: parts[1]}))


@functools.cache
def constraint(name, everything):
    one = st.sampled_from(everything)
    members = st.lists(one, unique=True, min_size=2, max_size=4)

    def sets(**options):
        return members.flatmap(lambda chosen: st.tuples(
            some({"members": st.just(chosen[:1])}, **options), some({"members": st.just(chosen[1:])}, **options)).map(list))

    def of(form, needed, /, **options):
        return some(dict({"id": st.just(name), "type": st.just(form)}, **needed), **options)
    return st.one_of(
        of("location", {"rsc": one, "node": st.sampled_from(NODES), "score": scores}, role=roles,
           resource__discovery=st.sampled_from(("always", "never"))),
        of("location", {"rsc-pattern": st.sampled_from(("p.*", "^g")), "rule": location_rules}, role=roles),
        of("location", {"resource_sets": sets(role=roles), "rule": location_rules}),
        of("colocation", {"rsc": one, "with-rsc": one, "score": scores}, rsc__role=roles, influence=st.booleans(),
           node__attribute=texts),
        of("colocation", {"resource_sets": sets(sequential=st.booleans(), role=roles, score=scores), "score": scores}),
        of("order", {"first": one, "then": one}, kind=st.sampled_from(("Mandatory", "Optional", "Serialize")),
           symmetrical=st.booleans(), first__action=st.sampled_from(("start", "stop"))),
        of("order", {"resource_sets": sets(sequential=st.booleans(), action=st.sampled_from(("start", "stop")))}),
        of("ticket", {"rsc": one, "ticket": st.just("site")}, loss__policy=st.sampled_from(("stop", "freeze"))),
        of("ticket", {"resource_sets": sets(role=roles), "ticket": st.just("site")}))


def level(name, devices):
    return st.tuples(
        st.sampled_from(({"target": "node1"}, {"target-pattern": "node.*"},
                         {"target-attribute": "rack", "target-value": name})),
        st.integers(1, 9), st.lists(st.sampled_from(devices), unique=True, min_size=1)).map(
            lambda parts: dict(parts[0], id=name, index=parts[1], devices=parts[2]))


@st.composite
def sound(draw, whole=False):
    """A configuration whose parts fit each other. The whole of it has every section."""
    result = {}

    def add(kind, strategy):
        if whole or draw(st.booleans()):
            result[kind] = draw(strategy)
    for kind in ("properties", "rsc_defaults", "op_defaults"):
        add(kind, pairs(("no-quorum-policy", "resource-stickiness", "timeout", "fake")))
    for kind in ("rsc_defaults", "op_defaults"):
        add("conditional_" + kind, conditional(kind, "x"))
    add("templates", named(TEMPLATES, primitive))
    made = [spec["id"] for spec in result.get("templates") or ()]
    result["resources"] = draw(named(PRIMITIVES + DEVICES, lambda name: primitive(
        name, tuple(made) if name == "p4" else ())))
    free = [spec["id"] for spec in result["resources"] if spec["id"] not in DEVICES]

    def take(most):
        count = draw(st.integers(0, min(most, len(free))))
        return [free.pop(draw(st.integers(0, len(free) - 1))) for dummy in range(count)]
    groups = []
    for name in GROUPS:
        members = take(3)
        if members:
            groups.append(draw(some({"id": st.just(name), "members": st.just(members)}, description=texts,
                                    meta_attributes=pairs(),
                                    conditional_meta_attributes=conditional("meta_attributes", name))))
    clones, bundles = [], []
    cloneable = [spec["id"] for spec in groups]
    for name in CLONES:
        member = cloneable[:1] if cloneable and draw(st.booleans()) else take(1)
        cloneable = [item for item in cloneable if item not in member]
        if member:
            clones.append(draw(some(
                {"id": st.just(name), "member": st.just(member[0])}, description=texts,
                meta_attributes=pairs(("promotable", "interleave"), st.booleans()),
                conditional_meta_attributes=conditional("meta_attributes", name))))
    for name in BUNDLES:
        if draw(st.booleans()):
            bundles.append(draw(bundle(name, (take(1) or [None])[0])))
    for kind, specs in (("groups", groups), ("clones", clones), ("bundles", bundles)):
        if specs or whole or draw(st.booleans()):
            result[kind] = specs
    everything = [spec["id"] for kind in ("resources", "templates", "groups", "clones", "bundles")
                  for spec in result.get(kind) or ()]
    if len(everything) > 1:
        add("tags", named(("tag1", "tag2"), lambda name: st.fixed_dictionaries({
            "id": st.just(name), "members": st.lists(st.sampled_from(everything), unique=True, min_size=1)})))
        add("constraints", named(("c1", "c2", "c3", "c4"), lambda name: constraint(
            name, tuple(everything + [spec["id"] for spec in result.get("tags") or ()]))))
    devices = [spec["id"] for spec in result["resources"] if spec["id"] in DEVICES]
    if devices:
        add("fencing_levels", named(("l1", "l2"), lambda name: level(name, devices)))
    add("nodes", named(NODES, lambda name: some(
        {"name": st.just(name)}, instance_attributes=pairs(("site", "ä")), utilization=pairs(("cpu",), st.integers(0, 9)))))
    permissions = st.lists(st.one_of(
        some({"kind": st.sampled_from(("read", "write", "deny")), "xpath": st.just("/cib")}, description=texts),
        some({"kind": st.just("read"), "object-type": st.just("nodes")}, attribute=st.just("id"))), max_size=2)
    add("acl_roles", named(("role1", "role2"), lambda name: some(
        {"id": st.just(name), "permissions": permissions}, description=texts)))
    known = [spec["id"] for spec in result.get("acl_roles") or ()]
    if known:
        for kind in ("acl_targets", "acl_groups"):
            add(kind, named((kind[4:6] + "1", kind[4:6] + "2"), lambda name: st.fixed_dictionaries(
                {"id": st.just(name), "roles": st.lists(st.sampled_from(known), unique=True)})))
    add("alerts", named(("alert1", "alert2"), lambda name: some(
        {"id": st.just(name), "path": st.just("/bin/true")}, description=texts, instance_attributes=pairs(),
        meta_attributes=pairs(), select=st.lists(st.sampled_from(("nodes", "fencing", "resources", "attributes"))),
        recipients=named(("r1", "r2"), lambda inner: some(
            {"id": st.just(name + inner), "value": texts}, description=texts, instance_attributes=pairs(),
            meta_attributes=pairs())))))
    if whole:
        for kind, spec in sections().items():
            result.setdefault(kind, {} if spec["type"] == "dict" else [])
    return result


# What others write, and the parameters have no words for: where, and what
FOREIGN = (
    ("configuration", "<!-- somebody's remark -->"), ("configuration/resources", "<!-- another -->"),
    ("configuration/resources/primitive", '<!-- and another -->'),
    ("configuration/constraints", '<!-- of constraints -->'),
    ("configuration/resources", '<master id="m1"><primitive id="m1p" class="ocf" provider="pacemaker" type="Stateful"/>'
                                '</master>'),
    ("configuration/resources", '<primitive id="q1" class="ocf" provider="pacemaker" type="Dummy"><instance_attributes '
                                'id="q1-i"><nvpair id="q1-n" name="ip" value="1"/></instance_attributes></primitive>'),
    ("configuration/resources/primitive", '<instance_attributes id="other-i"><nvpair id="other-n" name="ip" value="9"/>'
                                          '<nvpair id="other-o" name="other"/></instance_attributes>'),
    ("configuration/resources/primitive/operations", '<op id="other-op" name="monitor" interval="10000"><meta_attributes '
                                                     'id="other-m"><nvpair id="other-p" name="x" value="y"/>'
                                                     '</meta_attributes></op>'),
    ("configuration/resources/group", '<meta_attributes id="ref-set"><nvpair id="ref-n" name="is-managed" value="1"/>'
                                      '</meta_attributes>'),
    ("configuration/constraints", '<rsc_location id="life" rsc="p1" node="node1" score="1"><lifetime><rule id="life-r" '
                                  'score="INFINITY"><date_expression id="life-d" operation="gt" start="2026-01-01"/>'
                                  '</rule></lifetime></rsc_location>'),
    ("configuration/crm_config", '<cluster_property_set id="second"><nvpair id="second-n" name="fake" value="2"/>'
                                 '</cluster_property_set>'),
    ("configuration/crm_config", '<cluster_property_set id-ref="cib-bootstrap-options"/>'),
)


# What is wrong in one place, or in all

# With what XML cannot hold.
hostile = st.one_of(
    st.sampled_from(ALL + NODES), st.sampled_from(("", "tag1", "c1", "node1,node2", "a:b", "[", "ocf:x:y", "Promoted")),
    st.sampled_from(("\0", "a\x1f", "\ud800", "\uffff")), st.text(max_size=5))
anything = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), hostile), lambda inner: st.one_of(
    st.lists(inner, max_size=2), st.dictionaries(hostile, inner, max_size=2)), max_leaves=4)
# Where anything may be said: Ansible looks at no type there.
FREE = ("properties", "rsc_defaults", "op_defaults", "instance_attributes", "secret_attributes", "meta_attributes",
        "utilization", "attributes", "rule")


def places(value, options, free=False):
    """(container, key, what Ansible lets through there) for all that a configuration says."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        option = options.get(key, {}) if isinstance(value, dict) else options
        inner = value[key]
        loose = free or key in FREE
        if free or option.get("type") == "dict" and "options" not in option:
            yield value, key, anything if free else st.dictionaries(hostile, anything, max_size=3)
        elif isinstance(inner, str) and not option.get("choices"):
            yield value, key, hostile
        elif isinstance(inner, int) and not isinstance(inner, bool):
            yield value, key, st.integers(-1, 70000)
        elif isinstance(inner, list):
            yield value, key, st.sampled_from(([], inner + inner))
        if isinstance(inner, dict):
            yield from places(inner, option.get("options", {}), loose)
        elif isinstance(inner, list):
            element = dict(option, type=option.get("elements"))
            yield from places(inner, {} if loose else element, loose) if not (inner and isinstance(inner[0], dict)) else (
                place for item in inner for place in places(item, option.get("options", {}), loose))


@st.composite
def spoiled(draw):
    """A sound configuration in which up to three values are others."""
    result = copy.deepcopy(draw(sound()))  # hypothesis gives the same object again
    for dummy in range(draw(st.integers(1, 3))):
        found = list(places(result, sections()))
        if found:
            holder, key, values = found[draw(st.integers(0, len(found) - 1))]
            holder[key] = draw(values)
    return result


def any_value(key, option):
    """A value of an option that Ansible lets through."""
    kind = option.get("elements") if option["type"] == "list" else option["type"]
    if option.get("choices"):
        value = st.sampled_from(option["choices"])
    elif option.get("options"):
        value = any_of(option["options"])
    else:
        value = {"bool": st.booleans(), "int": st.integers(-1, 70000),
                 "dict": st.dictionaries(hostile, anything, max_size=2)}.get(kind, hostile)
    return st.lists(value, max_size=3) if option["type"] == "list" else value


def any_of(options):
    return st.fixed_dictionaries({key: any_value(key, option) if option.get("required") else st.one_of(
        st.just(option.get("default")), any_value(key, option)) for key, option in options.items()})


any_configuration = any_of(sections())
