# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""keepalived-standby keeps clients away, gives the addresses up, and leaves nothing behind. Without a keepalived."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import ipaddress
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "roles" / "keepalived" / "files" / "keepalived-standby"
V4, V6 = ipaddress.ip_address("192.0.2.100"), ipaddress.ip_address("2001:db8::100")
GONE = "table inet keepalived_standby\ndelete table inet keepalived_standby\n"


class World:
    """What nft is told, which addresses the host has, and a keepalived that takes them away when the file says 1."""

    def __init__(self, script, file, held):
        self.file, self.held, self.told, self.slept, self.obeys = file, set(held), [], 0.0, True
        script.nft = self.told.append
        script.here = self.here
        script.time = self

    def here(self):
        if self.obeys and self.file.read_text() == "1\n":
            self.held = set()
        return set(self.held)

    def sleep(self, seconds):
        self.slept += seconds

    def monotonic(self):
        return self.slept


@pytest.fixture
def script():
    loader = importlib.machinery.SourceFileLoader("keepalived_standby", str(PATH))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "standby"
    path.write_text("0\n")
    return path


def test_clients_are_kept_away_then_it_moves_and_nothing_stays(script, file):
    world = World(script, file, [V4, V6])
    script.main(str(file), [str(V4), str(V6)])
    assert file.read_text() == "1\n" and world.held == set()
    new, everything, gone = world.told
    assert "ip daddr @held4 tcp flags & (syn | ack) == syn drop" in new
    assert "ip6 daddr @held6 tcp flags & (syn | ack) == syn drop" in new
    assert "ip daddr @held4 meta l4proto tcp drop" in everything and gone == GONE
    assert "elements = { 192.0.2.100 timeout 5s }" in new, "a rule ends by itself when its maker is killed"
    # Short enough for whoever sends again after a second.
    assert 0.4 <= world.slept < 0.8


def test_who_has_no_address_keeps_nobody_away(script, file):
    world = World(script, file, [])
    script.main(str(file), [str(V4)])
    assert file.read_text() == "1\n" and world.told == [GONE] and world.slept == 0


def test_a_keepalived_that_does_not_listen_is_said(script, file, capsys):
    world = World(script, file, [V4])
    world.obeys = False
    with pytest.raises(SystemExit):
        script.main(str(file), [str(V4)])
    assert "keepalived still has 192.0.2.100 after 5 s" in capsys.readouterr().err and world.told[-1] == GONE


@pytest.mark.parametrize("words, expected", [
    (["192.0.2.100/24"], "allowed are addresses without a prefix. Nothing was done."),
    (["web"], "allowed are addresses without a prefix. Nothing was done."),
])
def test_what_is_no_address_is_refused(script, file, capsys, words, expected):
    world = World(script, file, [V4])
    with pytest.raises(SystemExit):
        script.main(str(file), words)
    assert expected in capsys.readouterr().err and world.told == [] and file.read_text() == "0\n"


def test_a_file_that_is_not_tracked_is_refused(script, file, tmp_path, capsys):
    world = World(script, file, [V4])
    with pytest.raises(SystemExit):
        script.main(str(tmp_path / "other"), [str(V4)])
    assert "keepalived makes the files that it tracks" in capsys.readouterr().err and world.told == []
