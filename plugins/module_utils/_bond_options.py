# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the options of the bonding driver that can be set, the modes they fit, and their names in each backend.

After https://docs.kernel.org/networking/bonding.html and drivers/net/bonding/bond_options.c of Linux 6.1. Only what
ifupdown, systemd-networkd and NetworkManager of Debian 12 can all write is here.
"""

from __future__ import annotations

MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")
# In these modes the driver watches links by MII only.
MII_MODES = ("802.3ad", "balance-tlb", "balance-alb")
ARP_MODES = tuple(mode for mode in MODES if mode not in MII_MODES)
HASH_MODES = ("balance-xor", "802.3ad", "balance-tlb", "balance-alb")
PRIMARY_MODES = ("active-backup", "balance-tlb", "balance-alb")
BACKUP = ("active-backup",)
LACP = ("802.3ad",)
LONGEST = 2147483647


class Option:
    """One option: the modes it fits, its values, and what networkd and ifupdown call it.

    values: a tuple of words, or (smallest, largest) as range.
    networkd: key of [Bond] in systemd.netdev(5), with %s where a unit follows the value.
    ifenslave: whether Debian's ifenslave sets it; the others are set with ip-link(8) once the bond is up.
    """

    def __init__(self, modes, values, networkd, ifenslave=True):
        self.modes = modes
        self.values = values
        self.networkd = networkd
        self.ifenslave = ifenslave

    def accepts(self, value):
        if isinstance(self.values, range):
            return isinstance(value, int) and not isinstance(value, bool) and value in self.values
        return isinstance(value, str) and value in self.values

    def allowed(self):
        if self.values == range(0, 2):
            return "0 or 1"
        if isinstance(self.values, range):
            return "a whole number from %d to %d" % (self.values[0], self.values[-1])
        return ", ".join(self.values)


def up_to(largest, smallest=0):
    return range(smallest, largest + 1)


# In the order in which they are written.
OPTIONS = {
    "miimon": Option(MODES, up_to(LONGEST), "MIIMonitorSec=%dms"),
    "updelay": Option(MODES, up_to(LONGEST), "UpDelaySec=%dms"),
    "downdelay": Option(MODES, up_to(LONGEST), "DownDelaySec=%dms"),
    "arp_interval": Option(ARP_MODES, up_to(LONGEST), "ARPIntervalSec=%dms"),
    "arp_validate": Option(
        ARP_MODES, ("none", "active", "backup", "all"), "ARPValidate=%s"),
    "arp_all_targets": Option(BACKUP, ("any", "all"), "ARPAllTargets=%s", ifenslave=False),
    "primary_reselect": Option(PRIMARY_MODES, ("always", "better", "failure"), "PrimaryReselectPolicy=%s"),
    "fail_over_mac": Option(BACKUP, ("none", "active", "follow"), "FailOverMACPolicy=%s"),
    "num_grat_arp": Option(BACKUP, up_to(255), "GratuitousARP=%d"),
    "resend_igmp": Option(
        ("balance-rr", "active-backup", "balance-tlb", "balance-alb"), up_to(255), "ResendIGMP=%d", ifenslave=False),
    "xmit_hash_policy": Option(
        HASH_MODES, ("layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4"), "TransmitHashPolicy=%s"),
    "lacp_rate": Option(LACP, ("slow", "fast"), "LACPTransmitRate=%s"),
    "ad_select": Option(LACP, ("stable", "bandwidth", "count"), "AdSelect=%s"),
    "min_links": Option(LACP, up_to(LONGEST), "MinLinks=%d", ifenslave=False),
    "packets_per_slave": Option(("balance-rr",), up_to(65535), "PacketsPerSlave=%d"),
    "tlb_dynamic_lb": Option(("balance-tlb",), up_to(1), "DynamicTransmitLoadBalancing=%d"),
    "lp_interval": Option(
        ("balance-tlb", "balance-alb"), up_to(LONGEST, smallest=1), "LearnPacketIntervalSec=%d", ifenslave=False),
    "all_slaves_active": Option(MODES, up_to(1), "AllSlavesActive=%d", ifenslave=False),
}


def chosen(bond):
    """[(name, option, value)] of those that a bond sets, in order."""
    return [(name, option, bond[name]) for name, option in OPTIONS.items() if name in bond]
