# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what a cluster may count on, by what the sbd of each node goes by. No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils._sbd_words import DEFAULTS, devices_of


def sbd_property(states, nodes, devices, wanted):
    """stonith-watchdog-timeout as text, empty where it is to stay as it is.

    states: {node: what sbd_info says there}. nodes: all of the cluster. devices: those that sbd is to have. wanted: what it
    is to be without any, 0 where sbd is to go.

    A node without a disk resets itself when it has lost the quorum; only then may the others wait for that. One that still
    reads a disk does not, and a message to a disk does not reach one that does not read it yet. Pacemaker ends where this
    is set and sbd does not run, or takes longer than this.
    """
    if not wanted:
        return "0"
    if [node for node in nodes if not _goes_by(states.get(node), devices)]:
        return ""
    if devices:
        return "0"
    longest = max([_watchdog_timeout(states[node][kind]) for node in nodes for kind in ("heeded", "settings")])
    return "%ds" % max(wanted, 2 * longest)


def _goes_by(state, devices):
    return bool(state) and state["running"] and state["heeded"] is not None and (
        devices_of(state["heeded"]) == list(devices))


def _watchdog_timeout(settings):
    said = str(settings.get("SBD_WATCHDOG_TIMEOUT", ""))
    return int(said) if said.isdecimal() else DEFAULTS["SBD_WATCHDOG_TIMEOUT"]
