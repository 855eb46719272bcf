# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_wanted
from fake_ipvsadm import FakeIpvsadm

WEB = "192.0.2.10:80"
BEFORE = (
    "-A -t 192.0.2.10:80 -s wlc",
    "-a -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w 1",
    "-a -t 192.0.2.10:80 -r 10.0.0.2:80 -m -w 1",
    "-A -f 1 -s rr -p 300",
    "-a -f 1 -r 10.0.0.1:0 -g -w 1",
)
DAEMON = {"mcast_interface": "eth1", "syncid": 0, "sync_maxlen": None, "mcast_group": None, "mcast_port": None,
          "mcast_ttl": None}


def server(address, **options):
    return {**read.SERVER, "port": None, "state": "present", "forwarding": "masq", "address": address, **options}


def service(*servers, **options):
    return {**read.SERVICE, "state": "present", "real_servers": list(servers), **options}


def want(*services, timeouts=None, daemons=None, purge=False):
    return {"services": list(services), "timeouts": timeouts, "daemons": daemons, "purge": purge}


def daemon(state, **options):
    return {"state": state, **DAEMON, **options}


def look(fake):
    def said(*words):
        rc, out, err = fake.run(["ipvsadm", *words])
        assert (rc, err) == (0, "")
        return out

    listed = read.parse_list(said("--list", "--numeric", "--thresholds"), read.THRESHOLDS)
    return {
        "services": read.with_thresholds(read.parse_save(said("--save", "--numeric")), listed),
        "timeouts": read.parse_timeout(said("--list", "--timeout")),
        "daemons": read.parse_daemon(said("--list", "--daemon")),
    }


def bring(fake, wanted):
    """Does what is planned; returns the commands, after what was promised has been looked at."""
    assert _ipvs_wanted.problems(wanted) == []
    here = look(fake)
    after = plan.after(wanted, here)
    commands = plan.commands(here, after)
    fake.connect()
    for argv in commands:
        rc, dummy, err = fake.run(argv)
        assert rc == 0, "%s: %s" % (" ".join(argv), err)
    now = look(fake)
    assert plan.commands(now, plan.after(wanted, now)) == [], "a second run changes nothing"
    assert now["services"] == after["services"] and now["timeouts"] == after["timeouts"], "check mode predicts it"
    return [" ".join(argv[1:]) for argv in commands]


def test_nothing_is_wanted():
    assert bring(FakeIpvsadm(*BEFORE), want()) == []


def test_what_is_there_is_left_alone():
    fake = FakeIpvsadm(*BEFORE)
    assert bring(fake, want(service(server("10.0.0.1"), server("10.0.0.2"), tcp=WEB))) == [] == fake.changes


def test_a_new_service():
    fake = FakeIpvsadm()
    wanted = want(
        service(
            server("10.0.0.1", port=8080, weight=0),
            server("10.0.0.2", port=8080, weight=10, u_threshold=100, l_threshold=80),
            tcp="192.0.2.10:443", scheduler="sh", sched_flags=["sh-port", "sh-fallback"], persistent=600,
            netmask="255.255.255.0",
        )
    )
    assert bring(fake, wanted) == [
        "-A -t 192.0.2.10:443 -s sh -p 600 -M 255.255.255.0 -b sh-fallback,sh-port",
        "-a -t 192.0.2.10:443 -r 10.0.0.2:8080 -m -w 10 -x 100 -y 80",
        "-a -t 192.0.2.10:443 -r 10.0.0.1:8080 -m -w 0",
    ]


