# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role ldirectord refuses about virtual services and their real servers. ldirectord(8), ipvsadm(8)"""

from __future__ import annotations

import re

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_wanted as ipvs
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_cf as cf
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils._problems_ldirectord_checks import check_problems

VIRTUAL = "ldirectord_virtual"
REAL_KEYS = ("address", *words.REAL)


def title(entry):
    return "%s: %s" % (VIRTUAL, entry.get("virtual"))


def protocol(entry):
    if cf.fwmark(entry) is not None:
        return "fwm"
    return entry.get("protocol", "udp" if cf.port(entry) == 53 else "tcp")


def name(entry):
    """What ldirectord knows a virtual service by."""
    found = cf.endpoint(entry.get("virtual"))
    if found:
        return "%s %s port %s" % (protocol(entry), found[0], found[1])
    return "fwm%s %s" % ("6" if cf.version(entry) == 6 else "", entry.get("virtual"))


def identity(where, entry):
    """With a wrong one, nothing else can be judged."""
    mark, found = cf.fwmark(entry), cf.endpoint(entry.get("virtual"))
    if mark is not None and 1 <= mark <= ipvs.HIGHEST_MARK or found and found[1] is not None and found[1] <= 65535:
        return []
    return [
        "%s: virtual is %r; allowed is an address with a port, such as 192.0.2.10:80 or '[2001:db8::10]:80', or the "
        "number of a firewall mark." % (where, entry.get("virtual"))
    ]


def fallback(where, word, value, version):
    """((address, port or None, method), problems) of text such as "127.0.0.1:80 gate"."""
    parts = value.split(" ") if isinstance(value, str) else [""]
    found = cf.endpoint(parts[0])
    method = parts[1] if len(parts) == 2 else "gate"
    right = found and len(parts) <= 2 and words.FORWARDING.accepts(method)
    if right and found[0].version == version and 1 <= (80 if found[1] is None else found[1]) <= 65535:
        return (found[0], found[1], method), []
    example = "127.0.0.1:80 gate" if version == 4 else "[::1]:80 gate"
    return None, [
        "%s: %s is %r; allowed is an IPv%d address with a port and gate, masq or ipip, such as %s."
        % (where, word, value, version, example)
    ]


def port_problems(where, port, forwarding, entry):
    """Only masq rewrites a port. With another one ldirectord would lose sight of what the kernel made of it."""
    own = cf.port(entry)
    if port is None or forwarding == "masq" or port == own:
        return []
    return [
        "%s: port is %d and the forwarding %s, which cannot change it; allowed is %s, or masq."
        % (where, port, forwarding, own or "none")
    ]


def real_problems(where, real, entry):
    where = "%s: real %s" % (where, real.get("address"))
    problems = words.unknown(where, real, REAL_KEYS) + words.wrong(where, real, words.REAL)
    if "forwarding" not in real:
        problems.append("%s: forwarding is missing; allowed is %s." % (where, words.FORWARDING.allowed()))
    ends, version = cf.ends(real), cf.version(entry)
    if ends is None or len(ends) > 2 or [end for end in ends if end.version != version]:
        problems.append(
            "%s: address is %r; allowed is an IPv%d address without a port%s."
            % (where, real.get("address"), version, ", or a range such as 192.0.2.1->192.0.2.9" if version == 4 else "")
        )
    elif len(ends) == 2 and (version == 6 or ends[0] > ends[1]):
        problems.append(
            "%s: address is a range; allowed is one of IPv4 addresses, the lowest of them first." % where
        )
    if problems:
        return problems
    lower, upper = real.get("l_threshold", 0), real.get("u_threshold", 0)
    if lower > upper:
        problems.append("%s: l_threshold is %d; allowed is u_threshold (%d) at most." % (where, lower, upper))
    # What it does not have of its own comes from the service, which may have quotes.
    if ("request" in real) != ("receive" in real) and '"' in "".join(cf.pair(real, entry)):
        missing = "receive" if "request" in real else "request"
        problems.append(
            "%s: %s is missing, and that of the service has double quotes, which cannot stand here; allowed is one of "
            "its own, or a service's without them." % (where, missing)
        )
    return problems + port_problems(where, real.get("port"), real["forwarding"], entry)


