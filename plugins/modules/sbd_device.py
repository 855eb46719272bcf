#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sbd_device
short_description: Initialise the shared disks of sbd
version_added: 0.1.0
description:
  - Writes the header of sbd, with its timeouts, on devices that hold nothing (C(sbd create)).
  - A device that holds any signature, that is in use, or on which there is any data is refused. For that, 64 MiB are read
    at both ends of it, so all of one that is as small as sbd needs it.
  - One that has a header with these timeouts is left alone. One whose timeouts differ is refused, unless
    O(reinitialize) names it; that takes all messages away, so sbd must run nowhere.
  - The device is shared, so one node is enough to run this on.
author:
  - halab.cluster contributors (@halab)
requirements:
  - sbd 1.5 or later and util-linux 2.37 or later on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
attributes:
  check_mode:
    details:
      - On a host that has no sbd yet, a device with a header is taken for one with the right timeouts.
options:
  devices:
    description: The devices, 1 or 3 of them, best by names that stay, such as V(/dev/disk/by-id/...).
    type: list
    elements: str
    required: true
  timeouts:
    description: The timeouts in the header, in seconds.
    type: dict
    suboptions:
      watchdog:
        description: The watchdog resets a node whose sbd has not read most of its devices for so long.
        type: int
        default: 5
      allocate:
        description: For how long a slot is waited for.
        type: int
        default: 2
      loop:
        description: How often each device is read.
        type: int
        default: 1
      msgwait:
        description: When a message counts as delivered. At least twice the watchdog's.
        type: int
        default: 10
  reinitialize:
    description: Those of O(devices) that are initialised anew when they have other timeouts.
    type: list
    elements: str
    default: []
seealso:
  - module: halab.cluster.sbd_info
  - name: sbd(8)
    description: What the timeouts mean.
    link: https://manpages.debian.org/sbd.8
"""

EXAMPLES = r"""
- name: Initialise the disk of sbd
  halab.cluster.sbd_device:
    devices: [/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_sbd1]
    timeouts: {watchdog: 10, msgwait: 20}
  run_once: true
"""

RETURN = r"""
commands:
  description: What was run, in order.
  returned: success
  type: list
  elements: str
  sample: [sbd -1 10 -2 2 -3 1 -4 20 -d /dev/sbd1 create]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _block_host, _sbd_host, _sbd_plan

ADVICE = "See journalctl -t sbd. A device that was half written is refused as one that holds data."
NUMBERS = (1, 3)


def world(host, wanted, check_mode):
    """What is there, as _sbd_plan takes it."""
    module = host.module
    blocks = host.blocks()
    devices = [device for device in wanted["devices"].values() if device in blocks]
    found = {"blocks": blocks, "headers": {}, "data": {}, "signatures": host.signatures(devices),
             "held": host.held(devices, blocks), "running": host.unit()["running"],
             "sector_size": {device: host.sector_size(device) for device in devices}}
    for path, device in wanted["devices"].items():
        if device not in blocks:
            continue
        if host.is_installed():
            found["headers"][device], error = host.header(path)
            if error:
                module.fail_json(msg="%s. Nothing was changed." % error)
        elif check_mode:
            found["headers"][device] = {"timeouts": wanted["timeouts"]} if host.has_magic(device) else None
        else:
            module.fail_json(msg="There is no sbd on this host. Install the package sbd.")
        if found["headers"][device] is None:
            found["data"][device] = host.data(device)
    return found


def words(header):
    """A header for a diff."""
    if not header:
        return "not initialised\n"
    return "".join("Timeout (%s) : %s\n" % (name, value) for name, value in sorted(header["timeouts"].items()))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            devices=dict(type="list", elements="str", required=True),
            timeouts=dict(
                type="dict",
                apply_defaults=True,
                options=dict(
                    watchdog=dict(type="int", default=5),
                    allocate=dict(type="int", default=2),
                    loop=dict(type="int", default=1),
                    msgwait=dict(type="int", default=10),
                ),
            ),
            reinitialize=dict(type="list", elements="str", default=[]),
        ),
        supports_check_mode=True,
    )
    params, host = module.params, _sbd_host.SbdHost(module)
    timeouts = params["timeouts"]
    if len(params["devices"]) not in NUMBERS:
        module.fail_json(msg="devices: there are %d; allowed are 1 or 3." % len(params["devices"]))
    if min(timeouts.values()) < 1 or timeouts["msgwait"] < 2 * timeouts["watchdog"]:
        module.fail_json(msg="timeouts: msgwait is %d and watchdog %d; allowed are numbers from 1 on, and a msgwait of at "
                             "least twice watchdog." % (timeouts["msgwait"], timeouts["watchdog"]))
    wanted = {"devices": {path: _block_host.kernel_path(path) for path in params["devices"]}, "timeouts": timeouts,
              "reinitialize": params["reinitialize"]}
    found = world(host, wanted, module.check_mode)
    commands, problems = _sbd_plan.plan(wanted, found)
    if problems:
        module.fail_json(msg=" ".join(problems) + " Nothing was changed.")
    if not module.check_mode:
        for path, argv in commands.items():
            host.must(argv, ADVICE)
            header = host.header(path)[0]
            if not header or header["timeouts"] != timeouts:
                module.fail_json(msg="%s reported success, and sbd -d %s dump says: %s. Somebody else may be writing "
                                     "there." % (" ".join(argv), path, words(header).strip()))
    module.exit_json(
        changed=bool(commands),
        commands=[" ".join(argv) for argv in commands.values()],
        diff=[{"before_header": path, "after_header": path,
               "before": words(found["headers"].get(wanted["devices"][path])), "after": words({"timeouts": timeouts})}
              for path in commands],
    )


if __name__ == "__main__":
    main()
