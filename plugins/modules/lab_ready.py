#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lab_ready
short_description: Wait until the nodes of a lab answer by SSH
version_added: 0.1.0
description:
  - Asks all nodes at once and says every few seconds which of them answer, and what stands last on the others'
    consoles.
  - Runs on the controller, as an action plugin.
options:
  hosts:
    description: Names of the nodes, as O(ssh_config) knows them.
    type: list
    elements: str
    required: true
  ssh_config:
    description: The configuration of SSH that role P(halab.cluster.lab#role) wrote.
    type: path
    required: true
  consoles:
    description: Files with the nodes' consoles, for those that have one.
    type: dict
    default: {}
  timeout:
    description: Seconds until all have to answer.
    type: int
    default: 300
  interval:
    description: Seconds between two lines about what is going on.
    type: int
    default: 15
attributes:
  platform:
    platforms: posix
    support: full
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
author:
  - halab.cluster contributors (@halab)
"""

EXAMPLES = r"""
- name: Wait for the nodes
  halab.cluster.lab_ready:
    hosts: [node1, node2]
    ssh_config: /home/user/.cache/halab/labs/failover/ssh_config
    timeout: 60
"""

RETURN = r"""# """
