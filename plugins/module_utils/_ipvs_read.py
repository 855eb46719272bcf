# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ipvsadm says of the kernel's table, as data. No I/O.

A service is a dict with the options of module ipvs_service, all of them: one of tcp, udp, sctp (each ADDRESS:PORT) and
fwmark has a value. `ipvsadm --save` is the only output that is made to be read again, but has no thresholds; these and
the counters come from lists. Formats are those of ipvsadm 1.31 (print_service_entry and print_tunnel_rule in its
source).
Private to this collection.
"""

from __future__ import annotations

import ipaddress
import re

PROTOCOLS = {"-t": "tcp", "-u": "udp", "--sctp-service": "sctp"}
FORWARDING = {"-m": "masq", "-g": "gate", "-i": "ipip"}
TUN_FLAGS = {"--tun-nocsum": "nocsum", "--tun-csum": "csum", "--tun-remcsum": "remcsum"}
SERVICE = {"tcp": None, "udp": None, "sctp": None, "fwmark": None, "ipv6": False, "scheduler": "wlc", "sched_flags": [],
           "persistent": None, "netmask": None, "pe": None, "ops": False, "real_servers": []}
SERVER = {"address": None, "port": 0, "forwarding": "gate", "weight": 1, "u_threshold": 0, "l_threshold": 0,
          "tun_type": None, "tun_port": None, "tun_flags": None}
# IP_VS_STATE_* and timeout tables of a kernel that has just loaded ip_vs.
NOT_LOADED = {"services": [], "timeouts": {"tcp": 900, "tcpfin": 120, "udp": 300}, "daemons": []}
COUNTERS = ("conns", "inpkts", "outpkts", "inbytes", "outbytes")
THRESHOLDS = ("u_threshold", "l_threshold", "active", "inactive")


def split_endpoint(text):
    """(address, port) of ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, as numbers; ValueError if it is none."""
    found = re.match(r"^\[([^\]]+)\](?::(\d+))?$", text) or re.match(r"^([^:]+)(?::(\d+))?$", text)
    if not found:
        raise ValueError("no address and port")
    address = ipaddress.ip_address(found.group(1))
    if (address.version == 6) != text.startswith("["):
        raise ValueError("an IPv6 address stands in brackets, and no other does")
    return address, int(found.group(2) or 0)


def endpoint(address, port):
    """ADDRESS:PORT, as ipvsadm takes it and prints it."""
    return "[%s]:%d" % (address, port) if ":" in str(address) else "%s:%d" % (address, port)


def same_endpoint(text):
    """An endpoint as ipvsadm prints it."""
    return endpoint(*split_endpoint(text))


def key(service):
    """What identifies a service."""
    for protocol in PROTOCOLS.values():
        if service[protocol] is not None:
            return protocol, service[protocol]
    return "fwmark", "%d%s" % (service["fwmark"], " ipv6" if service["ipv6"] else "")


def name(service):
    """A service in messages."""
    return " ".join(key(service))


def server_key(server):
    return endpoint(server["address"], server["port"])


def is_ipv6(service):
    return service["ipv6"] if service["fwmark"] is not None else key(service)[1].startswith("[")


def _place(text):
    address, port = split_endpoint(text)
    return address.version, int(address), port


def _service_place(service):
    kind, text = key(service)
    if kind == "fwmark":
        return len(PROTOCOLS), (4, service["fwmark"], service["ipv6"])
    return list(PROTOCOLS.values()).index(kind), _place(text)


def ordered(services):
    """Services by protocol, address and port, their servers by address and port, whatever added them in which order."""
    for service in services:
        service["real_servers"].sort(key=lambda server: _place(server_key(server)))
    return sorted(services, key=_service_place)


def _options(words):
    """{option: value} of a line of --save. An option's value is the word after it, unless that is an option as well.

    A mark above 2147483647 is printed as a negative number, which is no option.
    """
    options, last = {}, None
    for word in words:
        if word.startswith("-") and not (last == "-f" and not options[last]):
            last = word
            options[last] = ""
        elif last:
            options[last] = word
    return options


def _identity(options):
    for option, protocol in PROTOCOLS.items():
        if option in options:
            return {protocol: options[option]}
    return {"fwmark": int(options["-f"]) & 0xFFFFFFFF, "ipv6": "-6" in options}


def _service(options):
    return {
        **SERVICE,
        **_identity(options),
        "scheduler": options["-s"],
        "sched_flags": sorted(flag for flag in options.get("-b", "").split(",") if flag),
        "persistent": int(options["-p"]) if "-p" in options else None,
        "netmask": options.get("-M"),
        "pe": options.get("--pe"),
        "ops": "-o" in options,
        "real_servers": [],
    }


def _server(options):
    address, port = split_endpoint(options["-r"])
    return {
        **SERVER,
        "address": str(address),
        "port": port,
        "forwarding": next(word for option, word in FORWARDING.items() if option in options),
        "weight": int(options["-w"]),
        # Only in what this collection writes: --save leaves them out.
        "u_threshold": int(options.get("-x", 0)),
        "l_threshold": int(options.get("-y", 0)),
        "tun_type": options.get("--tun-type"),
        "tun_port": int(options["--tun-port"]) if "--tun-port" in options else None,
        "tun_flags": next((word for option, word in TUN_FLAGS.items() if option in options), None),
    }


def parse_save(text):
    """`ipvsadm --save --numeric`: the services with their servers."""
    services = []
    for line in text.splitlines():
        options = _options(line.split())
        if "-A" in options:
            services.append(_service(options))
        elif "-a" in options:
            # A service's servers follow it.
            services[-1]["real_servers"].append(_server(options))
    return ordered(services)


def parse_list(text, columns):
    """`ipvsadm --list --numeric` with some columns: {service: {None: own numbers, server: numbers}}

    Where a service has no numbers of its own, its line ends with its scheduler and flags.
    """
    found, current = {}, None
    for line in text.splitlines():
        words = line.split()
        if line.startswith("  -> ") and current is not None:
            found[current][words[1]] = dict(zip(columns, map(int, words[2:])))
        elif words and words[0] in ("TCP", "UDP", "SCTP"):
            current = words[0].lower(), words[1]
        elif words and words[0] == "FWM":
            mark = str(int(words[1]) & 0xFFFFFFFF)
            current = "fwmark", mark + (" ipv6" if words[2:3] == ["IPv6"] else "")
        else:
            continue
        if current not in found:
            numbers = words[-len(columns):]
            own = dict(zip(columns, map(int, numbers))) if all(map(str.isdigit, numbers)) else {}
            found[current] = {None: own}
    return found


def _row(listed, service, server):
    """A server's numbers. In lists of services that are not IPv6, ipvsadm cuts its name to 28 characters."""
    rows = listed.get(key(service), {})
    return rows.get(server_key(server), rows.get(server_key(server)[:28], {}))


