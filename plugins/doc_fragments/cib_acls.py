# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what with the configuration, as module_utils/_cib_spec.py takes it."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options:
  acl_roles:
    description: Roles of those who may look at the configuration or change it. They count with C(enable-acl=true), one
      of O(properties).
    type: list
    elements: dict
    suboptions:
      id:
        description: Name of the role.
        type: str
        required: true
      description:
        description: A remark.
        type: str
      permissions:
        description: What the role may do. The list is owned as a whole.
        type: list
        elements: dict
        required: true
        suboptions:
          kind:
            description: Whether it may be read, written (which is reading, too), or neither.
            type: str
            required: true
            choices: [read, write, deny]
          xpath:
            description: An XPath to what it is about, and all below that. Either this,
              O(acl_roles[].permissions[].reference) or O(acl_roles[].permissions[].object-type).
            type: str
          reference:
            description: The id of what it is about.
            type: str
          object-type:
            description: The name of the elements that it is about, for instance V(nodes).
            type: str
          attribute:
            description: Only elements of this type that have this attribute.
            type: str
          description:
            description: A remark.
            type: str
  acl_targets:
    description: Users and their roles. They need to be in the group C(haclient) of the nodes; C(root) and C(hacluster)
      may always do everything, and are refused here.
    type: list
    elements: dict
    suboptions: &holder
      id:
        description: Name of the user or group in the system.
        type: str
        required: true
      roles:
        description: Roles of O(acl_roles) or of the live configuration. Live ones that are not listed stay, unless
          O(purge=true).
        type: list
        elements: str
        required: true
  acl_groups:
    description: Groups of users and their roles.
    type: list
    elements: dict
    suboptions: *holder
"""
