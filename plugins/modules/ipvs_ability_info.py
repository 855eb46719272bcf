#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_ability_info
short_description: Tell whether a node can balance as it is wanted to
version_added: 0.1.0
description:
  - For roles where another program makes the table of the IP Virtual Server, such as keepalived or ldirectord. These
    log what the kernel refuses, and go on without it.
  - Says what module M(halab.cluster.ipvs_service) would refuse for reasons that only the node knows.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  schedulers:
    description: Schedulers that the kernel should have, such as V(wlc).
    type: list
    elements: str
    default: []
  gate:
    description: Addresses of servers that are to be reached by direct routing.
    type: list
    elements: str
    default: []
  interfaces:
    description: Interfaces that connection synchronisation daemons are to use.
    type: list
    elements: str
    default: []
notes:
  - Where there is no modprobe or no kernel module at all, as in a container, schedulers are not judged; without ip(8),
    ways are not.
seealso:
  - module: halab.cluster.ipvs_service
"""

EXAMPLES = r"""
- name: Ask whether this node can do it
  halab.cluster.ipvs_ability_info:
    schedulers: [wlc, mh]
    gate: [192.0.2.21, "2001:db8::21"]
    interfaces: [eth1]
  register: ability

- name: Refuse what it cannot do
  ansible.builtin.assert:
    that: ability.problems | length == 0
    fail_msg: "{{ ability.problems }}"
"""

RETURN = r"""
asked:
  description: The options, all of them. Who asks the same again in one run can do without.
  returned: success
  type: dict
  sample: {schedulers: [wlc, mh], gate: [192.0.2.21, "2001:db8::21"], interfaces: [eth1]}
problems:
  description:
    - A sentence for each scheduler that this kernel lacks, each server that is behind a router, and each interface that
      is not there.
  returned: success
  type: list
  elements: str
  sample:
    - scheduler is mh; allowed is what this kernel has, and it has no module ip_vs_mh (modprobe finds none).
"""

import ipaddress

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_ability as ability
from ansible_collections.halab.cluster.plugins.module_utils._ipvs_host import Host

SYNC = "interface of a synchronisation daemon"


def address(text):
    """Whether this is an address; ip(8) would take a name or an option as well."""
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def main():
    module = AnsibleModule(
        argument_spec=dict(
            schedulers=dict(type="list", elements="str", default=[]),
            gate=dict(type="list", elements="str", default=[]),
            interfaces=dict(type="list", elements="str", default=[]),
        ),
        supports_check_mode=True,
    )
    wrong = [text for text in module.params["gate"] if not address(text)]
    if wrong:
        module.fail_json(msg="gate has %s; allowed are IPv4 and IPv6 addresses." % ", ".join(wrong))
    host = Host(module)
    problems = host.lacking(ability.scheduler_modules(module.params["schedulers"]))
    problems += host.behind_routers([("real server %s" % text, text) for text in module.params["gate"]])
    problems += host.without_interface([(SYNC, name) for name in module.params["interfaces"]])
    module.exit_json(changed=False, asked=module.params, problems=problems)


if __name__ == "__main__":
    main()
