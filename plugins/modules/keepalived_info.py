#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keepalived_info
short_description: Tell in which state the VRRP instances of a running keepalived are
version_added: 0.1.0
description:
  - Asks keepalived itself, by its signal C(JSON), which has it write C(/tmp/keepalived.json).
  - A host without an address may be a backup, which takes it when it is needed, or in state V(fault), which does not.
    From outside nobody can tell the two apart.
author:
  - halab.cluster contributors (@halab)
requirements:
  - systemd on the node, and a keepalived that was built with JSON, as Debian's is
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
notes:
  - Needs root.
seealso:
  - module: halab.cluster.vrrp_info
"""

EXAMPLES = r"""
- name: Wait until this host would take addresses
  halab.cluster.keepalived_info:
  become: true
  register: keepalived
  until: "'fault' not in keepalived.instances.values()"
  retries: 10
  delay: 1
"""

RETURN = r"""
instances:
  description: The state of each instance, by its name, V(init), V(backup), V(master) or V(fault).
  returned: success
  type: dict
  sample: {web: backup}
"""

import json
import os
import time

from ansible.module_utils.basic import AnsibleModule

LOCALE = {"LC_ALL": "C", "LANGUAGE": "C"}
UNIT = ["systemctl", "show", "--property=MainPID", "--value", "keepalived"]
SIGNAL = ["keepalived", "--signum=JSON"]
# As the process sees it: its unit may have a /tmp of its own.
FILE = "/proc/%d/root/tmp/keepalived.json"
# vrrp.h of keepalived: VRRP_STATE_*
STATES = {0: "init", 1: "backup", 2: "master", 3: "fault"}
PATIENCE_S = 5


def states(text):
    """{instance: state} of what keepalived writes; ValueError, KeyError or TypeError while it has not written all."""
    found = json.loads(text)
    # Version 2 of the format (json_version in global_defs) has more than the instances.
    instances = found["vrrp"] if isinstance(found, dict) else found
    return {each["data"]["iname"]: STATES[each["data"]["state"]] for each in instances}


def written(path):
    """(what tells one file from the next, its text); None for what is not keepalived's, which is root's."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None, ""
    with os.fdopen(handle, encoding="utf-8") as stream:
        seen = os.fstat(stream.fileno())
        return (seen.st_ino, seen.st_mtime_ns), stream.read() if seen.st_uid == 0 else ""


def number(module, argv, advice):
    """The number that a command prints."""
    rc, out, err = module.run_command(argv, environ_update=LOCALE)
    if rc or not out.strip().isdigit():
        module.fail_json(msg="%s failed with rc %d: %s. %s" % (
            " ".join(argv), rc, err.strip() or out.strip() or "nothing", advice), rc=rc)
    return int(out)


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    pid = number(module, UNIT, "This module needs systemd.")
    if not pid:
        module.fail_json(msg="keepalived does not run. Start it: systemctl start keepalived; journalctl -u keepalived.")
    signal = number(module, SIGNAL, "This keepalived was built without JSON, so it cannot be asked for its state.")
    before = written(FILE % pid)[0]
    os.kill(pid, signal)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        now, text = written(FILE % pid)
        if now != before:
            try:
                module.exit_json(changed=False, instances=states(text))
            except (ValueError, KeyError, TypeError):
                pass  # It is still writing.
        time.sleep(0.05)
    module.fail_json(msg="keepalived (pid %d) has not written its state to /tmp/keepalived.json within %d s. "
                         "journalctl -u keepalived may say why." % (pid, PATIENCE_S))


if __name__ == "__main__":
    main()
