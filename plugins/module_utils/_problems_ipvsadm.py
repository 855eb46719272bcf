# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role ipvsadm refuses before it touches a host."""

from __future__ import annotations

import fnmatch
import re

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_wanted
from ansible_collections.halab.cluster.plugins.module_utils import _ipvsadm_boot as boot
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils._ipvsadm_wanted import VARIABLES, wanted

SYSCTL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.*/:@-]*", re.ASCII)
# It goes into a unit of systemd, to which more means something than to the kernel.
INTERFACE = re.compile(r"[A-Za-z0-9_.@-]*", re.ASCII)


def of_table(table):
    """What the module would refuse, with the names of this role's variables."""
    problems = []
    for text in _ipvs_wanted.problems(table):
        variable = text.split(":", 1)[0]
        problems.append("ipvsadm_" + text if variable in VARIABLES else "ipvsadm_services: " + text)
    return problems + [
        "ipvsadm_daemons: %s: mcast_interface is %r; allowed are letters, digits and _ . @ -."
        % (daemon["state"], daemon["mcast_interface"])
        for daemon in table["daemons"] or []
        if not INTERFACE.fullmatch(daemon["mcast_interface"])
    ]


def of_sysctl(given):
    problems = [
        "ipvsadm_sysctl: the key %r is no name; allowed is one such as net.ipv4.vs.conntrack." % name
        for name in given
        if not isinstance(name, str) or not SYSCTL.fullmatch(name)
    ]
    for name, value in given.items():
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number and not (isinstance(value, str) and value.strip() and value.isprintable()):
            problems.append("ipvsadm_sysctl: %s is %s (%r); allowed is a number, or text in one line."
                            % (name, common.kind(value), value))
    return problems


def against_nat(given, table):
    """sysctls that would break what NAT needs."""
    problems = []
    needed = boot.nat_sysctl(table)
    for name, value in given.items():
        pattern = next((each for each in needed if fnmatch.fnmatchcase(name, each)), None)
        if pattern and str(value).strip() != str(needed[pattern]):
            problems.append("ipvsadm_sysctl: %s is %s; allowed with a server of forwarding masq is %d."
                            % (name, value, needed[pattern]))
    return problems


def ipvsadm_problems(variables):
    """Reasons why role ipvsadm would refuse these variables."""
    table, problems = wanted(variables)
    given, wrong = common.dictionary("ipvsadm_sysctl", variables.get("ipvsadm_sysctl"))
    wrong += of_sysctl(given)
    if not problems:
        problems = of_table(table)
        # The family of a server is known when its address is one.
        wrong += against_nat(given, table) if not problems and not wrong else []
    return problems + wrong
