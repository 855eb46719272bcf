# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup holds, and what is refused of making one and of bringing one back."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _backup as backup
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_conf

FIXTURES = Path(__file__).parents[2] / "fixtures"
CIB = (FIXTURES / "pacemaker" / "debian13" / "healthy.cib.xml").read_text(encoding="utf-8")
KEYFILE = "/etc/corosync/authkey"
NAMES = ("node1", "node2", "node3")
MEMBERS = [{"name": "node%d" % number, "nodeid": number, "ring0_addr": "198.18.0.1%d" % number} for number in (1, 2, 3)]
VARIABLES = {
    "corosync_cluster_name": "failover", "corosync_nodes": MEMBERS, "corosync_totem": {}, "corosync_quorum": {},
    "corosync_logging": {}, "corosync_system": {}, "corosync_resources": {}, "corosync_nozzle": {}, "corosync_uidgid": [],
}
CONF = _corosync_conf.corosync_conf(VARIABLES)


def entry(path, content):
    return {"path": path, "kind": "file", "mode": "0400", "owner": "root", "group": "root",
            "content": base64.b64encode(content.encode()).decode()}


def host(key="the-secret-key", conf=CONF):
    return {"role": "node", "os": "debian13", "packages": {"corosync": "3.1.9-2"}, "left_out": [],
            "files": [{"path": "/etc/corosync", "kind": "directory", "mode": "0755", "owner": "root", "group": "root"},
                      entry(KEYFILE, key), entry(backup.COROSYNC_CONF, conf)]}


def hosts(**changed):
    return {name: changed.get(name, host()) for name in NAMES}


def made(found=None):
    return backup.backup_read(backup.backup_made(found or hosts(), CIB, "node1", ["vip", "nginx"], "20261127T120000Z"))


def members(position, **changed):
    return [dict(node, **changed) if at == position else node for at, node in enumerate(MEMBERS)]


class TestMade:
    def test_comes_back_as_it_was(self):
        found = made()
        assert found["hosts"] == hosts() and base64.b64decode(found["cib"]["content"]).decode() == CIB
        assert found["cluster"]["nodes"]["node2"] == {"nodeid": "2", "ring0_addr": "198.18.0.12"}

    def test_told_without_a_secret(self):
        told = "\n".join(backup.backup_told(made()))
        assert "Configuration 0." in told and "read from node1; nginx, vip ran." in told
        assert "node3 (node, debian13): /etc/corosync/authkey, /etc/corosync/corosync.conf; corosync 3.1.9-2" in told
        assert "secret" not in told and base64.b64encode(b"the-secret-key").decode() not in told

    def test_told_what_is_missing(self):
        found = made({name: host() for name in NAMES[:2]})
        assert backup.backup_told(found)[-1].startswith("Nothing was taken from node3:")

    @pytest.mark.parametrize("text, said", [
        ("no json", "it is no JSON"),
        ("[]", "it holds no backup"),
        ('{"format": 2}', "it is of format 2; allowed is 1"),
        ('{"format": 1}', "it was changed after it was made"),
    ])
    def test_what_is_none(self, text, said):
        with pytest.raises(backup.NoBackup, match=said):
            backup.backup_read(text)

    def test_one_that_was_edited(self):
        text = backup.backup_made(hosts(), CIB, "node1", [], "now").replace('"node1"', '"node9"', 1)
        with pytest.raises(backup.NoBackup, match="changed after it was made"):
            backup.backup_read(text)

    def test_versions(self):
        assert backup.packages("corosync 3.1.9-2 installed\npcs 0.12.0 config-files\n\n") == {"corosync": "3.1.9-2"}


class TestFilesNamed:
    def test_of_fence_devices_and_alerts(self):
        device = ('<primitive id="d" class="stonith" type="fence_virsh"><instance_attributes id="d-i">'
                  '<nvpair id="a" name="identity_file" value="/root/.ssh/fence"/>'
                  '<nvpair id="b" name="ssh_path" value="/usr/bin/ssh"/></instance_attributes></primitive>'
                  '<primitive id="f" class="ocf" provider="heartbeat" type="Filesystem"><instance_attributes id="f-i">'
                  '<nvpair id="c" name="directory" value="/srv/data"/></instance_attributes></primitive></resources>')
        named = backup.files_named(CIB.replace("</resources>", device))
        assert "/root/.ssh/fence" in named and "/usr/local/sbin/standby-after-fencing" in named
        assert not {"/usr/bin/ssh", "/srv/data"} & {*named}


