# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests look at every node of the topology over SSH, unless --hosts says otherwise."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import topology

# What was built is looked at in every lab.
ALWAYS = ["lab"]


def pytest_ignore_collect(collection_path):
    """A file looks at the work of one role, where the topology has that role."""
    role = collection_path.stem.removeprefix("test_")
    is_role = collection_path.name == "test_%s.py" % role and (topology.ROOT / "roles" / role).is_dir()
    return True if is_role and role not in ALWAYS + topology.roles() else None


def pytest_configure(config):
    """Makes the nodes of the topology the hosts of testinfra."""
    if config.option.hosts:
        return
    config.option.hosts = ",".join("ssh://%s" % node for node in topology.nodes())
    if topology.SSH_CONFIG.exists():
        config.option.ssh_config = str(topology.SSH_CONFIG)


@pytest.fixture(scope="session")
def first():
    """One node, for what has to be looked at once."""
    return topology.host(topology.nodes()[0])


@pytest.fixture
def crm_mon(first):
    """The cluster's state as Pacemaker reports it for machines."""
    return ElementTree.fromstring(first.check_output("crm_mon --one-shot --output-as=xml"))


@pytest.fixture
def configured():
    """The resources that the inventory wants: {id: resource}."""
    wanted = topology.variables(topology.nodes()[0]).get("pacemaker_resources", [])
    return {resource["id"]: resource for resource in wanted}
