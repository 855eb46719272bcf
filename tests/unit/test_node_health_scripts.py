# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role node_health's scripts: what is told, to whom and how often, and what the check makes of what the tools say."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import scripts
import transcripts

FILES = Path(__file__).resolve().parents[2] / "roles" / "node_health" / "files"
RECORDED = Path(__file__).parent / "fixtures" / "node_health"
BMC = "ipmitool -I lanplus -c -H bmc -U monitor -f /etc/password %s elist"
PLAIN = {"thresholds": {}, "expect": {}}


class Node:
    """Answers the scripts' commands; (0, "") unless told otherwise."""

    def __init__(self):
        self.calls, self.answers = [], {}

    def run(self, argv, text="", **variables):
        self.calls.append((argv, text, variables))
        return self.answers.get(argv[0], (0, ""))

    def called(self, program):
        return [argv for argv, dummy, dummy in self.calls if argv[0] == program]


@pytest.fixture
def trouble():
    return transcripts.read(RECORDED / "debian13" / "trouble.txt")


@pytest.fixture(params=["debian12", "debian13"])
def either(request):
    """Of Debian 12 there are recordings of upsc and ipmitool over the network only."""
    return transcripts.read(RECORDED / request.param / "trouble.txt")


# --- node-health-alert ---


@pytest.fixture
def node():
    return Node()


