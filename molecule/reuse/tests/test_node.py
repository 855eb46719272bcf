# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role did its work on a machine that it had never seen, and nothing else was done there."""

from __future__ import annotations


def test_the_node_is_known_by_name(host):
    found = host.check_output("getent hosts halab-reuse")
    assert found.split()[0] == "192.0.2.1"
    # The installer's line, which prepare.yml put there, would win over the right one.
    assert "127.0.1.1" not in found


def test_no_other_role_was_here(host):
    assert not host.file("/etc/corosync/authkey").exists
    assert not host.service("corosync").is_running
