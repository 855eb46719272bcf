#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: booth_info
short_description: Tell which site has which ticket
version_added: 0.1.0
description:
  - Asks every site and arbitrator of a C(booth.conf) by C(booth list) which tickets it knows, and puts the answers together.
  - Run it on a host that has this file and its key, such as a node of a site or an arbitrator.
author:
  - halab.cluster contributors (@halab)
requirements:
  - booth 1.0 or later on the host
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
notes:
  - A member that cannot be reached costs up to ten seconds; one whose daemon does not run costs none.
seealso:
  - module: halab.cluster.booth_ticket
options:
  config:
    description: The name of the configuration, that of F(/etc/booth/NAME.conf), or an absolute path.
    type: str
    default: booth
"""

EXAMPLES = r"""
- name: See who has the tickets
  halab.cluster.booth_info:
  register: geo
  become: true

- name: Show who has one of them
  ansible.builtin.debug:
    msg: "{{ geo.tickets.web.leader | default('nobody', true) }}"
"""

RETURN = r"""
members:
  description: What each member says, by its address.
  returned: success
  type: dict
  contains:
    type:
      description: Either V(site) or V(arbitrator).
      type: str
    answers:
      description: Whether it answers.
      type: bool
    trouble:
      description: What C(booth) says of one that does not.
      type: str
    tickets:
      description:
        - The tickets that it knows, none if it does not answer. Each has C(leader) (none where nobody has it),
          C(expires) as C(booth) prints it, C(pending) (its cluster is yet to be told), C(manual) and C(granted_to).
      type: dict
  sample:
    198.18.0.101:
      type: site
      answers: true
      trouble: null
      tickets:
        web: {leader: 198.18.0.101, expires: "2026-11-27 23:27:32", pending: false, manual: false, granted_to: [198.18.0.101]}
tickets:
  description: What follows of that, by the name of the ticket.
  returned: success
  type: dict
  contains:
    leader:
      description:
        - The site that has it. One that does not answer has it as long as others believe so, until its lease ends.
      type: str
    holders:
      description: The sites that say of themselves that they have it. More than one may only be there of a manual ticket.
      type: list
      elements: str
    agreed:
      description: Whether all members that answer say the same.
      type: bool
    manual:
      description: Whether only an administrator moves it.
      type: bool
    pending:
      description: Whether the cluster of its holder is yet to be told, because C(acquire-after) has to pass.
      type: bool
    expires:
      description: When the lease ends, as C(booth) prints it. It is renewed long before.
      type: str
  sample:
    web:
      leader: 198.18.0.101
      holders: [198.18.0.101]
      agreed: true
      manual: false
      pending: false
      expires: "2026-11-27 23:27:32"
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._booth_host import Booth


def main():
    module = AnsibleModule(argument_spec=dict(config=dict(type="str", default="booth")), supports_check_mode=True)
    booth = Booth(module, module.params["config"])
    module.exit_json(changed=False, **booth.look())


if __name__ == "__main__":
    main()
