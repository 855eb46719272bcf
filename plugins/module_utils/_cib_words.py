# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pacemaker's words: the ones it knows, and the ones that it no longer does. No I/O.

Private to this collection.
"""

from __future__ import annotations

ROLES = ["Started", "Stopped", "Promoted", "Unpromoted"]
PROMOTABLE_ROLES = ("Promoted", "Unpromoted")
ON_FAIL = ["ignore", "block", "demote", "stop", "restart", "standby", "fence", "restart-container"]
TRUE = ("true", "on", "yes", "y", "1")

# Pacemaker 2.1 still reads these, Pacemaker 3 does not: a cluster must not change its mind when it is upgraded.
OLD_OPTIONS = {
    "master-max": "promoted-max", "master-node-max": "promoted-node-max", "masters": "promoted-max",
    "restart-type": "kind of an order constraint", "can_fail": "on-fail of the operation",
    "role_after_failure": "on-fail of the operation",
    "isolation": "a bundle", "isolation-host": "a bundle", "isolation-instance": "a bundle",
    "isolation-wrapper": "a bundle",
    "crmd-finalization-timeout": "join-finalization-timeout",
    "crmd-integration-timeout": "join-integration-timeout",
    "crmd-transition-delay": "transition-delay", "remove-after-stop": None,
    "default-resource-stickiness": "resource-stickiness in rsc_defaults",
    "default-action-timeout": "timeout in op_defaults", "is-managed-default": "is-managed in rsc_defaults",
}
# Cluster options whose words Pacemaker takes for others, or for the default, without an error.
PROPERTY_WORDS = {
    "placement-strategy": ("default", "utilization", "minimal", "balanced"),
    "node-health-strategy": ("none", "migrate-on-red", "only-green", "progressive", "custom"),
}
SCORES = ("node-health-base", "node-health-green", "node-health-yellow", "node-health-red")
OLD_VALUES = {
    ("target-role", "Master"): "Promoted", ("target-role", "Slave"): "Unpromoted",
    ("stonith-action", "poweroff"): "off",
}


def old_words(where, pairs):
    """Options and values that Pacemaker has dropped, each with what it says instead."""
    found = []
    for name, value in (pairs or {}).items():
        if value is None:
            continue  # it is about to be removed
        if name in OLD_OPTIONS:
            found.append("%s: %s is a word of old that Pacemaker 3 does not know; %s." % (
                where, name, "allowed is %s" % OLD_OPTIONS[name] if OLD_OPTIONS[name] else "leave it out"))
        elif (name, str(value)) in OLD_VALUES:
            found.append("%s: %s is %s, a word of old that Pacemaker 3 does not know; allowed is %s." % (
                where, name, value, OLD_VALUES[name, str(value)]))
    return found
