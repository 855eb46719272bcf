# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of module ipvs_service, which role ipvsadm takes in the same words. No I/O.

Private to this collection.
"""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _ipvs_wanted

PRESENT = dict(type="str", choices=["present", "absent"], default="present")
SERVER = dict(
    address=dict(type="str", required=True),
    port=dict(type="int"),
    state=PRESENT,
    forwarding=dict(type="str", choices=["masq", "gate", "ipip"], default="gate"),
    weight=dict(type="int", default=1),
    u_threshold=dict(type="int", default=0),
    l_threshold=dict(type="int", default=0),
    tun_type=dict(type="str", choices=["ipip", "gue", "gre"]),
    tun_port=dict(type="int"),
    tun_flags=dict(type="str", choices=["nocsum", "csum", "remcsum"]),
)
SERVICE = dict(
    tcp=dict(type="str"),
    udp=dict(type="str"),
    sctp=dict(type="str"),
    fwmark=dict(type="int"),
    ipv6=dict(type="bool", default=False),
    state=PRESENT,
    scheduler=dict(type="str", choices=list(_ipvs_wanted.SCHEDULERS), default="wlc"),
    sched_flags=dict(
        type="list", elements="str", choices=["sh-fallback", "sh-port", "mh-fallback", "mh-port"], default=[]
    ),
    persistent=dict(type="int"),
    netmask=dict(type="str"),
    pe=dict(type="str", choices=["sip"]),
    ops=dict(type="bool", default=False),
    real_servers=dict(type="list", elements="dict", default=[], options=SERVER),
)
TIMEOUTS = {name: dict(type="int") for name in ("tcp", "tcpfin", "udp")}
DAEMON = dict(
    state=dict(type="str", choices=["master", "backup"], required=True),
    mcast_interface=dict(type="str", required=True),
    syncid=dict(type="int", default=0),
    sync_maxlen=dict(type="int"),
    mcast_group=dict(type="str"),
    mcast_port=dict(type="int"),
    mcast_ttl=dict(type="int"),
)
