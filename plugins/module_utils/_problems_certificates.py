# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role certificates refuses before it makes anything, and what its users refuse for it."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

FILE_NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$")
# The lab's own CA in its folder, without its key.
CA = "ca.pem"
LAB = ("certificate", "ca")
# Of those that are made.
OF_LAB = ("subject_alt_name", "days")
DAYS = range(1, 3651)
DAYS_UNLESS_GIVEN = 365


def certificates_problems(variables):
    """All reasons why these certificates would not be made."""
    entries, problems = common.list_of_dicts("certificates_wanted", variables["certificates_wanted"])
    for entry in entries:
        problems += alone("certificates_wanted: %s" % (entry.get("name"),), entry)
    for name in common.repeated([entry.get("name") for entry in entries if "name" in entry]):
        problems.append("certificates_wanted: the name %s is given twice; allowed is once." % (name,))
    return problems + folder("certificates_folder", variables["certificates_folder"])


def alone(where, entry):
    """Problems with an entry that can be nothing but the lab's own."""
    problems = common.unknown_keys(where, entry, ("name", "lab") + OF_LAB)
    if not is_file_name(entry.get("name")):
        problems.append("%s: name is %r; allowed is the name of a file, without its folder."
                        % (where, entry.get("name")))
    return problems + lab(where, dict({"lab": None}, **entry))


def is_file_name(value):
    return isinstance(value, str) and bool(FILE_NAME.match(value))


def folder(variable, path):
    if isinstance(path, str) and path.startswith("/"):
        return []
    return ["%s is %r; allowed is a path on the controller that begins with a slash." % (variable, path)]


def lab(where, entry):
    """Problems with what is to be made of an entry, if it is."""
    if "lab" not in entry or entry["lab"] == "ca":
        return [
            "%s: there is %s; allowed is that beside lab: certificate only." % (where, key)
            for key in OF_LAB
            if key in entry
        ]
    if entry["lab"] not in LAB:
        return ["%s: lab is %r; allowed are %s." % (where, entry["lab"], common.listed(LAB))]
    problems = []
    name = entry.get("name")
    if isinstance(name, str) and (not name.endswith(".pem") or name == CA):
        problems.append("%s: name is %r; allowed of a certificate that the lab makes is one that ends in .pem, and not "
                        "%s." % (where, name, CA))
    names = entry.get("subject_alt_name")
    if not isinstance(names, list) or not names or not all(map(_is_alternative, names)):
        problems.append("%s: subject_alt_name is %r; allowed is a list such as [DNS:shop.example.org, IP:192.0.2.10]."
                        % (where, names))
    days = entry.get("days", DAYS_UNLESS_GIVEN)
    if isinstance(days, bool) or not isinstance(days, int) or days not in DAYS:
        problems.append("%s: days is %r; allowed is a whole number from %d to %d." % (where, days, DAYS[0], DAYS[-1]))
    return problems


def _is_alternative(text):
    kind, colon, value = text.partition(":") if isinstance(text, str) else ("", "", "")
    if kind == "IP":
        return common.address(value) is not None
    return kind == "DNS" and bool(common.NAME.match(value[2:] if value.startswith("*.") else value))
