# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fencing_devices
author: halab.cluster contributors (@halab)
version_added: 0.1.0
short_description: The fence devices of a cluster, from each host's own fencing_device
description:
  - Makes the list C(fencing_devices) out of the variable C(fencing_device) of every host, so that an inventory says
    once how a node is switched off.
  - A host that can be switched off in several ways has a list of them there, each with its C(level).
  - A host in group C(removed) is in no cluster, and gets no device.
positional: hostvars
options:
  _input:
    description: Names of the hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's C(hostvars). A host without C(fencing_device) gets no device.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: One device per node, named fence-<node>; of several, the second one is named fence-<node>-2
  ansible.builtin.debug:
    msg: "{{ groups['cluster'] | halab.cluster.fencing_devices(hostvars) | map(attribute='id') }}"
"""

RETURN = r"""
_value:
  description: The host's dictionaries, each with C(id) and C(target) unless it named its own.
  type: list
  elements: dict
"""

from ansible_collections.halab.cluster.plugins.module_utils._problems_corosync import REMOVED


def fencing_devices(hosts, hostvars):
    devices = []
    for host in hosts:
        variables = hostvars[host]
        if REMOVED in variables.get("group_names", []):
            continue
        found = variables.get("fencing_device") or []
        for number, device in enumerate(found if isinstance(found, list) else [found], start=1):
            name = f"fence-{host}" if number == 1 else f"fence-{host}-{number}"
            devices.append({"id": name, "target": host, **device})
    return devices


class FilterModule:
    def filters(self):
        return {"fencing_devices": fencing_devices}