def overlaps(reals, entry):
    """Addresses that two real servers have, with the port."""
    seen, twice = [], []
    for real in reals:
        first, last, port = cf.ends(real)[0], cf.ends(real)[-1], real.get("port", cf.port(entry))
        for other in seen:
            if port == other[2] and first <= other[1] and other[0] <= last:
                twice.append("%s port %s" % (max(first, other[0]), port or "of the service"))
        seen.append((first, last, port))
    return twice


def fallback_problems(where, entry, reals, given):
    """The fallback that this service would have, its own or the common one."""
    version = cf.version(entry)
    common_word = "fallback6" if version == 6 else "fallback"
    if "fallback" in entry:
        found, problems = fallback(where, "fallback", entry["fallback"], version)
    elif common_word in given:
        if cf.fwmark(entry) is not None:
            # Its fallbacks are kept for tcp and udp alone.
            return [
                "%s: fallback is missing and ldirectord_global has one, which ldirectord cannot use for a mark; "
                "allowed is one of its own." % where
            ]
        found, problems = fallback(where, common_word, given[common_word], version)[0], []
    else:
        return []
    if found is None:
        return problems
    address, port, method = found
    problems += port_problems("%s: fallback" % where, port, method, entry)
    for real in reals:
        ends = cf.ends(real)
        same_port = real.get("port", cf.port(entry)) == (cf.port(entry) if port is None else port)
        if ends[0] <= address <= ends[-1] and same_port:
            problems.append("%s: fallback is %s, one of its real servers; allowed is another one." % (where, address))
    return problems


def netmask_problems(where, entry):
    mask, v6 = str(entry["netmask"]), cf.version(entry) == 6
    if "persistent" not in entry:
        return ["%s: netmask is %s; allowed without persistent is none." % (where, mask)]
    if v6 and (not mask.isdigit() or not 1 <= int(mask) <= 128):
        return ["%s: netmask is %s; allowed with IPv6 is a length from 1 to 128." % (where, mask)]
    address = None if v6 else common.address(mask)
    if not v6 and (address is None or not re.match("^1+0*$", "{:032b}".format(int(address)))):
        return ["%s: netmask is %s; allowed with IPv4 is a mask such as 255.255.255.0." % (where, mask)]
    return []


def service_problems(where, entry, given):
    """Directives that contradict one another, or that ldirectord would ignore."""
    problems, mine = [], protocol(entry)
    marked = cf.fwmark(entry) is not None
    if entry.get("protocol", mine) not in (("fwm",) if marked else ("tcp", "udp")):
        allowed = "fwm, with a mark" if marked else "tcp or udp, with an address"
        problems.append("%s: protocol is %s; allowed is %s." % (where, entry["protocol"], allowed))
    if "netmask" in entry:
        problems += netmask_problems(where, entry)
    if cf.port(entry) == 0 and "persistent" not in entry:
        problems.append("%s: its port is 0, which is all ports; allowed without persistent is 1 to 65535." % where)
    if entry.get("ops") and mine != "udp":
        problems.append("%s: ops is true and its protocol %s; allowed is udp." % (where, mine))
    flags = ipvs.SCHED_FLAGS.get(entry.get("scheduler"), ())
    problems += [
        "%s: schedflags has %s; allowed with scheduler %s is %s."
        % (where, flag, entry.get("scheduler", "wrr"), " and ".join(flags) or "none")
        for flag in entry.get("schedflags", "").split(",")
        if flag and flag not in flags
    ]
    if "checkinterval" in entry and given.get("fork") is not True:
        problems.append(
            "%s: checkinterval is given, and without fork all services share one; allowed is checkinterval in "
            "ldirectord_global, or fork: true there." % where
        )
    return problems


def virtual_problems(entry, given):
    """Of one virtual service. given: the global directives."""
    where = title(entry)
    problems = words.unknown(where, entry, {"virtual", "real", "fallback", *words.VIRTUAL})
    wrong = identity(where, entry)
    if wrong:
        return problems + wrong
    problems += words.wrong(where, entry, words.VIRTUAL, cf.SECRETS)
    reals, found = common.list_of_dicts("%s: real" % where, entry.get("real"))
    for real in reals:
        found += real_problems(where, real, entry)
    if problems + found:
        return problems + found
    if not reals and "fallback" not in entry:
        problems.append("%s: real is empty; allowed without a fallback of its own is one or more." % where)
    problems += ["%s: real %s is given twice; allowed is once." % (where, pair) for pair in overlaps(reals, entry)]
    problems += fallback_problems(where, entry, reals, given)
    return problems + service_problems(where, entry, given) + check_problems(where, entry, reals)
