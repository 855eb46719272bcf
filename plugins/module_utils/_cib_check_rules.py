# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused in a rule. No I/O.

Private to this collection. A rule comes as anybody wrote it: nothing but that it is a dict is known.
"""

from __future__ import annotations

import datetime
import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_words import ROLES

SCORE = re.compile(r"[+-]?(INFINITY|\d+)\Z")
# Where a rule is, and which expressions Pacemaker 3 evaluates there.
KINDS = {
    "location": ("expression", "date_expression", "rule"),
    "instance_attributes": ("expression", "date_expression", "rule"),
    "meta_attributes": ("date_expression", "rule"),
    "utilization": ("date_expression", "rule"),
    "rsc_defaults": ("date_expression", "rsc_expression", "rule"),
    "op_defaults": ("date_expression", "rsc_expression", "op_expression", "rule"),
}
# Per expression: what it must say, what it may.
KEYS = {
    "expression": (("attribute", "operation"), ("value", "type", "value-source")),
    "date_expression": (("operation",), ("start", "end", "duration", "date_spec")),
    "rsc_expression": ((), ("class", "provider", "type")),
    "op_expression": (("name",), ("interval",)),
}
CHOICES = {
    ("expression", "operation"): ("lt", "gt", "lte", "gte", "eq", "ne", "defined", "not_defined"),
    ("expression", "type"): ("string", "integer", "number", "version"),
    ("expression", "value-source"): ("literal", "param", "meta"),
    ("date_expression", "operation"): ("in_range", "gt", "lt", "date_spec"),
}
# What each operation on a date needs; in_range is a case of its own.
DATES = {"gt": {"start"}, "lt": {"end"}, "date_spec": {"date_spec"}}
DATE_SPEC = {"years": (1, 9999), "months": (1, 12), "monthdays": (1, 31), "hours": (0, 23), "minutes": (0, 59),
             "seconds": (0, 59), "yeardays": (1, 366), "weekyears": (1, 9999), "weeks": (1, 53), "weekdays": (1, 7)}
DURATION = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
# Units that the schema of a CIB knows from pacemaker-3.9 on only.
NEW_UNITS = {"date_spec": ("minutes", "seconds", "yeardays"), "duration": ("days", "minutes", "seconds")}
DATE = re.compile(r"(\d{4}-(?:\d\d-\d\d|\d{3}|W\d\d-[1-7]))"
                  r"([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(\s?(Z|[+-]\d\d(:?\d\d)?))?)?Z?\Z")


def rule_problems(where, rule, context):
    """Everything that is wrong with a rule in this context, one sentence each."""
    where += ": rule"
    found = _keys(where, rule, ("expressions",), ("boolean-op",) + (
        ("score", "score-attribute", "role") if context == "location" else ()))
    if context == "location":
        if (rule.get("score") is None) == (rule.get("score-attribute") is None):
            found.append("%s: allowed is either score or score-attribute, one of them." % where)
        if rule.get("score") is not None and not SCORE.match(str(rule["score"])):
            found.append("%s: score %s is not allowed: a whole number, INFINITY or -INFINITY." % (where, rule["score"]))
        if rule.get("role") is not None and rule["role"] not in ROLES:
            found.append("%s: role is %s; allowed are %s." % (where, rule["role"], ", ".join(ROLES)))
    return found + _expressions(where, rule, context)


def schema_problems(where, rule, schema):
    """Units that are too new for the schema (validate-with) of the live CIB; for a rule that has no other problem."""
    match = re.match(r"pacemaker-(\d+)\.(\d+)\Z", schema or "")
    if not match or tuple(int(part) for part in match.groups()) >= (3, 9):
        return []
    found = []
    for entry in rule["expressions"]:
        (tag, said), = entry.items()
        if tag == "rule":
            found += schema_problems(where, said, schema)
        for part, units in NEW_UNITS.items():
            parts = said.get(part) or {} if tag == "date_expression" else {}
            given = [unit for unit in units if parts.get(unit) is not None]
            if given:
                found.append("%s: rule: %s of a %s needs schema pacemaker-3.9, and the CIB has %s; allowed after "
                             "cibadmin --upgrade." % (where, " and ".join(given), part, schema))
    return found


def _expressions(where, rule, context):
    if rule.get("boolean-op") not in (None, "and", "or"):
        return ["%s: boolean-op is %s; allowed are and, or." % (where, rule["boolean-op"])]
    entries = rule.get("expressions")
    if not isinstance(entries, list) or not entries:
        if entries is None:
            return []
        return ["%s: expressions is %r; allowed is a list of at least one." % (where, entries)]
    found = []
    for number, entry in enumerate(entries):
        place = "%s: expressions[%d]" % (where, number)
        if not isinstance(entry, dict) or len(entry) != 1 or not isinstance(list(entry.values())[0], dict):
            found.append("%s is %r; allowed is a dictionary with one key, one of %s."
                         % (place, entry, ", ".join(KINDS[context])))
            continue
        (tag, said), = entry.items()
        if tag not in KINDS[context]:
            found.append("%s is %s, which nothing evaluates there; allowed are %s."
                         % (place, tag, ", ".join(KINDS[context])))
        elif tag == "rule":
            found += _keys(place + ": rule", said, ("expressions",), ("boolean-op",))
            found += _expressions(place + ": rule", said, context)
        else:
            found += _expression("%s: %s" % (place, tag), tag, said)
    return found


def _expression(where, tag, said):
    found = _keys(where, said, *KEYS[tag])
    for key, value in said.items():
        allowed = CHOICES.get((tag, key))
        if allowed and value is not None and value not in allowed:
            found.append("%s: %s is %s; allowed are %s." % (where, key, value, ", ".join(allowed)))
        elif isinstance(value, (list, dict)) and key not in NEW_UNITS:
            found.append("%s: %s is %r; allowed is a text, a number or a boolean." % (where, key, value))
    if found:
        return found
    if tag == "expression" and (said["operation"] in ("defined", "not_defined")) != (said.get("value") is None):
        found.append("%s: operation %s %s." % (where, said["operation"], "needs a value" if said.get("value") is None
                                               else "allows no value"))
    if tag == "rsc_expression" and not any(said.values()):
        found.append("%s: it says nothing; allowed is at least one of class, provider, type." % where)
    return found + (_date(where, said) if tag == "date_expression" else [])


def _date(where, said):
    operation, given = said["operation"], {key for key, value in said.items() if value is not None} - {"operation"}
    if operation == "in_range":
        # Pacemaker 2.1.5 wants a range that ends, and that a duration begins somewhere.
        fits = given in ({"end"}, {"start", "end"}, {"start", "duration"})
        needs = "end, start and end, or start and duration (gt has no end)"
    else:
        fits, needs = given == DATES[operation], " and ".join(DATES[operation])
    if not fits:
        return ["%s: operation %s has %s; allowed is %s." % (
            where, operation, ", ".join(sorted(given)) or "nothing else", needs)]
    found = []
    for key in sorted(given & {"start", "end"}):
        if not _is_date(said[key]):
            found.append("%s: %s is %s; allowed is a date of ISO 8601, such as 2026-12-24 or 2026-12-24 08:00:00Z."
                         % (where, key, said[key]))
    for key, names in (("date_spec", DATE_SPEC), ("duration", DURATION)):
        if key in given:
            found += _parts("%s: %s" % (where, key), said[key], names)
    return found


def _is_date(value):
    match = DATE.match(str(value))
    if match is None:
        return False
    day = match.group(1)
    try:
        if re.match(r"\d{4}-\d\d-\d\d\Z", day):
            datetime.date(*[int(part) for part in day.split("-")])
    except ValueError:
        return False
    return True


def _parts(where, parts, names):
    """Units of time: whole numbers in a duration, numbers or ranges within what there is in a date_spec."""
    if not isinstance(parts, dict) or not parts:
        return ["%s is %r; allowed is a dictionary of %s." % (where, parts, ", ".join(names))]
    found = _keys(where, parts, (), tuple(names))
    for key, value in parts.items():
        if key not in names:
            continue
        match = re.match(r"(\d+)(?:-(\d+))?\Z" if isinstance(names, dict) else r"(\d+)\Z", str(value))
        numbers = [int(number) for number in match.groups() if number] if match else []
        low, high = names[key] if isinstance(names, dict) else (0, None)
        if not numbers or numbers != sorted(numbers) or numbers[0] < low or high and numbers[-1] > high:
            found.append("%s: %s is %s; allowed is a whole number%s." % (
                where, key, value, " from %d to %d, or a range such as %d-%d" % (low, high, low, low + 1)
                if high else ""))
    return found


def _keys(where, said, needed, optional):
    found = ["%s: %s is missing; it is needed." % (where, key) for key in needed if said.get(key) is None]
    found += ["%s: the key %r is unknown; allowed are %s." % (where, key, ", ".join(sorted(needed + optional)))
              for key in said if key not in needed + optional]
    return found
