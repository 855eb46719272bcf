# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private: what a variable's shape has against it, judged by the argument spec of the module that will get it."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

SCALARS = (str, int, float)
ALLOWED = {"str": "text or a number", "path": "text", "int": "a whole number", "bool": "a boolean",
           "dict": "a dictionary", "list": "a list"}


def spec_problems(where, value, spec):
    """Sentences on a value and all that is in it; values that may not be logged are not shown."""
    kind = spec.get("type", "str")
    if not _is(value, kind):
        shown = "" if spec.get("no_log") else " (%r)" % (value,)
        return ["%s is %s%s; allowed is %s." % (where, common.kind(value), shown, ALLOWED[kind])]
    if kind == "list":
        return [problem for position, item in enumerate(value) for problem in spec_problems(
            _name(where, position, item), item, dict(spec, type=spec.get("elements", "str")))]
    if spec.get("choices") and value not in spec["choices"]:
        return ["%s is %s; allowed are %s." % (where, value, common.listed(spec["choices"]))]
    options = spec.get("options")
    if kind != "dict":
        return []
    if options is None:
        # A rule is a tree of its own, which the module judges.
        return [] if spec.get("no_log") or where.endswith(": rule") else common.scalars(
            where, {key: inner for key, inner in value.items() if inner is not None})
    problems = common.unknown_keys(where, value, options)
    for key, inner in options.items():
        if value.get(key) is None:
            if inner.get("required"):
                problems.append("%s: %s is missing; it is needed." % (where, key))
            continue
        problems += spec_problems("%s: %s" % (where, key), value[key], inner)
    return problems


def _is(value, kind):
    if kind in ("str", "path"):
        # Text that YAML takes for a date is text to everybody else.
        return isinstance(value, SCALARS) or hasattr(value, "isoformat")
    if kind == "int":
        return not isinstance(value, bool) and (isinstance(value, int) or str(value).isdigit())
    return isinstance(value, {"bool": bool, "dict": dict, "list": list}[kind])


def _name(where, position, item):
    ident = item.get("id", item.get("name")) if isinstance(item, dict) else None
    return "%s: %s" % (where, ident) if isinstance(ident, str) else "%s[%d]" % (where, position)
