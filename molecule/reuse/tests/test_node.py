# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role did its work on a machine that it had never seen, and nothing else was done there."""

from __future__ import annotations


def test_the_node_is_known_by_name(host):
    found = host.check_output("getent ahosts halab-reuse")
    # Lines of prepare.yml put the name on 127.0.1.1 and ::1, too; both would win over the right address.
    assert {line.split()[0] for line in found.splitlines()} == {"192.0.2.1"}


def test_another_name_on_the_loopback_stays(host):
    assert host.check_output("getent hosts printer").split() == ["::1", "printer"]


def test_no_other_role_was_here(host):
    assert not host.file("/etc/corosync/authkey").exists
    assert not host.service("corosync").is_running
