# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module against recorded tools, described by a YAML file beside the test.

A case is a small world with two states, before and after. `replies` says what each tool answers in which state; a
reply with `writes: true` moves the world to after. Every case is run three times: as a run (from before), in check mode
(from before, where nothing may write) and as a run again (from after, which may neither write nor report a change).
What check mode returns must be what the run returns, apart from the keys in `unpredictable`.

A reply: argv (temporary files as TMP), then rc, out, err, or file (a fixture, as out), or a list of those in `then`,
used one after the other; `saves` is a fixture that the tool writes to the file behind its --save-output. A reply may be
split into `before:` and `after:`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import re

import pytest
import yaml
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"


class World:
    """Answers run_command, and remembers what was asked."""

    def __init__(self, case, state, tmpdir):
        self.case = case
        self.state = state
        self.tmpdir = str(tmpdir)
        self.calls = []
        self.wrote = []
        self.used = {}

    def run_command(self, argv, **kwargs):
        assert isinstance(argv, list), "commands are argument lists"
        environment = kwargs.get("environ_update") or {}
        assert environment.get("LC_ALL") == "C" and environment.get("LANGUAGE") == "C", "locale is C"
        # It works on a file, which it makes beside the cluster's own otherwise, also where that disk is full.
        assert argv[0] != "crm_simulate" or environment.get("CIB_shadow_dir") == self.tmpdir, "nothing is touched to predict"
        shown = re.sub(re.escape(self.tmpdir) + r"/\S+", "TMP", " ".join(argv))
        self.calls.append(shown)
        for number, reply in enumerate(self.case["replies"]):
            if reply["argv"] == shown:
                if "saves" in reply:
                    target = pathlib.Path(argv[argv.index("--save-output") + 1])
                    target.write_text((FIXTURES / reply["saves"]).read_text())
                return self._answer(number, reply, kwargs.get("data"))
        raise AssertionError("the case has no reply to: %s" % shown)

    def _answer(self, number, reply, data):
        answer = reply.get(self.state, reply)
        if "then" in answer:
            turn = self.used.get((number, self.state), 0)
            self.used[(number, self.state)] = turn + 1
            answer = answer["then"][min(turn, len(answer["then"]) - 1)]
        if answer.get("data"):
            assert (FIXTURES / answer["data"]).read_text() == data, "what the tool gets on its standard input"
        if answer.get("writes", reply.get("writes")):
            self.wrote.append(reply["argv"])
            self.state = "after"
        out = (FIXTURES / answer["file"]).read_text() if "file" in answer else answer.get("out", "")
        for old, new in answer.get("replace", {}).items():
            assert old in out
            out = out.replace(old, new)
        return answer.get("rc", 0), out, answer.get("err", "")


@pytest.fixture
def run_module(monkeypatch, tmp_path):
    """Run a module's main() in a world; returns its result."""
    def run(module, world_case, state="before", check=False, world=None):
        world = world or World(world_case, state, tmp_path)
        monkeypatch.setattr(basic.AnsibleModule, "run_command", lambda self, argv, **kwargs: world.run_command(
            argv, **kwargs))
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        # A module warns in its result, also after another test has imported the controller's part of Ansible.
        monkeypatch.setattr("ansible.module_utils._internal.is_controller", False)
        # A module has a process of its own, which has warned of nothing yet.
        monkeypatch.setattr("ansible.module_utils.common.warnings._global_warnings", {})
        arguments = dict(world_case["input"], _ansible_check_mode=check, _ansible_diff=True,
                         _ansible_remote_tmp=str(tmp_path), _ansible_tmpdir=str(tmp_path))
        out = io.StringIO()
        with patch_module_args(arguments), contextlib.redirect_stdout(out), pytest.raises(SystemExit):
            module.main()
        assert not [name for name in os.listdir(tmp_path) if name.startswith("cib-")], "temporary files are removed"
        result = json.loads(re.sub(re.escape(str(tmp_path)) + r"/[^\s\"]+", "TMP", out.getvalue()))
        result.pop("invocation", None)
        return result, world
    return run


def pytest_generate_tests(metafunc):
    """A test with the argument `case` gets those of the YAML file beside it, once for each Debian (@os) they name."""
    if "case" not in metafunc.fixturenames:
        return
    cases = []
    for case in yaml.safe_load(pathlib.Path(metafunc.module.__file__).with_suffix(".yml").read_text()):
        for name in case.get("os", ["debian12", "debian13"]):
            cases.append(pytest.param(yaml.safe_load(yaml.safe_dump(case).replace("@os", name)),
                                      id="%s-%s" % (case["name"], name)))
    metafunc.parametrize("case", cases)


@pytest.fixture
def check_case(run_module):
    """The three runs of a case."""
    def check(module, case):
        result, world = run_module(module, case)
        expected = case["expect"]
        for key, value in expected.items():
            if key == "msg":
                for part in value if isinstance(value, list) else [value]:
                    assert part in result["msg"]
            elif key == "calls":
                assert world.calls == value
            elif key == "absent":
                for text in value:
                    assert text not in json.dumps(result)
            else:
                assert result.get(key) == value, key
        assert result.get("failed", False) == ("msg" in expected)
        assert bool(world.wrote) == expected.get("changed", bool(world.wrote))

        checked, world = run_module(module, case, check=True)
        assert world.wrote == [], "check mode writes nothing"
        if case.get("check", "same") == "same":
            for key in set(result) - set(case.get("unpredictable", [])):
                assert checked.get(key) == result[key], "check mode predicts %s" % key

        if expected.get("changed"):
            again, world = run_module(module, case, state="after")
            assert world.wrote == [] and again["changed"] is False, "a second run changes nothing"
    return check