@pytest.fixture
def alert(node, tmp_path, monkeypatch):
    script = scripts.load(FILES / "node-health-alert")
    config = {"mail": "root", "command": "/bin/page", "pacemaker": True, "services": {"nginx.service": "red"}}
    (tmp_path / "config").write_text(json.dumps(config))
    monkeypatch.setattr(script, "CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(script, "CONDITIONS", str(tmp_path / "conditions"))
    monkeypatch.setattr(script, "UPSMON_SPOKE", str(tmp_path / "spoke"))
    monkeypatch.setattr(script, "run", node.run)
    monkeypatch.setattr(script.os, "access", lambda path, mode: path != "/bin/absent")
    script.logged = []
    monkeypatch.setattr(script.syslog, "syslog", lambda priority, text: script.logged.append(text))
    for name in ("NOTIFYTYPE", "SMARTD_FAILTYPE"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments, text="how it came"):
        monkeypatch.setattr(script.sys, "stdin", io.StringIO(text))
        node.calls.clear()
        return script.main(list(arguments))

    call.script, call.path = script, tmp_path
    return call


def test_what_only_happened_is_told_each_time(alert, node):
    for dummy in range(2):
        assert alert("It rains") == 0
        assert node.called("/bin/page") == [["/bin/page", "It rains"]]
        mail = next(text for argv, text, dummy in node.calls if argv[0] == "/usr/sbin/sendmail")
        assert "To: root\n" in mail and "It rains\n" in mail and mail.endswith("\n\nhow it came\n")
        assert node.called("attrd_updater") == []
    assert alert.script.logged == ["It rains"] * 2


def test_a_condition_is_told_when_it_begins_changes_and_ends(alert, node):
    told = []
    for state in ("green", "yellow", "yellow", "red", "green", "green"):
        assert alert("--name", "ups-rack", "--state", state, "It is %s" % state) == 0
        told.append(len(node.called("/bin/page")))
        assert node.called("attrd_updater") == [["attrd_updater", "--name", "#health-ups-rack", "--update", state]]
    assert told == [0, 1, 0, 1, 1, 0]
    assert list((alert.path / "conditions").iterdir()) == []


def test_a_condition_is_remembered_with_its_beginning(alert, monkeypatch):
    monkeypatch.setattr(alert.script.time, "time", lambda: 100)
    alert("--name", "ipmi-CPU Temp", "--state", "yellow", "warm")
    monkeypatch.setattr(alert.script.time, "time", lambda: 200)
    alert("--name", "ipmi-CPU Temp", "--state", "red", "hot")
    kept = json.loads((alert.path / "conditions" / "ipmi-CPU_Temp.json").read_text())
    assert kept == {
        "name": "ipmi-CPU Temp",
        "state": "red",
        "subject": "hot",
        "text": "how it came\n",
        "since": 100,
        "seen": 200,
    }


def test_the_command_gets_what_there_is_to_know(alert, node):
    alert("--name", "ups-rack", "--state", "red", "empty")
    (call,) = [call for call in node.calls if call[0][0] == "/bin/page"]
    assert call == (
        ["/bin/page", "empty"],
        "how it came\n",
        {"NODE_HEALTH_NAME": "ups-rack", "NODE_HEALTH_STATE": "red"},
    )


@pytest.mark.parametrize("program", ["/bin/page", "/usr/sbin/sendmail", "attrd_updater"])
def test_a_way_that_does_not_work_is_said_and_the_others_are_gone(alert, node, program):
    node.answers[program] = (None, "timed out")
    assert alert("--name", "x", "--state", "red", "s") == 1
    assert any("timed out" in line for line in alert.script.logged)
    assert all(node.called(name) for name in ("/bin/page", "/usr/sbin/sendmail", "attrd_updater"))


def test_no_pacemaker(alert, node):
    node.answers["systemctl"] = (3, "")
    assert alert("--name", "x", "--state", "red", "s") == 0 and node.called("attrd_updater") == []


def test_what_goes_on_is_published_once_more(alert, node):
    alert("--name", "a", "--state", "red", "s")
    alert("--name", "b", "--state", "yellow", "s")
    assert alert("--publish") == 0
    assert [argv[2:] for argv in node.called("attrd_updater")] == [
        ["#health-a", "--update", "red"],
        ["#health-b", "--update", "yellow"],
    ]
    assert node.called("/bin/page") == []


@pytest.mark.parametrize(
    ("arguments", "subject", "name"),
    [
        (("Fail", "/dev/md/mirror", "/dev/sdb"), "RAID Fail: /dev/md/mirror, member /dev/sdb", "raid-mirror-sdb"),
        (("DegradedArray", "/dev/md127"), "RAID DegradedArray: /dev/md127", "raid-md127"),
        (("TestMessage", "/dev/md/mirror"), "RAID TestMessage: /dev/md/mirror", ""),
        (("DeviceDisappeared", "/dev/md/mirror"), "RAID DeviceDisappeared: /dev/md/mirror", ""),
    ],
)
def test_mdadm_speaks(alert, node, arguments, subject, name):
    node.answers["mdadm"] = (0, "State : clean, degraded")
    assert alert(*arguments) == 0
    (call,) = [call for call in node.calls if call[0][0] == "/bin/page"]
    state = "yellow" if name else ""
    assert call == (
        ["/bin/page", subject], "State : clean, degraded\n", {"NODE_HEALTH_NAME": name, "NODE_HEALTH_STATE": state}
    )
    if name:
        assert json.loads((alert.path / "conditions" / (name + ".json")).read_text())["array"] == arguments[1]


@pytest.mark.parametrize("event", ["RebuildStarted", "Rebuild40", "RebuildFinished", "SpareActive", "NewArray"])
def test_the_way_back_of_an_array_is_no_news(alert, node, event):
    assert alert(event, "/dev/md/mirror") == 0 and node.calls == []


def test_a_second_member_that_fails_is_news(alert, node):
    for member in ("/dev/sdb", "/dev/sdc"):
        assert alert("Fail", "/dev/md/six", member) == 0
        assert len(node.called("/bin/page")) == 1


def test_two_words_are_no_event_of_mdadm(alert):
    with pytest.raises(SystemExit):
        alert("disk", "full")


@pytest.mark.parametrize(
    ("kind", "name", "state"),
    [
        ("Health", "smart-sda-Health", "red"),
        ("SelfTest", "smart-sda-SelfTest", "yellow"),
        ("EmailTest", "", ""),
        ("ErrorCount", "", ""),
    ],
)
def test_smartd_speaks(alert, node, monkeypatch, kind, name, state):
    for key, value in {
        "FAILTYPE": kind,
        "DEVICE": "/dev/sda",
        "DEVICETYPE": "sat",
        "MESSAGE": "Device: /dev/sda, so it is",
        "FULLMESSAGE": "at length",
    }.items():
        monkeypatch.setenv("SMARTD_" + key, value)
    assert alert() == 0
    assert [call for call in node.calls if call[0][0] == "/bin/page"] == [
        (
            ["/bin/page", "SMART %s: Device: /dev/sda, so it is" % kind],
            "at length\n",
            {"NODE_HEALTH_NAME": name, "NODE_HEALTH_STATE": state},
        )
    ]


def test_upsmon_speaks_as_an_ordinary_user(alert, node, monkeypatch):
    monkeypatch.setenv("NOTIFYTYPE", "ONBATT")
    (alert.path / "config").unlink()
    assert alert("UPS rack on battery") == 0
    assert node.calls == [] and (alert.path / "spoke").exists()


def test_a_service_that_failed_for_good(alert, node):
    assert alert("--service", "nginx.service") == 0
    assert node.called("/bin/page") == [["/bin/page", "nginx.service has failed"]]
    assert node.called("attrd_updater") == [
        ["attrd_updater", "--name", "#health-service-nginx_service", "--update", "red"]
    ]


def test_a_service_that_is_about_to_be_restarted(alert, node):
    node.answers["systemctl"] = (1, "activating")
    assert alert("--service", "nginx.service") == 0 and node.called("/bin/page") == []


def test_configurations(alert, tmp_path, capsys):
    for command, rc in (("/bin/page", 0), ("", 0), ("/bin/absent", 1)):
        (tmp_path / "new").write_text(json.dumps({"command": command}))
        assert alert("--check", str(tmp_path / "new")) == rc
    assert "command is /bin/absent; allowed is a program on this node that may be run." in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--name", "x", "s"], ["--state", "red", "s"]])
def test_wrong_usage(alert, arguments):
    with pytest.raises(SystemExit, match="usage"):
        alert(*arguments)


# --- node-health-check ---


@pytest.fixture
def check(node, tmp_path, monkeypatch):
    script = scripts.load(FILES / "node-health-check")
    for name in ("CONFIG", "CONDITIONS", "EVENTS_SEEN", "UPSMON_SPOKE"):
        monkeypatch.setattr(script, name, str(tmp_path / name.lower()))
    node.rules = {}

    def run(argv):
        node.calls.append((argv, "", {}))
        return next((answer for start, answer in node.rules.items() if " ".join(argv).startswith(start)), (0, "", ""))

    monkeypatch.setattr(script, "run", run)
    monkeypatch.setattr(script.time, "sleep", lambda seconds: None)
    script.told = []
    monkeypatch.setattr(script, "alert", lambda arguments, text: script.told.append(arguments))
    monkeypatch.setattr(script.subprocess, "run", lambda argv, check: script.told.append(argv[1:]))
    (tmp_path / "conditions").mkdir()

    def configure(**config):
        (tmp_path / "config").write_text(json.dumps(dict({"ups": [], "ipmi": {}}, **config)))
        script.told.clear()
        script.main()
        return script.told

    def remember(**condition):
        condition = dict({"state": "red", "subject": "it is bad", "text": "", "seen": 1, "since": 1}, **condition)
        (tmp_path / "conditions" / "x.json").write_text(json.dumps(condition))

    configure.script, configure.remember, configure.path = script, remember, tmp_path
    return configure


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("OL", "green"),
        ("OL CHRG", "green"),
        ("OB DISCHRG", "yellow"),
        ("OB LB", "red"),
        ("FSD OB LB", "red"),
        ("OL RB", "yellow"),
        ("", "green"),
    ],
)
def test_ups_states(check, status, state):
    assert check.script.ups_state({"ups.status": status})[0] == state


