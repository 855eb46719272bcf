#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vrrp_info
short_description: Hear which virtual routers there are on a network
version_added: 0.1.0
description:
  - Listens for the adverts of VRRP (IP protocol 112, versions 2 and 3, over IPv4 and IPv6), and says who sent them.
  - Says nothing itself, apart from joining the multicast groups V(224.0.0.18) and V(ff02::12) while it listens.
  - With O(routers), it listens only where keepalived is to have one that it does not have yet, and otherwise costs no
    time.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  interfaces:
    description: Interfaces to listen on.
    type: list
    elements: str
  routers:
    description:
      - Virtual routers that keepalived is to have on this host. Listens on the interfaces of those that are not in
        O(keepalived_conf).
    type: list
    elements: dict
    suboptions:
      interface:
        description: Where it is.
        type: str
        required: true
      virtual_router_id:
        description: Its number.
        type: int
        required: true
      family:
        description: 4 for IPv4, 6 for IPv6. The numbers of one say nothing about those of the other.
        type: int
        choices: [4, 6]
        default: 4
  keepalived_conf:
    description:
      - The configuration that keepalived has now. None means that it has no router.
      - Instances in included files, or made by definitions, are not found there and count as new.
    type: path
    default: /etc/keepalived/keepalived.conf
  seconds:
    description:
      - How long to listen. All interfaces are listened to at the same time.
      - A router that sends every second is heard twice in the default time. One that sends less often than that is
        missed.
    type: float
    default: 3.0
notes:
  - Needs root, or the capability C(CAP_NET_RAW).
  - Hears what a firewall of this host drops. Does not hear what others tell each other by unicast, and no adverts with
    authentication by AH, which are of another protocol.
  - What is malformed, has a wrong checksum or comes through a router is ignored.
seealso:
  - name: RFC 3768
    description: VRRP version 2.
    link: https://www.rfc-editor.org/rfc/rfc3768
  - name: RFC 5798
    description: VRRP version 3.
    link: https://www.rfc-editor.org/rfc/rfc5798
"""

EXAMPLES = r"""
- name: Hear who uses VRRP on eth0
  halab.cluster.vrrp_info:
    interfaces: [eth0]
  become: true
  register: vrrp

- name: Hear whether a new router would be the second one with its number
  halab.cluster.vrrp_info:
    routers: [{interface: eth0, virtual_router_id: 51}]
  become: true
  register: vrrp
"""

RETURN = r"""
adverts:
  description: A dictionary for each host and each virtual router of it that was heard, as in its last advert.
  returned: success
  type: list
  elements: dict
  contains:
    interface:
      description: Where it was heard.
      type: str
    source:
      description: The address that it came from.
      type: str
    virtual_router_id:
      description: The number of the virtual router.
      type: int
    priority:
      description: The sender's priority; 0 when it has just given up.
      type: int
    version:
      description: Of VRRP, 2 or 3.
      type: int
    family:
      description: Of IP, 4 or 6.
      type: int
    addresses:
      description: The addresses of the virtual router.
      type: list
      elements: str
  sample:
    - interface: eth0
      source: 192.0.2.77
      virtual_router_id: 51
      priority: 100
      version: 2
      family: 4
      addresses: [192.0.2.200]
new:
  description: Those of O(routers) that keepalived does not have.
  returned: success
  type: list
  elements: dict
absent:
  description: Interfaces that should have been listened to and are not there.
  returned: success
  type: list
  elements: str
"""

import os
import select
import socket
import struct
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _vrrp

ETHERTYPES = (0x0800, 0x86DD)
GROUP4 = _vrrp.GROUPS[0].packed
GROUP6 = _vrrp.GROUPS[1].packed


def joined(interface):
    """Sockets that make the card and the switch hand over what is sent to the groups, as long as they are open."""
    number = socket.if_nametoindex(interface)
    ipv4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ipv4.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("=4s4si", GROUP4, b"\0" * 4, number))
    # A host that has no IPv6 is not reached by it.
    if not os.path.isdir("/proc/sys/net/ipv6/conf/" + interface):
        return [ipv4]
    ipv6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    ipv6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack("=16si", GROUP6, number))
    return [ipv4, ipv6]


def opened(interface):
    """Sockets for the IP packets that come in there, one for each family."""
    found = []
    for ethertype in ETHERTYPES:
        found.append(socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0))
        # Bound with its protocol, so that nothing of another interface gets in before.
        found[-1].bind((interface, ethertype))
    return found


def listen(sockets, seconds):
    """The adverts that come in. sockets: {socket: name of its interface}"""
    heard, waiting, end = [], dict(sockets), time.monotonic() + seconds
    while waiting and time.monotonic() < end:
        for sock in select.select(list(waiting), [], [], max(0, end - time.monotonic()))[0]:
            try:
                packet, sender = sock.recvfrom(2048)
            except OSError:
                del waiting[sock]  # it is down, so there is nothing to be heard
                continue
            advert = None if sender[2] == socket.PACKET_OTHERHOST else _vrrp.parse(packet)
            if advert:
                heard.append((waiting[sock], advert))
    return _vrrp.without_repetition(heard)


def hear(interfaces, seconds):
    """The adverts on these interfaces."""
    members, sockets = [], {}
    try:
        for interface in interfaces:
            sockets.update({sock: interface for sock in opened(interface)})
            members += joined(interface)
        return listen(sockets, seconds)
    finally:
        for sock in members + list(sockets):
            sock.close()


def present(path):
    """The text of keepalived.conf, none where there is no such file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read()
    except FileNotFoundError:
        return ""


def main():
    module = AnsibleModule(supports_check_mode=True, **_vrrp.ARGUMENTS)
    if module.params["seconds"] <= 0:
        module.fail_json(msg="seconds is %s; allowed is a number above 0." % module.params["seconds"])
    path, wanted = module.params["keepalived_conf"], module.params["routers"] or []
    try:
        new = _vrrp.missing(wanted, present(path)) if wanted else []
    except OSError as error:
        module.fail_json(msg="%s cannot be read: %s" % (path, error))
    interfaces = sorted(set(module.params["interfaces"] or [router["interface"] for router in new]))
    known = [name for dummy, name in socket.if_nameindex()]
    there = [interface for interface in interfaces if interface in known]
    try:
        adverts = hear(there, module.params["seconds"]) if there else []
    except PermissionError as error:
        module.fail_json(msg="VRRP needs a raw socket (%s): run this task with become." % error)
    except OSError as error:
        module.fail_json(msg="Nobody can listen on %s: %s" % (", ".join(there), error))
    absent = [interface for interface in interfaces if interface not in there]
    module.exit_json(**_vrrp.result(adverts, new, absent))


if __name__ == "__main__":
    main()
