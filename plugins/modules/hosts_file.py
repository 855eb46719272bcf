#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hosts_file
short_description: Make a cluster's nodes known by name, and not on the loopback
version_added: 0.1.0
description:
  - Keeps one block in C(/etc/hosts) with a line for each node, between C(# BEGIN) and C(# END) lines. A block that
    P(ansible.builtin.blockinfile#module) wrote with the same marker is taken over.
  - Removes the nodes' names from all other lines whose address is in 127.0.0.0/8 or is ::1. Debian's installer puts a
    host's own name on 127.0.1.1, cloud images and other distributions put it on 127.0.0.1 or ::1 (which is 127.0.0.1
    to whoever asks for IPv4). With C(multi on), Debian's default, that address wins wherever it stands, and a cluster
    member that finds itself there talks to nobody. Other names on these lines stay; a line left without a name goes.
  - Fails, and changes nothing, when a line outside the block gives a node another address of the same family. For the
    same address, or one of the other family, such a line is fine.
  - All other lines stay as they are.
  - An action plugin reads the file first, by one shell command, and runs the module only where something is to be done
    or in doubt.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.state_module
options:
  nodes:
    description: The nodes, in the order of their lines. An empty list takes the block away.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description: IP address at which the other nodes reach this one. Not a loopback address.
        type: str
        required: true
      name:
        description: The node's name. Upper and lower case are the same.
        type: str
        required: true
  marker:
    description: What follows C(# BEGIN) and C(# END). Tells this block from others.
    type: str
    default: cluster nodes
  path:
    description: The file. Created with mode 0644 if there is none.
    type: path
    default: /etc/hosts
notes:
  - The file is replaced as a whole. That is impossible where it is a mount of its own, as container engines make it
    (podman does not with C(--no-hosts)).
seealso:
  - name: hosts(5)
    description: The format of the file.
    link: https://manpages.debian.org/hosts.5
  - name: host.conf(5)
    description: What C(multi on) does.
    link: https://manpages.debian.org/host.conf.5
"""

EXAMPLES = r"""
- name: Know every node by name
  halab.cluster.hosts_file:
    nodes:
      - {address: 192.0.2.11, name: node1}
      - {address: 192.0.2.12, name: node2}

- name: The same, for all hosts of a group
  halab.cluster.hosts_file:
    marker: cluster nodes (cluster)
    nodes: >-
      {{ dict(groups['cluster'] | zip(groups['cluster'] | map('extract', hostvars, 'ansible_host')))
         | dict2items(key_name='name', value_name='address') }}
"""

RETURN = r"""
file:
  description: The file, symbolic links resolved.
  returned: always
  type: str
  sample: /etc/hosts
"""

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _hosts_file

# Line ends are kept, too.
AS_IT_IS = {'encoding': _hosts_file.ENCODING, 'errors': _hosts_file.ERRORS, 'newline': ''}


def read(path):
    if not os.path.exists(path):
        return ''
    with open(path, **AS_IT_IS) as file:
        return file.read()


def write(module, path, text):
    created = not os.path.exists(path)
    handle, temporary = tempfile.mkstemp(dir=module.tmpdir)
    module.add_cleanup_file(temporary)
    with os.fdopen(handle, 'w', **AS_IT_IS) as file:
        file.write(text)
    # Keeps owner, mode and the like of a file that is there.
    module.atomic_move(temporary, path)
    if created:
        module.set_mode_if_different(path, '0644', False)


def main():
    module = AnsibleModule(supports_check_mode=True, **_hosts_file.ARGUMENTS)
    # The file that a symbolic link leads to is replaced, not the link.
    path = os.path.realpath(module.params['path'])
    try:
        before = read(path)
        after = _hosts_file.plan(before, module.params['nodes'], module.params['marker'], path)
    except OSError as error:
        module.fail_json(msg='%s cannot be read: %s' % (path, error), file=path)
    except _hosts_file.HostsFileError as error:
        module.fail_json(msg=_hosts_file.printable(str(error)), file=path)
    if after != before and not module.check_mode:
        write(module, path, after)
    module.exit_json(**_hosts_file.result(before, after, path))


if __name__ == '__main__':
    main()
