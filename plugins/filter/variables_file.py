# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: variables_file
author: halab.cluster contributors (@halab)
version_added: 0.1.0
short_description: Variables as the text of a file in which nothing is a template
description:
  - Writes variables as YAML, in their order, the way the inventories of this collection look.
  - Text that came from elsewhere may have C({{) in it. It is marked as C(!unsafe), so that Ansible reads it as it is.
options:
  _input:
    description: The variables by their names.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Keep what the cluster is
  ansible.builtin.copy:
    content: "{{ found.variables | halab.cluster.variables_file }}"
    dest: /tmp/cluster.yml
    mode: "0600"
"""

RETURN = r"""
_value:
  description: YAML.
  type: str
"""

import json
import re

import yaml

TEMPLATE = re.compile(r"\{[{%#]")


class _Dumper(yaml.SafeDumper):
    """Lists are indented, and text that looks like a template is marked."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


class _Variables(dict):
    """The outermost dictionary: one variable a line, however short they are."""


def _text(dumper, value):
    return dumper.represent_scalar("!unsafe" if TEMPLATE.search(value) else "tag:yaml.org,2002:str", value)


def _variables(dumper, value):
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=False)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Variables, _variables)


def variables_file(variables):
    # By way of JSON: Ansible's own kinds of text and lists become plain ones, and nothing is an anchor of another.
    plain = _Variables(json.loads(json.dumps(variables)))
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=118, allow_unicode=True)


class FilterModule:
    def filters(self):
        return {"variables_file": variables_file}
