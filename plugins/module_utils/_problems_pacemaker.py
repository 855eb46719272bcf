# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role pacemaker refuses before it touches a host."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _cib, _cib_check
from ansible_collections.halab.cluster.plugins.module_utils._agents import extra_agents, unknown_agent
from ansible_collections.halab.cluster.plugins.module_utils._cib_check_constraints import (
    OPTIONAL,
    REFERENCES,
    allowed_keys,
    missing_keys,
)
from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import desired_remote_nodes
from ansible_collections.halab.cluster.plugins.module_utils._cib_spec import sections
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker_remote import (
    remote_node_problems,
    unfenced_problems,
)
from ansible_collections.halab.cluster.plugins.module_utils._problems_spec import spec_problems
from ansible_collections.halab.cluster.plugins.module_utils._remote_nodes import remote_resources

STANDARDS = ("ocf", "systemd", "service", "lsb", "stonith")
READMISSIONS = ("manual", "auto")
SCORE = re.compile(r"^[+-]?(INFINITY|[0-9]+)$")
DURATION = re.compile(r"^([0-9]+(\.[0-9]+)?\s*(us|usec|ms|msec|s|sec|m|min|h|hr)?|P.+)$")
AGENT_PART = re.compile(r"^[A-Za-z0-9_@.\\-]+$")

SECTIONS = sections()
# Lists of what has an id of its own; a constraint is judged by its type, and a user's name is no id.
NAMED = [
    kind
    for kind, spec in SECTIONS.items()
    if "id" in spec.get("options", {}) and kind not in ("constraints", "acl_targets")
]
# What a constraint can name.
PLACED = ("resources", "groups", "clones", "bundles", "templates", "tags")


def _ids(entries):
    return [entry["id"] for entry in entries if isinstance(entry.get("id"), str)]


def _entries(variable, value, known):
    """(the entries that have an id, problems with ids, keys and attributes of all of them)"""
    entries, problems = common.list_of_dicts(variable, value)
    for entry in entries:
        if not isinstance(entry.get("id"), str) or not common.IDENTIFIER.match(entry["id"]):
            problems.append(
                "%s: id is %r; allowed are letters, digits, dots, dashes and underscores, beginning with a letter."
                % (variable, entry.get("id"))
            )
        where = "%s: %s" % (variable, entry.get("id"))
        problems += common.unknown_keys(where, entry, known)
        for section in ("instance_attributes", "secret_attributes", "meta_attributes"):
            attributes, found = common.dictionary("%s: %s" % (where, section), entry.get(section, {}))
            problems += found + common.scalars("%s: %s" % (where, section), attributes)
            # Instance attributes are in the agent's own words, and an agent may want the text "yes".
            if section == "meta_attributes":
                problems += common.boolean_words("%s: %s" % (where, section), attributes)
    return entries, problems


def _agent_name(where, agent):
    """Whether a name can be an agent's at all."""
    allowed = "allowed is ocf:provider:type or standard:type with one of %s" % common.listed(STANDARDS[1:])
    if not isinstance(agent, str):
        return ["%s: agent is %r; %s." % (where, agent, allowed)]
    standard, *rest = agent.split(":")
    if standard not in STANDARDS or len(rest) != (2 if standard == "ocf" else 1):
        return ["%s: agent is %r; %s." % (where, agent, allowed)]
    if not all(AGENT_PART.match(part) for part in rest):
        return ["%s: agent is %r; %s." % (where, agent, allowed)]
    return []


def _agent(where, agent, extra):
    return _agent_name(where, agent) or unknown_agent(where, agent, "pacemaker_extra_agents", extra)


