# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both modules against a table that is played after the source of ipvsadm: see tests/fake_ipvsadm.py."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_host
from ansible_collections.halab.cluster.plugins.modules import ipvs_ability_info, ipvs_info, ipvs_service
from fake_ipvsadm import FakeIpvsadm
from transcripts import FIXTURES
from transcripts import read as transcript

ROUTES = transcript(FIXTURES / "ipvs" / "routes.txt")

SERVICE = {
    "tcp": "192.0.2.10:80",
    "real_servers": [
        {"address": "10.0.0.1", "port": 8080, "forwarding": "masq"},
        {"address": "10.0.0.2", "port": 8080, "forwarding": "masq", "weight": 0},
    ],
}
COMMANDS = [
    "ipvsadm -A -t 192.0.2.10:80 -s wlc",
    "ipvsadm -a -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 1",
    "ipvsadm -a -t 192.0.2.10:80 -r 10.0.0.2:8080 -m -w 0",
]


class World:
    """Hands commands to the table, but for those that are to fail."""

    def __init__(self, fake):
        self.fake = fake
        self.calls = []
        self.answers = {}

    def run_command(self, argv, **kwargs):
        assert kwargs["environ_update"] == {"LC_ALL": "C", "LANGUAGE": "C"}
        self.calls.append(" ".join(argv))
        return self.answers.get(" ".join(argv)) or self.fake.run(argv)


@pytest.fixture
def node(run_module, monkeypatch):
    """A node with a table; runs modules on it."""

    class Node:
        def __init__(self):
            self.world = World(FakeIpvsadm())
            self.world.answers.update(ROUTES)
            self.loaded, self.modules, self.commands = True, set(), {"ipvsadm", "modprobe", "ip"}
            self.knows_modules, self.interfaces = True, ["eth0", "eth1", "lo"]

        @property
        def fake(self):
            return self.world.fake

        def run(self, module, check=False, **options):
            return run_module(module, {"input": options}, check=check, world=self.world)[0]

    here = Node()
    monkeypatch.setattr(_ipvs_host.Host, "is_loaded", lambda self: here.loaded)
    monkeypatch.setattr(_ipvs_host.Host, "loaded_modules", lambda self: here.modules)
    monkeypatch.setattr(_ipvs_host.Host, "knows_modules", lambda self: here.knows_modules)
    monkeypatch.setattr(_ipvs_host.Host, "interfaces", lambda self: here.interfaces)
    monkeypatch.setattr(_ipvs_host.Host, "has_interface", lambda self, name: name in here.interfaces)
    monkeypatch.setattr(_ipvs_host.Host, "has_command", lambda self, command: command in here.commands)
    return here


def test_a_service_is_made_and_kept(node):
    predicted = node.run(ipvs_service, check=True, services=[SERVICE])
    assert predicted["changed"] is True and predicted["commands"] == COMMANDS and node.fake.changes == []
    result = node.run(ipvs_service, services=[SERVICE])
    assert result == predicted
    assert result["diff"]["before"] == "--set 900 120 300\n"
    assert result["diff"]["after"] == (
        "-A -t 192.0.2.10:80 -s wlc\n"
        "-a -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 1\n"
        "-a -t 192.0.2.10:80 -r 10.0.0.2:8080 -m -w 0\n"
        "--set 900 120 300\n"
    )
    node.fake.changes.clear()
    again = node.run(ipvs_service, services=[SERVICE])
    assert again["changed"] is False and again["commands"] == node.fake.changes == []


def test_all_that_is_wrong_is_said_before_anything_is_asked(node):
    services = [SERVICE, dict(SERVICE, tcp="192.0.2.10:0"), {"fwmark": 0}]
    result = node.run(ipvs_service, services=services)
    assert result["problems"] == [
        "tcp 192.0.2.10:0: port is 0, which is all ports; allowed without persistent is 1 to 65535.",
        "services: fwmark is 0; allowed is 1 to 4294967295.",
    ]
    assert result["commands"] == [] and node.world.calls == []


@pytest.mark.parametrize("check", [True, False])
def test_a_scheduler_that_this_kernel_has_not(node, check):
    node.fake.modules = {"ip_vs_wlc"}
    result = node.run(ipvs_service, check=check, services=[SERVICE, {"fwmark": 1, "scheduler": "mh"}])
    assert result["problems"] == [
        "fwmark 1: scheduler is mh; allowed is what this kernel has, and it has no module ip_vs_mh (modprobe finds "
        "none)."
    ]
    assert node.fake.changes == []


