# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: the names in haproxy.cfg, and who speaks of one that is not there. No I/O."""

from __future__ import annotations

import posixpath
import re

from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_cfg, _haproxy_words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

FRONT = ("frontend", "listen")
BACK = ("backend", "listen")
# Those of one row share their names; a frontend and a backend need not.
NAMESPACES = [FRONT, BACK] + [(keyword,) for keyword in (
    "defaults", "userlist", "resolvers", "peers", "mailers", "cache", "ring", "http-errors", "program")]
# What is spoken of: (the keyword of the section, the variable that would have it, how a line speaks of it).
LINES = [
    (BACK, "haproxy_backends", re.compile(r"^(?:default_backend|use_backend)\s+(\S+)")),
    (("userlist",), "haproxy_userlists", re.compile(r"\bhttp_auth(?:_group)?\(([^)]*)\)")),
    (("resolvers",), "haproxy_resolvers", re.compile(r"^(?:default-)?server\S*\s.*\sresolvers\s+(\S+)")),
    (("resolvers",), "haproxy_resolvers", re.compile(r"\bdo-resolve\([^,)]*,\s*([^,) ]+)")),
    (("peers",), "haproxy_peers", re.compile(r"^stick-table\b.*\speers\s+(\S+)")),
    (("cache",), "haproxy_caches", re.compile(r"^filter\s+cache\s+(\S+)|\bcache-(?:use|store)\s+(\S+)")),
    (("mailers",), "haproxy_mailers", re.compile(r"^email-alert\s+mailers\s+(\S+)")),
    (("ring",), "haproxy_rings", re.compile(r"^log\s+ring@(\S+)")),
    (("http-errors",), "haproxy_http_errors", re.compile(r"\berrorfiles\s+(\S+)")),
    (("fcgi-app",), "haproxy_sections", re.compile(r"^use-fcgi-app\s+(\S+)")),
]
TABLE = re.compile(
    r"\btrack-sc\d+\b.*\stable\s+(\S+)|^stick\s.*\stable\s+(\S+)"
    r"|\bsc_\w+\(\d+,\s*([^),]+)\)|\b(?:sc\d|src)_\w+\(([^),]+)\)|\b(?:in_table|table_\w+)\(([^),]+)"
)
# haproxy makes this one itself, of /etc/resolv.conf.
ALWAYS = {"resolvers": ("default",)}


def problems(sections, variables):
    found = _twice(sections) + _peers(sections) + _defaults(sections)
    for section in sections:
        found += _spoken_of(section, sections) + _servers(section, sections) + _tables(section, sections)
    return found + _files(sections, variables)


def names(sections, keywords):
    return [section.name for section in sections if section.keyword in keywords and section.name]


def parents(section, sections):
    """The section of defaults that another one takes from, those that it takes from in turn, and so on."""
    found = []
    above = parent(section, sections)
    while above is not None and above not in found:
        found.append(above)
        above = parent(above, sections)
    return found


def parent(section, sections):
    if section.keyword not in ("defaults", "frontend", "backend", "listen"):
        return None
    defaults = [other for other in sections if other.keyword == "defaults"]
    if section.parent:
        return next((other for other in defaults if other.name == section.parent), None)
    return None if section.keyword == "defaults" else defaults[-1]


def _twice(sections):
    found = []
    for keywords in NAMESPACES:
        for name in common.repeated(names(sections, keywords)):
            last = [section for section in sections if section.keyword in keywords and section.name == name][-1]
            kinds = " or ".join(keywords)
            found.append("%s: the name is given twice to a %s; allowed is once." % (last.place(), kinds))
    return found


def _peers(sections):
    """haproxy only warns, and shares no table, where it does not find itself."""
    found = []
    own = next((words[1] for words in sections[0].words() if words[0] == "localpeer" and len(words) > 1), None)
    for section in sections:
        if section.keyword != "peers":
            continue
        peers = [words[1] for words in section.words() if words[0] in ("peer", "server") and len(words) > 1]
        for name in common.repeated(peers):
            found.append("%s: peer %s is there twice; allowed is once." % (section.place(), name))
        if own and _haproxy_words.is_known(own) and own not in peers:
            found.append("%s: none of the peers is this host, %s; allowed are peers with it, or its name among them in "
                         "localpeer of haproxy_global." % (section.place(), own))
    return found


