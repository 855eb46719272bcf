# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role booth refuses before it touches a host."""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _booth_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

KEY = re.compile(r"^\S{8,64}\Z")


def _judged(where, options, words, values):
    """Words that booth does not know, and values that it does not take."""
    problems = common.unknown_words("word", where, options, words)
    return problems + ["%s: %s is %r; allowed is %s." % (where, word, options[word], values[word][1])
                       for word in words if word in options and not values[word][0](options[word])]


def _sound(options):
    return {word: value for word, value in options.items()
            if word in conf.TICKET_VALUES and conf.TICKET_VALUES[word][0](value)}


def _times(where, options):
    """The renewal of a lease may need all retries, and has to be through before the next one."""
    words = dict(conf.DEFAULTS, **options)
    if words["mode"] == "manual":
        return []
    needed, renewal = conf.seconds(words["timeout"]) * (words["retries"] + 1), conf.renewal(words)
    problems = []
    if needed >= renewal:
        what = "renewal-freq is %s" % words["renewal-freq"] if "renewal-freq" in words else "expire is %s" % words["expire"]
        problems.append(
            "%s: %s, and the retries take timeout * (retries + 1) = %g s; allowed is a renewal (renewal-freq, or else "
            "half of expire) that is longer than that." % (where, what, needed))
    if "renewal-freq" in words and words["renewal-freq"] >= words["expire"]:
        problems.append("%s: renewal-freq is %s and expire is %s; allowed is one that is shorter."
                        % (where, words["renewal-freq"], words["expire"]))
    return problems


def _weights(where, options, members):
    weights = options.get("weights")
    if weights is None or len(weights) == members:
        return []
    return ["%s: weights has %d numbers for %d members; allowed is one for each site, then one for each arbitrator."
            % (where, len(weights), members)]


def _tickets(variables, members):
    defaults, problems = common.dictionary("booth_ticket_defaults", variables["booth_ticket_defaults"])
    problems += _judged("booth_ticket_defaults", defaults, conf.TICKET_WORDS, conf.TICKET_VALUES)
    problems += _weights("booth_ticket_defaults", _sound(defaults), members)
    entries, found = common.list_of_dicts("booth_tickets", variables["booth_tickets"])
    problems += found
    for entry in entries:
        name, options = entry.get("name"), {word: value for word, value in entry.items() if word != "name"}
        where = "booth_tickets: %s" % (name,)
        if not isinstance(name, str) or not conf.TICKET.match(name) or name == "__defaults__":
            problems.append("booth_tickets: name is %r; allowed are 1 to 63 letters, digits, dashes, underscores, dots and "
                            "slashes." % (name,))
        problems += _judged(where, options, conf.TICKET_WORDS, conf.TICKET_VALUES)
        sound = dict(_sound(defaults), **_sound(options))
        problems += _times(where, sound) + _weights(where, _sound(options), members)
    names = [entry.get("name") for entry in entries]
    return problems + ["booth_tickets: %s is there twice; allowed is one ticket of a name." % (name,)
                       for name in common.repeated(names)]


def _members(variables):
    """(addresses of sites, of arbitrators, sentences)"""
    sites, problems = conf.named("booth_sites", variables["booth_sites"])
    arbitrators, found = conf.named("booth_arbitrators", variables["booth_arbitrators"])
    problems += found
    problems += ["booth_sites and booth_arbitrators: %s is there twice; allowed is one member of an address." % address
                 for address in common.repeated(sites + arbitrators)]
    if isinstance(variables["booth_sites"], list) and len(variables["booth_sites"]) < 2:
        problems.append("booth_sites: it has %d addresses; allowed are at least 2, or there is nothing to choose."
                        % len(variables["booth_sites"]))
    return sites, arbitrators, problems


def _majority(variables, count):
    tickets = common.list_of_dicts("", variables["booth_tickets"])[0]
    defaults = common.dictionary("", variables["booth_ticket_defaults"])[0]
    elected = [ticket for ticket in tickets if ticket.get("mode", defaults.get("mode")) != "manual"]
    if count % 2 or count < 2 or not elected:
        return []
    return ["booth_sites and booth_arbitrators: they are %d members together, an even number, and two halves that do not "
            "hear each other have no majority; allowed is an odd number, or tickets of mode manual only." % count]


