# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mdadm_conf on real files and a recorded systemctl."""

from __future__ import annotations

import types

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_conf, _mdadm_host
from ansible_collections.halab.cluster.plugins.modules import mdadm_conf

LINE = "ARRAY /dev/md/data UUID=043e12ca:10d7fdc3:8cff8e04:19c7bd92"
MIRROR = "md127 : active raid1 vda[0] vdb[1]\n      64512 blocks super 1.2 [2/2] [UU]\n"
SHOW = "systemctl show --property=Id,ActiveState,UnitFileState -- mdmonitor.service mdcheck_start.timer"
UNITS = """\
Id=mdmonitor.service
ActiveState=%s
UnitFileState=static

Id=mdcheck_start.timer
ActiveState=%s
UnitFileState=%s
"""
# systemd 252 of Debian 12 and 257 of Debian 13, after the package was installed and after the module was run.
BARE12 = UNITS % ("inactive", "inactive", "disabled")
BARE13 = UNITS % ("inactive", "inactive", "enabled")
RUNNING = UNITS % ("active", "active", "enabled")
RELOAD = "systemctl daemon-reload"
RESTART, START = "systemctl restart mdmonitor.service", "systemctl start mdmonitor.service"
ENABLE_TIMER, START_TIMER = "systemctl enable mdcheck_start.timer", "systemctl start mdcheck_start.timer"
RESTART_TIMER = "systemctl restart mdcheck_start.timer"
INITRAMFS = "update-initramfs -u"
CALENDAR = "systemd-analyze calendar -- Sat 02:00"
WANTED = {"arrays": {"data": LINE}, "monitor": {"mailaddr": "root"}}


@pytest.fixture
def node(tmp_path_factory, monkeypatch):
    """A host's files, with what is there in any case; sendmail and a boot loader are there too."""
    root = tmp_path_factory.mktemp("node")
    (root / "mdadm").mkdir()
    conf = root / "mdadm" / "mdadm.conf"
    conf.write_text("HOMEHOST <system>\nMAILADDR root\n")
    (root / "sendmail").touch()
    (root / "initrd.img-6.12").touch()
    monitor = root / "units" / "mdmonitor.service.d"
    monitor.mkdir(parents=True)
    (monitor / "halab.conf").write_text(_mdadm_conf.drop_ins({})["mdmonitor.service.d/halab.conf"])
    paths = {
        "CONF": conf,
        "UNITS": root / "units",
        "CRON": root / "cron",
        "DEFAULTS": root / "defaults",
        "INITRAMFS": root / "initrd.img-*",
        "SENDMAIL": root / "sendmail",
        "PENDING": root / "pending",
        "NAMES": root / "md",
        "BY_UUID": root / "uuid-",
    }
    for name, path in paths.items():
        monkeypatch.setattr(mdadm_conf, name, str(path))
    monkeypatch.setattr(mdadm_conf.shutil, "which", lambda name: "/usr/sbin/" + name)
    return types.SimpleNamespace(root=root, conf=conf, monitor=monitor / "halab.conf", **paths)


@pytest.fixture
def run(node, run_module, monkeypatch):
    """Runs the module; units is what systemctl shows, commands those that it may run, fails one that fails."""

    def call(units, commands=(), fails=None, check_mode=False, mdstat=MIRROR, **options):
        monkeypatch.setattr(_mdadm_host.Host, "read_mdstat", lambda self: mdstat)
        replies = [{"argv": SHOW, "out": units}]
        replies += [{"argv": argv, "rc": int(argv == fails), "err": "no way\n"} for argv in commands]
        said = []
        monkeypatch.setattr(mdadm_conf.AnsibleModule, "warn", lambda self, text: said.append(text))
        result, world = run_module(mdadm_conf, {"input": options, "replies": replies}, check=check_mode)
        return dict(result, said=said), [argv for argv in world.calls if argv != SHOW]

    return call


def test_a_first_array(run, node):
    node.monitor.unlink()
    predicted, calls = run(BARE12, check_mode=True, **WANTED)
    assert calls == [] and not node.monitor.exists() and node.conf.read_text() == "HOMEHOST <system>\nMAILADDR root\n"
    wanted = [RELOAD, RESTART, ENABLE_TIMER, START_TIMER, INITRAMFS]
    done, calls = run(BARE12, wanted, **WANTED)
    assert calls == wanted and done["commands"] == wanted and done["files"] == [str(node.conf), str(node.monitor)]
    assert node.conf.read_text() == "HOMEHOST <system>\nMAILADDR root\n%s\n" % LINE
    assert done == predicted and done["diff"][0]["after"].endswith(LINE + "\n")
    again, calls = run(RUNNING, **WANTED)
    assert not again["changed"] and calls == [] and again["diff"] == []


def test_what_the_package_has_enabled(run):
    wanted = [RESTART, START_TIMER, INITRAMFS]
    assert run(BARE13, wanted, **WANTED)[1] == wanted


def test_the_monitor_is_started_where_it_has_ended(run, node):
    node.conf.write_text("HOMEHOST x\nMAILADDR root\n%s\n" % LINE)
    done, calls = run(UNITS % ("failed", "active", "enabled"), [START], **WANTED)
    assert calls == [START] and done["changed"] and done["files"] == []


@pytest.mark.parametrize("mdstat", ["", MIRROR.replace("raid1", "raid0")])
def test_nothing_to_monitor(run, mdstat):
    assert run(BARE12, [INITRAMFS], mdstat=mdstat, **WANTED)[1] == [INITRAMFS]


