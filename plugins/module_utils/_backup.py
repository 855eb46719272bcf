# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what a backup of a cluster holds, and what speaks against making one or bringing one back. No I/O.

A backup is one JSON text. Contents are in base64, since a key or a certificate's database is no text, and a
configuration may have what looks like a template.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils import _cib_xml, _corosync_reload
from ansible_collections.halab.cluster.plugins.module_utils._problems import listed

FORMAT = 1
COROSYNC_CONF = "/etc/corosync/corosync.conf"
# Programs of packages, which no backup has to bring back.
OF_PACKAGES = ("/usr/", "/bin/", "/sbin/", "/lib", "/dev/", "/proc/", "/sys/", "/run/")
OWN_PROGRAMS = "/usr/local/"
# Of the host of a quorum device: the certificate of its authority, and those that it has signed.
AUTHORITY = "/etc/corosync/qnetd/nssdb/qnetd-cacert.crt"
SIGNED = re.compile(r"^/etc/corosync/qnetd/nssdb/cluster-(.+)[.]crt\Z")


class NoBackup(ValueError):
    """What is read is no backup."""


def identity(text):
    """What tells a cluster from another, of its corosync.conf: its name, and its nodes with their ids and addresses."""
    found, nodes = _corosync_reload.read(text), {}
    for key, value in found.items():
        match = _corosync_reload.NODE.match(key)
        if match:
            nodes.setdefault(match.group(1), {})[match.group(2)] = value
    return {"name": found.get("totem.cluster_name", ""),
            "nodes": {node.get("name", number): _address_of(node) for number, node in sorted(nodes.items())}}


def _address_of(node):
    """The part of a node that no two nodes may have the same."""
    return {key: str(value) for key, value in sorted(node.items())
            if key == "nodeid" or _corosync_reload.RING.match("nodelist.node.0." + key)}


def wanted_identity(name, nodes):
    """The same of the inventory: corosync_cluster_name and corosync_nodes."""
    return {"name": name, "nodes": {node["name"]: _address_of(node) for node in nodes}}


def unfit(what, found, wanted):
    """Sentences about what differs between a cluster that was and the inventory."""
    problems = []
    if found["name"] != wanted["name"]:
        problems.append("%s is of cluster %r, and corosync_cluster_name is %r; allowed is the same name."
                        % (what, found["name"], wanted["name"]))
    for name in sorted({*found["nodes"]} - {*wanted["nodes"]}):
        problems.append("%s has node %s, which is none in the inventory; allowed are the same nodes: %s."
                        % (what, name, listed(sorted(wanted["nodes"]))))
    for name in sorted({*wanted["nodes"]} - {*found["nodes"]}):
        problems.append("%s has no node %s, which is one in the inventory; allowed are the same nodes: %s. One that came "
                        "later is added afterwards: playbooks/node_add.yml." % (what, name, listed(sorted(found["nodes"]))))
    for name in sorted({*found["nodes"]} & {*wanted["nodes"]}):
        old, new = found["nodes"][name], wanted["nodes"][name]
        problems += ["%s: node %s has %s %s, and corosync_node in the inventory says %s; allowed is the same."
                     % (what, name, key, old.get(key, "nowhere"), new.get(key, "nothing"))
                     for key in sorted({*old} | {*new}) if old.get(key) != new.get(key)]
    return problems


def files_named(cib):
    """Paths that fence devices and alerts are given: keys, password scripts, programs of somebody's own."""
    root = _cib_xml.parse(cib)
    values = [alert.get("path", "") for alert in root.iterfind("configuration/alerts/alert")]
    for primitive in root.iterfind("configuration/resources//primitive"):
        if _cib_xml.is_stonith(root, primitive):
            values += [pair.get("value", "") for element in (primitive, _cib_xml.origin(root, primitive))
                       for pair in element.iterfind("instance_attributes/nvpair")]
    return sorted({value for value in values if value.startswith("/") and value.rstrip("/")
                   and (value.startswith(OWN_PROGRAMS) or not value.startswith(OF_PACKAGES))})


def content_of(host, path):
    """What a host had in a file, as bytes; none where it had no such file."""
    for entry in host["files"]:
        if entry["path"] == path and entry["kind"] == "file":
            return base64.b64decode(entry["content"])
    return None