def test_ups(check, node, either):
    node.rules["upsc rack"] = either["upsc rack"]
    assert check(ups=["rack"]) == [
        [
            "--name",
            "ups-rack",
            "--state",
            "yellow",
            "UPS rack: OB RB, on battery, battery to be replaced, battery.charge 64, battery.runtime 700",
        ]
    ]
    node.rules["upsc rack"] = either["upsc attic"]
    assert check(ups=["rack"]) == [
        ["--name", "ups-rack", "--state", "yellow", "UPS rack cannot be read: Error: Unknown UPS"]
    ]
    assert len(node.called("upsc")) == 1 + check.script.TRIES
    node.rules["systemctl --quiet is-active nut-monitor"] = (3, "", "")
    assert check(ups=["rack"]) == [], "there is no upsmon yet"


def test_what_was_well_and_is_well_is_not_told(check, node):
    node.rules["upsc rack"] = (0, "ups.status: OL\n", "")
    assert check(ups=["rack"]) == []
    check.remember(name="ups-rack")
    assert check(ups=["rack"]) == [["--name", "ups-rack", "--state", "green", "UPS rack: OL"], ["--publish"]]


def test_the_call_of_upsmon_is_answered_once(check):
    (check.path / "upsmon_spoke").touch()
    check()
    assert not (check.path / "upsmon_spoke").exists()