def test_scheduler_twos(node):
    """Not every kernel has it; ipvsadm hands on any name."""
    services = [{"fwmark": 1, "scheduler": "twos"}]
    assert node.run(ipvs_service, services=services)["commands"] == ["ipvsadm -A -f 1 -s twos"]
    node.world.fake = FakeIpvsadm()
    node.fake.modules = {"ip_vs_wlc"}
    (said,) = node.run(ipvs_service, services=services)["problems"]
    assert said.startswith("fwmark 1: scheduler is twos; ") and "it has no module ip_vs_twos" in said


def test_a_scheduler_that_is_loaded_already(node):
    node.fake.modules = set()
    node.modules = {"ip_vs_wlc"}
    assert node.run(ipvs_service, services=[SERVICE])["changed"] is True


def test_without_modprobe_the_kernel_is_asked(node):
    node.commands = {"ipvsadm"}
    assert node.run(ipvs_service, services=[SERVICE])["changed"] is True
    assert not [call for call in node.world.calls if call.startswith("modprobe")]


def test_in_a_container_that_has_no_modules_the_kernel_is_asked(node):
    node.knows_modules, node.fake.modules = False, set()
    assert node.run(ipvs_service, services=[SERVICE])["changed"] is True
    assert not [call for call in node.world.calls if call.startswith("modprobe")]


def gates(*addresses, **options):
    return [{"tcp": "192.0.2.10:80", "real_servers": [dict(options, address=each) for each in addresses]}]


@pytest.mark.parametrize("check", [True, False])
def test_direct_routing_across_a_router(node, check):
    services = gates("192.0.2.7", "198.51.100.7", "192.0.2.2")
    services.append({"tcp": "[fd00::10]:80", "real_servers": [{"address": "2001:db8::7"}, {"address": "fd00::7"}]})
    result = node.run(ipvs_service, check=check, services=services)
    assert [text.split(";")[0] for text in result["problems"]] == [
        "tcp 192.0.2.10:80: real server 198.51.100.7: forwarding is gate, and it is behind the router 192.0.2.1",
        "tcp [fd00::10]:80: real server 2001:db8::7: forwarding is gate, and it is behind the router fd00::1",
    ]
    assert result["commands"] == node.fake.changes == []


@pytest.mark.parametrize("forwarding", ["masq", "ipip"])
def test_other_methods_cross_routers(node, forwarding):
    assert node.run(ipvs_service, services=gates("198.51.100.7", forwarding=forwarding))["changed"] is True
    assert not [call for call in node.world.calls if call.startswith("ip ")]


def test_a_server_that_is_there_already_is_not_asked_for(node):
    node.world.fake = FakeIpvsadm("-A -t 192.0.2.10:80 -s wlc", "-a -t 192.0.2.10:80 -r 198.51.100.7:80 -g -w 1")
    result = node.run(ipvs_service, services=gates("198.51.100.7", weight=0))
    assert result["commands"] == ["ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.7:80 -g -w 0"]


def test_a_server_that_gets_direct_routing(node):
    node.world.fake = FakeIpvsadm("-A -t 192.0.2.10:80 -s wlc", "-a -t 192.0.2.10:80 -r 198.51.100.7:80 -m -w 1")
    assert len(node.run(ipvs_service, services=gates("198.51.100.7"))["problems"]) == 1


def test_without_ip_nobody_can_tell(node):
    node.commands.remove("ip")
    assert node.run(ipvs_service, services=gates("198.51.100.7"))["changed"] is True


SYNC = {"state": "master", "mcast_interface": "eth9", "syncid": 7}


@pytest.mark.parametrize("check", [True, False])
def test_an_interface_that_is_not_there(node, check):
    result = node.run(ipvs_service, check=check, services=[SERVICE], daemons=[SYNC])
    assert result["problems"] == [
        "daemons: master: mcast_interface is eth9; allowed is one that this host has: eth0, eth1, lo."
    ]
    assert result["commands"] == node.fake.changes == []


def test_a_daemon_that_runs_is_not_asked_for_its_interface(node):
    node.world.fake = FakeIpvsadm("--start-daemon master --mcast-interface eth9 --syncid 7")
    assert node.run(ipvs_service, services=[SERVICE], daemons=[SYNC])["commands"] == COMMANDS
    assert len(node.run(ipvs_service, daemons=[dict(SYNC, syncid=8)])["problems"]) == 1


def test_interfaces_of_this_machine():
    host = _ipvs_host.Host(None)
    assert host.has_interface("lo") and "lo" in host.interfaces()
    assert not host.has_interface("no-such-one") and not host.has_interface("longer-than-a-name-can-be")


