# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: node_health_files
author: halab.cluster contributors (@halab)
version_added: 0.1.0
short_description: Files of services that are watched over, and of UPSs that only pretend
description:
  - Turns C(node_health_services) into drop-ins of systemd, which also call for the alert when a service has failed, and
    what a UPS with NUT's driver C(dummy-ups) says into the file that the driver reads.
positional: ups
options:
  _input:
    description: Dictionaries with C(name), C(alert) and directives of systemd.
    type: list
    elements: dict
    required: true
  ups:
    description: Dictionaries with C(port) and C(dummy); those without C(dummy) are left out.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show the drop-in of a service
  ansible.builtin.debug:
    msg: "{{ ([{'name': 'nginx', 'Restart': 'on-failure'}] | halab.cluster.node_health_files).dropins[0].content }}"
"""

RETURN = r"""
_value:
  description: C(dropins) and C(dummies), as M(halab.cluster.daemon) takes them, and C(states), the alert of each unit.
  type: dict
"""

from ansible_collections.halab.cluster.plugins.module_utils._node_health_files import node_health_files


class FilterModule:
    def filters(self):
        return {"node_health_files": node_health_files}
