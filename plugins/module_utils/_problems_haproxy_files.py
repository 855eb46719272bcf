# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role haproxy refuses of its certificates and error pages, as far as text tells.

What is in a certificate is read by plugin_utils/_certificates.py, which only the controller can.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_cfg, _problems_certificates
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

# What an error page may take with its header: tune.bufsize less tune.maxrewrite, unless the former is changed.
PAGE_BYTES = 15360
# Where a certificate comes from.
SOURCES = ("pem", "src", "lab", "on_host")


def kinds(value):
    """The kind of a value, or of what is wrong in a list. Never what it holds: it may be a user with a password."""
    if not isinstance(value, list):
        return common.kind(value)
    return "a list with %s in it" % next(common.kind(entry) for entry in value if not isinstance(entry, dict))


def _files(variable, entries, sources):
    """(entries that are dictionaries, problems with names and with where their texts come from)"""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return [], ["%s is %s; allowed is a list of dictionaries." % (variable, kinds(entries))]
    problems = []
    for entry in entries:
        where = "%s: %s" % (variable, entry.get("name", entry.get("code")))
        given = [key for key in sources if key in entry]
        if len(given) != 1:
            problems.append("%s: there is %s; allowed is one of %s."
                            % (where, common.listed(given), common.listed(sources)))
        elif given[0] != "on_host" and not isinstance(entry[given[0]], str):
            problems.append("%s: %s is %s; allowed is text." % (where, given[0], common.kind(entry[given[0]])))
        if "name" in entry and not _problems_certificates.is_file_name(entry["name"]):
            problems.append("%s: name is %r; allowed is the name of a file, without its folder."
                            % (where, entry["name"]))
    return entries, problems


def certificates(variables, texts):
    """Problems with haproxy_certificates. texts are those of the entries with src, in order."""
    entries, problems = _files("haproxy_certificates", variables["haproxy_certificates"], SOURCES)
    for entry in entries:
        where = "haproxy_certificates: %s" % entry.get("name")
        problems += common.unknown_keys(where, entry, ("name",) + SOURCES + _problems_certificates.OF_LAB)
        if "name" not in entry:
            problems.append("haproxy_certificates: there is no name; allowed is the name of a file for each.")
        if "on_host" in entry and entry["on_host"] is not True:
            problems.append("%s: on_host is %r; allowed is true, for a file that somebody else puts there."
                            % (where, entry["on_host"]))
        problems += _problems_certificates.lab(where, entry)
    for name in common.repeated([entry.get("name") for entry in entries if "name" in entry]):
        problems.append("haproxy_certificates: the name %s is given twice; allowed is once." % (name,))
    if any("lab" in entry for entry in entries):
        problems += _problems_certificates.folder("haproxy_lab_folder", variables["haproxy_lab_folder"])
    if problems:
        return problems
    for entry, text in _haproxy_cfg.certificate_texts(entries, texts):
        # What lies beside a certificate for haproxy, such as web.pem.ocsp, need not be PEM.
        pem = entry["name"].endswith((".pem", ".crt", ".key")) and "lab" not in entry
        if pem and "-----BEGIN " not in text:
            problems.append("haproxy_certificates: %s: its text has no -----BEGIN line; allowed is PEM."
                            % entry["name"])
    return problems


def errorfiles(entries):
    """Problems with haproxy_errorfiles."""
    entries, problems = _files("haproxy_errorfiles", entries, ("content", "src"))
    for entry in entries:
        where = "haproxy_errorfiles: %s" % entry.get("name", entry.get("code"))
        problems += common.unknown_keys(where, entry, ("code", "content", "name", "src"))
        code = entry.get("code")
        if isinstance(code, bool) or not isinstance(code, int) or code not in _haproxy_cfg.REASONS:
            problems.append("%s: code is %r; allowed are %s, without quotes."
                            % (where, code, common.listed(_haproxy_cfg.REASONS)))
    for name in common.repeated([str(entry.get("name", entry.get("code"))) for entry in entries]):
        problems.append("haproxy_errorfiles: %s is given twice; allowed is once, and another name for another page."
                        % name)
    return problems


def page_sizes(entries, texts):
    """Error pages that are too large. texts are those of the entries with src, in order."""
    problems = []
    for entry, text in _haproxy_cfg.texts_of(entries, "content", texts):
        size = len(_haproxy_cfg.errorfile(entry["code"], text).encode("utf-8"))
        if size > PAGE_BYTES:
            problems.append("haproxy_errorfiles: %s: it takes %d bytes with its header; allowed are %d."
                            % (entry.get("name", entry["code"]), size, PAGE_BYTES))
    return problems
