# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bond_info on recorded files of /proc/net/bonding."""

from __future__ import annotations

import pathlib
import shutil

import pytest
from ansible_collections.halab.cluster.plugins.modules import bond_info

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "bonding" / "debian12"


@pytest.fixture
def info(tmp_path, monkeypatch, run_module):
    """The folder of the kernel, and a function that runs the module on it."""
    directory = tmp_path / "bonding"
    monkeypatch.setattr(bond_info, "DIRECTORY", str(directory))

    def run(**options):
        results = [run_module(bond_info, {"input": options}, check=check)[0] for check in (False, True)]
        assert results[0] == results[1] and results[0].get("changed", False) is False
        return results[0]

    return directory, run


def test_all_of_them_or_those_that_are_named(info):
    directory, run = info
    directory.mkdir()
    shutil.copy(FIXTURES / "active-backup.active-down.txt", directory / "bond0")
    shutil.copy(FIXTURES / "802.3ad.txt", directory / "bond1")
    found = run()["bonds"]
    assert sorted(found) == ["bond0", "bond1"]
    assert found["bond0"]["active"] == "eth1"
    assert [member["link_failure_count"] for member in found["bond0"]["members"]] == [1, 0]
    assert list(run(names=["bond1"])["bonds"]) == ["bond1"]


def test_a_host_without_bonds(info):
    assert info[1]()["bonds"] == {}


def test_a_bond_that_is_not_there(info):
    directory, run = info
    directory.mkdir()
    shutil.copy(FIXTURES / "balance-rr.txt", directory / "bond0")
    assert run(names=["bond0", "bond7"])["msg"] == "There is no bond bond7 on this host; there is bond0."


def test_a_file_that_says_something_else(info):
    directory, run = info
    directory.mkdir()
    (directory / "bond0").write_text("Bonding Mode: something new\n")
    assert " cannot be read: its mode 'something new' is unknown" in run()["msg"]
