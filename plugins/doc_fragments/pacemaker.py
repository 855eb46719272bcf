# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules for a cluster that Pacemaker runs have in common."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options: {}
requirements:
  - Pacemaker 2.1.5 or later on the node
"""

    # Modules that change it, and wait for what follows.
    SETTLES = r"""
options:
  timeout:
    description: How long to wait for a DC and until the cluster has settled, in seconds.
    type: int
    default: 120
"""
