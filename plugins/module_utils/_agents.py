# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the agents of Debian, so that a misspelt one is noticed without asking a node.

Other providers and systemd's units are not here: anybody may bring those, and pacemaker_cib looks for them on the
node.
"""

from __future__ import annotations

import difflib

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

# What Debian 12 or Debian 13 has, read from each release's packages with
#   dpkg --contents PACKAGE.deb | grep -E 'usr/lib/ocf/resource.d/(heartbeat|pacemaker)/[^.]|usr/sbin/fence_'
# OCF: resource-agents 4.12.0-2, 4.16.0-3+deb13u2; pacemaker, pacemaker-resource-agents 2.1.5-1+deb12u1, 3.0.0-2;
#   resource-agents-paf 2.3.0-1, 2.3.0-2; booth-pacemaker 1.0-283-g9d4029a-2+deb12u1, 1.2-3.
# Fencing: pacemaker as above; fence-agents, fence-virt 4.12.1-1; fence-agents-*, fence-virt 4.16.0-3. Without
#   fence_ack_manual, which is a question to a person.
# Plugins: cluster-glue 1.0.12-21, 1.0.12-24, from before there were fence agents. Resources may name them, too
#   (`crm_resource --list-agents stonith`). Without external/*, whose slash no agent's name may have here.
OCF = {
    "heartbeat": tuple(
        """
        AoEtarget AudibleAlarm CTDB ClusterMon Delay Dummy EvmsSCC Evmsd Filesystem ICP IPaddr IPaddr2 IPsrcaddr
        IPv6addr LVM LVM-activate LinuxSCSI MailTo ManageRAID ManageVE NodeUtilization Pure-FTPd Raid1 Route
        SAPDatabase SAPInstance SendArp ServeRAID SphinxSearchDaemon Squid Stateful SysInfo VIPArip
        VirtualDomain WAS WAS6 WinPopup Xen Xinetd ZFS aliyun-vpc-move-ip anything apache asterisk
        aws-vpc-move-ip aws-vpc-route53 awseip awsvip azure-events azure-events-az azure-lb clvm conntrackd
        corosync-qnetd crypt db2 dhcpd dnsupdate docker docker-compose dovecot dummypy eDir88 ethmonitor
        exportfs fio galera garbd gcp-ilb gcp-pd-move gcp-vpc-move-ip gcp-vpc-move-route gcp-vpc-move-vip
        iSCSILogicalUnit iSCSITarget ids iface-bridge iface-macvlan iface-vlan ipsec iscsi jboss jira kamailio
        ldirectord lvmlockd lxc lxd-info machine-info mariadb mdraid minio mpathpersist mysql mysql-proxy nagios
        named nfsnotify nfsserver nginx nvmet-namespace nvmet-port nvmet-subsystem ocivip
        openstack-cinder-volume openstack-floating-ip openstack-info openstack-virtual-ip oraasm oracle oralsnr
        osceip ovsmonitor pgagent pgsql pgsqlms pingd podman portblock postfix pound powervs-subnet proftpd
        rabbitmq-cluster rabbitmq-server-ha redis rkt rsyncd rsyslog scsi2reservation sfex sg_persist slapd
        smb-share storage-mon sybaseASE symlink syslog-ng tomcat varnish vdo-vol vmware vsftpd zabbixserver
        """.split()
    ),
    "pacemaker": tuple(
        """
        ClusterMon Dummy HealthCPU HealthIOWait HealthSMART Stateful SysInfo attribute booth-site controld
        ifspeed o2cb ping remote
        """.split()
    ),
}
FENCE = tuple(
    """
    fence_aliyun fence_alom fence_amt fence_apc fence_apc_snmp fence_aws fence_azure_arm fence_bladecenter
    fence_brocade fence_cdu fence_cisco_mds fence_cisco_ucs fence_compute fence_crosslink
    fence_cyberpower_ssh fence_docker fence_drac fence_drac5 fence_dummy fence_eaton_snmp fence_eaton_ssh
    fence_ecloud fence_emerson fence_eps fence_epsr2 fence_evacuate fence_gce fence_hds_cb
    fence_heuristics_ping fence_hpblade fence_ibm_powervs fence_ibm_vpc fence_ibmblade fence_ibmz
    fence_idrac fence_ifmib fence_ilo fence_ilo2 fence_ilo3 fence_ilo3_ssh fence_ilo4 fence_ilo4_ssh
    fence_ilo5 fence_ilo5_ssh fence_ilo_moonshot fence_ilo_mp fence_ilo_ssh fence_imm fence_intelmodular
    fence_ipdu fence_ipmilan fence_ipmilanplus fence_ironic fence_kdump fence_kubevirt fence_ldom
    fence_legacy fence_lindypdu fence_lpar fence_mpath fence_netio fence_nutanix_ahv fence_openstack
    fence_ovh fence_ovm fence_powerman fence_pve fence_raritan fence_raritan_px3 fence_rcd_serial
    fence_redfish fence_rhevm fence_rsa fence_rsb fence_sanbox2 fence_sbd fence_scsi fence_skalar
    fence_tripplite_snmp fence_vbox fence_virsh fence_virt fence_vmware fence_vmware_rest fence_vmware_soap
    fence_vmware_vcloud fence_watchdog fence_wti fence_xenapi fence_xvm fence_zvmip
    """.split()
)
PLUGINS = tuple(
    """
    apcmaster apcmastersnmp apcsmart baytech bladehpi cyclades drac3 ibmhmc ipmilan meatware null nw_rpc100s
    rcd_serial rps10 ssh suicide wti_mpc wti_nps
    """.split()
)
_OCF = tuple("ocf:%s:%s" % (provider, name) for provider, names in OCF.items() for name in names)
_STONITH = tuple("stonith:" + name for name in FENCE + PLUGINS)
# What an agent's name begins with: the agents among which it has to be, unless somebody brought it along.
_KNOWN = {"ocf:heartbeat:": _OCF, "ocf:pacemaker:": _OCF, "stonith:": _STONITH, "fence_": FENCE}


def _bare(agent):
    """The part of a name that is worth comparing."""
    return agent.rsplit(":", maxsplit=1)[-1].removeprefix("fence_").lower()


def extra_agents(variable, variables, problems_of_name, example):
    """(the user's own agents, problems)"""
    extra = variables[variable]
    if not isinstance(extra, list):
        return [], [
            "%s is %s (%r); allowed is a list of agents such as %s." % (variable, common.kind(extra), extra, example)
        ]
    return extra, [
        problem
        for position, agent in enumerate(extra)
        for problem in problems_of_name("%s[%d]" % (variable, position), agent)
    ]


def unknown_agent(where, agent, extra_variable, extra):
    """Why no node would have this agent: one sentence, or none. extra: the user's own agents."""
    known = next((agents for beginning, agents in _KNOWN.items() if agent.startswith(beginning)), None)
    if known is None or agent in known or agent in extra:
        return []
    close = difflib.get_close_matches(_bare(agent), sorted({_bare(name) for name in known}))
    nearest = [name for wanted in close for name in known if _bare(name) == wanted]
    return [
        "%s: agent is %r, which Debian does not have; allowed are Debian's%s, and your own that %s names."
        % (where, agent, " (the nearest: %s)" % ", ".join(nearest) if nearest else "", extra_variable)
    ]
