# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests of a lab look at the lab's own variables, also those that are not in the inventory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

TESTS = Path(__file__).resolve().parents[1]
SHOW = """
import json, topology
print(json.dumps({
    "command": topology.playbook_command("site.yml"),
    "director": topology.variables("lb1")["farm_director"],
    "ldirectord": topology.rendered()["lb1"]["ldirectord_virtual"],
    "ipvsadm": topology.rendered()["lb1"]["ipvsadm_daemons"],
}))
"""


def shown(home, **variables):
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HALAB_")}
    done = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=True,
        env={**inherited, "HOME": str(home), "PYTHONPATH": str(TESTS), "HALAB_TOPOLOGY": "webfarm_ipvs", **variables})
    return json.loads(done.stdout)


def test_variables_of_the_lab_reach_its_tests(tmp_path):
    found = shown(tmp_path, HALAB_VARS="farm_director=ldirectord farm_forwarding=masq")
    assert found["director"] == "ldirectord"
    assert "--extra-vars=farm_director=ldirectord farm_forwarding=masq" in found["command"]
    assert found["ldirectord"][0]["real"][0]["forwarding"] == "masq"
    assert found["ipvsadm"] != []


@pytest.mark.parametrize("variables", [{}, {"HALAB_VARS": ""}])
def test_without_them_the_inventory_is_as_it_is(tmp_path, variables):
    found = shown(tmp_path, **variables)
    assert found["director"] == "keepalived" and found["ldirectord"] == [] and found["ipvsadm"] == []
    assert not any(word.startswith("--extra-vars") for word in found["command"])


def test_ansible_is_asked_once_for_all_workers(tmp_path):
    found = shown(tmp_path, HALAB_ANSWERS=str(tmp_path))
    # Whoever comes later has no Ansible to ask.
    assert shown(tmp_path, HALAB_ANSWERS=str(tmp_path), PATH="/nowhere") == found
    with pytest.raises(subprocess.CalledProcessError):
        shown(tmp_path, PATH="/nowhere")


ROLES = "import json, topology; print(json.dumps(topology.roles()))"


@pytest.mark.parametrize(("name", "some"), [
    ("failover", ["node", "webserver", "corosync", "pacemaker", "fencing"]), ("two_nodes", ["qnetd", "corosync"]),
    ("failover_sbd", ["sbd", "fencing"]), ("webfarm", ["haproxy", "keepalived"]), ("webfarm_ipvs", ["ipvsadm", "realserver"]), ("single_node", ["mdadm"])])
def test_roles_whose_work_is_looked_at(tmp_path, name, some):
    """Who finds none looks at nothing, and all is well."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HALAB_")}
    done = subprocess.run(
        [sys.executable, "-c", ROLES], capture_output=True, text=True, check=True,
        env={**inherited, "HOME": str(tmp_path), "PYTHONPATH": str(TESTS), "HALAB_TOPOLOGY": name})
    assert set(some) <= set(json.loads(done.stdout))


def test_failover_sbd_waits_as_long_as_its_numbers_say():
    """The limits of its drills, and the delay of a node that is back too soon."""
    folder = TESTS.parent / "inventories" / "failover_sbd" / "group_vars"

    def load(path):
        return yaml.safe_load((folder / path).read_text(encoding="utf-8"))

    sbd, token = load("cluster/sbd.yml")["failover_sbd_environment"], load("cluster/corosync.yml")["corosync_totem"]["token"]
    # token and consensus, and twice the watchdog's timeout.
    lost = 2.2 * token / 1000 + 2 * sbd["SBD_WATCHDOG_TIMEOUT"]
    assert sbd["SBD_DELAY_START"] > lost
    for drill in load("all/drills.yml")["failover_sbd_drills"]:
        if drill["expect"].get("fenced"):
            assert lost < drill["expect"]["outage_s"] <= lost + 31, drill["name"]
