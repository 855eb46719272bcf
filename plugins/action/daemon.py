# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of module daemon: look at the unit and its files first, and run the module if anything differs.

Of what the files should hold, nothing goes to the node before the module does: it is asked for their checksums.
"""

from __future__ import annotations

import hashlib
import re
import shlex

from ansible_collections.halab.cluster.plugins.module_utils import _daemon
from ansible_collections.halab.cluster.plugins.plugin_utils._ask_first import PLAIN_PATH, AskFirst

# A unit, and nothing that systemctl would take for a pattern.
PLAIN_NAME = re.compile(r"[\w@.:-]+", re.ASCII)
# Neither a number nor UNKNOWN, which stat(1) says of a number without a name.
PLAIN_ACCOUNT = re.compile(r"[a-z_][a-z0-9_.-]*")
OCTAL = re.compile(r"[0-7]+")
# Nothing here waits for a pipe, and a link is the module's to judge.
FILE = "test -f {0} && test ! -L {0} && stat -c '%U %G %a' -- {0} && sha256sum < {0}"
# Fails unless the file holds one number and nothing else.
PID = (
    "if test ! -e {0}; then echo dead; else "
    "test -f {0} && pid=$(tr -cd 0-9 < {0}) && test -n \"$pid\" && echo \"$pid\" | cmp -s - {0} && "
    "if test -e /proc/\"$pid\"; then echo alive; else echo dead; fi; fi"
)


class ActionModule(AskFirst):
    """Says "nothing to do", or runs the module."""

    MODULE = "halab.cluster.daemon"
    ARGUMENTS = _daemon.ARGUMENTS

    def question(self, params):
        if not is_covered(params):
            return None
        paths = [wanted["path"] for wanted in params["files"]]
        units = _daemon.units_of(paths)
        commands = [shlex.join([*_daemon.SHOW, params["name"]])]
        if params["pid_file"]:
            commands.append(PID.format(shlex.quote(params["pid_file"])))
        if params["reload"]:
            commands.append("test ! -e " + shlex.quote(_daemon.owed(params["name"])))
        if params["reload_pending"]:
            commands.append("test ! -e " + shlex.quote(params["reload_pending"]))
        if units:
            commands.append(shlex.join([*_daemon.SHOW_UNREAD, *units]))
        return commands + [FILE.format(shlex.quote(path)) for path in paths]

    def result(self, params, lines):
        count = len(_daemon.PROPERTIES)
        unit, others = _daemon.parse_show("\n".join(lines[:count])), lines[count:]
        if sorted(unit) != sorted(_daemon.PROPERTIES):
            return None
        was_running = _daemon.is_running(unit)
        if params["pid_file"]:
            if others[:1] not in (["alive"], ["dead"]):
                return None
            was_running = was_running or others[0] == "alive"
            others = others[1:]
        if others != lines_of(params["files"]):
            return None
        try:
            if _daemon.verbs(params["name"], unit, params["enabled"], params["start"] and not was_running):
                return None
        except _daemon.Refused:
            return None
        return dict(changed=False, files=[], commands=[], restart_reasons=[], was_running=was_running,
                    reload_pending=False, diff=[])


def is_covered(params):
    """Whether all of this means for the question what it means for the module."""
    files = params["files"]
    paths = [wanted["path"] for wanted in files]
    paths += [params[name] for name in ("pid_file", "reload_pending") if params[name]]
    return bool(
        PLAIN_NAME.fullmatch(params["name"])
        and all(PLAIN_PATH.fullmatch(path) for path in paths)
        and all(PLAIN_ACCOUNT.fullmatch(wanted[key]) for wanted in files for key in ("owner", "group"))
        and all(OCTAL.fullmatch(wanted["mode"]) for wanted in files)
        and not any(wanted["content"] is None and wanted["secret_content"] is None for wanted in files)
    )


def lines_of(files):
    """The answer about files that are as they should be, and whose units systemd has read."""
    lines = ["NeedDaemonReload=no" for dummy in _daemon.units_of(wanted["path"] for wanted in files)]
    for wanted in files:
        lines.append("%s %s %o" % (wanted["owner"], wanted["group"], int(wanted["mode"], 8)))
        lines.append("%s  -" % hashlib.sha256(_daemon.text_of(wanted)).hexdigest())
    return lines