def _operations(where, value):
    operations, problems = common.list_of_dicts("%s: operations" % where, value)
    for operation in operations:
        if not isinstance(operation.get("name"), str):
            problems.append("%s: an operation has no name: %r; allowed is one such as monitor." % (where, operation))
        problems += common.boolean_words("%s: operation %s" % (where, operation.get("name")), operation)
        for key in ("interval", "timeout"):
            value = operation.get(key, 0)
            if isinstance(value, bool) or not DURATION.match(str(value)):
                problems.append(
                    "%s: operation %s: %s is %r; allowed is a time such as 20s."
                    % (where, operation.get("name"), key, value)
                )
    pairs = ["%s every %s" % (operation.get("name"), operation.get("interval", 0)) for operation in operations]
    problems += [
        "%s: operation %s is there twice; allowed is one of a name and an interval." % (where, pair)
        for pair in common.repeated(pairs)
    ]
    return problems


def _members(groups, clones, primitives):
    """Groups and clones hold what exists, and a resource lives in one place only."""
    problems = []
    homes = []
    for group in groups:
        members = group.get("members")
        if not isinstance(members, list) or not members:
            problems.append(
                "pacemaker_groups: %s: members is %r; allowed is a list of resource ids." % (group.get("id"), members)
            )
            continue
        for member in members:
            homes.append(member)
            if member not in primitives:
                problems.append(
                    "pacemaker_groups: %s: member %s is no resource; allowed are %s."
                    % (group.get("id"), member, common.listed(primitives))
                )
    cloneable = list(primitives) + _ids(groups)
    for clone in clones:
        homes.append(clone.get("member"))
        if clone.get("member") not in cloneable:
            problems.append(
                "pacemaker_clones: %s: member %s is no resource and no group; allowed are %s."
                % (clone.get("id"), clone.get("member"), common.listed(cloneable))
            )
    problems += [
        "pacemaker_groups and pacemaker_clones: %s is a member twice; allowed is one group or one clone." % member
        for member in common.repeated([home for home in homes if isinstance(home, str)])
    ]
    return problems


def _constraint(constraint, resources, nodes):
    where = "pacemaker_constraints: %s" % constraint.get("id")
    kind = constraint.get("type")
    if not isinstance(kind, str) or kind not in OPTIONAL:
        return ["%s: type is %r; allowed are %s." % (where, kind, common.listed(OPTIONAL))]
    allowed = allowed_keys(kind)
    references = [key for key in REFERENCES if key in allowed]
    problems = [
        "%s: %s is missing; a %s needs it%s." % (where, key, kind, ", or " + other if other else "")
        for key, other in missing_keys(constraint)
    ]
    problems += common.unknown_keys(where, constraint, ("id", "type") + allowed)
    problems += common.boolean_words(where, constraint)
    for key in references:
        if key in constraint and constraint[key] not in resources:
            problems.append(
                "%s: %s is %s, which does not exist; allowed are %s."
                % (where, key, constraint[key], common.listed(resources))
            )
    named = [constraint[key] for key in references if key in constraint]
    if common.repeated(named):
        problems.append("%s: %s are both %s; allowed are two resources." % (where, " and ".join(references), named[0]))
    if "node" in constraint and constraint["node"] not in nodes:
        problems.append(
            "%s: node is %s, which is not in the cluster; allowed are %s."
            % (where, constraint["node"], common.listed(nodes))
        )
    score = constraint.get("score")
    if "score" in constraint and (isinstance(score, bool) or not SCORE.match(str(score))):
        problems.append("%s: score is %r; allowed is a whole number, INFINITY or -INFINITY." % (where, score))
    kinds = SECTIONS["constraints"]["options"]["kind"]["choices"]
    if "kind" in constraint and constraint["kind"] not in kinds:
        problems.append("%s: kind is %r; allowed are %s." % (where, constraint["kind"], common.listed(kinds)))
    return problems


