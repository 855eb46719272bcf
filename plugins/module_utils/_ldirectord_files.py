# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role ldirectord writes and installs. No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_cf as cf

CONFIGURATION = "/etc/ha.d/ldirectord.cf"

# roles/ldirectord/files/ldirectord-test
TEST = ["/usr/local/sbin/ldirectord-test", "%s"]

SYSCTL_HEAD = "# Written by role ldirectord of halab.cluster. Real servers by masq answer through this host.\n"
SYSCTL_VALUES = {
    # A redirect would tell the servers a way around this host.
    4: "net.ipv4.ip_forward = 1\nnet.ipv4.conf.*.send_redirects = 0\n",
    6: "net.ipv6.conf.all.forwarding = 1\n",
}

# What a check loads without being asked whether it is there. ldirectord would end at it.
PERL_MODULES = {"mysql": "libdbd-mysql-perl", "pgsql": "libdbd-pg-perl"}
PERL_INET6 = "libnet-inet6glue-perl"


def ldirectord_files(variables):
    """The file as module daemon takes it."""
    secret = any(word in virtual for virtual in variables["ldirectord_virtual"] for word in cf.SECRETS)
    return [
        {
            "path": CONFIGURATION,
            "secret_content" if secret else "content": cf.ldirectord_cf(variables),
            "mode": "0600",
            "validate": TEST,
        }
    ]


def forwards(virtual):
    """Whether packets come back through this host."""
    methods = [server["forwarding"] for server in virtual["real"]] + str(virtual.get("fallback", "")).split()[1:]
    return "masq" in methods


def ldirectord_sysctl(variables):
    """The text of a file for sysctl.d(5); none where nothing is to be set."""
    versions = {cf.version(virtual) for virtual in variables["ldirectord_virtual"] if forwards(virtual)}
    for word, number in (("fallback", 4), ("fallback6", 6)):
        if str(cf.global_words(variables).get(word, "")).endswith(" masq"):
            versions.add(number)
    return SYSCTL_HEAD + "".join(SYSCTL_VALUES[number] for number in sorted(versions)) if versions else ""


def ldirectord_packages(variables):
    """The packages that its checks need beside its own."""
    found = {"ldirectord"}
    for virtual in variables["ldirectord_virtual"]:
        # Every number means that a service is asked now and then.
        if cf.checktype(virtual) == "negotiate" or isinstance(cf.checktype(virtual), int):
            found.add(PERL_MODULES.get(cf.service(virtual), "ldirectord"))
            if cf.version(virtual) == 6 and cf.service(virtual) in ("http", "https"):
                found.add(PERL_INET6)
    return sorted(found)


def fallback(virtual, variables):
    """What serves when no real server does: its own one, or the common one of its family."""
    common = cf.global_words(variables).get("fallback6" if cf.version(virtual) == 6 else "fallback")
    return str(virtual.get("fallback", common or "")).split()


def ldirectord_lvs(variables):
    """What these virtual services, which have been accepted, ask of a kernel and its networks: options of
    ipvs_ability_info.
    """
    schedulers, gate = set(), set()
    for virtual in variables["ldirectord_virtual"]:
        # ldirectord's own choices: wrr, and gate for a fallback that says nothing else.
        schedulers.add(virtual.get("scheduler", "wrr"))
        for server in virtual["real"]:
            if server["forwarding"] == "gate":
                # A range of addresses is in a network when both its ends are.
                gate |= {str(end) for end in cf.ends(server)}
        words = fallback(virtual, variables)
        if words and words[1:] in ([], ["gate"]):
            gate.add(str(cf.endpoint(words[0])[0]))
    # It starts no synchronisation daemons.
    return {"schedulers": sorted(schedulers), "gate": sorted(gate), "interfaces": []}
