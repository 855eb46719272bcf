#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mdadm_array
short_description: Make, change, assemble or stop Linux software RAID
version_added: 0.1.0
description:
  - Brings md arrays to what is wanted with mdadm(8). An array is made where there is none, assembled where its members
    are there but it does not run, and changed where it differs. Members are added, failed ones that nobody names any
    more are removed, others are replaced without losing redundancy (C(--replace)), and the array grows to more devices,
    larger devices or another level. A reshape that was interrupted, by a power cut for instance, goes on.
  - All that cannot be done is refused, in sentences and for all arrays at once, before any device is touched. Nothing
    here shrinks an array or takes redundancy away from it.
  - A device that holds any signature is never taken unless O(arrays[].wipe) names that very device. Members of the
    array itself are the exception, they are assembled or added as they are.
  - Which members are active and which are spare may change by itself when one fails, so that is no difference to be
    repaired. What counts are the number of O(arrays[].devices) and all names of O(arrays[].devices) and
    O(arrays[].spares) together. Nor is it a difference when C(mdadm --monitor) has moved a spare within its
    O(arrays[].spare_group).
  - What has to wait until an array has finished something, such as growing it while it resyncs, is done after that
    when O(wait) is set, and otherwise left to the next run (RV(unfinished)).
  - An action plugin waits on the controller, and shows there what the arrays are doing and how far they are.
author:
  - halab.cluster contributors (@halab)
requirements:
  - mdadm 4.2 or later and util-linux 2.37 or later on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
attributes:
  check_mode:
    details:
      - What follows after a stopped array was assembled is known only then, and therefore not predicted.
options:
  arrays:
    description:
      - The arrays. Others on the node are left alone.
      - What one array gives up, another takes only in the next run, since all are planned before any is touched.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The array's name. It is stored in its superblocks and its device is C(/dev/md/)name, whatever number it
            gets.
          - An array is found by this name whichever host it comes from.
        type: str
        required: true
      state:
        description:
          - V(present) makes the array what the other options say.
          - V(absent) stops it, which is refused while it is in use. The superblocks of its members stay, so that it can
            be assembled again, except on the devices that O(arrays[].wipe) names.
        type: str
        choices: [present, absent]
        default: present
      level:
        description:
          - The RAID level. Required to be present.
          - That of an array that exists can be changed from 0 to 5, from 1 (with two devices) to 5, from 4 to 5, and
            from 5 to 6. All but 4 to 5 need one device more than the array has.
        type: str
        choices: ["0", "1", "4", "5", "6", "10"]
      devices:
        description:
          - Its active devices. Their number is mdadm's C(--raid-devices). Required to be present.
          - Links such as C(/dev/disk/by-id/) are followed.
        type: list
        elements: path
        default: []
      spares:
        description:
          - Its spare devices. Give one to O(arrays[].devices) instead to have it used for more space or more copies.
        type: list
        elements: path
        default: []
      spare_group:
        description:
          - Arrays of one spare group lend each other their spares when C(mdadm --monitor) runs. It is not stored in the
            array, only in RV(conf).
        type: str
      layout:
        description: As mdadm's C(--layout). Not given, mdadm's default, or as it is.
        type: str
      chunk:
        description: As mdadm's C(--chunk), in KiB. Not given, mdadm's default, or as it is.
        type: int
      metadata:
        description:
          - Version of the superblock. Not given, mdadm's default, or as it is. V(1.0) stands at the end of a device,
            for boot loaders that know no RAID.
          - Version 0.90 is not offered since it has no room for a name.
        type: str
        choices: ["1.0", "1.1", "1.2"]
      bitmap:
        description:
          - Whether the array has a write-intent bitmap, which makes the resync after a crash and the return of a member
            short.
          - Not given, a new array of any level but 0 gets one, and one that exists stays as it is, unless
            O(arrays[].consistency_policy) takes its place.
        type: str
        choices: [internal, none]
      consistency_policy:
        description:
          - As mdadm's C(--consistency-policy), where there is no bitmap. Both together are refused.
          - V(ppl) keeps a partial parity log (see md(4)), for level 5 only. With it a power cut while a member is
            missing or being rebuilt harms nothing but what was being written, and the array starts again by itself.
            Without it such an array is not started, since the rest may be damaged.
          - V(ppl) makes writes slower, by up to 30 to 40 percent as the kernel's documentation of it says, and a
            member that returns is rebuilt as a whole.
          - An array cannot be given another level, more devices or more of each device while it has V(ppl). Give
            V(resync) for that run, and V(ppl) again after it. What is under way is waited for before the policy
            changes.
          - A new array has room for V(ppl) on its members. One that exists often has not, since the bad block log is in
            the way; that is refused, and C(mdadm --assemble --update=no-bbl) makes the room. It gets none in a run that
            also adds members, or while failed ones are left in it.
          - V(resync) has neither such a log nor a bitmap, so that all is read after a crash.
          - Not given, a new array gets what O(arrays[].bitmap) says, and one that exists stays as it is.
        type: str
        choices: [resync, ppl]
      size:
        description:
          - How many KiB are used of each device, or V(max) for all that the smallest one has. Not given, V(max) for a
            new array, and one that exists stays as it is.
          - After devices have become larger or were replaced by larger ones, V(max) makes the array use them. What is
            on the array does not grow with it.
        type: str
      size_tolerance:
        description: By how many percent a device may be larger than the smallest one, since that much is lost.
        type: float
        default: 1.0
      wipe:
        description:
          - Devices that may lose what they hold. It is asked for only where a device is about to be taken into the
            array or, with O(arrays[].state=absent), out of it; a member that is in place keeps its data though it is
            named here.
          - Meant to be given for one run, and not to be kept in an inventory.
        type: list
        elements: path
        default: []
      readd_failed:
        description:
          - Whether to take back a member that the array has marked as failed, when it is still named.
          - Otherwise it is left as it is, with a warning. What has failed once may do so again.
        type: bool
        default: false
      backup_file:
        description:
          - Where mdadm keeps what it moves while the level changes, and looks for it when an array that was interrupted
            there is assembled. It must not be on the array. Not given, a file named after the array in C(/var/backups).
          - One that an earlier reshape has left behind is removed. A file that is not mdadm's is refused.
          - With slow disks the kernel may be ahead of this file, so do not count on it alone. More devices at the same
            level need none.
        type: path
  wait:
    description:
      - Wait until resync, rebuild or reshape has ended, and then do what had to wait for that. A scheduled check is
        waited for only when there is something to be done after it.
    type: bool
    default: false
  timeout:
    description: How long to wait, in seconds. At its end the task fails; the arrays work on.
    type: int
    default: 86400
