# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The power of a lab's nodes, containers and VMs: one IPMI-over-LAN BMC per node, and the same switch by hand.

A node with a pdu_address can be switched there as well: an outlet of a power strip, which speaks IPMI in a lab.

    bmc.py CONFIG serve              one process per BMC and outlet, until SIGTERM
    bmc.py CONFIG on|off NODE...     press the button (all nodes when none is named)
    bmc.py CONFIG status             a line per node
    bmc.py CONFIG cable NODE CARD in|out|dead   plug it in, pull it out, or let nothing pass while the card sees a carrier
    bmc.py CONFIG disk NODE DISK in|out         push it into the running VM, or pull it out

A node that is switched on gets its network cards plugged in, and one that is switched off loses them. CONFIG is JSON, written by role lab.
"""
from __future__ import annotations

import ipaddress
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor


LIBVIRT_RUN = "/run/libvirt/qemu"
# As in the domain's definition (templates/domain.xml.j2).
DISK = """<disk type="file" device="disk"><driver name="qemu" type="raw" cache="%(cache)s"/><source file="%(file)s"/>
<target dev="%(target)s" bus="%(bus)s"/>%(shareable)s<serial>%(serial)s</serial>%(address)s</disk>
"""
# Whether the disk is shared: what differs then.
SHARED = {True: {"cache": "none", "shareable": "<shareable/>"}, False: {"cache": "unsafe", "shareable": ""}}
ADDRESS = '<address type="drive" controller="0" bus="0" target="0" unit="%(unit)d"/>'
VERBS = {"cable": ("in", "out", "dead"), "disk": ("in", "out")}


def run(*argv):
    # virsh speaks the user's language otherwise.
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=dict(os.environ, LC_ALL="C"))
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: exit status {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


def started(pid):
    """When a process was started, in the kernel's ticks; None for one that has ended. Tells a PID from its reuse."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


class Node:
    """A machine that can be switched on and off: what containers and VMs have in common."""

    # Seconds from the button to the first process of the system: what firmware takes, where nothing else is as slow.
    firmware_s = 0

    def __init__(self, name, config):
        self.name = name
        self.config = config["nodes"][name]
        self.lock = threading.Lock()
        self.ran = False  # when it was looked at or switched on last, and nobody has switched it off since
        self.seen = None  # first process of the node and when it was started, as last told by the engine

    def pid(self):
        """First process of the node, 0 when it is off."""
        # Asking the engine is slow, and every node of a cluster asks every BMC: a process that still runs says enough.
        if self.seen is None or started(self.seen[0]) != self.seen[1]:
            pid = self.ask_pid()
            self.seen = (pid, started(pid)) if pid else None
        return self.seen[0] if self.seen else 0

    def come_back(self):
        """A machine that reboots comes back by itself."""

    def part(self, kind, name):
        """A card or disk of this node, by its name."""
        parts = {part["name"]: part for part in self.config[kind]}
        if name not in parts:
            sys.exit(f"{self.name} has no {name}; its {kind} are {', '.join(parts) or 'none'}")
        return parts[name]

    def cable(self, name, state):
        card = self.part("interfaces", name)
        if "bridge" not in card and state == "dead":
            sys.exit(f"the cable of {name} leads straight to another VM: there is no port that could be dead, only out")
        self.carrier(card, state != "out")
        if state == "dead":
            # Still a port: out of the bridge, this machine itself would hear what the card says, and answer.
            run("bridge", "link", "set", "dev", card["cable"], "state", "0")
        elif state == "in" and "bridge" in card:
            # A port that has just become one lets everything pass.
            run("ip", "link", "set", card["cable"], "nomaster")
            run("ip", "link", "set", card["cable"], "master", card["bridge"])

    def on(self):
        with self.lock:
            if not self.pid():
                self.start()
                # Now, not at the next look, which is seconds away while a node is off: it may reboot before.
                self.ran = True
                print(f"{self.name} switched on", flush=True)

    def boot(self):
        """By the button, and not by the hand that builds the lab."""
        time.sleep(self.firmware_s)
        self.on()

    def off(self):
        with self.lock:
            if self.pid():
                self.kill()
                print(f"{self.name} switched off", flush=True)
            self.ran = False
            self.clear()


