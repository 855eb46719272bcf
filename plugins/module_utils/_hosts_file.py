# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what module hosts_file accepts and returns, and what a hosts(5) file has to become. No I/O."""

from __future__ import annotations

import ipaddress
import re

# Whatever bytes the comments of others are made of, they are written back as they were.
ENCODING, ERRORS = "utf-8", "surrogateescape"
ARGUMENTS = dict(
    argument_spec=dict(
        nodes=dict(
            type="list",
            elements="dict",
            required=True,
            options=dict(address=dict(type="str", required=True), name=dict(type="str", required=True)),
        ),
        marker=dict(type="str", default="cluster nodes"),
        path=dict(type="path", default="/etc/hosts"),
    ),
)


class HostsFileError(Exception):
    """The file, or what is wanted of it, cannot be right; the message is for whoever has to mend it."""


def printable(text):
    """Text that JSON can carry."""
    return text.encode(ENCODING, ERRORS).decode(ENCODING, "replace")


def result(before, after, path):
    """What the module returns."""
    return dict(changed=after != before, file=path, diff=dict(
        before=printable(before), after=printable(after), before_header=path, after_header=path))


def plan(text, nodes, marker, path="/etc/hosts"):
    """The text of the file in which each node ({address, name}) has a line in our block and none on the loopback."""
    wanted = wanted_addresses(nodes)
    if not marker.strip() or "\n" in marker or "\r" in marker:
        raise HostsFileError("marker: %r must be one line of text." % marker)
    # Only \n ends a line for the C library; str.splitlines() knows many more.
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    begin, end = find_block(lines, marker, path)
    check_foreign(lines, begin, end, wanted, path)

    block = []
    if nodes:
        block = ["%s %s" % (node["address"], node["name"]) for node in nodes]
        block = ["# BEGIN %s" % marker] + block + ["# END %s" % marker]
    if [line.rstrip("\r\n") for line in lines[begin:end]] == block:
        block = lines[begin:end]
    else:
        block = [line + "\n" for line in block]
    above = "".join(without_names(line, wanted) for line in lines[:begin])
    below = "".join(without_names(line, wanted) for line in lines[end:])
    if block and above and not above.endswith("\n"):
        above += "\n"
    return above + "".join(block) + below


def wanted_addresses(nodes):
    """{name in small letters: address}, refusing what a line of the file cannot say."""
    wanted = {}
    for node in nodes:
        name, address = node["name"], address_of(node["address"])
        if not re.fullmatch(r"[^\s#]+", name) or name.lower() == "localhost":
            raise HostsFileError("nodes: %r cannot be a node's name: it must be one word, without #, and not localhost."
                                 % name)
        if address is None or address.is_loopback:
            raise HostsFileError("nodes: %s has the address %r. It must be an IP address at which the other nodes "
                                 "reach it, not a loopback one. Correct ansible_host." % (name, node["address"]))
        if name.lower() in wanted:
            raise HostsFileError("nodes: %s is named twice." % name)
        wanted[name.lower()] = address
    return wanted


def find_block(lines, marker, path):
    """The slice [begin:end] of our block, markers included; an empty one at the end of the file when there is none."""
    marks = [(number, kind) for number, line in enumerate(lines) for kind in ("BEGIN", "END")
             if line.rstrip("\r\n") == "# %s %s" % (kind, marker)]
    kinds = [kind for dummy, kind in marks]
    if not marks:
        return len(lines), len(lines)
    if kinds != ["BEGIN", "END"]:
        raise HostsFileError(
            "%s is damaged: there must be one line '# BEGIN %s' and one line '# END %s' after it, but there is %s. "
            "Nothing was changed. Remove these lines and those of the nodes with them; the next run writes them anew."
            % (path, marker, marker, ", ".join("%s in line %d" % (kind, number + 1) for number, kind in marks)))
    return marks[0][0], marks[1][0] + 1


def check_foreign(lines, begin, end, wanted, path):
    """Refuse lines of somebody else that give a node another address: only their author knows which one is right."""
    problems = []
    for number, line in enumerate(lines):
        address, names = parse(line)
        if begin <= number < end or address is None or address.is_loopback:
            continue
        for name in names:
            right = wanted.get(name.lower())
            # An address of the other family is one more way to the node, not another one.
            if right is not None and right.version == address.version and right != address:
                problems.append("line %d of %s, '%s', gives %s an address other than %s."
                                % (number + 1, path, line.strip(), name, right))
    if problems:
        raise HostsFileError("Nothing was changed: %s Remove the line (or the name from it) if the inventory is right, "
                             "else correct ansible_host." % " ".join(problems))


def without_names(line, wanted):
    """A line of the loopback without the nodes' names, nothing when no name is left; any other line as it is."""
    address, names = parse(line)
    if address is None or not address.is_loopback or not set(name.lower() for name in names) & set(wanted):
        return line
    if all(name.lower() in wanted for name in names):
        return ""
    entry, hash_sign, comment = line.partition("#")
    entry = re.sub(r"\s+(\S+)", lambda found: "" if found[1].lower() in wanted else found[0], entry)
    return entry + hash_sign + comment


def parse(line):
    """(address, names) of a line; (None, []) for what the C library skips: comments, blank lines, no address."""
    words = line.partition("#")[0].split()
    address = address_of(words[0]) if words else None
    return address, words[1:] if address is not None else []


def address_of(text):
    """An IP address, in IPv4 form if it can have it, or None."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
