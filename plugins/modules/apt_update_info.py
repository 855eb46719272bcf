#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_update_info
short_description: Tell what an update of Debian packages would do, and whether a reboot is due
version_added: 0.1.0
description:
  - Returns what C(apt-get --simulate) says, and what asks for a reboot, now and after the update.
  - Asks the sources anew without writing where apt keeps what it knows of them; C(apt-get) goes by its old lists until
    it updates them itself.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
  - halab.cluster.apt
options:
  stopped_units:
    description:
      - Units that do not run while the packages are updated. They are started with what is new, so what they run now is
        no reason for a reboot.
    type: list
    elements: str
    default: []
seealso:
  - module: halab.cluster.apt_update
  - module: ansible.builtin.apt
"""

EXAMPLES = r"""
- name: See what would be updated
  halab.cluster.apt_update_info:
  register: look

- name: Show whether the node has to be rebooted
  ansible.builtin.debug:
    msg: "{{ look.reboot.now + look.reboot.after }}"
"""

RETURN = r"""
plan:
  description: What apt would do.
  returned: success
  type: dict
  contains:
    updates:
      description: Each package that would be updated, with C(name), C(from), C(to) and its C(source) package.
      type: list
      elements: dict
      sample: [{name: libssl3, from: 3.0.15-1~deb12u1, to: 3.0.16-1~deb12u1, source: openssl}]
    new:
      description: Each package that would come along, with C(name) and C(to).
      type: list
      elements: dict
    removes:
      description: Each package that would be removed, with C(name), C(from) and its C(source) package.
      type: list
      elements: dict
    kept_back:
      description: Packages for which there is a newer version that apt does not install.
      type: list
      elements: str
    unfinished:
      description: Packages that dpkg has begun with and not finished, since it was killed.
      type: list
      elements: str
    absent:
      description: Those of O(packages) that are not installed.
      type: list
      elements: str
reboot:
  description:
    - Sentences about what asks for a reboot. C(now), as it is. C(after), what would in addition, if the update were made.
    - Asked for by F(/run/reboot-required), by a kernel of Debian's that is older than one of the same flavour that is
      installed, and by code that a process runs and that was replaced, or would be.
    - Sessions of users, containers and O(stopped_units) do not count. A program that would be replaced does not count
      before, since its package restarts it, and counts afterwards if it was not restarted.
  returned: success
  type: dict
  sample:
    now: []
    after: ["/usr/lib/x86_64-linux-gnu/libssl.so.3 is in use by sshd, and is replaced"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._apt_host import AptHost, reboot_reasons


def main():
    module = AnsibleModule(
        argument_spec=dict(
            packages=dict(type="list", elements="str", default=[]),
            refresh=dict(type="bool", default=True),
            stopped_units=dict(type="list", elements="str", default=[]),
        ),
        supports_check_mode=True,
    )
    with AptHost(module, module.params["packages"], look=True) as host:
        host.refresh(module.params["refresh"])
        installed = host.installed()
        plan = host.plan(installed)
        module.exit_json(changed=False, plan=plan,
                         reboot=reboot_reasons(host, installed, plan, module.params["stopped_units"]))


if __name__ == "__main__":
    main()
