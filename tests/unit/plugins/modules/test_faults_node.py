# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of a single node. Nothing here is really broken."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _container, _detached, _mdadm_host
from ansible_collections.halab.cluster.plugins.modules import fault_array, fault_kernel
from mdadm_recordings import Recording
from transcripts import RELEASES


class World:
    """Answers from a recording, and takes what is to fail."""

    def __init__(self, recording):
        self.recording, self.failed = recording, []

    def run_command(self, argv, **kwargs):
        if "--fail" in argv:
            self.failed.append(argv)
            return 0, "", ""
        return self.recording.answer(argv) or (1, "", "nobody home\n")


@pytest.fixture(params=RELEASES)
def fail(request, run_module, monkeypatch):
    def run(state, check=False, **options):
        world = World(Recording(request.param, state))
        monkeypatch.setattr(_mdadm_host.Host, "read_mdstat", lambda self: world.recording.mdstat())
        monkeypatch.setattr(_mdadm_host.Host, "read_attributes", lambda self, name: world.recording.attributes(name))
        monkeypatch.setattr(_mdadm_host.Host, "is_there", lambda self, name: True)
        return run_module(fault_array, {"input": dict({"name": "data"}, **options)}, check=check, world=world)[0], world

    return run


def test_the_member_with_the_highest_place_fails(fail):
    result, world = fail("raid5_spare")
    device = result["devices"][0]
    assert world.failed == [["mdadm", "/dev/md127", "--fail", device]]
    members = {member["device"]: member for array in world.recording.arrays() for member in array["members"]}
    assert members[device]["role"] == "active"
    assert members[device]["slot"] == max(member["slot"] for member in members.values() if member["role"] == "active")
    assert result["changed"] is True and result["at"] > 0


def test_check_mode_names_it_and_leaves_it(fail):
    result, world = fail("raid5_spare", check=True)
    assert result["changed"] is True and result["devices"] and world.failed == []


def test_two_of_level_six(fail):
    result, dummy = fail("raid6", count=2)
    assert len(set(result["devices"])) == 2


@pytest.mark.parametrize("state, count, words", [
    ("raid5_spare", 2, "can lose 1 without losing its data"),
    ("raid5_degraded", 1, "can lose 0"),
    ("raid6", 3, "can lose 2"),
    ("raid0", 1, "can lose 0"),
    ("raid1", 0, "count is 0"),
])
def test_data_is_not_part_of_a_drill(fail, state, count, words):
    result, world = fail(state, count=count)
    assert result["failed"] is True and words in result["msg"]
    assert world.failed == []


def test_an_array_that_is_not_there(fail):
    result, dummy = fail("raid1", name="other")
    assert result["failed"] is True and "There is no array other" in result["msg"] and "data" in result["msg"]


@pytest.fixture
def kernel(run_module, monkeypatch):
    """The module with nothing that could reach a kernel."""
    class World:
        written, detached, run_command = [], [], None

    monkeypatch.setattr(fault_kernel, "write", lambda path, text: World.written.append((path, text)))
    monkeypatch.setattr(_detached, "run_detached", lambda delay, action: World.detached.append((delay, action)))

    def run(container, check=False):
        World.written.clear()
        World.detached.clear()
        monkeypatch.setattr(fault_kernel, "is_container", lambda: container)
        return run_module(fault_kernel, {"input": {}}, check=check, world=World)[0], World

    return run


def test_the_kernel_crashes_after_the_answer_and_stays_there(kernel):
    result, world = kernel(container=False)
    assert result["changed"] is True and world.written == []
    ((delay, action),) = world.detached
    assert delay == 0.5
    action()
    assert world.written == [("/proc/sys/kernel/panic", "0"), ("/proc/sysrq-trigger", "c")]


def test_check_mode_crashes_nothing(kernel):
    result, world = kernel(container=False, check=True)
    assert result["changed"] is True and world.detached == []


def test_a_container_would_take_its_machine_along(kernel):
    result, world = kernel(container=True)
    assert result["failed"] is True and "container" in result["msg"]
    assert world.detached == [] and world.written == []


def test_what_a_container_is(tmp_path):
    environ, marker = tmp_path / "environ", tmp_path / "marker"
    environ.write_text("PATH=/bin\0TERM=linux\0")
    assert _container.is_container([str(marker)], str(environ)) is False
    environ.write_text("PATH=/bin\0container=podman\0")
    assert _container.is_container([str(marker)], str(environ)) is True
    environ.write_text("")
    marker.touch()
    assert _container.is_container([str(marker)], str(environ)) is True
