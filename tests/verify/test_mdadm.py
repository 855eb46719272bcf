# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role mdadm: the arrays are there, whole, by their names, and somebody watches them."""

from __future__ import annotations

import functools

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


# On a VM a command takes a second: each of these is asked once, and the tests share the answers.
@functools.lru_cache(maxsize=None)
def said_of(node, name):
    """What mdadm (MD_...) and the kernel (all else) say of an array. Its name is a link to /dev/md127, say."""
    out = topology.host(node).check_output(
        "mdadm --detail --export /dev/md/%s && cd /sys/block/$(basename $(readlink --canonicalize /dev/md/%s))/md && "
        "for key in array_state degraded sync_action; do [ ! -e $key ] || echo $key=$(cat $key); done", name, name
    )
    return dict(line.split("=", 1) for line in out.splitlines())


def members(node, name):
    """The devices that are in an array, by whichever of their names mdadm knows them."""
    said = said_of(node, name).items()
    return {value for key, value in said if key.startswith("MD_DEVICE_") and key.endswith("_DEV")}


def wanted_members(array):
    return set(array["devices"] + array.get("spares", []))


@functools.lru_cache(maxsize=None)
def real_names(node):
    """{name: what it is a link to} for all members, found and wanted."""
    arrays = arrays_of(node, "present")
    names = sorted(set().union(*(members(node, array["name"]) | wanted_members(array) for array in arrays)))
    real = topology.host(node).check_output("readlink --canonicalize " + " ".join(names)).splitlines()
    return dict(zip(names, real))


@functools.lru_cache(maxsize=None)
def conf(node):
    return topology.host(node).check_output("cat /etc/mdadm/mdadm.conf")


@each_array
def test_is_there_by_its_name(node, array):
    found = said_of(node, array["name"])
    assert found["MD_NAME"].split(":")[-1] == array["name"]
    assert found["MD_LEVEL"] == "raid%s" % array["level"]
    assert int(found["MD_DEVICES"]) == len(array["devices"])


@each_array
def test_is_whole_and_at_rest(node, array):
    found = said_of(node, array["name"])
    assert found["array_state"] in ("clean", "active", "active-idle", "write-pending")
    if str(array["level"]) != "0":
        assert found["degraded"] == "0"
        assert found["sync_action"] in ("idle", "check")


@each_array
def test_has_the_members_that_are_wanted(node, array):
    # A spare may be in any array of its group.
    together = [other for other in arrays_of(node, "present")
                if other is array or other.get("spare_group", other["name"]) == array.get("spare_group")]
    wanted = set().union(*(wanted_members(other) for other in together))
    found = set().union(*(members(node, other["name"]) for other in together))
    real = real_names(node)
    assert sorted(real[name] for name in found) == sorted(real[name] for name in wanted)


@each_array
def test_will_be_there_after_a_boot(node, array):
    line = next(line for line in conf(node).splitlines() if line.startswith("ARRAY /dev/md/%s " % array["name"]))
    assert "UUID=" + said_of(node, array["name"])["MD_UUID"] in line
    if "spare_group" in array:
        assert "spare-group=%s" % array["spare_group"] in line


@pytest.mark.parametrize("node", sorted({node for node, array in ARRAYS if str(array["level"]) != "0"}))
def test_is_watched_and_read_through(node):
    topology.check_units(
        topology.host(node), running=["mdmonitor", "mdcheck_start.timer"], enabled=["mdcheck_start.timer"]
    )


@pytest.mark.parametrize("node", topology.nodes())
def test_what_is_absent_is_gone(node):
    for array in arrays_of(node, "absent"):
        assert not topology.host(node).file("/dev/md/%s" % array["name"]).exists