def test_services_of_all_kinds():
    fake = FakeIpvsadm()
    wanted = want(
        service(server("2001:db8::1"), tcp="[2001:DB8::10]:80"),
        service(server("10.0.0.1"), udp="192.0.2.10:5060", persistent=60, pe="sip", ops=True),
        service(server("10.0.0.1"), sctp="192.0.2.10:36412"),
        service(server("10.0.0.1", forwarding="gate"), fwmark=4294967295),
        service(server("2001:db8::1", forwarding="gate"), fwmark=1, ipv6=True, persistent=60, netmask="64"),
        service(server("10.0.0.1", forwarding="gate"), fwmark=1),
        service(server("10.0.0.1"), tcp="192.0.2.10:0", persistent=300, netmask="255.255.255.255"),
    )
    assert [line for line in bring(fake, wanted) if line.startswith("-A")] == [
        "-A -t 192.0.2.10:0 -s wlc -p 300",
        "-A -t [2001:db8::10]:80 -s wlc",
        "-A -u 192.0.2.10:5060 -s wlc -p 60 --pe sip -o",
        "-A --sctp-service 192.0.2.10:36412 -s wlc",
        "-A -f 1 -s wlc",
        "-A -f 1 -6 -s wlc -p 60 -M 64",
        "-A -f 4294967295 -s wlc",
    ]


def test_tunnels():
    fake = FakeIpvsadm()
    wanted = want(
        service(
            server("10.0.0.1", forwarding="ipip"),
            server("10.0.0.2", forwarding="ipip", tun_type="gue", tun_port=6080),
            server("10.0.0.3", forwarding="ipip", tun_type="gre", tun_flags="csum"),
            server("2001:db8::1", forwarding="ipip"),
            tcp=WEB,
        )
    )
    assert bring(fake, wanted)[1:] == [
        "-a -t 192.0.2.10:80 -r 10.0.0.1:80 -i -w 1 --tun-type ipip",
        "-a -t 192.0.2.10:80 -r 10.0.0.2:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum",
        "-a -t 192.0.2.10:80 -r 10.0.0.3:80 -i -w 1 --tun-type gre --tun-csum",
        "-a -t 192.0.2.10:80 -r [2001:db8::1]:80 -i -w 1 --tun-type ipip",
    ]


class TestConnectionsSurvive:
    @pytest.mark.parametrize(
        ("options", "command"),
        [
            ({"scheduler": "rr"}, "-E -t 192.0.2.10:80 -s rr"),
            ({"persistent": 60}, "-E -t 192.0.2.10:80 -s wlc -p 60"),
            ({"persistent": 60, "netmask": "255.255.0.0"}, "-E -t 192.0.2.10:80 -s wlc -p 60 -M 255.255.0.0"),
            ({"scheduler": "mh", "sched_flags": ["mh-port"]}, "-E -t 192.0.2.10:80 -s mh -b mh-port"),
        ],
    )
    def test_a_service_is_edited(self, options, command):
        fake = FakeIpvsadm(*BEFORE)
        assert bring(fake, want(service(server("10.0.0.1"), tcp=WEB, **options))) == [command]
        assert fake.lost == set()

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"weight": 0}, "-m -w 0"),
            ({"forwarding": "gate"}, "-g -w 1"),
            (
                {"forwarding": "ipip", "tun_type": "gue", "tun_port": 6080},
                "-i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum",
            ),
            ({"u_threshold": 10}, "-m -w 1 -x 10"),
        ],
    )
    def test_a_server_is_edited(self, options, words):
        fake = FakeIpvsadm(*BEFORE)
        assert bring(fake, want(service(server("10.0.0.1", **options), tcp=WEB))) == [
            "-e -t 192.0.2.10:80 -r 10.0.0.1:80 " + words
        ]
        assert fake.lost == set()

    def test_persistence_ends(self):
        fake = FakeIpvsadm(*BEFORE)
        wanted = want(service(server("10.0.0.1", forwarding="gate"), fwmark=1, scheduler="rr"))
        assert bring(fake, wanted) == ["-E -f 1 -s rr"] and fake.lost == set()

    def test_thresholds_end(self):
        fake = FakeIpvsadm("-A -t 192.0.2.10:80 -s wlc", "-a -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w 1 -x 10 -y 5")
        assert bring(fake, want(service(server("10.0.0.1"), tcp=WEB))) == [
            "-e -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w 1"
        ]
        assert fake.lost == set()

    def test_one_server_takes_over_before_the_other_is_quiet(self):
        fake = FakeIpvsadm(
            "-A -t 192.0.2.10:80 -s wlc",
            "-a -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w 1",
            "-a -t 192.0.2.10:80 -r 10.0.0.2:80 -m -w 0",
        )
        wanted = want(service(server("10.0.0.1", weight=0), server("10.0.0.2"), server("10.0.0.3"), tcp=WEB))
        assert bring(fake, wanted) == [
            "-e -t 192.0.2.10:80 -r 10.0.0.2:80 -m -w 1",
            "-a -t 192.0.2.10:80 -r 10.0.0.3:80 -m -w 1",
            "-e -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w 0",
        ]
        assert fake.lost == set()

    def test_only_those_of_what_is_removed_are_lost(self):
        fake = FakeIpvsadm(*BEFORE)
        wanted = want(service(server("10.0.0.1", weight=5), server("10.0.0.3"), tcp=WEB, scheduler="rr"), purge=True)
        assert bring(fake, wanted) == [
            "-E -t 192.0.2.10:80 -s rr",
            "-e -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w 5",
            "-a -t 192.0.2.10:80 -r 10.0.0.3:80 -m -w 1",
            "-d -t 192.0.2.10:80 -r 10.0.0.2:80",
            "-D -f 1",
        ]
        assert fake.lost == {(("t", WEB, False), "10.0.0.2:80"), (("f", 1, False), "10.0.0.1:0")}


