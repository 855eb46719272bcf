# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests look at every node of the topology over SSH, unless --hosts says otherwise."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import topology

# For tests that read a tool's output with the collection's own parsers.
sys.path.append(str(topology.ROOT / ".cache" / "collections"))
# What was built is looked at in every lab.
ALWAYS = ["lab"]
# Tests look at the nodes side by side, a file each. Who changes something there for a moment has the nodes for himself.
TURNS = topology.ROOT / "build" / ("%s.lock" % topology.NAME)


def of_another_topology(path):
    """A file looks at the work of one role; not every topology has that role."""
    role = path.stem.removeprefix("test_")
    is_role = path.name == "test_%s.py" % role and (topology.ROOT / "roles" / role).is_dir()
    return is_role and role not in ALWAYS + topology.roles()


def pytest_ignore_collect(collection_path):
    """For a run over the folder."""
    return True if of_another_topology(collection_path) else None


def pytest_collection_modifyitems(config, items):
    """A test of what this topology has none of is no test here; pytest would make a skipped one of it."""
    of_nothing = [item for item in items
                  if any("empty parameter set" in mark.kwargs.get("reason", "") for mark in item.iter_markers("skip"))]
    items[:] = [item for item in items if item not in of_nothing]
    config.hook.pytest_deselected(items=of_nothing)


def pytest_configure(config):
    """Makes the nodes of the topology the hosts of testinfra."""
    if not hasattr(config, "workerinput"):
        answers = tempfile.TemporaryDirectory()
        config.add_cleanup(answers.cleanup)
        os.environ["HALAB_ANSWERS"] = answers.name
        # Before workers are there who would all ask.
        topology.rendered()
    # Molecule names every file, and pytest takes what is named as wanted.
    config.args[:] = [name for name in config.args if not of_another_topology(Path(name))]
    if config.option.hosts:
        return
    config.option.hosts = ",".join("ssh://%s" % node for node in topology.nodes())
    if topology.SSH_CONFIG.exists():
        config.option.ssh_config = str(topology.SSH_CONFIG)
        config.option.ssh_extra_args = topology.SSH_ARGUMENTS


@pytest.fixture(autouse=True)
def turn(request):
    """A test that is marked as alone waits until no other one looks, and the others until it is done."""
    TURNS.parent.mkdir(exist_ok=True)
    with TURNS.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if request.node.get_closest_marker("alone") else fcntl.LOCK_SH)
        yield


@pytest.fixture(scope="session")
def first():
    """One node of the cluster, for what has to be looked at once."""
    return topology.host(topology.members("cluster")[0])


@pytest.fixture
def crm_mon(first):
    """The cluster's state as Pacemaker reports it for machines."""
    return ElementTree.fromstring(first.check_output("crm_mon --one-shot --output-as=xml"))


@pytest.fixture
def configured():
    """The resources that the inventory wants: {id: resource}."""
    wanted = topology.rendered()[topology.members("cluster")[0]].get("pacemaker_resources", [])
    return {resource["id"]: resource for resource in wanted}
