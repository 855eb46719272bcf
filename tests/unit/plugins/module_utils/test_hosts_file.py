# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the hosts files that installers, cloud images and people write."""

from __future__ import annotations

import pytest
from ansible_collections.halab.cluster.plugins.module_utils._hosts_file import HostsFileError, plan

MARKER = "cluster nodes (cluster)"
NODES = [{"address": "198.18.0.11", "name": "node1"}, {"address": "198.18.0.12", "name": "node2"}]
BLOCK = """\
# BEGIN cluster nodes (cluster)
198.18.0.11 node1
198.18.0.12 node2
# END cluster nodes (cluster)
"""
IPV6_BELOW = """\

# The following lines are desirable for IPv6 capable hosts
::1     localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
"""
CLOUD_COMMENT = """\
# Your system has configured 'manage_etc_hosts' as True.
# As a result, if you wish for changes to this file to persist
# then you will need to either
# a.) make changes to the master file in /etc/cloud/templates/hosts.debian.tmpl
# b.) change or remove the value of 'manage_etc_hosts' in
#     /etc/cloud/cloud.cfg or cloud-config from user-data
#
"""

# what it shows: (before, after)
FILES = {
    "Debian's installer, a domain given": (
        "127.0.0.1\tlocalhost\n127.0.1.1\tnode1.example.com\tnode1\n" + IPV6_BELOW,
        "127.0.0.1\tlocalhost\n127.0.1.1\tnode1.example.com\n" + IPV6_BELOW + BLOCK,
    ),
    "Debian's installer, no domain": (
        "127.0.0.1\tlocalhost\n127.0.1.1\tnode1\n" + IPV6_BELOW,
        "127.0.0.1\tlocalhost\n" + IPV6_BELOW + BLOCK,
    ),
    "cloud-init's template for Debian": (
        CLOUD_COMMENT + "127.0.1.1 node1.example.com node1\n127.0.0.1 localhost\n" + IPV6_BELOW,
        CLOUD_COMMENT + "127.0.1.1 node1.example.com\n127.0.0.1 localhost\n" + IPV6_BELOW + BLOCK,
    ),
    "Enterprise Linux, the name on 127.0.0.1 and ::1": (
        "127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4 node1\n"
        "::1         node1 localhost localhost.localdomain localhost6 localhost6.localdomain6\n",
        "127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n"
        "::1 localhost localhost.localdomain localhost6 localhost6.localdomain6\n" + BLOCK,
    ),
    "debootstrap's, without any node": ("127.0.0.1\tlocalhost\n", "127.0.0.1\tlocalhost\n" + BLOCK),
    "no file": ("", BLOCK),
    "no newline at the end": ("127.0.0.1 localhost", "127.0.0.1 localhost\n" + BLOCK),
    "a block that is right": ("127.0.0.1 localhost\n" + BLOCK + "192.0.2.9 mail\n",) * 2,
    "a block that is right and ends without a newline": (BLOCK.rstrip("\n"),) * 2,
    "a block that is right, in a file of another system": ((BLOCK + "192.0.2.9 mail\n").replace("\n", "\r\n"),) * 2,
    "a block that is out of date stays where it is": (
        "127.0.0.1 localhost\n" + BLOCK.replace("0.12", "0.99") + "# mine\n192.0.2.9 mail",
        "127.0.0.1 localhost\n" + BLOCK + "# mine\n192.0.2.9 mail",
    ),
    "a block of another cluster": (
        "# BEGIN cluster nodes (other)\n192.0.2.1 other1\n# END cluster nodes (other)\n",
        "# BEGIN cluster nodes (other)\n192.0.2.1 other1\n# END cluster nodes (other)\n" + BLOCK,
    ),
    "the loopback below the block, in another case, and of another node": (
        BLOCK + "127.9.9.9 NODE2 printer  # the old one\n::ffff:127.0.0.1 node1\n 127.0.0.1 node1\n",
        BLOCK + "127.9.9.9 printer  # the old one\n",
    ),
    "names that only look alike, and lines that say nothing": (
        "127.0.0.1 node10 node1.example.com\n#127.0.1.1 node1\n127.0.0.1 # node1\n127.0.0.2\n127.1 node1\n\x0cnode1\n"
        + BLOCK,
    ) * 2,
    "the same address, written by hand": ("198.18.0.11 node1.example.com node1 # ours\n" + BLOCK,) * 2,
    "a node in the comment of somebody else": ("192.0.2.9 mail # once on node1\n" + BLOCK,) * 2,
    "an address of the other family": ("2001:db8::11 node1\n" + BLOCK,) * 2,
    "line ends of another system": (
        "127.0.0.1 localhost\r\n127.0.1.1 node1.example.com node1\r\n",
        "127.0.0.1 localhost\r\n127.0.1.1 node1.example.com\r\n" + BLOCK,
    ),
    "what only Python takes for a line end": (
        "# a\x0b127.0.0.1 node1\x85127.0.0.1 node1\u2028\r127.0.0.1 node1\n" + BLOCK,
    ) * 2,
}