class TestPurge:
    def test_without_it_others_stay(self):
        fake = FakeIpvsadm(*BEFORE)
        assert bring(fake, want(service(server("10.0.0.9"), tcp=WEB))) == [
            "-a -t 192.0.2.10:80 -r 10.0.0.9:80 -m -w 1"
        ]

    def test_everything_goes(self):
        assert bring(FakeIpvsadm(*BEFORE), want(purge=True)) == ["-D -t 192.0.2.10:80", "-D -f 1"]

    def test_one_server_goes(self):
        fake = FakeIpvsadm(*BEFORE)
        wanted = want(service(server("10.0.0.2", state="absent"), server("10.0.0.8", state="absent"), tcp=WEB))
        assert bring(fake, wanted) == ["-d -t 192.0.2.10:80 -r 10.0.0.2:80"]

    def test_one_service_goes(self):
        fake = FakeIpvsadm(*BEFORE)
        wanted = want(service(fwmark=1, state="absent"), service(fwmark=1, ipv6=True, state="absent"))
        assert bring(fake, wanted) == ["-D -f 1"]

    def test_a_daemon_goes_only_when_daemons_are_named(self):
        fake = FakeIpvsadm("--start-daemon backup --mcast-interface eth1")
        assert bring(fake, want(purge=True)) == []
        assert bring(fake, want(daemons=[])) == []
        assert bring(fake, want(daemons=[], purge=True)) == ["--stop-daemon backup"]


