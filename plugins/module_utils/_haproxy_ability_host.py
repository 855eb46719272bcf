# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks this host for what haproxy.cfg needs. The only I/O of haproxy_ability_info.

Private to this collection.
"""

from __future__ import annotations

import datetime
import errno
import glob
import hashlib
import os
import socket

from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_ability as ability
from ansible_collections.halab.cluster.plugins.module_utils._files import text_of

# <linux/in.h>, <linux/in6.h>; socket has no names for them. What transparent allows, but without root.
FREEBIND = {socket.AF_INET: (socket.IPPROTO_IP, 15), socket.AF_INET6: (socket.IPPROTO_IPV6, 78)}
# What haproxy puts after the name of a file to find more of the same, and what it leaves out of a folder.
KINDS = ("", ".rsa", ".ecdsa", ".dsa")
BESIDE = (".key", ".issuer", ".ocsp", ".sctl")


def checksum(path):
    """That of what the file holds; empty where there is none."""
    try:
        with open(path, "rb") as handle:
            return hashlib.sha256(handle.read()).hexdigest()
    except FileNotFoundError:
        return ""


def processes(inodes):
    """{inode of a socket: [(name, pid)]} of the processes that have it open."""
    wanted = {"socket:[%s]" % inode: inode for inode in inodes}
    found = {inode: [] for inode in inodes}
    for folder in glob.glob("/proc/[0-9]*/fd") if inodes else []:
        pid = folder.split("/")[2]
        try:
            links = {os.readlink(entry.path) for entry in os.scandir(folder)}
        except OSError:
            continue  # It has ended, or closed one just now.
        for link in links & set(wanted):
            found[wanted[link]].append((text_of("/proc/%s/comm" % pid).strip(), int(pid)))
    return found


def attempt(bind):
    """The error that a socket of haproxy's would get there, or None. It takes no connections."""
    family = socket.AF_INET6 if ":" in bind["address"] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if bind["transparent"]:
            trial.setsockopt(*FREEBIND[family], 1)
        try:
            trial.bind((bind["address"], bind["port"]))
        except OSError as error:
            return error
    return None


def why_not(bind):
    """Why haproxy could not listen there, or None."""
    error = attempt(bind)
    if error and error.errno == errno.EADDRNOTAVAIL:
        return ability.elsewhere(bind)
    in_use = bool(error) and error.errno == errno.EADDRINUSE
    sockets = ability.near(ability.listening([text_of("/proc/net/tcp"), text_of("/proc/net/tcp6")]), bind, in_use)
    programs = ability.taken(sockets, processes([inode for dummy, dummy, inode in sockets]))
    if programs or in_use:
        return ability.not_free(bind, programs)
    return "%s: %s." % (ability.place(bind), error.strerror) if error else None


def without_interface(wanted):
    """Why that interface is none, or None."""
    there = [name for dummy, name in socket.if_nameindex()]
    return None if wanted["name"] in there else ability.no_interface(wanted, there)


def files_of(path):
    """The files that haproxy reads for this one, or for this folder."""
    if os.path.isdir(path):
        return [name for name in sorted(glob.glob(os.path.join(glob.escape(path), "*"))) if not name.endswith(BESIDE)]
    return [path + kind for kind in KINDS]


def not_valid(wanted):
    """Sentences about the certificates of this file or folder. What is not there, haproxy misses itself."""
    files = [(name, text_of(name), os.path.exists(name + ".key") or os.path.exists(os.path.splitext(name)[0] + ".key"))
             for name in files_of(wanted["path"])]
    return ability.not_valid(wanted, files, datetime.datetime.now(datetime.timezone.utc))


def problems(needs):
    """Sentences about what this host does not have."""
    found = [why_not(bind) for bind in needs["binds"]]
    found += [without_interface(wanted) for wanted in needs["interfaces"]]
    found += [sentence for wanted in needs["certificates"] for sentence in not_valid(wanted)]
    return [sentence for sentence in found if sentence]
