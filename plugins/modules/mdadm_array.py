#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mdadm_array
short_description: Make, change, assemble or stop a Linux software RAID
version_added: 0.1.0
description:
  - Brings an md array to what is wanted with mdadm(8). It is made where there is none, assembled where its members are
    there but it does not run, and changed where it differs. Members are added, failed ones that nobody names any more
    are removed, others are replaced without losing redundancy (C(--replace)), and the array grows to more devices,
    larger devices or another level.
  - All that cannot be done is refused, in sentences, before any device is touched. Nothing here shrinks an array or
    takes redundancy away from it.
  - A device that holds any signature is never taken unless O(wipe) names that very device. Members of the array itself
    are the exception, they are assembled or added as they are.
  - Which members are active and which are spare may change by itself when one fails, so that is no difference to be
    repaired. What counts are the number of O(devices) and all names of O(devices) and O(spares) together.
  - What has to wait until the array has finished something, such as growing it while it resyncs, is done after that
    when O(wait) is set, and otherwise left to the next run (RV(unfinished)).
author:
  - halab.cluster contributors (@halab)
requirements:
  - mdadm 4.2 or later and util-linux 2.37 or later on the node
extends_documentation_fragment:
  - halab.cluster.attributes
attributes:
  check_mode:
    support: full
    details:
      - What follows after a stopped array was assembled is known only then, and therefore not predicted.
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  name:
    description:
      - The array's name. It is stored in its superblocks and its device is C(/dev/md/)name, whatever number it gets.
      - An array is found by this name whichever host it comes from.
    type: str
    required: true
  state:
    description:
      - V(present) makes the array what the other options say.
      - V(absent) stops it, which is refused while it is in use. The superblocks of its members stay, so that it can be
        assembled again, except on the devices that O(wipe) names.
    type: str
    choices: [present, absent]
    default: present
  level:
    description:
      - The RAID level. Required to be present.
      - That of an array that exists can be changed from 0 to 5, from 1 (with two devices) to 5, from 4 to 5, and from 5
        to 6. All but 4 to 5 need one device more than the array has.
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
    description: Its spare devices. Give one to O(devices) instead to have it used for more space or more copies.
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
      - Version of the superblock. Not given, mdadm's default, or as it is. V(1.0) stands at the end of a device, for
        boot loaders that know no RAID.
      - Version 0.90 is not offered since it has no room for a name.
    type: str
    choices: ["1.0", "1.1", "1.2"]
  bitmap:
    description:
      - Whether the array has a write-intent bitmap, which makes the resync after a crash and the return of a member
        short.
      - Not given, a new array of any level but 0 gets one, and one that exists stays as it is.
    type: str
    choices: [internal, none]
  size:
    description:
      - How many KiB are used of each device, or V(max) for all that the smallest one has. Not given, V(max) for a new
        array, and one that exists stays as it is.
      - After devices have become larger or were replaced by larger ones, V(max) makes the array use them. What is on
        the array does not grow with it.
    type: str
  size_tolerance:
    description: By how many percent a device may be larger than the smallest one, since that much is lost.
    type: float
    default: 1.0
  wipe:
    description:
      - Devices that may lose what they hold. It is asked for only where a device is about to be taken into the array
        or, with O(state=absent), out of it; a member that is in place keeps its data though it is named here.
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
    type: path
  wait:
    description: Wait until resync, rebuild or reshape has ended.
    type: bool
    default: false
  timeout:
    description: How long to wait, in seconds. At its end the module fails; the array works on.
    type: int
    default: 86400
notes:
  - An array that only starts degraded is not started. C(mdadm --run) does.
  - The file system or volume group on an array is not touched.
seealso:
  - module: halab.cluster.mdadm_info
  - name: mdadm(8)
    description: What the options mean.
    link: https://manpages.debian.org/mdadm.8
  - name: md(4)
    description: The levels, layouts and superblocks.
    link: https://manpages.debian.org/md.4
