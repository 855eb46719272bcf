# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: lab_machines
author: halab.cluster contributors (@halab)
version_added: 0.1.0
short_description: The machines of a lab, with all that the inventory leaves open
description:
  - Adds to each host's cards and disks what role P(halab.cluster.lab#role) makes up for them, such as the cards' own
    addresses, the names of cables on the bridge and the ports of cables between two VMs. It is the same in every run.
positional: hostvars, lab
options:
  _input:
    description: Names of the hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's C(hostvars).
    type: dict
    required: true
  lab:
    description: The role's variables by their names, for all hosts that have none of their own.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: The cards' own addresses
  ansible.builtin.debug:
    msg: "{{ machines.node1.interfaces | map(attribute='mac') }}"
  vars:
    machines: "{{ groups['cluster'] | halab.cluster.lab_machines(hostvars, my_variables) }}"
"""

RETURN = r"""
_value:
  description: The machines by their hosts' names.
  type: dict
"""

from ansible_collections.halab.cluster.plugins.module_utils._lab_machines import lab_machines


class FilterModule:
    def filters(self):
        return {"lab_machines": lab_machines}
