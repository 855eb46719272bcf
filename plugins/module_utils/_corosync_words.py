# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the options of corosync.conf(5), votequorum(5) and corosync-qdevice(8), and their values. No I/O.

Ranges that the manual pages leave open are those of corosync's own parser, in both 3.1.7 and 3.1.9.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils._node_health_words import (
    PATH,
    Choice,
    Either,
    Text,
    Whole,
    is_whole,
)

U32 = 2**32 - 1
LINKS = 8
# 0 and more than this are no node ids; with knet not even these are enough.
KNET_HOSTS = 65535
# Corosync's own lower bound. A shorter token than SHORTEST_TOKEN it would take, but that fences healthy nodes.
SHORTEST = 30
SHORTEST_HOLD = 14
SHORTEST_TOKEN = 300


class Flag:
    """A boolean, written in the words of its option. Some options take other words besides."""

    def __init__(self, yes, no, *others):
        self.yes, self.no, self.others = yes, no, others

    def accepts(self, value):
        return isinstance(value, bool) or self._number(value) or value in self.others

    def _number(self, value):
        # What votequorum(5) writes as 0 and 1 may be written so.
        return self.yes == "1" and is_whole(value) and value in (0, 1)

    def allowed(self):
        words = ["0 or 1"] if self.yes == "1" else []
        return ", ".join([*words, "true or false", *self.others]) + " without quotes"

    def write(self, value):
        return str(value) if value in self.others else (self.yes if value else self.no)


class Address:
    """An IP address."""

    def accepts(self, value):
        return common.address(value) is not None

    def allowed(self):
        return "an IP address"


class Multicast(Address):
    """An IP address that many listen to."""

    def accepts(self, value):
        found = common.address(value)
        return found is not None and found.is_multicast

    def allowed(self):
        return "a multicast address such as 239.255.1.1"


class NodeIds:
    """Ids of nodes, in the order in which they are to be asked for."""

    def accepts(self, value):
        return isinstance(value, list) and bool(value) and all(is_whole(entry) and entry > 0 for entry in value)

    def allowed(self):
        return "a list of node ids"

    def write(self, value):
        return " ".join(str(entry) for entry in value) if isinstance(value, list) else str(value)


class TieBreaker(Either):
    """Which part of a cluster goes on: words, or nodes."""

    def write(self, value):
        return NodeIds().write(value)


YES_NO = Flag("yes", "no")
ON_OFF = Flag("on", "off")
ONE_ZERO = Flag("1", "0")
MS = Whole(SHORTEST, U32)
COUNT = Whole(1, U32)
NUMBER = Whole(0, U32)
# A brace would open a section, and a line may have no more than 511 characters.
LINE = Text(r"[^\s{}][^{}\n\r]{0,399}(?<!\s)", "text in one line, without braces")
COMMAND = Text(r"/[^{}\n\r]{1,399}(?<!\s)", "an absolute path, with arguments if need be, without braces")

COMPRESSIONS = ("none", "zlib", "lz4", "lz4hc", "lzo2", "lzma", "bzip2", "zstd")
PRIORITIES = ("alert", "crit", "debug", "emerg", "err", "info", "notice", "warning")
FACILITIES = ("daemon", *("local%d" % number for number in range(8)))

