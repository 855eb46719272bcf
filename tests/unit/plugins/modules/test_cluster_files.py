# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cluster_files_info reads what cluster_files writes: from one folder to another, as from one host to another."""

from __future__ import annotations

import base64
import grp
import json
import os
import pwd
import socket

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.halab.cluster.plugins.modules import cluster_files, cluster_files_info

ME, MINE = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


@pytest.fixture
def call(run_module):
    """A module's result without any command."""
    def run(module, check=False, **options):
        return run_module(module, {"input": options, "replies": []}, check=check)[0]
    return run


@pytest.fixture
def tree(tmp_path):
    """What a node has."""
    root = tmp_path / "etc"
    (root / "corosync").mkdir(parents=True)
    (root / "corosync" / "authkey").write_bytes(b"\x00secret\xff")
    (root / "corosync" / "authkey").chmod(0o400)
    (root / "link").symlink_to("corosync/authkey")
    return root


class TestInfo:
    def test_reads_all_below(self, call, tree, monkeypatch):
        monkeypatch.chdir(tree)
        found = call(cluster_files_info, paths=["corosync", "link", "corosync/authkey", "nothing"])
        assert [(each["kind"], each["mode"]) for each in found["files"]][:2] == [("directory", "0755"), ("file", "0400")]
        assert len(found["files"]) == 3 and found["left_out"] == [] and found["changed"] is False
        assert base64.b64decode(found["files"][1]["content"]) == b"\x00secret\xff"
        assert (found["files"][2]["target"], found["files"][1]["owner"]) == ("corosync/authkey", ME)

    def test_names_what_it_leaves_out(self, call, tree, monkeypatch):
        monkeypatch.chdir(tree)
        (tree / "large").write_bytes(b"x" * 11)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket")
        found = call(cluster_files_info, paths=["large", "socket"], only_files=["corosync"], most=10)
        assert found["files"] == []
        assert found["left_out"] == ["large has 11 bytes, more than 10", "socket is a socket", "corosync is a directory"]


def wanted(root, **changed):
    base = {"mode": "0400", "owner": ME, "group": MINE}
    return [
        dict(base, path=str(root / "new"), kind="directory", mode="0750"),
        dict(base, path=str(root / "new" / "key"), kind="file", content=base64.b64encode(b"\x00secret\xff").decode(), **changed),
        dict(base, path=str(root / "new" / "link"), kind="link", mode="0777", target="key"),
    ]


class TestWrite:
    def test_run_check_and_again(self, call, tmp_path):
        checked = call(cluster_files, check=True, files=wanted(tmp_path))
        assert checked["changed"] is True and not (tmp_path / "new").exists()
        result = call(cluster_files, files=wanted(tmp_path))
        assert result == checked and len(result["written"]) == 3
        key = tmp_path / "new" / "key"
        assert key.read_bytes() == b"\x00secret\xff" and key.stat().st_mode & 0o7777 == 0o400
        assert (tmp_path / "new").stat().st_mode & 0o7777 == 0o750 and os.readlink(tmp_path / "new" / "link") == "key"
        assert sorted(os.listdir(tmp_path / "new")) == ["key", "link"]
        again = call(cluster_files, files=wanted(tmp_path))
        assert again["changed"] is False and again["written"] == [] and again["diff"]["after"] == ""

    def test_what_drifted_is_put_back(self, call, tmp_path):
        call(cluster_files, files=wanted(tmp_path))
        (tmp_path / "new" / "key").chmod(0o644)
        assert call(cluster_files, files=wanted(tmp_path))["written"] == ["TMP"]
        assert (tmp_path / "new" / "key").stat().st_mode & 0o7777 == 0o400

    def test_no_content_is_shown(self, call, tmp_path):
        shown = str(call(cluster_files, files=wanted(tmp_path)))
        assert "secret" not in shown and base64.b64encode(b"\x00secret\xff").decode() not in shown

    @pytest.mark.parametrize("changed", [{}, {"owner": "nobody-here"}])
    @pytest.mark.parametrize("check", [False, True])
    def test_nor_in_what_ansible_tells_of_the_call(self, tmp_path, monkeypatch, capsys, changed, check):
        """Of a task without no_log: on the screen with -vvv, in callbacks, and in the log of the host."""
        logged = []
        monkeypatch.setattr(basic.AnsibleModule, "log", lambda self, text, log_args=None: logged.append((text, log_args)))
        arguments = dict(files=wanted(tmp_path, **changed), _ansible_check_mode=check, _ansible_diff=True, _ansible_verbosity=4)
        with patch_module_args(arguments), pytest.raises(SystemExit):
            cluster_files.main()
        said, text = json.loads(capsys.readouterr().out), base64.b64encode(b"\x00secret\xff").decode()
        # It is told, but for the content.
        called = said["invocation"]["module_args"]["files"][1]
        assert called["path"] == str(tmp_path / "new" / "key") and called["content"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
        assert called["path"] in str(logged) and bool(changed) is said.get("failed", False)
        assert text not in json.dumps(said) + str(logged)

    @pytest.mark.parametrize("changed, said", [
        ({"owner": "nobody-here"}, "belongs to nobody-here:"),
        ({"content": None}, "is a file and has no content"),
        ({"mode": "rw"}, "has the mode 'rw'"),
    ])
    def test_refused_before_anything_is_written(self, call, tmp_path, changed, said):
        entries = wanted(tmp_path)
        entries[1].update(changed)
        result = call(cluster_files, files=entries)
        assert result["failed"] and said in result["msg"] and "Nothing was written." in result["msg"]
        assert not (tmp_path / "new").exists()

    def test_another_kind_is_in_the_way(self, call, tmp_path):
        (tmp_path / "new").write_text("", encoding="ascii")
        result = call(cluster_files, files=wanted(tmp_path))
        assert result["failed"] and "a file is there. Remove that first." in result["msg"]
