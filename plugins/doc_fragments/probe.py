# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules that watch as a client while a drill runs have in common."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options:
  result_file:
    description:
      - Where the answer goes, as JSON. The module itself answers at once then, and the probe goes on in a process of its
        own. The file is there when the probe has ended; if it failed, with C(failed) and C(msg).
    type: path
  stop_file:
    description: The probe ends half a second after this file appears.
    type: path
  max_seconds:
    description: The probe ends at the latest after this time.
    type: float
    default: 900
attributes:
  check_mode:
    support: none
  diff_mode:
    support: none
  idempotent:
    support: full
"""
