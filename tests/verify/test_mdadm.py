# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role mdadm: the arrays are there, whole, by their names, and somebody watches them."""

from __future__ import annotations

import pytest
import topology


def arrays_of(node, state):
    """The arrays that the inventory wants to be in a state."""
    arrays = topology.variables(node).get("mdadm_arrays", [])
    return [array for array in arrays if array.get("state", "present") == state]


ARRAYS = [(node, array) for node in topology.nodes() for array in arrays_of(node, "present")]
each_array = pytest.mark.parametrize(
    "node, array", ARRAYS, ids=["%s-%s" % (node, array["name"]) for node, array in ARRAYS]
)


def detail(node, array):
    """What mdadm says of an array."""
    out = topology.host(node).check_output("mdadm --detail --export /dev/md/%s", array["name"])
    return dict(line.split("=", 1) for line in out.splitlines())


@each_array
def test_is_there_by_its_name(node, array):
    found = detail(node, array)
    assert found["MD_NAME"].split(":")[-1] == array["name"]
    assert found["MD_LEVEL"] == "raid%s" % array["level"]
    assert int(found["MD_DEVICES"]) == len(array["devices"])


@each_array
def test_is_whole_and_at_rest(node, array):
    # A link to /dev/md127, say.
    device = topology.host(node).check_output("readlink --canonicalize /dev/md/%s", array["name"])
    attributes = "/sys/block/%s/md/" % device.rpartition("/")[2]
    state = topology.host(node).file(attributes + "array_state").content_string.strip()
    assert state in ("clean", "active", "active-idle", "write-pending")
    if str(array["level"]) != "0":
        assert topology.host(node).file(attributes + "degraded").content_string.strip() == "0"
        assert topology.host(node).file(attributes + "sync_action").content_string.strip() in ("idle", "check")


@each_array
def test_has_the_members_that_are_wanted(node, array):
    # A spare may be in any array of its group.
    together = [other for other in arrays_of(node, "present")
                if other is array or other.get("spare_group", other["name"]) == array.get("spare_group")]
    wanted = {device for other in together for device in other["devices"] + other.get("spares", [])}
    found = {value for other in together for key, value in detail(node, other).items()
             if key.startswith("MD_DEVICE_") and key.endswith("_DEV")}
    # Whichever of its names mdadm knows a device by.
    real = [topology.host(node).check_output("readlink --canonicalize %s" % " ".join(sorted(names))).split()
            for names in (found, wanted)]
    assert sorted(real[0]) == sorted(real[1])


@each_array
def test_will_be_there_after_a_boot(node, array):
    conf = topology.host(node).file("/etc/mdadm/mdadm.conf").content_string
    line = next(line for line in conf.splitlines() if line.startswith("ARRAY /dev/md/%s " % array["name"]))
    assert "UUID=" + detail(node, array)["MD_UUID"] in line
    if "spare_group" in array:
        assert "spare-group=%s" % array["spare_group"] in line


@pytest.mark.parametrize("node", sorted({node for node, array in ARRAYS if str(array["level"]) != "0"}))
def test_is_watched_and_read_through(node):
    assert topology.host(node).service("mdmonitor").is_running
    assert topology.host(node).service("mdcheck_start.timer").is_running
    assert topology.host(node).service("mdcheck_start.timer").is_enabled


@pytest.mark.parametrize("node", topology.nodes())
def test_what_is_absent_is_gone(node):
    for array in arrays_of(node, "absent"):
        assert not topology.host(node).file("/dev/md/%s" % array["name"]).exists