class TestTheRest:
    def test_timeouts(self):
        fake = FakeIpvsadm()
        assert bring(fake, want(timeouts={"tcp": 3600, "tcpfin": None, "udp": None})) == ["--set 3600 120 300"]
        assert bring(fake, want(timeouts={"tcp": 3600, "tcpfin": 120, "udp": None})) == []

    def test_daemons_start(self):
        wanted = want(daemons=[daemon("backup", syncid=7), daemon("master", syncid=7, mcast_ttl=2)])
        assert bring(FakeIpvsadm(), wanted) == [
            "--start-daemon master --syncid 7 --mcast-interface eth1 --mcast-ttl 2",
            "--start-daemon backup --syncid 7 --mcast-interface eth1",
        ]

    def test_a_daemon_that_is_left_to_the_kernel_is_no_difference(self):
        fake = FakeIpvsadm("--start-daemon master --mcast-interface eth1 --syncid 7 --mcast-port 9000")
        assert bring(fake, want(daemons=[daemon("master", syncid=7)])) == []

    def test_a_daemon_with_other_options_is_started_anew(self):
        fake = FakeIpvsadm("--start-daemon master --mcast-interface eth1 --syncid 7")
        assert bring(fake, want(daemons=[daemon("master", syncid=8)])) == [
            "--stop-daemon master",
            "--start-daemon master --syncid 8 --mcast-interface eth1",
        ]

    def test_the_order_of_all(self):
        fake = FakeIpvsadm(*BEFORE)
        wanted = want(
            service(server("10.0.0.3"), udp="192.0.2.10:53"),
            timeouts={"tcp": 60, "tcpfin": None, "udp": None},
            daemons=[daemon("master")],
            purge=True,
        )
        assert [line.split()[0] for line in bring(fake, wanted)] == ["--set", "-A", "-a", "-D", "-D", "--start-daemon"]

    def test_modules(self):
        services = [service(tcp=WEB), service(udp="192.0.2.10:5060", scheduler="mh", pe="sip")]
        assert plan.modules(services) == {
            "ip_vs_wlc": "tcp 192.0.2.10:80: scheduler is wlc",
            "ip_vs_mh": "udp 192.0.2.10:5060: scheduler is mh",
            "ip_vs_pe_sip": "udp 192.0.2.10:5060: pe is sip",
        }


REFUSED = [
    (service(), "services: a service has none; allowed is exactly one of tcp, udp, sctp and fwmark."),
    (service(tcp=WEB, fwmark=1), "services: a service has tcp and fwmark; allowed is exactly one of"),
    (service(tcp="www:80"), "tcp is www:80; allowed is an address and a port, both as numbers"),
    (service(tcp="2001:db8::10"), "tcp is 2001:db8::10; allowed is an address and a port"),
    (service(tcp="192.0.2.10:65536"), "port is 65536; allowed is 0 to 65535."),
    (service(tcp="192.0.2.10:0"), "port is 0, which is all ports; allowed without persistent is 1 to 65535."),
    (service(tcp=WEB, ipv6=True), "ipv6 is true; allowed with tcp is false"),
    (service(fwmark=0), "fwmark is 0; allowed is 1 to 4294967295."),
    (service(fwmark=4294967296), "fwmark is 4294967296; allowed is 1 to 4294967295."),
    (service(tcp=WEB, scheduler="best"), "scheduler is best; allowed is one of rr, wrr, lc, wlc, lblc, lblcr, dh, sh"),
    (service(tcp=WEB, sched_flags=["sh-port"]), "sched_flags have sh-port; allowed with scheduler wlc is none."),
    (
        service(tcp=WEB, scheduler="mh", sched_flags=["sh-port"]),
        "sched_flags have sh-port; allowed with scheduler mh is mh-fallback and mh-port.",
    ),
    (service(tcp=WEB, persistent=0), "persistent is 0; allowed is 1 to 2678400 s."),
    (service(tcp=WEB, netmask="255.255.255.0"), "netmask is 255.255.255.0; allowed without persistent is none"),
    (service(tcp=WEB, persistent=1, netmask="24"), "netmask is 24; allowed with IPv4 is a mask such as 255.255.255.0."),
    (service(tcp=WEB, persistent=1, netmask="255.0.255.0"), "netmask is 255.0.255.0; allowed with IPv4 is a mask"),
    (service(fwmark=1, ipv6=True, persistent=1, netmask="129"), "netmask is 129; allowed with IPv6 is a prefix length"),
    (service(tcp=WEB, persistent=1, pe="sip"), "pe is sip; allowed with tcp is none: it is for UDP."),
    (service(udp="192.0.2.10:5060", pe="sip"), "pe is sip; allowed without persistent is none."),
    (service(tcp=WEB, ops=True), "ops is true; allowed with tcp is false: one packet is for UDP."),
    (service(server("web1"), tcp=WEB), "address is web1; allowed is an IPv4 or IPv6 address without a port."),
    (service(server("10.0.0.1", weight=65536), tcp=WEB), "weight is 65536; allowed is 0 to 65535."),
    (service(server("10.0.0.1", weight=-1), tcp=WEB), "weight is -1; allowed is 0 to 65535."),
    (service(server("10.0.0.1", port=-1), tcp=WEB), "port is -1; allowed is 0 to 65535."),
    (service(server("10.0.0.1", u_threshold=65536), tcp=WEB), "u_threshold is 65536; allowed is 0 to 65535."),
    (service(server("10.0.0.1", l_threshold=5), tcp=WEB), "l_threshold is 5; allowed is u_threshold (0) at most."),
    (
        service(server("10.0.0.1", forwarding="gate", port=8080), tcp=WEB),
        "port is 8080; allowed with forwarding gate is 80: only masq can change it.",
    ),
    (
        service(server("10.0.0.1", forwarding="ipip", port=80), fwmark=1),
        "port is 80; allowed with forwarding ipip is none: only masq can change it.",
    ),
    (service(server("2001:db8::1"), tcp=WEB), "forwarding is masq; allowed between IPv4 and IPv6 is ipip."),
    (service(server("10.0.0.1"), fwmark=1, ipv6=True), "forwarding is masq; allowed between IPv4 and IPv6 is ipip."),
    (service(server("2001:db8::1", forwarding="gate"), tcp=WEB), "forwarding is gate; allowed between IPv4 and IPv6"),
    (service(server("10.0.0.1", tun_type="gre"), tcp=WEB), "tun_type is gre; allowed with forwarding masq is none."),
    (
        service(server("10.0.0.1", forwarding="ipip", tun_type="gue"), tcp=WEB),
        "tun_port is missing; tun_type gue needs it.",
    ),
    (
        service(server("10.0.0.1", forwarding="ipip", tun_port=6080), tcp=WEB),
        "tun_port is 6080; allowed with tun_type ipip is none.",
    ),
    (
        service(server("10.0.0.1", forwarding="ipip", tun_type="gre", tun_flags="remcsum"), tcp=WEB),
        "tun_flags is remcsum; allowed with tun_type gre is nocsum, csum.",
    ),
    (
        service(server("10.0.0.1"), server("10.0.0.1", port=80), tcp=WEB),
        "real server 10.0.0.1:80 is listed 2 times; allowed is once.",
    ),
]