class Container(Node):
    """A container and the cables that lead into it."""

    # It would be back in the cluster before the others have noticed that it was gone (corosync's token), and be told then
    # that it has been fenced. Pacemaker stays down after that.
    firmware_s = 2

    def __init__(self, name, config):
        super().__init__(name, config)
        self.podman = config["podman"]
        self.container = self.config["machine"]
        self.interfaces = self.config["interfaces"]
        self.disks = self.config["disks"]

    def ask_pid(self):
        return int(run(self.podman, "ps", f"--filter=name=^{self.container}$", "--format={{.Pid}}") or 0)

    def start(self):
        run(self.podman, "start", self.container)
        self.plug(self.pid())
        self.attach()

    def come_back(self):
        """A container whose system reboots ends, and the engine leaves it so: this is the firmware that starts it again."""
        with self.lock:
            if not self.pid() and self.ran and self.has_rebooted():
                self.start()
                print(f"{self.name} has rebooted", flush=True)
            self.ran = bool(self.pid())

    def has_rebooted(self):
        """The kernel then ends the first process of a PID namespace by SIGHUP, reboot(2): no other end looks like it."""
        for dummy in range(25):
            state, status = run(self.podman, "inspect", "--format={{.State.Status}} {{.State.ExitCode}}", self.container).split()
            if state not in ("running", "stopping"):
                return int(status) == 128 + signal.SIGHUP
            # The engine hears of it a little later than the process ends.
            time.sleep(0.2)
        return False

    def kill(self):
        run(self.podman, "kill", "--signal=KILL", self.container)
        # The engine answers before the last process is gone. A BMC that says "off" must mean it.
        run(self.podman, "wait", "--condition=exited", self.container)

    def clear(self):
        self.unplug()
        self.detach()

    def unplug(self):
        """Now, not when the kernel gets round to it: half-closed connections can keep a dead node's namespace for a minute."""
        for card in self.interfaces:
            if os.path.exists(f"/sys/class/net/{card['cable']}"):
                run("ip", "link", "delete", card["cable"])

    def plug(self, pid):
        # A node that died without being switched off left its end of everything behind.
        self.unplug()
        self.detach()
        for card in self.interfaces:
            cable = card["cable"]
            run("ip", "link", "add", cable, "type", "veth", "peer", "name", card["name"], "address", card["mac"], "netns", str(pid))
            inside = ("nsenter", f"--target={pid}", "--net", "ip")
            for address in card["addresses"]:
                broadcast = str(ipaddress.ip_interface(address).network.broadcast_address)
                run(*inside, "address", "add", address, "broadcast", broadcast, "dev", card["name"])
            run(*inside, "link", "set", card["name"], "up")
            run("ip", "link", "set", cable, "master", card["bridge"], "up")

    def carrier(self, card, there):
        run("ip", "link", "set", card["cable"], "up" if there else "down")

    def disk(self, dummy_name, dummy_state):
        sys.exit(f"{self.name} is a container: its disks are loop devices of this machine, and cannot be pulled out")

    def attach(self):
        """Disks are sparse files behind loop devices; what is on them outlives the power."""
        for disk in self.disks:
            if not os.path.exists(disk["file"]):
                run("truncate", f"--size={disk['size']}", disk["file"])
            device = run("losetup", "--find", "--show", disk["file"])
            number = os.stat(device).st_rdev
            run(self.podman, "exec", self.container, "mknod", "-m", "660", f"/dev/{disk['name']}", "b",
                str(os.major(number)), str(os.minor(number)))

    def detach(self):
        for disk in self.disks:
            for line in run("losetup", "--associated", disk["file"]).splitlines():
                run("losetup", "--detach", line.split(":")[0])


class Vm(Node):
    """A libvirt domain. Its cards and disks are its own business."""

    def __init__(self, name, config):
        super().__init__(name, config)
        self.domain = self.config["machine"]
        self.lab = config

    def virsh(self, verb, *arguments):
        return run("virsh", "--connect", "qemu:///system", "--quiet", verb, self.domain, *arguments)

    def ask_pid(self):
        # Written by libvirt while the domain runs; one that was left behind names a process that has ended.
        try:
            with open(f"{LIBVIRT_RUN}/{self.domain}.pid", encoding="ascii") as handle:
                pid = int(handle.read())
        except FileNotFoundError:
            return 0
        return pid if started(pid) else 0

    def start(self):
        # libvirt sees a little later than this that a machine has switched itself off.
        deadline = time.monotonic() + 10
        while self.virsh("domstate") != "shut off" and time.monotonic() < deadline:
            time.sleep(0.2)
        self.virsh("start")

    def kill(self):
        self.virsh("destroy")

    def clear(self):
        """Nothing is left outside of a domain."""

    def carrier(self, card, there):
        for node, end in [(self, card), *self.far_end(card)]:
            node.virsh("domif-setlink", end["mac"], "up" if there else "down")

    def far_end(self, card):
        """The card of another VM that this cable leads straight to: a cable that is pulled out is dead at both ends."""
        if "far_port" in card:
            for name, config in self.lab["nodes"].items():
                node = MACHINES[config["backend"]](name, self.lab)
                yield from ((node, end) for end in config["interfaces"] if end.get("port") == card["far_port"] and node.pid())

    def disk(self, name, state):
        """Of the running domain only: at its next start it is as it was defined."""
        disk = self.part("disks", name)
        there = disk["target"] in self.virsh("domblklist").split()
        if there and state == "out":
            self.virsh("detach-disk", disk["target"], "--live")
        elif not there and state == "in":
            with tempfile.NamedTemporaryFile("w", suffix=".xml") as description:
                address = ADDRESS % disk if disk["bus"] == "scsi" else ""
                description.write(DISK % dict(disk, address=address, **SHARED[disk["shared"]]))
                description.flush()
                self.virsh("attach-device", description.name, "--live")


