#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bond_confirm
short_description: Confirm a change of bonds, so that the host does not take it back
version_added: 0.1.0
description:
  - M(halab.cluster.bond) runs this module by itself, through new connections, and only then is its change kept. It can
    be run by hand, within the time limit, when the controller itself has moved.
  - A change is confirmed by the second connection that finds every device there, and every bond with its mode and
    members. The first one may have been made before the change reached the network.
  - Without a change that waits for confirmation it does nothing.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Keep a change that the controller could not confirm
  halab.cluster.bond_confirm:
  register: change
  until: change.state not in ['applying', 'ready']
  retries: 30
  delay: 2
"""

RETURN = r"""
state:
  description:
    - V(none), no change waits for its confirmation.
    - V(applying), it is not yet as wanted; RV(reason) says why.
    - V(ready), it is as wanted, and the next connection confirms it.
    - V(confirmed), it is kept.
    - V(undone), the host has gone back to what it was, or is about to.
  returned: success
  type: str
  sample: confirmed
reason:
  description: What is not yet as wanted.
  returned: when RV(state) is V(applying)
  type: str
  sample: the members of bond0 are eth0
log:
  description: What the host did.
  returned: when RV(state) is V(undone)
  type: str
  sample: |
    + networkctl reload
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _bond_host
from ansible_collections.halab.cluster.plugins.module_utils._bond_layout import stack


def not_yet(host, pending):
    """What is not as wanted, or nothing."""
    if not pending.has("applied"):
        return "the change is being applied"
    found = [host.differs(device) for device in stack(**json.loads(pending.read("target")))]
    return ", ".join(text for text in found if text)


def look(host, pending, check_mode):
    """What there is to return."""
    if pending.has("armed"):
        reason = not_yet(host, pending)
        if reason:
            return {"state": "applying", "reason": reason}
        if not pending.has("ready"):
            if not check_mode:
                _bond_host.write(pending.path("ready"), "")
            return {"state": "ready"}
        if check_mode or pending.confirm():
            return {"state": "confirmed"}
    if pending.has("undone") or pending.has("undoing"):
        return {"state": "undone", "log": pending.read("log")}
    return {"state": "none"}


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    host = _bond_host.Host(module)
    found = look(host, _bond_host.Pending(host), module.check_mode)
    module.exit_json(changed=found["state"] == "confirmed", **found)


if __name__ == "__main__":
    main()