@pytest.mark.parametrize(("wanted", "sentence"), REFUSED)
def test_refused(wanted, sentence):
    (said,) = _ipvs_wanted.problems(want(wanted))
    assert sentence in said


def test_a_service_that_is_listed_twice():
    wanted = want(service(tcp="[2001:db8::10]:80"), service(tcp="[2001:db8:0::10]:80"))
    assert _ipvs_wanted.problems(wanted) == ["tcp [2001:db8::10]:80 is listed 2 times; allowed is once."]


def test_the_same_address_of_other_protocols_is_another_service():
    services = [{"tcp": "192.0.2.10:53"}, {"udp": "192.0.2.10:53"}, {"fwmark": 1}, {"fwmark": 1, "ipv6": True}]
    assert _ipvs_wanted.problems(want(*[service(**each) for each in services])) == []


def test_sentences_name_service_and_server():
    wanted = want(service(server("10.0.0.1", weight=70000), tcp=WEB))
    assert _ipvs_wanted.problems(wanted) == [
        "tcp 192.0.2.10:80: real server 10.0.0.1: weight is 70000; allowed is 0 to 65535."
    ]


def test_what_is_to_be_absent_needs_no_more_than_its_name():
    assert _ipvs_wanted.problems(want(service(tcp="192.0.2.10:0", state="absent"))) == []
    gone = server("10.0.0.1", port=8080, forwarding="gate", state="absent")
    assert _ipvs_wanted.problems(want(service(gone, tcp=WEB))) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"syncid": 256}, "daemons: master: syncid is 256; allowed is 0 to 255."),
        ({"mcast_interface": "a-name-too-long0"}, "allowed is the name of an interface, 15 characters at most."),
        ({"mcast_interface": ""}, "mcast_interface is ''; allowed is the name of an interface"),
        ({"sync_maxlen": 65508}, "sync_maxlen is 65508; allowed is 1 to 65507 bytes."),
        ({"sync_maxlen": 65488, "mcast_group": "ff02::51"}, "sync_maxlen is 65488; allowed is 1 to 65487 bytes."),
        ({"state": "backup", "sync_maxlen": 1023}, "sync_maxlen is 1023; allowed is 1024 to 65507 bytes."),
        ({"mcast_group": "192.0.2.1"}, "mcast_group is 192.0.2.1; allowed is a multicast address."),
        ({"mcast_group": "all"}, "mcast_group is all; allowed is a multicast address."),
        ({"mcast_port": 0}, "mcast_port is 0; allowed is 1 to 65535."),
        ({"mcast_ttl": 256}, "mcast_ttl is 256; allowed is 1 to 255."),
    ],
)
def test_refused_daemons(options, sentence):
    (said,) = _ipvs_wanted.problems(want(daemons=[dict(daemon("master"), **options)]))
    assert sentence in said


