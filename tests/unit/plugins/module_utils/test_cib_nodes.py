# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with a node that the cluster forgets, and what stays."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ansible_collections.halab.cluster.plugins.module_utils._cib_nodes import without_node

CIB = """<cib><configuration><nodes><node id="1" uname="node1"/><node id="4" uname="node4"/></nodes><resources>
<primitive id="vip" class="ocf" provider="heartbeat" type="IPaddr2"/>
<primitive id="fence-node4" class="stonith" type="fence_ipmilan"><instance_attributes id="a"><nvpair id="a-1"
 name="pcmk_host_list" value="node4"/></instance_attributes></primitive>
<primitive id="fence-all" class="stonith" type="fence_pdu"><instance_attributes id="b"><nvpair id="b-1"
 name="pcmk_host_list" value="node1,node4"/></instance_attributes></primitive>
</resources><constraints>
<rsc_location id="vip-not-on-node4" rsc="vip" node="node4" score="-INFINITY"/>
<rsc_location id="vip-on-node1" rsc="vip" node="node1" score="10"/>
<rsc_location id="fence-node4-on-node1" rsc="fence-node4" node="node1" score="10"/>
</constraints><fencing-topology>
<fencing-level id="l1" target="node4" index="1" devices="fence-node4"/>
<fencing-level id="l2" target="node1" index="1" devices="fence-all,fence-node4"/>
</fencing-topology></configuration><status/></cib>"""


def test_what_is_there_for_the_node_alone_goes_with_it():
    cib = ET.fromstring(CIB)
    left, gone = without_node(cib, "node4")
    assert gone == ["rsc_location vip-not-on-node4", "rsc_location fence-node4-on-node1", "fencing-level l1",
                    "primitive fence-node4"]
    assert [item.get("id") for item in left.iter("primitive")] == ["vip", "fence-all"]
    assert [item.get("id") for item in left.iter("rsc_location")] == ["vip-on-node1"]
    assert [(item.get("id"), item.get("devices")) for item in left.iter("fencing-level")] == [("l2", "fence-all")]
    # The entry itself is crm_node's to remove, with what the daemons remember.
    assert [item.get("uname") for item in left.iter("node")] == ["node1", "node4"]
    assert ET.tostring(cib) == ET.tostring(ET.fromstring(CIB))
    assert without_node(left, "node4")[1] == []
