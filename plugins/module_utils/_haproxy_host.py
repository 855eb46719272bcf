# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Talks to haproxy over its runtime socket. The only I/O of the haproxy_* modules.

Private to this collection.
"""

from __future__ import annotations

import os
import socket
import stat

from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_read as read

# haproxy answers within milliseconds; a process that is stopped does not answer at all.
PATIENCE = 10
LINE = "its section global needs the line `stats socket %s level admin`"


def is_running():
    """Whether any process of this host is haproxy."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/comm" % pid, encoding="utf-8", errors="replace") as handle:
                if handle.read().strip() == "haproxy":
                    return True
        except OSError:
            continue  # gone in the meantime
    return False


class Haproxy:
    """The haproxy behind a socket. told: what every failure returns besides its message."""

    def __init__(self, module, path, **told):
        self.module = module
        self.path = path
        self.told = told

    def fail(self, text):
        self.module.fail_json(msg="socket: %s %s" % (self.path, text), **self.told)

    def ask(self, command):
        """The answer to one command. haproxy closes the connection after it."""
        answer = b""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(PATIENCE)
                connection.connect(self.path)
                connection.sendall(command.encode() + b"\n")
                while True:
                    part = connection.recv(65536)
                    if not part:
                        break
                    answer += part
        except OSError as error:
            self.fail(self._why(error, command))
        return answer.decode("utf-8", errors="replace")

    def _why(self, error, command):
        """What is the matter with the socket, and the way out."""
        if isinstance(error, socket.timeout):
            return "did not answer `%s` within %d s. haproxy may be stopped or overloaded." % (command, PATIENCE)
        if isinstance(error, PermissionError):
            return (
                "may not be used by user id %d. Become root, or the user or group that mode, user and group of its "
                "`stats socket` let in." % os.geteuid()
            )
        if isinstance(error, FileNotFoundError):
            line = LINE % self.path
            if is_running():
                return "does not exist, and haproxy runs: %s, or it has another path." % line
            return "does not exist, and haproxy does not run. Start it (systemctl start haproxy); %s." % line
        if isinstance(error, ConnectionRefusedError):
            if not stat.S_ISSOCK(os.stat(self.path).st_mode):
                return "is no socket. Give the path that `stats socket` in haproxy.cfg has."
            if is_running():
                return "is left over: nobody listens there. Give the path that `stats socket` in haproxy.cfg has."
            return "is left over: haproxy does not run. Start it (systemctl start haproxy)."
        return "cannot be used: %s." % error

    def understood(self, command, parse):
        answer = self.ask(command)
        try:
            return parse(answer)
        except read.NotUnderstood as error:
            first = (answer.strip().splitlines() or ["nothing"])[0]
            self.fail("answered `%s` with %s: %s. haproxy 2.6 or later is needed, and this has to be the socket of a "
                      "`stats socket` line." % (command, error, first))

    def look(self):
        """{frontends, backends, servers}"""
        stat_lines = self.understood("show stat", read.parse_stat)
        return read.described(stat_lines, self.understood("show servers state", read.parse_servers_state))

    def info(self):
        return self.understood("show info json", read.parse_info)

    def must_be_admin(self):
        """Refuse a socket that would refuse the commands."""
        level = self.ask("show cli level").strip()
        if level != "admin":
            self.fail("is of level %s, and setting servers takes level admin: %s. Reload haproxy after that."
                      % (level.splitlines()[0] if level else "unknown", LINE % self.path))

    def order(self, command):
        """A command that haproxy answers only when it refuses."""
        answer = self.ask(command).strip()
        if answer:
            self.fail("answered `%s` with: %s" % (command, answer))