def _sums(hosts, path):
    """{checksum: hosts that have it}. Those that have no such file are left out."""
    found = {}
    for name, host in sorted(hosts.items()):
        content = content_of(host, path)
        if content is not None:
            found.setdefault(hashlib.sha256(content).hexdigest(), []).append(name)
    return found


def packages(text):
    """{package: version} of what dpkg-query prints, those that are installed."""
    rows = [line.split() for line in text.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) == 3 and row[2] == "installed"}


def _needs_key(host):
    text = content_of(host, COROSYNC_CONF)
    return text is None or _corosync_reload.needs_key(text.decode())


def backup_problems(nodes, name, members, keyfile, quorate):
    """Sentences about what speaks against a backup; no sentence, no problem. One is only made of a cluster that is whole.

    nodes: {name: what was read there}. name, members: of the inventory. keyfile: where corosync has its key. quorate:
    whether the node that the configuration is read from has a quorum.
    """
    problems = []
    if not quorate:
        problems.append("The node that is asked for the configuration has no quorum: others may have a newer one. Bring "
                        "them back first.")
    for path in (COROSYNC_CONF, keyfile):
        problems += ["%s: there is no %s. Converge first: playbooks/site.yml." % (host, path)
                     for host in sorted(nodes)
                     if content_of(nodes[host], path) is None and (path != keyfile or _needs_key(nodes[host]))]
        sums = _sums(nodes, path)
        if len(sums) > 1:
            problems.append("%s is not the same on %s. %s" % (
                path, " and ".join(", ".join(hosts) for hosts in sums.values()),
                "Run playbooks/key_rotate.yml, which gives all of them one key." if path == keyfile
                else "Converge first: playbooks/site.yml."))
    for host in sorted(nodes):
        text = content_of(nodes[host], COROSYNC_CONF)
        if text is not None:
            problems += unfit("%s on %s" % (COROSYNC_CONF, host), identity(text.decode()), wanted_identity(name, members))
    return list(dict.fromkeys(problems))


def backup_made(hosts, cib, read_from, ran, made):
    """The text of a backup.

    hosts: {name: {role, os, packages, files, left_out}}. cib: what cibadmin --query said on read_from. ran: ids of the
    resources that ran. made: the moment.
    """
    root = _cib_xml.parse(cib)
    node = next(hosts[name] for name in sorted(hosts) if hosts[name]["role"] == "node")
    found = {
        "format": FORMAT,
        "made": made,
        "cluster": identity(content_of(node, COROSYNC_CONF).decode()),
        "cib": {
            "content": base64.b64encode(cib.encode()).decode(),
            "version": ".".join(root.get(key, "0") for key in ("admin_epoch", "epoch", "num_updates")),
            "schema": root.get("validate-with", ""),
            "from": read_from,
        },
        "ran": sorted(ran),
        "hosts": hosts,
    }
    found["id"] = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def backup_read(text):
    """The backup in a text. Raises NoBackup."""
    try:
        found = json.loads(text)
        if not isinstance(found, dict) or "format" not in found:
            raise NoBackup("it holds no backup of playbooks/backup.yml")
        if found["format"] != FORMAT:
            raise NoBackup("it is of format %r; allowed is %d" % (found["format"], FORMAT))
        rest = {key: value for key, value in found.items() if key != "id"}
        if hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:16] != found.get("id"):
            raise NoBackup("it was changed after it was made: its contents do not give the id %s" % found.get("id"))
        _cib_xml.parse(base64.b64decode(found["cib"]["content"]))
    except (KeyError, ET.ParseError, binascii.Error) as error:
        raise NoBackup("it is damaged: %s" % error) from error
    except json.JSONDecodeError as error:
        raise NoBackup("it is no JSON: %s" % error.msg) from error
    return found


def backup_told(backup):
    """What is in a backup, in sentences without a secret."""
    cib, cluster = backup["cib"], backup["cluster"]
    lines = ["Backup %s of cluster %s, made %s." % (backup["id"], cluster["name"], backup["made"]),
             "Configuration %s (schema %s), read from %s; %s ran."
             % (cib["version"], cib["schema"], cib["from"], ", ".join(backup["ran"]) or "nothing")]
    for name, host in sorted(backup["hosts"].items()):
        files = [entry for entry in host["files"] if entry["kind"] != "directory"]
        lines.append("%s (%s, %s): %s; %s" % (
            name, host["role"], host["os"], ", ".join(entry["path"] for entry in files) or "no file",
            ", ".join("%s %s" % pair for pair in sorted(host["packages"].items())) or "no package"))
        lines += ["%s: left out: %s" % (name, said) for said in host["left_out"]]
    missing = sorted({*cluster["nodes"]} - {*backup["hosts"]})
    if missing:
        lines.append("Nothing was taken from %s: a restore gives them what the others have." % ", ".join(missing))
    return lines


