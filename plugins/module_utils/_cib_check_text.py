# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be refused because the CIB has no way to write it: lists for values, and characters that XML cannot hold.

No I/O. Private to this collection. The value itself is never told: it may be a secret.
"""

from __future__ import annotations

import re

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Names and values of the user's choice.
PAIRS = ("properties", "rsc_defaults", "op_defaults", "instance_attributes", "secret_attributes", "meta_attributes",
         "utilization", "attributes")


def text_problems(desired):
    """One sentence for each place."""
    return [problem for kind, content in desired.items() if content is not None
            for problem in _problems(kind, content, kind in PAIRS)]


def _problems(where, content, pairs=False):
    if isinstance(content, dict):
        found = []
        for key, value in content.items():
            place = "%s: %s" % (where, key)
            found += _unwritable(where, key)
            if pairs and isinstance(value, (list, dict)):
                found.append("%s is a %s; allowed is a text, a number or a boolean." % (
                    place, "list" if isinstance(value, list) else "dictionary"))
            else:
                found += _problems(place, value, key in PAIRS)
        return found
    if isinstance(content, list):
        return [problem for number, item in enumerate(content) for problem in _problems(
            "%s: %s" % (where, item.get("id") or item.get("name") or number) if isinstance(item, dict) else where, item)]
    return _unwritable(where, content)


def _unwritable(where, value):
    match = NO_XML.search(value) if isinstance(value, str) else None
    return ["%s: it has the character U+%04X, which XML cannot hold; allowed is text without it." % (
        where, ord(match.group()))] if match else []
