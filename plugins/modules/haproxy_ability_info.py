#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: haproxy_ability_info
short_description: Tell whether a node has what haproxy.cfg needs
version_added: 0.1.0
description:
  - Says what C(haproxy -c) does not look at. It listens nowhere, and a reload that cannot listen somewhere pauses the
    whole service for two seconds before the old worker goes on (seen with 2.6 and 3.0). Without its interface, a bind
    line listens on all of them. Certificates that have expired are taken without a word.
  - Needs no haproxy, so that it can be asked before one is installed. It binds sockets, and takes no connections.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  path:
    description: The haproxy.cfg of which a checksum is returned.
    type: path
    default: /etc/haproxy/haproxy.cfg
  binds:
    description: Where haproxy has to be able to listen. Where a haproxy listens already, it may listen again.
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: An IPv4 or IPv6 address; V(0.0.0.0) and V(::) are all of them.
        type: str
        required: true
      port:
        description: A TCP port.
        type: int
        required: true
      transparent:
        description: The address may be on another host.
        type: bool
        default: false
      where:
        description: The section that needs it, for the message.
        type: str
        required: true
  interfaces:
    description: Network interfaces that there have to be.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      where:
        description: The section that needs it, for the message.
        type: str
        required: true
  certificates:
    description: Certificates that have to be valid now. One that is not there is not judged; haproxy itself misses it.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: A file, or a folder of files, as C(crt) takes them.
        type: path
        required: true
      where:
        description: The section that needs it, for the message.
        type: str
        required: true
notes:
  - Needs root to name the program that has a port, and to read certificates.
  - Not seen are UDP (QUIC), and what is in another network namespace.
seealso:
  - module: halab.cluster.haproxy_info
"""

EXAMPLES = r"""
- name: Ask whether this node can do it
  halab.cluster.haproxy_ability_info:
    binds: [{address: 0.0.0.0, port: 443, where: frontend web}]
    interfaces: [{name: eth1, where: backend web}]
    certificates: [{path: /etc/haproxy/certs/shop.pem, where: frontend web}]
  become: true
  register: ability

- name: Refuse what it cannot do
  ansible.builtin.assert:
    that: ability.problems | length == 0
    fail_msg: "{{ ability.problems }}"
"""

RETURN = r"""
asked:
  description: The options O(binds), O(interfaces) and O(certificates). Who asks the same again in one run can do without.
  returned: success
  type: dict
  sample:
    binds: [{address: 0.0.0.0, port: 443, transparent: false, where: frontend web}]
    interfaces: []
    certificates: []
checksum:
  description: The SHA-256 of what O(path) holds now; empty where there is no such file.
  returned: success
  type: str
  sample: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
problems:
  description:
    - A sentence for each address and port where haproxy could not listen, each interface that is not there, and each
      certificate that is not valid now.
  returned: success
  type: list
  elements: str
  sample:
    - "bind 0.0.0.0 port 443 in frontend web: nginx, pid 812, listens on 0.0.0.0 port 443; allowed is a port that no
      other program has."
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_ability_host as host


def main():
    where = dict(type="str", required=True)
    module = AnsibleModule(
        argument_spec=dict(
            path=dict(type="path", default="/etc/haproxy/haproxy.cfg"),
            binds=dict(type="list", elements="dict", default=[], options=dict(
                address=dict(type="str", required=True),
                port=dict(type="int", required=True),
                transparent=dict(type="bool", default=False),
                where=where,
            )),
            interfaces=dict(type="list", elements="dict", default=[], options=dict(
                name=dict(type="str", required=True),
                where=where,
            )),
            certificates=dict(type="list", elements="dict", default=[], options=dict(
                path=dict(type="path", required=True),
                where=where,
            )),
        ),
        supports_check_mode=True,
    )
    asked = {name: module.params[name] for name in ("binds", "interfaces", "certificates")}
    module.exit_json(changed=False, asked=asked, checksum=host.checksum(module.params["path"]),
                     problems=host.problems(asked))


if __name__ == "__main__":
    main()
