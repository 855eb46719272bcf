# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of tests/verify: who changes something on the nodes for a moment has them for himself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
# The fixture as it is, without the rest of that file, which would look for a lab; and a lock that no lab has.
CONFTEST = """
import importlib.util, pathlib
spec = importlib.util.spec_from_file_location("of_verify", %r)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.TURNS = pathlib.Path(%r)
turn = module.turn
"""
LOOKS = """
import contextlib, fcntl, pathlib, pytest
LOCK = pathlib.Path(%r)

def allowed():
    "What another worker could have at this moment."
    found = []
    for name in ("LOCK_SH", "LOCK_EX"):
        with LOCK.open("w") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, getattr(fcntl, name) | fcntl.LOCK_NB)
            found.append(name)
    return found

def test_one_that_looks():
    assert allowed() == ["LOCK_SH"]

@pytest.mark.alone
def test_one_that_changes_something():
    assert allowed() == []

def test_who_looks_after_that_and_fails():
    assert allowed() == ["LOCK_SH"]
    assert False, "as it should"

def test_nobody_is_kept_out_by_one_that_failed():
    assert allowed() == ["LOCK_SH"]
"""


def test_who_may_look_while_somebody_is_at_work(tmp_path):
    lock = tmp_path / "build" / "any.lock"
    (tmp_path / "conftest.py").write_text(CONFTEST % (str(TESTS / "verify" / "conftest.py"), str(lock)))
    (tmp_path / "test_turns.py").write_text(LOOKS % str(lock))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    alone: as in the collection's own\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)], capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": "%s:%s" % (TESTS, os.environ.get("PYTHONPATH", ""))})
    assert "1 failed, 3 passed" in done.stdout and "as it should" in done.stdout, done.stdout[-3000:]


def test_all_who_mark_a_test_so_are_heard(pytestconfig):
    """A marker that nobody declared would be a warning, and one with another name a test among the others."""
    assert any(line.startswith("alone:") for line in pytestconfig.getini("markers"))
    marked = [path.name for path in sorted((TESTS / "verify").glob("test_*.py"))
              if "@pytest.mark.alone" in path.read_text(encoding="utf-8")]
    assert marked
