# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations of ISO 8601, and the moments that a CIB writes. No I/O.

Private to this collection.
"""

from __future__ import annotations

import calendar
import datetime
import re

DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?(Z|[+-]\d\d:?\d\d)?\Z")


def after(now, duration):
    """The moment that lies a duration such as PT1H or P1DT12H after now; None if it is no duration, or not after now."""
    match = DURATION.match(duration)
    if not match:
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(number or 0) for number in match.groups())
    try:
        end = _later_month(now, years * 12 + months) + datetime.timedelta(
            weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except (OverflowError, ValueError):
        return None
    return end if end > now else None


def _later_month(now, months):
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def text(moment):
    """As crm_resource writes it."""
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")


def parse(said):
    """The moment that a CIB says, or None if it is said in another way."""
    match = MOMENT.match(said or "")
    if not match:
        return None
    day, time, zone = match.groups()
    try:
        return datetime.datetime.fromisoformat("%sT%s%s" % (day, time, "+00:00" if zone in (None, "Z") else zone))
    except ValueError:
        return None
