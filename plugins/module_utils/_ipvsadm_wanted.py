# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: role ipvsadm's variables as module ipvs_service would take them, or sentences about their types. No I/O."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_arguments as arguments
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

ALLOWED = {"str": "text", "int": "a whole number", "bool": "true or false", "list": "a list", "dict": "a dictionary"}
WORDS = {"true": True, "yes": True, "false": False, "no": False}


def typed(kind, value):
    """The value as the module would take it: a template may have made text of a number. ValueError if it is none."""
    is_text = isinstance(value, str)
    if kind == "bool" and (isinstance(value, bool) or is_text and value.lower() in WORDS):
        return WORDS[str(value).lower()]
    if kind == "int" and not isinstance(value, bool):
        if isinstance(value, int) or is_text and re.fullmatch(r"-?[0-9]+", value):
            return int(value)
    if kind == "str" and (is_text or isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    if kind in ("list", "dict") and isinstance(value, {"list": list, "dict": dict}[kind]):
        return value
    raise ValueError(kind)


def checked(where, option, value):
    """(the value in its type, problems). option: what an AnsibleModule is told about it"""
    try:
        value = typed(option["type"], value)
    except ValueError:
        return None, ["%s is %s (%r); allowed is %s." % (where, common.kind(value), value, ALLOWED[option["type"]])]
    if option["type"] == "dict":
        return completed(where, option["options"], value)
    if option["type"] == "list":
        item = {**option, "type": option["elements"]}
        found = [checked("%s[%d]" % (where, number), item, entry) for number, entry in enumerate(value)]
        return [entry for entry, dummy in found], [text for dummy, problems in found for text in problems]
    if value not in option.get("choices", [value]):
        return None, ["%s is %s; allowed is one of %s." % (where, value, ", ".join(option["choices"]))]
    return value, []


def completed(where, options, entry):
    """(the dictionary with all options of the module, problems)"""
    whole, problems = {}, common.unknown_keys(where, entry, options)
    for name, option in options.items():
        inner = "%s: %s" % (where, name)
        whole[name] = option.get("default")
        if entry.get(name) is not None:
            whole[name], found = checked(inner, option, entry[name])
            problems += found
        elif option.get("required"):
            problems.append("%s is missing; allowed is %s." % (inner, ALLOWED[option["type"]]))
    return whole, problems


VARIABLES = {
    "services": dict(type="list", elements="dict", options=arguments.SERVICE),
    "timeouts": dict(type="dict", options=arguments.TIMEOUTS),
    "daemons": dict(type="list", elements="dict", options=arguments.DAEMON),
    "purge": dict(type="bool"),
}


def wanted(variables):
    """(what the module would be given: {services, timeouts, daemons, purge}, problems with its types)"""
    found, problems = {}, []
    for name, option in VARIABLES.items():
        value = variables.get("ipvsadm_" + name)
        if name == "daemons" and value is None:
            found[name] = None
            continue
        found[name], wrong = checked("ipvsadm_" + name, option, value)
        problems += wrong
    return found, problems
