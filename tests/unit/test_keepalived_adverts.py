# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two hosts with keepalived say to each other, as a switch hears it, and what they do not understand."""

from __future__ import annotations

import subprocess
import time

import keepalived_hosts
from patience import until

# High ones: whoever takes an address over waits (256 - priority) / 256 of an interval first.
FIRST, SECOND = 254, 253


@keepalived_hosts.needed
def test_to_the_group_or_to_one_host(tmp_path):
    """Both families, with unicast_src_ip and without."""
    fast = {"interface": "eth0", "version": 3, "advert_int": 0.2}
    instances = [
        dict(fast, name="many4", virtual_router_id=51, virtual_ipaddress=["198.18.0.100/24", "198.18.0.101/24"]),
        dict(fast, name="many6", virtual_router_id=51, virtual_ipaddress=["fe80::100/64", "fd00:0::100/64"]),
        dict(fast, name="one4", virtual_router_id=52, virtual_ipaddress=["198.18.0.102/24"]),
        dict(fast, name="one6", virtual_router_id=52, virtual_ipaddress=["fe80::102/64", "fd00:0::102/64"]),
    ]
    own = {
        "lb%d" % host: {
            "many4": {"priority": priority}, "many6": {"priority": priority},
            "one4": {"priority": priority, "unicast_src_ip": "198.18.0.1%d" % host},
            "one6": {"priority": priority, "unicast_src_ip": "fd00:0::1%d" % host},
        }
        for host, priority in ((1, FIRST), (2, SECOND))
    }
    moves = {"198.18.0.100", "198.18.0.101", "198.18.0.102", "fe80::100", "fd00::100", "fe80::102", "fd00::102"}
    with keepalived_hosts.network(tmp_path, {"keepalived_instances": instances}, own) as net:
        net["lb1"].start()
        net.alone("lb1", moves)
        net["lb2"].start()
        net.ear.heard()
        heard = {}

        def look():
            heard.update({(one["virtual_router_id"], one["family"]): one for one in net.ear.heard()})
            return heard

        until(lambda found: len(found) == 4, look)
        said = {key: (one["to"], one["addresses"]) for key, one in heard.items()}
        assert said == {
            (51, 4): ("224.0.0.18", ["198.18.0.100", "198.18.0.101"]),
            (51, 6): ("ff02::12", ["fe80::100", "fd00::100"]),
            (52, 4): ("198.18.0.12", ["198.18.0.102"]),
            (52, 6): ("fd00::12", ["fe80::102", "fd00::102"]),
        }
        assert {(one["port"], one["version"], one["priority"]) for one in heard.values()} == {("lb1.eth0", 3, FIRST)}
        # RFC 5798: from a link-local address, unless it is told otherwise.
        assert heard[51, 6]["source"].startswith("fe80::") and heard[52, 6]["source"] == "fd00::11"
        # They are understood over there: it has none of them, and takes all of them after a goodbye.
        net.alone("lb1", moves)
        net["lb1"].tell("TERM")
        net.alone("lb2", moves)


def is_old():
    """keepalived 2.2, of Debian 12."""
    done = subprocess.run(["keepalived", "--version"], capture_output=True, text=True, check=True)
    return "v2.2." in done.stderr + done.stdout


def instance(number, **more):
    address = {"virtual_ipaddress": ["198.18.0.%d/24" % (100 + number)]}
    return dict({"name": "i%d" % number, "interface": "eth0", "virtual_router_id": number}, **{**address, **more})


def password(word):
    return {"auth_type": "PASS", "auth_pass": word}


@keepalived_hosts.needed
def test_what_hosts_do_not_understand_one_another_without(tmp_path):
    """The table of docs/keepalived.md about reloads: what must not differ, and what may."""
    instances = [
        instance(1),
        instance(2, authentication=password("before")),
        instance(3),
        instance(4),
        instance(5),
        instance(6, version=3),
        instance(7),
    ]
    different = {
        "i2": {"authentication": password("after")},
        "i3": {"virtual_router_id": 33},
        "i4": {"version": 3},
        "i5": {"advert_int": 2},
        "i6": {"advert_int": 0.5},
        "i7": {"virtual_ipaddress": ["198.18.0.107/24", "198.18.0.207/24"]},
    }
    names = [one["name"] for one in instances]
    # lb1 has it already what it is to become.
    own = {"lb1": {name: dict(different.get(name, {}), priority=FIRST) for name in names},
           "lb2": {name: {"priority": SECOND} for name in names}}
    twice = {"i2", "i3", "i4", "i5"} | ({"i7"} if is_old() else set())

    with keepalived_hosts.network(tmp_path, {"keepalived_instances": instances}, own, refused=True) as net:
        def count():
            has = [host.has() for host in net.hosts.values()]
            return {name: sum("198.18.0.10" + name[1:] in there for there in has) for name in names}

        net["lb1"].start()
        net["lb2"].start()
        until(lambda found: found == {name: 1 + (name in twice) for name in names}, count)
        # The last one has reloaded.
        net.hostvars["lb2"]["keepalived_node"] = {name: dict(own["lb1"][name], priority=SECOND) for name in names}
        net["lb2"].write(net.hostvars["lb2"], net.hostvars)
        net["lb2"].tell("HUP")
        net.alone("lb1", {"198.18.0.10" + name[1:] for name in names} | {"198.18.0.207"})
        # Who says goodbye is not waited for. An interval is a second, and a host counts as dead after two or more.
        net.ear.heard()
        began = time.monotonic()
        net["lb1"].tell("TERM")
        until(lambda there: "198.18.0.101" in there, net["lb2"].has)
        assert time.monotonic() - began < 1.5
        assert 0 in [one["priority"] for one in net.ear.heard() if one["virtual_router_id"] == 1]
