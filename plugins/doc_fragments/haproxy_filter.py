# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters that look at the variables of role haproxy are given."""

from __future__ import annotations


class ModuleDocFragment:

    DOCUMENTATION = r"""
options:
  _input:
    description: All variables of role P(halab.cluster.haproxy#role), by their names.
    type: dict
    required: true
  base:
    description:
      - What the file says unless told otherwise, as dictionaries of directives. C(global) and C(defaults) are added
        to those sections, C(defaults_http) and C(defaults_tcp) to sections C(defaults) of that mode.
    type: dict
    required: true
"""

    CERTIFICATES = r"""
options:
  certificates:
    description: The texts of those in C(haproxy_certificates) that are given by C(src), in their order.
    type: list
    elements: str
    default: []
"""

    # Beside certificates.
    ERRORFILES = r"""
options:
  errorfiles:
    description: The same of C(haproxy_errorfiles).
    type: list
    elements: str
    default: []
"""
