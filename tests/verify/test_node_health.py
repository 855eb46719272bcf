# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role node_health: what watches over a node runs, and nothing is the matter."""

from __future__ import annotations

import json

import pytest
import topology


@pytest.fixture(scope="module")
def wanted(host):
    """The node's variables."""
    return topology.variables(host.check_output("hostname"))


def of(wanted, part, key, default):
    """A key of one of the role's dictionaries."""
    return wanted.get("node_health_" + part, {}).get(key, default)


def shown(host, unit, *properties):
    """What systemctl shows of a unit."""
    out = host.check_output("systemctl show --property=%s -- %s", ",".join(properties), unit)
    return dict(line.split("=", 1) for line in out.splitlines())


# The role leaves a node alone that it is told nothing about.
WATCHED = [node for node in topology.nodes() if any(name.startswith("node_health_") for name in topology.variables(node))]
each_watched = pytest.mark.parametrize("node", WATCHED)


@each_watched
def test_the_check_runs_and_finds_nothing(node):
    host = topology.host(node)
    topology.check_units(
        host, running=["node-health-check.timer", "node-health-check.path"], enabled=["node-health-check.timer"]
    )
    assert shown(host, "node-health-check.service", "Result") == {"Result": "success"}
    assert host.run("ls /var/lib/node-health/*.json").rc != 0, "something is the matter"


@each_watched
def test_the_alert_can_do_what_it_is_told(node):
    host, wanted = topology.host(node), topology.variables(node)
    assert host.run("/usr/local/sbin/node-health-alert --check /etc/node-health.json").rc == 0
    config = json.loads(host.check_output("cat /etc/node-health.json"))
    for key in ("mail", "command"):
        assert config[key] == of(wanted, "alert", key, "")


def test_smartd_watches_the_disks(host, wanted):
    devices = [entry["device"] for entry in of(wanted, "smartd", "devices", [])]
    if devices:
        topology.check_units(host, running=["smartmontools"], enabled=["smartmontools"])
    for device in devices:
        line = "^%s .*-M exec /usr/local/sbin/node-health-alert" % device
        assert host.run("grep -e %s /etc/smartd.conf", line).rc == 0
        assert json.loads(host.check_output("smartctl --json -H %s", device))["smart_status"]["passed"]


def test_every_ups_is_read_and_watched(host, wanted):
    monitored = of(wanted, "nut", "upsmon", {}).get("MONITOR", [])
    for entry in monitored:
        assert "OL" in host.check_output("upsc %s ups.status", entry["system"]).split()
    if monitored:
        topology.check_units(host, running=["nut-monitor"], enabled=["nut.target"])
        # One that may shut down, and one that speaks to the network without that right.
        assert set(host.check_output("ps -C upsmon -o user=").split()) == {"root", "nut"}


def test_secrets_of_nut(host, wanted):
    if wanted.get("node_health_nut"):
        found = host.check_output("stat --format='%U %G %a' /etc/nut/*.conf /etc/nut/upsd.users").splitlines()
        assert set(found) == {"root nut 640"}


def test_secret_of_the_service_processor(host, wanted):
    found = host.run("stat --dereference --format='%U %a' /etc/node-health.ipmi-password")
    assert (found.rc == 0) == ("password" in wanted.get("node_health_ipmi", {}))
    assert found.rc or found.stdout.split() == ["root", "600"]


def test_systemd_feeds_the_watchdog(host, wanted):
    seconds = of(wanted, "watchdog", "RuntimeWatchdogSec", 0)
    if not seconds:
        return
    identity = of(wanted, "watchdog", "identity", None)
    fed = []
    ask = "for name in /sys/class/watchdog/*; do cd $name && paste -d '|' state identity timeout || exit; done"
    for line in host.check_output(ask).splitlines():
        state, found, timeout = line.split("|")
        if state == "active":
            fed.append((found, int(timeout)))
    assert fed == [(identity or fed[0][0], seconds)]


def test_systemd_loads_the_modules_at_boot(host, wanted):
    modules = [of(wanted, "watchdog", "module", None)]
    if of(wanted, "ipmi", "interface", "") == "open":
        modules += ["ipmi_si", "ipmi_devintf"]
    # One it cannot find it only writes down.
    found = host.run("cat /etc/modules-load.d/node-health.conf").stdout.splitlines()
    assert found == [module for module in modules if module]
    for module in found:
        assert host.run("test -d /sys/module/%s", module).rc == 0


def test_the_service_processor_answers(host, wanted):
    if of(wanted, "ipmi", "interface", "") == "open":
        assert host.run("ipmitool -I open mc info").rc == 0
        assert host.run("test -e /dev/ipmi0").rc == 0


def test_systemd_knows_what_is_wanted_of_services(host, wanted):
    for service in wanted.get("node_health_services", []):
        unit = service["name"].removesuffix(".service") + ".service"
        found = shown(host, unit, "NeedDaemonReload", "OnFailure", "DropInPaths", "Restart", "StartLimitBurst")
        assert found["NeedDaemonReload"] == "no" and "50-node-health.conf" in found["DropInPaths"]
        assert (found["OnFailure"] == "node-health-alert@%s.service" % unit) == bool(service.get("alert", "yellow"))
        for key in ("Restart", "StartLimitBurst"):
            if key in service:
                assert found[key] == str(service[key])
