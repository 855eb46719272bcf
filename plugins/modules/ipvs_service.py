#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_service
short_description: Keep the virtual services of the IP Virtual Server
version_added: 0.1.0
description:
  - Brings virtual services, their real servers, the timeouts and the connection synchronisation daemons of this node's
    kernel to what is wanted, with ipvsadm(8).
  - It takes as few commands as possible, in an order in which connections that are established live on. What differs is
    edited and never deleted and added again. Only what a server or service that is removed serves is lost.
  - Another forwarding method holds for new connections; each goes on with the one that it began with. A server of
    weight 0 gets no new connections and keeps those that it has.
  - All that cannot be done is refused, in sentences and for all services at once, before anything is changed. Among
    that is a server that is new for direct routing and stands behind a router (C(ip route get)), which would never see
    a packet, and a daemon that is to be started on an interface that is not there.
  - A command that fails all the same leaves no half of a table. What was there before is put back, and the message says
    whether that has succeeded. Connections of what had been removed by then are lost.
  - The kernel forgets its table when it is shut down.
author:
  - halab.cluster contributors (@halab)
requirements:
  - ipvsadm 1.31 or later on the node
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
attributes:
  check_mode:
    details:
      - Options of a daemon that are left to the kernel are not predicted.
      - On a node that has no ipvsadm yet, the table is taken for empty.
