# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two hosts with keepalived do about files that they track, and about processes in a container."""

from __future__ import annotations

import keepalived_hosts
from patience import until

FAST = {"interface": "eth0", "version": 3, "advert_int": 0.2}
WEB, FREE = {"198.18.0.100"}, {"198.18.0.101"}


@keepalived_hosts.needed
def test_files(tmp_path):
    """standby is the example of docs/keepalived.md, drain has a weight."""
    common = {
        "keepalived_track_files": [{"name": "standby", "file": "/etc/keepalived/standby", "weight": 0, "init_file": 0},
                                   {"name": "drain", "file": "/etc/keepalived/drain", "weight": 2, "init_file": 0}],
        "keepalived_instances": [
            dict(FAST, name="web", virtual_router_id=51, virtual_ipaddress=["198.18.0.100/24"], track_file=["standby"]),
            dict(FAST, name="free", virtual_router_id=52, virtual_ipaddress=["198.18.0.101/24"], track_file=["drain"],
                 nopreempt=False),
        ],
    }
    with keepalived_hosts.network(tmp_path, common, keepalived_hosts.ranks("web", "free")) as net:
        net["lb1"].start()
        net.alone("lb1", WEB | FREE)
        net["lb2"].start()

        def priorities():
            """What lb1 says of itself."""
            own = ("lb1.eth0", 52)
            return [one["priority"] for one in net.ear.heard() if (one["port"], one["virtual_router_id"]) == own]

        # The number, times the weight, is added; a tie would move nothing.
        net["lb1"].path("/etc/keepalived/drain").write_text("-25\n", encoding="ascii")
        until(lambda found: found and found[-1] == 100, priorities)
        net.alone("lb1", WEB | FREE)
        net["lb1"].path("/etc/keepalived/drain").write_text("-26\n", encoding="ascii")
        net.alone("lb2", FREE)
        net.alone("lb1", WEB)
        net["lb1"].path("/etc/keepalived/drain").write_text("0\n", encoding="ascii")
        net["lb1"].path("/etc/keepalived/standby").write_text("1\n", encoding="ascii")
        net.alone("lb2", WEB)
        net["lb1"].path("/etc/keepalived/standby").write_text("0\n", encoding="ascii")
        # Back with the one that preempts, after as many adverts as the other would have taken.
        net.alone("lb1", FREE)
        assert net.holders("198.18.0.100") == ["lb2"]


@keepalived_hosts.needed
def test_a_process_of_a_container_is_a_fault_although_it_runs(tmp_path):
    """docs/keepalived.md: the kernel tells of processes only where neither they nor the network are in a namespace."""
    own = {"lb1": keepalived_hosts.rank(150, "web", "free")}
    with keepalived_hosts.network(tmp_path, keepalived_hosts.TRACKED, own, [keepalived_hosts.INTERFACE]) as net:
        with keepalived_hosts.tracked(net["lb1"], net["lb1"].inside()):
            net["lb1"].start()
            net.alone("lb1", FREE)
            until(lambda said: "quorum not achieved" in said, net["lb1"].said)
            assert net.holders("198.18.0.100") == []
