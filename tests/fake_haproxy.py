# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays haproxy's runtime socket from recordings: one command for each connection, which haproxy then closes."""

from __future__ import annotations

import socket
import threading

from transcripts import FIXTURES, read


class FakeHaproxy:
    """Listens on a socket and answers from the recording of a state. Some commands lead to the next state.

    states: the recordings, one after the other; a command that sets something leads from one to the next.
    refuses: {command: what it is answered with instead}; last: the command after which this haproxy is gone.
    patience: how many times `show stat` is answered from each state before time alone leads to the next.
    """

    def __init__(self, path, release, states, patience=None):
        self.folder = FIXTURES / "haproxy" / release
        # What every haproxy of this release answers, whatever its state.
        self.info = read(self.folder / "all_up.txt")["show info json"]
        self.states = list(states)
        self.patience = patience
        self.looks = 0
        self.asked = []
        self.refuses = {}
        self.last = None
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def stop(self):
        if self.listener.fileno() != -1:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        self.thread.join()

    def _serve(self):
        while self.listener.fileno() != -1:
            try:
                connection, dummy = self.listener.accept()
            except OSError:
                return
            with connection:
                command = connection.makefile().readline().rstrip("\n")
                if command == self.last:
                    self.listener.close()
                connection.sendall(self._answer(command).encode())

    def _step(self):
        if len(self.states) > 1:
            self.states.pop(0)

    def _answer(self, command):
        self.asked.append(command)
        if command in self.refuses:
            return self.refuses[command]
        if command == "show info json":
            return self.info[1]
        if not command.startswith("show "):
            self._step()
            return "\n"
        if command == "show stat":
            self.looks += 1
            if self.patience and self.looks > self.patience:
                self._step()
        return read(self.folder / (self.states[0] + ".txt"))[command][1]

    def set(self):
        """The commands that were to change something."""
        return [command for command in self.asked if not command.startswith("show ")]