notes:
  - An array that only starts degraded is not started. C(mdadm --run) does.
  - The file system or volume group on an array is not touched.
seealso:
  - module: halab.cluster.mdadm_info
  - module: halab.cluster.mdadm_conf
  - name: mdadm(8)
    description: What the options mean.
    link: https://manpages.debian.org/mdadm.8
  - name: md(4)
    description: The levels, layouts and superblocks.
    link: https://manpages.debian.org/md.4
"""

EXAMPLES = r"""
- name: Mirror two disks, with a spare, and make a RAID 5 of three disks one of which has been used before
  halab.cluster.mdadm_array:
    arrays:
      - name: system
        level: 1
        devices: [/dev/vdb, /dev/vdc]
        spares: [/dev/vdd]
      - name: data
        level: 5
        devices: [/dev/vdf, /dev/vdg, /dev/vdh]
        wipe: [/dev/vdg]

- name: Replace vdb by vde, with full redundancy all the time
  halab.cluster.mdadm_array:
    arrays:
      - name: system
        level: 1
        devices: [/dev/vde, /dev/vdc]
        spares: [/dev/vdd]
    wait: true

- name: Give a RAID 5 of three disks a second parity
  halab.cluster.mdadm_array:
    arrays:
      - name: data
        level: 6
        devices: [/dev/vdf, /dev/vdg, /dev/vdh, /dev/vdi]
    wait: true
    timeout: 36000

- name: A RAID 5 that a power cut does not harm even while it is rebuilt
  halab.cluster.mdadm_array:
    arrays:
      - name: books
        level: 5
        devices: [/dev/vdj, /dev/vdk, /dev/vdl]
        consistency_policy: ppl

- name: Stop it and make its disks blank
  halab.cluster.mdadm_array:
    arrays:
      - name: data
        state: absent
        wipe: [/dev/vdf, /dev/vdg, /dev/vdh, /dev/vdi]
