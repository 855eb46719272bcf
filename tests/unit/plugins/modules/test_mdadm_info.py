# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _mdadm_host
from ansible_collections.halab.cluster.plugins.modules import mdadm_info
from mdadm_recordings import Recording
from transcripts import RELEASES


class World:
    """Answers from one recording."""

    def __init__(self, recording):
        self.recording = recording

    def run_command(self, argv, **kwargs):
        assert kwargs["environ_update"] == {"LC_ALL": "C", "LANGUAGE": "C"}
        return self.recording.answer(argv) or (1, "", "%s: nobody home\n" % argv[0])


@pytest.fixture(params=RELEASES)
def ask(request, run_module, monkeypatch):
    def run(state, without=(), **options):
        world = World(Recording(request.param, state))
        for command in without:
            del world.recording.answers[command]
        monkeypatch.setattr(_mdadm_host.Host, "read_mdstat", lambda self: world.recording.mdstat())
        monkeypatch.setattr(_mdadm_host.Host, "read_attributes", lambda self, name: world.recording.attributes(name))
        monkeypatch.setattr(_mdadm_host.Host, "is_there", lambda self, name: True)
        return run_module(mdadm_info, {"input": options}, world=world)[0]

    return run


def test_a_rebuild(ask):
    result = ask("raid5_rebuild")
    (array,) = result["arrays"]
    assert (result["changed"], array["name"], array["busy"], array["degraded"]) == (False, "data", True, 1)
    assert array["progress"].startswith("recovery ") and " KiB/s" in array["progress"]
    assert result["stopped"] == {}


def test_stopped_arrays(ask):
    assert ask("raid1_stopped")["stopped"] == {"data": ["/dev/vda", "/dev/vdb"]}
    assert ask("raid1_stopped", name="other")["stopped"] == {}


def test_one_of_several(ask):
    result = ask("raid1_degraded", name="data")
    assert [array["device"] for array in result["arrays"]] == ["/dev/md127"]
    assert ask("raid1_degraded", name="other")["arrays"] == []


def test_mdadm_fails(ask):
    result = ask("raid1", without=["mdadm --detail --export /dev/md127"])
    assert (
        result["failed"] and "mdadm --detail --export /dev/md127 failed with rc 1: mdadm: nobody home" in result["msg"]
    )
