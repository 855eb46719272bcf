#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_update
short_description: Update Debian packages, and remove none that was not named
version_added: 0.1.0
description:
  - Finishes what a dpkg that was killed has left halfway, and updates all packages or those that are named. What was
    planned is what is done, and nothing is left when it is asked again.
  - Unlike M(ansible.builtin.apt) it refuses a removal by name, shows the whole plan in check mode, and needs no
    C(python3-apt).
  - A configuration file that was changed on the host stays as it is.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
  - halab.cluster.apt
options:
  may_remove:
    description: Packages that the update may remove. Any other removal is refused before anything is done.
    type: list
    elements: str
    default: []
  only_finish:
    description: Only finish what dpkg was interrupted in.
    type: bool
    default: false
  lock_timeout:
    description: Seconds to wait for somebody else who is using apt, such as unattended-upgrades.
    type: int
    default: 300
seealso:
  - module: halab.cluster.apt_update_info
"""

EXAMPLES = r"""
- name: Update all packages
  halab.cluster.apt_update:

- name: Update two
  halab.cluster.apt_update:
    packages: [openssl, libssl3]
"""

RETURN = r"""
plan:
  description: What was done (in check mode, what would be), as module M(halab.cluster.apt_update_info) returns it.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _apt
from ansible_collections.halab.cluster.plugins.module_utils._apt_host import AptHost

NOTHING = {"updates": [], "new": [], "removes": [], "kept_back": [], "absent": []}


def refuse(module, plan):
    removed = [step["name"] for step in plan["removes"] if step["name"] not in module.params["may_remove"]]
    if removed:
        module.fail_json(
            msg="Nothing was changed: the update would remove %s; may_remove allows %s."
                % (", ".join(removed), ", ".join(module.params["may_remove"]) or "none"), plan=plan)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            packages=dict(type="list", elements="str", default=[]),
            refresh=dict(type="bool", default=True),
            may_remove=dict(type="list", elements="str", default=[]),
            only_finish=dict(type="bool", default=False),
            lock_timeout=dict(type="int", default=300),
        ),
        supports_check_mode=True,
    )
    params = module.params
    with AptHost(module, params["packages"], look=module.check_mode) as host:
        installed = host.installed()
        half = _apt.unfinished(installed)
        if params["only_finish"]:
            plan = dict(NOTHING, unfinished=half)
        else:
            host.refresh(params["refresh"])
            plan = host.plan(installed)
            refuse(module, plan)
        steps = ["%s (finished)" % name for name in half] + _apt.described(plan)
        result = dict(changed=bool(steps), plan=plan, diff=dict(
            before="", after="".join("%s\n" % step for step in steps), before_header="packages", after_header="packages"))
        if not steps or module.check_mode:
            module.exit_json(**result)
        if half:
            host.finish()
        if _apt.described(plan):
            host.update(plan, params["lock_timeout"])
        installed = host.installed()
        left = _apt.unfinished(installed)
        if not params["only_finish"]:
            left += _apt.described(host.plan(installed))
        if left:
            module.fail_json(msg="apt reported success, but this is still to be done: %s. Look at /var/log/apt/term.log."
                                 % ", ".join(left), plan=plan)
        module.exit_json(**result)


if __name__ == "__main__":
    main()
