#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fault_disk
short_description: Let the disk under some directories be full
version_added: 0.1.0
description:
  - Mounts an overlay on each directory. What is in them can be read as before, and what is written goes to a tmpfs of
    O(size) MiB, which this module fills. The disk itself is not touched, be it the node's own or one that a container
    shares with its host.
  - Whoever has a file open already goes on writing to the disk. All that opens or makes one meanwhile finds the disk full,
    even to write over what is in a file already, which a full disk would allow. So C(/var/lib/corosync) is not for this
    module, since corosync ends where it cannot write the number of its ring down.
  - What was written all the same, into room that somebody else has made, is gone with the tmpfs.
  - The mounts end with the power of the node, with V(free), and by themselves after O(seconds).
author:
  - halab.cluster contributors (@halab)
options:
  state:
    description: V(full) or V(free).
    type: str
    choices: [full, free]
    default: full
  directories:
    description:
      - The directories, such as C(/var/log). Needed with V(full); V(free) frees all of them.
      - One that has a mount below itself is refused, since the overlay would hide it.
    type: list
    elements: path
    default: []
  size:
    description: The size of the tmpfs in MiB. So much memory is taken.
    type: int
    default: 4
  seconds:
    description: Seconds until the directories are free again by themselves.
    type: float
    default: 120
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.fault_state_module
"""

EXAMPLES = r"""
- name: Let the disk be full under Pacemaker and under the logs of corosync
  halab.cluster.fault_disk:
    directories: [/var/lib/pacemaker, /var/log/corosync]

- name: Let there be room again
  halab.cluster.fault_disk:
    state: free
"""

RETURN = r"""
at:
  description: When it was full, in seconds since the epoch.
  returned: when O(state=full) and it was not
  type: float
  sample: 1795340000.123
"""

import errno
import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _detached
from ansible_collections.halab.cluster.plugins.module_utils._mounts import MountHost, read_mounts

DISK = '/run/halab-drill-disk'
FILL = 'halab-drill-full'


def problem_of(directories, mounts):
    """Why these cannot be made full, or None."""
    if not directories:
        return 'directories is empty; allowed is a list of directories.'
    for directory in directories:
        if not os.path.isdir(directory):
            return 'directories: %s is no directory here.' % directory
        below = [where for where, dummy in mounts if where.startswith(directory.rstrip('/') + '/')]
        if below:
            return 'directories: %s is mounted below %s, and an overlay would hide it; allowed is a directory without ' \
                   'a mount below it.' % (', '.join(sorted(below)), directory)
    return None


def fill(path):
    """Writes until there is no room left. One byte at a time in the end: a page that is half full takes more."""
    with open(path, 'wb', buffering=0) as stream:
        for block in (b'\0' * 65536, b'\0' * 4096, b'\0'):
            try:
                while True:
                    stream.write(block)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


class Disk(MountHost):
    def full(self, directories, size):
        os.makedirs(DISK, exist_ok=True)
        self.mount('-t', 'tmpfs', '-o', 'size=%dm,mode=0700' % size, 'tmpfs', DISK)
        for number, directory in enumerate(directories):
            upper, work = ('%s/%s%d' % (DISK, kind, number) for kind in ('upper', 'work'))
            for path in (upper, work):
                os.mkdir(path)
            # What is mounted looks like its upper directory: to users as well, who may write here and not there.
            there = os.stat(directory)
            os.chown(upper, there.st_uid, there.st_gid)
            os.chmod(upper, there.st_mode & 0o7777)
            options = 'lowerdir=%s,upperdir=%s,workdir=%s' % (directory, upper, work)
            self.mount('-t', 'overlay', '-o', options, 'overlay', directory)
        fill(os.path.join(directories[0], FILL))

    def free(self):
        """The last mount first."""
        for where in reversed(ours(read_mounts())):
            self.umount(where)
        os.rmdir(DISK)


def ours(mounts):
    return [where for where, options in mounts if where == DISK or 'upperdir=%s/' % DISK in options]


def main():
    module = AnsibleModule(
        argument_spec={
            'state': {'type': 'str', 'choices': ['full', 'free'], 'default': 'full'},
            'directories': {'type': 'list', 'elements': 'path', 'default': []},
            'size': {'type': 'int', 'default': 4},
            'seconds': {'type': 'float', 'default': 120},
        },
        supports_check_mode=True,
    )
    params, disk, mounts = module.params, Disk(module), read_mounts()
    if (params['state'] == 'full') == bool(ours(mounts)):
        module.exit_json(changed=False)
    if params['state'] == 'free':
        if not module.check_mode:
            disk.free()
        module.exit_json(changed=True)
    problem = problem_of(params['directories'], mounts)
    if problem:
        module.fail_json(msg=problem)
    if not module.check_mode:
        disk.full(params['directories'], params['size'])
        # Nobody may be left to free it.
        _detached.run_detached(params['seconds'], disk.free)
    module.exit_json(changed=True, at=time.time())


if __name__ == '__main__':
    main()