def _addresses(resources, networks, nodes):
    """Floating addresses have to be reachable on a link, and nobody else may own them."""
    problems = []
    owners = {}
    for node in nodes:
        for key, value in node.items():
            if key != "name" and common.address(value):
                owners[common.address(value)] = node.get("name")
    seen = []
    for resource in resources:
        agent = resource.get("agent")
        attributes = resource.get("instance_attributes", {})
        if agent not in ("ocf:heartbeat:IPaddr2", "ocf:heartbeat:IPaddr") or not isinstance(attributes, dict):
            continue
        where = "pacemaker_resources: %s: ip" % resource.get("id")
        vip = common.address(attributes.get("ip"))
        if vip is None:
            problems.append("%s is %r; allowed is an IP address." % (where, attributes.get("ip")))
            continue
        seen.append(str(vip))
        if networks and not common.inside(vip, networks):
            problems.append(
                "%s is %s, outside every network of pacemaker_service_networks; allowed are %s."
                % (where, vip, common.listed(networks))
            )
        if vip in owners:
            problems.append(
                "%s is %s, the own address of node %s; allowed is an address nobody has." % (where, vip, owners[vip])
            )
    problems += [
        "pacemaker_resources: ip %s is there twice; allowed is one resource for an address." % value
        for value in common.repeated(seen)
    ]
    return problems


def _fencing(variables, properties, resources):
    accepted = variables["pacemaker_accept_data_loss_without_fencing"]
    if not isinstance(accepted, bool):
        return [
            "pacemaker_accept_data_loss_without_fencing is %r; allowed is a boolean without quotes (true or false)."
            % (accepted,)
        ]
    if accepted:
        return []
    problems = []
    if properties.get("stonith-enabled", True) is False or str(properties.get("stonith-enabled")) == "0":
        problems.append(
            "pacemaker_properties: stonith-enabled is %r; allowed is true, unless "
            "pacemaker_accept_data_loss_without_fencing is true." % (properties["stonith-enabled"],)
        )
    fences = [entry for entry in resources if str(entry.get("agent")).startswith("stonith:")]
    if resources and not fences and not variables["fencing_devices"] and not variables.get("sbd_resets_nodes"):
        problems.append(
            "fencing_devices is empty and pacemaker_resources names %s; allowed is a fence device for every node, or sbd "
            "without disks (sbd_environment: {}), unless pacemaker_accept_data_loss_without_fencing is true."
            % common.listed(_ids(resources))
        )
        return problems
    return problems + unfenced_problems(resources, common.list_of_dicts("", variables["fencing_devices"])[0])


def _remote_names(templates, resources):
    """Names of remote and guest nodes, of what can be read."""
    sound = [spec for spec in templates + resources
             if isinstance(spec.get("id"), str) and isinstance(spec.get("meta_attributes", {}), dict)]
    return list(desired_remote_nodes({"templates": [spec for spec in sound if spec in templates],
                                      "resources": [spec for spec in sound if spec not in templates]}))


def _alerts(alerts):
    problems = []
    for alert in alerts:
        where = "pacemaker_alerts: %s" % alert.get("id")
        if not isinstance(alert.get("path"), str) or not alert["path"].startswith("/"):
            problems.append("%s: path is %r; allowed is an absolute path." % (where, alert.get("path")))
        recipients, found = common.list_of_dicts("%s: recipients" % where, alert.get("recipients", []))
        problems += found
        problems += [
            "%s: a recipient is %r; allowed is a dictionary with id and value." % (where, recipient)
            for recipient in recipients
            if "id" not in recipient or "value" not in recipient
        ]
    return problems


def _what_the_module_says(variables, nodes, devices, remotes):
    """What module pacemaker_cib would refuse in a cluster that has these nodes and fence devices, and nothing else."""
    desired = {kind: variables["pacemaker_" + kind] for kind in SECTIONS}
    desired["resources"] = remotes + list(desired["resources"])
    problems = [
        problem
        for kind, spec in SECTIONS.items()
        for problem in spec_problems("pacemaker_" + kind, desired[kind], spec)
    ]
    if problems:
        return problems
    cib = _cib.empty()
    for node in nodes:
        name = str(node.get("name"))
        ET.SubElement(cib.find("configuration/nodes"), "node", {"id": name, "uname": name})
    for device in devices:
        agent = {"id": str(device.get("id")), "class": "stonith", "type": str(device.get("agent"))}
        ET.SubElement(cib.find("configuration/resources"), "primitive", agent)
    return ["pacemaker_" + sentence for sentence in _cib_check.problems(cib, desired)] + [
        "pacemaker_fencing_levels: target %s is not in the cluster; allowed are %s." % (node, common.listed(known))
        for node, known in _cib_check.unknown_nodes(cib, desired).items()
    ]


