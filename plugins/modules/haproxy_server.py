#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: haproxy_server
short_description: Take servers of a running haproxy out, bring them back, and weigh them
version_added: 0.1.0
description:
  - Sets state and weight of servers over haproxy's runtime socket (C(set server)), and waits on demand until sessions
    have ended, or until the health check of a server that returns has passed.
  - What haproxy has no backend or server for is refused before anything is set. So are weights that it cannot have.
  - A server can be something else than it was told to be. It inherits the maintenance of a server that it tracks, its
    agent check says that it is down, or somebody has set its health. That is a warning here, and not undone.
  - haproxy forgets all of it when it is restarted, and when it is reloaded without C(load-server-state-from-file).
author:
  - halab.cluster contributors (@halab)
requirements:
  - haproxy 2.6 or later on the node, with a C(stats socket) of level admin
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
attributes:
  check_mode:
    details:
      - Whether sessions will be left for O(shutdown_sessions) to end cannot be predicted. In check mode those that are
        there now are counted as such only with O(timeout=0).
options:
  socket:
    description:
      - The runtime socket, as C(stats socket) in section C(global) of haproxy.cfg names it. It has to be of level
        admin.
    type: path
    default: /run/haproxy/admin.sock
  servers:
    description: The servers. Others are left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      backend:
        description: The backend that it belongs to.
        type: str
        required: true
      server:
        description: Its name in haproxy.cfg.
        type: str
        required: true
      state:
        description:
          - V(ready) takes requests when its health check allows.
          - V(drain) takes no new ones but those of sessions that persist on it, and is still checked.
          - V(maint) takes none at all and is not checked. Sessions that are there go on.
          - Not given, it stays as it is.
        type: str
        choices: [ready, drain, maint]
      weight:
        description:
          - V(0) to V(256), or a percentage of the weight that the configuration gives it, such as V(50%). haproxy
            rounds that down, and to 256 at most. With 0 it takes no new requests but those of sessions that persist on
            it.
          - A backend with C(balance static-rr), or a hash without C(hash-type consistent), takes no other weights
            than 0 and 100%.
          - Not given, it stays as it is.
        type: str
  wait:
    description:
      - Wait until servers that are in V(drain) or V(maint) have no sessions and no requests waiting, and until those
        that are V(ready) are C(UP).
      - A server that comes back from V(maint) counts as up at once, and is C(UP 1/3) until its first check has passed,
        which this waits for. With C(fall 1) haproxy makes no such difference, and there is nothing to wait for.
    type: bool
    default: false
  timeout:
    description: How long to wait, in seconds. At its end the task fails, and the states stay as they were set.
    type: int
    default: 300
  shutdown_sessions:
    description:
      - End the sessions that are left at the end of O(timeout) on servers in V(drain) or V(maint) instead of failing.
        Their clients see a connection that breaks. With O(timeout=0) that is done at once.
      - Needs O(wait=true).
    type: bool
    default: false
notes:
  - Connections that wait idle in a pool for another request (C(http-reuse)) are no sessions.
seealso:
  - module: halab.cluster.haproxy_info
  - name: HAProxy Management Guide
    description: Section 9.3 describes the commands.
    link: https://docs.haproxy.org/2.6/management.html
"""

EXAMPLES = r"""
- name: Drain web1, and give its sessions five minutes
  halab.cluster.haproxy_server:
    servers:
      - {backend: app, server: web1, state: drain}
    wait: true
    timeout: 300
    shutdown_sessions: true

- name: Take web1 back with half of its share, when its checks have passed
  halab.cluster.haproxy_server:
    servers:
      - {backend: app, server: web1, state: ready, weight: 50%}
    wait: true
    timeout: 60
"""

RETURN = r"""
commands:
  description: The commands that were given to haproxy, or in check mode would be given, in order.
  returned: always
  type: list
  elements: str
  sample: [set server app/web1 state drain, shutdown sessions server app/web1]
servers:
  description:
    - The servers that O(servers) names, as M(halab.cluster.haproxy_info) describes them. In check mode as they are.
  returned: success
  type: list
  elements: dict
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils._haproxy_host import Haproxy

STEP = 0.5  # s between two looks
ENDING = 10  # s that haproxy gets to end sessions


