# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the XML of a CIB to values of the parameters of pacemaker_cib, and what of it has no such value. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_check_rules import KINDS, rule_problems
from ansible_collections.halab.cluster.plugins.module_utils._cib_rules import NESTED, read_rule
from ansible_collections.halab.cluster.plugins.module_utils._cib_view import MASK, SECRET_NAME
from ansible_collections.halab.cluster.plugins.module_utils._cib_words import old_words
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import as_text

NUMBER = re.compile(r"(0|-?[1-9]\d{0,14})\Z", re.ASCII)
# A secret in the middle of a value: password=x among the options of a mount, or in an address.
SECRET_VALUE = re.compile(r"(pass|secret|token)\w*\s*=|://[^/@\s:]+:[^/@\s]+@", re.IGNORECASE)


def is_secret(name, value):
    return bool(SECRET_NAME.search(name) or SECRET_VALUE.search(str(value)))


def typed(text):
    """A text of the CIB as one writes it in YAML; as_text leads back to it."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if NUMBER.match(text) else text


def said(key, text, option):
    """What an option of this spec says instead of a text of the CIB; None if it cannot."""
    if option.get("type") in ("bool", "int"):
        return typed(text) if type(typed(text)).__name__ == option["type"] else None
    if option.get("choices") and text not in option["choices"]:
        return None
    return typed(text) if key == "score" else text


class Reader:
    """Reads elements, and writes down what it had to leave where it is."""

    def __init__(self):
        self.left = []

    def leave(self, where, what):
        self.left.append("%s: %s" % (where, what))

    def only(self, element, where, attributes=(), children=()):
        """Name all of an element that nobody reads."""
        for key in sorted(set(element.attrib) - set(attributes) - {"id"}):
            self._leave_attribute(where, element, key)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in children:
                self.leave(where, "<%s> %s" % (child.tag, child.get("id", child.get("id-ref", "without an id"))))

    def _leave_attribute(self, where, element, key):
        value = element.get(key)
        self.leave(where, "%s=%s of <%s>" % (key, MASK if is_secret(key, value) else value, element.tag))

    def attributes(self, element, where, options, ignored=()):
        """Attributes of an element that are options of this spec."""
        found = {}
        for key in [key for key in options if key in element.attrib and key not in ignored]:
            value = said(key, element.get(key), options[key])
            if value is not None:
                found[key] = value
            else:
                self._leave_attribute(where, element, key)
        return found

    def pairs(self, parent, tag, where, skip=(), conditional=False):
        """Name and value of all pairs that always apply; of two with one name the first counts."""
        pairs = {}
        for item in parent.findall(tag) if parent is not None else ():
            if item.find("rule") is None:
                self._set(item, "%s: %s" % (where, tag), pairs, skip)
            elif not conditional:
                self.leave(where, "<%s> %s, which has a rule" % (tag, item.get("id")))
        return pairs

    def conditional(self, parent, tag, where, context):
        """The sets of pairs that have a rule."""
        specs = []
        for item in parent.findall(tag) if parent is not None else ():
            if item.find("rule") is None:
                continue
            place, attributes = "%s: conditional_%s: %s" % (where, tag, item.get("id")), {}
            rule = self.rule(item, place, context)
            if rule is None:
                continue
            score = {"score": typed(item.get("score"))} if item.get("score") else {}
            self._set(item, place, attributes, (), ("rule",))
            specs.append(dict({"id": item.get("id")}, **score, rule=rule, attributes=attributes))
        return specs

    def rule(self, parent, where, context):
        """The rule of an element; None if there is none that can be said."""
        rules = parent.findall("rule")
        rule = read_rule(rules[0], scored=context == "location")
        problems = rule_problems(where, rule, context) if len(rules) == 1 else ["%s: it has %d rules." % (
            where, len(rules))]
        self.left += problems
        before = len(self.left)
        for element in rules[0].iter():
            within = NESTED if element.tag == "date_expression" else KINDS[context] if element.tag == "rule" else ()
            self.only(element, where, element.attrib, within)
        return None if problems or len(self.left) > before else _shorter(rule)

    def ids(self, element, tag, where):
        """The ids of all children with this tag, which say nothing else."""
        for item in element.findall(tag):
            self.only(item, where)
        return [item.get("id") for item in element.findall(tag)]

    def _set(self, item, where, pairs, skip, children=()):
        if item.get("id-ref"):
            self.leave(where, "id-ref %s" % item.get("id-ref"))
            return
        # Pairs without a rule are one set to the parameters, and a score orders sets.
        self.only(item, where, ("score",) if children else (), ("nvpair",) + children)
        for pair in item.findall("nvpair"):
            self.only(pair, where, ("name", "value"))
            name, value = pair.get("name"), pair.get("value")
            if name in skip:
                continue
            if name is None or value is None:
                self.leave(where, "pair %s, which has no %s" % (name or pair.get("id"), "value" if name else "name"))
            elif name in pairs:
                self.leave(where, "a second %s, which counts for nothing beside the first" % name)
            elif old_words(where, {name: value}):
                self.left += old_words(where, {name: value})
            else:
                pairs[name] = typed(value)


def _shorter(rule):
    """Without what goes without saying, and with numbers as numbers."""
    return {key: typed(value) if isinstance(value, str) else [_expression(entry) for entry in value]
            for key, value in rule.items() if (key, value) != ("boolean-op", "and")}


def _expression(entry):
    (tag, said), = entry.items()
    if tag == "rule":
        return {tag: _shorter(said)}
    return {tag: {key: {name: typed(inner) for name, inner in value.items()} if isinstance(value, dict)
                  else typed(value) for key, value in said.items()}}


def split_secrets(pairs):
    """(what may be shown, what must not)"""
    secrets = {name: value for name, value in pairs.items() if is_secret(name, as_text(value))}
    return {name: value for name, value in pairs.items() if name not in secrets}, secrets
