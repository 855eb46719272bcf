# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of test_pacemaker_verbs.yml, on the CIBs that they are said to: Pacemaker's own tools judge them as well."""

from __future__ import annotations

import datetime
import pathlib
import re

import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _cib_xml, _pacemaker_verbs

UNIT = pathlib.Path(__file__).parent / "unit"
HERE = UNIT / "fixtures" / "pacemaker"
CASES = yaml.safe_load((UNIT / "plugins" / "module_utils" / "test_pacemaker_verbs.yml").read_text())
NOW = datetime.datetime(2026, 11, 27, tzinfo=datetime.timezone.utc)
# What crm_resource itself is asked, to compare.
CRM_RESOURCE = [
    ["--ban", "--resource", "web", "--node", "node1"],
    ["--ban", "--resource", "web", "--node", "node3", "--lifetime", "PT1H"],
    ["--move", "--resource", "web", "--node", "node2", "--lifetime", "P1M"],
    ["--move", "--resource", "fence-node1", "--node", "node3", "--force"],
]


def verb(said):
    """A verb as the module has it: what is not given is None there."""
    return dict(dict.fromkeys(("name", "node", "lifetime", "role", "operation")),
                **{key: value for key, value in said.items() if key != "now"})


def base(release, name):
    """A recorded CIB; a subject is the configuration of offline.before, changed."""
    if not name.startswith("subject."):
        return _cib_xml.parse((HERE / release / (name + ".cib.xml")).read_text())
    changed = (HERE / release / (name + ".configuration.xml")).read_text()
    return _cib_xml.parse(re.sub(r"(?s)<configuration>.*</configuration>", lambda dummy: changed,
                                 (HERE / release / "offline.before.cib.xml").read_text()))


def live(release, case):
    """The CIB that the verb of a case meets."""
    root = base(release, case.get("base", "offline.before"))
    for said in case.get("first", []):
        now = datetime.datetime.fromisoformat(said["now"]) if "now" in said else NOW
        root, dummy = _pacemaker_verbs.plan(root, verb(said), now)
    return root