def _defaults(sections):
    found = []
    defaults = [section for section in sections if section.keyword == "defaults"]
    for section in sections:
        # Only what stands before it can be named.
        known = names(defaults[:defaults.index(section)] if section in defaults else defaults, ("defaults",))
        if section.parent and section.parent not in known:
            found.append("%s: from is %s; allowed are %s of haproxy_defaults."
                         % (section.place(), section.parent, common.listed(known)))
        elif section.keyword in ("frontend", "listen", "backend") and len(defaults) > 1 and not section.parent:
            found.append("%s: there is no from and haproxy_defaults has %d sections; allowed is the name of one."
                         % (section.place(), len(defaults)))
    return found


def _spoken_of(section, sections):
    found = []
    for line in section.lines:
        if line.startswith("#"):
            continue
        for keywords, variable, pattern in LINES:
            known = names(sections, keywords) + list(ALWAYS.get(keywords[0], ()))
            for groups in pattern.findall(line):
                name = next(filter(None, [groups] if isinstance(groups, str) else groups), "").strip("\"'")
                if name and _haproxy_words.is_known(name) and name not in known:
                    found.append("%s: there is no %s %s; allowed are %s, of %s."
                                 % (section.place(), keywords[0], name, common.listed(known), variable))
    return found


def _servers(section, sections):
    """Rules and servers that name another server."""
    found = []
    own = _server_names(section)
    templates = any(words[0] == "server-template" for words in section.words())
    for words in section.words():
        if words[0] == "use-server" and len(words) > 1 and _haproxy_words.is_known(words[1]):
            if words[1] not in own and not templates:
                found.append("%s: use-server: there is no server %s; allowed are %s."
                             % (section.place(), words[1], common.listed(own)))
        for wanted in _haproxy_words.after(words, "track") if words[0] in ("server", "default-server") else []:
            proxy, slash, server = wanted.rpartition("/")
            others = [section] if not slash else [
                other for other in sections if other.keyword in BACK and other.name == proxy]
            if not any(server in _server_names(other) for other in others):
                found.append("%s: track: there is no server %s; allowed is a server, after its backend and a slash."
                             % (section.place(), wanted))
    return found


def _server_names(section):
    return [words[1] for words in section.words() if words[0] == "server" and len(words) > 1]


def _tables(section, sections):
    found = []
    known = []
    for other in sections:
        lines = other.words()
        if other.keyword in FRONT + BACK and any(words[0] == "stick-table" for words in lines):
            known.append(other.name)
        if other.keyword == "peers":
            known += ["%s/%s" % (other.name, words[1]) for words in lines if words[0] == "table" and len(words) > 1]
    for line in section.lines:
        for groups in TABLE.findall(line):
            name = next(filter(None, groups), "").strip("\"'")
            # A number is that of a counter.
            if name and not name.isdigit() and _haproxy_words.is_known(name) and name not in known:
                found.append("%s: there is no stick-table %s; allowed are %s."
                             % (section.place(), name, common.listed(known)))
    return found


def _files(sections, variables):
    """Certificates and pages in the role's own folders that the role is not told to put there."""
    certificates = [entry["name"] for entry in variables["haproxy_certificates"]]
    pages = [posixpath.basename(_haproxy_cfg.errorfile_path(page)) for page in variables["haproxy_errorfiles"]]
    found = []
    for section, dummy, option, path in _haproxy_words.named_files(sections):
        found += _missing(section, option, path, _haproxy_cfg.CERTIFICATES, certificates, "haproxy_certificates")
    for section in sections:
        for words in section.words():
            if words[0] == "errorfile" and len(words) > 2:
                found += _missing(section, "errorfile", words[2], _haproxy_cfg.ERRORFILES, pages, "haproxy_errorfiles")
    return found


def _missing(section, option, path, folder, present, variable):
    if not _haproxy_words.is_known(path):
        return []
    if posixpath.normpath(path) == folder:
        return [] if present else ["%s: %s is %s, where nothing is; allowed is a folder with files of %s."
                                   % (section.place(), option, path, variable)]
    inside, name = posixpath.split(posixpath.normpath(path))
    if inside != folder or name in present:
        return []
    return ["%s: %s is %s, which is not there; allowed are %s, of %s."
            % (section.place(), option, path, common.listed(present), variable)]
