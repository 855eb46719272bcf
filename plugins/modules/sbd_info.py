#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sbd_info
short_description: Tell about sbd on a node, and about its devices
version_added: 0.1.0
description:
  - Returns whether sbd runs, what it goes by, and what its devices hold, with the messages to each node.
  - Reads C(/etc/default/sbd), C(sbd dump), C(sbd list) and C(systemctl show). It asks no watchdog, since that would arm it;
    M(halab.cluster.node_health_info) tells about those.
author:
  - halab.cluster contributors (@halab)
requirements:
  - sbd 1.5 or later and systemd on the node; without sbd there is little to tell
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  devices:
    description: The devices to tell about. None, those of C(/etc/default/sbd).
    type: list
    elements: str
    default: []
seealso:
  - module: halab.cluster.sbd_device
  - name: sbd(8)
    description: What the values mean.
    link: https://manpages.debian.org/sbd.8
"""

EXAMPLES = r"""
- name: Look at sbd
  halab.cluster.sbd_info:
  register: state

- name: Wait until every node has its slot
  halab.cluster.sbd_info:
  register: state
  until: >-
    state.devices | map(attribute='messages') | flatten | map(attribute='node')
    | intersect(groups['cluster']) | length == groups['cluster'] | length
  retries: 10
  delay: 3
"""

RETURN = r"""
sbd:
  description: The daemon.
  returned: success
  type: dict
  contains:
    installed:
      description: Whether there is an sbd.
      type: bool
    enabled:
      description: Whether it starts with corosync.
      type: bool
    running:
      description: Whether it runs.
      type: bool
    pid:
      description: Its first process, 0 where it does not run.
      type: int
    settings:
      description: The variables of C(/etc/default/sbd).
      type: dict
      sample: {SBD_WATCHDOG_DEV: /dev/watchdog, SBD_WATCHDOG_TIMEOUT: "5"}
    heeded:
      description:
        - The same when the running sbd was started, as the drop-in of role P(halab.cluster.sbd#role) has noted it. None
          where nobody has, or where none runs.
      type: dict
    pending:
      description:
        - Variables that a running sbd does not go by; all of them where nobody knows. Only a restart of the cluster's
          daemons on this node takes them on (C(playbooks/rolling_restart.yml)).
        - V(running) is there where it is enabled and does not run, V(enabled) where it is the other way around.
      type: list
      elements: str
      sample: [SBD_WATCHDOG_TIMEOUT]
    watched:
      description: The devices that the running sbd reads, each with this node's C(slot) and the device's C(uuid).
      type: list
      elements: dict
      sample: [{device: /dev/sbd1, slot: 0, uuid: 06979625-733c-454c-b88c-7d4c397ca22f}]
devices:
  description: The devices.
  returned: success
  type: list
  elements: dict
  contains:
    device:
      description: The device as it was named.
      type: str
      sample: /dev/sbd1
    present:
      description: Whether it is there.
      type: bool
    initialized:
      description: Whether it has a header of sbd's. Without one there is no RV(devices[].header) and no RV(devices[].messages).
      type: bool
    error:
      description: Why sbd could not read it.
      type: str
    header:
      description: What C(sbd dump) says.
      type: dict
      sample:
        version: "2.1"
        uuid: 06979625-733c-454c-b88c-7d4c397ca22f
        slots: 255
        sector_size: 512
        timeouts: {watchdog: 5, allocate: 2, loop: 1, msgwait: 10}
    messages:
      description: What C(sbd list) says, the slots that have a node.
      type: list
      elements: dict
      sample: [{slot: 1, node: node2, message: reset, sender: node1}]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _sbd_host, _sbd_read
from ansible_collections.halab.cluster.plugins.module_utils._sbd_words import devices_of


def main():
    module = AnsibleModule(
        argument_spec=dict(devices=dict(type="list", elements="str", default=[])),
        supports_check_mode=True,
    )
    host = _sbd_host.SbdHost(module)
    unit = host.unit()
    settings = _sbd_host.settings(_sbd_host.DEFAULT) or {}
    heeded = _sbd_host.settings(_sbd_host.HEEDED) if unit["running"] else None
    sbd = dict(
        unit,
        installed=host.is_installed(),
        settings=settings,
        heeded=heeded,
        pending=_sbd_read.pending(unit, settings, heeded),
        watched=_sbd_read.parse_titles(_sbd_host.titles()) if unit["running"] else [],
    )
    devices = module.params["devices"] or devices_of(settings)
    module.exit_json(changed=False, sbd=sbd, devices=[host.look(device) for device in devices])


if __name__ == "__main__":
    main()
