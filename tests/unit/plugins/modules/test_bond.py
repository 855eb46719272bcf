# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules bond and bond_confirm on a host that is a folder: what they refuse, order, and keep."""

from __future__ import annotations

import json
import pathlib
import shutil

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _bond_host, _bond_layout, _bond_networkd
from ansible_collections.halab.cluster.plugins.modules import bond, bond_confirm

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "bonding" / "debian12"
BOND = {"name": "bond0", "mode": "active-backup", "members": ["eth0", "eth1"], "miimon": 100,
        "addresses": ["192.0.2.11/24"]}
PENDING = "/var/lib/halab-bonding"
RUNS = "systemd-run --quiet --collect --unit=%s --on-active=%d --timer-property=AccuracySec=100ms /bin/sh " + PENDING
STOP = "systemctl stop bonding-undo.timer"
ARMED = [STOP, RUNS % ("bonding-undo", 60) + "/undo timer", RUNS % ("bonding-apply", 2) + "/apply"]
ASKED = ["systemctl is-active NetworkManager.service", "systemctl is-active systemd-networkd.service"]
ADDRESSES = json.dumps([{"ifname": "eth0", "addr_info": [{"local": "192.0.2.11"}]},
                        {"ifname": "eth7", "addr_info": [{"local": "192.0.2.77"}]}])


