# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module that is named as Ansible does on a node: arguments as JSON on standard input. Prints its seconds last."""
import importlib
import json
import sys
import time

began = time.monotonic()
from ansible.module_utils.testing import patch_module_args  # noqa: E402

module = importlib.import_module("ansible_collections.halab.cluster.plugins.modules." + sys.argv[1])
with patch_module_args(json.load(sys.stdin)):
    try:
        module.main()
    finally:
        print(f"\n{time.monotonic() - began:.3f}")
