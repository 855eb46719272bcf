#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: haproxy_info
short_description: Tell about the frontends, backends and servers of a running haproxy
version_added: 0.1.0
description:
  - Returns what haproxy says over its runtime socket of its frontends, backends and servers, and of itself.
  - Reads C(show stat) (as CSV), C(show servers state) and C(show info json).
author:
  - halab.cluster contributors (@halab)
requirements:
  - haproxy 2.6 or later on the node, with a C(stats socket) of any level
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  socket:
    description: The runtime socket, as C(stats socket) in section C(global) of haproxy.cfg names it.
    type: path
    default: /run/haproxy/admin.sock
  backend:
    description: Tell only about this backend and its servers. One that does not exist is refused.
    type: str
  server:
    description: Tell only about servers of this name. One that does not exist is refused.
    type: str
seealso:
  - module: halab.cluster.haproxy_server
  - name: HAProxy Management Guide
    description: Section 9.1 says what the columns mean.
    link: https://docs.haproxy.org/2.6/management.html
"""

EXAMPLES = r"""
- name: Look at all servers
  halab.cluster.haproxy_info:
  register: haproxy

- name: Wait until a server has passed its checks
  halab.cluster.haproxy_info:
    backend: app
    server: web1
  register: haproxy
  until: haproxy.servers[0].status == 'UP'
  retries: 30
  delay: 1
"""

RETURN = r"""
frontends:
  description:
    - The frontends, with all columns of C(show stat) that are not empty, by haproxy's own names.
    - None when O(backend) or O(server) is given.
  returned: success
  type: list
  elements: dict
  contains:
    frontend:
      description: Its name.
      type: str
      sample: web
    status:
      description: V(OPEN), V(STOP) or V(FULL).
      type: str
      sample: OPEN
    scur:
      description: Current sessions.
      type: int
      sample: 3
    stot:
      description: Sessions since the start.
      type: int
      sample: 1802
backends:
  description: The backends, with all columns of C(show stat) that are not empty, by haproxy's own names.
  returned: success
  type: list
  elements: dict
  contains:
    backend:
      description: Its name.
      type: str
      sample: app
    status:
      description: V(UP) or V(DOWN).
      type: str
      sample: UP
    act:
      description: How many active servers are up.
      type: int
      sample: 3
    scur:
      description: Current sessions.
      type: int
      sample: 3
    qcur:
      description: Requests that wait for a server.
      type: int
      sample: 0
    lastchg:
      description: Seconds since it last went up or down.
      type: int
      sample: 86012
    algo:
      description: Its C(balance). Only from a socket of level operator or admin.
      type: str
      sample: roundrobin
servers:
  description:
    - The servers, with all columns of C(show stat) that are not empty, by haproxy's own names, and what follows here.
  returned: success
  type: list
  elements: dict
  contains:
    backend:
      description: The backend it belongs to.
      type: str
      sample: app
    server:
      description: Its name.
      type: str
      sample: web1
    address:
      description: Its address.
      type: str
      sample: 192.0.2.31
    port:
      description: Its port.
      type: int
      sample: 80
    state:
      description: What it was told to be, V(ready), V(drain) or V(maint), by somebody or by the configuration.
      type: str
      sample: ready
    up:
      description: Whether haproxy holds it for up. One in maintenance is not, one that drains may be.
      type: bool
      sample: true
    forced:
      description:
        - What keeps it from what RV(servers[].state) and its health check say, each as a part of a sentence. That is
          a state inherited from a server it tracks, a name that does not resolve, an agent check that says it is
          down, or health that somebody has set by hand while the check is disabled.
        - An agent check can also drain a server. haproxy does not tell that from somebody else's C(drain).
      type: list
      elements: str
      sample: ["DOWN by its agent check (via agent : down)"]
    status:
      description:
        - V(UP), V(DOWN), V(NOLB), V(MAINT), V(DRAIN) or V(no check). V(UP 1/3) is on its way down or has just come
          back, V(DOWN 1/2) on its way up. V(DRAIN (agent\)) drains and has an agent check, whoever has drained it.
      type: str
      sample: UP
    check:
      description: Whether its health check is V(enabled), V(disabled) or V(none) is configured.
      type: str
      sample: enabled
    agent:
      description: The same of its agent check.
      type: str
      sample: none
    check_status:
      description: How its last health check ended, such as V(L7OK) or V(L4CON). With C(*) one is under way.
      type: str
      sample: L7OK
    last_chk:
      description: What its last health check had to say besides.
      type: str
      sample: Connection refused
    weight:
      description: Its weight as of C(show stat), which is the one in effect.
      type: int
      sample: 100
    uweight:
      description: The weight that was set last.
      type: int
      sample: 100
    iweight:
      description: The weight that the configuration gives it.
      type: int
      sample: 100
    scur:
      description: Current sessions.
      type: int
      sample: 1
    qcur:
      description: Requests that wait for this server.
      type: int
      sample: 0
    lastchg:
      description: Seconds since it last changed between up and down.
      type: int
      sample: 120
    downtime:
      description: Seconds that it was down in all.
      type: int
      sample: 0
    stot:
      description: Sessions since the start.
      type: int
      sample: 604
    bin:
      description: Bytes of requests since the start.
      type: int
      sample: 51944
    bout:
      description: Bytes of answers since the start.
      type: int
      sample: 98012
    econ:
      description: Connections to it that failed since the start.
      type: int
      sample: 0
    chkfail:
      description: Health checks that failed while it was up, since the start.
      type: int
      sample: 0
info:
  description: What C(show info json) says of the process, by haproxy's own names.
  returned: success
  type: dict
  sample: {Name: HAProxy, Version: "2.6.12-1+deb12u4", Uptime_sec: 86400, CurrConns: 12, Maxconn: 5000}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._haproxy_host import Haproxy


def refuse_unknown(module, here):
    """A filter that lets nothing through is a mistake."""
    for option, entries in (("backend", here["backends"]), ("server", here["servers"])):
        wanted, known = module.params[option], sorted({entry[option] for entry in entries})
        if wanted is not None and wanted not in known:
            module.fail_json(
                msg="%s: haproxy has no %s %s; it has %s." % (option, option, wanted, ", ".join(known) or "none")
            )


def main():
    module = AnsibleModule(
        argument_spec=dict(
            socket=dict(type="path", default="/run/haproxy/admin.sock"),
            backend=dict(type="str"),
            server=dict(type="str"),
        ),
        supports_check_mode=True,
    )
    backend, server = module.params["backend"], module.params["server"]
    haproxy = Haproxy(module, module.params["socket"])
    here = haproxy.look()
    refuse_unknown(module, here)
    servers = [
        entry for entry in here["servers"] if backend in (None, entry["backend"]) and server in (None, entry["server"])
    ]
    owners = {entry["backend"] for entry in servers}
    module.exit_json(
        changed=False,
        frontends=here["frontends"] if backend is None and server is None else [],
        backends=[
            entry
            for entry in here["backends"]
            if backend in (None, entry["backend"]) and (server is None or entry["backend"] in owners)
        ],
        servers=servers,
        info=haproxy.info(),
    )


if __name__ == "__main__":
    main()
