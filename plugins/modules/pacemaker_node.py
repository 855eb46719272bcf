#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pacemaker_node
short_description: Put a Pacemaker node in standby or maintenance, give it attributes, or forget it
version_added: 0.1.0
description:
  - Sets or removes permanent attributes of a node, C(standby) and C(maintenance) among them, as one patch of the
    configuration, then waits until the cluster has moved what has to move, unless O(wait=false).
  - Or makes the cluster forget a node that corosync has forgotten, with what only it needs. Its fence device, constraints
    on the node or on that device, and its fencing levels.
  - A remote node is put in standby, maintenance or attributes in the same way. It is forgotten with its connection,
    which is closed, when nothing runs on it.
  - Run it on any node of the cluster, and on another one than the one that is forgotten.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
  - halab.cluster.pacemaker
  - halab.cluster.pacemaker.settles
seealso:
  - module: halab.cluster.pacemaker_resource
options:
  name:
    description: The node's name in Pacemaker.
    type: str
    required: true
  standby:
    description: Whether the node is kept free of resources. What runs there moves away, or stops if it can run nowhere
      else, which a warning names, and which O(keep_running) refuses.
    type: bool
  maintenance:
    description: Whether Pacemaker leaves what runs on the node alone. It neither starts, nor stops, nor monitors it.
    type: bool
  attributes:
    description: Permanent attributes for rules to look at. Booleans become V(true) and V(false). C(null) removes one.
    type: dict
  state:
    description:
      - Whether the cluster knows the node. V(absent) is refused while the node is a member, or while something runs on a
        remote node. A guest node is no longer one when the resource that it runs in has no C(remote-node).
      - With V(present), at least one of O(standby), O(maintenance) and O(attributes) is required.
    type: str
    choices: [present, absent]
    default: present
  keep_running:
    description:
      - With O(standby=true), refuse to do it where a resource that runs on the node could run on no other. What would
        become of them is simulated before anything is changed.
      - Instances of clones and fence devices do not count; they may have a node that they are bound to.
    type: bool
    default: false
  wait:
    description: Whether to wait until the cluster has settled. Without it the move has only begun.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Free node1 of resources
  halab.cluster.pacemaker_node:
    name: node1
    standby: true

- name: The same, and not if something would have to stop
  halab.cluster.pacemaker_node:
    name: node1
    standby: true
    keep_running: true

- name: Forget node4, which is no longer in corosync's nodelist
  halab.cluster.pacemaker_node:
    name: node4
    state: absent

- name: Let node1 take resources again
  halab.cluster.pacemaker_node:
    name: node1
    standby: false

- name: Leave what runs on node1 alone
  halab.cluster.pacemaker_node:
    name: node1
    maintenance: true

- name: Say where node1 is, for a location with a rule
  halab.cluster.pacemaker_node:
    name: node1
    attributes: {site: hall-2, old-site: null}
"""

RETURN = r"""
before:
  description: Whether the node was in standby.
  returned: with O(state=present)
  type: bool
after:
  description: Whether the node is in standby; in check mode, whether it would be.
  returned: with O(state=present)
  type: bool
plan:
  description: The steps in the configuration, as M(halab.cluster.pacemaker_cib) has them.
  returned: with O(state=present)
  type: list
  elements: dict
transitions:
  description: What Pacemaker is predicted to do.
  returned: with O(state=present)
  type: list
  elements: str
  sample: [Move vip from node1 to node2]
now:
  description: What is true in the end or by prediction, in sentences.
  returned: with O(state=present)
  type: str
  sample: node1 is in standby. Nothing runs on it.
removed:
  description: What the configuration has lost with the node, the node itself included.
  returned: with O(state=absent)
  type: list
  elements: str
  sample: [rsc_location fence-node4-not-on-node4, primitive fence-node4, node node4]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _cib, _cib_check, _cib_view
from ansible_collections.halab.cluster.plugins.module_utils._cib_nodes import without_node
from ansible_collections.halab.cluster.plugins.module_utils._cib_operation import OF_NODES, is_true
from ansible_collections.halab.cluster.plugins.module_utils._cib_remote import remote_nodes
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_status import node_attributes

STATES = {"standby": "on", "maintenance": "true"}  # as crm_standby and crm write them


def wanted_attributes(params, live):
    """The pairs to write. What means the same already stays as it is: on, true and 1 are one."""
    wanted = dict(params["attributes"] or {})
    for state, value in STATES.items():
        if params[state] is not None and params[state] != is_true(live.get(state)):
            wanted[state] = value if params[state] else None
    return wanted


def problems(params, live):
    known = sorted(node_attributes(live))
    if params["name"] not in known:
        return ["name: the cluster has no node %s; it has %s." % (params["name"], ", ".join(known))]
    given = params["attributes"] or {}
    found = ["attributes: %s is a state of the node; allowed is the option %s." % (state, state)
             for state in STATES if state in given]
    if "terminate" in given:
        found.append("attributes: terminate has the node fenced; allowed is stonith_admin --reboot %s." % params["name"])
    return found + _cib_check.problems(live, {"nodes": [{"name": params["name"], "instance_attributes": {
        key: value for key, value in given.items() if key not in OF_NODES}}]})


def in_standby(live, name):
    return is_true(node_attributes(live)[name].get("standby"))


