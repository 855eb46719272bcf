# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills converge at several points, each time on what the run before has left behind.

Of the first converge, nothing is checked here but that every point was reached: the scenario converges next, and what it
then looks at has to be the same as if nothing had happened.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time

import pytest
import topology

# (the task during which the run is killed, seconds after it has begun). The first word is the role.
POINTS = [
    (r"corosync : Make a key", 0.0),
    (r"corosync : Write corosync\.conf", 0.2),
    (r"corosync : Write corosync\.conf", 0.8),
    (r"pacemaker : Run [Pp]acemaker", 0.5),
    (r"fencing : Give the devices", 1.5),
    (r"pacemaker : Apply the configuration", 1.5),
]

pytestmark = pytest.mark.skipif(topology.SHORT, reason="seen on another release")


def kill_at(task, delay, *arguments):
    """Runs site.yml until a while after the banner of a task or handler, and kills it."""
    banner = re.compile(r"^(TASK|RUNNING HANDLER) \[.*%s" % task)
    seen, reached = [], False
    # A session of its own: then all of Ansible's processes die at once, as with a power cut of the controller.
    with subprocess.Popen(
        topology.playbook_command("site.yml", *arguments),
        env=topology.environment(ANSIBLE_DISPLAY_SKIPPED_HOSTS="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        for line in run.stdout:
            seen.append(line)
            if banner.search(line):
                reached = True
                time.sleep(delay)
                # On a cluster that needed nothing more, the run may be over by now.
                if run.poll() is None:
                    os.killpg(run.pid, signal.SIGKILL)
                break
        run.wait(timeout=60)
        if run.returncode > 0:
            # SSH's own process may keep the pipe open: take what there is.
            os.set_blocking(run.stdout.fileno(), False)
            seen += run.stdout.readlines()
    assert run.returncode in (0, -signal.SIGKILL), "the run failed by itself:\n%s" % "".join(seen[-60:])
    assert reached, "the run never came to this task:\n%s" % "".join(seen[-60:])


@pytest.mark.parametrize("task, delay", POINTS, ids=[point[0].replace("\\", "") for point in POINTS])
def test_killed_at(task, delay):
    kill_at(task, delay)


def everywhere(command):
    """What a command prints, on all nodes."""
    return {topology.host(node).check_output(command) for node in topology.nodes()}


def test_killed_between_a_new_file_and_its_reload():
    """The next run finds the file as it should be, and still has corosync read it."""
    loaded, written = "corosync-cmapctl -g totem.token", "grep -w token: /etc/corosync/corosync.conf"
    wanted = ["-e", json.dumps({"corosync_totem": {"token": 1250, "token_coefficient": 0}})]
    topology.ansible_json(topology.playbook_command("site.yml"))
    before = everywhere(loaded)
    kill_at(r"corosync : Look at what a reload takes on", 0.0, *wanted)
    assert everywhere(written) == {"\ttoken: 1250"} and everywhere(loaded) == before
    topology.ansible_json(topology.playbook_command("site.yml", *wanted))
    assert everywhere(loaded) == {"totem.token (u32) = 1250"} != before
    again = topology.ansible_json(topology.playbook_command("site.yml", *wanted))
    assert not [node for node, count in again["stats"].items() if count["changed"]]