def test_daemons_do_not_know_servers_of_another_family():
    # ip_vs_ctl.c of the kernel refuses one while there is the other.
    mixed = service(server("2001:db8::1", forwarding="ipip"), server("10.0.0.1"), tcp=WEB)
    assert _ipvs_wanted.problems(want(mixed)) == []
    (said,) = _ipvs_wanted.problems(want(mixed, daemons=[daemon("master")]))
    assert said == ("tcp 192.0.2.10:80: real server 2001:db8::1 is IPv6; allowed beside daemons are servers of the "
                    "service's own family.")


def test_two_daemons_of_a_kind():
    assert _ipvs_wanted.problems(want(daemons=[daemon("master"), daemon("master")])) == [
        "daemons: master is listed twice; allowed is once."
    ]


@pytest.mark.parametrize("seconds", [0, -1, 2678401])
def test_refused_timeouts(seconds):
    assert _ipvs_wanted.problems(want(timeouts={"tcp": None, "udp": seconds})) == [
        "timeouts: udp is %d; allowed is 1 to 2678400 s." % seconds
    ]


def test_the_way_back_is_about_what_was_to_be_changed_alone():
    fake = FakeIpvsadm(*BEFORE, "--start-daemon backup --mcast-interface eth1")
    before = look(fake)
    wanted = want(service(server("10.0.0.3"), tcp=WEB), service(server("10.0.0.4"), udp="192.0.2.10:53"),
                  timeouts={"udp": 60}, daemons=[daemon("master")])
    meant = plan.after(wanted, before)
    # All but the last command has succeeded, and somebody else is at the table as well.
    for argv in plan.commands(before, meant)[:-1]:
        assert fake.run(argv)[0] == 0
    for line in ("-A -f 9 -s rr", "-D -f 1", "--set 800 0 0", "--stop-daemon backup"):
        assert fake.run(["ipvsadm", *line.split()])[0] == 0
    for argv in plan.commands(look(fake), plan.back(look(fake), before, meant)):
        assert fake.run(argv)[0] == 0
    here = look(fake)
    assert [read.name(each) for each in here["services"]] == ["tcp 192.0.2.10:80", "fwmark 9"]
    assert here["services"][0] == before["services"][0]
    assert here["timeouts"] == {"tcp": 800, "tcpfin": 120, "udp": 300} and here["daemons"] == []


def test_the_way_back_leads_to_what_was():
    fake = FakeIpvsadm(*BEFORE)
    before = look(fake)
    meant = plan.after(want(service(server("10.0.0.3"), tcp=WEB), purge=True), before)
    assert plan.back(before, before, meant) == plan.back(meant, before, meant) == before