def told(live, resources, name):
    attributes = node_attributes(live)[name]
    states = [word for word, state in (("in standby", "standby"), ("in maintenance", "maintenance"))
              if is_true(attributes.get(state))]
    there = sorted(ident for ident, resource in resources.items() if name in resource["nodes"])
    return "%s is %s. %s" % (name, " and ".join(states) or "in service",
                             "On it: %s." % ", ".join(there) if there else "Nothing runs on it.")


def is_member(cib, name):
    """Whether the cluster sees the node, or waits for it to be fenced."""
    state = next((item for item in cib.iterfind("status/node_state") if item.get("uname") == name), None)
    return state is not None and (state.get("in_ccm", "false") not in ("false", "0")
                                  or state.get("join", "down") != "down")


def forget(module, pacemaker, name):
    """The cluster no longer knows the node, nor anything that was there for it alone."""
    cib = pacemaker.query()
    known = name in node_attributes(cib)
    kind, ident = remote_nodes(cib).get(name, ("member", None))
    if kind == "guest":
        module.fail_json(msg="name: %s is the guest of resource %s; allowed is to take remote-node from the meta_attributes "
                             "of %s, or to remove it (pacemaker_cib)." % (name, ident, ident))
    carried = sorted(ident for ident, resource in pacemaker.monitor()["resources"].items()
                     if name in resource["nodes"]) if kind == "remote" else []
    if carried:
        module.fail_json(msg="name: %s still runs %s; allowed is one that is free (standby: true). Nothing was changed."
                             % (name, ", ".join(carried)))
    if known and kind == "member" and is_member(cib, name):
        module.fail_json(msg="name: %s is still a member, or was not fenced yet, and cannot be forgotten. Stop Pacemaker and "
                             "corosync there, take it out of corosync's nodelist, and try again." % name)

    def plan(root):
        return without_node(root, name)

    gone = plan(cib)[1]
    removed = gone + (["node %s" % name] if known else [])
    result = dict(changed=bool(removed), removed=removed,
                  diff=dict(before="".join("%s\n" % line for line in removed), after="", before_header=name,
                            after_header=name))
    if not removed or module.check_mode:
        module.exit_json(**result)
    pacemaker.apply(cib, plan)
    if kind == "remote":
        # What is known of it goes after the connection is closed: before, crm_simulate of Pacemaker 3.0 aborts.
        pacemaker.wait_settled("The configuration no longer has %s" % name)
    if known:
        pacemaker.run(["crm_node", "--force", "--remove", name])
    pacemaker.wait_settled("%s is forgotten" % name)
    left = pacemaker.query()
    if name in node_attributes(left) or plan(left)[1]:
        module.fail_json(msg="The tools reported success, but the configuration still knows %s. Does corosync "
                             "(corosync-cmapctl nodelist) still know it?" % name)
    module.exit_json(**result)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            standby=dict(type="bool"),
            maintenance=dict(type="bool"),
            attributes=dict(type="dict"),
            state=dict(type="str", choices=["present", "absent"], default="present"),
            keep_running=dict(type="bool", default=False),
            timeout=dict(type="int", default=120),
            wait=dict(type="bool", default=True),
        ),
        required_if=[("state", "present", ["standby", "maintenance", "attributes"], True)],
        supports_check_mode=True,
    )
    params, name = module.params, module.params["name"]
    pacemaker = Pacemaker(module, params["timeout"])
    if params["state"] == "absent":
        forget(module, pacemaker, name)
    live = pacemaker.query()
    found = problems(params, live)
    if found:
        module.fail_json(msg=" ".join(found) + " Nothing was changed.", problems=found)

    def plan(root):
        attributes = wanted_attributes(params, node_attributes(root)[name])
        return _cib.plan(root, {"nodes": [{"name": name, "instance_attributes": attributes}]})

    status = pacemaker.monitor()
    wanted, steps = plan(live)
    shown = _cib_view.masked(steps)
    result = dict(changed=bool(steps), plan=shown, transitions=[], before=in_standby(live, name),
                  after=in_standby(wanted, name), now=told(live, status["resources"], name),
                  diff=dict(_cib_view.readable(shown), before_header="live CIB", after_header="desired CIB"))
    if not steps:
        module.exit_json(**result)
    simulation = pacemaker.simulate(wanted)
    result.update(transitions=simulation["transitions"], now=told(wanted, simulation["resources"], name))
    lost = sorted(ident for ident, resource in simulation["resources"].items() if not resource["nodes"]
                  and status["resources"].get(ident, {}).get("nodes"))
    stopped = [ident for ident in lost if not simulation["resources"][ident]["agent"].startswith("stonith:")]
    if stopped and params["standby"] and params["keep_running"]:
        module.fail_json(
            msg="name: %s cannot be freed: %s would run nowhere, since no other node may or can run it. Nothing was "
                "changed. Look at constraints, failures and nodes in standby (crm_mon --one-shot --inactive), or stop it "
                "first." % (name, ", ".join(stopped)), stopped=stopped)
    if lost:
        module.warn("Nowhere else to run after this: %s." % ", ".join(lost))
    if module.check_mode:
        module.exit_json(**result)

    pacemaker.apply(live, plan)
    if params["wait"]:
        pacemaker.wait_settled()
    live = pacemaker.query()
    left = plan(live)[1]
    if left:
        module.fail_json(msg="The patch was applied, but the attributes of %s read back differ: %s. Somebody else may be "
                             "changing them at the same time." % (name, _cib_view.summary(left)))
    result["now"] = told(live, pacemaker.monitor()["resources"], name)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
