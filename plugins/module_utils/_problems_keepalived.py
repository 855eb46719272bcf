# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role keepalived refuses before it touches a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_second_opinion as opinion
from ansible_collections.halab.cluster.plugins.module_utils import _node_health_words as values
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _problems_keepalived_vrrp as vrrp
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_hosts import hosts_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_lvs import lvs_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived_ties import ties_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_nut import secretive_dictionary, secretive_list

DICTIONARIES = ("keepalived_global_defs", "keepalived_blocks", "keepalived_node")
LISTS = (
    "keepalived_scripts",
    "keepalived_vrrp_scripts",
    "keepalived_track_processes",
    "keepalived_track_files",
    "keepalived_sync_groups",
    "keepalived_instances",
    "keepalived_virtual_server_groups",
    "keepalived_virtual_servers",
)
KEYWORD = re.compile(r"^[A-Za-z][A-Za-z0-9_-]*$")
# Elsewhere, # and ! begin a comment. keepalived knows no quote inside of quotes of its own kind.
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
# Links to the directories in /usr: keepalived 2.3 runs no script through a link.
LINKED = ("/bin/", "/sbin/", "/lib/")


def writable(keyword, value):
    """Whether a text is still the same when keepalived reads it."""
    # keepalived takes a command apart once more, by its single quotes.
    if keyword in conf.SCRIPTS and (value.count("'") % 2 or '"' in value and conf.text(keyword, value) != value):
        return False
    value = conf.text(keyword, value)
    rest = QUOTED.sub("", value)
    # At the end of a line, a backslash takes the next one along.
    return not set(rest) & set("#!\"'") and not set(value) & set("\n\r") and not value.endswith("\\")


def texts(where, key, value):
    """Problems with everything that is written as it was given. Passwords are looked at elsewhere, and not shown."""
    if value is None:
        return ["%s: %s is nothing; allowed is a value, true for a keyword alone, or false." % (where, key)]
    if isinstance(value, dict):
        inner = where if key is None else "%s: %s" % (where, key)
        problems = [
            "%s: the key %r is no word; allowed are keywords of keepalived.conf(5)." % (inner, name)
            for name in value
            if not isinstance(name, str) or not KEYWORD.match(name)
        ]
        return problems + [problem for pair in value.items() for problem in texts(inner, *pair)]
    if isinstance(value, list):
        return [problem for item in value for problem in texts(where, key, item)]
    if isinstance(value, str) and key not in conf.SECRETS and not writable(key, value):
        return [
            "%s: %s is %r; allowed is text in one line with # and ! in quotes only, every quote closed, "
            "and no backslash at its end." % (where, key, value)
        ]
    return []


def lists(where, entry):
    """Blocks with a line for each. track_file is one of a check's words as well, so this is not asked everywhere."""
    return [
        "%s: %s is %r; allowed is a list." % (where, key, entry[key])
        for key in conf.LISTS
        if key in entry and not isinstance(entry[key], list)
    ]


def scripts(entries):
    problems = []
    for entry in entries:
        name, content = entry.get("name"), entry.get("content")
        where = "keepalived_scripts: %s" % name
        problems += common.unknown_keys(where, entry, ("name", "content"))
        if not vrrp.NAME.accepts(name) or name.startswith("keepalived.c"):
            problems.append(
                "%s: name is %r; allowed are %s, and not keepalived.conf." % (where, name, vrrp.NAME.allowed())
            )
        if not isinstance(content, str) or not content.startswith("#!"):
            problems.append("%s: content does not begin with #!; allowed is a script with its interpreter." % where)
    return problems + twice("keepalived_scripts", entries)


def twice(variable, entries):
    return [
        "%s: %s is named twice; allowed is once." % (variable, name)
        for name in common.repeated([entry.get("name") for entry in entries])
    ]


def named(variable, entries, key, pattern):
    """Entries with a name and one word that may not be missing."""
    problems = []
    for entry in entries:
        where = "%s: %s" % (variable, entry.get("name"))
        if not vrrp.NAME.accepts(entry.get("name")):
            problems.append("%s: name is %r; allowed are %s." % (where, entry.get("name"), vrrp.NAME.allowed()))
        if not pattern.accepts(entry.get(key)):
            problems.append("%s: %s is %r; allowed is %s." % (where, key, entry.get(key), pattern.allowed()))
        low, high = vrrp.WEIGHT
        weight = vrrp.number(entry.get("weight", 0))
        if variable != "keepalived_track_files" and (weight is None or not low <= weight <= high):
            problems.append(
                "%s: weight is %r; allowed is a whole number from %d to %d." % (where, entry["weight"], low, high)
            )
    return problems + twice(variable, entries)


def commands(value, where, key=None):
    """(where, keyword, command) of every script that keepalived would run."""
    if isinstance(value, dict):
        name = value.get("name", value.get("address", ""))
        inner = "%s: %s" % (where, name) if name != "" else where
        return [found for word, item in value.items() for found in commands(item, inner, word)]
    if isinstance(value, list):
        return [found for item in value for found in commands(item, where, key)]
    return [(where, key, value)] if key in conf.SCRIPTS and isinstance(value, str) else []