MACHINES = {"container": Container, "vm": Vm}


def watch(node):
    """Machines reboot without anybody's hand on the button."""
    while True:
        # While it runs a look costs nothing; the engine is asked only when it does not.
        time.sleep(0.5 if node.ran else 5)
        try:
            node.come_back()
        except RuntimeError as error:
            # One question came to nothing, and the next is half a second away.
            print(error, file=sys.stderr, flush=True)


def serve_one(node, address, account):
    """Answer IPMI for one node at one address, for ever."""
    # Here, so that pressing the button by hand needs no pyghmi.
    from pyghmi.ipmi.bmc import Bmc

    class NodeBmc(Bmc):
        starting = None

        def get_power_state(self):
            # Iron is "on" from the moment the button is pressed; starting a container takes a moment longer.
            if self.starting and self.starting.is_alive():
                return "on"
            return "on" if node.pid() else "off"

        def power_on(self):
            self.starting = threading.Thread(target=node.boot, daemon=True)
            self.starting.start()

        def power_off(self):
            if self.starting:
                self.starting.join()
            node.off()

        def power_reset(self):
            self.power_off()
            self.power_on()

        power_cycle = power_reset

        def power_shutdown(self):
            self.power_off()

    # pyghmi keeps its sockets in IPv6 form; this is how an IPv4 address looks there.
    if address == node.config.get("bmc_address"):
        threading.Thread(target=watch, args=(node,), daemon=True).start()
    NodeBmc({account["username"]: account["password"]}, address="::ffff:" + address, port=account["port"]).listen()


def places(config):
    """[(node, address)]: where something answers that can switch a node."""
    return [(name, node[key]) for name, node in config["nodes"].items()
            for key in ("bmc_address", "pdu_address") if node.get(key)]


def serve(nodes, config):
    """pyghmi has one event loop a process, and a BMC that is busy must not keep the others waiting: a process each."""
    children = []
    for name, address in places(config):
        pid = os.fork()
        if not pid:
            serve_one(nodes[name], address, config["bmc"])
            sys.exit(f"BMC of {name} at {address} ended")
        children.append(pid)

    def stop(*dummy):
        for child in children:
            os.kill(child, signal.SIGTERM)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    pid, status = os.wait()
    children.remove(pid)
    print(f"a BMC process ended with status {status}: stopping all", file=sys.stderr, flush=True)
    stop()


def main(argv):
    verb = argv[2] if len(argv) > 2 else None
    by_hand = verb in VERBS and len(argv) == 6 and argv[5] in VERBS[verb]
    if not by_hand and verb not in ("serve", "on", "off", "status"):
        sys.exit(__doc__)
    with open(argv[1], encoding="utf-8") as handle:
        config = json.load(handle)
    wanted = argv[3:4] if by_hand else argv[3:]
    unknown = [name for name in wanted if name not in config["nodes"]]
    if unknown:
        sys.exit(f"no such node: {', '.join(unknown)}; there are {', '.join(config['nodes'])}")
    nodes = {
        name: MACHINES[config["nodes"][name]["backend"]](name, config)
        for name in wanted or config["nodes"]
    }
    if by_hand:
        getattr(nodes[argv[3]], verb)(*argv[4:])
    elif verb == "serve":
        serve(nodes, config)
    elif verb == "status":
        for name, node in nodes.items():
            print(f"{name} {'on' if node.pid() else 'off'}")
    else:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda node: getattr(node, verb)(), nodes.values()))


if __name__ == "__main__":
    main(sys.argv)
