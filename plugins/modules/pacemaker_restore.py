#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pacemaker_restore
short_description: Bring a whole configuration back into a Pacemaker cluster
version_added: 0.1.0
description:
  - Puts the configuration of a CIB that was read before in the place of the live one, whole, what operation has set
    included (standby, maintenance, stopped resources, bans). What is not in it is removed. A cluster that has a resource
    which is not in it is refused, since it lives.
  - Meant for a cluster that was just made anew. To change a configuration use M(halab.cluster.pacemaker_cib).
  - The status stays the live one, and so do the options that Pacemaker writes itself, such as C(dc-version).
  - Verified, simulated, and applied as one patch that fails if somebody else was quicker; then it waits until the
    cluster has settled.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
  - halab.cluster.pacemaker
  - halab.cluster.pacemaker.settles
options:
  cib:
    description: The CIB, as C(cibadmin --query) has written it. It may hold secrets.
    type: str
    required: true
seealso:
  - module: halab.cluster.pacemaker_cib
  - module: halab.cluster.pacemaker_info
"""

EXAMPLES = r"""
- name: Bring the configuration back
  halab.cluster.pacemaker_restore:
    cib: "{{ lookup('ansible.builtin.unvault', '/root/cib.vault') }}"
  run_once: true
"""

RETURN = r"""
plan:
  description: The steps from the live to the desired configuration, as M(halab.cluster.pacemaker_cib) has them.
  returned: success
  type: list
  elements: dict
transitions:
  description: What Pacemaker is predicted to do.
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

import xml.etree.ElementTree as ET

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _cib, _cib_restore, _cib_view, _cib_xml
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_status import cib_version


def given(module):
    try:
        root = _cib_xml.parse(module.params["cib"])
    except ET.ParseError as error:
        module.fail_json(msg="cib is no XML: %s. Nothing was changed." % error)
    if root.tag != "cib" or root.find("configuration/crm_config") is None:
        module.fail_json(msg="cib is <%s>; allowed is <cib> with a <configuration>, as cibadmin --query writes it. Nothing "
                             "was changed." % root.tag)
    return root


def check(module, pacemaker, live, backup, steps, wanted):
    """Refuse what cannot be applied."""
    found = _cib_restore.problems(live, backup)
    for agent, where in _cib.new_agents(steps, wanted).items():
        problem = pacemaker.agent_problem(agent)
        if problem:
            found.append("%s: %s" % (where, problem))
    if found:
        module.fail_json(msg=" ".join(found) + " Nothing was changed.", problems=found)
    for complaint in pacemaker.verify(wanted, live):
        module.warn("crm_verify: %s" % complaint)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            cib=dict(type="str", required=True, no_log=True),
            timeout=dict(type="int", default=120),
        ),
        supports_check_mode=True,
    )
    backup = given(module)
    pacemaker = Pacemaker(module, module.params["timeout"])
    # Check mode may come before anything is installed: the plan is then made on nothing.
    unborn = module.check_mode and not pacemaker.runs()
    live = _cib.empty() if unborn else pacemaker.query()

    def plan(root):
        return _cib_restore.plan(root, backup)

    wanted, steps = plan(live)
    shown = _cib_view.masked(steps)
    result = dict(changed=bool(steps), plan=shown, transitions=[], cib_version=cib_version(live),
                  diff=dict(_cib_view.readable(shown), before_header="live CIB", after_header="CIB of the backup"))
    if unborn:
        module.warn("Pacemaker does not run on this node yet: planned on an empty configuration, and nothing simulated.")
    if unborn or not steps:
        module.exit_json(**result)
    check(module, pacemaker, live, backup, steps, wanted)
    result["transitions"] = pacemaker.simulate(wanted)["transitions"]
    if module.check_mode:
        module.exit_json(**result)

    before = pacemaker.monitor()
    pacemaker.apply(live, plan)
    pacemaker.wait_settled()
    pacemaker.check_started(before)
    live = pacemaker.query()
    left = plan(live)[1]
    if left:
        module.fail_json(msg="The patch was applied, but the configuration read back still differs: %s. Somebody else may "
                             "be changing it at the same time." % _cib_view.summary(left))
    result["cib_version"] = cib_version(live)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
