# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role haproxy refuses because it is open to whoever asks: statistics, exporter, runtime socket."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_conditions as conditions
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_names, _haproxy_words

# Each of these makes a statistics page; socket, timeout and maxconn of section global do not.
STATISTICS = ("enable", "uri", "auth", "realm", "refresh", "scope", "admin", "hide-version", "http-request",
              "show-desc", "show-legends", "show-modules", "show-node")
PASSWORD = re.compile(r"http_auth(_group)?\([^)]*\)")
# Rules after which a request goes no further. tcp-request are taken before all http-request, in any order of the file.
LAST_OF_HTTP = ("auth", "deny", "redirect", "reject", "return", "silent-drop", "tarpit")
LAST_OF_TCP = ("reject", "silent-drop")


def problems(sections):
    found = []
    for section in sections:
        if section.keyword == "global":
            found += _sockets(section)
        else:
            found += _statistics(section, sections) + _exporter(section, sections)
    return found


def _sockets(section):
    """Also with verify required: haproxy takes that there, and speaks without TLS all the same (2.6.12 and 3.0.11)."""
    return [
        "%s: stats socket %s has level admin, for whoever reaches that port; allowed is that on a path, on a loopback "
        "address, or with level operator or user." % (section.place(), words[2])
        for words in section.words()
        if words[:2] == ["stats", "socket"] and "admin" in _haproxy_words.after(words, "level")
        and _haproxy_words.Address(words[2]).port is not None and not _haproxy_words.Address(words[2]).is_loopback()
    ]


def _statistics(section, sections):
    lines = [words for words in section.words() if words[0] == "stats" and words[1:2] and words[1] in STATISTICS]
    if not lines or _is_near(section) or _asks_for_password(section, sections):
        return []
    return ["%s: a statistics page without a password; allowed is one with stats auth, with http-request auth that "
            "asks everybody or unless http_auth() knows them, or one that binds loopback addresses only."
            % section.place()]


def _is_near(section):
    addresses = [address for words, listed in _haproxy_words.binds(section) for address in listed]
    return bool(addresses) and all(address.is_loopback() for address in addresses)


def _asks_for_password(section, sections):
    lines = _lines(section, sections, "http-request", "stats")
    return any(words[:2] == ["stats", "auth"] for owner, words in lines) or _is_stopped(lines, _is_password)


def _exporter(section, sections):
    if _is_near(section) or _asks_for_certificates(section):
        return []
    before = _lines(section, sections, "tcp-request")
    for owner, words in _lines(section, sections, "http-request"):
        if owner is section and words[1:3] == ["use-service", "prometheus-exporter"]:
            if _is_open(section, words, before):
                return ["%s: a Prometheus exporter for whoever asks; allowed is one after http-request auth unless "
                        "http_auth() knows them, for some addresses only (src), for certificates only (verify required "
                        "in the bind line), or one that binds loopback addresses only." % section.place()]
        before.append((owner, words))
    return []


def _asks_for_certificates(section):
    lines = [words for words, listed in _haproxy_words.binds(section)]
    return bool(lines) and all(
        "ssl" in words and _haproxy_words.after(words, "verify") == ["required"] for words in lines)


def _is_open(section, words, before):
    """Whether a stranger gets to this rule: past those before it, in one of the cases that it is for."""
    named = conditions.acls(section)
    wanted = conditions.condition(words)
    if conditions.holds(wanted, named, _stranger(_is_password_or_source)) is False:
        return False
    # Which case it is, helps to see whether the rules before it are for the same: both for one path.
    cases = wanted.alternatives if wanted and wanted.keyword == "if" else [[]]
    return not all(
        _is_stopped(before, _is_password_or_source,
                    {conditions.criteria(term, named): term.wanted for term in terms})
        for terms in cases
    )


def _is_stopped(lines, is_guard, case=None):
    """Whether one of the rules stops each stranger, somebody for whom no guard holds."""
    return any(
        _is_last(words) and _is_readable(words)
        and conditions.holds(conditions.condition(words), conditions.acls(owner), _stranger(is_guard, case))
        for owner, words in lines
    )


def _stranger(is_guard, case=None):
    def known(criteria):
        return False if all(is_guard(criterion) for criterion in criteria) else (case or {}).get(criteria)

    return known


def _is_last(words):
    return (
        words[0] == "http-request" and words[1:2] and words[1] in LAST_OF_HTTP
        or words[:2] == ["stats", "http-request"] and words[2:3] and words[2] in ("auth", "deny")
        or words[0] == "tcp-request" and words[2:3] and words[2] in LAST_OF_TCP
    )


def _is_readable(words):
    """Not so where a condition is there, and cannot be read."""
    return conditions.condition(words) is not None or not set(conditions.KEYWORDS) & set(words)


def _is_password(criterion):
    return bool(criterion) and bool(PASSWORD.fullmatch(criterion[0]))


def _is_password_or_source(criterion):
    # All addresses are no choice among them.
    return _is_password(criterion) or criterion[:1] == ("src",) and not any(word.endswith("/0") for word in criterion)


def _lines(section, sections, *directives):
    """[(section, words)] of such lines that a section has: those of its defaults come first."""
    owners = _haproxy_names.parents(section, sections)[::-1] + [section]
    return [(owner, words) for owner in owners for words in owner.words() if words[0] in directives]
