# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reasons to refuse the variables of role nameserver before a host is touched. No I/O. Private to this collection."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _problems


def nameserver_problems(variables):
    """Sentences about the variables of role nameserver; no sentence, no problem."""
    port, problems = variables["nameserver_port"], []
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        problems.append("nameserver_port is %r; allowed is a whole number from 1 to 65535." % (port,))
    records, wrong = _problems.list_of_dicts("nameserver_records", variables["nameserver_records"])
    problems += wrong
    for position, record in enumerate(records):
        where = "nameserver_records[%d]" % position
        problems += _problems.unknown_keys(where, record, ("name", "address"))
        name = record.get("name")
        if not isinstance(name, str) or not _problems.NAME.match(name):
            problems.append("%s: name is %r; allowed are letters, digits, dashes and dots." % (where, name))
        if _problems.address(record.get("address")) is None:
            problems.append("%s: address is %r; allowed is an IP address, such as 192.0.2.100."
                            % (where, record.get("address")))
    return problems
