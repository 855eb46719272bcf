# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_health_info on what tests/unit/fixtures/node_health/record.sh recorded of a calm node and of one in trouble.

Of Debian 12 there are recordings of smartctl, upsc and ipmitool only.
"""

from __future__ import annotations

import json
import pathlib
import re

import pytest
import transcripts
from ansible_collections.halab.cluster.plugins.module_utils import _node_health_read as read
from ansible_collections.halab.cluster.plugins.modules import node_health_info

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "node_health"
SYSFS = "cd /sys/class/watchdog && grep -sH '' ..."
BMC = "ipmitool -I lanplus -c -H bmc -U monitor -f /etc/password %s elist"
LAN = {"address": "bmc", "username": "monitor", "password_file": "/etc/password"}


class World:
    """A node as it was recorded."""

    def __init__(self, release, state):
        self.answers = transcripts.read(FIXTURES / release / (state + ".txt"))
        self.installed = {"smartctl", "upsc", "ipmitool"}
        self.there = {"/dev/sda", "/dev/nvme0", "/dev/vda", "/dev/ipmi0"}
        self.conditions = []

    def run_command(self, argv, **kwargs):
        assert isinstance(argv, list) and kwargs["environ_update"] == {"LC_ALL": "C", "LANGUAGE": "C"}
        command = " ".join(argv)
        # Every property is recorded, in an order of its own.
        if command.startswith("systemctl show --property=Id,"):
            command = next(
                recorded for recorded in self.answers if recorded.startswith("systemctl show --property=Id,")
            )
        return self.answers[command]

    def text_of(self, path):
        if path.startswith("/proc/"):
            assert re.match(r"^/proc/[1-9]\d*/limits$", path)
            return self.answers["cat /proc/MainPID/limits"][1]
        if path.startswith("/sys/class/watchdog/"):
            found = dict(line.split(":", 1) for line in self.answers[SYSFS][1].splitlines())
            return found[path[len("/sys/class/watchdog/") :]] + "\n"
        return self.conditions[int(path)]

    def list_of(self, directory):
        if directory == "/dev":
            return []
        return sorted({line.split("/")[0] for line in self.answers[SYSFS][1].splitlines()})


@pytest.fixture
def ask(run_module, monkeypatch):
    def run(state, change=lambda world: None, **options):
        world = World("debian13", state)
        change(world)
        monkeypatch.setattr(node_health_info, "is_installed", lambda program: program in world.installed)
        monkeypatch.setattr(node_health_info, "exists", lambda path: path in world.there)
        monkeypatch.setattr(node_health_info, "list_of", world.list_of)
        monkeypatch.setattr(node_health_info, "text_of", world.text_of)
        monkeypatch.setattr(node_health_info.glob, "glob", lambda pattern: map(str, range(len(world.conditions))))
        result = run_module(node_health_info, {"input": options}, world=world)[0]
        checked = run_module(node_health_info, {"input": options}, check=True, world=world)[0]
        assert checked == result and not result.get("changed")
        return result

    return run


@pytest.mark.parametrize("release", ["debian12", "debian13"])
def test_what_upsc_and_ipmitool_print(release):
    calm, trouble = (transcripts.read(FIXTURES / release / (state + ".txt")) for state in ("calm", "trouble"))
    assert read.parse_upsc(calm["upsc rack"][1])["ups.status"] == "OL"
    assert read.parse_upsc(trouble["upsc rack"][1])["ups.status"] == "OB RB"
    assert node_health_info.last_line(trouble["upsc attic"][2]) == "Error: Unknown UPS"
    assert [sensor["status"] for sensor in read.parse_sdr(calm[BMC % "sdr"][1])] == ["ok"] * 4
    assert [sensor["status"] for sensor in read.parse_sdr(trouble[BMC % "sdr"][1])] == ["unc", "ucr", "lnr", "ok"]
    assert read.parse_sel(calm[BMC % "sel"][1]) == []
    assert [event["sensor"] for event in read.parse_sel(trouble[BMC % "sel"][1])][-2:] == [
        "Fan Fan 7",
        "Power Supply PSU 1",
    ]


each_release = pytest.mark.parametrize("release", transcripts.RELEASES)


def disks(release, state):
    """Gives a node the disks that record_disks.sh has recorded in that release."""
    return lambda world: world.answers.update(transcripts.read(FIXTURES / release / ("disks_%s.txt" % state)))


@each_release
def test_disks(ask, release):
    ata, nvme = ask("calm", disks(release, "calm"))["disks"]
    assert (ata["device"], ata["model"], ata["serial"]) == ("/dev/sda", "QEMU HARDDISK", "SATA1")
    assert ata["present"] and ata["passed"] and ata["smart_supported"]
    assert (ata["temperature"], ata["reallocated_sectors"], ata["pending_sectors"]) == (31, 0, None)
    assert ata["self_tests"] == [] and ata["findings"] == []
    assert (nvme["device"], nvme["model"], nvme["passed"]) == ("/dev/nvme0", "QEMU NVMe Ctrl", True)
    assert (nvme["media_errors"], nvme["percentage_used"], nvme["temperature"]) == (0, 0, 50)


@each_release
def test_self_tests(ask, release):
    ata = ask("trouble", disks(release, "trouble"), devices=["/dev/sda"])["disks"][0]
    assert ata["self_tests"][0]["type"] == "Short offline" and ata["self_tests"][0]["passed"]


@each_release
def test_a_disk_without_smart_and_one_that_is_not_there(ask, release):
    plain, absent = ask("calm", disks(release, "calm"), devices=["/dev/vda", "/dev/sdz"])["disks"]
    assert plain["present"] and not plain["smart_supported"] and plain["passed"] is None
    assert plain["findings"] == ["the command line could not be understood"]
    assert plain["messages"] == ["/dev/vda: Unable to detect device type"]
    assert absent == {"device": "/dev/sdz", "present": False}


def test_smartctl_says_no_json(ask):
    def mute(world):
        world.answers["smartctl --json --all /dev/sda"] = 127, "", "segmentation fault\n"

    result = ask("calm", mute, devices=["/dev/sda"])
    assert (
        result["failed"] and "smartctl --json --all /dev/sda failed with rc 127: segmentation fault." in result["msg"]
    )


def test_ups(ask):
    calm, trouble = ask("calm")["ups"], ask("trouble", ups=["rack", "attic"])["ups"]
    assert list(calm) == ["rack"] and calm["rack"]["ups.status"] == "OL" and calm["rack"]["battery.charge"] == "100"
    assert trouble["rack"]["ups.status"] == "OB RB"
    assert trouble["attic"] == {"error": "Error: Unknown UPS"}


def test_no_upsd(ask):
    def stop(world):
        world.answers["upsc -l"] = 1, "", "Error: Connection failure: Connection refused\n"

    assert ask("calm", stop)["ups"] == {}


def test_service_processor(ask):
    calm = ask("calm", ipmi=LAN)
    assert [(sensor["name"], sensor["reading"], sensor["unit"], sensor["status"]) for sensor in calm["sensors"]] == [
        ("Ambient Temp", "23", "degrees C", "ok"),
        ("CPU Temp", "45", "degrees C", "ok"),
        ("Fan 7", "120", "RPM", "ok"),
        ("PSU 1", "Presence detected", "", "ok"),
    ]
    assert calm["events"] == [] and calm["ipmi_error"] == ""
    trouble = ask("trouble", ipmi=LAN, events=2)
    assert [(sensor["reading"], sensor["status"]) for sensor in trouble["sensors"]] == [
        ("45", "unc"),
        ("92", "ucr"),
        ("5", "lnr"),
        ("Presence detected, Failure detected", "ok"),
    ]
    assert [event["event"] for event in trouble["events"]] == ["Lower Non-recoverable going low", "Failure detected"]
    assert trouble["events"][0]["details"] == "Reading 5 < Threshold 10 RPM"
    assert trouble["events"][1]["details"] == "" and trouble["events"][1]["direction"] == "Asserted"


def test_the_nodes_own_service_processor(ask):
    result = ask("trouble")
    assert result["sensors"] == [{"name": "Watchdog", "reading": "", "unit": "", "status": "ok"}]
    assert [event["sensor"] for event in result["events"]] == ["Temperature #0x30", "Power Supply #0x40"]


def test_no_service_processor(ask):
    result = ask("calm", lambda world: world.there.remove("/dev/ipmi0"))
    assert (result["sensors"], result["events"], result["ipmi_error"]) == ([], [], "")


def test_a_service_processor_that_does_not_answer(ask):
    command = BMC % "sdr"

    def cut(world):
        world.answers[command] = 1, "", "Error: Unable to establish IPMI v2 / RMCP+ session\n"

    result = ask("calm", cut, ipmi=LAN)
    assert result["ipmi_error"] == command + ": rc 1: Error: Unable to establish IPMI v2 / RMCP+ session"


def test_watchdogs(ask):
    result = ask("calm")
    esb = next(entry for entry in result["watchdogs"] if entry["identity"] == "i6300ESB timer")
    assert (esb["state"], esb["timeout"], esb["max_timeout"], esb["boot_status"]) == ("active", 60, 2046, [])
    assert result["manager"]["RuntimeWatchdogUSec"] == "1min"
    assert result["manager"]["WatchdogDevice"] == "/dev/watchdog-node-health"


def test_services(ask):
    nginx, nothing = ask("calm", services=["nginx", "nothing"])["services"]
    assert (nginx["name"], nginx["ActiveState"], nginx["Restart"], nginx["StartLimitBurst"]) == (
        "nginx.service",
        "active",
        "on-failure",
        3,
    )
    assert nginx["limits"]["LimitNOFILE"] == "65536:65536" and nginx["limits_outdated"] == []
    assert (nothing["name"], nothing["LoadState"], nothing["MainPID"]) == ("nothing.service", "not-found", 0)
    assert ask("calm")["services"] == []


def test_limits_that_are_those_of_the_next_start(ask):
    def raise_limit(world):
        command = "cat /proc/MainPID/limits"
        rc, out, err = world.answers[command]
        world.answers[command] = rc, out.replace("65536                65536", "1024                 524288"), err

    assert ask("calm", raise_limit, services=["nginx", "nothing"])["services"][0]["limits_outdated"] == ["LimitNOFILE"]


def test_a_node_without_systemd_is_said_with_its_words(ask):
    def change(world):
        world.answers["systemctl show --property=" + node_health_info.MANAGER] = (1, "", "Host is down.\n")

    result = ask("calm", change)
    assert result["rc"] == 1 and result["msg"] == (
        "systemctl show --property=%s failed with rc 1: Host is down. This module needs systemd."
        % node_health_info.MANAGER)


def test_a_service_that_has_failed(ask):
    nginx = ask("trouble", services=["nginx", "nothing"])["services"][0]
    assert (nginx["ActiveState"], nginx["Result"], nginx["MainPID"]) == ("failed", "signal", 0)


def test_kernel_modules(ask):
    result = ask("calm", kernel_modules=["i6300esb", "nothing"])
    assert result["kernel_modules"] == {"i6300esb": True, "nothing": False}


def test_conditions(ask):
    condition = {"name": "ups-rack", "state": "yellow", "subject": "on battery", "text": "", "since": 1, "seen": 2}
    assert ask("calm", lambda world: world.conditions.append(json.dumps(condition)))["conditions"] == [condition]


def test_nothing_is_installed_and_nothing_asked(ask):
    result = ask("calm", lambda world: world.installed.clear())
    assert (result["disks"], result["ups"], result["sensors"]) == ([], {}, [])
    result = ask("calm", gather=[], devices=["/dev/sda"])
    assert result["disks"] == [{"device": "/dev/sda", "present": True}]
    assert (result["ups"], result["sensors"]) == ({}, [])
