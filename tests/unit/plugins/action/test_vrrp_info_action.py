# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The question that the action plugin of module vrrp_info asks: where keepalived has all routers, nobody listens."""

from __future__ import annotations

import first_question
import pytest
from ansible_collections.halab.cluster.plugins.action import vrrp_info as action

ROUTER = {"interface": "eth0", "virtual_router_id": 51, "family": 4}
CONF = (
    "vrrp_instance web {\n\tinterface eth0\n\tvirtual_router_id 51\n"
    "\tauthentication {\n\t\tauth_type PASS\n\t\tauth_pass Ieshah7A\n\t}\n"
    "\tvirtual_ipaddress {\n\t\t192.0.2.100/24\n\t}\n}\n"
)


@pytest.fixture
def play(tmp_path, monkeypatch):
    """The result, and the node that was asked."""
    monkeypatch.setattr(action.AskFirst.__base__, "run", lambda self, tmp=None, task_vars=None: {})
    path = tmp_path / "keepalived.conf"

    def played(text, **options):
        if text is not None:
            path.write_text(text)
        node = first_question.Node(tmp_path / "bin")
        args = {"routers": [ROUTER], "keepalived_conf": str(path), **options}
        return first_question.plugin(action, args, node).run(task_vars={}), node
    return played


def test_nothing_to_listen_for(play):
    result, node = play(CONF)
    assert result == {"changed": False, "adverts": [], "new": [], "absent": []}
    assert len(node.commands) == 1
    assert "Ieshah7A" not in node.answer["stdout"], "a password is not fetched"


@pytest.mark.parametrize("text", [None, "", CONF.replace("51", "52"), CONF.replace("eth0", "eth1"), CONF[:40]])
def test_the_module_listens(play, text):
    assert play(text)[0] == {"of": "the module"}


@pytest.mark.parametrize("options", [
    {"routers": None, "interfaces": ["eth0"]},
    {"keepalived_conf": "~/keepalived.conf"},
    {"seconds": 0},
    {"routers": [{"interface": "eth0"}]},
])
def test_the_module_is_not_spared(play, options):
    result, node = play(CONF, **options)
    assert result == {"of": "the module"} and node.commands == []
