# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with a node that the cluster forgets, and what is said of those that stay."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _cib
from ansible_collections.halab.cluster.plugins.module_utils._cib_nodes import without_node
from ansible_collections.halab.cluster.plugins.module_utils._cib_xml import read_pairs

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


SAID = CIB.replace('<node id="1" uname="node1"/><node id="4" uname="node4"/>', "".join(
    '<node id="%d" uname="node%d"><instance_attributes id="nodes-%d"><nvpair id="nodes-%d-rack" name="rack" value="a"/><nvpair '
    'id="nodes-%d-standby" name="standby" value="on"/></instance_attributes><utilization id="nodes-%d-utilization"><nvpair '
    'id="nodes-%d-cpu" name="cpu" value="4"/></utilization></node>' % (7 * (number,)) for number in (1, 4)))
BOTH, STANDBY = {"rack": "a", "standby": "on"}, {"standby": "on"}


@pytest.mark.parametrize("spec, purge, attributes, capacity", [
    ({}, False, BOTH, {"cpu": "4"}),
    ({}, True, STANDBY, {}),
    ({"utilization": {"cpu": 4}}, True, STANDBY, {"cpu": "4"}),
    ({"instance_attributes": {"rack": "b"}}, True, {"rack": "b", "standby": "on"}, {}),
    ({"instance_attributes": {"rack": "b"}}, False, {"rack": "b", "standby": "on"}, {"cpu": "4"}),
    ({"instance_attributes": {}, "utilization": {}}, True, STANDBY, {}),
    ({"instance_attributes": {"rack": None}}, False, STANDBY, {"cpu": "4"}),
])
def test_what_is_not_listed_of_a_listed_node(spec, purge, attributes, capacity):
    """With purge it is removed, whichever option it belongs to; what is set in operation stays, and so do other nodes."""
    # As the module has it: an option that is not given is None.
    wanted = {"name": "node1", "instance_attributes": None, "utilization": None, **spec}
    planned, dummy = _cib.plan(ET.fromstring(SAID), {"nodes": [wanted]}, purge)
    found = {node.get("uname"): (read_pairs(node, "instance_attributes"), read_pairs(node, "utilization"))
             for node in planned.iter("node")}
    assert found == {"node1": (attributes, capacity), "node4": (BOTH, {"cpu": "4"})}
    # And a second run finds nothing to do.
    assert _cib.plan(planned, {"nodes": [wanted]}, purge)[1] == []
