# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every role and module of the collection promises by its shape."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
# A folder is a role as soon as it has tasks.
ROLES = sorted(path.parent.parent.name for path in ROOT.glob("roles/*/tasks/main.yml"))
MODULES = sorted(path.stem for path in ROOT.glob("plugins/modules/*.py"))
ROOMS = ["assert", "able", "install", "configure", "service"]
# These two act instead of configuring: only refusing comes first there.
OTHER_ROOMS = ("lab", "drill")
TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict, "path": str}


def load(path):
    """One YAML document."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def defaults_of(role):
    """The variables that a user may set, with their defaults."""
    path = ROOT / "roles" / role / "defaults" / "main.yml"
    return (load(path) or {}) if path.exists() else {}


def options_of(role):
    """The options of all entry points of a role."""
    specs = load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    merged = {}
    for name, entry_point in specs.items():
        for option, spec in (entry_point.get("options") or {}).items():
            assert merged.setdefault(option, spec) == spec, "%s differs in entry point %s" % (option, name)
    return merged


@pytest.mark.parametrize("role", ROLES)
class TestRole:
    def test_names_agree(self, role):
        optional = {name for name, spec in options_of(role).items() if "default" in spec}
        assert optional == set(defaults_of(role)), "defaults/main.yml and meta/argument_specs.yml name different variables"

    def test_defaults_agree(self, role):
        options = options_of(role)
        for name, value in defaults_of(role).items():
            assert options[name]["default"] == value, name
            assert type(options[name]["default"]) is type(value), name

    def test_types_fit_the_defaults(self, role):
        for name, spec in options_of(role).items():
            value = spec.get("default")
            # The type of a template is known only when it is used.
            if value is None or (isinstance(value, str) and "{{" in value):
                continue
            wanted = TYPES[spec["type"]]
            assert isinstance(value, wanted), "%s is no %s" % (name, spec["type"])
            assert spec["type"] == "bool" or not isinstance(value, bool), "%s is a boolean" % name

    def test_names_are_the_roles_own(self, role):
        for name in options_of(role):
            assert name.startswith(role + "_"), name

    def test_everything_is_described(self, role):
        for name, spec in options_of(role).items():
            assert spec.get("type"), "%s has no type" % name
            assert spec.get("description"), "%s has no description" % name
            assert spec["type"] != "list" or spec.get("elements"), "%s does not say what it is a list of" % name

    def test_every_default_has_a_comment(self, role):
        path = ROOT / "roles" / role / "defaults" / "main.yml"
        above = ""
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            if re.match(r"^[a-z]\w*:", line):
                assert above.startswith("#"), "nothing says what %s is" % line.split(":")[0]
            above = line

    def test_readme_is_the_generated_one(self, role):
        spec = importlib.util.spec_from_file_location("generator", ROOT / "docs" / "generate_role_readmes.py")
        generator = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(generator)
        path = ROOT / "roles" / role / "README.md"
        assert path.exists() and path.read_text(encoding="utf-8") == generator.readme(role), "run: make readmes"

    def test_rooms(self, role):
        tasks = load(ROOT / "roles" / role / "tasks" / "main.yml")
        imported = []
        for task in tasks:
            for action in ("ansible.builtin.import_tasks", "ansible.builtin.include_tasks"):
                value = task.get(action)
                if value:
                    imported.append(Path(value["file"] if isinstance(value, dict) else value).stem)
        assert imported[:1] == ["assert"], "refusing comes first"
        if role not in OTHER_ROOMS:
            assert imported == [room for room in ROOMS if room in imported], "the rooms are %s" % ", ".join(ROOMS)
        for room in imported:
            assert (ROOT / "roles" / role / "tasks" / (room + ".yml")).exists(), room
        assert (ROOT / "roles" / role / "meta" / "main.yml").exists()

    def test_private_names(self, role):
        """vars/ holds what nobody sets from outside, and says so by its names."""
        for path in (ROOT / "roles" / role).glob("vars/*.yml"):
            for name in load(path) or {}:
                assert name.startswith("__%s_" % role), "%s: %s" % (path.name, name)


def tasks_and_playbooks():
    """Everything that runs on a user's machines."""
    return sorted(ROOT.glob("roles/*/tasks/*.yml")) + sorted(ROOT.glob("roles/*/handlers/*.yml")) + sorted(
        ROOT.glob("playbooks/**/*.yml")
    )


