# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for nodes, with a clock of its own; the console is one of systemd 257 under QEMU."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _lab_ready as lab_ready

CONSOLE = (
    "[    7.1] Run /init as init process\r\n"
    "\x1b[0;1;39mWelcome to \x1b[0m\x1b[1mDebian GNU/Linux 13 (trixie)\x1b[0m!\r\n"
    "\r\n[   44.696372] systemd[1]: Initializing machine ID from SMBIOS/DMI UUID.\r\n"
    "\rM\r\x1b[K[ \x1b[0;31m*\x1b[0;1;31m*\x1b[0m] (2 of 2) Job ssh.service/start running (3min 5s)\r\n"
)


class Clock:
    """Time that passes while somebody sleeps, and when hosts are asked."""

    def __init__(self):
        self.now = 1000.0

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def waited(boots, timeout=60):
    """(the hosts that stayed silent, what was said) when each host answers after its seconds."""
    clock, said = Clock(), []
    silent = lab_ready.wait(list(boots), lambda hosts: [host for host in hosts if clock.now - 1000 >= boots[host]],
                            lambda host: CONSOLE if host == "node2" else "", said.append, clock, timeout, 15)
    return silent, said


def test_nothing_is_said_when_all_answer_soon():
    assert waited({"node1": 3, "node2": 9}) == ([], [])


def test_says_who_answers_and_what_the_others_do():
    silent, said = waited({"node1": 3, "node2": 40, "node3": 35})
    assert silent == []
    assert said == [
        "after 15 s: node1 answers; node2 boots: [ **] (2 of 2) Job ssh.service/start running (3min 5s); "
        "node3 boots",
        "after 30 s: node1 answers; node2 boots: [ **] (2 of 2) Job ssh.service/start running (3min 5s); "
        "node3 boots",
    ]


def test_ends_in_time_and_names_the_silent():
    silent, said = waited({"node1": 3, "node2": 999})
    assert silent == ["node2"]
    assert len(said) == 3


def test_two_that_answer():
    assert lab_ready.sentence(20, ["a", "b", "c"], ["c"], lambda host: "") == "after 20 s: a, b answer; c boots"


def test_the_lines_of_a_console_are_text():
    assert lab_ready.lines_of(CONSOLE, 3) == [
        "[   44.696372] systemd[1]: Initializing machine ID from SMBIOS/DMI UUID.",
        "M",
        "[ **] (2 of 2) Job ssh.service/start running (3min 5s)",
    ]