class TestBackupProblems:
    def problems(self, found, name="failover", nodes=None, quorate=True):
        return backup.backup_problems(found, name, nodes or MEMBERS, KEYFILE, quorate)

    def test_nothing_speaks_against_it(self):
        assert self.problems(hosts()) == []
        assert self.problems({"node1": host()}) == []

    @pytest.mark.parametrize("found, said", [
        (hosts(node2=host(key="another")), "authkey is not the same on node1, node3 and node2. Run playbooks/key_rotate"),
        (hosts(node2=host(conf=CONF + "# edited\n")), "corosync.conf is not the same on node1, node3 and node2. Converge"),
        (hosts(node2=dict(host(), files=[])), "node2: there is no /etc/corosync/authkey. Converge first"),
    ])
    def test_nodes_that_differ(self, found, said):
        assert any(said in problem for problem in self.problems(found)), self.problems(found)

    @pytest.mark.parametrize("totem, needed", [
        ({}, True), ({"transport": "udpu"}, False), ({"crypto_cipher": "none", "crypto_hash": "none"}, False),
        ({"crypto_cipher": "none"}, True)])
    def test_a_cluster_that_has_no_key(self, totem, needed):
        conf = _corosync_conf.corosync_conf(dict(VARIABLES, corosync_totem=totem))
        without = {name: dict(host(), files=[entry(backup.COROSYNC_CONF, conf)]) for name in NAMES}
        found = self.problems(without)
        assert [problem for problem in found if "there is no /etc/corosync/authkey" in problem] == (
            ["%s: there is no /etc/corosync/authkey. Converge first: playbooks/site.yml." % name for name in NAMES]
            if needed else []) and len(found) == (3 if needed else 0)
        # And it comes back so.
        if not needed:
            assert backup.backup_told(made(without))[2].startswith("node1 (node, debian13): /etc/corosync/corosync.conf;")

    def test_no_quorum(self):
        assert "has no quorum" in self.problems(hosts(), quorate=False)[0]

    def test_another_cluster(self):
        assert "corosync_cluster_name is 'prod'; allowed is the same name" in self.problems(hosts(), "prod")[0]


CLEAN = {name: [] for name in NAMES}


class TestRestoreProblems:
    def problems(self, looks=None, name="failover", nodes=None):
        return backup.restore_problems(made(), name, nodes or MEMBERS, {**CLEAN, **(looks or {})}, {})

    def test_wiped_nodes(self):
        # Debian's own example of a corosync.conf has one node.
        assert self.problems() == [] and self.problems({"node1": ["node node1"]}) == []

    def test_an_interrupted_one_goes_on_whatever_runs(self):
        mark = "begun " + made()["id"]
        assert self.problems({"node1": [mark, "running corosync", "file " + KEYFILE, "key abc"]}) == []

    @pytest.mark.parametrize("look, said", [
        (["running corosync", "running pacemaker"], "node2: the cluster lives there (running: corosync, pacemaker). A backup is"),
        (["file " + KEYFILE, "key abc  -"], "node2 holds /etc/corosync/authkey, so it was not wiped."),
        (["node a", "node b"], "node2 holds /etc/corosync/corosync.conf of a cluster of a, b, so it was not wiped."),
        (["begun 0123456789abcdef", "running corosync"], "the restore of backup 0123456789abcdef was begun there"),
    ])
    def test_what_is_no_wiped_node(self, look, said):
        problems = self.problems({"node2": look})
        assert len(problems) == 1 and said in problems[0], problems

    @pytest.mark.parametrize("name, nodes, said", [
        ("prod", MEMBERS, "restore_file is of cluster 'failover', and corosync_cluster_name is 'prod'"),
        ("failover", members(1, nodeid=7), "node node2 has nodeid 2, and corosync_node in the inventory says 7"),
        ("failover", members(1, ring0_addr="192.0.2.1"), "node node2 has ring0_addr 198.18.0.12, and corosync_node"),
        ("failover", members(1, ring1_addr="192.0.2.1"), "node node2 has ring1_addr nowhere, and corosync_node"),
        ("failover", members(2, name="web"), "restore_file has node node3, which is none in the inventory"),
        ("failover", [*MEMBERS, dict(MEMBERS[0], name="node4")], "restore_file has no node node4, which is one in the inv"),
    ])
    def test_what_does_not_fit_the_inventory(self, name, nodes, said):
        assert any(said in problem for problem in self.problems(name=name, nodes=nodes))

    def test_votes_are_no_part_of_who_a_node_is(self):
        assert self.problems(nodes=members(0, quorum_votes=2)) == []

    def test_a_limit(self):
        problems = backup.restore_problems(made(), "failover", MEMBERS, {"node1": [], "node2": []}, {})
        assert problems == ["--limit leaves out node3; allowed is a restore of all nodes of the cluster. A single one that "
                            "was lost is replaced: playbooks/node_replace.yml."]


