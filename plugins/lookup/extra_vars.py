# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = """
name: extra_vars
author:
  - halab.cluster contributors (@halab)
short_description: What this run was given as extra variables
version_added: 0.1.0
description:
  - The arguments of each C(--extra-vars) of the command line, as they were given. A playbook that runs another one hands
    them on with it, so that both speak of the same hosts in the same words.
options:
  _terms:
    description: None.
"""

EXAMPLES = """
- name: Converge with the variables of this run
  ansible.builtin.command:
    argv: "{{ ['ansible-playbook', 'site.yml'] + query('halab.cluster.extra_vars') | map('regex_replace', '^', '-e') }}"
  changed_when: true
"""

RETURN = """
_raw:
  description: One text for each.
  type: list
  elements: str
"""

from ansible import context
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """query('halab.cluster.extra_vars')"""

    def run(self, terms, variables=None, **kwargs):
        return [str(text) for text in context.CLIARGS.get("extra_vars") or ()]
