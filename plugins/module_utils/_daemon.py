# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What module daemon accepts, and what has to be done about a systemd unit. No I/O.

Private to this collection.
"""

from __future__ import annotations

import os

SYSTEMD = "/etc/systemd/"
# systemctl(1), is-enabled: states in which a unit starts at boot, by itself or because something else pulls it in.
ENABLED = {"enabled", "static", "alias", "indirect", "generated"}
RUNNING = {"active", "reloading", "activating"}
PROPERTIES = ("LoadState", "ActiveState", "UnitFileState")
# A file of the unit's name is there while what it reads has changed, and it has not been told. Gone with a boot.
OWED = "/run/halab.cluster"
SHOW = ["systemctl", "show", "--property=" + ",".join(PROPERTIES), "--"]
SHOW_UNREAD = ["systemctl", "show", "--property=NeedDaemonReload", "--"]

ARGUMENTS = dict(
    argument_spec=dict(
        name=dict(type="str", required=True),
        enabled=dict(type="bool"),
        start=dict(type="bool", default=False),
        files=dict(
            type="list",
            elements="dict",
            default=[],
            options=dict(
                path=dict(type="path", required=True),
                content=dict(type="str"),
                secret_content=dict(type="str", no_log=True),
                owner=dict(type="str", default="root"),
                group=dict(type="str", default="root"),
                mode=dict(type="str", default="0644"),
                validate=dict(type="list", elements="str", default=[]),
                needs_restart=dict(type="list", elements="str", default=[]),
            ),
            required_one_of=[("content", "secret_content")],
            mutually_exclusive=[("content", "secret_content")],
        ),
        reload=dict(type="list", elements="str", default=[]),
        restart=dict(type="list", elements="str", default=[]),
        reload_pending=dict(type="path"),
        pid_file=dict(type="path"),
    ),
    mutually_exclusive=[("reload", "reload_pending"), ("restart", "reload_pending")],
)


class Refused(Exception):
    """What is wanted of this unit cannot be."""


def parse_show(text):
    """The output of `systemctl show --property=...` as a dict."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def owed(name):
    """The file that says that this unit has not been told of a change. It holds why that needs a restart, if it does."""
    return os.path.join(OWED, name)


def text_of(wanted):
    """What a file should hold, as bytes."""
    text = wanted["content"] if wanted["content"] is not None else wanted["secret_content"]
    return text.encode("utf-8")


def is_running(unit):
    return unit["ActiveState"] in RUNNING


def is_unit_file(path):
    """Whether systemd reads this file itself: a unit of the host's, or a drop-in."""
    return path.startswith(SYSTEMD + "system/")


def is_drop_in(path):
    """Whether it stands in a directory of its own that systemd knows by its name, but that need not be there."""
    return path.startswith(SYSTEMD) and os.path.dirname(path).endswith(".d")


def units_of(paths):
    """The units that these files are about. A template is none: only its instances are loaded."""
    found = []
    for path in paths:
        if is_unit_file(path):
            name = os.path.basename(os.path.dirname(path))[:-2] if is_drop_in(path) else os.path.basename(path)
            if "@." not in name and name not in found:
                found.append(name)
    return found


def verbs(name, unit, enabled, start, to_come=False):
    """The systemctl verbs that bring the unit to what is wanted, in order. Raises Refused.

    to_come: a unit that is not there may be one that is yet to be installed.
    """
    wanted = []
    if enabled is not None and enabled != (unit["UnitFileState"] in ENABLED):
        wanted.append("enable" if enabled else "disable")
    if start and not is_running(unit):
        wanted.append("start")
    if wanted and unit["LoadState"] == "masked":
        raise Refused("%s is masked, so somebody wants it never to run. If that is over: systemctl unmask %s" % (name, name))
    if wanted and unit["LoadState"] == "not-found" and not to_come:
        raise Refused("There is no unit %s on this host. Install the package that brings it." % name)
    return wanted
