# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every refusal of a role's variables promises."""

from __future__ import annotations


def check(problems, case, variables):
    """Each sentence names a variable and what is allowed, and there is one for each text that the case expects."""
    for problem in problems:
        assert problem.startswith(tuple(variables)) and problem.endswith("."), problem
        assert "allowed" in problem, problem
    if case.get("accepted"):
        assert problems == []
        return
    for expected in case["expected"]:
        assert any(expected in problem for problem in problems), "\n".join(problems) or "nothing was refused"
    assert len(problems) == len(case["expected"]), "\n".join(problems)
