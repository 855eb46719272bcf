# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what modules bond and bond_confirm do on the host: files, commands, and the folder of a pending change."""

from __future__ import annotations

import glob
import json
import os
import shutil

from ansible_collections.halab.cluster.plugins.module_utils import _bond_read
from ansible_collections.halab.cluster.plugins.module_utils import _bond_switch as switch
from ansible_collections.halab.cluster.plugins.module_utils._bond_layout import owner

LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}
# Tests put everything below another root.
ROOT = "/"


def at(path):
    return os.path.join(ROOT, path.lstrip("/"))


def read(path):
    """The text of a file, or None where there is none."""
    if not os.path.isfile(at(path)):
        return None
    with open(at(path), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def write(path, text, mode=0o644):
    descriptor = os.open(at(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    os.chmod(at(path), mode)


def ssh_address(pid=None):
    """This host's address in the SSH session that we run in, or None.

    sudo removes SSH_CONNECTION from the environment, so the processes above us are asked for it.
    """
    pid = pid or os.getpid()
    while pid > 1:
        environment, stat = read("/proc/%d/environ" % pid), read("/proc/%d/stat" % pid)
        if environment is None or stat is None:
            return None
        for variable in environment.split("\0"):
            if variable.startswith("SSH_CONNECTION="):
                # client, its port, server, its port; an IPv4 address as seen by a socket for both.
                return variable.split()[2].removeprefix("::ffff:").partition("%")[0]
        pid = int(stat[stat.rindex(")") + 2:].split()[1])
    return None


class Host:
    """The host that a module runs on."""

    def __init__(self, module):
        self.module = module

    def run(self, *argv, advice="", allowed=(0,)):
        """(rc, standard output); any other return code is the end."""
        rc, out, err = self.module.run_command(list(argv), environ_update=LOCALE)
        if rc not in allowed:
            self.module.fail_json(rc=rc, msg=("%s failed with rc %s: %s. %s" % (
                " ".join(argv), rc, err.strip() or out.strip() or "nothing", advice)).strip())
        return rc, out

    def existing(self):
        """{network device: its members, if it is a bond}"""
        names = os.listdir(at("/sys/class/net"))
        return {name: [member["name"] for member in self.bond(name).get("members", [])]
                for name in names if name != "bonding_masters"}

    def bond(self, name):
        text = read("/proc/net/bonding/" + name)
        try:
            return _bond_read.parse(text) if text else {}
        except _bond_read.UnreadableError as error:
            return self.module.fail_json(msg="/proc/net/bonding/%s cannot be read: %s" % (name, error))

    def differs(self, device):
        """What is wrong with a device of the stack as it is now, or None."""
        if not os.path.isdir(at("/sys/class/net/" + device.name)):
            return "%s does not exist" % device.name
        if device.kind != "bond":
            return None
        found = self.bond(device.name)
        if found.get("mode") != device.entry["mode"]:
            return "the mode of %s is %s" % (device.name, found.get("mode"))
        members = sorted(member["name"] for member in found["members"])
        if members != sorted(device.members):
            return "the members of %s are %s" % (device.name, ", ".join(members) or "none")
        return None

    def own_files(self, place):
        """{path: text} of the files of ours where a backend keeps them."""
        return {path: text for path, text in self.files([place]).items() if owner(text)}

    def foreign_files(self, places):
        """The same of the files of others."""
        return {path: text for path, text in self.files(places).items() if not owner(text)}

    def files(self, places):
        found = {}
        for place in places:
            for path in sorted(glob.glob(at(place))):
                path = "/" + os.path.relpath(path, ROOT)
                text = read(path)
                if text is not None:
                    found[path] = text
        return found


class Pending:
    """A change on its way: the folder from which it is applied and undone."""

    def __init__(self, host):
        self.host = host

    def path(self, name=""):
        return os.path.join(switch.FOLDER, name).rstrip("/")

    def has(self, name):
        return os.path.exists(at(self.path(name)))

    def read(self, name):
        return (read(self.path(name)) or "").strip()

    def stage(self, plan, apply, undo, target):
        """Writes the folder; nothing on the host has changed yet."""
        shutil.rmtree(at(switch.FOLDER), ignore_errors=True)
        os.makedirs(at(switch.FOLDER), mode=0o700)
        for side in ("before", "after"):
            os.mkdir(at(self.path(side)))
        for number, path in enumerate(plan.after):
            if plan.before[path] is not None:
                # Owner and mode of a file that comes back are part of it.
                shutil.copy2(at(path), at(self.path("before/%d" % number)))
                stat = os.stat(at(path))
                os.chown(at(self.path("before/%d" % number)), stat.st_uid, stat.st_gid)
            if plan.after[path] is not None:
                text, mode = plan.after[path]
                write(self.path("after/%d" % number), text, int(mode, 8))
        write(self.path("apply"), apply, 0o700)
        write(self.path("undo"), undo, 0o700)
        write(self.path("target"), json.dumps(target, sort_keys=True), 0o600)

    def arm(self, seconds):
        """From here on the host goes back by itself, also when it boots in between. With 0 seconds it does not."""
        # One that was taken back early has left its timer.
        self.stop_timer()
        if seconds:
            os.makedirs(at(os.path.dirname(switch.BOOT_WANTED)), exist_ok=True)
            write(switch.BOOT_UNIT, switch.BOOT_TEXT)
            if not os.path.lexists(at(switch.BOOT_WANTED)):
                os.symlink(switch.BOOT_UNIT, at(switch.BOOT_WANTED))
            self.later("bonding-undo", seconds, "undo", "timer")
        # Last, because without it neither script does anything.
        write(self.path("armed"), "", 0o600)

    def start(self, delay):
        """After the module has answered: its connection may not live to see the end."""
        self.later("bonding-apply", delay, "apply")

    def later(self, unit, seconds, script, *arguments):
        self.host.run("systemd-run", "--quiet", "--collect", "--unit=" + unit, "--on-active=%d" % seconds,
                      "--timer-property=AccuracySec=100ms", "/bin/sh", self.path(script), *arguments,
                      advice="Nothing was changed.")

    def stop_timer(self):
        # 5: there is no such unit.
        self.host.run("systemctl", "stop", "bonding-undo.timer", allowed=(0, 5))

    def confirm(self):
        """Whether the change stays; not if undo was first."""
        try:
            os.rename(at(self.path("armed")), at(self.path("confirmed")))
        except FileNotFoundError:
            return False
        self.disarm()
        return True

    def disarm(self):
        self.stop_timer()
        for path in (switch.BOOT_UNIT, switch.BOOT_WANTED):
            if os.path.lexists(at(path)):
                os.unlink(at(path))
        shutil.rmtree(at(switch.FOLDER), ignore_errors=True)
