# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of refusals have in common: a role accepts the variables under `base`, and a case changes some."""

from __future__ import annotations

import copy

# Whatever is written into a variable, the answer is sentences and never a traceback.
VALUES = [None, 3, "text", True, [], {}, ["text"], [{}], {"a": {}}, [{"name": [], "id": {}}]]


def judge(case, problems, base):
    """Every sentence names a variable and what is allowed, and exactly the expected ones are there."""
    for problem in problems:
        assert problem.startswith(tuple(base)) and problem.endswith("."), problem
        assert "allowed" in problem, problem
    if case.get("accepted"):
        assert problems == []
        return
    for expected in case["expected"]:
        assert any(expected in problem for problem in problems), "\n".join(problems) or "nothing was refused"
    assert len(problems) == len(case["expected"]), "\n".join(problems)
    for hidden in case.get("hidden", []):
        assert not any(hidden in problem for problem in problems), "a secret is shown"


def with_variables(base, case):
    """The base with this case's variables in it."""
    variables = copy.deepcopy(base)
    variables.update(copy.deepcopy(case.get("variables", {})))
    return variables
