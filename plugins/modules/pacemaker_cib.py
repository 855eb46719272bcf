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
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
  - halab.cluster.pacemaker
  - halab.cluster.pacemaker.settles
  - halab.cluster.cib_resources
  - halab.cluster.cib_constraints
  - halab.cluster.cib_nodes
  - halab.cluster.cib_acls
  - halab.cluster.cib_alerts
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
      - With sbd on the nodes and C(stonith-watchdog-timeout) in the configuration, it can, without a device.
    type: bool
    default: false
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