"""

RETURN = r"""
commands:
  description: The commands that were run, or in check mode would be run, in order.
  returned: always
  type: list
  elements: str
  sample: [mdadm /dev/md127 --add /dev/vde, mdadm /dev/md127 --replace /dev/vdb --with /dev/vde]
unfinished:
  description: The commands that have to wait until an array has finished what it is doing. Another run does them.
  returned: success
  type: list
  elements: str
  sample: [mdadm /dev/md127 --remove /dev/vdb]
working:
  description: The names of the arrays that resync, rebuild or reshape, or that something in RV(unfinished) waits for.
  returned: success
  type: list
  elements: str
  sample: [system]
arrays:
  description: Those arrays that are there, as M(halab.cluster.mdadm_info) describes them. In check mode as they are.
  returned: success
  type: list
  elements: dict
conf:
  description:
    - The line for mdadm.conf(5) of each array, by its name; nothing for one that is absent. M(halab.cluster.mdadm_conf)
      takes it like this.
    - In check mode, an array that is yet to be made has no UUID.
  returned: success
  type: dict
  sample: {data: "ARRAY /dev/md/data UUID=3f5c5a3c:5d0c3b9e:2f6f0a1d:7c2b9b11", old: null}
progress:
  description: What the arrays were seen doing during the wait. The lines are also shown while it lasts.
  returned: when it has waited
  type: list
  elements: str
  sample: ["data: recovery 12.6 %, 0.1 minutes to go at 33440 KiB/s"]
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_plan, _mdadm_read
from ansible_collections.halab.cluster.plugins.module_utils._block_host import kernel_path
from ansible_collections.halab.cluster.plugins.module_utils._mdadm_host import Host

ADVICE = {
    "zero_superblock": "Nothing else was done to this device. Something may have opened it; run again.",
    "wipe": "Nothing else was done to this device. Something may have opened it; run again.",
    "create": "The kernel's log (dmesg) may tell more.",
    "assemble": "If members are missing for good, mdadm --run starts it without them; if the rest is older than they "
    "are, that loses what was written since. If a critical section cannot be restored, backup_file is not the one of "
    "that reshape, or holds no more of it: see --invalid-backup in mdadm(8), and look for what is damaged.",
    "add": "If it was a member before and has no way back, name it in wipe to have it added as a new one.",
    "remove": "An active member has to fail before it can be removed.",
    "replace": "The kernel's log (dmesg) may tell more. The array goes on with the member it has.",
    "grow": "The kernel's log (dmesg) may tell more. The array goes on in the shape it has.",
    "forget": "It is left over from an earlier reshape.",
    "stop": "Something uses the array; lsof and lsblk may tell what.",
    "readwrite": "The kernel's log (dmesg) may tell more.",
    "monitor": "The array is there.",
}
DEVICES = ("devices", "spares", "wipe")
BACKUP = b"md_backup_data-"
# After these udev looks at the devices, and whoever needs one for itself alone is too early.
SETTLE = ("zero_superblock", "wipe", "create", "assemble", "stop")
# The longest way is to stop what lies inactive, to assemble it, and to change it.
ROUNDS = 4


class Keeper:
    """Brings arrays to what is wanted, as far as that goes without waiting."""

    def __init__(self, module):
        self.module = module
        self.host = Host(module)
        self.wanted = [wanted_of(entry) for entry in module.params["arrays"]]
        self.commands = []

    def look(self):
        named = {device for wanted in self.wanted for option in DEVICES for device in wanted[option]}
        return self.host.look(sorted(named))

    def plan(self, found, waiting):
        """The steps for each array, by its name. What is waiting is not planned anew before the wait is over."""
        try:
            return _mdadm_plan.plan_all(self.wanted, found, waiting)
        except _mdadm_plan.Refused as refused:
            done = "" if not self.commands else " Done before that: %s." % "; ".join(self.commands)
            self.module.fail_json(
                msg=" ".join(refused.sentences) + done, problems=refused.sentences, commands=self.commands
            )

    def take(self, steps):
        for step in steps:
            argv = step["argv"]
            rc, out, err = self.host.run(argv)
            if rc:
                self.host.fail(argv, rc, out, err, ADVICE[step["action"]], commands=self.commands)
            self.commands.append(" ".join(argv))
            if step["action"] in SETTLE:
                self.host.must(["udevadm", "settle", "--timeout", "60"], "udev did not get done with the new devices.")

    def keep(self, found, plans):
        """Does what can be done now, and looks again. Returns what is there and the steps that have to wait."""
        for dummy in range(ROUNDS):
            now, later = _mdadm_plan.until_wait(plans)
            if not now:
                return found, later
            self.take(now)
            found = self.look()
            plans = self.plan(found, later)
        self.module.fail_json(msg=_mdadm_plan.UNDONE % "; ".join(_mdadm_plan.commands(plans)), commands=self.commands)


