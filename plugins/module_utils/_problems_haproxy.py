# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role haproxy refuses before it touches a host.

Keywords are for `haproxy -c` to judge, on the host and before anything is replaced. What is looked at here can be said
without it: names that nothing has, things that are there twice, numbers out of range, and what is open to
whoever asks. No sentence shows a line: it may hold a password.
"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import (
    _haproxy_cfg,
    _haproxy_names,
    _haproxy_words,
    _problems_haproxy_acls,
    _problems_haproxy_open,
)
from ansible_collections.halab.cluster.plugins.module_utils import _problems_haproxy_files as files
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

# configuration.txt of 2.6 and 3.0, section 4.2, "balance"; log-hash and sticky are for mode log, since 2.9.
BALANCE = ("roundrobin", "static-rr", "leastconn", "first", "hash", "source", "uri", "url_param", "hdr", "random",
           "rdp-cookie", "log-hash", "sticky")
KEYWORDS = ("global", "defaults") + tuple(keyword for keyword in _haproxy_cfg.SECTIONS.values() if keyword)
# Sections that have no variable of their own, but begin one all the same.
OTHERS = ("fcgi-app", "log-forward", "crt-store")
# A name in haproxy's own rules: section 4, "All proxy names must be formed from...".
PROXY_NAME = re.compile(r"^[A-Za-z0-9_.:-]+$")


def haproxy_problems(variables, base, certificates=(), errorfiles=()):
    """All reasons why haproxy would not do what these variables say. The others are as haproxy_files takes them."""
    problems = _shape(variables)
    problems += files.certificates(variables, certificates)
    problems += files.errorfiles(variables["haproxy_errorfiles"])
    if problems:
        # What has another shape cannot be read as a configuration.
        return problems
    if "tune.bufsize" not in _haproxy_cfg.directives_of(variables["haproxy_global"]):
        problems += files.page_sizes(variables["haproxy_errorfiles"], errorfiles)
    sections = _haproxy_cfg.sections(variables, base)
    for section in sections:
        problems += _lines(section)
    if problems:
        return problems
    problems += _haproxy_names.problems(sections, variables) + _problems_haproxy_acls.problems(sections)
    for section in sections:
        problems += _binds(section) + _servers(section) + _balance(section)
    return problems + _listens_twice(sections) + _problems_haproxy_open.problems(sections)


# Shapes


def _shape(variables):
    problems = []
    if not isinstance(variables["haproxy_secret"], bool):
        problems.append("haproxy_secret is %r; allowed is true or false, without quotes."
                        % (variables["haproxy_secret"],))
    if isinstance(variables["haproxy_global"], dict):
        problems += _directives("haproxy_global", variables["haproxy_global"])
        problems += [
            "haproxy_global: there is the key %r; allowed are directives, since there is one section global." % key
            for key in _haproxy_cfg.HEADER
            if key in variables["haproxy_global"]
        ]
    else:
        problems.append("haproxy_global is %s; allowed is a dictionary." % common.kind(variables["haproxy_global"]))
    for variable in ["haproxy_defaults"] + list(_haproxy_cfg.SECTIONS):
        entries = variables[variable]
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            problems.append("%s is %s; allowed is a list of dictionaries." % (variable, files.kinds(entries)))
            continue
        for entry in entries:
            problems += _header(variable, entry) + _directives(_where(variable, entry), entry)
    return problems


def _where(variable, entry):
    return "%s: %s" % (variable, entry["name"]) if isinstance(entry.get("name"), str) else variable


def _header(variable, entry):
    where = _where(variable, entry)
    problems = []
    if variable != "haproxy_sections" and "section" in entry:
        problems.append("%s: there is the key section; allowed is that in haproxy_sections only." % where)
    elif variable == "haproxy_sections" and not isinstance(entry.get("section"), str):
        problems.append("%s: section is %r; allowed is a keyword such as fcgi-app." % (where, entry.get("section")))
    elif entry.get("section") in KEYWORDS:
        problems.append("%s: section is %s; allowed is what has no variable of its own." % (where, entry["section"]))
    if not _is_name(variable, entry):
        problems.append("%s: name is %r; allowed are letters, digits, dashes, underscores, dots and colons."
                        % (where, entry.get("name")))
    if "from" in entry and not (isinstance(entry["from"], str) and PROXY_NAME.match(entry["from"])):
        problems.append("%s: from is %r; allowed is the name of a section in haproxy_defaults."
                        % (where, entry["from"]))
    return problems


def _is_name(variable, entry):
    if variable in ("haproxy_defaults", "haproxy_sections") and "name" not in entry:
        return True
    if not isinstance(entry.get("name"), str):
        return False
    # What follows the keyword of another section may be anything, but in the same line.
    return "\n" not in entry["name"] if variable == "haproxy_sections" else bool(PROXY_NAME.match(entry["name"]))


