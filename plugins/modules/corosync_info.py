#!/usr/bin/python
# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: corosync_info
short_description: Read links, membership and quorum of a corosync cluster
version_added: 0.1.0
description:
  - Returns links, members, votes and quorum as one node sees them, and what its C(corosync.conf) says that the running
    corosync has not loaded.
  - Reads C(corosync -v), C(corosync-cmapctl), C(corosync-quorumtool -s) and C(corosync-cfgtool -s), and where corosync has
    a quorum device, C(corosync-qdevice-tool -s -v).
  - Returns no key.
author:
  - halab.cluster contributors (@halab)
requirements:
  - corosync 3.1.7 or later on the node, with votequorum
extends_documentation_fragment:
  - halab.cluster.attributes
  - halab.cluster.attributes.info_module
options:
  config:
    description: The file that the running corosync is compared with. One that does not exist has nothing pending.
    type: path
    default: /etc/corosync/corosync.conf
  note:
    description:
      - The file in which role P(halab.cluster.corosync#role) keeps RV(corosync.heeded) before a reload. One that does
        not exist, or that was written while another corosync ran, says nothing.
    type: path
    default: /run/corosync-heeded
seealso:
  - module: halab.cluster.pacemaker_info
  - name: corosync.conf(5)
    description: What the options mean.
    link: https://manpages.debian.org/corosync.conf.5
"""

EXAMPLES = r"""
- name: Look at the cluster
  halab.cluster.corosync_info:
  register: state

- name: Wait until every node is reached on every link
  halab.cluster.corosync_info:
  register: state
  until: >-
    state.corosync.running and state.corosync.nodes.values() | map(attribute='links') | map('dict2items') | flatten
    | rejectattr('value', 'in', ['connected', 'localhost']) | length == 0
  retries: 30
  delay: 1
"""

RETURN = r"""
corosync:
  description: The state of the cluster.
  returned: success
  type: dict
  contains:
    running:
      description: Whether corosync runs on this node and answers. If not, there is only RV(corosync.version) besides.
      type: bool
    version:
      description: The version that is installed.
      type: str
      sample: 3.1.9
    cluster_name:
      description: Its name.
      type: str
      sample: failover
    transport:
      description: V(knet), V(udpu) or V(udp).
      type: str
      sample: knet
    encrypted:
      description: Whether what the nodes send each other is encrypted.
      type: bool
    token:
      description: The token timeout in effect, in ms.
      type: int
      sample: 1650
    nodeid:
      description: The id of this node.
      type: int
      sample: 1
    links:
      description: The links by their numbers, each with its transport below knet, none without knet.
      type: dict
      sample: {"0": udp, "1": sctp}
    nodes:
      description:
        - The nodes of the nodelist by their names, each with C(nodeid), C(local), C(member), C(votes), C(addresses) by
          the number of the link, and C(links), where each is V(connected), V(disconnected) or, on this node,
          V(localhost).
        - C(qdevice) tells of a quorum device that is registered there. V(A,V,NMW) is alive (NA, not alive), votes (NV,
          does not) and does not decide alone (MW, does). V(NR) has none.
      type: dict
      sample:
        node2:
          nodeid: 2
          local: false
          member: true
          votes: 1
          qdevice: null
          addresses: {"0": 192.0.2.12, "1": 198.51.100.12}
          links: {"0": connected, "1": disconnected}
    members:
      description: Names of the nodes that are in the partition of this one.
      type: list
      elements: str
      sample: [node1, node2]
    quorum:
      description:
        - C(quorate), C(expected_votes), C(highest_expected), C(total_votes), C(quorum) (the votes that it takes),
          C(flags), C(provider) and C(ring_id).
        - C(device) is none without a registered quorum device, else its C(name), its C(votes), and C(votes_cast), those
          of them that it gives this partition now.
        - C(votes_of_nodes) are those without the device's, and C(quorate_without_device) tells whether they are enough.
      type: dict
      sample:
        quorate: true
        expected_votes: 3
        highest_expected: 3
        total_votes: 3
        quorum: 2
        flags: [Quorate]
        provider: corosync_votequorum
        ring_id: "1.9"
        device: null
        votes_of_nodes: 3
        quorate_without_device: true
    quorum_pending:
      description: The votes that make a quorum by O(config), if all of it were loaded, with those of its device. Options
        such as C(two_node) are not reckoned with. None without the file.
      type: int
      sample: 2
    qdevice:
      description:
        - What this node's corosync-qdevice says, none where corosync has no quorum device. Without V(running) there is
          nothing else.
        - C(host), C(algorithm) and C(tie_breaker) are in the tool's words, and so is C(state), V(Connected) or what is in
          the way. C(connected) is whether it is that, C(tls) whether TLS is used, C(heuristics) their result, none
          without them, and C(casts_vote) whether the device's votes were given to this partition when it asked last.
      type: dict
      sample:
        running: true
        host: 198.18.0.21:5403
        algorithm: Fifty-Fifty split
        tie_breaker: Node with lowest node ID
        state: Connected
        connected: true
        tls: true
        heuristics: Pass
        casts_vote: true
    pending:
      description:
        - Options of O(config) that differ from what corosync has loaded, by what takes them on. C(reload),
          C(corosync-cfgtool -R). C(restart), a start of corosync, on one node after the other. C(cold), a start of
          corosync after it was stopped on all nodes. C(qdevice), a start of corosync-qdevice. C(refused), nothing, and
          with one of them a reload takes on nothing at all.
        - A reload puts some that only a restart takes on into corosync's table without heeding them. They are seen
          here nevertheless where O(note) was written before.
        - Users and groups of C(uidgid) are not compared.
      type: dict
      sample: {reload: [totem.token], restart: [totem.netmtu], cold: [], qdevice: [], refused: []}
    heeded:
      description:
        - The values that corosync goes by, of C(restart) and C(cold) of RV(corosync.pending) and of what O(note) says.
          None for an option that it goes without.
      type: dict
      sample: {totem.netmtu: "1500"}
    process:
      description:
        - Tells this corosync from one that was started before or after it, V(none) where it has left no C(/run/corosync.pid).
      type: str
      sample: "731.92650"
    crypto_messages:
      description:
        - Messages about a new cipher or key that this corosync has got since it was started. Each change brings two of
          each member that has taken it on.
      type: int
      sample: 6
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_reload as reload
from ansible_collections.halab.cluster.plugins.module_utils._command import LOCALE, CommandHost

# corosync-quorumtool ends with this where there is no quorum.
NOT_QUORATE = 2
# What it says where no corosync runs.
NOBODY = "Failed to initialize the cmap API. Error CS_ERR_LIBRARY"
ADVICE = "See journalctl -u corosync."
# corosync-qdevice-tool ends with this where no corosync-qdevice runs.
NO_QDEVICE = 3
PID_FILE = "/run/corosync.pid"


def content(module, path):
    """The text of corosync.conf, none where there is no such file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        module.fail_json(msg="config: %s cannot be read: %s" % (path, error))


def device(host, keys):
    """What corosync-qdevice says, none where corosync knows of no device."""
    if "quorum.device.model" not in keys:
        return None
    argv = ["corosync-qdevice-tool", "-s", "-v"]
    try:
        rc, out, err = host.module.run_command(argv, environ_update=LOCALE, handle_exceptions=False)
    except FileNotFoundError:  # corosync knows of it, and the package is not installed
        return {"running": False}
    if rc == NO_QDEVICE:
        return {"running": False}
    if rc:
        host.fail(argv, rc, out, err, "See journalctl -u corosync-qdevice.")
    return read.device(out)


def process():
    """Which corosync runs: its process id, and when that process was started."""
    try:
        with open(PID_FILE, encoding="ascii") as handle:
            pid = int(handle.read())
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as handle:
            return "%d.%s" % (pid, read.started(handle.read()))
    except (OSError, ValueError):
        return None


def kept(path, current):
    """What this corosync goes by although its table says something else."""
    try:
        with open(path, encoding="utf-8") as handle:
            found = json.load(handle)
    except (OSError, ValueError):
        return {}
    return found["heeded"] if current and found["process"] == current else {}


def look(host, path, note):
    """The state of the cluster now."""
    version = read.version(host.must(["corosync", "-v"], "This module needs corosync."))
    argv = ["corosync-cmapctl"]
    rc, out, err = host.run(argv)
    if rc and NOBODY in err:
        return {"running": False, "version": version}
    if rc:
        host.fail(argv, rc, out, err, ADVICE)
    keys = read.cmap(out)
    argv = ["corosync-quorumtool", "-s"]
    rc, out, err = host.run(argv)
    if rc not in (0, NOT_QUORATE):
        host.fail(argv, rc, out, err, ADVICE)
    votes = read.quorum(out)
    wires = read.links(host.must(["corosync-cfgtool", "-s"], ADVICE))
    text = content(host.module, path)
    current = process()
    pending, heeded = (reload.plan({}, {}), {}) if text is None else reload.pending(keys, text, kept(note, current))
    return dict(
        read.status(keys, votes, *wires),
        running=True,
        version=version,
        qdevice=device(host, keys),
        pending=pending,
        quorum_pending=None if text is None else reload.votes_needed(text),
        heeded=heeded,
        process=current,
    )


def main():
    module = AnsibleModule(
        argument_spec=dict(
            config=dict(type="path", default="/etc/corosync/corosync.conf"),
            note=dict(type="path", default="/run/corosync-heeded"),
        ),
        supports_check_mode=True,
    )
    try:
        module.exit_json(changed=False, corosync=look(
            CommandHost(module), module.params["config"], module.params["note"]))
    except read.Unread as error:
        module.fail_json(msg="This is no output that this module knows. %s" % error)


if __name__ == "__main__":
    main()
