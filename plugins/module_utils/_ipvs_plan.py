# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which ipvsadm commands bring the kernel's table to what is wanted. No I/O.

The order keeps established connections, and services that can be reached:
  timeouts, then services are added or edited, each with its servers: those that gain weight first
  servers that are no longer wanted are deleted when all others have their weight
  services that are no longer wanted are deleted
  sync daemons, which have no part in the connections that are there
Whatever can be edited is edited: deleting a server or a service makes the kernel drop its connections. An edit keeps
them, those of a server that gets another forwarding method included, since each has the method that it began with.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_wanted

OPTIONS = {protocol: option for option, protocol in read.PROTOCOLS.items()}
METHODS = {word: option for option, word in read.FORWARDING.items()}
DAEMON_OPTIONS = ("syncid", "sync_maxlen", "mcast_interface", "mcast_group", "mcast_port", "mcast_ttl")
UNDONE = (
    "ipvsadm reported success, but this is still to be done: %s. Somebody else may be changing the table at the same "
    "time, such as keepalived or ldirectord."
)

AS_IT_WAS = "The table is as it was."
NOT_AS_IT_WAS = "The table is not as it was, for which this is still to be done: %s. %s"


# Words of ipvsadm, in the order that --save prints


def _identity(service):
    protocol, dummy = read.key(service)
    if protocol == "fwmark":
        return ["-f", str(service["fwmark"])] + (["-6"] if service["ipv6"] else [])
    return [OPTIONS[protocol], service[protocol]]


def _service_words(service):
    words = _identity(service) + ["-s", service["scheduler"]]
    if service["persistent"] is not None:
        words += ["-p", str(service["persistent"])]
    if service["netmask"] is not None:
        words += ["-M", service["netmask"]]
    if service["pe"] is not None:
        words += ["--pe", service["pe"]]
    if service["ops"]:
        words += ["-o"]
    if service["sched_flags"]:
        words += ["-b", ",".join(service["sched_flags"])]
    return words


def _server_words(service, server):
    words = _identity(service) + ["-r", read.server_key(server), METHODS[server["forwarding"]]]
    words += ["-w", str(server["weight"])]
    if server["tun_type"] is not None:
        words += ["--tun-type", server["tun_type"]]
    if server["tun_port"] is not None:
        words += ["--tun-port", str(server["tun_port"])]
    if server["tun_flags"] is not None:
        words += ["--tun-" + server["tun_flags"]]
    # An edit sets both to 0 when they are not given.
    for option, threshold in (("-x", "u_threshold"), ("-y", "l_threshold")):
        if server[threshold]:
            words += [option, str(server[threshold])]
    return words


def _daemon_words(daemon):
    words = [daemon["state"]]
    for option in DAEMON_OPTIONS:
        if daemon[option] is not None:
            words += ["--" + option.replace("_", "-"), str(daemon[option])]
    return words


# What there will be


def _by_key(services):
    return {read.key(service): service for service in services}


def _by_state(daemons):
    return {daemon["state"]: daemon for daemon in daemons}


def _servers(service):
    return {read.server_key(server): server for server in service["real_servers"]}


def _merged(wanted, found, purge):
    """The service that is to be: what is wanted, and without purge also the servers that nobody has named."""
    service = _ipvs_wanted.normal(wanted)
    if found is not None and not purge:
        named = _servers(service)
        service["real_servers"] += [server for each, server in _servers(found).items() if each not in named]
    absent = {read.server_key(server) for server, given in zip(service["real_servers"], wanted["real_servers"])
              if given["state"] == "absent"}
    service["real_servers"] = [each for each in service["real_servers"] if read.server_key(each) not in absent]
    return service


def _daemons_after(wanted, found, purge):
    if wanted is None:
        return found
    running = _by_state(found)
    after = {} if purge else dict(running)
    for daemon in wanted:
        now = running.get(daemon["state"])
        same = now is not None and all(daemon[option] in (None, now[option]) for option in DAEMON_OPTIONS)
        after[daemon["state"]] = now if same else daemon
    return sorted(after.values(), key=lambda daemon: daemon["state"], reverse=True)


