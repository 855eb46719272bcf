# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role ipvsadm: the kernel has the table of the variables, its sysctls, and a unit that puts the table back at boot."""

from __future__ import annotations

import pytest
import topology
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _ipvsadm_boot as boot
from ansible_collections.halab.cluster.plugins.module_utils._ipvsadm_wanted import wanted

DEFAULTS = {"ipvsadm_services": [], "ipvsadm_timeouts": {}, "ipvsadm_purge": False, "ipvsadm_sysctl": {}}
# Another may keep the services, beside whom the role has the daemons run.
KINDS = ("ipvsadm_services", "ipvsadm_daemons")
DIRECTORS = [node for node in topology.nodes() if any(topology.rendered()[node].get(kind) for kind in KINDS)]
each_director = pytest.mark.parametrize("node", DIRECTORS)
SYSCTLS = [node for node in topology.nodes() if "ipvsadm_sysctl" in topology.rendered()[node]]
# From one port: it says how a connection to the address and port that it is given ends.
CONNECT = """
import socket, sys
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
client.bind(("", int(sys.argv[1])))
client.settimeout(2)
try:
    client.connect((sys.argv[2], int(sys.argv[3])))
    print("connected")
except OSError as error:
    print(type(error).__name__)
"""


def variables(node):
    return {**DEFAULTS, **topology.variables(node), **topology.rendered()[node]}


@each_director
def test_nothing_is_left_to_be_done(node):
    said = topology.host(node).check_output
    thresholds = read.parse_list(said("ipvsadm --list --numeric --thresholds"), read.THRESHOLDS)
    here = {
        "services": read.with_thresholds(read.parse_save(said("ipvsadm --save --numeric")), thresholds),
        "timeouts": read.parse_timeout(said("ipvsadm --list --timeout")),
        "daemons": read.parse_daemon(said("ipvsadm --list --daemon")),
    }
    table, problems = wanted(variables(node))
    assert problems == []
    assert here["services"] != [] and plan.commands(here, plan.after(table, here)) == []


@pytest.mark.parametrize("node", SYSCTLS)
def test_the_kernel_has_its_sysctls(node):
    assert boot.REMOVED_SERVERS.items() <= boot.ipvsadm_sysctl(variables(node)).items()
    for name, value in boot.ipvsadm_sysctl(variables(node)).items():
        # One for each interface where the name has an asterisk.
        pattern = "^%s$" % name.replace(".", "[.]").replace("*", ".*")
        found = topology.host(node).check_output("sysctl --values --all --pattern '%s'" % pattern).splitlines()
        assert found and {text.strip() for text in found} == {str(value).strip()}, name


@each_director
def test_the_table_is_put_back_at_boot(node):
    host = topology.host(node)
    topology.check_units(host, enabled=["ipvsadm-restore"])
    assert host.check_output("cat /etc/ipvsadm-restore.rules") == boot.ipvsadm_rules(variables(node)).rstrip("\n")
    # Debian's own script, which clears the table, is out of the way.
    assert "/bin/true" in host.check_output("systemctl show --property=ExecStart ipvsadm")


@pytest.mark.alone
@pytest.mark.parametrize("client", topology.members("clients"))
def test_a_port_that_comes_again_is_not_lost_with_its_old_server(client):
    """A client connected to a server that was dead, and takes the same port again after that one was removed."""
    table = read.parse_save(topology.host(SYSCTLS[0]).check_output("ipvsadm --save --numeric"))
    web = next(service for service in table if service["tcp"])
    alive, address = web["real_servers"][0], str(read.split_endpoint(web["tcp"])[0])
    by = next(flag for flag, forwarding in read.FORWARDING.items() if forwarding == alive["forwarding"])
    holders = [node for node in SYSCTLS if topology.host(node).run("ip -brief address | grep -w %s", address).rc == 0]
    assert len(holders) == 1
    said = topology.host(holders[0]).check_output
    # Nothing listens there, so a server that is asked refuses. With NAT it is asked at the port of its own service: only
    # answers from there come back through the director.
    service = "%s:81" % address
    server, answer = ((read.endpoint(alive["address"], alive["port"]), "connected") if alive["forwarding"] == "masq"
                      else (alive["address"], "ConnectionRefusedError"))

    def connect():
        return topology.host(client).check_output("python3 -c %s 20081 %s 81", CONNECT, address)

    said("ipvsadm -A -t %s -s rr", service)
    try:
        said("ipvsadm -a -t %s -r 198.18.0.49 %s", service, by)
        first = connect()
        said("ipvsadm -d -t %s -r 198.18.0.49 && ipvsadm -a -t %s -r %s %s", service, service, server, by)
        assert (first, connect()) == ("TimeoutError", answer)
    finally:
        said("ipvsadm -D -t %s", service)
