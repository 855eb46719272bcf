# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The plugin of the same name in plugins/action does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: lvm
short_description: Keep volume groups, logical volumes, their file systems and mounts
version_added: 0.1.0
description:
  - Looks at a node once, plans everything, refuses what cannot be done before anything is touched, and then does what
    differs. M(community.general.lvg), M(community.general.lvol), M(community.general.filesystem) and
    M(ansible.posix.mount) take the steps, and LVM's own commands those that they lack - changes of type, caches,
    merges, repairs.
  - Nothing is removed because it is not named here. A volume group that has more devices than are named keeps them.
  - A device that holds any signature is never taken, and no volume is removed or made smaller, unless O(may_lose_data)
    names that very device or volume.
  - In the sentences of a refusal the options are called C(lvm_volume_groups) and so on, as the variables of role
    P(halab.cluster.lvm#role).
author:
  - halab.cluster contributors (@halab)
requirements:
  - lvm2 2.03.16 or later on the node, thin-provisioning-tools for thin pools and caches, xfsprogs for xfs
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
attributes:
  check_mode:
    details:
      - Works on a node that has nothing yet, where the modules that take the steps could not tell anything.
      - What follows after a volume was activated is known only then, and therefore not predicted.
options:
  volume_groups:
    description:
      - Volume groups, in the words of M(community.general.lvg).
    type: list
    elements: dict
    default: []
    suboptions:
      vg:
        description: Its name.
        type: str
        required: true
      pvs:
        description: Its devices. They become physical volumes and members of the group; none is taken out.
        type: list
        elements: str
      pesize:
        description: Size of an extent, as vgcreate(8) takes it. That of a group that is there is not changed.
        type: str
      pv_options:
        description: More options for pvcreate(8).
        type: str
      vg_options:
        description: More options for vgcreate(8).
        type: str
      pvresize:
        description: Whether to use what a device has become larger by.
        type: bool
        default: false
      state:
        description: V(absent) removes a group whose volumes are absent. Its devices stay physical volumes.
        type: str
        choices: [present, absent]
        default: present
  logical_volumes:
    description: Logical volumes, in the words of lvcreate(8).
    type: list
    elements: dict
    default: []
    suboptions:
      vg:
        description: Its group, in O(volume_groups) or on the node.
        type: str
        required: true
      lv:
        description: Its name.
        type: str
        required: true
      type:
        description:
          - C(--type) of lvcreate(8).
          - That of a volume that exists can be changed from linear to raid1, from striped to raid5, raid6 (with three
            stripes or more) or raid10, and from raid1 to linear if O(may_lose_data) names it.
        type: str
        choices: [linear, striped, raid1, raid5, raid6, raid10, thin-pool, thin, snapshot]
        default: linear
      size:
        description:
          - C(--size), such as V(10G), or a share as C(--extents) takes it, such as V(100%FREE). A share is looked at
            only when the volume is made.
          - A volume that is smaller grows, with its file system, while it is in use. A thin pool or snapshot that is
            larger has been extended by dmeventd and stays so; of any other it is a shrink.
          - Required, but for snapshots of thin volumes, which must have none.
        type: str
      stripes:
        description: C(--stripes), those that hold data. Not given, 2, with raid6 3, or as it is.
        type: int
      stripesize:
        description: C(--stripesize), when the volume is made.
        type: str
      mirrors:
        description:
          - C(--mirrors), copies beside the first. Not given, 1, or as it is.
        type: int
      regionsize:
        description: C(--regionsize), when the volume is made.
        type: str
      pvs:
        description: Devices of the group that it is to be placed on. Not given, LVM chooses. It is not moved later.
        type: list
        elements: str
      thinpool:
        description: The pool of a thin volume.
        type: str
      poolmetadatasize:
        description: C(--poolmetadatasize), when the pool is made.
        type: str
      chunksize:
        description: C(--chunksize), when the pool is made.
        type: str
      origin:
        description: What a snapshot is a snapshot of. When that is thin, so is the snapshot.
        type: str
      cachevol:
        description:
          - The volume, best on a fast device, that becomes its cache (dm-cache). Empty takes the cache off again and
            writes back what is in it; the volume that was the cache stays.
          - Not given, it stays as it is.
        type: str
      cachemode:
        description:
          - V(writethrough) or V(writeback). With the latter the loss of the cache is the loss of data. Not given,
            writethrough, or as it is.
        type: str
      opts:
        description: More options for lvcreate(8), when the volume is made.
        type: str
      filesystem:
        description: C(fstype), one of ext2, ext3, ext4, xfs, and C(opts) for mkfs. Made only on a volume that is blank.
        type: dict
      mount:
        description:
          - C(path), C(opts) and C(passno) of a line in C(/etc/fstab).
          - C(opts) is C(defaults,nofail) unless given, so that a node boots without a device that is missing, and with
            C(nouuid) for a snapshot of xfs, whose UUID is that of its origin.
        type: dict
      state:
        description:
          - V(absent) unmounts it from C(mount.path), takes that out of C(/etc/fstab), and removes it.
          - V(merged) puts the content of a snapshot back into its origin. While that is in use, LVM waits for its next
            activation (RV(unfinished)).
        type: str
        choices: [present, absent, merged]
        default: present
  activation:
    description:
      - Policies of dmeventd(8) by their names in lvm.conf(5), section activation - C(thin_pool_autoextend_threshold),
        C(thin_pool_autoextend_percent), C(snapshot_autoextend_threshold), C(snapshot_autoextend_percent),
        C(raid_fault_policy).
      - Written as a block into C(/etc/lvm/lvmlocal.conf); what else is there stays. Empty, there is no such block.
    type: dict
    default: {}
  may_lose_data:
    description:
      - Devices, as O(volume_groups[].pvs) names them, that may be overwritten, and volumes (vg/lv) that may be removed,
        be made smaller, or lose a copy.
      - Meant to be given for one run, and not to be kept in an inventory.
    type: list
    elements: str
    default: []
notes:
  - When a device of a group is missing, its RAID volumes are repaired (C(lvconvert --repair)) on the devices that are
    there, and the group forgets it (C(vgreduce --removemissing)). Until O(volume_groups[].pvs) no longer names the
    device, that is refused.
seealso:
  - module: halab.cluster.lvm_info
  - name: lvmraid(7)
    description: The RAID types.
    link: https://manpages.debian.org/lvmraid.7
  - name: lvmthin(7)
    description: Thin pools.
    link: https://manpages.debian.org/lvmthin.7
  - name: lvmcache(7)
    description: Caches.
    link: https://manpages.debian.org/lvmcache.7
"""

EXAMPLES = r"""
- name: A mirror with a file system, and a thin pool that grows as it fills up
  halab.cluster.lvm:
    volume_groups:
      - {vg: data, pvs: [/dev/vdb, /dev/vdc]}
    logical_volumes:
      - vg: data
        lv: mail
        type: raid1
        size: 1G
        filesystem: {fstype: ext4}
        mount: {path: /srv/mail}
      - {vg: data, lv: pool, type: thin-pool, size: 2G}
      - {vg: data, lv: www, type: thin, thinpool: pool, size: 10G, filesystem: {fstype: xfs}, mount: {path: /srv/www}}
    activation: {thin_pool_autoextend_threshold: 70, thin_pool_autoextend_percent: 20}

- name: A snapshot before an upgrade
  halab.cluster.lvm:
    logical_volumes:
      - {vg: data, lv: before, type: snapshot, origin: mail, size: 200M}

- name: Back to what it was, after mail was unmounted
  halab.cluster.lvm:
    logical_volumes:
      - {vg: data, lv: before, type: snapshot, origin: mail, size: 200M, state: merged}
"""

RETURN = r"""
steps:
  description: The steps that were taken, or in check mode would be taken, in order.
  returned: always
  type: list
  elements: str
  sample:
    - vgcreate data /dev/vdb /dev/vdc
    - lvcreate data/mail --type raid1 --mirrors 1 size 1G
    - mkfs.ext4 /dev/data/mail
    - mount /dev/data/mail at /srv/mail
unfinished:
  description: What LVM itself has put off.
  returned: always
  type: list
  elements: str
"""
