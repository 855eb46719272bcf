# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that make haproxy.cfg, and the files beside it, of role haproxy's variables."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._haproxy_cfg import (
    haproxy_cfg, haproxy_files, haproxy_needs)


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {"haproxy_cfg": haproxy_cfg, "haproxy_files": haproxy_files, "haproxy_needs": haproxy_needs}