@pytest.mark.parametrize(
    ("active", "over"), [("active", True), ("inactive", True), ("failed", False), ("activating", False)]
)
def test_a_service_that_runs_again(check, node, active, over):
    check.remember(name="service-nginx.service", unit="nginx.service")
    node.rules["systemctl show"] = (0, active + "\n", "")
    ended = ["--name", "service-nginx.service", "--state", "green", "over: it is bad"]
    assert check() == ([ended] if over else []) + [["--publish"]]


# Lines of mdadm --detail; a spare may have taken the place of what has failed, and then --test finds nothing.
@pytest.mark.parametrize(
    ("there", "known", "rc", "failed", "over"),
    [
        (True, True, 0, 0, True),
        (True, True, 0, 1, False),
        (True, True, 1, 1, False),
        # As it came up at a boot, without a member that nobody has seen fail.
        (True, True, 1, 0, False),
        # One that did not start has no name, and one that was taken away is in no file any more.
        (False, True, 4, None, False),
        (False, False, 4, None, True),
    ],
)
def test_an_array_that_is_whole_again(check, node, tmp_path, monkeypatch, there, known, rc, failed, over):
    array, conf = tmp_path / "mirror", tmp_path / "mdadm.conf"
    if there:
        array.touch()
    conf.write_text("MAILADDR root\n" + ("ARRAY %s UUID=fc693c70\n" % array if known else ""))
    monkeypatch.setattr(check.script, "MDADM_CONF", str(conf))
    check.remember(name="raid-mirror", array=str(array))
    out = "    Active Devices : 2\n    Failed Devices : %d\n     Spare Devices : 0\n" % failed if there else ""
    node.rules["mdadm --detail --test"] = (rc, out, "")
    assert (check()[0][3:4] == ["green"]) == over


def test_the_check_itself_has_come_to_its_end_again(check):
    check.remember(name="service-node-health-check.service", unit="node-health-check.service")
    assert check()[0][:4] == ["--name", "service-node-health-check.service", "--state", "green"]


@pytest.mark.parametrize(
    ("kind", "rc", "sectors", "over"),
    [
        ("Health", 0, 0, True),
        ("Health", 8, 0, False),
        ("FailedOpenDevice", 2, 0, False),
        ("SelfTest", 128, 0, False),
        ("SelfTest", 4, 0, True),
        ("CurrentPendingSector", 0, 8, False),
        ("CurrentPendingSector", 0, 0, True),
    ],
)
def test_a_disk_that_is_well_again(check, node, trouble, kind, rc, sectors, over):
    said = json.loads(trouble["smartctl --json -d sat -H -A -l selftest /dev/sda"][1])
    said["ata_smart_attributes"]["table"].append({"id": 197, "raw": {"value": sectors}})
    node.rules["smartctl --json -d sat -H -A -l selftest /dev/sda"] = (rc, json.dumps(said), "")
    check.remember(name="smart-sda-" + kind, kind=kind, device="/dev/sda", type="sat")
    assert (check()[0][3:4] == ["green"]) == over


