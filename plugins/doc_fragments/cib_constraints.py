# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where resources run and in which order, and names for several of them, as module_utils/_cib_spec.py takes them."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options:
  constraints:
    description:
      - Location, colocation, order and ticket constraints. Which of the options belong to which type is checked.
      - A colocation with a negative score keeps resources apart.
      - Where a resource is named, a template or a tag may be named as well.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the constraint.
        type: str
        required: true
      type:
        description: What is constrained.
        type: str
        required: true
        choices: [location, colocation, order, ticket]
      rsc:
        description: The resource that is placed (location, colocation), or needs the ticket (ticket).
        type: str
      resource_sets:
        description:
          - Sets of resources, instead of one or two that are named. The list is owned as a whole; its order counts.
          - In an order, each set comes after the one before it. In a colocation, sets next to each other are placed
            together.
        type: list
        elements: dict
        suboptions:
          members:
            description: The resources of the set. All sets together have two or more.
            type: list
            elements: str
            required: true
          sequential:
            description: Whether the members depend on each other in their order (order, colocation). By default they
              do.
            type: bool
          require-all:
            description: V(false) if one member is enough for the set behind it; with C(sequential=false) only (order).
            type: bool
          action:
            description: What is ordered. Without it, V(start) (order).
            type: str
            choices: [start, stop, promote, demote]
          role:
            description: Only for instances in this role (location, colocation, ticket).
            type: str
            choices: [Started, Stopped, Promoted, Unpromoted]
          score:
            description: How strong the members of this set hold together (colocation). Without it, that of the
              constraint.
            type: str
      ticket:
        description: Name of the ticket that is needed to run (ticket). Booth or C(crm_ticket) grants it to a site.
        type: str
      loss-policy:
        description: What is done when the ticket is lost (ticket). A ticket that was never granted counts as lost, and
          with V(fence) nodes that run the resource are fenced at once. V(demote) needs a promotable clone. Without it,
          V(stop).
        type: str
        choices: [stop, demote, fence, freeze]
      rsc-pattern:
        description: The resources whose names match this regular expression, instead of one (location).
        type: str
      node:
        description: The node it is placed on (location).
        type: str
      rule:
        description:
          - The nodes it is placed on, instead of one, or when (location). As
            O(conditional_rsc_defaults[].rule), but with C(expression) and C(date_expression).
          - Beside C(boolean-op) and C(expressions) it has either C(score), or C(score-attribute), the name of a node
            attribute whose value is the score; and C(role), if it holds only for instances in this role.
          - C(#uname), C(#id), C(#kind) and C(#is_dc) are attributes that every node has.
        type: dict
      score:
        description: How strong it is. A whole number, V(INFINITY) or V(-INFINITY).
        type: str
      role:
        description: Only for instances in this role (location).
        type: str
        choices: [Started, Stopped, Promoted, Unpromoted]
      resource-discovery:
        description: Where to look whether the resource already runs (location).
        type: str
        choices: [always, never, exclusive]
      with-rsc:
        description: The resource O(constraints[].rsc) is placed with (colocation).
        type: str
      rsc-role:
        description: Role of O(constraints[].rsc) (colocation, ticket).
        type: str
        choices: [Started, Stopped, Promoted, Unpromoted]
      with-rsc-role:
        description: Role of O(constraints[].with-rsc) (colocation).
        type: str
        choices: [Started, Stopped, Promoted, Unpromoted]
      node-attribute:
        description: The resources share the value of this node attribute instead of the node (colocation).
        type: str
      influence:
        description: Whether O(constraints[].rsc) has a say where O(constraints[].with-rsc) runs (colocation).
        type: bool
      first:
        description: The resource that comes first (order).
        type: str
      then:
        description: The resource that comes after it (order).
        type: str
      first-action:
        description: What O(constraints[].first) must have done (order).
        type: str
        choices: [start, stop, promote, demote]
      then-action:
        description: What O(constraints[].then) may then do (order).
        type: str
        choices: [start, stop, promote, demote]
      kind:
        description: How strict the order is (order).
        type: str
        choices: [Mandatory, Optional, Serialize]
      symmetrical:
        description: Whether the reverse order holds for stopping (order).
        type: bool
  tags:
    description: Names for several things at once. A constraint on a tag is one on all resources that have it.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the tag.
        type: str
        required: true
      members:
        description: Ids of what has the tag, mostly resources. Live members that are not listed keep it, unless
          O(purge=true).
        type: list
        elements: str
        required: true
"""
