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
