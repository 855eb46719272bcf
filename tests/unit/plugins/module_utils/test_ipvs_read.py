# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsers on text in the formats of ipvsadm 1.31.

The texts here are written after ipvsadm's source (print_service_entry, print_tunnel_rule, list_timeout, list_daemon), to say
what each piece means; the last test reads what a kernel's table was recorded as (fixtures/ipvs/record.sh).
"""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_plan as plan
from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_read as read
from transcripts import FIXTURES, RELEASES
from transcripts import read as transcript

SAVE = """\
-A -t 192.0.2.10:80 -s wrr -p 300 -M 255.255.255.0
-a -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 10
-a -t 192.0.2.10:80 -r 10.0.0.2:8080 -m -w 0
-A -t [2001:db8::10]:443 -s sh -b sh-fallback,sh-port
-a -t [2001:db8::10]:443 -r [2001:db8::1]:443 -g -w 1
-A -u 192.0.2.10:5060 -s rr -p 60 --pe sip -o
-A --sctp-service 192.0.2.10:36412 -s wlc
-A -f 1 -s wlc
-a -f 1 -r 10.0.0.3:0 -i -w 1 --tun-type ipip
-a -f 1 -r 10.0.0.4:0 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
-a -f 1 -r 10.0.0.5:0 -i -w 1 --tun-type gre --tun-csum
-A -f 1 -6 -s mh -p 600 -M 64
-A -f -1 -s rr
"""
STATS = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  192.0.2.10:80                      12       60       48     3120 12345678901
  -> 10.0.0.1:8080                       6       30       24     1560     5024
TCP  [2001:db8:1111:2222:3333:4444:5555:6666]:443        1        2        3        4        5
FWM  1                                   7        0        0        0        0
  -> 10.0.0.3:0                          7        0        0        0        0
FWM  1 IPv6                              8        0        0        0        0
FWM  -1                                  9        0        0        0        0
"""
THRESHOLDS = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn
  -> RemoteAddress:Port
TCP  192.0.2.10:80 wrr persistent 300 mask 255.255.255.0
  -> 10.0.0.1:8080                200        150        3          1
  -> 10.0.0.2:8080                0          0          2          0
