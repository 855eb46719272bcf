# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role qnetd: its options, and the program that restarts it, on what corosync-qnetd 3.0.3 said of real clusters."""

from __future__ import annotations

from pathlib import Path

import pytest
import scripts
from ansible_collections.halab.cluster.plugins.module_utils import _qnetd_options as options
from transcripts import RELEASES, Transcript

ROLE = Path(__file__).resolve().parents[2] / "roles" / "qnetd"
RESTART = scripts.load(ROLE / "files" / "qnetd-restart")
LIST = "corosync-qnetd-tool -l"


def listed(release, state):
    return Transcript("corosync", release, "qnetd/%s_host" % state).answers[LIST]


@pytest.mark.parametrize("variables, expected", [
    ({}, "-s req -c on -p 5403"),
    ({"qnetd_tls": False, "qnetd_listen_port": 5404}, "-s off -p 5404"),
    ({"qnetd_tls": True, "qnetd_client_cert_required": False}, "-s on -c off -p 5403"),
    ({"qnetd_tls": "on", "qnetd_listen_addr": "198.18.0.21", "qnetd_ip_version": 4, "qnetd_max_clients": 6},
     "-s on -c on -l 198.18.0.21 -p 5403 -4 -m 6"),
    ({"qnetd_settings": {"heartbeat_interval_max": 20000, "dpd_interval_coefficient": 1.5, "dpd_enabled": True}},
     "-s req -c on -p 5403 -S heartbeat_interval_max=20000,dpd_interval_coefficient=1.5,dpd_enabled=on"),
])
def test_options(variables, expected):
    assert options.qnetd_options({**options.DEFAULTS, **variables}) == expected


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("state, sizes", [("ffsplit", 2), ("lms", 3), ("plain", 2), ("heuristics", 2)])
def test_a_cluster_with_all_its_nodes_needs_no_vote(release, state, sizes):
    found = RESTART.clusters(listed(release, state)[1])
    assert list(found) == ["recorded"] and len(found["recorded"]) == sizes
    assert RESTART.in_need(listed(release, state)[1]) == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("state, lacks", [
    ("split", "cluster recorded lacks node 1, 2"),  # each half has one, and neither has both
    ("no_certificate", "cluster recorded lacks node 1"),
])
def test_one_without_may_need_it(release, state, lacks):
    assert RESTART.in_need(listed(release, state)[1]) == [lacks]


@pytest.mark.parametrize("release", RELEASES)
def test_nobody_is_connected(release):
    rc, out, dummy = listed(release, "not_started")
    assert (rc, RESTART.in_need(out)) == (0, [])


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("state, expected, restarted", [
    ("ffsplit", 0, True),
    ("split", "cluster recorded lacks node 1, 2, and may live on the vote of this host: bring it back first", False),
    ("host_lost", "corosync-qnetd-tool -l ended with 3: corosync-qnetd-tool: Can't connect to qnetd socket", False),
])
def test_it_restarts_only_where_nobody_is_in_need(monkeypatch, release, state, expected, restarted):
    asked = []

    class Done:
        def __init__(self, argv):
            asked.append(" ".join(argv))
            self.returncode, self.stdout, self.stderr = listed(release, state) if argv[0] != "systemctl" else (0, "", "")

    monkeypatch.setattr(RESTART.subprocess, "run", lambda argv, **kwargs: Done(argv))
    found = RESTART.main()
    assert found == expected or found.startswith(expected)
    assert asked == [LIST, *(["systemctl restart corosync-qnetd"] if restarted else [])]
