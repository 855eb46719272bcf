# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes that are no members of corosync: remote nodes and guest nodes, and what can be refused in them. No I/O.

Private to this collection. A remote node is a resource of ocf:pacemaker:remote, whose id is its name. A guest node is a
virtual machine or a container that Pacemaker runs, by its meta attribute remote-node.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import (
    CONTAINERS, interval_ms, is_stonith, origin, parent_of, read_pairs, resources_behind, template_by_id)

AGENT = "ocf:pacemaker:remote"
NAME = "remote-node"
# What is said of a guest's connection beside its name.
GUEST = ("remote-addr", "remote-port", "remote-connect-timeout")
# The attributes of a fence device that say whom it is for.
HOSTS = ("pcmk_host_list", "pcmk_host_map")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:_-]*[A-Za-z0-9])?\Z", re.ASCII)


def _origin(root, primitive):
    """Its agent, also that of its template."""
    return ":".join(origin(root, primitive).get(key) or "" for key in ("class", "provider", "type"))


def _pairs(root, primitive, tag):
    """Its own pairs, and those of its template below them."""
    template = template_by_id(root, primitive.get("template")) if primitive.get("template") else None
    return dict(read_pairs(template, tag), **read_pairs(primitive, tag))


def remote_nodes(root):
    """{name: (kind, id of the resource)}; kind is remote or guest."""
    found = {}
    for primitive in root.iterfind("configuration/resources//primitive"):
        name = _pairs(root, primitive, "meta_attributes").get(NAME)
        if _origin(root, primitive) == AGENT:
            found[primitive.get("id")] = ("remote", primitive.get("id"))
        elif name:
            found[name] = ("guest", primitive.get("id"))
    return found


def desired_remote_nodes(desired):
    """The same of what is desired, before it is planned."""
    agents = {spec["id"]: spec for spec in desired.get("templates") or ()}
    found = {}
    for spec in desired.get("resources") or ():
        template = agents.get(spec.get("template"), {})
        name = (spec.get("meta_attributes") or {}).get(NAME) or (template.get("meta_attributes") or {}).get(NAME)
        if AGENT in (spec.get("agent"), template.get("agent")):
            found[spec["id"]] = ("remote", spec["id"])
        elif name:
            found[str(name)] = ("guest", spec["id"])
    return found


def member_nodes(root):
    """Names of the nodes that corosync brings."""
    return [node.get("uname") for node in root.iterfind("configuration/nodes/node") if node.get("type") != "remote"]


def fenced_hosts(root):
    """(names that a fence device says it is for, whether there is one that says nothing and asks its device)"""
    names, asks = set(), False
    for primitive in root.iterfind("configuration/resources//primitive"):
        if is_stonith(root, primitive):
            attributes = _pairs(root, primitive, "instance_attributes")
            said = hosts_of(attributes)
            names |= said
            asks = asks or not said
    return names, asks


def hosts_of(attributes):
    """Whom the attributes of a fence device name."""
    listed = str(attributes.get("pcmk_host_list") or "")
    mapped = str(attributes.get("pcmk_host_map") or "")
    return set(re.findall(r"[^\s,;]+", listed)) | {
        part.split(":")[0].split("=")[0] for part in re.findall(r"[^\s;]+", mapped)}


def unfenced(root):
    """Remote nodes that no fence device is for. A guest is fenced by stopping what it runs in."""
    names, asks = fenced_hosts(root)
    return [] if asks else sorted(
        name for name, (kind, ident) in remote_nodes(root).items() if kind == "remote" and name not in names)


def unfenced_problem(root):
    """Why remote nodes of this CIB must not carry anything, or None."""
    names = unfenced(root)
    if not names:
        return None
    return ("resources: no fence device is for the remote node %s; allowed is one that names it in pcmk_host_list or "
            "pcmk_host_map (role fencing: its fencing_device), since a remote node that is lost would keep its resources "
            "for good." % ", ".join(names))