def security(variables):
    merged = {**variables, "keepalived_instances": conf.instances(variables)}
    found = [
        command for variable in DICTIONARIES[:2] + LISTS[1:] for command in commands(merged[variable], variable)
    ]
    problems = []
    for where, key, command in found:
        path = command.strip("\"' ")
        if not path.startswith("/"):
            problems.append("%s: %s is %r; allowed is a command by its absolute path." % (where, key, command))
        elif path.startswith(LINKED):
            problems.append(
                "%s: %s is %r, which is behind a link that keepalived 2.3 does not follow; allowed is /usr%s."
                % (where, key, command, path.split()[0])
            )
    defs = conf.global_defs(variables)
    for key, allowed in (("enable_script_security", "true"), ("script_user", "a user, such as root or nobody")):
        if found and defs[key] in (False, None, ""):
            problems.append(
                "keepalived_global_defs: %s is %r and scripts are to be run; allowed is %s." % (key, defs[key], allowed)
            )
    return problems


def sync_groups(entries, names, variables):
    problems = []
    for entry in entries:
        where = "keepalived_sync_groups: %s" % entry.get("name")
        if not vrrp.NAME.accepts(entry.get("name")):
            problems.append("%s: name is %r; allowed are %s." % (where, entry.get("name"), vrrp.NAME.allowed()))
        group = entry.get("group")
        if not isinstance(group, list) or len(group) < 2:
            problems.append("%s: group is %r; allowed is a list of two instances or more." % (where, group))
        problems += [
            "%s: group has %s, which keepalived_instances does not have; allowed are: %s."
            % (where, name, common.listed(names))
            for name in vrrp.listed(group)
            if name not in names
        ]
        problems += vrrp.tracks(where, entry, variables)
    problems += [
        "keepalived_sync_groups: %s is in two groups; allowed is one." % name
        for name in common.repeated([name for entry in entries for name in vrrp.listed(entry.get("group"))])
    ]
    return problems + twice("keepalived_sync_groups", entries)


def second_opinion(wanted, files):
    """Its files are its own. files: keepalived_track_files."""
    if not isinstance(wanted, bool):
        return ["keepalived_second_opinion is %r; allowed are true, false." % (wanted,)]
    return [
        "keepalived_track_files: name is %r, as those of keepalived_second_opinion are; allowed is a name without %s."
        % (entry["name"], opinion.PREFIX)
        for entry in files
        if wanted and str(entry.get("name")).startswith(opinion.PREFIX)
    ]


def own_values(node, names):
    """keepalived_node: what one host says of its instances."""
    return [
        "keepalived_node: %s is no instance; allowed are: %s." % (name, common.listed(names))
        for name in node
        if name not in names
    ] + [
        "keepalived_node: %s is %s; allowed is a dictionary." % (name, common.kind(value))
        for name, value in node.items()
        if not isinstance(value, dict)
    ]


def keepalived_problems(variables, host, hosts, hostvars):
    """All reasons why role keepalived would not touch this host. hosts: those of keepalived_group."""
    problems = []
    if host not in hosts:
        problems.append(
            "keepalived_group is a group without %s; allowed is a group of all hosts that share its instances." % host
        )
    for variable in DICTIONARIES:
        problems += secretive_dictionary(variable, variables[variable])[1]
    given = {}
    for variable in LISTS:
        given[variable], found = secretive_list(variable, variables[variable])
        problems += found
    if problems:
        return problems
    # A script's text is its own business.
    for variable in DICTIONARIES[:2] + LISTS[1:]:
        problems += texts(variable, None, variables[variable])
    for name, own in variables["keepalived_node"].items():
        problems += texts("keepalived_node: %s" % name, None, own)
    found = conf.instances(variables)
    names = [instance["name"] for instance in found]
    for instance in found:
        problems += lists("keepalived_instances: %s" % instance["name"], instance)
    for entry in given["keepalived_sync_groups"]:
        problems += lists("keepalived_sync_groups: %s" % entry.get("name"), entry)
    problems += own_values(variables["keepalived_node"], names)
    problems += second_opinion(variables["keepalived_second_opinion"], given["keepalived_track_files"])
    line = values.Text(r"\S[^\n]*", "text in one line")
    for variable, key, pattern in (
        ("keepalived_vrrp_scripts", "script", line),
        ("keepalived_track_processes", "process", line),
        ("keepalived_track_files", "file", values.PATH),
    ):
        problems += named(variable, given[variable], key, pattern)
    problems += scripts(given["keepalived_scripts"]) + security(variables)
    problems += sync_groups(given["keepalived_sync_groups"], names, variables)
    grouped = [
        name
        for entry in given["keepalived_sync_groups"]
        if not entry.get("sync_group_tracking_weight")
        for name in vrrp.listed(entry.get("group"))
    ]
    problems += vrrp.vrrp_problems(variables, found, grouped)
    problems += hosts_problems(found, host, hosts, hostvars) + ties_problems(variables, found, host, hosts, hostvars)
    return problems + lvs_problems(variables)