def test_abilities(node):
    node.fake.modules = {"ip_vs_wlc"}
    asked = {"schedulers": ["wlc", "mh"], "gate": ["192.0.2.7", "198.51.100.7", "fd00::7"]}
    asked["interfaces"] = ["eth1", "eth9"]
    assert node.run(ipvs_ability_info, **asked) == {
        "changed": False,
        "asked": asked,
        "problems": [
            "scheduler is mh; allowed is what this kernel has, and it has no module ip_vs_mh (modprobe finds none).",
            "real server 198.51.100.7: forwarding is gate, and it is behind the router 192.0.2.1; allowed is a server "
            "in a network that this host is attached to, or another forwarding method (NAT, tunnel).",
            "interface of a synchronisation daemon is eth9; allowed is one that this host has: eth0, eth1, lo.",
        ],
    }
    assert not [call for call in node.world.calls if call.startswith("ipvsadm")]


def test_nothing_is_asked_of_a_node(node):
    nothing = {"schedulers": [], "gate": [], "interfaces": []}
    assert node.run(ipvs_ability_info) == {"changed": False, "asked": nothing, "problems": []}
    assert node.world.calls == []


def test_abilities_are_asked_for_by_address(node):
    result = node.run(ipvs_ability_info, gate=["192.0.2.7", "web1"])
    assert result["msg"] == "gate has web1; allowed are IPv4 and IPv6 addresses." and node.world.calls == []


@pytest.mark.parametrize("module", [ipvs_info, ipvs_service])
def test_looking_does_not_load_ip_vs(node, module):
    node.loaded = False
    options = {} if module is ipvs_info else {"services": [SERVICE], "check": True}
    result = node.run(module, **options)
    assert not [call for call in node.world.calls if call.startswith("ipvsadm")]
    assert result["timeouts"] == {"tcp": 900, "tcpfin": 120, "udp": 300}
    assert result["changed"] is (module is ipvs_service)


def test_nothing_wanted_where_ip_vs_is_not_loaded(node):
    node.loaded = False
    assert node.run(ipvs_service, purge=True)["changed"] is False and node.world.calls == []


def test_a_command_fails(node):
    said = "Invalid operation.  Possibly wrong module version, address not unicast, ...\n"
    node.world.answers[COMMANDS[2]] = 255, "", said
    result = node.run(ipvs_service, services=[SERVICE])
    assert result["rc"] == 255 and result["commands"] == COMMANDS[:2]
    assert result["msg"].startswith(COMMANDS[2] + " failed with rc 255: Invalid operation.")
    assert "broadcast address" in result["msg"] and result["msg"].endswith(" The table is as it was.")
    assert result["put_back"] == ["ipvsadm -D -t 192.0.2.10:80"] and node.fake.services == {}


OLD = (
    "-A -t 192.0.2.10:80 -s rr",
    "-a -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 3",
    "-a -t 192.0.2.10:80 -r 10.0.0.9:80 -g -w 1",
    "-A -f 7 -s wlc",
    "--start-daemon backup --mcast-interface eth1",
)
NEW = {
    "services": [SERVICE],
    "timeouts": {"udp": 60},
    "daemons": [{"state": "master", "mcast_interface": "eth1", "syncid": 7}],
    "purge": True,
}


def table(node):
    fake = node.fake
    servers = {key: {place: fake._server(given) for place, given in service["servers"].items()}
               for key, service in fake.services.items()}
    return servers, {key: service["s"] for key, service in fake.services.items()}, fake.timeouts, fake.daemons


@pytest.fixture
def steps(node):
    """The commands that lead from OLD to NEW."""
    node.world.fake = FakeIpvsadm(*OLD)
    return node.run(ipvs_service, check=True, **NEW)["commands"]


@pytest.mark.parametrize("number", range(8))
def test_wherever_it_fails_the_table_is_as_it_was(node, steps, number):
    assert len(steps) == 8
    node.world.answers[steps[number]] = 255, "", "Memory allocation problem\n"
    was = table(node)
    result = node.run(ipvs_service, **NEW)
    assert result["commands"] == steps[:number] and result["rc"] == 255
    assert result["msg"].startswith(steps[number] + " failed") and result["msg"].endswith(" The table is as it was.")
    assert table(node) == was


def test_established_connections_live_on_when_what_was_is_put_back(node, steps):
    node.world.answers["ipvsadm -d -t 192.0.2.10:80 -r 10.0.0.9:80"] = 255, "", "No such destination\n"
    node.fake.connect()
    node.run(ipvs_service, **NEW)
    assert node.fake.lost == set()


def test_what_cannot_be_put_back_is_said(node):
    node.world.answers[COMMANDS[2]] = 255, "", "Memory allocation problem\n"
    node.world.answers["ipvsadm -D -t 192.0.2.10:80"] = 1, "", "Permission denied\n"
    result = node.run(ipvs_service, services=[SERVICE])
    assert result["put_back"] == ["ipvsadm -D -t 192.0.2.10:80"]
    assert "is not as it was, for which this is still to be done: ipvsadm -D -t 192.0.2.10:80. " in result["msg"]
    assert "ipvsadm -D -t 192.0.2.10:80 failed with rc 1: Permission denied. Become root." in result["msg"]
    assert result["msg"].startswith(COMMANDS[2] + " failed with rc 255")


