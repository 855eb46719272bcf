# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to go and to be made, and the two scripts that do it and undo it."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import (
    _bond_ifupdown,
    _bond_layout,
    _bond_networkd,
    _bond_networkmanager,
    _bond_switch,
)

WRITERS = {"ifupdown": _bond_ifupdown, "networkd": _bond_networkd, "networkmanager": _bond_networkmanager}
BONDS = [{"name": "bond0", "mode": "active-backup", "members": ["eth0", "eth1"], "miimon": 100,
          "addresses": ["192.0.2.11/24"]}]
VLANS = [{"name": "guests", "link": "bond0", "id": 30}]
BRIDGES = [{"name": "br0", "ports": ["guests"]}]
ALL = (BONDS, VLANS, BRIDGES)
EXISTING = {"eth0": [], "eth1": [], "bond0": ["eth0", "eth1"], "guests": [], "br0": []}


def files(backend, lists):
    return {file.path: file.text for file in WRITERS[backend].files(_bond_layout.stack(*lists))}


def make(backend, before, after, existing=None, wrong=(), purge=False):
    stack = _bond_layout.stack(*after)
    return _bond_switch.make(stack, WRITERS[backend].files(stack), files(backend, before),
                             EXISTING if existing is None else existing, list(wrong), purge)


def changed(lists, **options):
    """The same lists with another bond."""
    return ([dict(lists[0][0], **options)],) + lists[1:]


@pytest.mark.parametrize("backend", WRITERS)
class TestPlan:
    def test_nothing_to_do(self, backend):
        plan = make(backend, ALL, ALL)
        assert (plan.after, plan.changed, plan.down, plan.up, plan.cards) == ({}, [], [], [], [])

    def test_all_of_it_is_new(self, backend):
        plan = make(backend, ([], [], []), ALL, existing={"eth0": [], "eth1": []})
        assert (plan.down, plan.up, plan.cards) == ([], ["bond0", "guests", "br0"], ["eth0", "eth1"])
        assert plan.before == dict.fromkeys(files(backend, ALL))

    def test_what_stands_on_a_bond_goes_with_it(self, backend):
        plan = make(backend, ALL, changed(ALL, mode="balance-rr"))
        assert (plan.down, plan.up) == (["br0", "guests", "bond0"], ["bond0", "guests", "br0"])
        # But only the bond's own file differs.
        assert len(plan.after) == 1

    def test_a_device_that_somebody_deleted_is_made_again(self, backend):
        plan = make(backend, ALL, ALL, existing={"eth0": [], "eth1": [], "bond0": ["eth0", "eth1"], "guests": []})
        assert (plan.after, plan.down, plan.up) == ({}, [], ["br0"])

    def test_a_device_that_is_not_what_its_files_say(self, backend):
        plan = make(backend, ALL, ALL, wrong=["bond0"])
        assert (plan.after, plan.up) == ({}, ["bond0", "guests", "br0"])

    def test_what_is_no_longer_named_stays_unless_purged(self, backend):
        plan = make(backend, ALL, (BONDS, [], []))
        assert "br0" not in plan.changed and not plan.down
        plan = make(backend, ALL, (BONDS, [], []), purge=True)
        assert plan.down[:2] == ["guests", "br0"]
        assert {path for path, after in plan.after.items() if after is None} >= {
            path for path, text in files(backend, ALL).items() if _bond_layout.owner(text) in ("guests", "br0")}

    def test_files_of_a_member_that_left_go_without_purge(self, backend):
        before = files(backend, ALL)
        plan = make(backend, ALL, changed(ALL, members=["eth0"]), wrong=["bond0"])
        assert [path for path, after in plan.after.items() if after is None] == [
            path for path in before if "bond0-eth1" in path]
        assert plan.cards == ["eth0", "eth1"]


def test_addresses_alone_are_changed_in_place_by_networkd():
    plan = make("networkd", ALL, changed(ALL, addresses=["192.0.2.12/24"]))
    assert (plan.changed, plan.down, plan.up) == (["bond0"], [], [])
    assert "run networkctl reload\n" in _bond_switch.apply_script(plan, "networkd", [])
    assert "run networkctl reload\n" in _bond_switch.undo_script(plan, "networkd")


def test_another_primary_is_another_bond():
    plan = make("networkd", changed(ALL, primary="eth0"), changed(ALL, primary="eth1"))
    assert plan.up == ["bond0", "guests", "br0"]


# The scripts run for real, with tools that only say that they were called.


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A folder for the change, one for the network's files, and a function that runs a script."""
    folder, tools, etc, devices = tmp_path / "change", tmp_path / "tools", tmp_path / "etc", tmp_path / "devices"
    for path in (folder, folder / "before", folder / "after", tools, etc, devices):
        path.mkdir()
    monkeypatch.setattr(_bond_switch, "HEAD", _bond_switch.HEAD.replace(_bond_switch.FOLDER, str(folder)).replace(
        "/usr/sbin:", "%s:/usr/sbin:" % tools).replace("/sys/class/net", str(devices)))
    monkeypatch.setattr(_bond_switch, "FOLDER", str(folder))
    monkeypatch.setattr(_bond_switch, "BOOT_UNIT", str(tmp_path / "unit"))
    monkeypatch.setattr(_bond_switch, "BOOT_WANTED", str(tmp_path / "wanted"))
    for name in ("networkctl", "nmcli", "ifup", "ifdown", "ip", "systemctl"):
        (tools / name).write_text("#!/bin/sh\n[ ! -e %s/broken ] || [ ! -e %s/armed ]\n" % (tmp_path, folder))
        (tools / name).chmod(0o755)
    (tools / "sleep").write_text("#!/bin/sh\n")
    (tools / "sleep").chmod(0o755)
    (folder / "armed").touch()

    def run(name, text, *arguments):
        (folder / name).write_text(text)
        subprocess.run(["/bin/sh", folder / name] + list(arguments), check=True, timeout=20)
        log = (folder / "log").read_text().splitlines()
        return [line[2:] for line in log if line.startswith("+ ") and line.split()[1] not in ("cp", "rm")]

    return folder, etc, run


