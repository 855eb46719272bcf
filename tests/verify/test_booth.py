# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role booth: every member answers, knows the same file and key, and each site is a whole cluster with booth's daemon."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import topology
from ansible_collections.halab.cluster.plugins.module_utils import _booth_conf, _booth_read

MEMBERS = topology.members("booth")
ARBITRATORS = topology.members("arbitrators")
SITES = [site for site in ("site_a", "site_b") if topology.members(site)]
CONF = "/etc/booth/booth.conf"


@pytest.fixture(params=MEMBERS)
def member(request):
    return topology.host(request.param)


@pytest.fixture(params=SITES)
def site(request):
    return request.param


@pytest.fixture(scope="module")
def conf():
    return _booth_conf.parse(topology.host(MEMBERS[0]).check_output("cat %s", CONF))


def mon(site):
    said = topology.host(topology.members(site)[0]).check_output("crm_mon --one-shot --output-as=xml")
    return ElementTree.fromstring(said)


@pytest.mark.parametrize("path", [CONF, "/etc/booth/authkey"])
def test_all_members_have_the_same_file(path):
    assert len({topology.host(name).check_output("sha256sum < %s", path) for name in MEMBERS}) == 1


def test_the_key_is_hidden(member):
    assert member.check_output("stat --format='%U %G %a' /etc/booth/authkey") == "root root 600"


def test_every_member_answers_and_knows_every_ticket(member, conf):
    for address in conf["sites"] + conf["arbitrators"]:
        found = _booth_read.tickets(member.check_output("booth list -c booth -s %s", address))
        assert set(found) == set(conf["tickets"])


@pytest.mark.parametrize("name", ARBITRATORS)
def test_an_arbitrator_runs_now_and_after_a_boot(name):
    host = topology.host(name)
    topology.check_units(host, running=["booth@booth"], enabled=["booth@booth"])
    assert host.check_output("systemctl show --property=Restart booth@booth") == "Restart=on-failure"
    # It would be a third site otherwise.
    assert not host.service("pacemaker").is_running


def test_systemd_starts_no_daemon_on_a_site(site):
    """Its unit would stop Pacemaker. At a boot, Debian's generator has booth.service want an instance for each file."""
    for name in topology.members(site):
        assert "booth" not in topology.host(name).check_output("systemctl list-dependencies --all --plain default.target")
        for unit in ("booth", "booth@booth", "booth-arbitrator"):
            assert topology.host(name).run("systemctl is-active %s", unit).rc != 0


def test_a_site_is_a_cluster_of_its_own(site):
    found = mon(site)
    assert {node.get("name") for node in found.findall("nodes/node")} == set(topology.members(site))
    for node in found.findall("nodes/node"):
        assert node.get("online") == "true" and node.get("standby") == "false", node.attrib
    assert found.find("summary/cluster_options").get("stonith-enabled") == "true"
    assert found.findall("failures/failure") == []


def test_the_daemon_is_where_the_address_is(site):
    where = {resource.get("id"): [node.get("name") for node in resource.findall("node")]
             for resource in mon(site).iter("resource")}
    assert len(where["booth-ip"]) == 1 and where["booth-ip"] == where["booth-site"]
    running = [name for name in topology.members(site) if topology.host(name).run("pgrep --exact boothd").rc == 0]
    assert running == where["booth-site"]


def test_one_site_at_most_has_the_service(conf):
    """No site has it before the ticket is granted."""
    asked = topology.host(MEMBERS[0])
    found = {address: _booth_read.tickets(asked.check_output("booth list -c booth -s %s", address))
             for address in conf["sites"]}
    holders = [address for address, tickets in found.items() if tickets["web"]["leader"] == address]
    vip = topology.inventory()["_meta"]["hostvars"][MEMBERS[0]]["two_sites_vip"]
    serving = [name for site in SITES for name in topology.members(site)
               if vip in topology.host(name).check_output("ip -brief -4 address show").replace("/", " ").split()]
    assert len(holders) <= 1 and len(serving) == len(holders)