options:
  services:
    description:
      - The virtual services. Each is identified by exactly one of O(services[].tcp), O(services[].udp),
        O(services[].sctp) and O(services[].fwmark).
    type: list
    elements: dict
    default: []
    suboptions:
      tcp:
        description:
          - Address and port of a TCP service, both as numbers. An IPv6 address stands in brackets.
          - Port 0 is all ports, and takes O(services[].persistent).
        type: str
      udp:
        description: The same of a UDP service.
        type: str
      sctp:
        description: The same of an SCTP service.
        type: str
      fwmark:
        description: A firewall mark, 1 to 4294967295. Packets that have it belong to this service.
        type: int
      ipv6:
        description: Whether O(services[].fwmark) is for IPv6 packets.
        type: bool
        default: false
      state:
        description:
          - V(present) makes the service what the other options say, each with its default where it is not given.
          - V(absent) removes it with its servers, and the kernel drops its connections.
        type: str
        choices: [present, absent]
        default: present
      scheduler:
        description: How servers are chosen, as far as the node's kernel can. See ipvsadm(8).
        type: str
        choices: [rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos]
        default: wlc
      sched_flags:
        description:
          - Flags of the scheduler. V(sh-fallback) and V(sh-port) are for V(sh), V(mh-fallback) and V(mh-port) for
            V(mh).
        type: list
        elements: str
        choices: [sh-fallback, sh-port, mh-fallback, mh-port]
        default: []
      persistent:
        description:
          - For how many seconds all connections of a client go to one server, 1 to 2678400. Not given, they need not.
        type: int
      netmask:
        description:
          - Which clients persist together, as a mask for IPv4 and a prefix length for IPv6. Not given, each for itself.
        type: str
      pe:
        description: A persistence engine. V(sip) is for UDP, and persists by the Call-ID.
        type: str
        choices: [sip]
      ops:
        description: Whether each packet is scheduled by itself, for UDP only.
        type: bool
        default: false
      real_servers:
        description:
          - The servers. Others that the service has are left alone, unless O(purge=true).
        type: list
        elements: dict
        default: []
        suboptions:
          address:
            description: Its address. With O(services[].real_servers[].forwarding=ipip) it can be of the other family.
            type: str
            required: true
          port:
            description:
              - Its port. Not given, that of the service; with O(services[].fwmark), that of the packet.
              - Only V(masq) can have another one than the service.
            type: int
          state:
            description: V(absent) removes it, and the kernel drops its connections. Weight 0 is the gentle way.
            type: str
            choices: [present, absent]
            default: present
          forwarding:
            description:
              - V(masq) is NAT (C(--masquerading)), V(gate) direct routing (C(--gatewaying)), V(ipip) a tunnel
                (C(--ipip)).
            type: str
            choices: [masq, gate, ipip]
            default: gate
          weight:
            description: Its share, 0 to 65535. With 0 it gets no new connections.
            type: int
            default: 1
          u_threshold:
            description:
              - It gets no new connections while it has more than that many, 0 to 65535. With 0 there is no limit.
            type: int
            default: 0
          l_threshold:
            description:
              - After that it gets new ones when it has fewer than that many, 0 to
                O(services[].real_servers[].u_threshold). With 0 that is three quarters of
                O(services[].real_servers[].u_threshold).
            type: int
            default: 0
          tun_type:
            description: The kind of tunnel of V(ipip). Not given, V(ipip).
            type: str
            choices: [ipip, gue, gre]
          tun_port:
            description: The UDP port of a V(gue) tunnel, which needs one.
            type: int
          tun_flags:
            description:
              - Checksums of the tunnel, none, checksums, or remote checksum offload. V(gue) takes all three, V(gre) the
                first two. Not given, V(nocsum).
            type: str
            choices: [nocsum, csum, remcsum]
  timeouts:
    description: Timeouts of connections, each 1 to 2678400 seconds. Those not given stay as they are.
    type: dict
    suboptions:
      tcp:
        description: Of TCP connections.
        type: int
      tcpfin:
        description: Of TCP connections after a FIN.
        type: int
      udp:
        description: Of UDP.
        type: int
  daemons:
    description:
      - The daemons that tell other nodes of connections, or listen to them. Not given, they stay as they are.
      - A daemon whose options differ is stopped and started. Options that are not given are the kernel's own, or stay
        as they are.
    type: list
    elements: dict
    suboptions:
      state:
        description: V(master) sends, V(backup) receives. A node can have both.
        type: str
        choices: [master, backup]
        required: true
      mcast_interface:
        description: The interface to send or listen on, one that the node has.
        type: str
        required: true
      syncid:
        description: Masters and backups of the same number, 0 to 255, belong together. A backup with 0 takes all.
        type: int
        default: 0
      sync_maxlen:
        description: Length of the messages in bytes, 1 to 65507 (65487 over IPv6); of a V(backup) at least 1024.
        type: int
      mcast_group:
        description: The multicast address.
        type: str
      mcast_port:
        description: The UDP port, 1 to 65535.
        type: int
      mcast_ttl:
        description: The time to live of the messages, 1 to 255.
        type: int
  purge:
    description:
      - Remove the services, the servers of services, and with O(daemons) also the daemons that are not named. The
        kernel drops the connections of what is removed.
    type: bool
    default: false
notes:
  - Services that keepalived or ldirectord manage belong to these. Both put back what they miss.
seealso:
  - module: halab.cluster.ipvs_info
  - name: ipvsadm(8)
    description: What the options mean.
    link: https://manpages.debian.org/ipvsadm.8
"""

EXAMPLES = r"""
- name: Balance a web service between two servers, the second of which gets no new connections
  halab.cluster.ipvs_service:
    services:
      - tcp: 192.0.2.10:80
        scheduler: wrr
        real_servers:
          - {address: 10.0.0.1, port: 8080, forwarding: masq, weight: 10}
          - {address: 10.0.0.2, port: 8080, forwarding: masq, weight: 0}

- name: Own the whole table, and tell the other balancer of all connections
  halab.cluster.ipvs_service:
    services:
      - fwmark: 1
        ipv6: true
        scheduler: sh
        sched_flags: [sh-port]
        persistent: 600
        netmask: 64
        real_servers:
          - {address: "2001:db8::1"}
          - {address: "2001:db8::2"}
    timeouts: {tcp: 3600}
    daemons:
      - {state: master, mcast_interface: eth1, syncid: 7}
    purge: true