TOTEM = {
    "version": Choice(2),
    "clear_node_high_bit": YES_NO,
    "crypto_model": Choice("nss", "openssl"),
    "crypto_hash": Choice("md5", "sha1", "sha256", "sha384", "sha512"),
    "crypto_cipher": Choice("aes256", "aes192", "aes128"),
    "secauth": ON_OFF,
    "keyfile": PATH,
    "link_mode": Choice("passive", "active", "rr"),
    "netmtu": Whole(576, 65536),
    "transport": Choice("knet", "udpu", "udp"),
    "config_version": Whole(0, 2**64 - 1),
    "ip_version": Choice("ipv4", "ipv6", "ipv4-6", "ipv6-4"),
    "token": Whole(SHORTEST_TOKEN, U32),
    "token_warning": Whole(0, 100),
    "token_coefficient": NUMBER,
    "token_retransmit": MS,
    "token_retransmits_before_loss_const": COUNT,
    "knet_compression_model": Choice(*COMPRESSIONS),
    "knet_compression_threshold": NUMBER,
    "knet_compression_level": Whole(-(2**31), 2**31 - 1),
    "hold": Whole(SHORTEST_HOLD, U32),
    "join": MS,
    "send_join": NUMBER,
    "consensus": MS,
    "merge": MS,
    "downcheck": MS,
    "fail_recv_const": COUNT,
    "seqno_unchanged_const": COUNT,
    "heartbeat_failures_allowed": NUMBER,
    "max_network_delay": MS,
    "window_size": COUNT,
    "max_messages": COUNT,
    "miss_count_const": COUNT,
    "knet_pmtud_interval": COUNT,
    "knet_mtu": Either(Choice(0), Whole(576, 65535)),
    "block_unlisted_ips": YES_NO,
    "cancel_token_hold_on_retransmit": YES_NO,
}
INTERFACE = {
    "linknumber": Whole(0, LINKS - 1),
    "knet_link_priority": Whole(0, 255),
    "knet_ping_interval": COUNT,
    "knet_ping_timeout": COUNT,
    "knet_ping_precision": COUNT,
    "knet_pong_count": COUNT,
    "knet_transport": Choice("udp", "sctp"),
    "bindnetaddr": Address(),
    "broadcast": YES_NO,
    "mcastaddr": Multicast(),
    "mcastport": Whole(1, 65535),
    "ttl": Whole(0, 255),
}
# Which transports an option is for, where it is not for all.
KNET = ("knet",)
UDP = ("udp",)
TRANSPORTS = {
    "crypto_model": KNET,
    "crypto_hash": KNET,
    "crypto_cipher": KNET,
    "secauth": KNET,
    "keyfile": KNET,
    "link_mode": KNET,
    "block_unlisted_ips": ("knet", "udpu"),
    "bindnetaddr": UDP,
    "broadcast": UDP,
    "mcastaddr": UDP,
    "ttl": UDP,
}
QUORUM = {
    "provider": Choice("corosync_votequorum"),
    "expected_votes": COUNT,
    "two_node": ONE_ZERO,
    "wait_for_all": ONE_ZERO,
    "last_man_standing": ONE_ZERO,
    "last_man_standing_window": COUNT,
    "auto_tie_breaker": ONE_ZERO,
    "auto_tie_breaker_node": TieBreaker(Choice("lowest", "highest"), Whole(1, U32), NodeIds()),
    "allow_downscale": ONE_ZERO,
    "expected_votes_tracking": ONE_ZERO,
}
DEVICE = {
    "model": Choice("net"),
    "timeout": COUNT,
    "sync_timeout": COUNT,
    "votes": NUMBER,
}
NET = {
    "tls": Flag("on", "off", "required"),
    "host": Text(r"[0-9A-Za-z][0-9A-Za-z.:_-]*", "a name or an IP address"),
    "port": Whole(1, 65535),
    "algorithm": Choice("ffsplit", "lms"),
    "tie_breaker": Either(Choice("lowest", "highest"), Whole(1, U32)),
    "connect_timeout": Whole(1000, 120000),
    "force_ip_version": Choice(0, 4, 6),
    "keep_active_partition_tie_breaker": ON_OFF,
}
HEURISTICS = {
    "mode": Flag("on", "off", "sync"),
    "timeout": Whole(1000, 120000),
    "sync_timeout": Whole(1000, 120000),
    "interval": Whole(1000, 3600000),
}
EXEC = re.compile(r"exec_[A-Za-z0-9_]{1,60}")
MOST_EXECS = 32
NODE = {
    "name": Text(common.NAME.pattern, "a host name"),
    "nodeid": Whole(1, U32),
    "quorum_votes": NUMBER,
}
SUBSYS = {
    "to_stderr": YES_NO,
    "to_logfile": YES_NO,
    "to_syslog": YES_NO,
    "logfile": PATH,
    "logfile_priority": Choice(*PRIORITIES),
    "syslog_facility": Choice(*FACILITIES),
    "syslog_priority": Choice(*PRIORITIES),
    "debug": Flag("on", "off", "trace"),
}
SUBSYSTEM = Text(r"[A-Za-z0-9_]{1,60}", "the name of a subsystem such as TOTEM")
LOGGING = {
    "timestamp": Flag("on", "off", "hires"),
    "fileline": ON_OFF,
    "function_name": ON_OFF,
    "blackbox": ON_OFF,
    **SUBSYS,
}
SYSTEM = {
    "qb_ipc_type": Choice("native", "shm", "socket"),
    "sched_rr": YES_NO,
    "priority": Either(Choice("max", "min"), Whole(-20, 19)),
    "move_to_root_cgroup": Flag("yes", "no", "auto"),
    "allow_knet_handle_fallback": YES_NO,
    "state_dir": PATH,
}
RESOURCES = {"watchdog_device": Either(PATH, Choice(False))}
NOZZLE = {
    "name": Text(r"[A-Za-z0-9_.-]{1,15}", "the name of an interface, 15 characters at most"),
    "ipaddr": Address(),
    "ipprefix": Whole(1, 128),
    "macaddr": Text(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", "an address such as 54:54:12:24:12:12"),
}
OWNER = Either(Whole(0, U32 - 1), Text(r"[a-z_][a-z0-9_-]*", "a name or a number"))
UIDGID = {"uid": OWNER, "gid": OWNER}

# What decides about the word that a boolean becomes. An option that is not here is written as it is.
SECTIONS = {
    "totem": TOTEM,
    "interface": INTERFACE,
    "quorum": QUORUM,
    "device": DEVICE,
    "net": NET,
    "heuristics": HEURISTICS,
    "node": NODE,
    "logging": LOGGING,
    "logger_subsys": SUBSYS,
    "system": SYSTEM,
    "resources": RESOURCES,
    "nozzle": NOZZLE,
    "uidgid": UIDGID,
}


def transports(word):
    """The transports that an option is for."""
    return KNET if word.startswith("knet_") else TRANSPORTS.get(word, ("knet", "udpu", "udp"))


def write(section, word, value):
    """A value as it stands in the file."""
    allowed = SECTIONS.get(section, {}).get(word)
    if hasattr(allowed, "write"):
        return allowed.write(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def unknown(where, entry, known):
    """Options that corosync would not read, each with the one that may be meant."""
    return common.unknown_words("option", where, entry, known)


def wrong(where, entry, known):
    """Values that corosync would refuse, or read as something else."""
    problems = []
    for word, allowed in known.items():
        if word not in entry or allowed.accepts(entry[word]):
            continue
        texts = common.boolean_words(where, {word: entry[word]}) if isinstance(allowed, Flag) else []
        problems += texts or ["%s: %s is %r; allowed is %s." % (where, word, entry[word], allowed.allowed())]
    return problems


def judged(where, entry, known, *sections):
    """Both. sections: the words that hold a section of their own, which somebody else looks at."""
    inner = {word: value for word, value in entry.items() if word not in sections}
    return unknown(where, inner, {*known, *sections}) + wrong(where, inner, known)


def sound(entry, known):
    """The options of an entry whose values can be reckoned with."""
    return {word: entry[word] for word, allowed in known.items() if word in entry and allowed.accepts(entry[word])}
