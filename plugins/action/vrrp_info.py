# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of module vrrp_info: read keepalived.conf first, and run the module if a router is new."""

from __future__ import annotations

import shlex

from ansible_collections.halab.cluster.plugins.module_utils import _vrrp
from ansible_collections.halab.cluster.plugins.plugin_utils._ask_first import PLAIN_PATH, AskFirst


class ActionModule(AskFirst):
    """Says "nothing to do", or runs the module."""

    MODULE = "halab.cluster.vrrp_info"
    ARGUMENTS = _vrrp.ARGUMENTS

    def question(self, params):
        path = params["keepalived_conf"]
        if not params["routers"] or params["seconds"] <= 0 or not PLAIN_PATH.fullmatch(path):
            return None
        # Passwords stay where they are.
        return ["grep -a -v -w -e auth_pass -e password -- %s" % shlex.quote(path)]

    def result(self, params, lines):
        new = _vrrp.missing(params["routers"], "\n".join(lines))
        return None if new else _vrrp.result()
