# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role ldirectord refuses before it touches a host."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_cf as cf
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _problems_ldirectord_virtual as virtual

GLOBAL = "ldirectord_global"
MANAGERS = ("systemd", "pacemaker")


def global_problems(given):
    known = {"fallback", "fallback6", *words.GLOBAL}
    problems = words.unknown(GLOBAL, given, known) + words.wrong(GLOBAL, given, words.GLOBAL, cf.SECRETS)
    for word, version in (("fallback", 4), ("fallback6", 6)):
        if word in given:
            problems += virtual.fallback(GLOBAL, word, given[word], version)[1]
    return problems


def ldirectord_problems(variables):
    """Reasons why these variables cannot work. Empty when nothing is wrong."""
    given, problems = common.dictionary(GLOBAL, variables[GLOBAL])
    entries, found = common.list_of_dicts(virtual.VIRTUAL, variables[virtual.VIRTUAL])
    managed_by = variables["ldirectord_managed_by"]
    if managed_by not in MANAGERS:
        problems.append("ldirectord_managed_by is %r; allowed is %s." % (managed_by, " or ".join(MANAGERS)))
    problems += found + global_problems(given)
    for entry in entries:
        problems += virtual.virtual_problems(entry, {**cf.GLOBAL, **given})
    return problems + [
        "%s: %s is given twice; allowed is once." % (virtual.VIRTUAL, name)
        for name in common.repeated([virtual.name(entry) for entry in entries])
    ]