def test_what_failed_is_said_where_nobody_can_look_any_more(node):
    node.world.answers[COMMANDS[0]] = 255, "", "Memory allocation problem\n"
    asked = node.world.run_command

    def run_command(argv, **kwargs):
        if node.world.calls.count(COMMANDS[0]):
            node.world.answers["ipvsadm --save --numeric"] = 2, "", "Permission denied\n"
        return asked(argv, **kwargs)

    node.world.run_command = run_command
    result = node.run(ipvs_service, services=[SERVICE])
    assert result["msg"].startswith(COMMANDS[0] + " failed with rc 255") and result["put_back"] == []
    assert "What the table is now is not known: ipvsadm --save --numeric failed with rc 2" in result["msg"]


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("Permission denied (you must be root)", "Become root."),
        ("Can't initialize ipvs: Protocol not available", "This kernel has no ip_vs. Install the kernel's modules"),
        ("Memory allocation problem", "The kernel's log (dmesg) may tell more"),
    ],
)
def test_ipvsadm_cannot_look(node, said, advice):
    node.world.answers["ipvsadm --save --numeric"] = 2, "", said + "\n"
    result = node.run(ipvs_info)
    assert "ipvsadm --save --numeric failed with rc 2: %s." % said in result["msg"] and advice in result["msg"]


def test_ipvsadm_is_not_installed(node):
    node.commands = set()
    assert node.run(ipvs_service, services=[SERVICE])["msg"] == (
        "ipvsadm is not installed on this node. Install it (apt-get install ipvsadm)."
    )


def test_check_mode_before_ipvsadm_is_installed(node):
    node.commands = set()
    assert node.run(ipvs_service, check=True, services=[SERVICE])["commands"] == COMMANDS
    assert node.world.calls == []


def test_somebody_else_changes_the_table(node):
    # It says that it has done it, and the server is not there.
    node.world.answers[COMMANDS[1]] = 0, "", ""
    result = node.run(ipvs_service, services=[SERVICE])
    assert result["failed"] and "still to be done: %s." % COMMANDS[1] in result["msg"]
    assert "keepalived" in result["msg"] and result["commands"] == COMMANDS


def test_purge_timeouts_and_daemons(node):
    node.world.fake = FakeIpvsadm(
        "-A -t 192.0.2.10:80 -s wlc", "-a -t 192.0.2.10:80 -r 10.0.0.9:80 -g -w 1", "-A -f 7 -s rr",
        "--start-daemon backup --mcast-interface eth1",
    )
    result = node.run(ipvs_service, **NEW)
    assert result["commands"] == [
        "ipvsadm --set 900 120 60",
        COMMANDS[1],
        COMMANDS[2],
        "ipvsadm -d -t 192.0.2.10:80 -r 10.0.0.9:80",
        "ipvsadm -D -f 7",
        "ipvsadm --stop-daemon backup",
        "ipvsadm --start-daemon master --syncid 7 --mcast-interface eth1",
    ]
    assert result["timeouts"]["udp"] == 60 and [each["state"] for each in result["daemons"]] == ["master"]
    assert node.run(ipvs_service, **NEW)["changed"] is False


def test_info(node):
    node.world.fake = FakeIpvsadm(
        "-A -t 192.0.2.10:80 -s wlc -p 300", "-a -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 5 -x 20 -y 10",
        "--start-daemon master --mcast-interface eth1 --syncid 7",
    )
    result = node.run(ipvs_info)
    assert result["changed"] is False and result["loaded"] is True and node.fake.changes == []
    (service,) = result["services"]
    assert (service["tcp"], service["persistent"], service["stats"]["conns"]) == ("192.0.2.10:80", 300, 12)
    (server,) = service["real_servers"]
    assert (server["weight"], server["u_threshold"], server["l_threshold"]) == (5, 20, 10)
    assert (server["active"], server["inactive"], server["stats"]["outbytes"]) == (3, 1, 5024)
    assert result["daemons"][0]["syncid"] == 7


def test_missing_modules_are_those_that_modprobe_does_not_find(node):
    asked = []

    class Module:
        def run_command(self, argv, **kwargs):
            asked.append(argv)
            return (1 if argv[-1] == "ip_vs_ovf" else 0), "", ""

    node.modules = {"ip_vs_rr"}
    assert _ipvs_host.Host(Module()).missing(["ip_vs_rr", "ip_vs_sh", "ip_vs_ovf"]) == ["ip_vs_ovf"]
    assert [argv[-1] for argv in asked] == ["ip_vs_ovf", "ip_vs_sh"]