@pytest.mark.parametrize("path", tasks_and_playbooks(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_ignored(path):
    """An error is handled or it ends the run."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*ignore_errors:", text, re.MULTILINE)
    assert not re.search(r"^\s*failed_when:\s*(false|False|no)\s*$", text, re.MULTILINE)


@pytest.mark.parametrize("path", tasks_and_playbooks(), ids=lambda path: str(path.relative_to(ROOT)))
def test_facts_are_not_injected(path):
    """Facts are read as ansible_facts['x']; the short names are switched off in ansible.cfg."""
    injected = r"\bansible_(distribution|os_family|hostname|default_ipv4|fqdn|processor|memtotal_mb|kernel|date_time)"
    assert not re.search(injected, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path",
    tasks_and_playbooks() + sorted(
        path for pattern in ("roles/*/vars/*.yml", "roles/*/defaults/*.yml", "roles/*/templates/**/*.j2", "playbooks/templates/*.j2",
                             "inventories/**/*.yml", "docs/**/*.md", "docs/**/*.yml")
        for path in ROOT.glob(pattern)),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_lists_keep_their_order(path):
    """Ansible's filters for sets give them in another order in each run: the first of them is another host each time."""
    found = re.findall(r"\|\s*(?:union|intersect|difference|symmetric_difference)\b", path.read_text(encoding="utf-8"))
    assert not found, "use reject('in', ...), select('in', ...), + and unique"


@pytest.mark.parametrize("path", sorted(ROOT.glob("roles/lab/tasks/*.yml")), ids=lambda path: path.name)
def test_the_lab_asks_its_nodes_and_not_itself(path):
    """Its plays have a local connection, and a delegated task takes that over unless it says otherwise."""
    for task in load(path):
        assert "delegate_to" not in task or task.get("connection") == "ssh", task["name"]


def assigned(module, name):
    """The text assigned to a name at the top of a module."""
    tree = ast.parse((ROOT / "plugins" / "modules" / (module + ".py")).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    return None


@pytest.mark.parametrize("module", MODULES)
class TestModule:
    def test_is_in_the_action_group(self, module):
        assert module in load(ROOT / "meta" / "runtime.yml")["action_groups"]["cluster"]

    def test_examples_are_tasks_by_full_name(self, module):
        tasks = yaml.safe_load(assigned(module, "EXAMPLES"))
        names = {key for task in tasks for key in task if "." in key}
        assert "halab.cluster.%s" % module in names, "no example uses the module by its full name"
        assert all(task.get("name") for task in tasks)


def test_moments_are_right_in_every_time_zone():
    # Ansible's now(utc=true) has no zone, so that its timestamp() takes it for local time.
    assert not [path for path in ROOT.glob("roles/**/*.yml") if "now(utc=true).timestamp" in path.read_text("utf-8")]


def test_what_is_started_again_at_once_is_so_however_often_it_dies():
    # systemd gives up after five starts in ten seconds, which a pause of two seconds or more never comes to.
    for path in [*ROOT.glob("roles/*/files/*.conf"), *ROOT.glob("roles/*/files/*.service")]:
        found = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines() if line.startswith(
            ("Restart=", "RestartSec=", "StartLimitIntervalSec=")))
        if found.get("RestartSec") in ("100ms", "1") or "Restart" in found and "RestartSec" not in found:
            assert found.get("StartLimitIntervalSec") == "0", path


def test_the_action_group_names_only_what_exists():
    assert load(ROOT / "meta" / "runtime.yml")["action_groups"]["cluster"] == MODULES


def test_requirements_agree_with_galaxy():
    wanted = {entry["name"]: entry["version"] for entry in load(ROOT / "requirements.yml")["collections"]}
    assert wanted == load(ROOT / "galaxy.yml")["dependencies"]
