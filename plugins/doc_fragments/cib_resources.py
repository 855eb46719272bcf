# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Defaults, resources and what is made of them, which have the words for rules and attributes in common, as
module_utils/_cib_spec.py takes them.
"""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options:
  properties:
    description:
      - Cluster options, as in C(crm_config). pacemaker-controld(7), pacemaker-schedulerd(7) and pacemaker-based(7) name
        them.
      - C(placement-strategy) is one of V(default), V(utilization), V(minimal), V(balanced); all but the first look at
        the C(utilization) of resources and nodes.
      - C(node-health-strategy) is one of V(none), V(migrate-on-red), V(only-green), V(progressive), V(custom).
    type: dict
  rsc_defaults:
    description: Defaults for resource meta attributes.
    type: dict
  op_defaults:
    description: Defaults for operations.
    type: dict
  conditional_rsc_defaults:
    description: Defaults for resource meta attributes that apply only when a rule is met.
    type: list
    elements: dict
    suboptions: &conditional
      id:
        description: Name of the set.
        type: str
        required: true
      score:
        description:
          - Of sets that have the same name in them, the one with the highest score counts. Pairs without a rule have
            the score 0, so a set that is to come before them needs one above 0.
          - A whole number, V(INFINITY) or V(-INFINITY).
        type: str
      rule:
        description:
          - When the set applies. A dictionary of C(boolean-op) (V(and), the default, or V(or)) and C(expressions), a
            list. Each expression is a dictionary of one key.
          - "C(expression): a node attribute; in instance attributes only. C(attribute), C(operation) (V(lt), V(gt),
            V(lte), V(gte), V(eq), V(ne), V(defined), V(not_defined)), C(value), C(type) (V(string), V(integer),
            V(number), V(version)), C(value-source) (V(literal), V(param), V(meta))."
          - "C(date_expression): C(operation) V(gt) with C(start), V(lt) with C(end), V(in_range) with C(end), with
            both, or with C(start) and a C(duration), V(date_spec) with a C(date_spec). Dates are of ISO 8601. A
            C(duration) has
            C(years), C(months), C(weeks), C(days), C(hours), C(minutes), C(seconds), as whole numbers. A C(date_spec)
            has C(years), C(months) (1-12), C(monthdays) (1-31), C(hours) (0-23), C(minutes), C(seconds) (0-59),
            C(yeardays) (1-366), C(weekyears), C(weeks) (1-53), C(weekdays) (1-7, Monday is 1), each a number or a range
            such as V(9-16). C(minutes), C(seconds), C(yeardays) and a duration's C(days) need a CIB whose schema is
            pacemaker-3.9 or later."
          - "C(rsc_expression): in defaults only. C(class), C(provider), C(type) of the agent, at least one of them."
          - "C(op_expression): in defaults of operations only. C(name), and C(interval) with a unit."
          - "C(rule): a rule inside this one, with C(boolean-op) and C(expressions) of its own."
          - A rule that depends on the time is looked at again when C(cluster-recheck-interval) has passed.
        type: dict
        required: true
      attributes:
        description: The names and values of the set.
        type: dict
        required: true
  conditional_op_defaults:
    description: Defaults for operations that apply only when a rule is met.
    type: list
    elements: dict
    suboptions: *conditional
  templates:
    description:
      - What several resources have in common. A template is no resource; each of O(resources) that names it in
        O(resources[].template) has its attributes, its operations and its agent.
      - A constraint on a template is one on all resources made from it.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the template.
        type: str
        required: true
      description:
        description: A remark.
        type: str
      agent:
        description: The agent as C(standard:provider:type) or C(standard:type).
        type: str
        required: true
      instance_attributes: &instance_attributes
        description: Parameters of the agent.
        type: dict
      secret_attributes: &secret_attributes
        description: Parameters of the agent that must not be shown. They are instance attributes too.
        type: dict
      meta_attributes: &meta_attributes
        description: Options for Pacemaker, such as C(target-role) or C(resource-stickiness).
        type: dict
      conditional_instance_attributes: &conditional_instance_attributes
        description: Parameters of the agent that apply only when a rule is met. Sets with a rule are looked at only
          where this is given.
        type: list
        elements: dict
        suboptions: *conditional
      conditional_meta_attributes: &conditional_meta_attributes
        description: Options for Pacemaker that apply only when a rule is met. Sets with a rule are looked at only where
          this is given.
        type: list
        elements: dict
        suboptions: *conditional
      utilization: &utilization
        description: What it needs of each capacity, as whole numbers in units of your own. It counts with a
          C(placement-strategy) other than V(default) and O(nodes[].utilization).
        type: dict
      operations: &operations
        description: Operations, told apart by name and interval.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the operation.
            type: str
            required: true
          interval:
            description: How often it is repeated, with a unit. V(0s) means not at all.
            type: str
            default: 0s
          timeout:
            description: How long it may take, with a unit.
            type: str
          start-delay:
            description: How long to wait before the first time.
            type: str
          on-fail:
            description: What follows from a failure. Without it, a failed stop means V(fence) (V(block) where nothing
              fences), a failed monitor V(restart).
            type: str
            choices: [ignore, block, demote, stop, restart, standby, fence, restart-container]
          role:
            description: Run it only on instances in this role. V(Promoted) and V(Unpromoted) need a promotable clone,
              and each of them an interval of its own.
            type: str
            choices: [Started, Stopped, Promoted, Unpromoted]
          enabled:
            description: Whether it is run at all.
            type: bool
          record-pending:
            description: Whether it is recorded while it runs.
            type: bool
          instance_attributes:
            description: Parameters of the operation, such as C(OCF_CHECK_LEVEL).
            type: dict
  resources:
    description: Primitive resources, stonith devices included.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the resource.
        type: str
        required: true
      description:
        description: A remark.
        type: str
      agent:
        description: The agent as C(standard:provider:type) or C(standard:type), for instance V(ocf:heartbeat:IPaddr2),
          V(systemd:nginx) or V(stonith:fence_ipmilan). Either this or O(resources[].template).
        type: str
      template:
        description: The one of O(templates) it is made from. What it says itself comes before what its template says;
          operations of its own replace those of its template as a whole.
        type: str
      instance_attributes: *instance_attributes
      secret_attributes: *secret_attributes
      meta_attributes: *meta_attributes
      utilization: *utilization
      conditional_instance_attributes: *conditional_instance_attributes
      conditional_meta_attributes: *conditional_meta_attributes
      operations: *operations
  groups:
    description: Resources that start in this order on one node.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the group.
        type: str
        required: true
      description:
        description: A remark.
        type: str
      members:
        description:
          - Resources in the order of their start.
          - A live member that is in O(resources) and not here leaves the group. One that is listed nowhere stays,
            behind the listed ones if those have to be reordered.
        type: list
        elements: str
        required: true
      meta_attributes:
        description: Options for Pacemaker.
        type: dict
      conditional_meta_attributes: *conditional_meta_attributes
  clones:
    description:
      - Resources or groups that run on several nodes.
      - With C(promotable=true) in its C(meta_attributes) a clone is promotable, and some of its instances are in role
        C(Promoted), at most C(promoted-max) (default 1) and C(promoted-node-max) on one node (default 1). The words
        C(master-max) and C(Master) of old are refused.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the clone.
        type: str
        required: true
      description:
        description: A remark.
        type: str
      member:
        description: The resource or group that is cloned.
        type: str
        required: true
      meta_attributes:
        description: Options for Pacemaker, such as C(clone-max), C(clone-node-max) (whole numbers), C(interleave),
          C(ordered), C(notify), C(globally-unique) and C(promotable) (booleans).
        type: dict
      conditional_meta_attributes: *conditional_meta_attributes
  bundles:
    description:
      - Containers that run on several nodes, with what they need of network and storage, and optionally a resource that
        runs in each of them.
      - Pacemaker does not install the container runtime and does not fetch the image. C(rkt) of old is gone.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the bundle.
        type: str
        required: true
      description:
        description: A remark.
        type: str
      docker:
        description: The containers, run by Docker. Either this or O(bundles[].podman).
        type: dict
        suboptions: &container
          image:
            description: Name and tag of the image. With a O(bundles[].member) it has to hold Pacemaker Remote and the
              agent.
            type: str
            required: true
          replicas:
            description: How many containers there are, from 1. Without it, as many as C(promoted-max), or else 1.
            type: int
          replicas-per-host:
            description: How many may run on one node, from 1. Without it, 1.
            type: int
          promoted-max:
            description: How many of the members are in role C(Promoted), from 0. Above 0 the member is promotable.
            type: int
          run-command:
            description: What is run in the container. Without it, C(pacemaker-remoted) where there is a member.
            type: str
          network:
            description: The network setting of the container runtime, for instance V(host).
            type: str
          options:
            description: More options for the command that starts a container.
            type: str
      podman:
        description: The containers, run by Podman. Either this or O(bundles[].docker).
        type: dict
        suboptions: *container
      network:
        description: How the containers are reached.
        type: dict
        suboptions:
          ip-range-start:
            description: The address of the first container; the others have those that follow.
            type: str
          control-port:
            description: The TCP port of Pacemaker Remote in the containers, from 1 to 65535. Without it, 3121. A bundle
              with a member needs this or C(ip-range-start).
            type: int
          host-interface:
            description: The interface of the node that gets the addresses.
            type: str
          host-netmask:
            description: The length of the prefix of the addresses, in bits. Without it, 32.
            type: int
          add-host:
            description: Whether the names of the containers are in their C(/etc/hosts). By default they are.
            type: bool
      port-mappings:
        description: Ports of the addresses that are led to the containers. The list is owned as a whole.
        type: list
        elements: dict
        suboptions:
          port:
            description: The port, from 1 to 65535. Either this or C(range).
            type: int
          internal-port:
            description: The port inside the container. Without it, the same.
            type: int
          range:
            description: Several ports, which are the same inside, for instance V(8000-8010).
            type: str
      storage-mappings:
        description: Directories of the node that are seen in the containers. The list is owned as a whole.
        type: list
        elements: dict
        suboptions:
          source-dir:
            description: The directory on the node, the same for all containers. Either this or C(source-dir-root).
            type: str
          source-dir-root:
            description: The directory on the node in which every container has one of its own, named like itself.
            type: str
          target-dir:
            description: Where it is in the container.
            type: str
            required: true
          options:
            description: Options of the mount, for instance V(rw).
            type: str
      member:
        description: The resource that runs in the containers. Its agent is not looked for on the node.
        type: str
      meta_attributes:
        description: Options for Pacemaker.
        type: dict
      conditional_meta_attributes: *conditional_meta_attributes
"""
