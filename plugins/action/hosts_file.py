# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of module hosts_file: read the file first, and run the module if it is not as wanted."""

from __future__ import annotations

import base64
import shlex

from ansible_collections.halab.cluster.plugins.module_utils import _hosts_file
from ansible_collections.halab.cluster.plugins.plugin_utils._ask_first import PLAIN_PATH, AskFirst


class ActionModule(AskFirst):
    """Says "nothing to do", or runs the module."""

    MODULE = "halab.cluster.hosts_file"
    ARGUMENTS = _hosts_file.ARGUMENTS

    def question(self, params):
        if not PLAIN_PATH.fullmatch(params["path"]):
            return None
        path = shlex.quote(params["path"])
        # As base64, because line ends and bytes of any encoding count.
        return [command % path for command in ("readlink -f -- %s", "test -f %s", "wc -c < %s", "base64 < %s")]

    def result(self, params, lines):
        path = params["path"]
        try:
            data = base64.b64decode("".join(lines[2:]), validate=True)
            # A link leads to another path, and that is what the module returns.
            if lines[:2] != [path, str(len(data))]:
                return None
            before = data.decode(_hosts_file.ENCODING, _hosts_file.ERRORS)
            after = _hosts_file.plan(before, params["nodes"], params["marker"], path)
        except (ValueError, _hosts_file.HostsFileError):
            return None
        return _hosts_file.result(before, after, path) if after == before else None
