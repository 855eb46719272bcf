#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pacemaker_info
short_description: Read the state of a Pacemaker cluster
version_added: 0.1.0
description:
  - Reads cluster, nodes, resources, failures, fencing history and the version of the configuration, as one node sees
    them.
  - Can wait for conditions to hold.
  - Can return the configuration as variables, so that a cluster that somebody else has made can be kept by roles
    P(halab.cluster.pacemaker#role) and P(halab.cluster.fencing#role).
  - Returns parameters of resources only where O(export) asks for them, and then no secrets unless they are asked for.
author:
  - halab.cluster contributors (@halab)
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
  - halab.cluster.pacemaker
options:
  wait:
    description: How long to wait for the conditions in O(wait_for), in seconds. V(0) looks once.
    type: float
    default: 0
  wait_for:
    description:
      - Conditions that must hold; the module fails with what is still missing.
      - V(dc), a designated controller is elected. V(quorum), the partition is quorate. V(all_online), every node is
        online. V(settled), nothing is running or outstanding. V(healthy), all of these, all daemons of this node run,
        and no resource is failed or blocked.
    type: list
    elements: str
    choices: [dc, quorum, all_online, settled, healthy]
    default: []
  cib_file:
    description:
      - Read the CIB in this file instead of the live cluster, for instance F(/var/lib/pacemaker/cib/cib-7.raw), one of
        the older ones that Pacemaker keeps.
      - What RV(pacemaker) says of nodes and resources is what the file says of them; nothing runs. Without a cluster
        there is nothing to wait for, and O(wait_for) is refused.
    type: path
  export:
    description:
      - Whether to return the configuration as RV(variables), too. It needs a cluster that has a DC, and waits for one
        as if O(wait_for) named it; or a O(cib_file).
      - With V(without_secrets) attributes whose name or value looks like one of a password, a secret or a token are
        left out, and named in RV(secrets_left_out). A run with these variables leaves them in the cluster as they are,
        unless it purges.
      - With V(with_secrets) they are returned. Set C(no_log) for that task.
    type: str
    choices: [nothing, without_secrets, with_secrets]
    default: nothing
seealso:
  - module: halab.cluster.pacemaker_cib
"""

EXAMPLES = r"""
- name: Read the cluster
  halab.cluster.pacemaker_info:
  register: state

- name: Show where the address is
  ansible.builtin.debug:
    msg: "{{ state.pacemaker.resources.vip.nodes }}"

- name: Wait until the cluster is healthy
  halab.cluster.pacemaker_info:
    wait: 60
    wait_for: [healthy]

- name: Read the configuration as variables
  halab.cluster.pacemaker_info:
    export: without_secrets
  register: found

- name: Read what it was before it was changed
  halab.cluster.pacemaker_info:
    cib_file: /var/lib/pacemaker/cib/cib-7.raw
    export: without_secrets
  register: before

- name: Show what role pacemaker would be told
  ansible.builtin.debug:
    msg: "{{ found.variables }}"
"""

RETURN = r"""
pacemaker:
  description: The state of the cluster.
  returned: always
  type: dict
  contains:
    running:
      description: Whether Pacemaker runs on this node and answers. If not, the rest is empty. It is V(false) with
          O(cib_file).
      type: bool
    cluster:
      description: C(dc) (a node or null), C(quorate), C(stonith_enabled), C(maintenance), C(version).
      type: dict
      sample: {dc: node1, quorate: true, stonith_enabled: true, maintenance: false, version: 3.0.0}
    nodes:
      description:
        - Each node's C(id), C(online), C(standby), C(unclean), C(pending), C(maintenance), C(dc) and its permanent
          C(attributes).
        - C(kind) is V(member), V(remote) or V(guest), a virtual machine or a container that the cluster runs.
          C(connected_from) is the node that holds the connection to a remote or a guest node, null where there is none
          and for members.
      type: dict
    resources:
      description: Each resource's C(agent), C(group), C(clone), C(role), C(nodes) it runs on, C(promoted) (those of
        them where it is), C(failed), C(managed), C(blocked). A clone has one entry for all of its instances.
      type: dict
      sample:
        vip:
          agent: ocf:heartbeat:IPaddr2
          group: web
          clone: null
          role: Started
          nodes: [node1]
          promoted: []
          failed: false
          managed: true
          blocked: false
    failures:
      description: Failed operations with C(resource), C(node), C(operation), C(interval) (ms), C(rc),
        C(exit_reason), C(when).
      type: list
      elements: dict
    fail_counts:
      description: Fail counts above zero by resource and node; 1000000 is infinity.
      type: dict
      sample: {vip: {node1: 1}}
    fence_history:
      description: Fencing actions with C(target), C(action), C(state), C(origin), C(client), C(delegate), C(completed).
      type: list
      elements: dict
    configuration:
      description: The version of the CIB (C(admin_epoch), C(epoch), C(num_updates)), who wrote it last (C(update_user),
        C(update_client), C(update_origin), C(last_written)), and C(digest), which changes only when the configuration's
        meaning does. A node's standby does not count.
      type: dict
    daemons:
      description: Pacemaker's seven daemons on this node, pacemakerd and the six that it starts, and whether each runs.
        A remote node has pacemaker-remoted instead. To know it of every node, ask every node.
      type: dict
    settled:
      description: Whether the cluster has nothing to do and its DC is idle.
      type: bool
