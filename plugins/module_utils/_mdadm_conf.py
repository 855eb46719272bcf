# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mdadm.conf(5): the lines that are wanted, among those that somebody else has written. No I/O.

Private to this collection.
"""

from __future__ import annotations

import re

# config.c of mdadm. A word of at least three letters stands for the first of these that it begins.
KEYWORDS = (
    "devices",
    "array",
    "mailaddr",
    "mailfrom",
    "program",
    "create",
    "homehost",
    "homecluster",
    "auto",
    "policy",
    "part-policy",
    "sysfs",
    "monitordelay",
)
MONITOR_UNIT = "mdmonitor.service"
# It brings mdcheck_continue.timer with it.
CHECK_TIMER = "mdcheck_start.timer"


def keyword(words):
    """What a line is about."""
    word = words[0].lower() if words else ""
    return next((known for known in KEYWORDS if len(word) > 2 and known.startswith(word)), None)


def words_of(line):
    """The words of a line. What begins with # is a comment up to its end."""
    return re.sub(r"(^|\s)#.*", "", line).split()


def parse(text):
    """[[text, words]] of each line, with the indented ones that continue it."""
    found = []
    for line in text.splitlines(keepends=True):
        if line[:1].isspace() and line.strip() and found and found[-1][1]:
            found[-1][0] += line
            found[-1][1] += words_of(line)
        else:
            found.append([line, words_of(line)])
    return found


def uuid_of(words):
    """The UUID that a line names, without what stands between its digits."""
    for word in words:
        if word.lower().startswith("uuid="):
            return re.sub(r"[^0-9a-f]", "", word[5:].lower())
    return None


def about(words, arrays):
    """Which of the wanted lines a line is about: an array's name, a keyword, or None. arrays: {name: line or None}."""
    found = keyword(words)
    if found != "array":
        return found
    for name, line in arrays.items():
        same_array = line is not None and uuid_of(words) == uuid_of(line.split())
        if same_array or {name, "/dev/md/" + name} & set(words[1:]):
            return "/dev/md/" + name
    return None


def merged(text, arrays, monitor):
    """The file with the wanted lines in it: in place of those about the same thing, or at its end.

    arrays: {name: ARRAY line, or None for an array that is not to be in the file}
    monitor: {keyword: value}
    """
    wanted = {"/dev/md/" + name: line for name, line in arrays.items()}
    wanted.update((name, "%s %s" % (name.upper(), value)) for name, value in monitor.items() if value is not None)
    # Whose arrays are this host's own. Somebody may have decided that in another way.
    if not any(keyword(words) == "homehost" for dummy, words in parse(text)):
        wanted["homehost"] = "HOMEHOST <system>"
    ours, out = set(wanted), ""
    for old, words in parse(text):
        subject = about(words, arrays)
        if subject not in ours:
            out += old
            continue
        # One line about each: mdadm takes the first of two, and with two about one array cannot decide.
        line = wanted.pop(subject, None)
        if line is not None:
            out += old if words == line.split() else line + "\n"
    if out and not out.endswith("\n"):
        out += "\n"
    return out + "".join(line + "\n" for line in wanted.values() if line is not None)


def value_of(text, wanted):
    """What the first line with this keyword says, or None."""
    for dummy, words in parse(text):
        if keyword(words) == wanted and len(words) > 1:
            return words[1]
    return None


def drop_ins(check):
    """{path below the folder of systemd's units: text, or None for a file that is not to be there}."""
    calendar, duration = check.get("on_calendar"), check.get("duration")
    # It is started with the first array, and would know those that come later by no name and in no spare group.
    monitor = "[Service]\nExecStartPre=-/usr/bin/udevadm settle --timeout=30\n"
    # Debian 13 adds up to a day to the time it has been given.
    timer = "[Timer]\nOnCalendar=\nOnCalendar=%s\nRandomizedDelaySec=0\n" % calendar if calendar else None
    service = '[Service]\nEnvironment="MDADM_CHECK_DURATION=%s"\n' % duration if duration else None
    return {
        "mdmonitor.service.d/halab.conf": monitor,
        "mdcheck_start.timer.d/halab.conf": timer,
        "mdcheck_start.service.d/halab.conf": service,
        "mdcheck_continue.service.d/halab.conf": service,
    }


def without_cron(text):
    """/etc/default/mdadm, where the timers and not cron are to check the arrays."""
    return re.sub(r"^AUTOCHECK=.*$", "AUTOCHECK=false", text, flags=re.MULTILINE)


def is_redundant(arrays):
    """Whether mdadm --monitor finds anything to do. arrays: those of /proc/mdstat."""
    return any(array["active"] and array["level"] in ("1", "4", "5", "6", "10") for array in arrays.values())


def parse_units(text):
    """The output of `systemctl show --property=Id,...` about several units, by their names."""
    units = [dict(line.split("=", 1) for line in part.splitlines()) for part in text.strip().split("\n\n")]
    return {unit["Id"]: unit for unit in units}


def commands(units, monitored, conf_changed, units_changed, initramfs):
    """What brings those who read these files to the present, in order.

    monitored: whether there is something to monitor. initramfs: whether the host has one that is made there.
    """
    monitor, timer = units[MONITOR_UNIT], units[CHECK_TIMER]
    found = []
    if units_changed:
        found.append(["systemctl", "daemon-reload"])
    if monitored and conf_changed:
        # It reads the file when it starts, and keeps nothing that would be lost.
        found.append(["systemctl", "restart", MONITOR_UNIT])
    elif monitored and monitor["ActiveState"] != "active":
        found.append(["systemctl", "start", MONITOR_UNIT])
    if monitored and timer["UnitFileState"] != "enabled":
        found.append(["systemctl", "enable", CHECK_TIMER])
    if units_changed and timer["ActiveState"] == "active":
        found.append(["systemctl", "restart", CHECK_TIMER])
    elif monitored and timer["ActiveState"] != "active":
        found.append(["systemctl", "start", CHECK_TIMER])
    if conf_changed and initramfs:
        found.append(["update-initramfs", "-u"])
    return found
