# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user installs it: built, installed elsewhere, used by its full names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
ROLES = sorted(path.parent.parent.name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
MODULES = sorted(path.stem for path in ROOT.glob("plugins/modules/*.py"))
PLAYBOOKS = sorted(path.stem for path in ROOT.glob("playbooks/*.yml"))


def run(arguments, directory, collections):
    """A command of this environment, away from the checkout and its configuration."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHONPATH"))}
    environment.update(
        ANSIBLE_COLLECTIONS_PATH=str(collections),
        ANSIBLE_NOCOLOR="1",
        LC_ALL="C.UTF-8",
        PATH="%s:%s" % (BIN, os.environ["PATH"]),
    )
    return subprocess.run(arguments, cwd=directory, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A directory with nothing but the installed collection, and its inventory."""
    directory = tmp_path_factory.mktemp("elsewhere")
    collections = directory / "collections"
    built = run(["ansible-galaxy", "collection", "build", str(ROOT), "--output-path", "."], directory, collections)
    assert built.returncode == 0, built.stderr
    artifact = next(directory.glob("halab-cluster-*.tar.gz"))
    done = run(
        ["ansible-galaxy", "collection", "install", "--offline", "--no-deps", "-p", str(collections), artifact.name],
        directory,
        collections,
    )
    assert done.returncode == 0, done.stderr
    (directory / "hosts.yml").write_text(
        "cluster: {hosts: {a: {ansible_host: 192.0.2.1}, b: {ansible_host: 192.0.2.2}}}\n", encoding="utf-8"
    )
    return directory, collections, artifact


def test_the_artifact_holds_what_is_needed_and_no_more(installed):
    with tarfile.open(installed[2]) as archive:
        names = archive.getnames()
    tops = {name.split("/")[0] for name in names}
    assert {"MANIFEST.json", "README.md", "LICENSE", "CHANGELOG.rst", "meta", "playbooks", "plugins", "roles"} <= tops
    assert not tops & {".venv", ".cache", ".ci", ".git", "build", "tests", "molecule"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".tar.gz"))]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_playbook_by_full_name(installed, playbook):
    directory, collections, artifact = installed
    done = run(
        ["ansible-playbook", "-i", "hosts.yml", "--syntax-check", "halab.cluster.%s" % playbook], directory, collections
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_by_full_name(installed):
    directory, collections, artifact = installed
    done = run(["ansible-doc", "--json", *("halab.cluster.%s" % module for module in MODULES)], directory, collections)
    assert done.returncode == 0, done.stderr
    documented = json.loads(done.stdout)
    for module in MODULES:
        attributes = documented["halab.cluster.%s" % module]["doc"]["attributes"]
        missing = {"check_mode", "diff_mode", "idempotent", "platform"} - set(attributes)
        assert not missing, "%s does not say %s" % (module, missing)


def test_roles_by_full_name(installed):
    directory, collections, artifact = installed
    names = ["halab.cluster.%s" % role for role in ROLES]
    done = run(["ansible-doc", "-t", "role", "--json", *names], directory, collections)
    assert done.returncode == 0, done.stderr
    assert all('"halab.cluster.%s"' % role in done.stdout for role in ROLES), done.stdout
