# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with a real keepalived, and switches between them, for no longer than a test. Only where root has a keepalived.

A host is namespaces: a network, processes, /run and /etc/keepalived of its own. All of it goes with its first process,
and that ends with its input: also when the tests are killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _vrrp
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived import keepalived_problems
from patience import PATIENCE_S, until

ROOT = Path(__file__).resolve().parents[1]
DEFAULTS = yaml.safe_load((ROOT / "roles" / "keepalived" / "defaults" / "main.yml").read_text(encoding="utf-8"))
# The files may be those of a container, which has a keepalived: the id of a process in it.
FILES_OF = os.environ.get("HALAB_KEEPALIVED_OF")
TOOLS = ("ip", "unshare", "nsenter") if FILES_OF else ("keepalived", "ip", "unshare", "nsenter")
FILES = ["nsenter", "--target=%s" % FILES_OF, "--mount"] if FILES_OF else []
# A balancer has it: daemons_there.py takes the tests that are marked so to one, in scenario webfarm.
needed = pytest.mark.skipif(os.geteuid() != 0 or None in map(shutil.which, TOOLS),
                            reason="no keepalived here, or nobody who may run it; scenario webfarm runs this")
BIRTH = """
set -e
mount -t tmpfs -o mode=0755 tmpfs /run
# keepalived 2.3 does not start without this file of its package.
for file in /etc/keepalived/keepalived.config-opts; do [ ! -e $file ] || cp $file /run; done
mount -t tmpfs -o mode=0755 tmpfs /etc/keepalived
for file in /run/keepalived.config-opts; do [ ! -e $file ] || mv $file /etc/keepalived; done
# Addresses of IPv6 are there at once.
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
ip link set lo up
echo born
exec cat
"""
# keepalived with VRRP alone: the kernel need not have IPVS.
COMMAND = ["keepalived", "--vrrp", "--dont-fork", "--log-console", "--log-detail"]
ETH_P_ALL, CLONE_NEWNET, PACKET_OUTGOING = 3, 0x40000000, 4
VRRP = ":%04X" % _vrrp.PROTOCOL
# One instance tracks a process, the other does not. No other host has an interface of this name.
INTERFACE = "halab-test0"
PROGRAM = "halab-tracked"
TRACKED = {
    "keepalived_track_processes": [{"name": "one", "process": PROGRAM, "quorum": 1, "weight": 0}],
    "keepalived_instances": [
        {"name": "web", "interface": INTERFACE, "virtual_router_id": 51, "version": 3, "advert_int": 0.2,
         "virtual_ipaddress": ["198.18.0.100/24"], "track_process": ["one"]},
        {"name": "free", "interface": INTERFACE, "virtual_router_id": 52, "version": 3, "advert_int": 0.2,
         "virtual_ipaddress": ["198.18.0.101/24"]},
    ],
}


def rank(priority, *names):
    """keepalived_node of a host."""
    return {name: {"priority": priority} for name in names}


def ranks(*names):
    """{host: keepalived_node} of two."""
    return {"lb1": rank(150, *names), "lb2": rank(100, *names)}


