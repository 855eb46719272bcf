# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role ldirectord refuses about checks: those that check nothing, and those that cannot succeed."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_cf as cf
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_words as words

# Without these a check never succeeds, or compares with an empty pattern, which in Perl is the last one that matched.
NEEDS = {
    "dns": ("request", "receive"),
    "ftp": ("request", "receive"),
    "mysql": ("login", "database", "request"),
    "oracle": ("login", "database", "request"),
    "pgsql": ("login", "database", "request"),
    "radius": ("login", "secret"),
    "simpletcp": ("receive",),
}
EXTERNAL = ("external", "external-perl")
HTTP = ("http", "https", "http_proxy")


def is_given(word, entry, reals):
    """By the service, or by each of its real servers."""
    return word in entry or word in words.REAL and bool(reals) and all(real.get(word) for real in reals)


def port_is_known(service, entry, reals):
    """Whether there is a port to connect to: ld_checkport in ldirectord."""
    if "checkport" in entry or service in cf.SERVICES.values():
        return True
    return bool(cf.port(entry)) or bool(reals) and all("port" in real for real in reals)


def negotiation_problems(where, service, entry, reals):
    if service is None:
        port = cf.port(entry)
        has = "a mark has none" if port is None else "port %s has none of its own" % port
        return [
            "%s: service is missing, and %s, so nothing would be checked; allowed is a service, or checktype connect, "
            "ping, external or on." % (where, has)
        ]
    problems = [
        "%s: %s is missing; allowed with service %s is one." % (where, word, service)
        for word in NEEDS.get(service, ())
        if not is_given(word, entry, reals)
    ]
    if service == "http_proxy":
        asked = [entry.get("request")] if not is_given("request", {}, reals) else []
        asked += [real["request"] for real in reals if "request" in real]
        problems += [
            "%s: request is %r; allowed with service http_proxy is a whole URL, such as http://example.com/."
            % (where, uri)
            for uri in asked
            if not str(uri).startswith("http://")
        ]
    if service in HTTP and entry.get("httpmethod") == "HEAD" and "receive" in entry:
        problems.append(
            "%s: httpmethod is HEAD, which is answered without a text; allowed is no receive, or GET." % where
        )
    if cf.version(entry) == 6 and service not in words.SERVICES_6:
        problems.append(
            "%s: service is %s; allowed with IPv6 is %s." % (where, service, ", ".join(words.SERVICES_6))
        )
    return problems


def check_problems(where, entry, reals):
    problems, service, kind = [], cf.service(entry), cf.checktype(entry)
    negotiates = kind == "negotiate" or isinstance(kind, int)
    if negotiates:
        problems += negotiation_problems(where, service, entry, reals)
    connects = kind == "connect" or isinstance(kind, int) or kind == "negotiate" and service not in (None, "none")
    if connects and not port_is_known(service, entry, reals):
        problems.append("%s: checkport is missing, and no port follows from the rest; allowed is 1 to 65535." % where)
    if kind in EXTERNAL and "checkcommand" not in entry:
        problems.append("%s: checkcommand is missing; allowed with checktype %s is %s." % (
            where, kind, words.VIRTUAL["checkcommand"].allowed()))
    if kind not in EXTERNAL and "checkcommand" in entry:
        problems.append(
            "%s: checkcommand is given and checktype %s, which does not run it; allowed is external or external-perl."
            % (where, kind)
        )
    # A connect by UDP is a ping.
    if cf.version(entry) == 6 and (kind == "ping" or kind == "connect" and entry.get("protocol") == "udp"):
        problems.append("%s: checktype is %s, which is a ping here; allowed with IPv6 is any other." % (where, kind))
    return problems