class Keeper:
    """Brings the servers to what is wanted."""

    def __init__(self, module):
        self.module = module
        self.wanted = module.params["servers"]
        self.commands = []
        self.haproxy = Haproxy(module, module.params["socket"], commands=self.commands)

    def refuse(self, sentences):
        if sentences:
            self.module.fail_json(msg=" ".join(sentences), problems=sentences, commands=[])

    def begin(self):
        """The servers as they are, when all that is wanted of them is possible."""
        self.refuse(plan.problems(self.wanted))
        self.haproxy.must_be_admin()
        here = self.haproxy.look()
        self.refuse(plan.refusals(self.wanted, here))
        return here["servers"]

    def look(self):
        servers = self.haproxy.look()["servers"]
        gone = [plan.name(wanted) for wanted in self.wanted if plan.find(wanted, servers) is None]
        if gone:
            self.fail("%s has been removed from haproxy in the meantime" % ", ".join(gone))
        return servers

    def fail(self, text):
        self.module.fail_json(msg=text + ".", commands=self.commands)

    def order(self, command):
        self.haproxy.order(command)
        self.commands.append(command)

    def set(self, servers):
        """Gives the commands, and looks whether they lasted."""
        for command in plan.commands(self.wanted, servers):
            self.order(command)
        servers = self.look()
        self.must_last(servers)
        return servers

    def must_last(self, servers):
        undone = plan.commands(self.wanted, servers)
        if undone:
            self.module.fail_json(msg=plan.UNDONE % "; ".join(undone), commands=self.commands)

    def watch(self, servers, seconds, left):
        """Looks until nothing is left or the time is over."""
        deadline = time.monotonic() + seconds
        while left(self.wanted, servers) and time.monotonic() < deadline:
            time.sleep(STEP)
            servers = self.look()
            self.must_last(servers)
        return servers

    def wait(self, servers):
        timeout = self.module.params["timeout"]
        servers = self.watch(servers, timeout, plan.still)
        if self.module.params["shutdown_sessions"] and plan.sessions(self.wanted, servers):
            for command in plan.shutdowns(self.wanted, servers):
                self.order(command)
            servers = self.watch(servers, ENDING, plan.sessions)
        still = plan.still(self.wanted, servers)
        if still:
            self.fail("All is set, but after %d s %s" % (timeout, ", ".join(still)))
        return servers


def main():
    module = AnsibleModule(
        argument_spec=dict(
            socket=dict(type="path", default="/run/haproxy/admin.sock"),
            servers=dict(
                type="list",
                elements="dict",
                required=True,
                options=dict(
                    backend=dict(type="str", required=True),
                    server=dict(type="str", required=True),
                    state=dict(type="str", choices=["ready", "drain", "maint"]),
                    weight=dict(type="str"),
                ),
                required_one_of=[("state", "weight")],
            ),
            wait=dict(type="bool", default=False),
            timeout=dict(type="int", default=300),
            shutdown_sessions=dict(type="bool", default=False),
        ),
        supports_check_mode=True,
    )
    params = module.params
    if params["shutdown_sessions"] and not params["wait"]:
        module.fail_json(msg="shutdown_sessions is true and wait is false; allowed is wait: true, with timeout: 0 to "
                             "end sessions at once.", commands=[])
    if params["timeout"] < 0:
        module.fail_json(msg="timeout is %d; allowed is 0 or more, in seconds." % params["timeout"], commands=[])
    keeper = Keeper(module)
    before = keeper.begin()
    if module.check_mode:
        servers = before
        keeper.commands += plan.commands(keeper.wanted, before)
        if params["shutdown_sessions"] and params["timeout"] == 0:
            keeper.commands += plan.shutdowns(keeper.wanted, before)
    else:
        servers = keeper.set(before)
        if params["wait"]:
            servers = keeper.wait(servers)
    for sentence in plan.warnings(keeper.wanted, servers):
        module.warn(sentence)
    module.exit_json(
        changed=bool(keeper.commands),
        commands=keeper.commands,
        servers=[plan.find(wanted, servers) for wanted in keeper.wanted],
        diff=plan.difference(keeper.wanted, before),
    )


if __name__ == "__main__":
    main()
