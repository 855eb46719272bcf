# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/haproxy.md, as the haproxy of this host sees them today. test_haproxy_examples.py has recordings."""

from __future__ import annotations

import haproxy_examples
import haproxy_process
import pytest

EXAMPLES = haproxy_examples.examples()


@haproxy_process.needed
@pytest.mark.parametrize("name", EXAMPLES)
def test_haproxy_accepts_it_without_a_warning(name, tmp_path):
    code, words = haproxy_examples.ask(EXAMPLES[name], tmp_path, str(tmp_path), ["haproxy"])
    assert code == 0 and "WARNING" not in words, words
