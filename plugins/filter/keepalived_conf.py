# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: keepalived_conf
author: halab.cluster contributors (@halab)
version_added: 0.1.0
short_description: The keepalived.conf of one host
description:
  - Writes the variables of role P(halab.cluster.keepalived#role) as C(keepalived.conf(5)).
  - A key is the keyword. V(true) is the keyword alone; V(false) leaves it out, or says V(no) where keepalived takes a
    boolean; text or a number is its argument; a dictionary is a block; a list is the keyword once for each, or a block
    with a line for each, such as C(virtual_ipaddress).
positional: host, hosts, hostvars
options:
  _input:
    description: The variables by their names.
    type: dict
    required: true
  host:
    description: Name of the host.
    type: string
    required: true
  hosts:
    description: Names of the hosts that share the instances. Their C(unicast_src_ip) become its C(unicast_peer).
    type: list
    elements: string
    required: true
  hostvars:
    description: The variables of all hosts.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what would be written
  ansible.builtin.debug:
    msg: "{{ my_variables | halab.cluster.keepalived_conf(inventory_hostname, groups['balancers'], hostvars) }}"
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: string
"""

from ansible_collections.halab.cluster.plugins.module_utils._keepalived_conf import (
    keepalived_conf,
    keepalived_files,
    keepalived_second_opinions,
)
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_foreign import keepalived_routers
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_lvs import keepalived_lvs


class FilterModule:
    def filters(self):
        return {
            "keepalived_conf": keepalived_conf,
            "keepalived_files": keepalived_files,
            "keepalived_lvs": keepalived_lvs,
            "keepalived_routers": keepalived_routers,
            "keepalived_second_opinions": keepalived_second_opinions,
        }
