# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ipvsadm, and asks what this kernel has of IPVS. The only I/O of the ipvs_* modules.

Private to this collection.
"""

from __future__ import annotations

import glob
import os
import shutil
import socket

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_ability as ability
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read

LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
# In every network namespace of a kernel that has ip_vs.
TABLE = "/proc/net/ip_vs"
MODULES = "/proc/modules"
# What modprobe looks into. A container has none, and its host's kernel loads modules all the same.
KNOWN = "/lib/modules/*/modules.dep"
LIST = ["ipvsadm", "--list", "--numeric"]
ADVICE = (
    (
        "Permission denied",
        "Become root. In a container, root needs the capability CAP_NET_ADMIN as well.",
    ),
    (
        "Can't initialize ipvs",
        "This kernel has no ip_vs. Install the kernel's modules; in a container, load ip_vs on its host.",
    ),
    (
        "Invalid operation",
        "An address may be one that no server can have, such as a broadcast address; the kernel's log (dmesg) tells.",
    ),
    ("Daemon has already run", "Somebody else has started it, such as keepalived (lvs_sync_daemon)."),
    ("No such device", "There is no such interface on this node."),
)
OTHERWISE = "The kernel's log (dmesg) may tell more; keepalived or ldirectord may be changing the table as well."


class Failed(Exception):
    """A command failed. The message is for the user."""

    def __init__(self, message, rc):
        super().__init__(message)
        self.rc = rc


class Host:
    """The IPVS table of this host."""

    def __init__(self, module):
        self.module = module

    def run(self, argv):
        return self.module.run_command(argv, environ_update=LOCALE)

    def must(self, argv):
        """What a command prints; Failed if it failed."""
        rc, out, err = self.run(argv)
        if rc:
            said = err.strip() or out.strip() or "nothing"
            advice = next((text for sign, text in ADVICE if sign in said), OTHERWISE)
            raise Failed("%s failed with rc %s: %s. %s" % (" ".join(argv), rc, said.rstrip("."), advice), rc)
        return out

    def complaints(self, commands):
        """Runs all of these commands, whatever becomes of one. What those say that failed."""
        messages = []
        for argv in commands:
            try:
                self.must(argv)
            except Failed as failed:
                messages.append(str(failed))
        return messages

    def must_be_installed(self):
        # In check mode it may be what the run would install.
        if not self.module.check_mode and not self.has_command("ipvsadm"):
            self.module.fail_json(msg="ipvsadm is not installed on this node. Install it (apt-get install ipvsadm).")

    def has_command(self, command):
        return shutil.which(command, path=PATH) is not None

    def is_loaded(self):
        """Whether ip_vs is loaded. ipvsadm would load it, and looking should change nothing."""
        return os.path.exists(TABLE)

    def loaded_modules(self):
        try:
            with open(MODULES, encoding="ascii", errors="replace") as handle:
                return {line.split(" ", 1)[0] for line in handle}
        except FileNotFoundError:
            return set()  # a kernel that cannot load any

    def missing(self, modules):
        """Those of these kernel modules that are neither loaded nor could be.

        Without modprobe or any modules, as in a container, nobody can tell before the kernel is asked.
        """
        rest = sorted(set(modules) - self.loaded_modules())
        if not rest or not self.has_command("modprobe") or not self.knows_modules():
            return []
        # Succeeds as well for what is built into the kernel.
        return [each for each in rest if self.run(["modprobe", "--dry-run", "--quiet", each])[0]]

    def knows_modules(self):
        return bool(glob.glob(KNOWN))

    def lacking(self, needed):
        """What this kernel has not, as sentences. needed: {kernel module: what needs it}"""
        return ability.lacking(needed, self.missing(needed))

    def behind_routers(self, servers):
        """Which of these servers direct routing cannot reach, as sentences. servers: [(whom it is about, address)]"""
        if not self.has_command("ip"):
            return []
        answers = {address: self.run(ability.question(address)) for address in sorted({each[1] for each in servers})}
        return [text for where, address in servers for text in ability.routed(where, *answers[address])]

    def interfaces(self):
        return sorted(name for dummy, name in socket.if_nameindex())

    def has_interface(self, name):
        # Asks the kernel, which knows an interface by its other names (altname) as well.
        try:
            return socket.if_nametoindex(name) > 0
        except OSError:
            return False

    def without_interface(self, wanted):
        """Which of these interfaces this host has not, as sentences. wanted: [(whom it is about, interface)]"""
        missing = [(where, name) for where, name in wanted if not self.has_interface(name)]
        return ability.without_interface(missing, self.interfaces())

    def look(self):
        """{services, timeouts, daemons}"""
        if not self.is_loaded() or self.module.check_mode and not self.has_command("ipvsadm"):
            return {each: read.NOT_LOADED[each].copy() for each in read.NOT_LOADED}
        services = read.parse_save(self.must(["ipvsadm", "--save", "--numeric"]))
        return {
            "services": read.with_thresholds(services, self.thresholds()),
            "timeouts": read.parse_timeout(self.must(["ipvsadm", "--list", "--timeout"])),
            "daemons": read.parse_daemon(self.must(["ipvsadm", "--list", "--daemon"])),
        }

    def thresholds(self):
        return read.parse_list(self.must(LIST + ["--thresholds"]), read.THRESHOLDS)

    def stats(self):
        return read.parse_list(self.must(LIST + ["--stats", "--exact"]), read.COUNTERS)