def _directives(where, entry):
    return [
        "%s: %s is %s; allowed is %s." % (where, key, found, wanted)
        for key, value in _haproxy_cfg.directives_of(entry).items()
        for found, wanted in _values(key, value)
    ]


def _values(key, value):
    """[(what it is, what is allowed)] for each value of a directive that cannot become a line."""
    if key == "lines":
        lines = value if isinstance(value, list) else [value]
        return [(common.kind(line), "text, or a list of lines") for line in lines if not isinstance(line, str)]
    if isinstance(value, list):
        return [
            found
            for element in value
            for found in (_line_words(element) if isinstance(element, dict) else _values(key, element))
        ]
    return _text(value, "true for a directive without arguments, text or a number for them, or a list of these")


def _line_words(entry):
    """The same of a line that is given as a dictionary."""
    return [
        found
        for value in entry.values()
        for element in (value if isinstance(value, list) else [value])
        for found in _text(element, "in a line's dictionary true, text, a number, or a list of these")
    ]


def _text(value, wanted):
    if isinstance(value, (bool, int, float)):
        return []
    if not isinstance(value, str):
        return [(common.kind(value), wanted)]
    if not value.strip():
        return [("empty text", wanted)]
    return [("text of several lines", "one line, or a list of them")] if "\n" in value or "\r" in value else []


def _lines(section):
    problems = []
    for line in section.lines:
        words = _haproxy_words.split(line)
        if words is None:
            problems.append("%s: a line that begins with %s has a quote that is not closed; allowed is text as haproxy "
                            "reads it." % (section.place(), line.split()[0]))
        elif words and words[0] in KEYWORDS + OTHERS:
            problems.append("%s: a line begins section %s; allowed is one section each, in the variable for its kind."
                            % (section.place(), words[0]))
    return problems


# What the sections say


def _words(section, *directives):
    """The words of the lines that begin with one of these directives."""
    return [words for words in section.words() if words[0] in directives]


def _binds(section):
    problems = []
    for words, addresses in _haproxy_words.binds(section):
        if len(words) < 2:
            problems.append("%s: bind has no address; allowed is one with a port." % section.place())
        for address in addresses:
            if not address.is_local_family and address.is_known() and not address.ports():
                problems.append("%s: bind %s has the port %s; allowed is a number from 1 to 65535, or two with a dash."
                                % (section.place(), words[1], address.port or "none"))
    return problems


def _servers(section):
    problems = []
    servers = _words(section, "server")
    for name in common.repeated([words[1] for words in servers if len(words) > 1]):
        problems.append("%s: server %s is there twice; allowed is once." % (section.place(), name))
    for words in servers + _words(section, "default-server", "server-template"):
        what = " ".join(words[:1 if words[0] == "default-server" else 2])
        if words[0] == "server" and len(words) > 2 and _haproxy_words.is_known(words[2]):
            problems += _server_port(section, what, _haproxy_words.Address(words[2]))
        elif words[0] == "server" and len(words) < 3:
            problems.append("%s: %s has no address; allowed is one after the name." % (section.place(), what))
        for option, last in (("weight", 256), ("port", 65535)):
            for value in filter(_haproxy_words.is_known, _haproxy_words.after(words, option)):
                if not value.isdigit() or int(value) > last:
                    problems.append("%s: %s has %s %s; allowed is a number from 0 to %d."
                                    % (section.place(), what, option, value, last))
    return problems


def _server_port(section, what, address):
    # +1000 and -1000 are added to the port that the client came to, and no port is that port.
    text = (address.port or "").lstrip("+-")
    if address.is_local_family or not text or text.isdigit() and int(text) <= 65535:
        return []
    return ["%s: %s has the port %s; allowed is a number from 0 to 65535, or none."
            % (section.place(), what, address.port)]


def _balance(section):
    return [
        "%s: balance is %s; allowed are %s." % (section.place(), " ".join(words[1:2]) or "empty", common.listed(BALANCE))
        for words in _words(section, "balance")
        if len(words) < 2 or words[1].split("(")[0] not in BALANCE
    ]


def _listens_twice(sections):
    """haproxy accepts it, and the kernel deals out the connections among them at random."""
    owners = {}
    for section in sections:
        for words, addresses in _haproxy_words.binds(section):
            # With thread, several sockets share one address on purpose.
            where = tuple(sorted(value for option in ("interface", "namespace", "thread")
                                 for value in _haproxy_words.after(words, option)))
            for address in addresses:
                for port in address.ports() or []:
                    owners.setdefault((address.host, port, address.is_datagram, where), []).append(section)
    return [
        "%s: port %d of %s is bound %s; allowed is once."
        % (found[-1].place(), key[1], key[0], _where_else(found))
        for key, found in owners.items()
        if len(found) > 1
    ]


def _where_else(found):
    return "twice" if found[0] is found[-1] else "in %s as well" % found[0].place()
