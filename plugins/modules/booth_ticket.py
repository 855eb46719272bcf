#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: booth_ticket
short_description: Grant a ticket to a site, or revoke it
version_added: 0.1.0
description:
  - Grants a ticket of booth to a site, or revokes it, and waits until it is so. The cluster of the site that gets a ticket
    knows it then. A site that loses one has forgotten it, and where this module runs on one of its nodes, has stopped what
    depends on the ticket.
  - Every member is asked before. What booth would refuse, or do later than anybody expects, is refused with what to do
    instead.
  - Run it on a host that has C(booth.conf) and its key, such as a node of a site or an arbitrator.
author:
  - halab.cluster contributors (@halab)
requirements:
  - booth 1.0 or later on the host
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
notes:
  - A ticket that moves is revoked first, and granted when the old site has stopped what depends on it. There is no step
    that does both, since this module sees one site only; C(playbooks/ticket_revoke.yml) waits for both.
  - Where a site does not answer, booth gives its ticket away after C(expire) and C(acquire-after). Taking that time away
    (C(booth grant -F)) is left to a person who knows that this site is dead.
seealso:
  - module: halab.cluster.booth_info
options:
  name:
    description: The ticket.
    type: str
    required: true
  state:
    description:
      - V(granted), O(site) has it, and booth moves it when that site is lost. V(revoked), nobody has it, and booth leaves
        it so.
    type: str
    choices: [granted, revoked]
    default: granted
  site:
    description:
      - The address of the site in C(booth.conf). With O(state=revoked), refuse to take the ticket from another one.
      - Required with O(state=granted).
    type: str
  config:
    description: The name of the configuration, that of F(/etc/booth/NAME.conf), or an absolute path.
    type: str
    default: booth
  timeout:
    description: How long to wait until it is so, in seconds. A site that is silent is waited for as long as its lease lasts.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Let the first site serve
  halab.cluster.booth_ticket:
    name: web
    site: 198.18.0.101
  become: true
  run_once: true

- name: Take it away, and have nobody serve
  halab.cluster.booth_ticket:
    name: web
    state: revoked
  become: true
  run_once: true
"""

RETURN = r"""
before:
  description: The site that had it.
  returned: success
  type: str
after:
  description: The site that has it; in check mode, that would have it.
  returned: success
  type: str
now:
  description: What is true in the end, or by prediction, in a sentence.
  returned: success
  type: str
  sample: Ticket web is with site 198.18.0.101.
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _booth_read
from ansible_collections.halab.cluster.plugins.module_utils._booth_host import ADVICE, Booth
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import Pacemaker

STEP = 0.5  # s between two looks at the members


def is_so(ticket, params):
    """Whether the ticket is where it is wanted."""
    if params["state"] == "revoked":
        return ticket["leader"] is None and not ticket["holders"]
    return ticket["holders"] == [params["site"]] and not ticket["pending"]


def wait(module, booth, deadline):
    """Until every member that answers has heard of it."""
    name = module.params["name"]
    while True:
        ticket = booth.look()["tickets"][name]
        if is_so(ticket, module.params) and ticket["agreed"]:
            return ticket
        if time.monotonic() > deadline:
            module.fail_json(msg="booth has taken the order, but after %s s it is not so: %s %s" % (
                module.params["timeout"], _booth_read.told(name, ticket), ADVICE))
        time.sleep(STEP)


def settle(module):
    """What depends on a ticket starts and stops after booth is done. An arbitrator has no Pacemaker, and no such thing."""
    pacemaker = Pacemaker(module, module.params["timeout"])
    if pacemaker.daemons()["pacemakerd"]:
        pacemaker.wait_settled("The ticket is %s" % module.params["state"])


def order(module, booth, ticket):
    params = module.params
    name, site = params["name"], params["site"]
    deadline = time.monotonic() + params["timeout"]
    if params["state"] == "granted":
        argv = booth.argv("grant", site, "-w", "-C", name)
    else:
        # Whoever has it is asked; an arbitrator or the other site would only send the client there.
        argv = booth.argv("revoke", (ticket["holders"] or [ticket["leader"]])[0], "-w", name)
    rc, out, err = booth.run(argv, params["timeout"])
    if rc:
        said = "no answer within timeout (%s s)" % params["timeout"] if rc == 124 else err.strip() or out.strip()
        module.fail_json(rc=rc, msg="%s failed with rc %s: %s. %s" % (" ".join(argv), rc, said.rstrip("."), ADVICE))
    return wait(module, booth, deadline)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            state=dict(type="str", choices=["granted", "revoked"], default="granted"),
            site=dict(type="str"),
            config=dict(type="str", default="booth"),
            timeout=dict(type="int", default=120),
        ),
        required_if=[("state", "granted", ["site"])],
        supports_check_mode=True,
    )
    params, name = module.params, module.params["name"]
    booth = Booth(module, params["config"])
    found = booth.look()
    problems = [] if name in booth.conf["tickets"] else _booth_read.problems(params, booth.conf, {})
    if not problems:
        booth.must_answer(found)
        problems = _booth_read.problems(params, booth.conf, found["tickets"])
    if problems:
        module.fail_json(msg=" ".join(problems) + " Nothing was changed.", problems=problems)
    before = found["tickets"][name]
    wanted = dict(before, leader=None, holders=[], pending=False)
    if params["state"] == "granted":
        wanted.update(leader=params["site"], holders=[params["site"]])
    changed = not is_so(before, params)
    after = wanted if changed else before
    if changed and not module.check_mode:
        after = order(module, booth, before)
        settle(module)
    texts = [_booth_read.told(name, ticket) + "\n" for ticket in (before, after)]
    module.exit_json(
        changed=changed, before=before["leader"], after=after["leader"], now=texts[1].strip(),
        diff=dict(before=texts[0], after=texts[1], before_header="ticket %s" % name, after_header="ticket %s" % name))


if __name__ == "__main__":
    main()
