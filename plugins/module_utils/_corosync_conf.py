# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: corosync.conf(5) from the variables of role corosync. No I/O.

One rule writes everything. A key is an option and its value the option's. A boolean becomes the word that the option
takes. A dictionary is a section, a list of dictionaries a section each.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words

RINGS = tuple("ring%d_addr" % link for link in range(words.LINKS))
HEAD = "# Ansible managed\n# corosync.conf(5); votequorum(5)\n"
# What is said unless told otherwise. Encrypted, because it costs next to nothing; only knet can.
TOTEM = {"version": 2}
ENCRYPTED = {"crypto_cipher": "aes256", "crypto_hash": "sha256"}
QUORUM = {"provider": "corosync_votequorum"}
LOGGING = {
    "to_logfile": True,
    "logfile": "/var/log/corosync/corosync.log",
    "to_syslog": True,
    "timestamp": "hires",
}


def transport(totem):
    return totem.get("transport", "knet")


def totem_of(variables):
    """Section totem with what the role adds."""
    given = variables["corosync_totem"]
    found = {**TOTEM, "cluster_name": variables["corosync_cluster_name"], "transport": transport(given)}
    return {**found, **(ENCRYPTED if found["transport"] == "knet" else {}), **given}


def section(name, options):
    lines = [name + " {"]
    for word, value in options.items():
        lines += ["\t" + line for line in statement(name, word, value)]
    return lines + ["}"]


def statement(name, word, value):
    """The lines of one option."""
    if isinstance(value, dict):
        return section(word, value)
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return [line for entry in value for line in section(word, entry)]
    return ["%s: %s" % (word, words.write(name, word, value))]


def corosync_conf(variables):
    """corosync.conf of the cluster. It is the same on all nodes."""
    sections = [
        ("totem", totem_of(variables)),
        ("nodelist", {"node": variables["corosync_nodes"]}),
        ("quorum", {**QUORUM, **variables["corosync_quorum"]}),
        ("logging", {**LOGGING, **variables["corosync_logging"]}),
        ("system", variables["corosync_system"]),
        ("resources", variables["corosync_resources"]),
        ("nozzle", variables["corosync_nozzle"]),
    ]
    sections += [("uidgid", entry) for entry in variables["corosync_uidgid"]]
    return HEAD + "\n".join("\n".join(section(*pair)) + "\n" for pair in sections if pair[1])
