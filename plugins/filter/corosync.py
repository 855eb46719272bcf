# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that make corosync.conf and the options of corosync-qnetd of the roles' variables."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._corosync_conf import corosync_conf
from ansible_collections.halab.cluster.plugins.module_utils._qnetd_options import qnetd_options


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {"corosync_conf": corosync_conf, "qnetd_options": qnetd_options}
