# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of role sbd: its files, and what its nodes can do."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _sbd_words as words
from ansible_collections.halab.cluster.plugins.module_utils._problems_sbd import sbd_differing, sbd_unable
from ansible_collections.halab.cluster.plugins.module_utils._sbd_property import sbd_property


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "sbd_default": words.sbd_default,
            "sbd_devices": words.devices_of,
            "sbd_differing": sbd_differing,
            "sbd_property": sbd_property,
            "sbd_start_timeout": words.start_timeout,
            "sbd_timeouts": words.sbd_timeouts,
            "sbd_unable": sbd_unable,
        }