def with_thresholds(services, listed):
    """The services with the thresholds of their servers."""
    for service in services:
        for server in service["real_servers"]:
            numbers = _row(listed, service, server)
            server.update({column: numbers.get(column, 0) for column in ("u_threshold", "l_threshold")})
    return services


def with_counters(services, thresholds, stats):
    """The services with what has gone through them; for module ipvs_info."""
    for service in services:
        counted = stats.get(key(service), {})
        service["stats"] = counted.get(None, {})
        for server in service["real_servers"]:
            connections = _row(thresholds, service, server)
            server.update({column: connections.get(column, 0) for column in ("active", "inactive")})
            server["stats"] = _row(stats, service, server)
    return services


def parse_timeout(text):
    """`ipvsadm --list --timeout`, in seconds."""
    found = re.search(r"\(tcp tcpfin udp\): (\d+) (\d+) (\d+)", text)
    return dict(zip(("tcp", "tcpfin", "udp"), map(int, found.groups()))) if found else {}


def parse_daemon(text):
    """`ipvsadm --list --daemon`: the sync daemons that run."""
    daemons = []
    for state, inside in re.findall(r"^(master|backup) sync daemon \(([^)]*)\)", text, re.MULTILINE):
        values = dict(part.split("=", 1) for part in inside.split(", "))
        daemons.append(
            {
                "state": state,
                "mcast_interface": values["mcast"],
                "syncid": int(values["syncid"]),
                "sync_maxlen": int(values["maxlen"]) if "maxlen" in values else None,
                "mcast_group": values.get("group"),
                "mcast_port": int(values["port"]) if "port" in values else None,
                "mcast_ttl": int(values["ttl"]) if "ttl" in values else None,
            }
        )
    return daemons
