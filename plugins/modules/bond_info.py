#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bond_info
short_description: Tell which member of a bond carries the traffic, and how often each failed
version_added: 0.1.0
description:
  - Reads what the kernel says of its bonds in C(/proc/net/bonding).
  - The names are the bonding driver's own, with C(member) for what it calls a slave.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  names:
    description:
      - The bonds to look at. It is an error when one of them does not exist.
      - Without this option all bonds are read; a host without any is no error.
    type: list
    elements: str
notes:
  - What the kernel tells only root of LACP is V(null) for others.
seealso:
  - name: Linux Ethernet Bonding Driver HOWTO
    description: What the options and values mean.
    link: https://docs.kernel.org/networking/bonding.html
"""

EXAMPLES = r"""
- name: Look at the bonds
  halab.cluster.bond_info:
  register: found

- name: Wait until the primary member carries the traffic again
  halab.cluster.bond_info:
    names: [bond0]
  register: found
  until: found.bonds.bond0.active == 'eth0'
  retries: 30
  delay: 1
"""

RETURN = r"""
bonds:
  description:
    - The bonds by name. What does not belong to a bond's mode is V(null).
    - C(active) is the member that carries the traffic, in the modes that have one.
    - >-
      C(lacp) is the active aggregator of mode V(802.3ad), with its partner. A partner that was never heard has the
      address V(null).
    - >-
      C(members) are in the order in which they joined. C(carries) tells whether traffic goes over one now; C(speed) is
      in Mbit/s, V(null) when unknown; C(actor) and C(partner) are both ends of its LACP.
  returned: success
  type: dict
  sample:
    bond0:
      mode: active-backup
      mii_status: up
      active: eth0
      primary: eth0
      primary_reselect: always
      fail_over_mac: none
      xmit_hash_policy: null
      miimon: 100
      updelay: 0
      downdelay: 0
      arp_interval: 0
      arp_ip_target: []
      min_links: null
      lacp_rate: null
      ad_select: null
      lacp: null
      members:
        - name: eth0
          mii_status: up
          carries: true
          speed: 1000
          duplex: full
          link_failure_count: 0
          permanent_mac: "52:54:00:00:00:01"
          queue_id: 0
          aggregator_id: null
          actor: null
          partner: null
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _bond_read

DIRECTORY = "/proc/net/bonding"


def names_of_bonds():
    """All bonds; none where the driver is not loaded."""
    return sorted(os.listdir(DIRECTORY)) if os.path.isdir(DIRECTORY) else []


def main():
    module = AnsibleModule(argument_spec={"names": {"type": "list", "elements": "str"}}, supports_check_mode=True)
    present = names_of_bonds()
    wanted = present if module.params["names"] is None else module.params["names"]
    missing = [name for name in wanted if name not in present]
    if missing:
        module.fail_json(msg="There is no bond %s on this host; there is %s." % (
            ", ".join(missing), ", ".join(present) or "none"))
    bonds = {}
    for name in wanted:
        path = os.path.join(DIRECTORY, name)
        try:
            with open(path, encoding="utf-8") as file:
                bonds[name] = _bond_read.parse(file.read())
        except (OSError, _bond_read.UnreadableError) as error:
            module.fail_json(msg="%s cannot be read: %s" % (path, error))
    module.exit_json(changed=False, bonds=bonds)


if __name__ == "__main__":
    main()
