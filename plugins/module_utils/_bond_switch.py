# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what has to be done so that a host runs the wanted devices, and how it is undone. No I/O.

A change runs on the host without its controller, which it may cut off: as two shell scripts, `apply` and `undo`, that
need nothing but the backend. They live in one folder with the files before and after; who renames `armed` first,
`undo` or a controller that came back, decides.
"""

from __future__ import annotations

import shlex

from ansible_collections.halab.cluster.plugins.module_utils import _bond_networkmanager
from ansible_collections.halab.cluster.plugins.module_utils._bond_layout import owner

FOLDER = "/var/lib/halab-bonding"
BOOT_UNIT = "/etc/systemd/system/bonding-undo-at-boot.service"
BOOT_WANTED = "/etc/systemd/system/sysinit.target.wants/bonding-undo-at-boot.service"
# The timer is gone after a boot, so a host that lost its power in between goes back before it starts its network.
BOOT_TEXT = """[Unit]
Description=Take back a change of bonds that its controller never confirmed
DefaultDependencies=no
ConditionPathExists=%(folder)s/armed
After=local-fs.target
Before=network-pre.target networking.service systemd-networkd.service NetworkManager.service
Wants=network-pre.target

[Service]
Type=oneshot
ExecStart=/bin/sh %(folder)s/undo boot
""" % {"folder": FOLDER}


class Plan:
    """What differs, and what follows from it."""

    def __init__(self):
        self.before = {}  # {path: text, or None}
        self.after = {}  # {path: (text, mode), or None}
        self.changed = []  # devices whose files differ, or that are not what their files say
        self.down = []  # devices that exist and have to go first, top first
        self.up = []  # devices to be made, bottom first
        self.cards = []  # members, of bonds that are made and of bonds that go
        self.bring_back = []  # what else undo has to bring up

    def replace(self, path, before, after, mode="0644"):
        self.before[path] = before
        self.after[path] = None if after is None else (after, mode)


def make(stack, wanted, present, existing, wrong, purge):
    """The plan.

    wanted: the Files of the stack; present: {path: text} of files of ours; existing: {device on the host: its members,
    if it is a bond}; wrong: devices that are not what their files say.
    """
    plan = Plan()
    names = [device.name for device in stack]
    paths = {file.path for file in wanted}
    changed, remade = set(), set(wrong)
    for file in wanted:
        if present.get(file.path) != file.text:
            plan.replace(file.path, present.get(file.path), file.text, file.mode)
            changed.add(file.device)
            if file.defines:
                remade.add(file.device)
    for path, text in present.items():
        if path not in paths and (purge or owner(text) in names):
            plan.replace(path, text, None)
            changed.add(owner(text))
            if owner(text) not in names:
                remade.add(owner(text))
    for device in stack:
        # Whatever stands on a device goes with it.
        if device.name not in existing or remade.intersection(device.below):
            remade.add(device.name)
    changed |= remade
    plan.changed = sorted(changed)
    plan.up = [name for name in names if name in remade]
    plan.down = [name for name in sorted(remade.difference(names), reverse=True) + plan.up[::-1] if name in existing]
    cards = [card for device in stack if device.name in remade for card in device.members]
    cards += [card for name in plan.down for card in existing[name]]
    plan.cards = sorted(set(cards))
    return plan


# The scripts. Every command is an argument list until the last moment.

HEAD = """#!/bin/sh
# Written by halab.cluster.bond; gone as soon as the controller has confirmed the change.
cd %s || exit 1
exec >>log 2>&1
export LC_ALL=C LANGUAGE=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
failed=
run() {
  echo "+ $*"
  "$@" && return
  rc=$?
  echo "rc $rc"
  failed="${failed:-$* (rc $rc)}"
}
# NetworkManager activates by itself what it has just read. To ask for it again would take it down in between.
nm_up() {
  [ -n "$(nmcli -g GENERAL.STATE connection show "$1" "$2")" ] || run nmcli --wait 30 connection up "$1" "$2"
}
# As run, for a device that may not be there.
if_there() {
  device=$1; shift
  [ ! -e "/sys/class/net/$device" ] || run "$@"
}
""" % FOLDER


def line(*argv):
    return "run " + " ".join(shlex.quote(word) for word in argv)


def if_there(device, *argv):
    return "if_there %s %s" % (shlex.quote(device), " ".join(shlex.quote(word) for word in argv))


def down(backend, devices):
    """Lines that take devices away; the files that describe them are still there."""
    if backend == "networkd":
        return [if_there(device, "networkctl", "delete", device) for device in devices]
    if backend == "networkmanager":
        return [if_there(device, "nmcli", "device", "delete", device) for device in devices]
    lines = [line("ifdown", "--force", device) for device in devices]
    # What ifdown does not take for one of its own stays.
    return lines + [if_there(device, "ip", "link", "delete", "dev", device) for device in devices]


def up(backend, devices, only_addresses):
    """Lines that make devices of files that are there."""
    if backend == "networkd":
        # Told to reload, it leaves cards behind whose bond went away under them.
        return [line("networkctl", "reload") if only_addresses else
                line("systemctl", "restart", "systemd-networkd.service")]
    if backend == "networkmanager":
        return nm_up([("id", _bond_networkmanager.connection_name(device)) for device in devices])
    return [line("ifup", device) for device in devices]


def files(plan, folder, side):
    """Lines that put the files of one side ("before" or "after") into place."""
    lines = []
    for number, path in enumerate(plan.after):
        if (plan.before[path] if side == "before" else plan.after[path]) is None:
            lines.append(line("rm", "-f", path))
        else:
            # -p of cp: owner and mode are those of the copy.
            lines.append(line("cp", "-p", "%s/%s/%d" % (folder, side, number), path))
    return lines


def nm_up(connections):
    """connections: (id or uuid, which)"""
    return [line("nmcli", "connection", "reload"), "sleep 3"] + [
        "nm_up %s %s" % (key, shlex.quote(value)) for key, value in connections]


def only_addresses(plan):
    """Whether no device is made or goes."""
    return not plan.up and not plan.down


def apply_script(plan, backend, ports):
    """ports: devices that are ports of a bridge, which NetworkManager brings up with it."""
    ups = [name for name in plan.up if backend != "networkmanager" or name not in ports]
    lines = ["[ -e armed ] || exit 0"] + down(backend, plan.down)
    if backend == "ifupdown":
        lines += [line("ifdown", "--force", card) for card in plan.bring_back if card not in plan.down]
    lines += files(plan, FOLDER, "after") + up(backend, ups, only_addresses(plan))
    lines += ['if [ -n "$failed" ]; then', '  echo "$failed" > failed', "  exec /bin/sh undo", "fi", "touch applied"]
    return HEAD + "\n".join(lines) + "\n"


def undo_script(plan, backend):
    """Takes back what apply did, however far it came. With `boot` as argument, before the network is up: the files."""
    lines = ["mv armed undoing || exit 0", 'if [ "$1" != boot ]; then',
             '[ "$1" != timer ] || systemctl stop bonding-apply.timer bonding-apply.service 2>/dev/null']
    lines += down(backend, plan.up[::-1]) + ["fi"]
    lines += files(plan, FOLDER, "before")
    lines += ['if [ "$1" != boot ]; then']
    if backend == "networkmanager":
        lines += nm_up([("uuid", uuid) for uuid in plan.bring_back])
    else:
        ups = plan.down[::-1] + [name for name in plan.bring_back if name not in plan.down]
        lines += up(backend, ups, only_addresses(plan))
    lines += ["fi", line("rm", "-f", BOOT_UNIT, BOOT_WANTED), "mv undoing undone"]
    return HEAD + "\n".join(lines) + "\n"