"""

EXAMPLES = r"""
- name: Mirror two disks, with a spare
  halab.cluster.mdadm_array:
    name: system
    level: 1
    devices: [/dev/vdb, /dev/vdc]
    spares: [/dev/vdd]

- name: Replace vdb by vde, with full redundancy all the time
  halab.cluster.mdadm_array:
    name: system
    level: 1
    devices: [/dev/vde, /dev/vdc]
    spares: [/dev/vdd]
    wait: true

- name: Make a RAID 5 of three disks one of which has been used before
  halab.cluster.mdadm_array:
    name: data
    level: 5
    devices: [/dev/vdf, /dev/vdg, /dev/vdh]
    wipe: [/dev/vdg]

- name: Give it a second parity
  halab.cluster.mdadm_array:
    name: data
    level: 6
    devices: [/dev/vdf, /dev/vdg, /dev/vdh, /dev/vdi]
    wait: true
    timeout: 36000

- name: Stop it and make its disks blank
  halab.cluster.mdadm_array:
    name: data
    state: absent
    wipe: [/dev/vdf, /dev/vdg, /dev/vdh, /dev/vdi]
"""

RETURN = r"""
commands:
  description: The commands that were run, or in check mode would be run, in order.
  returned: success
  type: list
  elements: str
  sample: [mdadm /dev/md127 --add /dev/vde, mdadm /dev/md127 --replace /dev/vdb --with /dev/vde]
unfinished:
  description: The commands that have to wait until the array has finished what it is doing. Another run does them.
  returned: success
  type: list
  elements: str
  sample: [mdadm /dev/md127 --remove /dev/vdb]
array:
  description: The array as M(halab.cluster.mdadm_info) describes it, or nothing. In check mode as it is.
  returned: success
  type: dict
progress:
  description: What the array was seen doing while the module waited.
  returned: success
  type: list
  elements: str
  sample: ["recovery 12.6 %, 0.1 minutes to go at 33440 KiB/s"]
conf:
  description: The array's line for mdadm.conf(5).
  returned: when the array is there
  type: str
  sample: ARRAY /dev/md/data metadata=1.2 UUID=3f5c5a3c:5d0c3b9e:2f6f0a1d:7c2b9b11
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_plan, _mdadm_read
from ansible_collections.halab.cluster.plugins.module_utils._block_host import kernel_path
from ansible_collections.halab.cluster.plugins.module_utils._mdadm_host import Host

ADVICE = {
    "zero_superblock": "Nothing else was done to this device. Something may have opened it; run again.",
    "wipe": "Nothing else was done to this device. Something may have opened it; run again.",
    "create": "The kernel's log (dmesg) may tell more.",
    "assemble": "If members are missing for good, mdadm --run starts it without them; if the rest is older than they "
    "are, that loses what was written since.",
    "add": "If it was a member before and has no way back, name it in wipe to have it added as a new one.",
    "remove": "An active member has to fail before it can be removed.",
    "replace": "The kernel's log (dmesg) may tell more. The array goes on with the member it has.",
    "grow": "The kernel's log (dmesg) may tell more. The array goes on in the shape it has.",
    "forget": "It is left over from an earlier reshape.",
    "stop": "Something uses the array; lsof and lsblk may tell what.",
    "readwrite": "The kernel's log (dmesg) may tell more.",
}
BACKUP = b"md_backup_data-"
# After these udev looks at the devices, and whoever needs one for itself alone is too early.
SETTLE = ("zero_superblock", "wipe", "create", "assemble", "stop")
# Every round ends in a wait; the longest way is adding, replacing, growing, resizing.
ROUNDS = 8
POLL = 2


