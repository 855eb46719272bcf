# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role qnetd refuses before it touches a host, and role corosync of a device and its host together."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _qnetd_options as options

NET = "corosync_quorum: device: net"


def _is_tls(value):
    return isinstance(value, (bool, str)) and value in options.TLS


def _listen(variables):
    problems = []
    address, version = variables["qnetd_listen_addr"], variables["qnetd_ip_version"]
    found = common.address(address)
    if address != "" and found is None:
        problems.append("qnetd_listen_addr is %r; allowed is an IP address, or an empty text for all." % (address,))
    if isinstance(version, bool) or version not in (0, 4, 6):
        problems.append("qnetd_ip_version is %r; allowed is 0 (both), 4 or 6." % (version,))
    elif found is not None and version and found.version != version:
        problems.append(
            "qnetd_ip_version is %d and qnetd_listen_addr is %s; allowed is an address of that kind, or 0."
            % (version, address)
        )
    return problems


def qnetd_problems(variables):
    """Sentences about the variables of role qnetd; no sentence, no problem."""
    problems = []
    tls, clients = variables["qnetd_tls"], variables["qnetd_client_cert_required"]
    if not _is_tls(tls):
        problems.append("qnetd_tls is %r; allowed are on, off and required." % (tls,))
    if not isinstance(clients, bool):
        problems.append("qnetd_client_cert_required is %r; allowed is true or false without quotes." % (clients,))
    problems += _listen(variables)
    for name, allowed in (("qnetd_listen_port", options.PORT), ("qnetd_max_clients", options.CLIENTS)):
        if not allowed.accepts(variables[name]):
            problems.append("%s is %r; allowed is %s." % (name, variables[name], allowed.allowed()))
    settings, found = common.dictionary("qnetd_settings", variables["qnetd_settings"])
    problems += found + words.judged("qnetd_settings", settings, options.SETTINGS)
    lowest, highest = options.heartbeats(words.sound(settings, options.SETTINGS))
    if lowest > highest:
        problems.append(
            "qnetd_settings: heartbeat_interval_min is %d and heartbeat_interval_max %d; allowed is one that is not "
            "above the other." % (lowest, highest)
        )
    return problems


def _tls(wanted, offered):
    """Two ends that would not speak with each other."""
    if wanted == "off" and offered == "required":
        return [
            "%s: tls is off and qnetd_tls of the host is required; allowed is on or required here, or qnetd_tls: \"on\" "
            "there." % NET
        ]
    if wanted == "required" and offered == "off":
        return ["%s: tls is required and qnetd_tls of the host is off; allowed is on or required there." % NET]
    return []


def _itself(host, nodes):
    """A host that goes down with a node says nothing about it."""
    for node in nodes:
        own = [node.get("name")] + [value for key, value in node.items() if str(key).startswith("ring")]
        if host in [str(value) for value in own]:
            return [
                "%s: host is %s, which is the node %s itself; allowed is a host outside of the cluster."
                % (NET, host, node.get("name"))
            ]
    return []


def device_problems(nodes, device, qnetd):
    """Reasons why nodes and the host of their device would not come together.

    qnetd: the variables of the inventory's host for it, those that it has. None: the inventory has no such host.
    """
    net = words.sound(device.get("net") if isinstance(device.get("net"), dict) else {}, words.NET)
    if "host" not in net:
        return []
    problems = _itself(net["host"], nodes)
    if qnetd is None:
        return problems
    # The variables of a host can be asked for, and not be gone through.
    offered = {name: qnetd[name] if name in qnetd else default for name, default in options.DEFAULTS.items()}
    if qnetd_problems(offered):
        return problems  # which role qnetd names
    tls = {"on": "on", "off": "off", "req": "required"}[options.TLS[offered["qnetd_tls"]]]
    problems += _tls(words.NET["tls"].write(net.get("tls", True)), tls)
    if net.get("port", 5403) != offered["qnetd_listen_port"]:
        problems.append(
            "%s: port is %d and the host listens on %d (qnetd_listen_port); allowed is the same."
            % (NET, net.get("port", 5403), offered["qnetd_listen_port"])
        )
    timeout = words.sound(device, words.DEVICE).get("timeout", 10000)
    lowest, highest = options.heartbeats(offered["qnetd_settings"])
    # corosync-qdevice asks for a heartbeat every 0.8 of it.
    if not lowest <= 0.8 * timeout <= highest:
        problems.append(
            "corosync_quorum: device: timeout is %d ms, which makes a heartbeat of %d ms; allowed by the host is one of "
            "%d to %d ms (qnetd_settings)." % (timeout, 0.8 * timeout, lowest, highest)
        )
    return problems
