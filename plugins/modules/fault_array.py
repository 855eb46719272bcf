#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_array
short_description: Have members of a software RAID fail
version_added: 0.1.0
description:
  - Marks active members of an md array as failed (C(mdadm --fail)), which is what the kernel does when a write to a
    disk ends with an error.
  - Refuses what would cost the array its data. That is no drill.
author:
  - halab.cluster contributors (@halab)
options:
  name:
    description: The array's name.
    type: str
    required: true
  count:
    description: How many members fail, at once. Those with the highest places.
    type: int
    default: 1
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_module
attributes:
  idempotent:
    details:
      - A second run has further members fail.
seealso:
  - module: halab.cluster.mdadm_array
  - name: mdadm(8)
    description: What C(--fail) does.
    link: https://manpages.debian.org/mdadm.8
"""

EXAMPLES = r"""
- name: Have one member of the mirror fail
  halab.cluster.fault_array:
    name: mirror
"""

RETURN = r"""
at:
  description: When it happened, in seconds since the epoch.
  returned: success
  type: float
  sample: 1795340000.123
devices:
  description: The members that failed.
  returned: success
  type: list
  elements: str
  sample: [/dev/sdb]
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_wanted
from ansible_collections.halab.cluster.plugins.module_utils._mdadm_host import Host


def victims(array, count):
    """The members that are to fail, or a sentence that says why none does."""
    active = sorted((member for member in array["members"] if member["role"] == "active"),
                    key=lambda member: member["slot"], reverse=True)
    spare = _mdadm_wanted.redundancy(array["level"], array["raid_devices"], array["layout"]) - array["degraded"]
    if count < 1:
        return [], "count is %d; allowed is 1 or more." % count
    if count > spare:
        return [], "count is %d; %s (level %s, %d of %d members missing) can lose %d without losing its data." % (
            count, array["name"], array["level"], array["degraded"], array["raid_devices"], max(spare, 0))
    return [member["device"] for member in active[:count]], None


def main():
    module = AnsibleModule(
        argument_spec={"name": {"type": "str", "required": True}, "count": {"type": "int", "default": 1}},
        supports_check_mode=True,
    )
    host, name = Host(module), module.params["name"]
    arrays = {array["name"]: array for array in host.arrays()}
    if name not in arrays:
        module.fail_json(msg="There is no array %s on this host; there are: %s." % (name, ", ".join(arrays) or "none"))
    devices, refusal = victims(arrays[name], module.params["count"])
    if refusal:
        module.fail_json(msg=refusal)
    at = time.time()
    if not module.check_mode:
        host.must(["mdadm", arrays[name]["device"], "--fail"] + devices, "The kernel's log (dmesg) may tell more.")
    module.exit_json(changed=True, at=at, devices=devices)


if __name__ == "__main__":
    main()