def of(content, path):
    return "sum %s  %s" % (hashlib.sha256(content.encode()).hexdigest(), path)


class TestAuthorities:
    """Of the host of a quorum device: the certificate of its authority, and for whom that has signed."""

    SIGNED = "/etc/corosync/qnetd/nssdb/cluster-%s.crt"
    OURS = [of("our authority", backup.AUTHORITY), of("signed for us", SIGNED % "failover")]

    def problems(self, look):
        qnetd = {"role": "quorum device", "os": "debian13", "packages": {}, "left_out": [], "files": [
            entry(backup.AUTHORITY, "our authority"), entry(self.SIGNED % "failover", "signed for us")]}
        return backup.restore_problems(made(dict(hosts(), qnetd1=qnetd)), "failover", MEMBERS, CLEAN, {"qnetd1": look})

    @pytest.mark.parametrize("look", [
        [],
        OURS,
        # As the package makes one, which has signed for nobody.
        [of("another authority", backup.AUTHORITY)],
        # It has signed for others as well, since the backup was made.
        [*OURS, of("signed for prod", SIGNED % "prod")],
        # Written by a restore that was interrupted there, before the certificate of the authority itself.
        [of("another authority", backup.AUTHORITY), OURS[1]],
        # It runs, and is left alone.
        ["running corosync-qnetd", of("another authority", backup.AUTHORITY), of("signed for prod", SIGNED % "prod")],
    ])
    def test_nobody_loses_one(self, look):
        assert self.problems(look) == []

    @pytest.mark.parametrize("signed, names", [(["prod"], "prod"), (["failover", "prod"], "failover, prod")])
    def test_another_one_that_is_needed(self, signed, names):
        look = [of("another authority", backup.AUTHORITY), *(of("by another", self.SIGNED % name) for name in signed)]
        (problem,) = self.problems(look)
        assert problem.startswith("qnetd1: corosync-qnetd is stopped there, and its certificate authority is not that of "
                                  "restore_file; it has signed for %s, which" % names)
        assert "systemctl start corosync-qnetd" in problem and "remove /etc/corosync/qnetd/nssdb," in problem

    def test_a_host_of_which_the_backup_has_nothing(self):
        look = [of("another authority", backup.AUTHORITY), of("by another", self.SIGNED % "prod")]
        assert backup.restore_problems(made(), "failover", MEMBERS, CLEAN, {"qnetd2": look}) == []


def test_what_ran_and_does_not():
    resources = {"vip": {"nodes": ["node1"]}, "nginx": {"nodes": []}}
    assert backup.not_running(made(), {"resources": resources}) == ["nginx"]
    assert backup.not_running(made(), {"resources": {}}) == ["nginx", "vip"]


def test_a_backup_is_text_that_json_reads():
    assert json.loads(backup.backup_made(hosts(), CIB, "node1", [], "now"))["format"] == 1