class Keeper:
    """Brings one array to what is wanted."""

    def __init__(self, module, wanted):
        self.module, self.wanted = module, wanted
        self.host = Host(module)
        self.commands, self.progress = [], []
        self.deadline = time.monotonic() + module.params["timeout"]

    def look(self):
        wanted = self.wanted
        return self.host.look(sorted(set(wanted["devices"] + wanted["spares"] + wanted["wipe"])))

    def plan(self, found):
        try:
            return _mdadm_plan.plan(self.wanted, found)
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

    def wait(self):
        """Until the array is at rest."""
        last = None
        while True:
            array = next((array for array in self.host.arrays() if array["name"] == self.wanted["name"]), None)
            if array is None or not _mdadm_read.busy(array):
                return
            now = _mdadm_read.progress(array)
            if now and now != last:
                self.progress.append(now)
                last = now
            if time.monotonic() > self.deadline:
                self.module.fail_json(
                    msg="%s (%s) is still at work after %d seconds: %s. It goes on by itself; run again to wait on, or "
                    "give a larger timeout."
                    % (array["name"], array["device"], self.module.params["timeout"], now or "about to start"),
                    commands=self.commands,
                    progress=self.progress,
                    array=array,
                )
            time.sleep(POLL)

    def keep(self, found, steps):
        """Round by round: what can be done now, then look again. Returns what is there, and what is left to do."""
        for dummy in range(ROUNDS):
            now, later = _mdadm_plan.until_wait(steps)
            self.take(now)
            if later and not later[0]["argv"]:
                if not self.module.params["wait"]:
                    return self.look(), later
                self.wait()
            if not now and not later:
                return found, []
            found = self.look()
            steps = self.plan(found)
        self.module.fail_json(
            msg="mdadm reported success, but this is still to be done: %s. Somebody else may be changing the array at "
            "the same time." % "; ".join(_mdadm_plan.commands(steps)),
            commands=self.commands,
        )


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


def wanted_of(params):
    """The options, with devices by the names the kernel gives them."""
    wanted = dict(params)
    for option in ("devices", "spares", "wipe"):
        wanted[option] = [kernel_path(device) for device in params[option]]
    wanted["backup_file"] = params["backup_file"] or "/var/backups/mdadm-%s" % params["name"]
    wanted["backup_file_holds"] = held_by(wanted["backup_file"])
    return wanted


def main():
    module = AnsibleModule(
        argument_spec=dict(
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
            size=dict(type="str"),
            size_tolerance=dict(type="float", default=1.0),
            wipe=dict(type="list", elements="path", default=[]),
            readd_failed=dict(type="bool", default=False),
            backup_file=dict(type="path"),
            wait=dict(type="bool", default=False),
            timeout=dict(type="int", default=86400),
        ),
        required_if=[("state", "present", ("level", "devices"))],
        supports_check_mode=True,
    )
    wanted = wanted_of(module.params)
    keeper = Keeper(module, wanted)
    found = keeper.look()
    steps = keeper.plan(found)
    before = _mdadm_plan.running(wanted["name"], found)
    diff = {
        "before": _mdadm_plan.shown(before),
        "after": _mdadm_plan.shown(before),
        "before_header": wanted["name"],
        "after_header": wanted["name"],
    }
    if _mdadm_plan.changes(steps):
        diff["after"] = _mdadm_plan.shown_wanted(wanted, before)
    if module.check_mode:
        now, later = (steps, []) if module.params["wait"] else _mdadm_plan.until_wait(steps)
        keeper.commands = _mdadm_plan.commands(now)
    else:
        found, later = keeper.keep(found, steps)
    array = _mdadm_plan.running(wanted["name"], found)
    for member in array["members"] if array and wanted["state"] == "present" else ():
        if member["role"] == "faulty" and member["device"] in wanted["devices"] + wanted["spares"]:
            module.warn(
                "%s: %s has failed. Replace it, or take it back with readd_failed." % (wanted["name"], member["device"])
            )
    result = dict(
        changed=bool(keeper.commands),
        commands=keeper.commands,
        unfinished=_mdadm_plan.commands(later),
        array=array,
        progress=keeper.progress,
        diff=diff,
    )
    if array:
        result["conf"] = _mdadm_plan.conf_line(array, module.params["spare_group"])
    module.exit_json(**result)


if __name__ == "__main__":
    main()
