# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/corosync.md: as variables of role corosync, and what corosync itself says of them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "tests" / "unit" / "fixtures" / "corosync" / "examples"
EXAMPLE = re.compile(r"^<!-- example: (\S+) -->\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NODES = [
    {"name": "node%d" % number, "nodeid": number, "ring0_addr": "198.18.0.1%d" % number} for number in (1, 2, 3)
]


def defaults():
    path = ROOT / "roles" / "corosync" / "defaults" / "main.yml"
    return {**yaml.safe_load(path.read_text(encoding="utf-8")), "corosync_nodes": NODES, "corosync_qnetd_host": ""}


def examples():
    """{name: all variables of the role}. Where an example says nothing of nodes, there are three on one link."""
    text = (ROOT / "docs" / "corosync.md").read_text(encoding="utf-8")
    found = {name: dict(defaults(), **yaml.safe_load(block)) for name, block in EXAMPLE.findall(text)}
    return {"default": defaults(), **found}


def digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
