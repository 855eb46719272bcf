# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fence device in the words of role fencing, as module_utils/_fence_agent.py takes it."""

from __future__ import annotations


class ModuleDocFragment:

    ONE = r"""
options:
  device:
    suboptions:
      id:
        description: Name of the device, for messages.
        type: str
        required: true
      agent:
        description: The fence agent, such as V(fence_ipmilan) or V(stonith:fence_ipmilan).
        type: str
        required: true
      target:
        description: The node that the device can switch off.
        type: str
        required: true
      level:
        description: Which of the node's devices the cluster tries first. Of no meaning here.
        type: int
      instance_attributes:
        description: The agent's parameters, as in the cluster's configuration. Those for the fencer (C(pcmk_*)) are
          not passed on, but C(pcmk_host_map) is obeyed.
        type: dict
        default: {}
      secret_attributes:
        description: More of the agent's parameters, never shown.
        type: dict
        default: {}
"""


# The same for option `devices`. Out here, since ansible-test reads the class and knows nothing but plain strings.
ModuleDocFragment.LIST = ModuleDocFragment.ONE.replace("  device:\n", "  devices:\n")
