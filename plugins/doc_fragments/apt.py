# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What apt_update and apt_update_info have in common."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
requirements:
  - Debian 12 or 13 on the node
options:
  packages:
    description: The packages to update, those of them that are installed. None named, all.
    type: list
    elements: str
    default: []
  refresh:
    description: Whether to ask the sources what they offer now. V(false) goes by what is known of them.
    type: bool
    default: true
"""
