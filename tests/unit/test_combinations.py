# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/combinations.sh goes through all nine, whatever fails in one, and says at the end what did."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "combinations.sh"
# Writes down how it was called, and fails where FAILS is in that.
PROGRAM = """#!/bin/bash
call="$(basename "$0") $* HALAB_VARS=$HALAB_VARS HALAB_TOPOLOGY=$HALAB_TOPOLOGY"
echo "$call" >> "$CALLS"
! [[ $call =~ $FAILS ]]
"""


@pytest.fixture
def run(tmp_path):
    """Runs it with a make and a pytest that do nothing: (what it returns, their calls)."""
    for name in ("make", "pytest"):
        (tmp_path / name).write_text(PROGRAM, encoding="utf-8")
        (tmp_path / name).chmod(0o755)

    def run_with(fails, *arguments):
        (tmp_path / "calls").touch()
        done = subprocess.run(
            [str(SCRIPT), *arguments], capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": "%s:%s" % (tmp_path, os.environ["PATH"]), "CALLS": str(tmp_path / "calls"),
                 "FAILS": fails})
        return done, (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    return run_with


def test_each_of_nine_is_built_looked_at_drilled_and_removed(run):
    done, calls = run("nothing")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("  9 of 9 combinations passed")
    assert "  9 of 9: ipvsadm with ipip" in done.stdout
    assert [call.split(" HALAB_VARS=")[0].replace("TOPOLOGY=webfarm_ipvs ", "") for call in calls[-4:]] == [
        "make up converge VARS=farm_director=ipvsadm farm_forwarding=ipip drill_topology=webfarm_ipvs_ipvsadm_ipip",
        "pytest -v tests/verify",
        "make drill VARS=farm_director=ipvsadm farm_forwarding=ipip drill_topology=webfarm_ipvs_ipvsadm_ipip",
        "make down VARS=farm_director=ipvsadm farm_forwarding=ipip drill_topology=webfarm_ipvs_ipvsadm_ipip",
    ]
    assert len(calls) == 9 * 4
    assert all("HALAB_VARS=farm_director=" in call and call.endswith("HALAB_TOPOLOGY=webfarm_ipvs") for call in calls)


def test_some_of_them_have_their_turns_as_they_are_named(run):
    done, calls = run("nothing", "ldirectord_masq", "keepalived_ipip")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("  2 of 2 combinations passed")
    assert [call.split("drill_topology=webfarm_ipvs_")[1].split()[0] for call in calls if call.startswith("make up")] == [
        "ldirectord_masq", "keepalived_ipip"]


def test_one_that_there_is_not_is_refused_before_a_lab_is_touched(run):
    done, calls = run("nothing", "ldirectord_masq", "ldirectord_tun")
    assert done.returncode == 64
    assert "There is no combination ldirectord_tun; there are keepalived_gate keepalived_masq" in done.stderr
    assert calls == []


@pytest.mark.parametrize("fails, words, calls_less", [
    ("make drill .*_ldirectord_masq ", ["5 of 9, ldirectord with masq: drill"], 0),
    ("(pytest|make drill) .*_keepalived_gate ", ["1 of 9, keepalived with gate: tests/verify drill"], 0),
    # Without a farm there is nothing to look at.
    ("make up .*_keepalived_", ["%d of 9, keepalived with %s: up converge" % found
                                for found in enumerate(("gate", "masq", "ipip"), 1)], 6),
    ("make down .*_ipvsadm_ipip ", ["9 of 9, ipvsadm with ipip: down"], 0),
])
def test_it_goes_on_and_says_what_failed(run, fails, words, calls_less):
    done, calls = run(fails)
    assert done.returncode == 1
    said = done.stdout.splitlines()
    assert said[-len(words):] == words
    assert said[-len(words) - 1].endswith("  %d of 9 combinations passed" % (9 - len(words)))
    assert len(calls) == 9 * 4 - calls_less
    assert sum(call.startswith("make down") for call in calls) == 9


def test_an_interrupted_one_goes_no_further_and_leaves_no_lab(run, tmp_path):
    # The terminal sends the signal to the script as well, and pytest only returns another number.
    (tmp_path / "pytest").write_text("#!/bin/bash\nkill -INT $PPID\nexit 2\n", encoding="utf-8")
    done, calls = run("nothing")
    assert done.returncode == 130
    assert [call.split()[1] for call in calls] == ["up", "down"]
