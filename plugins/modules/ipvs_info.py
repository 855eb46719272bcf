#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_info
short_description: Tell about the IP Virtual Server of a node
version_added: 0.1.0
description:
  - Returns the virtual services of the kernel with their real servers, connections and counters, the timeouts, and
    the connection synchronisation daemons.
  - Reads C(ipvsadm --save --numeric), and of C(ipvsadm --list) the outputs C(--thresholds), C(--stats --exact),
    C(--timeout) and C(--daemon).
  - ipvsadm loads the kernel's module ip_vs. This module does not. It says that there is nothing where that is not
    loaded.
author:
  - halab.cluster contributors (@halab)
requirements:
  - ipvsadm 1.31 or later on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
seealso:
  - module: halab.cluster.ipvs_service
  - name: ipvsadm(8)
    description: What the options and counters mean.
    link: https://manpages.debian.org/ipvsadm.8
"""

EXAMPLES = r"""
- name: Look at the virtual services
  halab.cluster.ipvs_info:
  register: ipvs

- name: Wait until no connection is left on a server of weight 0
  halab.cluster.ipvs_info:
  register: ipvs
  until: >-
    ipvs.services | map(attribute='real_servers') | flatten | selectattr('address', 'eq', '10.0.0.1')
    | map(attribute='active') | sum == 0
  retries: 60
  delay: 5
"""

RETURN = r"""
loaded:
  description: Whether the kernel has loaded ip_vs.
  returned: success
  type: bool
  sample: true
services:
  description:
    - The virtual services, with the options that O(halab.cluster.ipvs_service#module:services) has, and C(stats).
  returned: success
  type: list
  elements: dict
  contains:
    tcp:
      description: Address and port of a TCP service, none for others. C(udp) and C(sctp) likewise.
      type: str
      sample: 192.0.2.10:80
    fwmark:
      description: The firewall mark of a service that has one instead, C(ipv6) whether it is for IPv6.
      type: int
      sample: 1
    scheduler:
      description: Its scheduler.
      type: str
      sample: wlc
    sched_flags:
      description: The flags of its scheduler.
      type: list
      elements: str
      sample: [sh-port]
    persistent:
      description: For how many seconds a client persists on a server, none if it does not.
      type: int
      sample: 300
    netmask:
      description: Which clients persist together; none means each for itself.
      type: str
      sample: 255.255.255.0
    pe:
      description: The persistence engine.
      type: str
      sample: sip
    ops:
      description: Whether each packet is scheduled by itself.
      type: bool
      sample: false
    real_servers:
      description:
        - Its servers, with C(address), C(port), C(forwarding), C(weight), C(u_threshold), C(l_threshold), C(tun_type),
          C(tun_port) and C(tun_flags); C(active) and C(inactive) are its connections, and C(stats) its counters.
      type: list
      elements: dict
      sample: [{address: 10.0.0.1, port: 80, forwarding: masq, weight: 1, active: 12, inactive: 3}]
    stats:
      description: Its counters, C(conns), C(inpkts), C(outpkts), C(inbytes) and C(outbytes), since it was added.
      type: dict
      sample: {conns: 40, inpkts: 240, outpkts: 200, inbytes: 12800, outbytes: 94000}
timeouts:
  description: The timeouts of connections, of TCP, of TCP after a FIN, and of UDP, in seconds.
  returned: success
  type: dict
  sample: {tcp: 900, tcpfin: 120, udp: 300}
daemons:
  description: The synchronisation daemons that run.
  returned: success
  type: list
  elements: dict
  sample:
    - state: master
      mcast_interface: eth1
      syncid: 7
      sync_maxlen: 1472
      mcast_group: 224.0.0.81
      mcast_port: 8848
      mcast_ttl: 1
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read
from ansible_collections.halab.cluster.plugins.module_utils._ipvs_host import Failed, Host


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    host = Host(module)
    loaded = host.is_loaded()
    try:
        table = host.look()
        if loaded:
            _ipvs_read.with_counters(table["services"], host.thresholds(), host.stats())
    except Failed as failed:
        module.fail_json(msg=str(failed), rc=failed.rc)
    module.exit_json(changed=False, loaded=loaded, **table)


if __name__ == "__main__":
    main()
