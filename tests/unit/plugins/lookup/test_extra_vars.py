# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible import context
from ansible.module_utils.common.collections import ImmutableDict

from ansible_collections.halab.cluster.plugins.lookup.extra_vars import LookupModule


def test_what_the_command_line_has_said(monkeypatch):
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(extra_vars=("farm=masq", '{"a": "b c"}', "@more.yml")))
    assert LookupModule().run([]) == ["farm=masq", '{"a": "b c"}', "@more.yml"]


def test_nothing_was_said(monkeypatch):
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict())
    assert LookupModule().run([]) == []
