#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pacemaker_cib
short_description: Bring the Pacemaker configuration to a desired state
version_added: 0.1.0
description:
  - Compares the desired configuration with the live one (the CIB) by meaning, and applies the difference as one patch.
  - The new configuration is verified and its effect simulated before anything is written. Check mode returns the same
    plan and the same predicted transitions and writes nothing.
  - The patch fails as a whole if somebody else changed the configuration in the meantime.
  - Waits until the cluster has done what follows from the change, then reads the configuration back.
  - Run it on one node of the cluster. Check mode works before the cluster exists, and then plans on an empty
    configuration.
author:
  - halab.cluster contributors (@halab)
requirements:
  - Pacemaker 2.1.5 or later on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
notes:
  - A section that is not given (for instance no O(alerts) at all) is not looked at, not even with O(purge=true).
    O(templates), O(resources), O(groups), O(clones) and O(bundles) count as one section.
  - Values are compared as text. Booleans become V(true) and V(false). An explicit C(null) removes the attribute.
  - Of one resource, all operations of a name that is listed are owned. A monitor with another interval replaces the old
    one.
  - A resource that is in another group or clone than desired is moved, not made anew.
seealso:
  - name: Pacemaker Explained
    description: What every option, rule and constraint means, in Pacemaker's own words.
    link: https://clusterlabs.org/projects/pacemaker/doc/
  - module: halab.cluster.pacemaker_node
  - module: halab.cluster.pacemaker_info
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
  constraints:
    description:
      - Location, colocation, order and ticket constraints. Which of the options belong to which type is checked.
      - A colocation with a negative score keeps resources apart.
      - Where a resource is named, a template or a tag may be named as well.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the constraint.
        type: str
        required: true
      type:
        description: What is constrained.
        type: str
        required: true
        choices: [location, colocation, order, ticket]
      rsc:
        description: The resource that is placed (location, colocation), or needs the ticket (ticket).
        type: str
      resource_sets:
        description:
          - Sets of resources, instead of one or two that are named. The list is owned as a whole; its order counts.
          - In an order, each set comes after the one before it. In a colocation, sets next to each other are placed
            together.
        type: list
        elements: dict
        suboptions:
          members:
            description: The resources of the set. All sets together have two or more.
            type: list
            elements: str
            required: true
          sequential:
            description: Whether the members depend on each other in their order (order, colocation). By default they
              do.
            type: bool
          require-all:
            description: V(false) if one member is enough for the set behind it; with C(sequential=false) only (order).
            type: bool
          action:
            description: What is ordered. Without it, V(start) (order).
            type: str
            choices: [start, stop, promote, demote]
          role:
            description: Only for instances in this role (location, colocation, ticket).
            type: str
            choices: [Started, Stopped, Promoted, Unpromoted]
          score:
            description: How strong the members of this set hold together (colocation). Without it, that of the
              constraint.
            type: str
      ticket:
        description: Name of the ticket that is needed to run (ticket). Booth or C(crm_ticket) grants it to a site.
        type: str
      loss-policy:
        description: What is done when the ticket is lost (ticket). A ticket that was never granted counts as lost, and
          with V(fence) nodes that run the resource are fenced at once. V(demote) needs a promotable clone. Without it,
          V(stop).
        type: str
        choices: [stop, demote, fence, freeze]
      rsc-pattern:
        description: The resources whose names match this regular expression, instead of one (location).
        type: str
      node:
        description: The node it is placed on (location).
        type: str
      rule:
        description:
          - The nodes it is placed on, instead of one, or when (location). As
            O(conditional_rsc_defaults[].rule), but with C(expression) and C(date_expression).
          - Beside C(boolean-op) and C(expressions) it has either C(score), or C(score-attribute), the name of a node
            attribute whose value is the score; and C(role), if it holds only for instances in this role.
          - C(#uname), C(#id), C(#kind) and C(#is_dc) are attributes that every node has.
        type: dict
      score:
        description: How strong it is. A whole number, V(INFINITY) or V(-INFINITY).
        type: str
      role:
        description: Only for instances in this role (location).
        type: str
        choices: [Started, Stopped, Promoted, Unpromoted]
      resource-discovery:
        description: Where to look whether the resource already runs (location).
        type: str
        choices: [always, never, exclusive]
      with-rsc:
        description: The resource O(constraints[].rsc) is placed with (colocation).
        type: str
      rsc-role:
        description: Role of O(constraints[].rsc) (colocation, ticket).
        type: str
        choices: [Started, Stopped, Promoted, Unpromoted]
      with-rsc-role:
        description: Role of O(constraints[].with-rsc) (colocation).
        type: str
        choices: [Started, Stopped, Promoted, Unpromoted]
      node-attribute:
        description: The resources share the value of this node attribute instead of the node (colocation).
        type: str
      influence:
        description: Whether O(constraints[].rsc) has a say where O(constraints[].with-rsc) runs (colocation).
        type: bool
      first:
        description: The resource that comes first (order).
        type: str
      then:
        description: The resource that comes after it (order).
        type: str
      first-action:
        description: What O(constraints[].first) must have done (order).
        type: str
        choices: [start, stop, promote, demote]
      then-action:
        description: What O(constraints[].then) may then do (order).
        type: str
        choices: [start, stop, promote, demote]
      kind:
        description: How strict the order is (order).
        type: str
        choices: [Mandatory, Optional, Serialize]
      symmetrical:
        description: Whether the reverse order holds for stopping (order).
        type: bool
  tags:
    description: Names for several things at once. A constraint on a tag is one on all resources that have it.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the tag.
        type: str
        required: true
      members:
        description: Ids of what has the tag, mostly resources. Live members that are not listed keep it, unless
          O(purge=true).
        type: list
        elements: str
        required: true
  fencing_levels:
    description:
      - Which fence devices are tried on a node, and in which order. The devices of one level all have to succeed; if
        one does not, the next level is tried.
      - Without any level for a node, Pacemaker asks the devices themselves which nodes they are for.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the level.
        type: str
        required: true
      index:
        description: Its number, from 1 to 9. The lowest is tried first.
        type: int
        required: true
      devices:
        description: The fence devices of the level, in the order in which they are used. The list is owned as a whole.
        type: list
        elements: str
        required: true
      target:
        description: The node it is for. Either this, O(fencing_levels[].target-pattern) or
          O(fencing_levels[].target-attribute).
        type: str
      target-pattern:
        description: A regular expression for the names of the nodes it is for.
        type: str
      target-attribute:
        description: The node attribute that the nodes it is for have in common.
        type: str
      target-value:
        description: The value of O(fencing_levels[].target-attribute).
        type: str
  nodes:
    description: What is said of nodes for good. Nodes that are not listed are left alone, even by O(purge=true).
    type: list
    elements: dict
    suboptions:
      name:
        description: The node's name in Pacemaker. The cluster must have met it.
        type: str
        required: true
      instance_attributes:
        description:
          - Permanent node attributes, for rules and agents. Those whose names begin with C(#health) count for the
            C(node-health-strategy), with V(green), V(yellow), V(red) or a score.
          - M(halab.cluster.pacemaker_node) puts nodes in standby; C(standby) is refused here. O(purge=true) leaves
            C(standby), C(maintenance) and C(terminate) alone.
        type: dict
      utilization:
        description: What the node has of each capacity, as whole numbers in units of your own.
        type: dict
  acl_roles:
    description: Roles of those who may look at the configuration or change it. They count with C(enable-acl=true), one
      of O(properties).
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the role.
        type: str
        required: true
      description:
        description: A remark.
        type: str
      permissions:
        description: What the role may do. The list is owned as a whole.
        type: list
        elements: dict
        required: true
        suboptions:
          kind:
            description: Whether it may be read, written (which is reading, too), or neither.
            type: str
            required: true
            choices: [read, write, deny]
          xpath:
            description: An XPath to what it is about, and all below that. Either this,
              O(acl_roles[].permissions[].reference) or O(acl_roles[].permissions[].object-type).
            type: str
          reference:
            description: The id of what it is about.
            type: str
          object-type:
            description: The name of the elements that it is about, for instance V(nodes).
            type: str
          attribute:
            description: Only elements of this type that have this attribute.
            type: str
          description:
            description: A remark.
            type: str
  acl_targets:
    description: Users and their roles. They need to be in the group C(haclient) of the nodes; C(root) and C(hacluster)
      may always do everything, and are refused here.
    type: list
    elements: dict
    suboptions: &holder
      id:
        description: Name of the user or group in the system.
        type: str
        required: true
      roles:
        description: Roles of O(acl_roles) or of the live configuration. Live ones that are not listed stay, unless
          O(purge=true).
        type: list
        elements: str
        required: true
  acl_groups:
    description: Groups of users and their roles.
    type: list
    elements: dict
    suboptions: *holder
  alerts:
    description: Programs that are run when something happens in the cluster.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the alert.
        type: str
        required: true
      path:
        description: The program. It must exist on every node.
        type: path
        required: true
      description:
        description: A remark.
        type: str
      instance_attributes:
        description: Environment variables for the program.
        type: dict
      meta_attributes:
        description: Options for Pacemaker, such as C(timeout).
        type: dict
      select:
        description: The kinds of event it is run for. Without it, all but attribute changes.
        type: list
        elements: str
        choices: [nodes, fencing, resources, attributes]
      recipients:
        description: Whom the program is told to inform.
        type: list
        elements: dict
        suboptions:
          id:
            description: Name of the recipient.
            type: str
            required: true
          value:
            description: What the program gets as recipient.
            type: str
            required: true
          description:
            description: A remark.
            type: str
          instance_attributes:
            description: Environment variables for the program.
            type: dict
          meta_attributes:
            description: Options for Pacemaker.
            type: dict
  purge:
    description:
      - Own the whole of every given section. What is not listed is removed, and so is every attribute and operation not
        listed of what is.
      - Never removes the cluster options Pacemaker writes itself.
      - Never removes what is set in operation and is no configuration, the cluster option C(maintenance-mode), the meta
        attributes C(is-managed), C(maintenance) and C(target-role) of resources, a node's C(standby) and
        C(maintenance), and the constraints of a move or a ban (C(cli-prefer-), C(cli-ban-)). A warning names what is
        set so. M(halab.cluster.pacemaker_resource) takes it back.
    type: bool
    default: false
  purge_stonith:
    description: Let O(purge) remove stonith devices as well. Without it they stay, and so do constraints
      and fencing levels on them alone.
    type: bool
    default: false
  require_fencing:
    description:
      - Refuse to bring in resources as long as no stonith device runs in the live cluster, or C(stonith-enabled) is
        false. A cluster that cannot fence may run a service twice.
    type: bool
    default: false
  timeout:
    description: How long to wait for a DC and until the cluster has settled, in seconds.
    type: int
    default: 120
  cib_file:
    description:
      - Work on the CIB in this file instead of the live cluster, by Pacemaker's own tools (their C(CIB_file)). To prepare
        a cluster before it starts, to change one that does not start, or to try a change on a copy.
      - It is verified and simulated as always. Nothing is waited for, no agent is looked for, and O(require_fencing)
        means nothing.
      - The digest of F(/var/lib/pacemaker/cib/cib.xml), from which Pacemaker starts, is kept right. While Pacemaker runs
        on the node, that folder is refused.
    type: path
  cib_file_create:
    description: Begin with an empty CIB where there is no O(cib_file). Without it, that is refused.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: A floating address and a web server that move together
  halab.cluster.pacemaker_cib:
    properties:
      no-quorum-policy: stop
    rsc_defaults:
      resource-stickiness: 1000
    resources:
      - id: vip
        agent: ocf:heartbeat:IPaddr2
        instance_attributes:
          ip: 198.18.0.100
          cidr_netmask: 24
        operations:
          - name: monitor
            interval: 10s
            timeout: 20s
      - id: nginx
        agent: systemd:nginx
    groups:
      - id: web
        members: [vip, nginx]
    constraints:
      - id: web-not-node3
        type: location
        rsc: web
        node: node3
        score: -INFINITY
  run_once: true

- name: Away from nodes that lack memory, and stay where you are in office hours
  halab.cluster.pacemaker_cib:
    conditional_rsc_defaults:
      - id: sticky-in-office-hours
        score: 1
        rule:
          expressions:
            - date_expression: {operation: date_spec, date_spec: {hours: 9-16, weekdays: 1-5}}
        attributes: {resource-stickiness: INFINITY}
    constraints:
      - id: web-needs-memory
        type: location
        rsc: web
        rule:
          score: -INFINITY
          boolean-op: or
          expressions:
            - expression: {attribute: free_memory, operation: not_defined}
            - expression: {attribute: free_memory, operation: lt, value: 512, type: integer}
  run_once: true

- name: A promotable clone, and the service where it is promoted
  halab.cluster.pacemaker_cib:
    resources:
      - id: disk
        agent: ocf:linbit:drbd
        instance_attributes: {drbd_resource: r0}
        operations:
          - {name: monitor, interval: 10s, role: Promoted}
          - {name: monitor, interval: 20s, role: Unpromoted}
    clones:
      - id: disk-clone
        member: disk
        meta_attributes: {promotable: true, promoted-max: 1, clone-max: 2, notify: true}
    constraints:
      - {id: web-with-disk, type: colocation, rsc: web, with-rsc: disk-clone, with-rsc-role: Promoted, score: INFINITY}
      - {id: disk-then-web, type: order, first: disk-clone, first-action: promote, then: web, then-action: start}
  run_once: true

- name: The power switch, if the management board of a node does not answer
  halab.cluster.pacemaker_cib:
    resources:
      - id: pdu
        agent: stonith:fence_apc
        instance_attributes: {ip: 198.18.0.221, username: halab, pcmk_host_map: "node1:1;node2:2"}
        secret_attributes: {password: "{{ vault_pdu_password }}"}
    fencing_levels:
      - {id: node1-bmc, target: node1, index: 1, devices: [fence-node1]}
      - {id: node1-power, target: node1, index: 2, devices: [pdu]}
  run_once: true

- name: Take a cluster option back to its default
  halab.cluster.pacemaker_cib:
    properties:
      cluster-recheck-interval: null
  run_once: true

- name: Have a configuration verified and simulated without a cluster
  halab.cluster.pacemaker_cib:
    cib_file: /root/cib.xml
    cib_file_create: true
    rsc_defaults:
      migration-threshold: 3
"""

RETURN = r"""
plan:
  description: The steps from the live to the desired configuration, values of secrets masked.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: One of V(create), V(update), V(remove).
      type: str
    kind:
      description: What the step is about, for instance V(resource).
      type: str
    id:
      description: Its name.
      type: str
    changes:
      description: Path of every value that differs, with the value before and after.
      type: dict
  sample:
    - action: update
      kind: resource
      id: vip
      changes:
        instance_attributes.ip: {before: 198.18.0.100, after: 198.18.0.101}
transitions:
  description: What Pacemaker is predicted to do when the plan is applied.
  returned: success
  type: list
  elements: str
  sample: [Start vip on node1]
cib_version:
  description: Version of the configuration (admin_epoch.epoch.num_updates) when the module ended.
  returned: success
  type: str
  sample: 0.12.3
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import (
    _cib, _cib_check, _cib_operation, _cib_view, _pacemaker_file)
from ansible_collections.halab.cluster.plugins.module_utils._cib_spec import sections
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_status import cib_version


def argument_spec():
    return dict(
        sections(),
        purge=dict(type="bool", default=False),
        purge_stonith=dict(type="bool", default=False),
        require_fencing=dict(type="bool", default=False),
        timeout=dict(type="int", default=120),
        cib_file=dict(type="path"),
        cib_file_create=dict(type="bool", default=False),
    )


def check_agents(module, pacemaker, steps, wanted):
    found = []
    for agent, where in _cib.new_agents(steps, wanted).items():
        problem = pacemaker.agent_problem(agent)
        if problem:
            found.append("%s: %s" % (where, problem))
    if found:
        module.fail_json(msg=" ".join(found) + " Nothing was applied.")


def fencing_problem(pacemaker, wanted):
    """Why this configuration must not run, or None. Devices that are about to start get their time: a run that was
    interrupted may have left them so.
    """
    problem = _cib_check.fencing_problem(wanted, pacemaker.monitor())
    if problem is None:
        return None
    pacemaker.wait_settled("Nothing was applied: fencing comes first")
    return _cib_check.fencing_problem(wanted, pacemaker.monitor())


def main():
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    params = module.params
    if params["cib_file_create"] and not params["cib_file"]:
        module.fail_json(msg="cib_file_create: there is no cib_file that it could be said of.")
    desired = {name: params[name] for name in sections()}
    pacemaker = Pacemaker(module, params["timeout"], params["cib_file"])
    unborn = missing = False
    if params["cib_file"]:
        live, missing = _pacemaker_file.read_to_write(pacemaker, params["cib_file_create"])
    else:
        # Check mode may come before the first run has installed anything: the plan is then made on nothing.
        unborn = module.check_mode and not pacemaker.runs()
        live = _cib.empty() if unborn else pacemaker.query()

    found = _cib_check.problems(live, desired, params["purge"], params["purge_stonith"])
    if found:
        module.fail_json(msg=" ".join(found) + " Nothing was applied.", problems=found)
    for node, known in _cib_check.unknown_nodes(live, desired).items():
        module.warn("A constraint or a fencing level names node %s, which the cluster has not met; it knows %s."
                    % (node, ", ".join(known) or "none"))

    def plan(root):
        return _cib.plan(root, desired, params["purge"], params["purge_stonith"])

    wanted, steps = plan(live)
    kept = _cib_operation.set_in_operation(wanted, desired)
    if kept:
        module.warn("Set in operation, and kept: %s. The modules pacemaker_cib (maintenance-mode) and "
                    "pacemaker_resource take it back." % "; ".join(kept))
    shown = _cib_view.masked(steps, _cib.secret_names(desired))
    diff = dict(_cib_view.readable(shown), before_header=pacemaker.cib_file or "live CIB", after_header="desired CIB")
    if missing:
        diff["after"] = "a new file\n" + diff["after"]
    result = dict(changed=bool(steps) or missing, plan=shown, transitions=[], cib_version=cib_version(live), diff=diff)
    if unborn:
        module.warn("Pacemaker does not run on this node yet: planned on an empty configuration, and nothing simulated.")
    if unborn or not result["changed"]:
        module.exit_json(**result)

    if not params["cib_file"]:
        check_agents(module, pacemaker, steps, wanted)
        problem = fencing_problem(pacemaker, wanted) if params["require_fencing"] else None
        if problem:
            module.fail_json(msg=problem + " Nothing was applied.")
    known = pacemaker.verify(wanted, live)
    if known:
        module.warn("crm_verify has complaints that this change does not settle: %s" % "; ".join(known))
    result["transitions"] = pacemaker.simulate(wanted)["transitions"]
    if module.check_mode:
        module.exit_json(**result)

    if missing:
        _pacemaker_file.make(pacemaker, live)
    before = None if params["cib_file"] else pacemaker.monitor()
    if steps:
        pacemaker.apply(live, plan)
    if not params["cib_file"]:
        pacemaker.wait_settled()
        pacemaker.check_started(before)
    live = pacemaker.query()
    dummy, left = plan(live)
    if left:
        module.fail_json(msg="The patch was applied, but the configuration read back still differs: %s. Somebody else "
                             "may be changing it at the same time." % _cib_view.summary(left),
                         plan=_cib_view.masked(left, _cib.secret_names(desired)))
    result["cib_version"] = cib_version(live)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
