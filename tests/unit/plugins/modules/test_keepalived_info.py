# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""keepalived_info: what it makes of what keepalived writes, and what it says where nothing is written."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
from pathlib import Path

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.halab.cluster.plugins.modules import keepalived_info

FIXTURES = Path(__file__).parents[2] / "fixtures" / "keepalived"
# keepalived 2.3.3 (Debian 13), `kill -$(keepalived --signum=JSON) $(cat /run/keepalived.pid)`: one instance tracks a file with
# a 1 in it.
RECORDED = (FIXTURES / "state-2.3.3.json").read_text(encoding="ascii")


def test_what_keepalived_writes():
    assert keepalived_info.states(RECORDED) == {"web": "backup", "other": "fault"}
    # With json_version 2.
    assert keepalived_info.states(json.dumps({"vrrp": json.loads(RECORDED)})) == {"web": "backup", "other": "fault"}


@pytest.mark.parametrize("text", ["", "[", RECORDED[:-3], "{}", "[{}]", '[{"data": {"iname": "a", "state": 9}}]'])
def test_what_it_has_not_finished(text):
    with pytest.raises((ValueError, KeyError, TypeError)):
        keepalived_info.states(text)


def ask(monkeypatch, tmp_path, answers, write=None):
    """What the module returns. answers: {command: (rc, out, err)}; write: what this process does on the signal."""
    monkeypatch.setattr(keepalived_info, "FILE", str(tmp_path / "%d.json"))
    monkeypatch.setattr(keepalived_info, "PATIENCE_S", 0.5)
    monkeypatch.setattr(AnsibleModule, "run_command", lambda self, argv, **options: answers[argv[0]])
    before = signal.signal(signal.SIGUSR1, lambda number, frame: write and write())
    said = io.StringIO()
    try:
        with patch_module_args({}), pytest.raises(SystemExit), contextlib.redirect_stdout(said):
            keepalived_info.main()
    finally:
        signal.signal(signal.SIGUSR1, before)
    return json.loads(said.getvalue())


HERE = {"systemctl": (0, "%d\n" % os.getpid(), ""), "keepalived": (0, "%d\n" % signal.SIGUSR1, "")}


def test_it_waits_for_a_new_file(monkeypatch, tmp_path):
    path = tmp_path / ("%d.json" % os.getpid())
    path.write_text('[{"data": {"iname": "old", "state": 2}}]', encoding="ascii")

    def write():
        (tmp_path / "new").write_text(RECORDED, encoding="ascii")
        (tmp_path / "new").rename(path)

    assert ask(monkeypatch, tmp_path, HERE, write)["instances"] == {"web": "backup", "other": "fault"}


def test_nothing_is_written(monkeypatch, tmp_path):
    (tmp_path / ("%d.json" % os.getpid())).write_text(RECORDED, encoding="ascii")
    assert "has not written its state" in ask(monkeypatch, tmp_path, HERE)["msg"]


def test_a_link_is_not_followed(monkeypatch, tmp_path):
    (tmp_path / "elsewhere").write_text(RECORDED, encoding="ascii")
    answer = ask(monkeypatch, tmp_path, HERE,
                 lambda: (tmp_path / ("%d.json" % os.getpid())).symlink_to(tmp_path / "elsewhere"))
    assert "has not written its state" in answer["msg"]


@pytest.mark.parametrize("answers, expected", [
    (dict(HERE, systemctl=(0, "0\n", "")), "keepalived does not run. Start it: systemctl start keepalived"),
    (dict(HERE, systemctl=(1, "", "no bus")), "failed with rc 1: no bus. This module needs systemd."),
    (dict(HERE, keepalived=(1, "", "Unknown signum")), "Unknown signum. This keepalived was built without JSON"),
])
def test_who_cannot_be_asked(monkeypatch, tmp_path, answers, expected):
    assert expected in ask(monkeypatch, tmp_path, answers)["msg"]
