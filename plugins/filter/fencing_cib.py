# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fencing_cib
author: halab.cluster contributors (@halab)
version_added: 0.1.0
short_description: Fence devices as the cluster's configuration sees them
description:
  - Turns C(fencing_devices) into stonith resources, the constraints that keep each device off the node it fences, and
    the fencing levels of nodes whose devices have one.
  - A device that takes a disk away (C(fence_scsi), C(fence_mpath)) provides unfencing, and may run on its node, which has to
    give the disk back to itself. These and C(fence_kdump) have off for a reboot.
positional: interval
options:
  _input:
    description: Dictionaries with C(id), C(agent), C(target), C(level), C(instance_attributes), C(secret_attributes) and
      C(meta_attributes).
    type: list
    elements: dict
    required: true
  interval:
    description: Seconds between two monitor operations of a device.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: The stonith resources of the inventory's devices
  ansible.builtin.debug:
    msg: "{{ (fencing_devices | halab.cluster.fencing_cib(60)).resources | map(attribute='id') }}"
"""

RETURN = r"""
_value:
  description: C(resources), C(constraints) and C(fencing_levels), as M(halab.cluster.pacemaker_cib) takes them.
  type: dict
"""


from ansible_collections.halab.cluster.plugins.module_utils._fence_agent import fencing_packages

# Agents that take a disk away from a node, and leave its power alone: it gets the disk back by "on", which the node itself
# does, and Pacemaker before it lets anything run there.
UNFENCING = ("fence_mpath", "fence_scsi")
# They and fence_kdump know no reboot.
WITHOUT_REBOOT = (*UNFENCING, "fence_kdump")


def fencing_cib(devices, interval):
    resources = []
    constraints = []
    for device in devices:
        unfencing = device["agent"] in UNFENCING
        attributes = {"pcmk_reboot_action": "off"} if device["agent"] in WITHOUT_REBOOT else {}
        meta = {**({"provides": "unfencing"} if unfencing else {}), **device.get("meta_attributes", {})}
        resources.append({
            "id": device["id"],
            "agent": "stonith:" + device["agent"],
            "instance_attributes": {
                **attributes, **device.get("instance_attributes", {}), "pcmk_host_list": device["target"]},
            "secret_attributes": device.get("secret_attributes", {}),
            "operations": [{"name": "monitor", "interval": f"{interval}s"}],
            **({"meta_attributes": meta} if meta else {}),
        })
        # Where a device may not run, the node's own fencer does not know it.
        if unfencing:
            continue
        # A node that is to be fenced cannot be asked to press its own button.
        constraints.append({
            "id": f"{device['id']}-not-on-{device['target']}",
            "type": "location",
            "rsc": device["id"],
            "node": device["target"],
            "score": "-INFINITY",
        })
    return {"resources": resources, "constraints": constraints, "fencing_levels": fencing_levels(devices)}


def fencing_levels(devices):
    """One level for each number that a node's devices have. A single device needs none."""
    targets = [device["target"] for device in devices]
    levels = {}
    for device in devices:
        if "level" in device and targets.count(device["target"]) > 1:
            levels.setdefault((device["target"], int(device["level"])), []).append(device["id"])
    return [{"id": f"fencing-{target}-{index}", "target": target, "index": index, "devices": names}
            for (target, index), names in sorted(levels.items())]


class FilterModule:
    def filters(self):
        return {"fencing_cib": fencing_cib, "fencing_packages": fencing_packages}
