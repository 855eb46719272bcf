# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that module hosts_file leaves behind: in check mode, in a run, in a run again.

Before each run, the action plugin asks its question about the same file.
"""

from __future__ import annotations

import os

import first_question
import pytest
from ansible_collections.halab.cluster.plugins.action import hosts_file as action
from ansible_collections.halab.cluster.plugins.modules import hosts_file

BLOCK = b"# BEGIN cluster nodes\n198.18.0.11 node1\n# END cluster nodes\n"
# what it shows: (before, after); None: there is no file
FILES = {
    "an installer's": (b"127.0.0.1\tlocalhost\n127.0.1.1\tnode1\n", b"127.0.0.1\tlocalhost\n" + BLOCK),
    "none": (None, BLOCK),
    "right already": (b"127.0.0.1 localhost\n" + BLOCK, b"127.0.0.1 localhost\n" + BLOCK),
    "in another encoding, with other line ends": (
        b"# caf\xe9\r\n192.0.2.9 mail\r\n",
        b"# caf\xe9\r\n192.0.2.9 mail\r\n" + BLOCK,
    ),
    "contradicting": (b"# caf\xe9\n198.18.0.99 node1 # \xe9\n", b"# caf\xe9\n198.18.0.99 node1 # \xe9\n"),
}


@pytest.fixture
def run_module(run_module, tmp_path):
    return first_question.hold_against_the_module(run_module, action, tmp_path)


@pytest.fixture
def hosts(tmp_path, run_module):
    """The file, and a function that runs the module on it."""
    path = tmp_path / "hosts"

    def run(check=False, **options):
        case = {"input": dict({"path": str(path), "nodes": [{"address": "198.18.0.11", "name": "node1"}]}, **options)}
        return run_module(hosts_file, case, check=check)[0]

    return path, run


@pytest.mark.parametrize("before, after", FILES.values(), ids=FILES)
def test_check_run_and_run_again(hosts, before, after):
    path, run = hosts
    if before is not None:
        path.write_bytes(before)

    predicted = run(check=True)
    assert (path.read_bytes() if path.exists() else None) == before, "check mode wrote"
    done = run()
    assert done == predicted, "what is done is not what was predicted"
    assert path.read_bytes() == after

    if done.get("failed"):
        assert "198.18.0.99 node1 # \ufffd" in done["msg"]
        return
    assert done["changed"] == (before != after)
    for text, shown in ((before or b"", done["diff"]["before"]), (after, done["diff"]["after"])):
        assert shown == text.decode("utf-8", "replace")
    written = path.stat()
    assert run()["changed"] is False
    assert path.stat() == written, "a second run wrote"


def test_a_new_file_is_for_everybody_to_read(hosts):
    path, run = hosts
    old = os.umask(0o077)
    try:
        run()
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o644


def test_mode_and_link_are_kept(hosts, tmp_path):
    path, run = hosts
    target = tmp_path / "elsewhere"
    target.write_bytes(b"127.0.1.1 node1\n")
    target.chmod(0o640)
    path.symlink_to(target)
    run()
    assert path.is_symlink()
    assert target.read_bytes() == BLOCK
    assert target.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_read_is_said(hosts):
    path, run = hosts
    path.mkdir()
    assert "cannot be read" in run()["msg"]


def test_another_marker_is_another_block(hosts):
    path, run = hosts
    run()
    run(marker="mine")
    assert path.read_bytes() == BLOCK + BLOCK.replace(b"cluster nodes", b"mine")
