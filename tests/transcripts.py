# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts of tools: "$ command" on a line of its own, what it printed, then "[err] ..." and "[rc N]" if not 0."""

from __future__ import annotations

import re


def read(path):
    """{command: (rc, out, err)}"""
    answers = {}
    # Nothing that is recorded prints a line that begins with a dollar sign.
    for part in re.split(r"^\$ ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        command, dummy, out = part.partition("\n")
        rc = re.search(r"^\[rc (\d+)\]\n", out, re.MULTILINE)
        err = "".join(re.findall(r"^\[err\] (.*\n)", out, re.MULTILINE))
        answers[command] = int(rc.group(1)) if rc else 0, re.sub(r"^\[(rc|err).*\n", "", out, flags=re.MULTILINE), err
    return answers