"""

RETURN = r"""
commands:
  description:
    - The commands that were run, or in check mode would be run, in order. When one failed, those before it.
  returned: always
  type: list
  elements: str
  sample: [ipvsadm -e -t 192.0.2.10:80 -r 10.0.0.2:8080 -m -w 0]
put_back:
  description: The commands that were run to put back what was, in order.
  returned: when a command failed
  type: list
  elements: str
  sample: [ipvsadm -D -t 192.0.2.10:80]
services:
  description:
    - The virtual services, as M(halab.cluster.ipvs_info) describes them, without counters. In check mode as predicted.
  returned: success
  type: list
  elements: dict
timeouts:
  description: The timeouts, in seconds. In check mode as predicted.
  returned: success
  type: dict
  sample: {tcp: 900, tcpfin: 120, udp: 300}
daemons:
  description: The synchronisation daemons. In check mode as predicted.
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_ability as ability
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_arguments as arguments
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_wanted
from ansible_collections.halab.cluster.plugins.module_utils._ipvs_host import Failed, Host


def refuse(module, sentences):
    if sentences:
        module.fail_json(msg=" ".join(sentences), problems=sentences, commands=[])


def lines(commands):
    return [" ".join(argv) for argv in commands]


def put_back(host, before, meant):
    """After a command has failed: the commands that were run, and a sentence about what there is now."""
    commands = []
    try:
        here = host.look()
        commands = plan.commands(here, plan.back(here, before, meant))
        complaints = host.complaints(commands)
        here = host.look()
        left = plan.commands(here, plan.back(here, before, meant))
    except Failed as failed:
        return commands, "What the table is now is not known: %s" % failed
    if left:
        return commands, plan.NOT_AS_IT_WAS % ("; ".join(lines(left)), " ".join(complaints))
    return commands, plan.AS_IT_WAS


def bring(module, host, before, after):
    """Runs what leads from one table to the other. A half of it is no table that anybody has wanted."""
    done = []
    for argv in plan.commands(before, after):
        try:
            host.must(argv)
        except Failed as failed:
            commands, said = put_back(host, before, after)
            module.fail_json(msg="%s %s" % (failed, said), rc=failed.rc, commands=done, put_back=lines(commands))
        done.append(" ".join(argv))
    return done


def run(module, host):
    wanted = module.params
    refuse(module, _ipvs_wanted.problems(wanted))
    host.must_be_installed()
    before = host.look()
    after = plan.after(wanted, before)
    commands = plan.commands(before, after)
    if commands:
        # What is there already, the kernel has.
        refuse(
            module,
            host.lacking(plan.modules(after["services"]))
            + host.behind_routers(ability.new_gates(before["services"], after["services"]))
            + host.without_interface(ability.new_interfaces(before["daemons"], after["daemons"])),
        )
    if commands and not module.check_mode:
        done = bring(module, host, before, after)
        after = host.look()
        # Somebody else is at it. To put back what was would be one more hand in it.
        undone = plan.commands(after, plan.after(wanted, after))
        if undone:
            module.fail_json(msg=plan.UNDONE % "; ".join(lines(undone)), commands=done)
    module.exit_json(
        changed=bool(commands),
        commands=lines(commands),
        diff=dict(before=plan.shown(before), after=plan.shown(after), before_header="ipvsadm", after_header="ipvsadm"),
        **after,
    )


def main():
    module = AnsibleModule(
        argument_spec=dict(
            services=dict(type="list", elements="dict", default=[], options=arguments.SERVICE),
            timeouts=dict(type="dict", options=arguments.TIMEOUTS),
            daemons=dict(type="list", elements="dict", options=arguments.DAEMON),
            purge=dict(type="bool", default=False),
        ),
        supports_check_mode=True,
    )
    try:
        run(module, Host(module))
    except Failed as failed:
        module.fail_json(msg=str(failed), rc=failed.rc)


if __name__ == "__main__":
    main()
