# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role webserver refuses before it touches a host."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _problems as common
from ansible_collections.halab.cluster.plugins.module_utils import _problems_certificates

MANAGED_BY = ("systemd", "pacemaker")
NUMBERS = {
    "webserver_port": (1, 65535),
    # 0: no TLS.
    "webserver_tls_port": (0, 65535),
    "webserver_status": (200, 599),
}


def webserver_problems(variables):
    """All reasons why nginx would not do what these variables say."""
    problems = [
        "%s is %r; allowed is a whole number from %d to %d." % (name, variables[name], first, last)
        for name, (first, last) in NUMBERS.items()
        if not _is_whole(variables[name]) or not first <= variables[name] <= last
    ]
    if variables["webserver_managed_by"] not in MANAGED_BY:
        problems.append("webserver_managed_by is %r; allowed are %s."
                        % (variables["webserver_managed_by"], common.listed(MANAGED_BY)))
    return problems + _tls(variables)


def _tls(variables):
    port, entry = variables["webserver_tls_port"], variables["webserver_certificate"]
    if port == 0 and not isinstance(port, bool):
        return [] if entry == {} else [
            "webserver_certificate is given and webserver_tls_port is 0, so nobody would see it; allowed is a port."]
    entry, problems = common.dictionary("webserver_certificate", entry)
    if not problems:
        problems += _problems_certificates.alone("webserver_certificate", entry)
    if entry.get("lab") == "ca":
        problems.append("webserver_certificate: lab is 'ca'; allowed is certificate, one that has a key.")
    if port == variables["webserver_port"]:
        problems.append("webserver_tls_port is %r, which is webserver_port as well; allowed is another port." % (port,))
    return problems + _problems_certificates.folder("webserver_lab_folder", variables["webserver_lab_folder"])


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)
