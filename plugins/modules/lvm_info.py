#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvm_info
short_description: Tell about the volume groups and logical volumes of a node
version_added: 0.1.0
description:
  - Returns physical volumes, volume groups and logical volumes with what stands on them and what they are doing.
  - Reads C(pvs), C(vgs) and C(lvs) as JSON, C(lvmconfig), C(lsblk), C(wipefs), C(/etc/fstab) and C(/proc/self/mounts).
  - What LVM keeps in hidden volumes is shown at the volume they belong to. The type of a cached volume, for example, is
    that of the volume that is cached.
author:
  - halab.cluster contributors (@halab)
requirements:
  - lvm2 2.03 or later and util-linux 2.37 or later on the node; without lvm2 there are no volumes
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  devices:
    description: Devices to tell about in RV(devices) whether they are in use and what they hold.
    type: list
    elements: path
    default: []
seealso:
  - module: halab.cluster.lvm
  - name: lvs(8)
    description: What the values mean.
    link: https://manpages.debian.org/lvs.8
"""

EXAMPLES = r"""
- name: Look at the volumes
  halab.cluster.lvm_info:
  register: lvm

- name: Wait until the mirrors are in sync
  halab.cluster.lvm_info:
  register: lvm
  until: lvm.logical_volumes | rejectattr('sync_percent', 'in', [none, 100.0]) | length == 0
  retries: 100
  delay: 10
"""

RETURN = r"""
installed:
  description: Whether lvm2 is there.
  returned: success
  type: bool
physical_volumes:
  description: The physical volumes. One that is C(missing) is known only from the others of its group.
  returned: success
  type: list
  elements: dict
  sample:
    - {pv: /dev/vdb, device: /dev/vdb, uuid: hYBzyF-..., vg: data, size: 129761280, free: 0, device_size: 134217728,
       pe_start: 1048576, missing: false, in_use: true, duplicate: false}
volume_groups:
  description: The volume groups. Sizes are bytes.
  returned: success
  type: list
  elements: dict
  sample: [{vg: data, uuid: 2Hk6Cf-..., extent_size: 4194304, extents: 62, free_extents: 10, missing_pvs: 0}]
logical_volumes:
  description: The logical volumes, those that LVM hides in others too.
  returned: success
  type: list
  elements: dict
  contains:
    vg:
      description: Its group.
      type: str
      sample: data
    lv:
      description: Its name, without brackets.
      type: str
      sample: mail
    uuid:
      description: Its UUID.
      type: str
      sample: mG8Wf1-...
    path:
      description: The path that names it.
      type: str
      sample: /dev/data/mail
    device:
      description: The kernel's device, while it is active and not hidden.
      type: str
      sample: /dev/dm-4
    hidden:
      description: Whether LVM keeps it inside another one.
      type: bool
      sample: false
    type:
      description: linear, striped, raid1, raid5, raid6, raid10, thin-pool, thin, snapshot (with a store of its own), or
        one of LVM's other segment types. Several, with a plus, if its segments differ.
      type: str
      sample: raid1
    size:
      description: Its size in bytes.
      type: int
      sample: 104857600
    stripes:
      description: How many devices its data are spread over.
      type: int
      sample: 1
    mirrors:
      description: How many copies there are beside the first. A thin pool's are those of its data.
      type: int
      sample: 1
    stripesize:
      description: KiB of a stripe, where there are stripes.
      type: int
      sample: 64
    active:
      description: Whether it is active.
      type: bool
      sample: true
    open:
      description: Whether something has it open, for example a mount.
      type: bool
      sample: true
    health:
      description: lv_health_status of lvs(8), such as V(partial) when a device is missing; empty if it is well.
      type: str
      sample: ""
    merging:
      description: Whether a snapshot is being merged, or will be when the volume is next activated.
      type: bool
      sample: false
    origin:
      description: What a snapshot is a snapshot of.
      type: str
      sample: mail
    thinpool:
      description: The pool that a thin volume takes its space from.
      type: str
      sample: pool
    cachevol:
      description: The volume that is its cache.
      type: str
      sample: fast
    cachemode:
      description: writethrough or writeback.
      type: str
      sample: writethrough
    data_percent:
      description: How full a pool, snapshot, thin volume or cache is.
      type: float
      sample: 42.07
    metadata_percent:
      description: How full the metadata of a pool or cache are.
      type: float
      sample: 11.33
    sync_percent:
      description: How much of its copies or parity is in sync.
      type: float
      sample: 100.0
    sync_action:
      description: What RAID is doing, such as V(idle), V(recover) or V(resync).
      type: str
      sample: idle
    mismatches:
      description: What the last check of its copies has found.
      type: int
      sample: 0
    monitored:
      description: Whether dmeventd watches it. Nothing for what it would not watch.
      type: bool
      sample: true
    pvs:
      description: The devices that it stands on, by the kernel's names.
      type: list
      elements: str
      sample: [/dev/vdb, /dev/vdc]
    filesystem:
      description: Its C(fstype), and C(size) in bytes where it is ext2, ext3, ext4 or xfs. Only of active volumes.
      type: dict
      sample: {fstype: ext4, size: 104857600}
    mountpoints:
      description: Where it is mounted.
      type: list
      elements: str
      sample: [/srv/mail]
devices:
  description: What is known about the devices that O(devices) names; nothing about what is no block device.
  returned: success
  type: dict
  sample: {/dev/vdd: {device: /dev/vdd, size: 134217728, use: null, signatures: [ext4], holds: ext4 at byte 0x438}}
activation:
  description: What LVM's policies are, by their names in lvm.conf(5).
  returned: success
  type: dict
  sample: {raid_fault_policy: warn}
activation_block:
  description: The part of C(/etc/lvm/lvmlocal.conf) that M(halab.cluster.lvm) has written.
  returned: success
  type: str
fstab:
  description: The lines of C(/etc/fstab), each with the C(device) that it means.
  returned: success
  type: list
  elements: dict
  sample:
    - {src: /dev/data/mail, device: /dev/dm-4, path: /srv/mail, fstype: ext4, opts: "defaults,nofail", dump: "0",
       passno: "2"}
mounts:
  description: What is mounted, in the same form.
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._lvm_host import Host


def main():
    module = AnsibleModule(
        argument_spec=dict(devices=dict(type="list", elements="path", default=[])), supports_check_mode=True
    )
    module.exit_json(changed=False, **Host(module).look(module.params["devices"]))


if __name__ == "__main__":
    main()
