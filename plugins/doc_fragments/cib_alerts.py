# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that are told what happens, as module_utils/_cib_spec.py takes them."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options:
  alerts:
    description: Programs that are run when something happens in the cluster.
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the alert.
        type: str
        required: true
      path:
        description: The program. It must exist on every node.
        type: path
        required: true
      description:
        description: A remark.
        type: str
      instance_attributes:
        description: Environment variables for the program.
        type: dict
      meta_attributes:
        description: Options for Pacemaker, such as C(timeout).
        type: dict
      select:
        description: The kinds of event it is run for. Without it, all but attribute changes.
        type: list
        elements: str
        choices: [nodes, fencing, resources, attributes]
      recipients:
        description: Whom the program is told to inform.
        type: list
        elements: dict
        suboptions:
          id:
            description: Name of the recipient.
            type: str
            required: true
          value:
            description: What the program gets as recipient.
            type: str
            required: true
          description:
            description: A remark.
            type: str
          instance_attributes:
            description: Environment variables for the program.
            type: dict
          meta_attributes:
            description: Options for Pacemaker.
            type: dict
"""
