# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: waiting for the nodes of a lab, and what to say meanwhile."""

from __future__ import annotations

import re

# What a boot puts between the letters: colours and movements of the cursor.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b.|[\x00-\x08\x0b-\x1f]")
PAUSE = 1


def lines_of(console, count):
    """The last lines of a console, as far as they are text."""
    lines = [CONTROL.sub("", line).strip() for line in re.split(r"[\r\n]+", console)]
    return [line for line in lines if line][-count:]


def sentence(seconds, hosts, silent, consoles):
    """Who answers, and what the others are doing."""
    there = [host for host in hosts if host not in silent]
    parts = ["%s answer%s" % (", ".join(there), "s" if len(there) == 1 else "")] if there else []
    for host in silent:
        last = lines_of(consoles(host), 1)
        parts.append("%s boots%s" % (host, ": " + last[0][:100] if last else ""))
    return "after %d s: %s" % (seconds, "; ".join(parts))


def wait(hosts, answering, consoles, say, clock, timeout, interval):
    """The hosts that do not answer within the time: none, when all is well.

    answering(hosts) names those that do; consoles(host) is the end of a host's console; clock has time() and sleep().
    """
    began = told = clock.time()
    silent = list(hosts)
    while True:
        there = answering(silent)
        silent = [host for host in silent if host not in there]
        now = clock.time()
        if not silent or now - began >= timeout:
            return silent
        if now - told >= interval:
            told = now
            say(sentence(now - began, hosts, silent, consoles))
        clock.sleep(PAUSE)
