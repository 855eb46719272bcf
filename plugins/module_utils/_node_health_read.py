# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What smartctl, upsc, ipmitool, systemctl and /sys/class/watchdog say, as data. No I/O.

Private to this collection.
"""

from __future__ import annotations

import csv
import json
import re

# smartctl(8), EXIT STATUS
SMARTCTL_BITS = (
    "the command line could not be understood",
    "the device could not be opened",
    "a command to the device failed",
    "the device is failing",
    "an attribute is below its threshold",
    "an attribute was below its threshold in the past",
    "the error log holds errors",
    "the self-test log holds errors",
)
# linux/watchdog.h: why a machine last booted, as far as its watchdog knows.
BOOT_STATUS = {
    0x01: "overheated",
    0x02: "fan failed",
    0x04: "external 1",
    0x08: "external 2",
    0x10: "power under voltage",
    0x20: "reset by the watchdog",
    0x40: "power over voltage",
}
# /proc/PID/limits, by systemd's names.
LIMITS = {
    "Max cpu time": "LimitCPU",
    "Max file size": "LimitFSIZE",
    "Max data size": "LimitDATA",
    "Max stack size": "LimitSTACK",
    "Max core file size": "LimitCORE",
    "Max resident set": "LimitRSS",
    "Max processes": "LimitNPROC",
    "Max open files": "LimitNOFILE",
    "Max locked memory": "LimitMEMLOCK",
    "Max address space": "LimitAS",
    "Max file locks": "LimitLOCKS",
    "Max pending signals": "LimitSIGPENDING",
    "Max msgqueue size": "LimitMSGQUEUE",
    "Max nice priority": "LimitNICE",
    "Max realtime priority": "LimitRTPRIO",
    "Max realtime timeout": "LimitRTTIME",
}
LIMIT_LINE = re.compile(r"^(?P<name>Max [a-z ]+?)\s{2,}(?P<soft>\S+)\s+(?P<hard>\S+)")
EVENT = ("id", "date", "time", "sensor", "event", "direction", "details")
NUMBERS = ("MainPID", "NRestarts", "StartLimitBurst")


def number(text):
    """A whole number, or None for anything else."""
    return int(text) if re.match(r"^-?\d+$", text or "") else None


# SMART


def parse_smartctl(text):
    """smartctl --json --all: what matters of a disk, whether ATA, SCSI or NVMe."""
    said = json.loads(text)
    attributes = {entry["id"]: entry["raw"]["value"] for entry in said.get("ata_smart_attributes", {}).get("table", [])}
    nvme = said.get("nvme_smart_health_information_log", {})
    status = said.get("smartctl", {}).get("exit_status", 0)
    return {
        "model": said.get("model_name") or said.get("scsi_model_name"),
        "serial": said.get("serial_number"),
        "smart_supported": said.get("smart_support", {}).get("available", "smart_status" in said),
        "passed": said.get("smart_status", {}).get("passed"),
        "temperature": said.get("temperature", {}).get("current"),
        "power_on_hours": said.get("power_on_time", {}).get("hours"),
        "reallocated_sectors": attributes.get(5),
        "pending_sectors": attributes.get(197),
        "uncorrectable_sectors": attributes.get(198),
        "media_errors": nvme.get("media_errors"),
        "percentage_used": nvme.get("percentage_used"),
        "error_count": said.get("ata_smart_error_log", {}).get("summary", {}).get("count"),
        "self_tests": self_tests(said),
        "findings": [meaning for bit, meaning in enumerate(SMARTCTL_BITS) if status >> bit & 1],
        "messages": [message["string"] for message in said.get("smartctl", {}).get("messages", [])],
    }


def self_tests(said):
    """The log of self-tests, the last one first."""
    table = said.get("ata_smart_self_test_log", {}).get("standard", {}).get("table", [])
    found = [
        {
            "type": test["type"]["string"],
            "status": test["status"]["string"],
            "passed": test["status"].get("passed"),
            "hours": test.get("lifetime_hours"),
        }
        for test in table
    ]
    for test in said.get("nvme_self_test_log", {}).get("table", []):
        found.append(
            {
                "type": test["self_test_code"]["string"],
                "status": test["self_test_result"]["string"],
                "passed": test["self_test_result"]["value"] == 0,
                "hours": test.get("power_on_hours"),
            }
        )
    return found


# UPS


def parse_upsc(text):
    """The lines of upsc as {variable: value}."""
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


# Service processor


def parse_sdr(text):
    """ipmitool -c sdr elist: the sensors, those with a value and those with states."""
    found = []
    for row in csv.reader(text.splitlines()):
        if len(row) == 4:
            found.append({"name": row[0], "reading": row[1], "unit": row[2], "status": row[3]})
        elif len(row) > 4:
            # Number, status and entity; then the states, with commas of their own.
            found.append({"name": row[0], "reading": ",".join(row[4:]), "unit": "", "status": row[2]})
    return found


def parse_sel(text):
    """ipmitool -c sel elist: the events, the oldest first. Only sensors with a value give details."""
    return [
        dict(zip(EVENT, (cell.strip() for cell in row + [""])))
        for row in csv.reader(text.splitlines())
        if len(row) >= 6
    ]


# Watchdog


def watchdog(name, attributes, links):
    """One watchdog, from its directory in /sys/class/watchdog, and the other names of its device."""
    status = number(attributes.get("bootstatus")) or 0
    return {
        "device": "/dev/" + name,
        "links": links,
        "identity": attributes.get("identity"),
        "state": attributes.get("state"),
        "timeout": number(attributes.get("timeout")),
        "max_timeout": number(attributes.get("max_timeout")),
        "nowayout": attributes.get("nowayout") == "1",
        "boot_status": [meaning for bit, meaning in BOOT_STATUS.items() if status & bit],
    }


# Services


def parse_show(text):
    """The blocks of systemctl show, one for each unit, as dictionaries."""
    return [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for block in re.split(r"\n\s*\n", text.strip())
        if block.strip()
    ]


def parse_limits(text):
    """/proc/PID/limits as {LimitNOFILE: soft:hard}."""
    found = {}
    for line in text.splitlines():
        limit = LIMIT_LINE.match(line)
        if limit and limit.group("name") in LIMITS:
            found[LIMITS[limit.group("name")]] = "%s:%s" % (
                limit.group("soft").replace("unlimited", "infinity"),
                limit.group("hard").replace("unlimited", "infinity"),
            )
    return found


def service(shown, limits):
    """A service as systemd has it, and which limits its process does not have yet."""
    configured = {
        name: "%s:%s" % (shown[name + "Soft"], shown[name])
        for name in LIMITS.values()
        if name in shown and name + "Soft" in shown
    }
    values = {
        key: number(value) if key in NUMBERS else value for key, value in shown.items() if not key.startswith("Limit")
    }
    return dict(
        values,
        name=shown["Id"],
        limits=configured,
        # What a process was started with stays until it is started anew.
        limits_outdated=sorted(name for name, value in limits.items() if configured.get(name, value) != value),
    )
