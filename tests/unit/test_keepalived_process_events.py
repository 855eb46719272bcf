# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that keepalived tracks, where the kernel tells of its end: not in a container, such as a lab's balancer.

keepalived itself may be that of a container. HALAB_KEEPALIVED_OF is the id of a process in one, which scenario webfarm gives
(tests/real_daemons): its files are used, and this machine's processes and kernel.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct

import keepalived_hosts
import pytest

NETLINK_CONNECTOR, CN_IDX_PROC, CN_VAL_PROC, PROC_CN_MCAST_IGNORE, NLMSG_DONE = 11, 1, 1, 2, 3
# PROC_PID_INIT_INO
FIRST_PIDS = 0xEFFFFFFC
# keepalived itself is in no namespace but one of mounts, and goes to the host's network by its name (net_namespace).
# Should it not, the test of its configuration fails, and there is no such interface here either.
START = """
set -e
# Those of this machine, also where the files are a container's.
mount -t proc proc /proc
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir /run/netns
touch /run/netns/lb1
mount --bind /proc/$1/ns/net /run/netns/lb1
cp /proc/$1/root/etc/keepalived/keepalived.conf /run
shift
"$@" --use-file=/run/keepalived.conf --config-test
exec "$@" --use-file=/run/keepalived.conf
"""


def is_told():
    """Whether the kernel tells of processes here."""
    if os.geteuid() != 0 or os.stat("/proc/self/ns/pid").st_ino != FIRST_PIDS:
        return False
    message = struct.pack("=IHHIIIIIIHHI", 40, NLMSG_DONE, 0, 0, 0,
                          CN_IDX_PROC, CN_VAL_PROC, 0, 0, 4, 0, PROC_CN_MCAST_IGNORE)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR) as asked:
            asked.bind((0, 0))
            asked.send(message)
    except OSError:
        return False
    return True


told = pytest.mark.skipif(None in map(shutil.which, keepalived_hosts.TOOLS) or not is_told(),
                          reason="no keepalived here that root may run, or the kernel tells nothing of processes; scenario "
                                 "webfarm has one")


@told
def test_the_end_of_a_process_is_a_fault(tmp_path):
    common = dict(keepalived_hosts.TRACKED, keepalived_blocks={"net_namespace": "lb1"})
    own = {"lb1": keepalived_hosts.rank(150, "web", "free")}
    with keepalived_hosts.network(tmp_path, common, own, [keepalived_hosts.INTERFACE]) as net:
        host = net["lb1"]
        # Should this process be killed, keepalived ends as well.
        command = ["setpriv", "--pdeathsig=TERM", *keepalived_hosts.FILES, "unshare", "--mount", "sh", "-c", START, "sh",
                   str(host.first.pid)]
        try:
            with keepalived_hosts.tracked(host):
                host.start([*command, *keepalived_hosts.COMMAND])
                net.alone("lb1", {"198.18.0.100", "198.18.0.101"})
            net.alone(None, {"198.18.0.100"})
            net.alone("lb1", {"198.18.0.101"})
            with keepalived_hosts.tracked(host):
                net.alone("lb1", {"198.18.0.100", "198.18.0.101"})
        finally:
            host.keepalived.terminate()