FWM  1 IPv6 mh persistent 600 mask 64
"""


def service(identity):
    return next(each for each in read.parse_save(SAVE) if read.name(each) == identity)


def test_names():
    assert [read.name(each) for each in read.parse_save(SAVE)] == [
        "tcp 192.0.2.10:80",
        "tcp [2001:db8::10]:443",
        "udp 192.0.2.10:5060",
        "sctp 192.0.2.10:36412",
        "fwmark 1",
        "fwmark 1 ipv6",
        "fwmark 4294967295",
    ]


def test_a_service_with_all_that_persistence_has():
    found = service("tcp 192.0.2.10:80")
    assert found == dict(
        read.SERVICE,
        tcp="192.0.2.10:80",
        scheduler="wrr",
        persistent=300,
        netmask="255.255.255.0",
        real_servers=[
            dict(read.SERVER, address="10.0.0.1", port=8080, forwarding="masq", weight=10),
            dict(read.SERVER, address="10.0.0.2", port=8080, forwarding="masq", weight=0),
        ],
    )


def test_flags_and_engines():
    assert service("tcp [2001:db8::10]:443")["sched_flags"] == ["sh-fallback", "sh-port"]
    found = service("udp 192.0.2.10:5060")
    assert (found["pe"], found["ops"], found["persistent"]) == ("sip", True, 60)
    assert service("sctp 192.0.2.10:36412")["ops"] is False


def test_tunnels():
    servers = service("fwmark 1")["real_servers"]
    assert [(each["tun_type"], each["tun_port"], each["tun_flags"]) for each in servers] == [
        ("ipip", None, None),
        ("gue", 6080, "remcsum"),
        ("gre", None, "csum"),
    ]


def test_marks():
    assert service("fwmark 1 ipv6")["netmask"] == "64" and service("fwmark 1")["ipv6"] is False
    assert service("fwmark 4294967295")["scheduler"] == "rr"


def test_servers_are_ordered_by_number():
    (found,) = read.parse_save("-A -f 1 -s rr\n" + "".join(
        "-a -f 1 -r %s:0 -g -w 1\n" % each for each in ("10.0.0.10", "10.0.0.9", "[2001:db8::1]", "9.0.0.1")
    ))
    assert [each["address"] for each in found["real_servers"]] == ["9.0.0.1", "10.0.0.9", "10.0.0.10", "2001:db8::1"]


def test_an_empty_table():
    assert read.parse_save("") == []


def test_a_list_of_flags_that_ipvsadm_has_no_name_for():
    (found,) = read.parse_save("-A -t 192.0.2.1:80 -s sh -b \n")
    assert found["sched_flags"] == []


def test_stats():
    found = read.parse_list(STATS, read.COUNTERS)
    assert found["tcp", "192.0.2.10:80"] == {
        None: {"conns": 12, "inpkts": 60, "outpkts": 48, "inbytes": 3120, "outbytes": 12345678901},
        "10.0.0.1:8080": {"conns": 6, "inpkts": 30, "outpkts": 24, "inbytes": 1560, "outbytes": 5024},
    }
    assert found["tcp", "[2001:db8:1111:2222:3333:4444:5555:6666]:443"][None]["outbytes"] == 5
    conns = {identity: numbers[None]["conns"] for (kind, identity), numbers in found.items() if kind == "fwmark"}
    assert conns == {"1": 7, "1 ipv6": 8, "4294967295": 9}


def test_thresholds_are_added_to_what_save_prints():
    services = read.with_thresholds(read.parse_save(SAVE), read.parse_list(THRESHOLDS, read.THRESHOLDS))
    assert [(each["u_threshold"], each["l_threshold"]) for each in services[0]["real_servers"]] == [(200, 150), (0, 0)]


def test_counters_are_added():
    services = read.with_counters(
        read.parse_save(SAVE), read.parse_list(THRESHOLDS, read.THRESHOLDS), read.parse_list(STATS, read.COUNTERS)
    )
    first = services[0]
    assert first["stats"]["conns"] == 12 and first["real_servers"][0]["stats"]["conns"] == 6
    assert [(each["active"], each["inactive"]) for each in first["real_servers"]] == [(3, 1), (2, 0)]


def test_a_long_address_is_found_though_ipvsadm_cuts_it():
    # ipvsadm.c ends the name of a server after 28 characters in lists of services that are not IPv6.
    long = "[2001:db8:1111:2222:3333:4444:5555:6666]:80"
    saved = read.parse_save("-A -t 192.0.2.10:80 -s wlc\n-a -t 192.0.2.10:80 -r %s -i -w 1 --tun-type ipip\n" % long)
    listed = read.parse_list("TCP  192.0.2.10:80 wlc\n  -> %s 200 150 3 1\n" % long[:28], read.THRESHOLDS)
    assert read.with_thresholds(saved, listed)[0]["real_servers"][0]["u_threshold"] == 200
    assert read.with_counters(saved, listed, {})[0]["real_servers"][0]["active"] == 3


def test_timeouts():
    assert read.parse_timeout("Timeout (tcp tcpfin udp): 900 120 300\n") == {"tcp": 900, "tcpfin": 120, "udp": 300}


def test_daemons():
    text = (
        "master sync daemon (mcast=eth1, syncid=7, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n"
        "backup sync daemon (mcast=eth1, syncid=7)\n"
    )
    master, backup = read.parse_daemon(text)
    assert master == {"state": "master", "mcast_interface": "eth1", "syncid": 7, "sync_maxlen": 1472,
                      "mcast_group": "224.0.0.81", "mcast_port": 8848, "mcast_ttl": 1}
    assert (backup["state"], backup["mcast_port"]) == ("backup", None)
    assert read.parse_daemon("") == []


@pytest.mark.parametrize("text", ["192.0.2.10:80", "192.0.2.10:0", "[2001:db8::10]:80"])
def test_endpoints(text):
    assert read.same_endpoint(text) == text


def test_endpoints_are_made_the_same():
    assert read.same_endpoint("[2001:DB8:0::10]:080") == "[2001:db8::10]:80"
    assert read.same_endpoint("192.0.2.10") == "192.0.2.10:0"


@pytest.mark.parametrize(
    "text", ["www:80", "2001:db8::10", "192.0.2.10:http", "[192.0.2.10]:80", "", ":80", "1.2.3:80"]
)
def test_no_endpoints(text):
    with pytest.raises(ValueError):
        read.split_endpoint(text)


def test_what_is_parsed_is_printed_again_as_save_prints_it():
    lines = [line for line in plan.shown(dict(read.NOT_LOADED, services=read.parse_save(SAVE))).splitlines()
             if line.startswith("-A") or line.startswith("-a")]
    assert sorted(lines) == sorted(SAVE.replace("-f -1 ", "-f 4294967295 ").splitlines())


# Of these two, one is how the states were made and one how ipvsadm refuses.
RECORDINGS = sorted(path for path in FIXTURES.glob("ipvs/*/*.txt") if path.stem not in ("made", "answers"))


def test_there_are_recordings_of_both_releases():
    assert {path.parent.name for path in RECORDINGS} == set(RELEASES)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: "%s-%s" % (path.parent.name, path.stem))
def test_recordings_are_printed_again(path):
    answers = transcript(path)
    save = answers["ipvsadm --save --numeric"][1]
    lines = [line for line in plan.shown(dict(read.NOT_LOADED, services=read.parse_save(save))).splitlines()
             if line.startswith("-A") or line.startswith("-a")]
    assert sorted(lines) == sorted(line.replace("-f -1 ", "-f 4294967295 ").strip() for line in save.splitlines())
    services = {read.key(each): each for each in read.parse_save(save)}
    stats = read.parse_list(answers["ipvsadm --list --numeric --stats --exact"][1], read.COUNTERS)
    thresholds = read.parse_list(answers["ipvsadm --list --numeric --thresholds"][1], read.THRESHOLDS)
    assert set(stats) == set(thresholds) == set(services)
    for key, each in services.items():
        assert set(stats[key]) - {None} == {read.server_key(server) for server in each["real_servers"]}
    assert set(read.parse_timeout(answers["ipvsadm --list --timeout"][1])) == {"tcp", "tcpfin", "udp"}
    running = answers["ipvsadm --list --daemon"][1]
    assert len(read.parse_daemon(running)) == len(running.splitlines())
