# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters about a cluster as a whole: its backup, its restore, its start after all of it was off."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.halab.cluster.plugins.module_utils import _backup
from ansible_collections.halab.cluster.plugins.module_utils._cold_start import (
    cluster_told,
    cold_start_problems,
    lone_return_problems,
)


def read_or_error(text, path):
    """What is none is the user's to read, not a traceback."""
    try:
        return _backup.backup_read(text)
    except _backup.NoBackup as error:
        raise AnsibleFilterError("restore_file: %s is no backup: %s. Nothing was changed." % (path, error)) from error


class FilterModule:
    """The filters of this collection."""

    def filters(self):
        """Names as they are used in templates, after halab.cluster."""
        return {
            "backup_made": _backup.backup_made,
            "backup_packages": _backup.packages,
            "backup_problems": _backup.backup_problems,
            "backup_read": read_or_error,
            "backup_told": _backup.backup_told,
            "cib_files": _backup.files_named,
            "cluster_told": cluster_told,
            "cold_start_problems": cold_start_problems,
            "lone_return_problems": lone_return_problems,
            "not_running": _backup.not_running,
            "restore_problems": _backup.restore_problems,
        }
