#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pacemaker_node
short_description: Put a Pacemaker node in standby or take it back
version_added: 0.1.0
description:
  - Sets or removes the permanent C(standby) attribute of a node, then waits until the cluster has moved what has to
    move.
  - Run it on any node of the cluster.
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
    description: Whether the node is kept free of resources.
    type: bool
    required: true
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

- name: Let node1 take resources again
  halab.cluster.pacemaker_node:
    name: node1
    standby: false
"""

RETURN = r"""
before:
  description: Whether the node was in standby.
  returned: success
  type: bool
after:
  description: Whether the node is in standby; in check mode, whether it would be.
  returned: success
  type: bool
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._cib_nodes import with_standby
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_status import (
    node_attributes,
    standby,
    stopped_resources,
)


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


def main():
    module = AnsibleModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            standby=dict(type="bool", required=True),
            keep_running=dict(type="bool", default=False),
            timeout=dict(type="int", default=120),
        ),
        supports_check_mode=True,
    )
    name, wanted = module.params["name"], module.params["standby"]
    pacemaker = Pacemaker(module, module.params["timeout"])
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
