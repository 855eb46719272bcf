# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: conditions of haproxy's rules, and what they say of a client (configuration.txt, sections 7.2 and 7.4).

No I/O.
"""

from __future__ import annotations

from typing import NamedTuple

KEYWORDS = ("if", "unless")
# Section 7.4 of 3.0; 2.6 has all of them but HTTP_3.0.
PREDEFINED = (
    "FALSE", "HTTP", "HTTP_1.0", "HTTP_1.1", "HTTP_2.0", "HTTP_3.0", "HTTP_CONTENT", "HTTP_URL_ABS", "HTTP_URL_SLASH",
    "HTTP_URL_STAR", "LOCALHOST", "METH_CONNECT", "METH_DELETE", "METH_GET", "METH_HEAD", "METH_OPTIONS", "METH_POST",
    "METH_PUT", "METH_TRACE", "RDP_COOKIE", "REQ_CONTENT", "TRUE", "WAIT_END")
# Of those, the ones that say something of who asks.
ALWAYS = {"TRUE": ("always_true",), "FALSE": ("always_false",), "LOCALHOST": ("src", "127.0.0.1/8", "::1")}


class Term(NamedTuple):
    """One ACL of a condition: a name, or the words between braces."""

    wanted: bool
    name: str | None
    criterion: tuple


class Condition(NamedTuple):
    """One of the alternatives holds if all of its terms do; unless turns that round."""

    keyword: str
    alternatives: list


def condition(words):
    """The condition of a rule; None where it has none, or where one cannot tell which of its words begins it."""
    keywords = [place for place, word in enumerate(words) if word in KEYWORDS and place]
    if len(keywords) != 1:
        return None
    alternatives = _alternatives(words[keywords[0] + 1:])
    return Condition(words[keywords[0]], alternatives) if alternatives else None


def _alternatives(words):
    """As haproxy's parse_acl_cond reads them; None for a brace that is not closed."""
    found = [[]]
    wanted = True
    rest = list(words)
    while rest:
        word = rest.pop(0)
        bare = word.lstrip("!")
        if (len(word) - len(bare)) % 2:
            wanted = not wanted
        if not bare:
            continue
        if bare.lower() == "or" or bare == "||":
            found.append([])
        elif bare == "{":
            if "}" not in rest:
                return None
            end = rest.index("}")
            found[-1].append(Term(wanted, None, tuple(rest[:end])))
            rest = rest[end + 1:]
        else:
            found[-1].append(Term(wanted, bare, ()))
        wanted = True
    return found if all(found) else None


def acls(section):
    """{name: [its criteria, of which one is enough]} of a section. No other one sees them, be it defaults."""
    found = {}
    for words in section.words():
        if words[0] == "acl" and len(words) > 2:
            found.setdefault(words[1], []).append(tuple(words[2:]))
    return found


def criteria(term, named):
    """What a term asks, whether it has a name or not. named is what acls() says of its section."""
    if term.name is None:
        return (term.criterion,)
    return tuple(named.get(term.name) or [ALWAYS.get(term.name, (term.name,))])


def holds(wanted, named, known):
    """Whether a condition holds: True, False, or None if that depends on more than is known.

    known says of criteria what a term has: True, False or None. No condition always holds.
    """
    if wanted is None:
        return True
    alternatives = [_all([_holds(term, named, known) for term in terms]) for terms in wanted.alternatives]
    one = True if True in alternatives else None if None in alternatives else False
    return _not(one) if wanted.keyword == "unless" else one


def _holds(term, named, known):
    found = criteria(term, named)
    always = {(("always_true",),): True, (("always_false",),): False}
    value = always[found] if found in always else known(found)
    return value if term.wanted else _not(value)


def _all(values):
    return False if False in values else None if None in values else True


def _not(value):
    return None if value is None else not value