def pacemaker_problems(variables):
    """All reasons why role pacemaker would not configure a cluster from these variables.

    Besides the role's own variables there are corosync_nodes (whose names the constraints use) and fencing_devices.
    """
    problems = []
    options = {}
    for variable in ("pacemaker_properties", "pacemaker_rsc_defaults", "pacemaker_op_defaults"):
        options[variable], found = common.dictionary(variable, variables[variable])
        problems += found + common.scalars(variable, options[variable])
        problems += common.boolean_words(variable, options[variable])

    entries = {}
    for kind in NAMED:
        variable = "pacemaker_" + kind
        entries[kind], found = _entries(variable, variables[variable], SECTIONS[kind]["options"])
        problems += found
    templates, resources, groups, clones = (entries[kind] for kind in ("templates", "resources", "groups", "clones"))
    constraints, found = common.list_of_dicts("pacemaker_constraints", variables["pacemaker_constraints"])
    problems += found
    devices, found = common.list_of_dicts("fencing_devices", variables["fencing_devices"])
    problems += found
    nodes, found = common.list_of_dicts("corosync_nodes", variables["corosync_nodes"])
    problems += found
    networks, found = common.networks("pacemaker_service_networks", variables["pacemaker_service_networks"])
    problems += found

    remotes, found = remote_node_problems(variables.get("pacemaker_remote_nodes", []), nodes)
    problems += found
    remotes = remote_resources(remotes)

    # Ids are unique in the whole CIB, not only in their own list.
    lists = {"pacemaker_" + kind: specs for kind, specs in entries.items()}
    lists["pacemaker_remote_nodes"] = remotes
    lists.update(pacemaker_constraints=constraints, fencing_devices=devices)
    homes = [(value, variable) for variable, specs in lists.items() for value in _ids(specs)]
    problems += [
        "%s: id %s is there twice; allowed is once."
        % (" and ".join(dict.fromkeys(variable for value, variable in homes if value == twice)), twice)
        for twice in common.repeated([value for value, variable in homes])
    ]
    extra, found = extra_agents("pacemaker_extra_agents", variables, _agent_name, "ocf:heartbeat:mydb")
    problems += found
    for kind, specs in (("templates", templates), ("resources", resources)):
        for spec in specs:
            where = "pacemaker_%s: %s" % (kind, spec.get("id"))
            if kind == "templates" or "template" not in spec:
                problems += _agent(where, spec.get("agent"), extra)
            problems += _operations(where, spec.get("operations", []))
    problems += _members(groups, clones, _ids(resources) + _ids(remotes))
    movable = [value for kind in PLACED for value in _ids(entries[kind])] + _ids(devices) + _ids(remotes)
    names = [node.get("name") for node in nodes] + _remote_names(templates, remotes + resources)
    for constraint in constraints:
        problems += _constraint(constraint, movable, names)
    agents = {template["id"]: template.get("agent") for template in templates if isinstance(template.get("id"), str)}
    problems += _addresses([dict(resource, agent=agents.get(str(resource.get("template")), resource.get("agent")))
                            for resource in resources], networks, nodes)
    problems += _alerts(entries["alerts"])
    problems += _fencing(variables, options["pacemaker_properties"], remotes + resources)
    if variables["pacemaker_readmission"] not in READMISSIONS:
        problems.append(
            "pacemaker_readmission is %r; allowed are %s."
            % (variables["pacemaker_readmission"], common.listed(READMISSIONS))
        )
    return problems or _what_the_module_says(variables, nodes, devices, remotes)