variables:
  description:
    - Variables of roles P(halab.cluster.pacemaker#role) and P(halab.cluster.fencing#role) that say what the cluster is,
      in the order of their defaults. What is empty is left out.
    - A fence device is in C(fencing_devices) if role fencing would make it just so, and in C(pacemaker_resources) if
      not.
    - What Pacemaker writes itself (such as C(dc-version)) and what is said for a while (C(standby), C(maintenance) and
      C(terminate) of a node, C(maintenance-mode) of the cluster, the constraints of a move or a ban) is no configuration,
      and not in it.
  returned: when O(export) is not V(nothing)
  type: dict
  sample:
    pacemaker_rsc_defaults: {resource-stickiness: 1000}
    pacemaker_resources:
      - id: vip
        agent: ocf:heartbeat:IPaddr2
        instance_attributes: {ip: 192.0.2.100, cidr_netmask: 24}
        operations:
          - {name: monitor, interval: 5s, timeout: 20s}
secrets_left_out:
  description: The places of what was left out of RV(variables) because it may be a secret.
  returned: when O(export) is not V(nothing)
  type: list
  elements: str
  sample: ["fencing_devices: fence-node1: secret_attributes: password"]
not_exported:
  description:
    - What the configuration has and the variables cannot say, one sentence each. A run with the variables leaves it as
      it is, unless it purges.
  returned: when O(export) is not V(nothing)
  type: list
  elements: str
  sample: ["resources: vip: operation monitor: <meta_attributes> vip-monitor-meta"]
remarks:
  description:
    - What a run with these variables would change nevertheless, or refuse (then it begins with C(Refused)), one
      sentence each. Empty where the cluster is as the roles would have made it.
  returned: when O(export) is not V(nothing)
  type: list
  elements: str
  sample: ["pacemaker_readmission: the alert standby-after-fencing is not there; role pacemaker would add it."]
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import (
    _cib_export_variables, _pacemaker_file, _pacemaker_status)
from ansible_collections.halab.cluster.plugins.module_utils._pacemaker_run import STEP, Pacemaker

NOT_RUNNING = {
    "running": False,
    "cluster": {"dc": None, "quorate": False, "stonith_enabled": False, "maintenance": False, "version": None},
    "nodes": {}, "resources": {}, "failures": [], "fail_counts": {}, "fence_history": [], "configuration": {},
    "settled": False,
}


def look(pacemaker):
    """The state of the cluster now, and its CIB."""
    daemons = pacemaker.daemons()
    if pacemaker.cib_file:
        cib = _pacemaker_file.read(pacemaker)
        status = pacemaker.monitor()
    else:
        cib = pacemaker.try_query() if pacemaker.runs() else None
        status = pacemaker.try_monitor() if cib is not None else None
    if status is None:
        return dict(NOT_RUNNING, daemons=daemons), None
    # crm_mon believes the DC that the CIB on disk remembers; only one that is a member now counts.
    if _pacemaker_status.dc_of(cib) is None:
        status["cluster"]["dc"] = None
    for name, attributes in _pacemaker_status.node_attributes(cib).items():
        if name in status["nodes"]:
            status["nodes"][name]["attributes"] = attributes
    return dict(
        status,
        running=not pacemaker.cib_file,
        configuration=_pacemaker_status.configuration(cib),
        daemons=daemons,
        settled=not pacemaker.cib_file and bool(status["cluster"]["dc"]) and not pacemaker.outstanding()), cib


def main():
    module = AnsibleModule(
        argument_spec=dict(
            wait=dict(type="float", default=0),
            wait_for=dict(type="list", elements="str", choices=list(_pacemaker_status.CONDITIONS), default=[]),
            cib_file=dict(type="path"),
            export=dict(type="str", choices=["nothing", "without_secrets", "with_secrets"], default="nothing"),
        ),
        supports_check_mode=True,
    )
    cib_file, export = module.params["cib_file"], module.params["export"]
    if cib_file and module.params["wait_for"]:
        module.fail_json(msg="wait_for is %s, but cib_file names a file, in which nothing happens; allowed is one of "
                             "them." % ", ".join(module.params["wait_for"]))
    pacemaker = Pacemaker(module, module.params["wait"], cib_file)
    # Before a DC is elected the live CIB is empty: that would be exported as a cluster that has nothing.
    wanted = module.params["wait_for"] + (["dc"] if export != "nothing" and not cib_file else [])
    while True:
        status, cib = look(pacemaker)
        missing = _pacemaker_status.missing(status, wanted)
        if not missing:
            found = {} if export == "nothing" else _cib_export_variables.variables(cib, export == "with_secrets")
            module.exit_json(changed=False, pacemaker=status, **found)
        if not pacemaker.time_left():
            module.fail_json(msg="After %g s these conditions do not hold: %s."
                                 % (module.params["wait"], "; ".join(missing)), pacemaker=status)
        time.sleep(STEP)


if __name__ == "__main__":
    main()
