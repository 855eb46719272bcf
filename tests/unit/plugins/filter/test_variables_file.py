# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that playbooks/export.yml writes: Ansible reads from it what was written into it."""

from __future__ import annotations

import pathlib

import jinja2
import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.halab.cluster.plugins.filter.variables_file import variables_file
from ansible_collections.halab.cluster.plugins.module_utils import _cib_export_variables, _cib_xml
from cib_subjects import FIXTURES

TEMPLATE = pathlib.Path(__file__).parents[4] / "playbooks" / "templates" / "export.yml.j2"


def read_back(text):
    """As a file in group_vars, with all templates evaluated."""
    loader = DataLoader()
    return Templar(loader=loader, variables={}).template(loader.load(trust_as_template(text)))


def test_what_is_read_back_would_be_evaluated():
    assert read_back("a: '{{ 1 + 1 }}'\n") == {"a": 2}


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("debian13/*.cib.xml")), ids=lambda path: path.name)
def test_it_is_read_back_as_it_was(path):
    told = _cib_export_variables.variables(_cib_xml.parse(path.read_text()), True)["variables"]
    assert read_back(variables_file(told)) == told
    assert list(read_back(variables_file(told))) == list(told)


@pytest.mark.parametrize("text", [
    "{{ lookup('pipe', 'id') }}", "a {% if b %}", "{# c", "yes", "off", "010", "1:30", "2026-12-24", "0x1f", "1e3", "~",
    "null", "", " a ", "a: b", "- a", "# a", "!unsafe a", "a\nb", "'", '"', "\\", "ä"])
def test_text_stays_text(text):
    told = {"pacemaker_resources": [{"id": "a", "instance_attributes": {"b": text}}],
            "pacemaker_properties": {"c": text}}
    assert read_back(variables_file(told)) == told


def test_it_looks_like_the_inventories():
    monitor = {"name": "monitor", "interval": "5s", "timeout": 20}
    assert variables_file({"pacemaker_resources": [{"id": "vip", "operations": [monitor]}],
                           "pacemaker_properties": {"stonith-enabled": True}}) == (
        "pacemaker_resources:\n"
        "  - id: vip\n"
        "    operations:\n"
        "      - {name: monitor, interval: 5s, timeout: 20}\n"
        "pacemaker_properties: {stonith-enabled: true}\n")


def test_what_is_said_beside_it_stays_a_comment():
    told = {"variables": {"pacemaker_rsc_defaults": {"a": "{{ b }}"}}, "secrets_left_out": [], "remarks": ["c"],
            "not_exported": ["of two\nlines: with {{ braces }}"]}
    # As Ansible has it, but for the way to a collection's filters.
    environment = jinja2.Environment(trim_blocks=True, autoescape=False)
    environment.filters["halab.cluster.variables_file"] = variables_file
    text = environment.from_string(TEMPLATE.read_text()).render(__export=told)
    assert read_back(text) == told["variables"]
    assert "#   of two lines: with {{ braces }}\n" in text and "#   c\n" in text and "secrets" not in text