class Host:
    """One with interfaces, or a switch."""

    def __init__(self, name, folder):
        self.name = name
        self.log = folder / ("%s.log" % name)
        self.keepalived = None
        birth = [*FILES, "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", BIRTH]
        self.first = subprocess.Popen(birth, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.first.stdout.readline() == "born\n", name

    def inside(self, *argv):
        """The command that runs this one there."""
        processes = "--pid=/proc/%d/ns/pid_for_children" % self.first.pid
        return ["nsenter", "--target=%d" % self.first.pid, "--net", "--mount", processes, *argv]

    def path(self, name):
        """A file of the host, as it is found from here."""
        return Path("/proc/%d/root%s" % (self.first.pid, name))

    def ip(self, *words):
        """What ip says there. In its network alone: a process has another number there than here."""
        argv = ["nsenter", "--net=/proc/%d/ns/net" % self.first.pid, "ip", *words]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    def has(self):
        """Its addresses, and what it routes and looks up otherwise than a host without keepalived."""
        links = json.loads(self.ip("-json", "address", "show"))
        found = {one["local"] for link in links for one in link.get("addr_info", ())}
        for family in ("-4", "-6"):
            routes = json.loads(self.ip("-json", family, "route", "show", "proto", "keepalived") or "[]")
            found |= {"to %s" % one["dst"] for one in routes}
            rules = json.loads(self.ip("-json", family, "rule", "show") or "[]")
            found |= {"from %s" % one["src"] for one in rules if one["src"] != "all"}
        return found

    def write(self, variables, hostvars):
        """The role's files."""
        for wanted in conf.keepalived_files(variables, self.name, list(hostvars), hostvars):
            path = self.path(wanted["path"])
            path.write_text(wanted["content"] if "content" in wanted else wanted["secret_content"], encoding="utf-8")
            path.chmod(int(wanted.get("mode", "0644"), 8))

    def start(self, command=None):
        """keepalived, until it listens."""
        with self.log.open("a", encoding="utf-8") as log:
            self.keepalived = subprocess.Popen(command or self.inside(*COMMAND), stdin=subprocess.DEVNULL, stdout=log,
                                               stderr=log)
        until(bool, self.listens)

    def listens(self):
        """Whether there are sockets of this protocol. It opens all of them at once."""
        assert self.keepalived.poll() is None, self.said()
        files = [Path("/proc/%d/net/%s" % (self.first.pid, name)) for name in ("raw", "raw6")]
        return any(VRRP in path.read_text(encoding="ascii") for path in files)

    def said(self):
        """What keepalived has logged."""
        return self.log.read_text(encoding="utf-8")

    def tell(self, signal):
        """Sends keepalived a signal."""
        number = self.path("/run/keepalived.pid").read_text(encoding="ascii").strip()
        subprocess.run(self.inside("kill", "-%s" % signal, number), check=True)

    def end(self):
        """As by a cut of its power."""
        self.first.kill()
        self.first.communicate()
        if self.keepalived:
            self.keepalived.wait(PATIENCE_S)


class Ear:
    """Hears all adverts at the ports of a switch."""

    def __init__(self, switch):
        thread = threading.Thread(target=self.open, args=(switch.first.pid,))
        thread.start()
        thread.join()

    def open(self, pid):
        """A socket's network is that of the thread which makes it."""
        with open("/proc/%d/ns/net" % pid, "rb") as network:
            assert ctypes.CDLL(None).setns(network.fileno(), CLONE_NEWNET) == 0
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.htons(ETH_P_ALL))

    def heard(self):
        """The adverts since it was asked last, each with the port that it came from and where it was sent to."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, (port, dummy, kind, *dummies) = self.socket.recvfrom(65536)
                advert = _vrrp.parse(packet)
                # A bridge is an interface as well, and what goes out at one port came in at another.
                if advert and kind != PACKET_OUTGOING and "." in port:
                    to = packet[16:20] if advert["family"] == 4 else packet[24:40]
                    found.append(dict(advert, port=port, to=str(ipaddress.ip_address(to))))
        return found


class Network:
    """Hosts, and a switch between all eth0, one between all eth1, and so on."""

    def __init__(self, folder, hostvars, interfaces):
        self.folder, self.hostvars, self.interfaces = folder, hostvars, interfaces
        self.hosts = {}
        self.switch = Host("switch", folder)
        for interface in interfaces:
            self.switch.ip("link", "add", interface, "type", "bridge", "mcast_snooping", "0")
            self.switch.ip("link", "set", interface, "up")
        self.ear = Ear(self.switch)

    def __getitem__(self, name):
        return self.hosts[name]

    def plug(self, name):
        """A new host, with the role's files. lb1 has the addresses 198.18.0.11 and fd00:0::11 at eth0."""
        host = self.hosts[name] = Host(name, self.folder)
        for number, interface in enumerate(self.interfaces):
            port = "%s.%s" % (name, interface)
            self.switch.ip("link", "add", port, "type", "veth", "peer", "name", interface, "netns", str(host.first.pid))
            self.switch.ip("link", "set", port, "master", interface, "up")
            host.ip("link", "set", interface, "up")
            host.ip("address", "add", "198.18.%d.1%s/24" % (number, name[-1]), "dev", interface)
            host.ip("address", "add", "fd00:%d::1%s/64" % (number, name[-1]), "dev", interface)
        host.write(self.hostvars[name], self.hostvars)

    def cable(self, name, interface, state):
        """up or down. Like one that is pulled, it is no longer seen at either end."""
        self.switch.ip("link", "set", "%s.%s" % (name, interface), state)

    def holders(self, thing):
        return [name for name, host in self.hosts.items() if thing in host.has()]

    def alone(self, name, things):
        """Waits until this host has all of them, and no other host one."""
        def look():
            return {host.name: things & host.has() for host in self.hosts.values()}

        until(lambda found: all(there == (things if host == name else set()) for host, there in found.items()), look)

    def end(self):
        for host in [*self.hosts.values(), self.switch]:
            host.end()
        self.ear.socket.close()


@contextlib.contextmanager
def network(folder, common, own, interfaces=("eth0",), refused=False):
    """Hosts with these variables of the role: in common, and the keepalived_node of each. keepalived is not started."""
    hostvars = {name: {**DEFAULTS, **common, "keepalived_node": node} for name, node in own.items()}
    problems = [keepalived_problems(hostvars[name], name, list(hostvars), hostvars) for name in hostvars]
    assert any(problems) is refused, problems
    found = Network(folder, hostvars, interfaces)
    try:
        for name in hostvars:
            found.plug(name)
        yield found
    finally:
        found.end()


@contextlib.contextmanager
def tracked(host, prefix=()):
    """The process that TRACKED names. prefix: a command that runs it where it is to run."""
    program = host.path("/run/" + PROGRAM)
    shutil.copy(shutil.which("sleep"), program)
    # It ends with this process, also when that is killed.
    ends = ["setpriv", "--pdeathsig=KILL"]
    process = subprocess.Popen([*(prefix or ends), "/run/" + PROGRAM if prefix else str(program), "60"])
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