def _look(lines):
    """{what: values} of the lines that the look at a node prints: a word, and what it is said of."""
    found = {}
    for line in lines:
        what, dummy, value = line.strip().partition(" ")
        found.setdefault(what, []).append(value.strip())
    return found


def _sum(host, path):
    content = content_of(host, path)
    return None if content is None else hashlib.sha256(content).hexdigest()


def _foreign_authorities(backup, looks):
    """Authorities that others need, and that would be overwritten. One that has signed for nobody, as a package makes it,
    gives way; one that runs stays. What a restore has put there that was interrupted is no other's.
    """
    problems = []
    for host in sorted({*looks} & {*backup["hosts"]}):
        seen, old = _look(looks[host]), backup["hosts"][host]
        sums = {path: found for found, path in (line.split(None, 1) for line in seen.get("sum", []))}
        foreign = [SIGNED.match(path).group(1) for path in sorted(sums) if SIGNED.match(path) and sums[path] != _sum(old, path)]
        if foreign and "running" not in seen and sums.get(AUTHORITY) != _sum(old, AUTHORITY):
            problems.append("%s: corosync-qnetd is stopped there, and its certificate authority is not that of restore_file; it "
                            "has signed for %s, which would lose its quorum device. Start it (systemctl start "
                            "corosync-qnetd), and it stays as it is: the nodes get certificates of it. Or remove %s, if nobody "
                            "needs it." % (host, ", ".join(foreign), AUTHORITY.rpartition("/")[0]))
    return problems


def restore_problems(backup, name, members, looks, authorities):
    """Sentences about what speaks against bringing a backup back; no sentence, no problem.

    name, members: of the inventory. looks: {node: lines}, what each node that this run reaches printed: running UNIT,
    file PATH, node NAME (of its corosync.conf), begun ID (of the restore that was interrupted there). authorities: the same
    of hosts of quorum devices: running UNIT, sum CHECKSUM PATH.
    """
    problems = unfit("restore_file", backup["cluster"], wanted_identity(name, members))
    problems += _foreign_authorities(backup, authorities)
    missing = [node["name"] for node in members if node["name"] not in looks]
    if missing:
        problems.append("--limit leaves out %s; allowed is a restore of all nodes of the cluster. A single one that was lost "
                        "is replaced: playbooks/node_replace.yml." % ", ".join(missing))
    for node in sorted(looks):
        seen = _look(looks[node])
        begun = seen.get("begun", [])
        if backup["id"] in begun:
            continue
        if begun:
            problems.append("%s: the restore of backup %s was begun there and not finished, and restore_file is backup %s. "
                            "Finish that one, or wipe the node." % (node, begun[0], backup["id"]))
        elif "running" in seen:
            problems.append("%s: the cluster lives there (running: %s). A backup is brought back onto nodes without a cluster "
                            "only; a setting of a running one is changed by playbooks/site.yml, one node is replaced by "
                            "playbooks/node_replace.yml." % (node, ", ".join(seen["running"])))
        elif "file" in seen or len(seen.get("node", [])) > 1:
            problems.append(_held(node, seen))
    return problems


def _held(node, seen):
    """Whose configuration is on a node that should have none."""
    of = " of a cluster of %s" % ", ".join(seen["node"]) if len(seen.get("node", [])) > 1 else ""
    left = seen.get("file", []) + ([COROSYNC_CONF] if of else [])
    return ("%s holds %s%s, so it was not wiped. If nothing was lost there, start the cluster: playbooks/cold_start.yml. "
            "If it is to be overwritten, remove that first." % (node, ", ".join(left), of))


def not_running(backup, pacemaker):
    """Resources that ran when a backup was made, and do not run now."""
    return [ident for ident in backup["ran"] if not pacemaker["resources"].get(ident, {}).get("nodes")]
