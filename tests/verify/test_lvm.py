# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role lvm: the volumes are what the inventory says, redundant where it says so, watched, and mounted at boot."""

from __future__ import annotations

import json
import re

import pytest
import topology


@pytest.fixture
def wanted(host):
    """The volumes that the inventory wants of this node."""
    volumes = topology.variables(host.backend.get_hostname()).get("lvm_logical_volumes", [])
    return [entry for entry in volumes if entry.get("state", "present") == "present"]


@pytest.fixture(scope="module")
def found(host):
    """lvs' rows, by group and name without brackets. A volume with several segments has several."""
    columns = "vg_name,lv_name,lv_size,segtype,lv_health_status,seg_monitor,devices"
    report = json.loads(host.check_output("lvs --all --reportformat json --units b --nosuffix -o %s", columns))
    rows = {}
    for row in report["report"][0]["lv"]:
        rows.setdefault((row["vg_name"], row["lv_name"].strip("[]")), []).append(row)
    return rows


def devices(found, vg, name):
    """The devices that a hidden part of a volume stands on."""
    names = {re.sub(r"\(\d+\)$", "", text) for row in found[(vg, name)] for text in row["devices"].split(",")}
    return {device for device in names if device.startswith("/")}


def test_they_are_there_and_well(wanted, found):
    for entry in wanted:
        rows = found.get((entry["vg"], entry["lv"]))
        assert rows, entry["lv"]
        assert {row["lv_health_status"] for row in rows} == {""}, entry["lv"]


def test_no_two_legs_share_a_device(wanted, found):
    for entry in wanted:
        if not entry.get("type", "linear").startswith("raid"):
            continue
        legs = sorted(name for vg, name in found if vg == entry["vg"] and name.startswith(entry["lv"] + "_rimage_"))
        assert len(legs) > 1, entry["lv"]
        used = [
            devices(found, entry["vg"], leg) | devices(found, entry["vg"], leg.replace("_rimage_", "_rmeta_"))
            for leg in legs
        ]
        assert sum(len(of_leg) for of_leg in used) == len(set().union(*used)), entry["lv"]


def test_dmeventd_watches(host, found):
    assert {row["seg_monitor"] for rows in found.values() for row in rows} <= {"", "monitored"}
    topology.check_units(host, enabled=["lvm2-monitor"])


def test_they_are_mounted_now_and_at_boot(host, wanted):
    mounted = [entry for entry in wanted if "mount" in entry]
    if not mounted:
        return
    ask = "findmnt --list --noheadings --output TARGET,%s"
    shown = host.check_output(" && echo && ".join(ask % what for what in ("SOURCE", "OPTIONS --fstab")))
    sources, options = (dict(line.split() for line in part.splitlines()) for part in shown.split("\n\n"))
    names = ["/dev/%(vg)s/%(lv)s" % entry for entry in mounted]
    names += [sources[entry["mount"]["path"]] for entry in mounted]
    real = host.check_output("readlink --canonicalize " + " ".join(names)).splitlines()
    assert real[:len(mounted)] == real[len(mounted):]
    for entry in mounted:
        assert "opts" in entry["mount"] or "nofail" in options[entry["mount"]["path"]].split(",")