@pytest.mark.parametrize("before, after", FILES.values(), ids=FILES)
def test_file(before, after):
    assert plan(before, NODES, MARKER) == after
    assert plan(after, NODES, MARKER) == after, "a second run changes something"


def test_ipv6_is_compared_by_meaning():
    nodes = [{"address": "2001:db8::11", "name": "node1"}]
    block = "# BEGIN n\n2001:db8::11 node1\n# END n\n"
    assert plan("2001:DB8:0::11 node1\n", nodes, "n") == "2001:DB8:0::11 node1\n" + block


def test_without_nodes_the_block_goes():
    assert plan("127.0.0.1 localhost\n" + BLOCK + "# mine", [], MARKER) == "127.0.0.1 localhost\n# mine"
    assert plan("127.0.0.1 localhost", [], MARKER) == "127.0.0.1 localhost"


BEGIN, END = BLOCK.splitlines(keepends=True)[0], BLOCK.splitlines(keepends=True)[-1]
# what is refused: (text, nodes, words of the message)
REFUSED = {
    "another address of a node": (
        "127.0.0.1 localhost\n" + BLOCK + "\n198.18.0.99\tnode2 old # by hand\n", NODES,
        ["line 7 of /etc/hosts", "'198.18.0.99\tnode2 old # by hand'", "gives node2", "198.18.0.12", "Remove",
         "ansible_host"]),
    "another address above the block": (
        "198.18.0.99 Node1\n" + BLOCK, NODES, ["line 1 of", "198.18.0.99 Node1", "198.18.0.11"]),
    "two such lines are both named": (
        "198.18.0.98 node1\n198.18.0.99 node2\n", NODES, ["line 1 of", "line 2 of"]),
    "a block without an end": (
        "127.0.0.1 localhost\n" + BEGIN + "198.18.0.11 node1\n", NODES,
        ["/etc/hosts is damaged", "BEGIN in line 2", "Remove"]),
    "an end without a begin": ("198.18.0.11 node1\n" + END, NODES, ["damaged", "END in line 2"]),
    "an end before its begin": (END + BEGIN, NODES, ["damaged", "END in line 1, BEGIN in line 2"]),
    "the block twice": (BLOCK + BLOCK, NODES, ["damaged", "BEGIN in line 5"]),
    "no address": (
        "", [{"address": "node1.example.com", "name": "node1"}], ["node1", "'node1.example.com'", "ansible_host"]),
    "a loopback address": (
        "", [{"address": "127.0.1.1", "name": "node1"}], ["node1", "'127.0.1.1'", "not a loopback"]),
    "a name of two words": ("", [{"address": "198.18.0.11", "name": "node 1"}], ["'node 1'", "one word"]),
    "a name that is a comment": ("", [{"address": "198.18.0.11", "name": "#1"}], ["'#1'"]),
    "localhost as a node": ("", [{"address": "198.18.0.11", "name": "Localhost"}], ["'Localhost'"]),
    "a node named twice": ("", NODES + [{"address": "198.18.0.13", "name": "NODE1"}], ["NODE1 is named twice"]),
}


@pytest.mark.parametrize("text, nodes, words", REFUSED.values(), ids=REFUSED)
def test_refused(text, nodes, words):
    with pytest.raises(HostsFileError) as error:
        plan(text, nodes, MARKER)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("marker", ["", " ", "a\nb", "a\rb"])
def test_a_marker_is_one_line(marker):
    with pytest.raises(HostsFileError, match="marker"):
        plan("", NODES, marker)
