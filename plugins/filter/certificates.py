# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that read what is in certificates, apart from those that need no more than text."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.plugin_utils._certificates import certificate_problems, lab_due


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {"haproxy_certificate_problems": certificate_problems, "certificates_due": lab_due}