def _addresses(variables, sites, arbitrators):
    """Every member is somebody's, and a site's address is one that its cluster can take."""
    problems, claimed = [], []
    for host, own in sorted(variables["hosts"].items()):
        address = own.get("booth_address")
        if address not in sites + arbitrators:
            problems.append("booth_address: that of %s is %r; allowed is an address of booth_sites (%s), the one of its site, "
                            "or of booth_arbitrators (%s), its own."
                            % (host, address, common.listed(sites), common.listed(arbitrators)))
            continue
        if address in arbitrators and address in claimed:
            problems.append("booth_address: %s is that of %s and of another host; allowed is one host for an arbitrator."
                            % (address, host))
        claimed.append(address)
        networks = [common.network(entry) for entry in own.get("networks") or []]
        if address in sites and any(networks) and not common.inside(common.address(address), [n for n in networks if n]):
            problems.append("booth_address: %s of %s is outside of the networks of its nodes; allowed are %s."
                            % (address, host, common.listed(own["networks"])))
    owners = {own.get("ansible_host"): host for host, own in variables["hosts"].items()}
    problems += ["booth_sites: %s is the own address of %s; allowed is one that nobody has, since it moves with booth's "
                 "daemon." % (address, owners[address]) for address in sites if address in owners]
    return problems + [
        "%s: no host has %s as its booth_address; allowed is an address of a host of the inventory." % (where, address)
        for where, addresses in (("booth_sites", sites), ("booth_arbitrators", arbitrators))
        for address in addresses if address not in claimed]


def _needed(variables):
    """A service that waits for a ticket of another name waits for ever."""
    known = [ticket.get("name") for ticket in common.list_of_dicts("", variables["booth_tickets"])[0]]
    return [
        "booth_tickets: no ticket is named %s, which constraint %s of %s (pacemaker_constraints) needs; allowed are %s."
        % (constraint.get("ticket"), constraint.get("id"), host, common.listed(known))
        for host, own in sorted(variables["hosts"].items())
        for constraint in common.list_of_dicts("", own.get("constraints") or [])[0]
        if constraint.get("type") == "ticket" and constraint.get("ticket") not in known]


def booth_problems(variables):
    """Sentences about the variables of role booth; no sentence, no problem.

    Beside the role's variables there is 'hosts', {host: booth_address, ansible_host, networks, constraints}, all hosts
    of booth_group.
    """
    sites, arbitrators, problems = _members(variables)
    count = len(sites) + len(arbitrators)
    for name in ("booth_name",):
        if not isinstance(variables[name], str) or not conf.NAME.match(variables[name]):
            problems.append("%s is %r; allowed are 1 to 63 letters, digits, dots, dashes and underscores."
                            % (name, variables[name]))
    if not conf.matching(re.compile(r"^/[A-Za-z0-9_./-]+\Z"))(variables["booth_authfile"]):
        problems.append("booth_authfile is %r; allowed is an absolute path without blanks." % (variables["booth_authfile"],))
    key = variables["booth_authkey"]
    if key != "" and not (isinstance(key, str) and KEY.match(key)):
        # The key never becomes part of a message.
        problems.append("booth_authkey is no text of 8 to 64 characters without blanks; allowed is that, or nothing (the role "
                        "makes one).")
    if not conf.is_whole(variables["booth_netmask"], 1, 128):
        problems.append("booth_netmask is %r; allowed is the length of a prefix, 1 to 128." % (variables["booth_netmask"],))
    settings, found = common.dictionary("booth_settings", variables["booth_settings"])
    problems += found + _judged("booth_settings", settings, conf.SETTINGS, conf.SETTING_VALUES)
    problems += _tickets(variables, count)
    if not problems:
        problems += _majority(variables, count) + _addresses(variables, sites, arbitrators) + _needed(variables)
    return problems
