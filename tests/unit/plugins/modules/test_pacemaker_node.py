# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.modules import pacemaker_node


def test_case(case, check_case):
    check_case(pacemaker_node, case)