class Box:
    """The host, and what a module did on it."""

    def __init__(self, root, run_module):
        self.root = root
        self.run_module = run_module
        self.running = ["systemd-networkd.service"]
        self.calls = []

    def path(self, name):
        return self.root / name.lstrip("/")

    def put(self, name, text=""):
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def has_bond(self, fixture="active-backup.txt"):
        """The bond as the kernel would show it."""
        (self.path("/sys/class/net/bond0/bonding")).mkdir(parents=True, exist_ok=True)
        self.put("/proc/net/bonding/bond0")
        shutil.copy(FIXTURES / fixture, self.path("/proc/net/bonding/bond0"))

    def has_files(self, entry):
        for file in _bond_networkd.files(_bond_layout.stack([entry], [], [])):
            self.put(file.path, file.text)

    def everything(self):
        return {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def run(self, module=bond, check=False, **options):
        replies = [{"argv": line, "rc": 0 if line.split()[-1] in self.running else 3} for line in ASKED]
        replies += [{"argv": line} for line in ARMED] + [{"argv": RUNS % ("bonding-undo", 120) + "/undo timer"}]
        replies += [{"argv": "ip -json address show", "out": ADDRESSES}]
        replies += [{"argv": "nmcli -t -f UUID,DEVICE connection show --active", "out": "11-22:eth0\n33-44:eth7\n"}]
        if module is bond:
            options = dict({"bonds": [BOND]}, **options)
        result, world = self.run_module(module, {"input": options, "replies": replies}, check=check)
        self.calls = [call for call in world.calls if call not in ASKED]
        return result


@pytest.fixture
def box(tmp_path, monkeypatch, run_module):
    root = tmp_path / "root"
    monkeypatch.setattr(_bond_host, "ROOT", str(root))
    monkeypatch.setattr(_bond_host, "ssh_address", lambda: None)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/" + name)
    for name in ("eth0", "eth1", "eth7"):
        (root / "sys/class/net" / name).mkdir(parents=True)
    for name in ("etc/systemd/system", "etc/systemd/network", "var/lib"):
        (root / name).mkdir(parents=True, exist_ok=True)
    return Box(root, run_module)


def test_a_new_bond_is_predicted_and_ordered(box):
    before = box.everything()
    predicted = box.run(check=True)
    assert box.everything() == before and box.calls == []

    done = box.run()
    assert dict(done, pending=False) == predicted
    assert (done["changed"], done["pending"], done["backend"], done["devices"]) == (True, True, "networkd", ["bond0"])
    assert done["reasons"] == ["bond0 does not exist"] and len(done["diff"]) == 4
    assert box.calls == ARMED
    # Nothing but the order is there yet: the host applies it when we are gone.
    assert not list(box.path("/etc/systemd/network").iterdir())
    assert sorted(path.name for path in box.path(PENDING).iterdir()) == [
        "after", "apply", "armed", "before", "target", "undo"]
    assert box.path(PENDING).stat().st_mode & 0o777 == 0o700
    assert "undo boot" in box.path("/etc/systemd/system/bonding-undo-at-boot.service").read_text()


def test_nothing_to_do(box):
    box.has_bond()
    box.has_files(BOND)
    before = box.everything()
    done = box.run()
    assert (done["changed"], done["pending"], done["files"], box.calls) == (False, False, [], [])
    assert box.everything() == before


def test_a_bond_in_another_mode_is_made_anew(box):
    box.has_bond("balance-rr.txt")
    box.has_files(BOND)
    done = box.run()
    assert done["reasons"] == ["the mode of bond0 is balance-rr"]
    assert (done["files"], done["recreated"]) == ([], ["bond0"])


def test_a_bond_that_lost_a_member_is_made_anew(box):
    box.has_bond("no-members.txt")
    box.has_files(BOND)
    assert box.run(check=True)["reasons"] == ["the members of bond0 are none"]


def test_the_same_run_again_confirms_and_another_waits(box):
    box.run()
    again = box.run()
    assert again["pending"] is True and box.calls == []
    other = box.run(bonds=[dict(BOND, miimon=200)])
    assert "Another change of bonds waits on this host" in other["msg"] and box.calls == []


def test_a_change_that_was_taken_back_is_tried_again(box):
    box.run()
    (box.path(PENDING) / "armed").rename(box.path(PENDING) / "undone")
    assert box.run()["pending"] is True
    assert not (box.path(PENDING) / "undone").exists()


@pytest.mark.parametrize("address, refused", [("192.0.2.11", True), ("192.0.2.77", False), (None, False)])
def test_no_time_limit(box, monkeypatch, address, refused):
    """Refused where this very connection is concerned."""
    monkeypatch.setattr(_bond_host, "ssh_address", lambda: address)
    for check in (True, False):
        done = box.run(check=check, rollback_timeout=0)
        assert bool(done.get("failed")) == refused
        if refused:
            assert "this connection comes in by eth0, which the change concerns" in done["msg"]
            assert not box.path(PENDING).exists()
    if not refused:
        assert box.calls[-2:] == [STOP, ARMED[-1]]


def test_the_host_says_which_cards_there_are(box):
    done = box.run(bonds=[dict(BOND, members=["eth0", "eth5"])])
    assert "bond0 has the member eth5, and there is no such card; there are eth0, eth1, eth7." in done["msg"]


def test_the_modules_own_refusals(box):
    done = box.run(bonds=[dict(BOND, miimon=0)])
    assert "Nothing was changed. bonding_bonds: bond0 has no link monitoring" in done["msg"] and box.calls == []


def test_what_stands_on_a_bond_that_changes_has_to_be_named(box):
    box.has_bond()
    box.has_files(BOND)
    box.put("/etc/systemd/network/05-bonding-guests.netdev", "# halab.cluster.bond: guests\n")
    box.put("/sys/class/net/guests/lower_bond0/x")
    assert box.run()["changed"] is False
    other = dict(bonds=[dict(BOND, miimon=200)])
    assert "guests was made by this module, stands on bond0, and is not named any more" in box.run(**other)["msg"]
    assert box.run(check=True, purge=True, **other)["recreated"] == ["guests", "bond0"]


def test_a_device_of_that_name_that_is_none(box):
    (box.path("/sys/class/net/bond0")).mkdir()
    assert "bond0 is to be a bond, and it exists and is none" in box.run()["msg"]


@pytest.mark.parametrize("running, backend", [
    (["NetworkManager.service"], "networkmanager"), (["systemd-networkd.service"], "networkd"), ([], "ifupdown")])
def test_the_backend_is_the_one_that_runs(box, running, backend):
    box.running = running
    box.put("/etc/network/interfaces", "source /etc/network/interfaces.d/*\n")
    assert box.run(check=True)["backend"] == backend


def test_two_backends_run(box):
    box.running = ["NetworkManager.service", "systemd-networkd.service"]
    assert "Both NetworkManager and systemd-networkd run on this host" in box.run()["msg"]
    assert box.run(check=True, backend="networkd")["backend"] == "networkd"


def test_ifupdown_takes_members_out_of_interfaces(box):
    text = "source /etc/network/interfaces.d/*\nauto eth0\niface eth0 inet dhcp\n"
    box.put("/etc/network/interfaces", text)
    box.put("/etc/network/if-pre-up.d/ifenslave")
    done = box.run(backend="ifupdown")
    assert done["files"] == ["/etc/network/interfaces", "/etc/network/interfaces.d/bonding-0-bond0"]
    assert box.path("/etc/network/interfaces").read_text() == text
    assert "ifdown --force eth0" in box.path(PENDING + "/apply").read_text()
    assert "ifup eth0" in box.path(PENDING + "/undo").read_text()


def test_ifupdown_takes_over_a_bond_of_somebody_else(box):
    box.put("/etc/network/interfaces", "source /etc/network/interfaces.d/*\n")
    box.put("/etc/network/interfaces.d/mine", "auto bond0\niface bond0 inet static\n  bond-slaves eth0 eth1\n")
    box.put("/etc/network/if-pre-up.d/ifenslave")
    box.has_bond()
    assert box.run(backend="ifupdown")["recreated"] == ["bond0"]
    apply, undo = (box.path(PENDING + "/" + name).read_text() for name in ("apply", "undo"))
    assert apply.count("ifdown --force bond0") == 1 and undo.count("ifup bond0") == 1


def test_ifupdown_does_not_touch_a_bond_that_it_could_not_bring_back(box):
    box.put("/etc/network/interfaces", "source /etc/network/interfaces.d/*\n")
    box.put("/etc/network/if-pre-up.d/ifenslave")
    box.has_bond()
    assert "bond0 exists, and ifupdown does not know it" in box.run(backend="ifupdown")["msg"]


@pytest.mark.parametrize("name, text, message", [
    ("/etc/network/if-pre-up.d/ifenslave", "auto lo\n", "does not read interfaces.d; add the line: source"),
    ("/etc/network/interfaces", "source /etc/network/interfaces.d/*\n", "install ifenslave"),
])
def test_ifupdown_lacks_something(box, name, text, message):
    box.put(name, text)
    assert message in box.run(backend="ifupdown")["msg"]


def test_networkmanager_brings_back_what_was_active_on_these_cards(box):
    done = box.run(backend="networkmanager")
    assert done["changed"]
    undo = box.path(PENDING + "/undo").read_text()
    assert "uuid 11-22" in undo and "33-44" not in undo


def test_networkmanager_beside_ifenslave(box):
    box.put("/etc/network/if-post-down.d/ifenslave")
    assert "remove the package ifenslave" in box.run(backend="networkmanager")["msg"]
    assert box.run(check=True, backend="networkd")["changed"]


class TestConfirm:
    def test_nothing_waits(self, box):
        assert box.run(bond_confirm) == {"changed": False, "state": "none"}

    def test_only_the_second_connection_that_finds_it_right_confirms(self, box):
        box.run()
        assert box.run(bond_confirm)["state"] == "applying"
        box.put(PENDING + "/applied")
        found = box.run(bond_confirm)
        assert (found["state"], found["reason"]) == ("applying", "bond0 does not exist")
        box.has_bond()
        assert box.run(bond_confirm) == {"changed": False, "state": "ready"}
        assert box.path(PENDING).exists()
        assert box.run(bond_confirm, check=True)["state"] == "confirmed" and box.path(PENDING).exists()
        assert box.run(bond_confirm) == {"changed": True, "state": "confirmed"}
        assert box.calls == [STOP]
        assert not box.path(PENDING).exists()
        assert not list(box.path("/etc/systemd/system").rglob("*bonding*"))
        assert box.run(bond_confirm)["state"] == "none"

    def test_a_bond_that_is_not_as_wanted_is_not_confirmed(self, box):
        box.run()
        box.put(PENDING + "/applied")
        box.put(PENDING + "/ready")
        box.has_bond("balance-rr.txt")
        assert box.run(bond_confirm)["reason"] == "the mode of bond0 is balance-rr"

    @pytest.mark.parametrize("state", ["undoing", "undone"])
    def test_too_late(self, box, state):
        box.run()
        (box.path(PENDING) / "armed").rename(box.path(PENDING) / state)
        box.put(PENDING + "/log", "+ networkctl reload\n")
        assert box.run(bond_confirm) == {"changed": False, "state": "undone", "log": "+ networkctl reload"}
