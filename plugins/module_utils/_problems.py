# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what the refusals of all roles have in common. Each function returns sentences; no sentence, no problem.

A sentence names the variable, the value found and what is allowed, because its reader sees nothing else.
"""

from __future__ import annotations

import difflib
import ipaddress
import re

# YAML 1.2 and quoting turn these into text, which the daemons then read in their own way, or not at all.
BOOLEAN_WORDS = ("yes", "no", "true", "false", "on", "off")

NAME = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")
# XML ids: what the CIB accepts as an id.
IDENTIFIER = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]*$")


def kind(value):
    """The type of a value in the words of YAML."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "a number"
    if isinstance(value, float):
        return "a fraction"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dict):
        return "a dictionary"
    return "a list"


def list_of_dicts(variable, value):
    """(the entries that are dictionaries, problems with the others)"""
    if not isinstance(value, list):
        return [], ["%s is %s (%r); allowed is a list of dictionaries." % (variable, kind(value), value)]
    problems = [
        "%s[%d] is %s (%r); allowed is a dictionary." % (variable, position, kind(entry), entry)
        for position, entry in enumerate(value)
        if not isinstance(entry, dict)
    ]
    return [entry for entry in value if isinstance(entry, dict)], problems


def dictionary(variable, value):
    """(the dictionary, problems)"""
    if isinstance(value, dict):
        return value, []
    return {}, ["%s is %s (%r); allowed is a dictionary." % (variable, kind(value), value)]


def boolean_words(variable, options):
    """Booleans given as text, in a dictionary of options."""
    return [
        "%s: %s is the text %r; allowed is a boolean without quotes (true or false)." % (variable, key, value)
        for key, value in options.items()
        if isinstance(value, str) and value.strip().lower() in BOOLEAN_WORDS
    ]


def unknown_keys(variable, entry, known):
    """Keys that nothing reads: mostly misspelt ones."""
    return [
        "%s: the key %r is unknown; allowed are %s." % (variable, key, ", ".join(sorted(known)))
        for key in entry
        if key not in known
    ]


def unknown_words(what, where, entry, known):
    """Words of a daemon's own configuration that it would not read, each with the one that may be meant."""
    problems = []
    for word in entry:
        if word not in known:
            near = difflib.get_close_matches(str(word), sorted(known), n=1)
            problems.append(
                "%s: the %s %r is unknown%s; allowed are %s."
                % (where, what, word, " (the nearest: %s)" % near[0] if near else "", ", ".join(sorted(known)))
            )
    return problems


def scalars(variable, options):
    """Values that cannot be written as one option."""
    return [
        "%s: %s is %s (%r); allowed are text, a number or a boolean." % (variable, key, kind(value), value)
        for key, value in options.items()
        if not isinstance(value, (str, int, float, bool))
    ]


def repeated(values):
    """The values that occur more than once, each named once, in the order of their second appearance."""
    # Lists, not sets: a value may be anything that somebody wrote, even a dictionary.
    seen, twice = [], []
    for value in values:
        if value in seen and value not in twice:
            twice.append(value)
        seen.append(value)
    return twice


def address(value):
    """The IP address a value stands for, or None."""
    if not isinstance(value, str):
        return None
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def network(value):
    """The network a value stands for, or None."""
    if not isinstance(value, str):
        return None
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


def interface(value):
    """The address with its prefix that a value stands for, or None."""
    if not isinstance(value, str) or "/" not in value:
        return None
    try:
        return ipaddress.ip_interface(value)
    except ValueError:
        return None


def networks(variable, value):
    """(the networks of a list, problems)"""
    if not isinstance(value, list):
        return [], [
            "%s is %s (%r); allowed is a list of networks such as 192.0.2.0/24." % (variable, kind(value), value)
        ]
    parsed = [(entry, network(entry)) for entry in value]
    problems = [
        "%s[%d] is %r; allowed is a network such as 192.0.2.0/24." % (variable, position, entry)
        for position, (entry, found) in enumerate(parsed)
        if found is None
    ]
    return [found for entry, found in parsed if found is not None], problems


def inside(wanted, candidates):
    """Whether an address lies in one of the networks."""
    return any(wanted.version == candidate.version and wanted in candidate for candidate in candidates)


def listed(values):
    """Values as a readable enumeration."""
    return ", ".join(str(value) for value in values) or "none"
