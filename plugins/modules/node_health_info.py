#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_health_info
short_description: Tell about the health of a node
version_added: 0.1.0
description:
  - Returns what a node's disks (SMART), UPSs (NUT), sensors and event log (IPMI), watchdogs and services say about
    themselves, in one call, and the conditions that role P(halab.cluster.node_health#role) is alarmed about.
  - Runs C(smartctl --json), C(upsc), C(ipmitool -c), C(systemctl show), and reads C(/sys/class/watchdog). What is not
    installed, or not there, is left out.
author:
  - halab.cluster contributors (@halab)
requirements:
  - systemd on the node; smartmontools, nut-client and ipmitool for what they tell
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  gather:
    description: What to ask for. Watchdogs, services and whether the devices are there cost next to nothing.
    type: list
    elements: str
    choices: [smart, ups, ipmi]
    default: [smart, ups, ipmi]
  devices:
    description: The disks. None named, those that C(smartctl --scan) finds are asked for their SMART data.
    type: list
    elements: str
    default: []
  ups:
    description: The UPSs as C(upsc) takes them. None named, those of the local C(upsd).
    type: list
    elements: str
    default: []
  ipmi:
    description: How to reach the service processor. Without it the local one is asked, if there is C(/dev/ipmi0).
    type: dict
    suboptions:
      address:
        description: Its address.
        type: str
        required: true
      username:
        description: A user of it.
        type: str
        required: true
      password_file:
        description: A file on the node that holds the password.
        type: path
        required: true
  events:
    description: How many of the last entries of the system event log to return.
    type: int
    default: 20
  services:
    description: The services.
    type: list
    elements: str
    default: []
  kernel_modules:
    description: Modules of the kernel, to know whether it has them.
    type: list
    elements: str
    default: []
seealso:
  - module: halab.cluster.mdadm_info
  - module: halab.cluster.pacemaker_info
"""

EXAMPLES = r"""
- name: Look at everything
  halab.cluster.node_health_info:
    services: [nginx]
  register: health

- name: Refuse a node with a failing disk
  ansible.builtin.assert:
    that: health.disks | map(attribute='passed') is all
"""

RETURN = r"""
disks:
  description:
    - The disks. C(findings) are what smartctl found, in words; all but C(device), C(present) and C(type) are there only
      when SMART was asked for.
  returned: success
  type: list
  elements: dict
  sample:
    - device: /dev/sda
      present: true
      model: QEMU HARDDISK
      serial: QM00001
      smart_supported: true
      passed: true
      temperature: 31
      power_on_hours: 1
      reallocated_sectors: 0
      pending_sectors: null
      uncorrectable_sectors: null
      media_errors: null
      percentage_used: null
      error_count: 0
      self_tests: [{type: Short offline, status: Completed without error, passed: true, hours: 1}]
      findings: []
      messages: []
ups:
  description: The variables of each UPS, by its name. A UPS that cannot be read has only C(error).
  returned: success
  type: dict
  sample: {rack: {ups.status: OL, battery.charge: "100"}}
sensors:
  description: The sensors of the service processor; C(status) in ipmitool's words, such as V(ok), V(nc) or V(cr).
  returned: success
  type: list
  elements: dict
  sample: [{name: Ambient Temp, reading: "23", unit: degrees C, status: ok}]
events:
  description: The last entries of its system event log.
  returned: success
  type: list
  elements: dict
  sample:
    - {id: "1", date: 11/24/2026, time: "10:00:00", sensor: Temperature CPU Temp, event: Upper Critical going high,
       direction: Asserted, details: Reading 92 > Threshold 90 degrees C}
ipmi_error:
  description: What the service processor could not be asked, empty otherwise.
  returned: success
  type: str
  sample: ""
watchdogs:
  description: The watchdogs. C(boot_status) says what the device knows about the last boot.
  returned: success
  type: list
  elements: dict
  sample:
    - {device: /dev/watchdog0, links: [], identity: i6300ESB timer, state: active, timeout: 20, max_timeout: 2046,
       nowayout: false, boot_status: []}
manager:
  description: What systemd itself does about watchdogs.
  returned: success
  type: dict
  sample: {RuntimeWatchdogUSec: 20s, RebootWatchdogUSec: 10min, WatchdogDevice: /dev/watchdog0}
services:
  description:
    - The services as C(systemctl show) has them, with their limits as soft:hard. C(limits_outdated) names those that
      the running process does not have yet, because it was started before they changed.
  returned: success
  type: list
  elements: dict
  sample:
    - name: nginx.service
      Id: nginx.service
      LoadState: loaded
      ActiveState: active
      SubState: running
      Result: success
      UnitFileState: enabled
      MainPID: 412
      NRestarts: 0
      Restart: on-failure
      RestartUSec: 2s
      StartLimitIntervalUSec: 1min
      StartLimitBurst: 3
      limits: {LimitNOFILE: "65536:65536"}
      limits_outdated: []
kernel_modules:
  description: Whether the kernel has each module that was asked for.
  returned: success
  type: dict
  sample: {i6300esb: true}
conditions:
  description: What role node_health is alarmed about, with the time since when and when it was last seen.
  returned: success
  type: list
  elements: dict
  sample:
    - {name: ups-rack@localhost, state: yellow, subject: "UPS rack@localhost: OB, on battery", text: "ups.status: OB",
       since: 1795513200, seen: 1795513260}
"""

import glob
import json
import os
import shutil

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _node_health_read as read
from ansible_collections.halab.cluster.plugins.module_utils._command import CommandHost
from ansible_collections.halab.cluster.plugins.module_utils._files import text_of

CONDITIONS = "/var/lib/node-health/*.json"
WATCHDOGS = "/sys/class/watchdog"
WATCHDOG_ATTRIBUTES = ("identity", "state", "timeout", "max_timeout", "nowayout", "bootstatus")
MANAGER = "RuntimeWatchdogUSec,RebootWatchdogUSec,WatchdogDevice"
SERVICE = (
    "Id,LoadState,ActiveState,SubState,Result,UnitFileState,MainPID,NRestarts,Restart,RestartUSec,"
    "StartLimitIntervalUSec,StartLimitBurst,"
)
SERVICE += ",".join("%s,%sSoft" % (name, name) for name in sorted(read.LIMITS.values()))


class Node(CommandHost):
    """What this node says."""

    def __init__(self, module):
        super().__init__(module)
        self.params = module.params

    def wants(self, what, program):
        return what in self.params["gather"] and is_installed(program)

    def disks(self):
        smart = self.wants("smart", "smartctl")
        found = [{"device": device, "present": exists(device)} for device in self.params["devices"]]
        if smart and not found:
            scanned = json.loads(self.must(["smartctl", "--scan", "--json"], "smartmontools 7 or later is needed."))
            found = [{"device": device["name"], "present": True} for device in scanned.get("devices", [])]
        return [dict(disk, **self.smart(disk["device"])) if smart and disk["present"] else disk for disk in found]

    def smart(self, device):
        argv = ["smartctl", "--json", "--all", device]
        # The return code is part of what it tells about the disk.
        rc, out, err = self.run(argv)
        try:
            return read.parse_smartctl(out)
        except ValueError:
            self.fail(argv, rc, out, err, "smartmontools 7 or later is needed.")

    def ups(self):
        if not self.wants("ups", "upsc"):
            return {}
        names = self.params["ups"]
        if not names:
            # Without a server on this node there is nothing to tell.
            rc, out, err = self.run(["upsc", "-l"])
            names = out.split() if rc == 0 else []
        found = {}
        for name in names:
            rc, out, err = self.run(["upsc", name])
            # Before the error upsc speaks of certificates.
            found[name] = {"error": last_line(err)} if rc else read.parse_upsc(out)
        return found

    def ipmi(self):
        """(sensors, events, error)"""
        lan = self.params["ipmi"]
        if not self.wants("ipmi", "ipmitool") or not (lan or exists("/dev/ipmi0")):
            return [], [], ""
        base = ["ipmitool", "-I", "open", "-c"]
        if lan:
            base = [
                "ipmitool",
                "-I",
                "lanplus",
                "-c",
                "-H",
                lan["address"],
                "-U",
                lan["username"],
                "-f",
                lan["password_file"],
            ]
        said = []
        for argv in (base + ["sdr", "elist"], base + ["sel", "elist"]):
            rc, out, err = self.run(argv)
            if rc:
                return [], [], "%s: rc %d: %s" % (" ".join(argv), rc, last_line(err or out))
            said.append(out)
        events = read.parse_sel(said[1])
        return read.parse_sdr(said[0]), events[max(0, len(events) - self.params["events"]) :], ""

    def watchdogs(self):
        return [
            read.watchdog(name, attributes(os.path.join(WATCHDOGS, name)), links_to(name))
            for name in list_of(WATCHDOGS)
        ]

    def manager(self):
        return read.parse_show(self.must(["systemctl", "show", "--property=" + MANAGER], "This module needs systemd."))[
            0
        ]

    def services(self):
        if not self.params["services"]:
            return []
        out = self.must(
            ["systemctl", "show", "--property=" + SERVICE, "--"] + self.params["services"],
            "These are no names of units.",
        )
        return [read.service(shown, self.limits(shown.get("MainPID", "0"))) for shown in read.parse_show(out)]

    def limits(self, pid):
        return read.parse_limits(text_of("/proc/%s/limits" % pid)) if pid != "0" else {}

    def kernel_modules(self):
        return {
            name: self.run(["modprobe", "--dry-run", "--quiet", name])[0] == 0 for name in self.params["kernel_modules"]
        }

    def conditions(self):
        return [json.loads(text) for text in map(text_of, sorted(glob.glob(CONDITIONS))) if text]


def last_line(text):
    return (text.strip().splitlines() or ["nothing"])[-1]


def is_installed(program):
    return shutil.which(program) is not None


def exists(path):
    return os.path.exists(path)


def list_of(directory):
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


def links_to(name):
    """Other names that udev gave a watchdog."""
    return [
        "/dev/" + other
        for other in list_of("/dev")
        if os.path.islink("/dev/" + other) and os.readlink("/dev/" + other) == name
    ]


def attributes(directory):
    """Devices differ in what they have."""
    return {name: text_of(os.path.join(directory, name)).strip() for name in WATCHDOG_ATTRIBUTES}


def main():
    module = AnsibleModule(
        argument_spec=dict(
            gather=dict(
                type="list", elements="str", choices=["smart", "ups", "ipmi"], default=["smart", "ups", "ipmi"]
            ),
            devices=dict(type="list", elements="str", default=[]),
            ups=dict(type="list", elements="str", default=[]),
            ipmi=dict(
                type="dict",
                options=dict(
                    address=dict(type="str", required=True),
                    username=dict(type="str", required=True),
                    password_file=dict(type="path", required=True, no_log=False),
                ),
            ),
            events=dict(type="int", default=20),
            services=dict(type="list", elements="str", default=[]),
            kernel_modules=dict(type="list", elements="str", default=[]),
        ),
        supports_check_mode=True,
    )
    node = Node(module)
    sensors, events, ipmi_error = node.ipmi()
    module.exit_json(
        changed=False,
        disks=node.disks(),
        ups=node.ups(),
        sensors=sensors,
        events=events,
        ipmi_error=ipmi_error,
        watchdogs=node.watchdogs(),
        manager=node.manager(),
        services=node.services(),
        kernel_modules=node.kernel_modules(),
        conditions=node.conditions(),
    )


if __name__ == "__main__":
    main()
