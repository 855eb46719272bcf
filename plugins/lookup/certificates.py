# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = """
name: certificates
author:
  - halab.cluster contributors (@halab)
short_description: The certificates that a lab has made
version_added: 0.1.0
description:
  - Reads what role P(halab.cluster.certificates#role) has put into its folder on the controller, keys included.
options:
  _terms:
    description: Folders. One that is not there yet holds nothing.
    required: true
"""

EXAMPLES = """
- name: Show what there is
  ansible.builtin.debug:
    msg: "{{ (query('halab.cluster.certificates', '/home/lab/certificates') | first).keys() }}"
"""

RETURN = """
_raw:
  description: For each folder the texts of its files, by their names.
  type: list
  elements: dict
"""

from pathlib import Path

from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """query('halab.cluster.certificates', folder)"""

    def run(self, terms, variables=None, **kwargs):
        return [{path.name: path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.pem"))}
                for folder in terms]
