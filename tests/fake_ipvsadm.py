# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays ipvsadm and the kernel's table: not recorded, but written after the source of ipvsadm 1.31.

It knows what print_service_entry, print_tunnel_rule, list_timeout and list_daemon print, the messages of
ipvs_strerror, and which connections the kernel drops: those of a server or service that is deleted.
"""

from __future__ import annotations

import argparse

SERVICES = ("t", "u", "sctp_service", "f")
WORDS = {"t": "TCP ", "u": "UDP ", "sctp_service": "SCTP"}
TITLE = "IP Virtual Server version 1.2.1 (size=4096)\n"


def parser():
    options = argparse.ArgumentParser(exit_on_error=False, add_help=False, allow_abbrev=False)
    for command in ("-A", "-E", "-D", "-a", "-e", "-d", "--save", "--list", "--numeric", "--thresholds", "--stats"):
        options.add_argument(command, action="store_true", dest=command)
    for flag in ("--exact", "--timeout", "--daemon", "-6", "-o", "-m", "-g", "-i"):
        options.add_argument(flag, action="store_true", dest=flag)
    for flag in ("--tun-nocsum", "--tun-csum", "--tun-remcsum"):
        options.add_argument(flag, action="store_const", const=flag, dest="tun_flags")
    for option in ("-t", "-u", "--sctp-service", "-M", "--pe", "-b", "-r", "--tun-type", "--start-daemon",
                   "--stop-daemon", "--mcast-interface", "--mcast-group"):
        options.add_argument(option)
    options.add_argument("-s", default="wlc")
    options.add_argument("-w", type=int, default=1)
    for option in ("-f", "-p", "--tun-port", "--syncid", "--sync-maxlen", "--mcast-port", "--mcast-ttl"):
        options.add_argument(option, type=int)
    for option in ("-x", "-y"):
        options.add_argument(option, type=int, default=0)
    options.add_argument("--set", type=int, nargs=3)
    return options


class FakeIpvsadm:
    """A table that lives as long as this does."""

    def __init__(self, *lines):
        self.services = {}
        self.timeouts = [900, 120, 300]
        self.daemons = {}
        self.changes = []
        self.connected = set()
        self.lost = set()
        self.modules = None
        for line in lines:
            rc, dummy, err = self.run(["ipvsadm"] + line.split())
            assert rc == 0, "%s: %s" % (line, err)
        self.changes.clear()

    def connect(self):
        """Each server has a connection from now on."""
        self.connected = {(key, server) for key, service in self.services.items() for server in service["servers"]}

    def run(self, argv):
        """(rc, out, err)"""
        if argv[0] == "modprobe":
            return (0 if self.modules is None or argv[-1] in self.modules else 1), "", ""
        assert argv[0] == "ipvsadm"
        given = vars(parser().parse_args(argv[1:]))
        if given["--save"]:
            return 0, "".join(self._save()), ""
        if given["--list"]:
            return 0, self._list(given), ""
        self.changes.append(" ".join(argv[1:]))
        error = self._change(given)
        return (255, "", error + "\n") if error else (0, "", "")

    # Changes

    def _change(self, given):
        if given["set"]:
            self.timeouts = [new or old for new, old in zip(given["set"], self.timeouts)]
            return None
        if given["start_daemon"] or given["stop_daemon"]:
            return self._daemon(given)
        option = next(each for each in SERVICES if given[each] is not None)
        key = option, given[option], given["-6"]
        if given["-A"] or given["-E"]:
            if given["-A"] == (key in self.services):
                return "Service already exists" if given["-A"] else "No such service"
            servers = self.services[key]["servers"] if given["-E"] else {}
            self.services[key] = dict(given, servers=servers)
            return None
        if key not in self.services:
            return "No such service" if given["-D"] else "Service not defined"
        servers = self.services[key]["servers"]
        if given["-D"]:
            self.lost |= {entry for entry in self.connected if entry[0] == key}
            del self.services[key]
        elif given["-a"] == (given["r"] in servers):
            return "Destination already exists" if given["-a"] else "No such destination"
        elif given["-d"]:
            self.lost |= {entry for entry in self.connected if entry == (key, given["r"])}
            del servers[given["r"]]
        elif given["y"] > given["x"]:
            return "Numerical result out of range"
        else:
            servers[given["r"]] = given
        return None

    def _daemon(self, given):
        state = given["start_daemon"] or given["stop_daemon"]
        if bool(given["start_daemon"]) == (state in self.daemons):
            return "Daemon has already run" if given["start_daemon"] else "No daemon is running"
        if given["stop_daemon"]:
            del self.daemons[state]
        else:
            self.daemons[state] = "%s sync daemon (mcast=%s, syncid=%d, maxlen=%d, group=%s, port=%d, ttl=%d)\n" % (
                state, given["mcast_interface"], given["syncid"] or 0, given["sync_maxlen"] or 1472,
                given["mcast_group"] or "224.0.0.81", given["mcast_port"] or 8848, given["mcast_ttl"] or 1)
        return None

    # What it prints

    def _save(self):
        for (option, value, ipv6), service in sorted(self.services.items(), key=str):
            if option == "f":
                # %d of an unsigned number
                mark = value - (1 << 32) if value > 0x7FFFFFFF else value
                name = "-f %d%s" % (mark, " -6" if ipv6 else "")
            else:
                name = "%s %s" % ({"t": "-t", "u": "-u"}.get(option, "--sctp-service"), value)
            line = "-A %s -s %s" % (name, service["s"])
            if service["p"]:
                line += " -p %d" % service["p"]
                line += " -M %s" % service["M"] if service["M"] not in (None, "255.255.255.255", "128") else ""
            line += " --pe %s" % service["pe"] if service["pe"] else ""
            line += " -o" if service["-o"] else ""
            yield line + (" -b %s\n" % service["b"] if service["b"] else "\n")
            for server, given in service["servers"].items():
                yield "-a %s -r %s %s\n" % (name, server, self._server(given))

    def _server(self, given):
        method = next((each for each in ("-m", "-i") if given[each]), "-g")
        text = "%s -w %d" % (method, given["w"])
        if method != "-i":
            return text
        kind = given["tun_type"] or "ipip"
        text += " --tun-type %s" % kind
        text += " --tun-port %d" % given["tun_port"] if kind == "gue" else ""
        return text + (" " + (given["tun_flags"] or "--tun-nocsum") if kind != "ipip" else "")

    def _list(self, given):
        if given["--timeout"]:
            return "Timeout (tcp tcpfin udp): %d %d %d\n" % tuple(self.timeouts)
        if given["--daemon"]:
            return "".join(self.daemons[state] for state in ("master", "backup") if state in self.daemons)
        text = TITLE
        if given["--stats"]:
            text += "%-33s %8s %8s %8s %8s %8s\n" % (
                "Prot LocalAddress:Port", "Conns", "InPkts", "OutPkts", "InBytes", "OutBytes")
        else:
            text += "%-33s %-10s %-10s %-10s %-10s\n" % (
                "Prot LocalAddress:Port", "Uthreshold", "Lthreshold", "ActiveConn", "InActConn")
        text += "  -> RemoteAddress:Port\n"
        for (option, value, ipv6), service in self.services.items():
            if option == "f":
                mark = value - (1 << 32) if value > 0x7FFFFFFF else value
                name = "FWM  %d%s" % (mark, " IPv6" if ipv6 else "")
            else:
                name = "%-4s %s" % (WORDS[option], value)
            if given["--stats"]:
                text += "%-33s%9d%9d%9d%9d%9d\n" % (name, 12, 60, 48, 3120, 10048)
            else:
                text += "%s %s%s\n" % (name, service["s"], " persistent %d" % service["p"] if service["p"] else "")
            for server, own in service["servers"].items():
                if given["--stats"]:
                    text += "  -> %-28s%9d%9d%9d%9d%9d\n" % (server, 6, 30, 24, 1560, 5024)
                else:
                    text += "  -> %-28s %-10d %-10d %-10d %-10d\n" % (server, own["x"], own["y"], 3, 1)
        return text
