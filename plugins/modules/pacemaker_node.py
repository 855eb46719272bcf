#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pacemaker_node
short_description: Put a Pacemaker node in standby, take it back, or forget it
version_added: 0.1.0
description:
  - Sets or removes the permanent C(standby) attribute of a node, then waits until the cluster has moved what has to
    move.
  - Or makes the cluster forget a node that corosync has forgotten, with what only it needs. Its fence device, constraints
    on the node or on that device, and its fencing levels.
  - Run it on any node of the cluster, and on another one than the one that is forgotten.
author:
  - halab.cluster contributors (@halab)
requirements:
  - Pacemaker 2.1.5 or later on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
options:
  name:
    description: The node's name in Pacemaker.
    type: str
    required: true
  standby:
    description: Whether the node is kept free of resources. Required with O(state=present).
    type: bool
  state:
    description: Whether the cluster knows the node. V(absent) is refused while the node is a member.
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
  timeout:
    description: How long to wait for a DC and until the cluster has settled, in seconds.
    type: int
    default: 120
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
removed:
  description: What the configuration has lost with the node, the node itself included.
  returned: with O(state=absent)
  type: list
  elements: str
  sample: [rsc_location fence-node4-not-on-node4, primitive fence-node4, node node4]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._cib import next_version
from ansible_collections.halab.cluster.plugins.module_utils._cib_nodes import with_standby, without_node
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_status import (
    node_attributes,
    standby,
    stopped_resources,
)

ATTEMPTS = 3


def refuse_to_stop_any(module, pacemaker, cib, name):
    """Fails if a resource would run nowhere while the node is in standby."""
    path = pacemaker.write_temporary(with_standby(cib, name))
    dummy, out, dummy = pacemaker.run(["crm_simulate", "--xml-file", path, "--simulate", "--output-as=xml"])
    left = stopped_resources(out)
    if left:
        module.fail_json(
            msg="name: %s cannot be freed: %s would run nowhere, since no other node may or can run it. Nothing was "
                "changed. Look at constraints, failures and nodes in standby (crm_mon --one-shot --inactive), or stop it "
                "first." % (name, ", ".join(left)), stopped=left)


def is_member(cib, name):
    """Whether the cluster sees the node, or waits for it to be fenced."""
    state = next((item for item in cib.iterfind("status/node_state") if item.get("uname") == name), None)
    return state is not None and (state.get("in_ccm", "false") not in ("false", "0")
                                  or state.get("join", "down") != "down")


def take_out(module, pacemaker, name, cib):
    """One patch. What changes in between, mostly the status, is looked at anew."""
    for dummy in range(ATTEMPTS):
        wanted, gone = without_node(cib, name)
        if not gone:
            return
        patch = pacemaker.make_patch(pacemaker.write_temporary(cib), pacemaker.write_temporary(next_version(wanted)))
        if pacemaker.apply_patch(patch):
            return
        cib = pacemaker.query()
    module.fail_json(msg="The cluster changed during each of %d attempts to take %s out of the configuration; nothing was "
                         "applied. Run again when it is quieter." % (ATTEMPTS, name))


def forget(module, pacemaker, name):
    """The cluster no longer knows the node, nor anything that was there for it alone."""
    cib = pacemaker.query()
    known = name in node_attributes(cib)
    if known and is_member(cib, name):
        module.fail_json(msg="name: %s is still a member, or was not fenced yet, and cannot be forgotten. Stop Pacemaker and "
                             "corosync there, take it out of corosync's nodelist, and try again." % name)
    dummy, gone = without_node(cib, name)
    removed = gone + (["node %s" % name] if known else [])
    result = dict(changed=bool(removed), removed=removed,
                  diff=dict(before="".join("%s\n" % line for line in removed), after="", before_header=name,
                            after_header=name))
    if not removed or module.check_mode:
        module.exit_json(**result)
    take_out(module, pacemaker, name, cib)
    if known:
        pacemaker.run(["crm_node", "--force", "--remove", name])
    pacemaker.wait_settled("%s is forgotten" % name)
    left = pacemaker.query()
    if name in node_attributes(left) or without_node(left, name)[1]:
        module.fail_json(msg="The tools reported success, but the configuration still knows %s. Does corosync "
                             "(corosync-cmapctl nodelist) still know it?" % name)
    module.exit_json(**result)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            standby=dict(type="bool"),
            state=dict(type="str", choices=["present", "absent"], default="present"),
            keep_running=dict(type="bool", default=False),
            timeout=dict(type="int", default=120),
        ),
        required_if=[("state", "present", ["standby"])],
        supports_check_mode=True,
    )
    name, wanted = module.params["name"], module.params["standby"]
    pacemaker = Pacemaker(module, module.params["timeout"])
    if module.params["state"] == "absent":
        forget(module, pacemaker, name)
    cib = pacemaker.query()
    known = sorted(node_attributes(cib))
    if name not in known:
        module.fail_json(msg="name: the cluster has no node %s; it has %s." % (name, ", ".join(known)))

    before = standby(cib, name)
    result = dict(changed=before != wanted, before=before, after=wanted,
                  diff=dict(before="standby: %s\n" % str(before).lower(), after="standby: %s\n" % str(wanted).lower(),
                            before_header=name, after_header=name))
    if result["changed"] and wanted and module.params["keep_running"]:
        refuse_to_stop_any(module, pacemaker, cib, name)
    if not result["changed"] or module.check_mode:
        module.exit_json(**result)

    change = ["--update", "on"] if wanted else ["--delete"]
    pacemaker.run(["crm_attribute", "--node", name, "--name", "standby", "--lifetime", "forever"] + change)
    pacemaker.wait_settled()
    if standby(pacemaker.query(), name) != wanted:
        module.fail_json(msg="crm_attribute reported success, but the standby attribute of %s reads back as %s. "
                             "Somebody else may be changing it at the same time." % (name, str(not wanted).lower()))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
