#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_identity_info
short_description: Tell one boot of a node from the next, and know it by its MAC addresses
version_added: 0.1.0
description:
  - Returns what changes whenever the node is started anew, for a container as well as for a host, and the MAC
    addresses it speaks with.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
"""

EXAMPLES = r"""
- name: Remember this boot
  halab.cluster.node_identity_info:
  register: boot
"""

RETURN = r"""
boot:
  description:
    - The kernel's boot id and the start of PID 1 in it. A host gets a new boot id, a container a new PID 1.
  returned: always
  type: str
  sample: 0d5b8c5e-6a3c-4d0f-8f2e-7b1f0a9d9a55/4242
macs:
  description: The MAC addresses of all network interfaces but loopback.
  returned: always
  type: list
  elements: str
  sample: [52:54:00:00:00:0b]
os:
  description: Distribution and major release.
  returned: always
  type: str
  sample: debian13
"""

import os

from ansible.module_utils.basic import AnsibleModule


def read(path):
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


def start_of(stat):
    """The start time, in clock ticks, in the content of /proc/PID/stat: its field 22, and 2 may hold anything."""
    return int(stat[stat.rindex(')') + 2:].split()[19])


def release(os_release):
    """'debian13' from the content of /etc/os-release."""
    values = {}
    for line in os_release.splitlines():
        name, found, value = line.partition('=')
        if found:
            values[name] = value.strip('"\'')
    return values.get('ID', 'linux') + values.get('VERSION_ID', '').split('.')[0]


def macs(folder='/sys/class/net'):
    found = set()
    for interface in os.listdir(folder):
        path = os.path.join(folder, interface, 'address')
        # Files such as bonding_masters lie among the interfaces.
        if interface != 'lo' and os.path.exists(path):
            found.add(read(path).strip())
    return sorted(found)


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    boot_id = read('/proc/sys/kernel/random/boot_id').strip()
    module.exit_json(
        changed=False,
        boot='%s/%d' % (boot_id, start_of(read('/proc/1/stat'))),
        macs=macs(),
        os=release(read('/etc/os-release')),
    )


if __name__ == '__main__':
    main()