def held_by(path):
    """Whose file this is: mdadm's, other, or nobody's since there is none."""
    if not os.path.exists(path):
        return None
    if not os.path.isfile(path):
        return "other"
    with open(path, "rb") as handle:
        head = handle.read(len(BACKUP))
    # Before mdadm has put anything into it, it is full of zeros.
    return "mdadm" if head == BACKUP or not head.strip(b"\0") else "other"


def wanted_of(options):
    """The options of an array, with devices by the names the kernel gives them."""
    wanted = dict(options)
    for option in DEVICES:
        wanted[option] = [kernel_path(device) for device in options[option]]
    wanted["backup_file"] = options["backup_file"] or "/var/backups/mdadm-%s" % options["name"]
    wanted["backup_file_holds"] = held_by(wanted["backup_file"])
    return wanted


def main():
    module = AnsibleModule(
        argument_spec=dict(
            arrays=dict(
                type="list",
                elements="dict",
                required=True,
                options=dict(
                    name=dict(type="str", required=True),
                    state=dict(type="str", choices=["present", "absent"], default="present"),
                    level=dict(type="str", choices=["0", "1", "4", "5", "6", "10"]),
                    devices=dict(type="list", elements="path", default=[]),
                    spares=dict(type="list", elements="path", default=[]),
                    spare_group=dict(type="str"),
                    layout=dict(type="str"),
                    chunk=dict(type="int"),
                    metadata=dict(type="str", choices=["1.0", "1.1", "1.2"]),
                    bitmap=dict(type="str", choices=["internal", "none"]),
                    consistency_policy=dict(type="str", choices=["resync", "ppl"]),
                    size=dict(type="str"),
                    size_tolerance=dict(type="float", default=1.0),
                    wipe=dict(type="list", elements="path", default=[]),
                    readd_failed=dict(type="bool", default=False),
                    backup_file=dict(type="path"),
                ),
                required_if=[("state", "present", ("level", "devices"))],
            ),
            wait=dict(type="bool", default=False),
            timeout=dict(type="int", default=86400),
        ),
        supports_check_mode=True,
    )
    keeper = Keeper(module)
    found = keeper.look()
    plans = keeper.plan(found, {})
    diff = [
        _mdadm_plan.difference(wanted, _mdadm_plan.running(wanted["name"], found))
        for wanted in _mdadm_plan.lent(keeper.wanted, found["arrays"])
        if _mdadm_plan.commands(plans[wanted["name"]])
    ]
    if module.check_mode:
        now, later = _mdadm_plan.until_wait(plans)
        if module.params["wait"]:
            now, later = sum(plans.values(), []), {}
        keeper.commands = _mdadm_plan.commands(now)
    else:
        found, later = keeper.keep(found, plans)
    arrays = []
    for wanted in keeper.wanted:
        array = _mdadm_plan.running(wanted["name"], found)
        if array is None:
            continue
        arrays.append(_mdadm_read.described(array))
        for member in array["members"]:
            if member["role"] == "faulty" and member["device"] in wanted["devices"] + wanted["spares"]:
                module.warn(
                    "%s: %s has failed. Replace it, or take it back with readd_failed."
                    % (wanted["name"], member["device"])
                )
    module.exit_json(
        changed=bool(keeper.commands),
        commands=keeper.commands,
        unfinished=_mdadm_plan.commands(sum(later.values(), [])),
        working=list(later),
        arrays=arrays,
        conf={wanted["name"]: _mdadm_plan.conf_line(wanted, found) for wanted in keeper.wanted},
        diff=diff,
    )


if __name__ == "__main__":
    main()
