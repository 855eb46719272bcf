# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role corosync refuses of the sections that are neither totem, nodelist nor quorum."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

LOGGING = "corosync_logging"
SYSTEM = "corosync_system"
NOZZLE = "corosync_nozzle"
UIDGID = "corosync_uidgid"


def _subsystems(logging):
    where = LOGGING + ": logger_subsys"
    entries, problems = common.list_of_dicts(where, logging.get("logger_subsys", []))
    for position, entry in enumerate(entries):
        here = "%s[%d]" % (where, position)
        problems += words.judged(here, entry, {"subsys": words.SUBSYSTEM, **words.SUBSYS})
        if "subsys" not in entry:
            problems.append("%s has no subsys; allowed is the name of a subsystem such as TOTEM." % here)
    return problems + [
        "%s has subsys %s twice; allowed is once." % (where, name)
        for name in common.repeated([entry["subsys"] for entry in entries if "subsys" in entry])
    ]


def _logging(given):
    logging, problems = common.dictionary(LOGGING, given)
    problems += words.judged(LOGGING, logging, words.LOGGING, "logger_subsys") + _subsystems(logging)
    merged = {**conf.LOGGING, **logging}
    if not any(merged.get(word, word == "to_stderr") for word in ("to_logfile", "to_syslog", "to_stderr")):
        problems.append(
            "%s: to_logfile, to_syslog and to_stderr are false; allowed is one of them or more to be true." % LOGGING
        )
    return problems


def _system(given, transport):
    system, problems = common.dictionary(SYSTEM, given)
    problems += words.judged(SYSTEM, system, words.SYSTEM)
    if "priority" in system and system.get("sched_rr") is not False:
        problems.append("%s: priority is given; allowed is that with sched_rr: false." % SYSTEM)
    if "allow_knet_handle_fallback" in system and transport != "knet":
        problems.append(
            "%s: allow_knet_handle_fallback is given with transport %s; allowed is that with knet."
            % (SYSTEM, transport)
        )
    return problems


def _nozzle(given, transport):
    nozzle, problems = common.dictionary(NOZZLE, given)
    if not nozzle:
        return problems
    problems += words.judged(NOZZLE, nozzle, words.NOZZLE)
    if transport != "knet":
        problems.append("%s is given with transport %s; allowed is that with knet." % (NOZZLE, transport))
    problems += [
        "%s has no %s; allowed is a section with name, ipaddr and ipprefix." % (NOZZLE, word)
        for word in ("name", "ipaddr", "ipprefix")
        if word not in nozzle
    ]
    found, prefix = common.address(nozzle.get("ipaddr")), nozzle.get("ipprefix")
    if found and found.version == 6 and not nozzle["ipaddr"].endswith("::"):
        problems.append("%s: ipaddr is %s; allowed is an IPv6 address that ends with ::." % (NOZZLE, found))
    if found and found.version == 4 and words.NOZZLE["ipprefix"].accepts(prefix) and prefix > 32:
        problems.append("%s: ipprefix is %d; allowed is 32 or less with IPv4." % (NOZZLE, prefix))
    return problems


def _uidgid(given):
    entries, problems = common.list_of_dicts(UIDGID, given)
    for position, entry in enumerate(entries):
        where = "%s[%d]" % (UIDGID, position)
        problems += words.judged(where, entry, words.UIDGID)
        if not entry:
            problems.append("%s is empty; allowed are uid and gid." % where)
    return problems


def section_problems(variables, totem):
    """Reasons why these sections cannot work."""
    transport = conf.transport(totem)
    resources, problems = common.dictionary("corosync_resources", variables["corosync_resources"])
    problems += words.judged("corosync_resources", resources, words.RESOURCES)
    problems += _logging(variables["corosync_logging"]) + _system(variables["corosync_system"], transport)
    return problems + _nozzle(variables["corosync_nozzle"], transport) + _uidgid(variables["corosync_uidgid"])