@pytest.mark.parametrize(("limit", "over"), [(31, False), (32, True)])
def test_a_disk_that_was_too_warm(check, node, trouble, limit, over):
    node.rules["smartctl"] = trouble["smartctl --json -d sat -H -A -l selftest /dev/sda"]
    check.remember(
        name="smart-sda-Temperature",
        kind="Temperature",
        device="/dev/sda",
        type="sat",
        subject="Temperature 40 Celsius reached limit of %d Celsius (Min/Max 20/40)" % limit,
    )
    assert (check()[0][3:4] == ["green"]) == over


def test_sensors(check, either):
    found = {name: (state, said) for name, state, said in check.script.sensors(either[BMC % "sdr"][1], PLAIN)}
    assert {name: state for name, (state, dummy) in found.items()} == {
        "Ambient Temp": "yellow",
        "CPU Temp": "red",
        "Fan 7": "red",
        "PSU 1": "green",
    }
    assert found["CPU Temp"][1] == "CPU Temp 92 degrees C ucr"


def test_sensors_with_limits_of_ones_own(check, either):
    wanted = {
        "thresholds": {"Ambient Temp": {"lnc": 10, "unc": 20, "ucr": 45}},
        "expect": {"PSU 1": "Presence detected"},
    }
    found = {name: (state, said) for name, state, said in check.script.sensors(either[BMC % "sdr"][1], wanted)}
    assert found["Ambient Temp"] == ("red", "Ambient Temp 45 degrees C unc, unc is 20, ucr is 45")
    assert found["PSU 1"][0] == "yellow" and found["PSU 1"][1].endswith(", expected is Presence detected")


def test_events_are_told_once_and_those_before_the_first_look_never(check, node, trouble):
    ipmi = dict(PLAIN, interface="open", sel=True, ignore=[])
    events = trouble["ipmitool -I open -c sel elist"]
    first = events[1].splitlines(keepends=True)[0]
    node.rules["ipmitool -I open -c sel"] = (0, first, "")
    assert check(ipmi=ipmi) == []
    node.rules["ipmitool -I open -c sel"] = events
    ((told,),) = check(ipmi=ipmi)
    assert told.startswith("1 new in the system event log: ") and "Power Supply #0x40" in told
    assert check(ipmi=ipmi) == []
    node.rules["ipmitool -I open -c sel"] = (0, "", "SEL has no entries\n")
    assert check(ipmi=ipmi) == []
    node.rules["ipmitool -I open -c sel"] = (0, first, "")
    assert len(check(ipmi=ipmi)) == 1, "an entry of that text again, after the log was cleared"


def test_a_service_processor_over_lan(check, node, either):
    ipmi = dict(
        PLAIN, interface="lanplus", address="bmc", username="monitor", sel=False, ignore=["Fan 7", "Ambient Temp"]
    )
    node.rules["ipmitool"] = either[BMC % "sdr"]
    assert [told[:4] for told in check(ipmi=ipmi)] == [["--name", "ipmi-CPU Temp", "--state", "red"]]
    argv = node.called("ipmitool")[0]
    assert argv == [
        "ipmitool",
        "-I",
        "lanplus",
        "-c",
        "-H",
        "bmc",
        "-U",
        "monitor",
        "-f",
        "/etc/node-health.ipmi-password",
        "sdr",
        "elist",
    ]


def test_a_service_processor_that_does_not_answer(check, node):
    node.rules["ipmitool"] = (1, "", "Error: Unable to establish IPMI v2 / RMCP+ session\n")
    ((told),) = check(ipmi=dict(PLAIN, interface="open", sel=True, ignore=[]))
    assert told == [
        "--name",
        "ipmi",
        "--state",
        "yellow",
        "ipmitool -I open -c sdr elist: rc 1: Error: Unable to establish IPMI v2 / RMCP+ session",
    ]
