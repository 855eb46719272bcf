#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mdadm_info
short_description: Tell about the Linux software RAID arrays of a node
version_added: 0.1.0
description:
  - Returns the assembled md arrays with their members, what they are doing and how far they are, and the arrays whose
    members are there but which do not run.
  - Reads C(/proc/mdstat), C(/sys/block/*/md), C(mdadm --detail --export) and C(lsblk --json).
author:
  - halab.cluster contributors (@halab)
requirements:
  - mdadm 4.2 or later and util-linux 2.37 or later on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  name:
    description: Tell only about the array of this name.
    type: str
seealso:
  - module: halab.cluster.mdadm_array
  - name: md(4)
    description: What levels, states and the attributes in C(/sys) mean.
    link: https://manpages.debian.org/md.4
"""

EXAMPLES = r"""
- name: Look at the arrays
  halab.cluster.mdadm_info:
  register: raid

- name: Show the progress of a rebuild until it has ended
  halab.cluster.mdadm_info:
    name: data
  register: raid
  until: not raid.arrays[0].busy
  retries: 1000
  delay: 10
"""

RETURN = r"""
arrays:
  description: The assembled arrays, in the order of their devices.
  returned: success
  type: list
  elements: dict
  contains:
    device:
      description: The device that the kernel made.
      type: str
      sample: /dev/md127
    name:
      description: The array's name, without its home host.
      type: str
      sample: data
    home_host:
      description: The host that the array was made for.
      type: str
      sample: node1
    uuid:
      description: What identifies the array, as mdadm prints it.
      type: str
      sample: 3f5c5a3c:5d0c3b9e:2f6f0a1d:7c2b9b11
    level:
      description: The level, as mdadm takes it. The one that a reshape leads to.
      type: str
      sample: "5"
    raid_devices:
      description: How many active devices it has when it is whole. After the reshape, while one is under way.
      type: int
      sample: 3
    layout:
      description: The layout, as mdadm takes it. Nothing for levels that have none.
      type: str
      sample: left-symmetric
    chunk:
      description: The chunk in KiB.
      type: int
      sample: 512
    size:
      description: How many KiB of each device are used. 0 with level 0, which uses all.
      type: int
      sample: 64512
    array_size:
      description: The size of the array in KiB.
      type: int
      sample: 129024
    metadata:
      description: The version of its superblocks.
      type: str
      sample: "1.2"
    bitmap:
      description: V(internal), V(file) or V(none).
      type: str
      sample: internal
    consistency_policy:
      description:
        - C(consistency_policy) of the kernel, V(none), V(resync), V(bitmap), V(journal), V(ppl) or V(unknown). Nothing
          where the kernel does not tell.
      type: str
      sample: bitmap
    active:
      description: Whether it runs. One that misses too many members may be assembled and not run.
      type: bool
      sample: true
    state:
      description: C(array_state) of md(4), such as V(clean) or V(active).
      type: str
      sample: clean
    read_only:
      description: V(no), V(yes), or V(auto) until the first write to it.
      type: str
      sample: "no"
    degraded:
      description: How many active devices are missing.
      type: int
      sample: 0
    slots:
      description: U for each active device that is up, _ for each that is not.
      type: str
      sample: UUU
    sync_action:
      description: C(sync_action) of md(4), such as V(idle), V(recover), V(reshape) or V(check).
      type: str
      sample: idle
    operation:
      description:
        - What it is doing. C(name) is resync, recovery, reshape, check or repair, C(state) is running, delayed (by
          another array on the same disks), pending (until it is written to) or remote. While it runs also C(percent),
          C(finish_minutes) and C(speed) in KiB/s.
      type: dict
      sample:
        {name: recovery, state: running, percent: 12.6, done: 8192, total: 64512, finish_minutes: 0.1, speed: 8192}
    reshape_position:
      description: How many sectors of the array have been reshaped, while a reshape is under way or interrupted.
      type: int
      sample: 12288
    busy:
      description: Whether it is doing something or about to.
      type: bool
      sample: false
    progress:
      description: The operation as a sentence.
      type: str
      sample: recovery 12.6 %, 0.1 minutes to go at 8192 KiB/s
    members:
      description:
        - Its devices. C(role) is active, rebuilding, replacement, spare, faulty or journal; C(slot) is the number of
          its place, C(want_replacement) whether it is to be replaced. C(offset) is where its data begin, in sectors,
          and C(new_offset) where they will after a reshape.
      type: list
      elements: dict
      sample: [{device: /dev/vdb, role: active, slot: 0, want_replacement: false, offset: 2048, new_offset: 2048}]
stopped:
  description: Devices that are members of arrays which are not assembled, by the arrays' names.
  returned: success
  type: dict
  sample: {old: [/dev/vdx, /dev/vdy]}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_read
from ansible_collections.halab.cluster.plugins.module_utils._mdadm_host import Host


def main():
    module = AnsibleModule(argument_spec=dict(name=dict(type="str")), supports_check_mode=True)
    host = Host(module)
    wanted = module.params["name"]
    arrays = [_mdadm_read.described(array) for array in host.arrays() if wanted in (None, array["name"])]
    stopped = {name: devices for name, devices in _mdadm_read.stopped(host.blocks()).items() if wanted in (None, name)}
    module.exit_json(changed=False, arrays=arrays, stopped=stopped)


if __name__ == "__main__":
    main()
