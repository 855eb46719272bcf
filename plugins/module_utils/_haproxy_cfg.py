# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: role haproxy's variables as haproxy.cfg and the files beside it. No I/O.

The one rule for a section, a dictionary: name and from stand in its first line, lines are taken as they are, and any
other key is a directive. A value of text or a number is what follows it, true nothing, false no line at all; a list is
the directive repeated; a dictionary holds its next words. In a list, a dictionary is the words of one line.
"""

from __future__ import annotations

import posixpath
import re

from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_words, _problems_certificates

HEAD = "# Written by role haproxy of halab.cluster. Section 4.1 of haproxy's configuration.txt lists the keywords.\n"
CFG = "/etc/haproxy/haproxy.cfg"
CERTIFICATES = "/etc/haproxy/certs"
ERRORFILES = "/etc/haproxy/errorfiles"
SCRIPT = "/usr/local/sbin/haproxy-reload"

# In the order of the file: a section that says from has to come after what it names. {variable: keyword}
SECTIONS = {
    "haproxy_userlists": "userlist",
    "haproxy_resolvers": "resolvers",
    "haproxy_peers": "peers",
    "haproxy_mailers": "mailers",
    "haproxy_caches": "cache",
    "haproxy_rings": "ring",
    "haproxy_http_errors": "http-errors",
    "haproxy_programs": "program",
    "haproxy_sections": None,
    "haproxy_frontends": "frontend",
    "haproxy_listens": "listen",
    "haproxy_backends": "backend",
}
# What is not a directive, in every section.
HEADER = ("section", "name", "from")
# Lines with passwords in them, as far as a program can tell: for what else may be one there is haproxy_secret. AUTH is
# what a check says to Redis.
SECRET = re.compile(r"(?i:passw|secret|token|authorization|api-?key|dynamic-cookie-key)|^stats\s+auth\s|\bAUTH\b")

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    407: "Proxy Authentication Required",
    408: "Request Time-out",
    410: "Gone",
    413: "Content Too Large",
    425: "Too Early",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}
# As Debian's unit runs it; without a master there are no programs.
CHECK = ["/usr/sbin/haproxy", "-W", "-c", "-f", "%s"]
# What haproxy puts together itself when it runs, nobody finds.
PLAIN_PATH = re.compile(r"/[^\s$%]+")


class Section:
    """One section of haproxy.cfg, and the variable that it comes from."""

    def __init__(self, variable, keyword, entry, directives):
        self.variable = variable
        self.keyword = keyword
        self.name = entry.get("name")
        self.parent = entry.get("from")
        self.lines = [line for words, value in directives.items() for line in lines_of(words, value)]

    def place(self):
        """Where a user finds it."""
        return "%s: %s" % (self.variable, self.name) if self.name else self.variable

    def title(self):
        """Where a reader of haproxy.cfg finds it."""
        return "%s %s" % (self.keyword, self.name) if self.name else self.keyword

    def where(self):
        """Both."""
        return "%s (%s)" % (self.title(), self.variable)

    def words(self):
        """The words of each line."""
        return [words for words in map(_haproxy_words.split, self.lines) if words]

    def text(self):
        head = [self.keyword] + ([str(self.name)] if self.name is not None else [])
        head += ["from", str(self.parent)] if self.parent is not None else []
        return "\n".join([" ".join(head)] + ["    " + line for line in self.lines]) + "\n"


def flat(entry, before=""):
    """{the words of a directive: its value}, with the dictionaries in it taken apart."""
    found = {}
    for key, value in entry.items():
        words = before + str(key)
        if isinstance(value, dict):
            found.update(flat(value, words + " "))
        else:
            found[words] = value
    return found


def directives_of(entry):
    return flat({key: value for key, value in entry.items() if key not in HEADER})


def lines_of(words, value):
    """The lines of one directive."""
    if words == "lines":
        texts = [value] if isinstance(value, str) else value
        return [line.strip() for text in texts for line in text.splitlines()]
    if isinstance(value, list):
        return [line for element in value for line in lines_of(words, element)]
    if isinstance(value, dict):
        return [" ".join([words] + words_of(words, value))]
    if value is False:
        return []
    return [words] if value is True else ["%s %s" % (words, value)]


def words_of(directive, entry):
    """The words of a line that is given as a dictionary, such as a server."""
    # name is an option of bind.
    leading = ["address"] if directive == "bind" else ["name", "address"]
    words = [str(entry[key]) for key in leading if key in entry]
    for key, value in entry.items():
        for element in value if isinstance(value, list) else [value]:
            if key not in leading and element is not False:
                words += [str(key)] if element is True else [str(key), str(element)]
    return words


def sections(variables, base):
    """All sections in the order of the file. base is what the role says unless the variables say otherwise."""
    entry = variables["haproxy_global"]
    found = [Section("haproxy_global", "global", {}, dict(flat(base["global"]), **directives_of(entry)))]
    for entry in variables["haproxy_defaults"] or [{}]:
        found.append(Section("haproxy_defaults", "defaults", entry, defaults_of(entry, variables, base)))
    for variable, keyword in SECTIONS.items():
        for entry in variables[variable]:
            found.append(Section(variable, keyword or str(entry["section"]), entry, directives_of(entry)))
    return found


def defaults_of(entry, variables, base):
    """The directives of one section of defaults. One that says from has what it needs from there."""
    own = directives_of(entry)
    if "from" in entry:
        return own
    mode = own.get("mode", "http")
    found = dict(flat(base["defaults"]), **flat(base["defaults_" + mode] if "defaults_" + mode in base else {}))
    if mode == "http":
        for page in variables["haproxy_errorfiles"]:
            if "name" not in page:
                found["errorfile %s" % page["code"]] = errorfile_path(page)
    return dict(found, **own)


def haproxy_cfg(variables, base):
    """The text of haproxy.cfg."""
    return "\n".join([HEAD] + [section.text() for section in sections(variables, base)])


def errorfile_path(page):
    return "%s/%s.http" % (ERRORFILES, page.get("name", page["code"]))


def errorfile(code, text):
    """A page as the whole response that haproxy wants; what is one already stays as it is."""
    if text.startswith("HTTP/"):
        return text
    head = [
        "HTTP/1.1 %s %s" % (code, REASONS[code]),
        "Content-Type: text/html; charset=utf-8",
        # Nobody is to be shown an error that is over.
        "Cache-Control: no-cache",
        "Content-Length: %d" % len(text.encode("utf-8")),
    ]
    return "\r\n".join(head) + "\r\n\r\n" + text


def texts_of(entries, key, sources):
    """[(entry, its text)]: that under key, or the next of those read from the entries' src."""
    remaining = iter(sources)
    return [(entry, entry[key] if key in entry else next(remaining)) for entry in entries]


