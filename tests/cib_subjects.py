# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Pacemaker's own tools were asked to judge: the subjects beside their recordings, and the module's examples."""

from __future__ import annotations

import json
import pathlib

import yaml
from ansible_collections.halab.cluster.plugins.module_utils._cib_spec import sections
from ansible_collections.halab.cluster.plugins.modules.pacemaker_cib import EXAMPLES

FIXTURES = pathlib.Path(__file__).parent / "unit" / "fixtures" / "pacemaker"


def subjects():
    """name -> desired configuration."""
    found = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((FIXTURES / "subjects").glob("*.yml"))}
    for number, task in enumerate(yaml.safe_load(EXAMPLES), start=1):
        desired = {kind: task["halab.cluster.pacemaker_cib"].get(kind) for kind in sections()}
        # An example that only takes something away leaves nothing to be judged.
        desired = {kind: value for kind, value in desired.items()
                   if isinstance(value, list) or any(item is not None for item in (value or {}).values())}
        if desired:
            found["example-%d" % number] = desired
    # As variables come out of an inventory: a date is text there.
    return json.loads(json.dumps(found, default=str))