def after(wanted, here):
    """The table as it will be. wanted: {services, timeouts, daemons, purge}; here: {services, timeouts, daemons}"""
    found = _by_key(here["services"])
    services = {} if wanted["purge"] else dict(found)
    for entry in wanted["services"]:
        key = read.key(_ipvs_wanted.normal_identity(entry))
        if entry["state"] == "absent":
            services.pop(key, None)
        else:
            services[key] = _merged(entry, found.get(key), wanted["purge"])
    given = {option: value for option, value in (wanted["timeouts"] or {}).items() if value is not None}
    return {
        "services": read.ordered(services.values()),
        "timeouts": {**here["timeouts"], **given},
        "daemons": _daemons_after(wanted["daemons"], here["daemons"], wanted["purge"]),
    }


def _with_old(here, before, meant):
    """What is here, but where something else was meant to be than before, there it is as before."""
    table = dict(here)
    for key in {**before, **meant}:
        if before.get(key) != meant.get(key):
            table.pop(key, None)
            table.update({key: before[key]} if key in before else {})
    return table


def back(here, before, meant):
    """The table to go back to when not all commands have succeeded. meant: the table that they were to lead to

    What they were not about stays as it is here: somebody else may have changed it by now.
    """
    services = [_by_key(table["services"]) for table in (here, before, meant)]
    daemons = [_by_state(table["daemons"]) for table in (here, before, meant)]
    return {
        "services": read.ordered(_with_old(*services).values()),
        "timeouts": _with_old(here["timeouts"], before["timeouts"], meant["timeouts"]),
        "daemons": list(_with_old(*daemons).values()),
    }


# How to get there


def _same(service, other):
    return _service_words(service) == _service_words(other)


def _service_commands(service, found):
    """What makes or changes a service and the servers that it is to have."""
    argv = []
    if found is None:
        argv.append(["-A"] + _service_words(service))
    elif not _same(service, found):
        argv.append(["-E"] + _service_words(service))
    there, changes = _servers(found) if found else {}, []
    for each, server in _servers(service).items():
        old = there.get(each)
        if old is None:
            changes.append((server["weight"], ["-a"] + _server_words(service, server)))
        elif _server_words(service, server) != _server_words(service, old):
            changes.append((server["weight"] - old["weight"], ["-e"] + _server_words(service, server)))
    # Sorting keeps the order of those that gain the same.
    return argv + [words for dummy, words in sorted(changes, key=lambda change: -change[0])]


def _daemon_commands(here, there):
    stop, start = [], []
    wanted, running = _by_state(there), _by_state(here)
    for state in ("master", "backup"):
        if running.get(state) == wanted.get(state):
            continue
        # Its options cannot be changed while it runs.
        stop += [["--stop-daemon", state]] if state in running else []
        start += [["--start-daemon"] + _daemon_words(wanted[state])] if state in wanted else []
    return stop + start


def commands(here, there):
    """The ipvsadm commands that lead from one table to another, in order."""
    argv = []
    if here["timeouts"] != there["timeouts"]:
        argv.append(["--set"] + [str(there["timeouts"][option]) for option in ("tcp", "tcpfin", "udp")])
    old, new = _by_key(here["services"]), _by_key(there["services"])
    for key, service in new.items():
        argv += _service_commands(service, old.get(key))
    for key, service in new.items():
        kept = _servers(service)
        for each in _servers(old[key]) if key in old else ():
            if each not in kept:
                argv.append(["-d"] + _identity(service) + ["-r", each])
    argv += [["-D"] + _identity(service) for key, service in old.items() if key not in new]
    return [["ipvsadm"] + words for words in argv + _daemon_commands(here["daemons"], there["daemons"])]


def shown(table):
    """A table as text for --diff: the lines that --save would print, with the thresholds."""
    lines = []
    for service in table["services"]:
        lines.append(" ".join(["-A"] + _service_words(service)))
        lines += [" ".join(["-a"] + _server_words(service, server)) for server in service["real_servers"]]
    lines.append("--set " + " ".join(str(table["timeouts"][option]) for option in ("tcp", "tcpfin", "udp")))
    lines += sorted(" ".join(["--start-daemon"] + _daemon_words(daemon)) for daemon in table["daemons"])
    return "".join(line + "\n" for line in lines)


def modules(services):
    """{kernel module: which option needs it} of services."""
    needed = {}
    for service in services:
        needed["ip_vs_" + service["scheduler"]] = "%s: scheduler is %s" % (read.name(service), service["scheduler"])
        if service["pe"]:
            needed["ip_vs_pe_" + service["pe"]] = "%s: pe is %s" % (read.name(service), service["pe"])
    return needed