def certificate_texts(entries, sources, lab=None):
    """[(entry, its text)] of the certificates that the role puts on the host. lab: {name: text} of what it has made.

    What is yet to be made, in check mode, is empty.
    """
    remaining = iter(sources)
    found = []
    for entry in entries:
        if "pem" in entry:
            found.append((entry, entry["pem"]))
        elif "src" in entry:
            found.append((entry, next(remaining)))
        elif "lab" in entry:
            found.append((entry, (lab or {}).get(_problems_certificates.CA if entry["lab"] == "ca" else entry["name"], "")))
    return found


def haproxy_files(variables, base, certificates=(), errorfiles=(), lab=None):
    """Files as module daemon takes them. certificates and errorfiles are the texts of those given by src, in order."""
    text = haproxy_cfg(variables, base)
    secret = variables["haproxy_secret"] or any(SECRET.search(line.strip()) for line in text.splitlines())
    files = [
        {"path": "%s/%s" % (CERTIFICATES, entry["name"]), "secret_content": pem, "mode": "0600"}
        for entry, pem in certificate_texts(variables["haproxy_certificates"], certificates, lab)
    ]
    files += [
        {"path": errorfile_path(page), "content": errorfile(page["code"], content)}
        for page, content in texts_of(variables["haproxy_errorfiles"], "content", errorfiles)
    ]
    # haproxy reads it as root, before it becomes somebody else.
    files.append({
        "path": CFG,
        "secret_content" if secret else "content": text,
        "mode": "0600" if secret else "0644",
        "validate": CHECK,
        "needs_restart": [SCRIPT, "--restart-reasons", CFG, "%s"],
    })
    return files


def haproxy_needs(variables, base):
    """What a host has to have for haproxy.cfg, as module haproxy_ability_info takes it."""
    there = sections(variables, base)
    return {
        "binds": _haproxy_words.bindable(there),
        "interfaces": _haproxy_words.interfaces(there),
        "certificates": foreign_certificates(there, variables["haproxy_certificates"]),
    }


def foreign_certificates(there, entries):
    """Each certificate, or folder of them, that somebody else puts on the host. The controller cannot look into it."""
    expected = ["%s/%s" % (CERTIFICATES, entry["name"]) for entry in entries if "on_host" in entry]
    found = {}
    for section, dummy, option, path in _haproxy_words.named_files(there):
        path = posixpath.normpath(path)
        # Of what else is in the role's folder, the role knows the text.
        is_foreign = path in expected or CERTIFICATES not in (path, posixpath.dirname(path))
        if option == "crt" and is_foreign:
            found.setdefault(path, section.where())
    for path in expected:
        found.setdefault(path, "haproxy_certificates")
    return [{"path": path, "where": found[path]} for path in sorted(found) if PLAIN_PATH.fullmatch(path)]
