# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environment is made again when it has to be, and only then; which playbook makes a cluster; a failed scenario."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path):
    """One with an environment that was made before requirements.txt was checked out, whose programs only say that they ran."""
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, script in (("python", "exit 0"), ("pip", "echo pip ran"), ("python3", "echo python3 ran")):
        (programs / name).write_text("#!/bin/sh\n%s\n" % script, encoding="utf-8")
        (programs / name).chmod(0o755)
    copy = tmp_path / ".venv" / "requirements.txt"
    shutil.copy(tmp_path / "requirements.txt", copy)
    os.utime(copy, (1, 1))
    # Found before the system's, which the Makefile takes by leaving the environment's out.
    (tmp_path / "bin").mkdir()
    shutil.copy(programs / "python3", tmp_path / "bin" / "python3")
    return tmp_path


def set_up(checkout):
    environment = dict(os.environ, PATH="%s:%s" % (checkout / "bin", os.environ["PATH"]))
    return subprocess.run(
        ["make", "setup"], cwd=checkout, env=environment, capture_output=True, text=True, check=True).stdout


def test_it_stays_where_it_has_what_is_required(checkout):
    assert "ran" not in set_up(checkout)
    assert (checkout / ".venv" / "requirements.txt").stat().st_mtime > 1


def test_it_is_made_again_where_something_else_is_required(checkout):
    with (checkout / "requirements.txt").open("a", encoding="utf-8") as handle:
        handle.write("jmespath==0.0.1\n")
    said = set_up(checkout)
    assert "python3 ran" in said and "pip ran" in said
    assert "jmespath==0.0.1" in (checkout / ".venv" / "requirements.txt").read_text(encoding="utf-8")


def test_it_is_made_again_where_it_does_not_work(checkout):
    (checkout / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert "pip ran" in set_up(checkout)


@pytest.mark.parametrize("name, group, expected", [("prod", "cluster", "site"), ("far_apart", "site_a", "geo")])
def test_an_inventory_with_sites_is_converged_by_its_own_playbook(checkout, name, group, expected):
    (checkout / "inventories" / name / "group_vars" / group).mkdir(parents=True)
    ansible = checkout / ".venv" / "bin" / "ansible-playbook"
    ansible.write_text("#!/bin/sh\necho \"$@\"\n", encoding="utf-8")
    ansible.chmod(0o755)
    done = subprocess.run(
        ["make", "converge", "TOPOLOGY=%s" % name], cwd=checkout, capture_output=True, text=True, check=False)
    assert "-i inventories/%s -e lab_os=debian13 playbooks/%s.yml" % (name, expected) in done.stdout, done.stderr


def scenario(checkout, molecule):
    """`make scenario`, with a molecule that says this; that a lab is removed is only said."""
    set_up(checkout)
    for name, script in (("molecule", molecule), ("ansible-playbook", "echo removed by $*"), ("pgrep", "exit 1")):
        program = checkout / ".venv" / "bin" / name
        program.write_text("#!/bin/sh\n%s\n" % script, encoding="utf-8")
        program.chmod(0o755)
    return subprocess.run(["make", "scenario", "TOPOLOGY=webfarm"], cwd=checkout, capture_output=True, text=True, check=False)


def test_a_scenario_that_failed_says_so_after_its_lab_is_removed(checkout):
    done = scenario(checkout, "echo '[ERROR]: Task failed'; echo 'fatal: [lb1]: FAILED! => the reason'; seq 40; exit 3")
    assert done.returncode == 2
    said = done.stdout.splitlines()
    removed = said.index("removed by -i inventories/webfarm -e lab_os=debian13 playbooks/lab_down.yml")
    assert said[removed + 1:removed + 3] == [
        "What failed, from build/scenario-webfarm-debian13.log:", "fatal: [lb1]: FAILED! => the reason"]


def test_one_that_passed_says_nothing_of_it(checkout):
    done = scenario(checkout, "echo all went well")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("all went well\n") and "failed" not in done.stdout
