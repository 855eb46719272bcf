# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: conditions of role haproxy's rules that name an ACL which is not there. What is not certain is haproxy's."""

from __future__ import annotations

import difflib

from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_conditions as conditions
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_names, _haproxy_words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

# Lines that may end in a condition. 2.6.12 and 3.0.11 look for its ACLs in the lines before, of the same section only.
RULES = ("force-persist", "http-after-response", "http-request", "http-response", "ignore-persist", "monitor",
         "pass-header", "redirect", "set-param", "stats", "stick", "tcp-request", "tcp-response", "use-server",
         "use_backend")
OTHERS = ["haproxy's own such as METH_GET", "what stands in braces with a space on each side"]
SECTIONS = ("defaults", "frontend", "listen", "backend", "fcgi-app")


def problems(sections):
    found = []
    for section in sections:
        if section.keyword in SECTIONS and _is_certain(section):
            found += _unknown(section, sections)
    return found


def _is_certain(section):
    """Not so where haproxy may leave lines out (.if), or finds the name of an ACL only when it runs."""
    return all(
        not words[0].startswith(".") and (words[0] != "acl" or all(map(_haproxy_words.is_known, words[1:2])))
        for words in section.words()
    )


def _unknown(section, sections):
    found = []
    known = []
    for words in section.words():
        if words[0] == "acl":
            known += [name for name in words[1:2] if name not in known]
        for name in _names(words) if words[0] in RULES else []:
            if name not in known and name not in conditions.PREDEFINED and _haproxy_words.is_known(name):
                found.append(
                    "%s: %s: there is no ACL %s%s; allowed are %s."
                    % (section.place(), words[0], name, _hint(name, known, section, sections),
                       common.listed(known + OTHERS)))
                # What follows it may be no ACL, but the rest of a condition without its brace.
                break
    return found


def _names(words):
    found = conditions.condition(words)
    return [term.name for terms in found.alternatives for term in terms if term.name] if found else []


def _hint(name, known, section, sections):
    if name in conditions.acls(section):
        return " before that line, only after it"
    if any(name in conditions.acls(one) for one in _haproxy_names.parents(section, sections)):
        return " here, only in its defaults, and no other section sees those"
    near = difflib.get_close_matches(name, known + list(conditions.PREDEFINED), n=1)
    return " (the nearest: %s)" % near[0] if near else ""