def remote_problems(wanted, desired):
    """Everything that is wrong with the desired remote and guest nodes of a planned CIB, one sentence each."""
    found, members = [], member_nodes(wanted)
    ids = {item.get("id") for item in wanted.iterfind("configuration/resources//*")
           if item.tag in ("primitive",) + CONTAINERS}
    guests = {}
    for primitive in wanted.iterfind("configuration/resources//primitive"):
        guests.setdefault(_pairs(wanted, primitive, "meta_attributes").get(NAME), []).append(primitive.get("id"))
    for spec in desired.get("resources") or ():
        primitive = next(item for item in wanted.iter("primitive") if item.get("id") == spec["id"])
        where = "resources: %s" % spec["id"]
        meta = _pairs(wanted, primitive, "meta_attributes")
        if _origin(wanted, primitive) == AGENT:
            found += _remote(wanted, where, primitive, meta, members)
        elif meta.get(NAME) is not None:
            found += _guest(wanted, where, primitive, meta, members)
            if meta[NAME] in ids:
                found.append("%s: %s is %s, which is the id of a resource; allowed is a name that is none."
                             % (where, NAME, meta[NAME]))
            if len(guests[meta[NAME]]) > 1:
                found.append("%s: %s %s is also that of %s; allowed is one name for one guest." % (
                    where, NAME, meta[NAME], ", ".join(other for other in guests[meta[NAME]] if other != spec["id"])))
        else:
            found += ["%s: %s is said of a guest node, and there is no %s; allowed is to name the guest." % (
                where, name, NAME) for name in GUEST if meta.get(name) is not None]
    return found + _placed(wanted, desired)


def _remote(root, where, primitive, meta, members):
    found, ident = [], primitive.get("id")
    attributes = _pairs(root, primitive, "instance_attributes")
    if ident in members:
        found.append("%s: it is also the name of a node of the cluster; allowed is a name of its own, since the id of "
                     "%s is the name of the remote node." % (where, AGENT))
    if meta.get(NAME) is not None:
        found.append("%s: %s is said of %s; allowed is %s for what runs the guest, such as "
                     "ocf:heartbeat:VirtualDomain." % (where, NAME, AGENT, NAME))
    found += _alone(root, where, primitive)
    found += _port(where, "port", attributes.get("port"))
    found += _time(where, "reconnect_interval", attributes.get("reconnect_interval"))
    return found + _host(where, "server", attributes.get("server"))


def _guest(root, where, primitive, meta, members):
    found = []
    if meta[NAME] in members:
        found.append("%s: %s is %s, which is a node of the cluster; allowed is a name of its own."
                     % (where, NAME, meta[NAME]))
    found += _alone(root, where, primitive)
    found += _port(where, "remote-port", meta.get("remote-port"))
    found += _time(where, "remote-connect-timeout", meta.get("remote-connect-timeout"))
    return found + _host(where, "remote-addr", meta.get("remote-addr"))


def _alone(root, where, primitive):
    """Several instances would be several nodes of one name."""
    home = parent_of(root, primitive)
    while home is not None and home.tag not in ("clone", "master", "bundle", "resources"):
        home = parent_of(root, home)
    if home is None or home.tag == "resources":
        return []
    return ["%s: it is in %s %s, so several nodes would have one name; allowed is a resource of its own."
            % (where, home.tag, home.get("id"))]


def _port(where, key, value):
    if value is None or re.match(r"\d+\Z", str(value)) and 1 <= int(value) <= 65535:
        return []
    return ["%s: %s is %s; allowed is a whole number from 1 to 65535." % (where, key, value)]


def _time(where, key, value):
    if value is None or isinstance(interval_ms(value), int):
        return []
    return ["%s: %s is %s; allowed is a time such as 60s." % (where, key, value)]


def _host(where, key, value):
    if value is None or HOST.match(str(value)):
        return []
    return ["%s: %s is %s; allowed is an IP address or a host name." % (where, key, value)]


def _placed(wanted, desired):
    """What only a member can run: connections to remote nodes, guests, and fence devices."""
    found, remotes = [], remote_nodes(wanted)
    bound = {ident: "a connection to a remote node" if kind == "remote" else "a guest node"
             for kind, ident in remotes.values()}
    bound.update({item.get("id"): "a fence device" for item in wanted.iter("primitive") if is_stonith(wanted, item)})
    for spec in desired.get("constraints") or ():
        score = str(spec.get("score") or "")
        if spec.get("node") not in remotes or not spec.get("rsc") or score.startswith("-") or score in ("", "0"):
            continue
        found += ["constraints: %s: %s is %s, and %s is a %s node; allowed is a node of the cluster." % (
            spec["id"], name, bound[name], spec["node"], remotes[spec["node"]][0])
            for name in resources_behind(wanted, spec["rsc"]) if name in bound]
    return found