def staged(backend, folder, etc):
    """A plan with one file that changes and one that is new."""
    plan = _bond_switch.Plan()
    (etc / "old").write_text("before")
    plan.replace(str(etc / "old"), "before", "after")
    plan.replace(str(etc / "new"), None, "after")
    plan.up, plan.down = ["bond0", "br0"], ["br0", "bond0"]
    (folder / "before" / "0").write_text("before")
    for number in ("0", "1"):
        (folder / "after" / number).write_text("after")
    (etc.parent / "devices" / "bond0").touch()
    if backend == "ifupdown":
        plan.bring_back = ["eth0"]
    return plan


COMMANDS = {
    "networkd": (["networkctl delete bond0", "systemctl restart systemd-networkd.service"],
                 ["networkctl delete bond0", "systemctl restart systemd-networkd.service"]),
    "networkmanager": (
        ["nmcli device delete bond0", "nmcli connection reload", "nmcli --wait 30 connection up id bonding-bond0",
         "nmcli --wait 30 connection up id bonding-br0"],
        ["nmcli device delete bond0", "nmcli connection reload"]),
    "ifupdown": (
        ["ifdown --force br0", "ifdown --force bond0", "ip link delete dev bond0", "ifdown --force eth0", "ifup bond0",
         "ifup br0"],
        ["ifdown --force br0", "ifdown --force bond0", "ip link delete dev bond0", "ifup bond0", "ifup br0",
         "ifup eth0"]),
}


@pytest.mark.parametrize("backend", WRITERS)
def test_apply_and_undo(host, backend):
    folder, etc, run = host
    plan = staged(backend, folder, etc)
    applied, undone = COMMANDS[backend]
    assert run("apply", _bond_switch.apply_script(plan, backend, [])) == applied
    assert (folder / "applied").exists() and (folder / "armed").exists()
    assert ((etc / "old").read_text(), (etc / "new").read_text()) == ("after", "after")

    assert run("undo", _bond_switch.undo_script(plan, backend), "timer")[len(applied):] == undone
    assert (folder / "undone").exists() and not (folder / "armed").exists()
    assert (etc / "old").read_text() == "before" and not (etc / "new").exists()


@pytest.mark.parametrize("backend", WRITERS)
def test_a_command_that_fails_undoes_at_once(host, backend):
    folder, etc, run = host
    (etc.parent / "broken").touch()
    plan = staged(backend, folder, etc)
    (folder / "undo").write_text(_bond_switch.undo_script(plan, backend))
    run("apply", _bond_switch.apply_script(plan, backend, []))
    assert COMMANDS[backend][0][0] + " (rc 1)\n" == (folder / "failed").read_text()
    assert (folder / "undone").exists() and not (folder / "applied").exists()
    assert (etc / "old").read_text() == "before" and not (etc / "new").exists()


def test_at_boot_only_files_are_put_back(host):
    folder, etc, run = host
    plan = staged("networkd", folder, etc)
    (etc / "old").write_text("after")
    assert run("undo", _bond_switch.undo_script(plan, "networkd"), "boot") == []
    assert (etc / "old").read_text() == "before"


def test_what_was_confirmed_is_neither_undone_nor_applied_again(host):
    folder, etc, run = host
    plan = staged("networkd", folder, etc)
    (folder / "armed").rename(folder / "confirmed")
    assert run("undo", _bond_switch.undo_script(plan, "networkd"), "timer") == []
    assert run("apply", _bond_switch.apply_script(plan, "networkd", [])) == []
    assert (etc / "old").read_text() == "before"


def test_what_networkmanager_has_activated_is_not_activated_again(host):
    folder, etc, run = host
    plan = staged("networkmanager", folder, etc)
    # nmcli -g GENERAL.STATE connection show id NAME
    (etc.parent / "tools" / "nmcli").write_text('#!/bin/sh\n[ "$1 $6" != "-g bonding-bond0" ] || echo activated\n')
    assert run("apply", _bond_switch.apply_script(plan, "networkmanager", [])) == [
        "nmcli device delete bond0", "nmcli connection reload", "nmcli --wait 30 connection up id bonding-br0"]


def test_ports_come_up_with_their_bridge():
    plan = make("networkmanager", ([], [], []), ALL, existing={"eth0": [], "eth1": []})
    script = _bond_switch.apply_script(plan, "networkmanager", ["guests"])
    assert "nm_up id bonding-br0" in script and "bonding-guests\n" not in script