def test_nobody_is_told(run, node):
    node.conf.write_text("HOMEHOST <system>\n")
    done, calls = run(BARE13, [INITRAMFS], arrays={"data": LINE})
    assert calls == [INITRAMFS] and "has neither MAILADDR nor PROGRAM" in done["said"][0]


def test_alarms_that_nobody_would_hear(run, node):
    (node.root / "sendmail").unlink()
    told = node.root / "told"
    done = run(RUNNING, [RESTART, INITRAMFS], **WANTED)[0]
    assert done["said"][0].startswith("No mail will reach root: this host has no ")
    done = run(RUNNING, [RESTART, INITRAMFS], monitor={"program": str(told)})[0]
    assert done["said"] == ["%s is to be run when a device fails, and is no program on this host." % told]
    told.touch(mode=0o755)
    assert run(RUNNING, monitor={"program": str(told)})[0]["said"] == []


def test_no_initramfs_is_made_here(run, node):
    (node.root / "initrd.img-6.12").unlink()
    assert run(RUNNING, [RESTART], **WANTED)[1] == [RESTART]


def test_the_check(run, node):
    node.conf.write_text("HOMEHOST x\nMAILADDR root\n%s\n" % LINE)
    options = dict(WANTED, check={"on_calendar": "Sat 02:00", "duration": "4 hours"})
    wanted = [CALENDAR, RELOAD, RESTART_TIMER]
    predicted, calls = run(RUNNING, [CALENDAR], check_mode=True, **options)
    timer = node.UNITS / "mdcheck_start.timer.d" / "halab.conf"
    assert calls == [CALENDAR] and not timer.exists()
    done, calls = run(RUNNING, wanted, **options)
    assert calls == wanted and len(done["files"]) == 3 and done == predicted
    assert "OnCalendar=Sat 02:00" in timer.read_text()
    again, calls = run(RUNNING, **options)
    assert not again["changed"] and calls == []
    # As Debian has it.
    done, calls = run(RUNNING, [RELOAD, RESTART_TIMER], **WANTED)
    assert calls == [RELOAD, RESTART_TIMER] and len(done["files"]) == 3
    assert not run(RUNNING, **WANTED)[0]["changed"]


def test_a_time_that_systemd_does_not_know(run, node):
    failed, calls = run(RUNNING, [CALENDAR], fails=CALENDAR, check={"on_calendar": "Sat 02:00"}, **WANTED)
    assert failed["failed"] and "no way" in failed["msg"] and "Nothing was changed" in failed["msg"]
    assert LINE not in node.conf.read_text() and not (node.UNITS / "mdcheck_start.timer.d").exists()


def test_the_job_of_debian_12_for_cron(run, node):
    node.CRON.touch()
    node.DEFAULTS.write_text("AUTOCHECK=true\nAUTOSCAN=true\n")
    run(BARE12, [INITRAMFS], mdstat="", **WANTED)
    assert node.DEFAULTS.read_text() == "AUTOCHECK=true\nAUTOSCAN=true\n", "where no timer takes its place it stays"
    run(BARE12, [START, ENABLE_TIMER, START_TIMER], **WANTED)
    assert node.DEFAULTS.read_text() == "AUTOCHECK=false\nAUTOSCAN=true\n"
    assert not run(RUNNING, **WANTED)[0]["changed"]


@pytest.mark.parametrize("fails", [RESTART, INITRAMFS])
def test_what_was_interrupted_is_finished(run, node, fails):
    failed = run(RUNNING, [RESTART, INITRAMFS], fails=fails, **WANTED)[0]
    assert failed["failed"] and fails in failed["msg"] and "no way" in failed["msg"]
    assert LINE in node.conf.read_text()
    wanted = [RELOAD, RESTART, RESTART_TIMER, INITRAMFS]
    done, calls = run(RUNNING, wanted, **WANTED)
    assert calls == wanted and done["changed"]
    assert not run(RUNNING, **WANTED)[0]["changed"]


def test_an_array_that_runs_by_another_name(run, node):
    """As an initramfs assembles it that does not have its line."""
    node.conf.write_text("HOMEHOST x\nMAILADDR root\n%s\n" % LINE)
    node.NAMES.mkdir()
    (node.root / "md127").touch()
    (node.root / ("uuid-" + LINE.split("UUID=")[1])).symlink_to(node.root / "md127")
    (node.NAMES / "node1:data").symlink_to(node.root / "md127")
    (node.NAMES / "other").symlink_to(node.root / "md126")
    wanted = ["rm -- %s/node1:data" % node.NAMES, "mdadm --incremental --rebuild-map", "udevadm settle --timeout 60"]
    assert run(RUNNING, check_mode=True, **WANTED)[0]["commands"] == wanted
    assert run(RUNNING, wanted, **WANTED)[1] == wanted
    (node.NAMES / "node1:data").unlink()
    assert run(RUNNING, wanted[1:], **WANTED)[1] == wanted[1:]
    (node.NAMES / "data").symlink_to(node.root / "md127")
    assert not run(RUNNING, **WANTED)[0]["changed"]


def test_without_mdadm(run, node):
    node.conf.unlink()
    (node.root / "mdadm").rmdir()
    assert "Install mdadm" in run(BARE13, **WANTED)[0]["msg"]
    predicted = run(UNITS % ("inactive", "inactive", ""), check_mode=True, mdstat="", **WANTED)[0]
    assert predicted["changed"] and predicted["files"] == [str(node.conf)]
