# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The patterns of docs/patterns/, and a cluster that has nodes and fence devices, and nothing to run yet."""

from __future__ import annotations

import pathlib

import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _cib, _cib_check, _cib_xml
from ansible_collections.halab.cluster.plugins.module_utils._cib_spec import sections

ROOT = pathlib.Path(__file__).resolve().parents[1]
NODES = ("node1", "node2", "node3")


def patterns():
    """name -> variables of role pacemaker."""
    found = {}
    for path in sorted((ROOT / "docs" / "patterns").glob("*.yml")):
        variables = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[path.stem] = {name: value for name, value in variables.items() if name.startswith("pacemaker_")}
    return found


def bare(release):
    text = (ROOT / "tests/unit/fixtures/pacemaker" / release / "offline.before.cib.xml").read_text(encoding="utf-8")
    live = _cib_xml.parse(text)
    wanted = _cib.plan(live, {"resources": [], "groups": [], "clones": []}, purge=True)[0]
    for resources in wanted.iter("lrm_resources"):
        for resource in [item for item in resources if item.get("class") != "stonith"]:
            resources.remove(resource)
    return wanted


def desired(variables):
    """As role pacemaker hands them to pacemaker_cib."""
    return {kind: variables.get("pacemaker_" + kind) for kind in sections()}


def planned(live, variables):
    found = _cib_check.problems(live, desired(variables))
    assert found == [], found
    return _cib.plan(live, desired(variables))[0]
