# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the options of corosync-qnetd(8) from the variables of role qnetd. No I/O."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils._node_health_words import Text, Whole

# As in defaults/main.yml, for who looks at a host that leaves them unsaid.
DEFAULTS = {
    "qnetd_tls": "required",
    "qnetd_client_cert_required": True,
    "qnetd_listen_addr": "",
    "qnetd_listen_port": 5403,
    "qnetd_ip_version": 0,
    "qnetd_max_clients": 0,
    "qnetd_settings": {},
}
# The manual page says required, and the program (3.0.3) takes nothing but req.
TLS = {True: "on", False: "off", "on": "on", "off": "off", "required": "req"}
NUMBER = Whole(1, words.U32)
HEARTBEAT = Whole(1000, 120000)
PATH = Text(r"/[^\s\",]*", "an absolute path without blanks and commas")
NICKNAME = Text(r"[0-9A-Za-z._-]+", "a name without blanks and commas")


class Coefficient:
    """By how much a lost node's heartbeat may be late."""

    def accepts(self, value):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 1 <= value <= 1000

    def allowed(self):
        return "a number from 1 to 1000, without quotes"


SETTINGS = {
    "listen_backlog": NUMBER,
    "max_client_send_buffers": NUMBER,
    "max_client_send_size": NUMBER,
    "max_client_receive_size": NUMBER,
    "nss_db_dir": PATH,
    "cert_nickname": NICKNAME,
    "heartbeat_interval_min": HEARTBEAT,
    "heartbeat_interval_max": HEARTBEAT,
    "dpd_enabled": words.ON_OFF,
    "dpd_interval_coefficient": Coefficient(),
    "lock_file": PATH,
    "local_socket_file": PATH,
    "local_socket_backlog": NUMBER,
    "ipc_max_clients": NUMBER,
    "ipc_max_receive_size": NUMBER,
    "ipc_max_send_size": NUMBER,
    "keep_active_partition_tie_breaker": words.ON_OFF,
}
PORT = Whole(1, 65535)
CLIENTS = Whole(0, words.U32)


def heartbeats(settings):
    """(the shortest, the longest) interval in ms that a node may ask for."""
    return settings.get("heartbeat_interval_min", 1000), settings.get("heartbeat_interval_max", 120000)


def _setting(word, value):
    return "%s=%s" % (word, SETTINGS[word].write(value) if hasattr(SETTINGS[word], "write") else value)


def qnetd_options(variables):
    """The arguments of corosync-qnetd, as /etc/default/corosync-qnetd has them."""
    tls = TLS[variables["qnetd_tls"]]
    found = ["-s", tls]
    if tls != "off":
        found += ["-c", words.ON_OFF.write(variables["qnetd_client_cert_required"])]
    if variables["qnetd_listen_addr"]:
        found += ["-l", variables["qnetd_listen_addr"]]
    found += ["-p", str(variables["qnetd_listen_port"])]
    if variables["qnetd_ip_version"]:
        found += ["-%d" % variables["qnetd_ip_version"]]
    if variables["qnetd_max_clients"]:
        found += ["-m", str(variables["qnetd_max_clients"])]
    if variables["qnetd_settings"]:
        found += ["-S", ",".join(_setting(*pair) for pair in variables["qnetd_settings"].items())]
    return " ".join(found)
