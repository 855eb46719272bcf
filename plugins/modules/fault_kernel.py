#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_kernel
short_description: Crash the kernel of a node, and let it hang
version_added: 0.1.0
description:
  - Has the kernel panic (C(c) of sysrq) and stay there, as one that hangs does. Nothing on the node runs any more, so
    only its watchdog, its BMC or a fence device can bring it back.
  - The module answers first; the kernel crashes O(delay) seconds later. What was not synced to the disks is lost.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_module
  - halab.cluster.fault
attributes:
  idempotent:
    details:
      - Each run crashes it.
notes:
  - Refused in a container, which shares the kernel of the machine that it runs on.
seealso:
  - module: halab.cluster.fault_freeze
  - name: Linux Magic System Request Key Hacks
    description: What C(c) does.
    link: https://docs.kernel.org/admin-guide/sysrq.html
"""

EXAMPLES = r"""
- name: Crash this node's kernel
  halab.cluster.fault_kernel:
"""

RETURN = r"""
at:
  description: When it strikes, in seconds since the epoch.
  returned: success
  type: float
  sample: 1795340000.123
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils._container import is_container
from ansible_collections.halab.cluster.plugins.module_utils._detached import STRIKE_OPTIONS, strike_later

PANIC = "/proc/sys/kernel/panic"
TRIGGER = "/proc/sysrq-trigger"


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def crash():
    # Whatever the host is set to do after a panic: here it is to hang.
    write(PANIC, "0")
    write(TRIGGER, "c")


def main():
    module = AnsibleModule(argument_spec=STRIKE_OPTIONS, supports_check_mode=True)
    if is_container():
        module.fail_json(msg="This node is a container: its kernel is that of the machine that it runs on, and of everything "
                             "else there. Nothing was crashed.")
    strike_later(module, crash)


if __name__ == "__main__":
    main()
