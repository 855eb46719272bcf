# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit tests that need a haproxy or a keepalived, and all examples of docs/haproxy.md, on a balancer: it has both."""

from __future__ import annotations

import re

import daemons_there
import topology


def test_the_unit_tests_that_need_a_daemon(tmp_path):
    # One balancer is as good as the other: they have the same daemons.
    said = daemons_there.run(topology.members("balancers")[-1], tmp_path)
    assert re.search(r"\d+ passed", said) and "skipped" not in said, said
