# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role pacemaker_remote writes for pacemaker-remoted."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
import yaml

SERVICE = Path(__file__).resolve().parents[2] / "roles" / "pacemaker_remote" / "tasks" / "service.yml"


@pytest.mark.parametrize("address, expected", [
    # An empty one is the name of a host for it, which it does not find: it ends, and the cluster waits in vain.
    ("", []),
    ("192.0.2.14", ["PCMK_remote_address=192.0.2.14"]),
])
def test_an_address_is_written_where_there_is_one(address, expected):
    content = yaml.safe_load(SERVICE.read_text(encoding="utf-8"))[0]["halab.cluster.daemon"]["files"][0]["content"]
    lines = jinja2.Template(content).render(pacemaker_remote_port=3121, pacemaker_remote_address=address).splitlines()
    assert "PCMK_remote_port=3121" in lines
    assert [line for line in lines if line.startswith("PCMK_remote_address")] == expected
