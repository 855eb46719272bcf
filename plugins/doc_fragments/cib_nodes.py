# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of nodes: how they are fenced, and what they are for good, as module_utils/_cib_spec.py takes it."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options:
  fencing_levels:
    description:
      - Which fence devices are tried on a node, and in which order. The devices of one level all have to succeed; if
        one does not, the next level is tried.
      - Without any level for a node, Pacemaker asks the devices themselves which nodes they are for.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the level.
        type: str
        required: true
      index:
        description: Its number, from 1 to 9. The lowest is tried first.
        type: int
        required: true
      devices:
        description: The fence devices of the level, in the order in which they are used. The list is owned as a whole.
        type: list
        elements: str
        required: true
      target:
        description: The node it is for. Either this, O(fencing_levels[].target-pattern) or
          O(fencing_levels[].target-attribute).
        type: str
      target-pattern:
        description: A regular expression for the names of the nodes it is for.
        type: str
      target-attribute:
        description: The node attribute that the nodes it is for have in common.
        type: str
      target-value:
        description: The value of O(fencing_levels[].target-attribute).
        type: str
  nodes:
    description:
      - What is said of nodes for good. Nodes that are not listed are left alone, even by O(purge=true).
      - Of a node that is listed, O(purge=true) removes every attribute and capacity that is not, also what an agent has
        noted there for itself (such as C(ocf:heartbeat:pgsql), its C(-data-status)). List it with the value that it has,
        or leave the node out.
    type: list
    elements: dict
    suboptions:
      name:
        description: The node's name in Pacemaker. The cluster must have met it.
        type: str
        required: true
      instance_attributes:
        description:
          - Permanent node attributes, for rules and agents. Those whose names begin with C(#health) count for the
            C(node-health-strategy), with V(green), V(yellow), V(red) or a score.
          - M(halab.cluster.pacemaker_node) puts nodes in standby; C(standby) is refused here. O(purge=true) leaves
            C(standby), C(maintenance) and C(terminate) alone.
        type: dict
      utilization:
        description: What the node has of each capacity, as whole numbers in units of your own.
        type: dict
"""
