# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role haproxy_agent refuses before it touches a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

BY = ("cpu", "memory", "response_time")
NUMBERS = {
    # Below that, it would have to be root.
    "haproxy_agent_port": (1024, 65535),
    "haproxy_agent_best_ms": (0, 60000),
    "haproxy_agent_worst_ms": (1, 60000),
    "haproxy_agent_interval": (1, 60),
    "haproxy_agent_samples": (1, 60),
    "haproxy_agent_minimum": (1, 100),
}
URL = re.compile(r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?(/[!-~]*)?$")


def haproxy_agent_problems(variables):
    """All reasons why the agent would not do what these variables say."""
    problems = [
        "%s is %r; allowed is a whole number from %d to %d." % (name, variables[name], first, last)
        for name, (first, last) in NUMBERS.items()
        if not _is_whole(variables[name]) or not first <= variables[name] <= last
    ]
    listen, by, url = (variables["haproxy_agent_" + name] for name in ("listen", "by", "url"))
    if common.address(listen) is None:
        problems.append("haproxy_agent_listen is %r; allowed is an address of this server." % (listen,))
    if by not in BY:
        problems.append("haproxy_agent_by is %r; allowed are %s." % (by, common.listed(BY)))
    if by == "response_time" and not _is_url(url):
        problems.append("haproxy_agent_url is %r; allowed with haproxy_agent_by: response_time is an address of a page "
                        "such as http://127.0.0.1/health." % (url,))
    elif by in BY[:2] and url != "":
        problems.append("haproxy_agent_url is %r and haproxy_agent_by is %s, which asks no page; allowed is "
                        "response_time." % (url, by))
    best, worst = variables["haproxy_agent_best_ms"], variables["haproxy_agent_worst_ms"]
    if _is_whole(best) and _is_whole(worst) and best >= worst:
        problems.append("haproxy_agent_best_ms is %d; allowed is less than haproxy_agent_worst_ms, %d." % (best, worst))
    return problems


def _is_url(value):
    found = URL.match(value) if isinstance(value, str) else None
    return bool(found) and int((found.group(2) or ":80")[1:]) in range(1, 65536)


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)
