# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reload of corosync takes on: the plan, against what corosync 3.1.7 and 3.1.9 did with each change.

fixtures/corosync/capture.py has changed one option after the other in a running cluster, and wrote down the key that
shows it before and after, what corosync-cfgtool -R said, and the log. In another cluster of 3.1.9 it has restarted one
node after the other, and has given it new keys.
"""

from __future__ import annotations

import importlib.util
import re

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_reload as reload
from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from transcripts import FIXTURES, RELEASES

FOLDER = FIXTURES / "corosync"


def load_capture():
    spec = importlib.util.spec_from_file_location("corosync_capture", FOLDER / "capture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CAPTURE = load_capture()


class Recording:
    """What became of one change."""

    def __init__(self, text):
        before, self.told, after = re.split(r"^\$ corosync-cfgtool -R\n(.*?)(?=^\$ )", text, flags=re.M | re.S)
        values = re.compile(r"^(\S+) \(\w+\) = (.*)$", re.MULTILINE)
        self.before, self.after = dict(values.findall(before)), dict(values.findall(after))
        self.ports = [re.findall(r"198\.18\.0\.11:(\d+)", part) for part in (before, after)]
        self.flags = re.findall(r"^Flags: +(.*?) *$", after, re.MULTILINE)
        self.expected = re.findall(r"^Expected votes: +(\d+)$", after, re.MULTILINE)
        self.kept = re.findall(r"Modified entry '(\S+)' in corosync.conf cannot be changed at run-time", after)
        self.refused = "Could not reload configuration" in self.told


def recordings(release):
    text = (FOLDER / release / "reload.txt").read_text(encoding="utf-8")
    parts = re.split(r"^# === (\S+): .*\n", text, flags=re.MULTILINE)[1:]
    return {name: Recording(part) for name, part in zip(parts[::2], parts[1::2])}


RECORDED = {release: recordings(release) for release in RELEASES}


def planned(name):
    old, new = (reload.read(CAPTURE.text(wanted)) for wanted in (
        CAPTURE.BASE, CAPTURE.changed(CAPTURE.CHANGES[name][0])))
    return reload.plan(old, new)


each = pytest.mark.parametrize("name", CAPTURE.CHANGES)
releases = pytest.mark.parametrize("release", RELEASES)


@releases
def test_each_change_is_recorded(release):
    assert list(RECORDED[release]) == list(CAPTURE.CHANGES)


@each
@releases
def test_what_corosync_refuses_is_planned_as_refused(name, release):
    assert RECORDED[release][name].refused == bool(planned(name)["refused"])


@each
@releases
def test_what_the_log_says_is_kept_needs_a_restart(name, release):
    kept = RECORDED[release][name].kept
    assert set(kept) <= set(planned(name)["restart"] + planned(name)["cold"])


@pytest.mark.parametrize("name", [name for name, (change, keys) in CAPTURE.CHANGES.items()
                                  if keys[0].startswith("runtime.config.")])
@releases
def test_what_takes_effect_is_planned_as_reload(name, release):
    recording, key = RECORDED[release][name], CAPTURE.CHANGES[name][1][0]
    # Not each option is seen there.
    if recording.after.get(key) != recording.before.get(key):
        assert planned(name) == {"reload": [name], "restart": [], "cold": [], "qdevice": [], "refused": []}


@releases
def test_how_many_were_seen_to_take_effect(release):
    """Or the test above would be about nothing."""
    found = [name for name, (change, keys) in CAPTURE.CHANGES.items() if keys[0].startswith("runtime.config.")
             and RECORDED[release][name].after.get(keys[0]) != RECORDED[release][name].before.get(keys[0])]
    assert len(found) == 24


@releases
@pytest.mark.parametrize("name, flag", [
    ("quorum.wait_for_all", "WaitForAll"), ("quorum.auto_tie_breaker", "AutoTieBreaker"),
    ("quorum.last_man_standing", "LastManStanding"), ("quorum.allow_downscale", "AllowDownscale"),
    ("quorum.two_node", "2Node"),
])
def test_a_switch_of_votequorum(name, flag, release):
    """The key is there in any case; the flag tells whether it is heeded."""
    recording = RECORDED[release][name]
    assert recording.after[name] == "1"
    heeded = flag in recording.flags[0].split()
    assert planned(name)["reload" if heeded else "restart"] == [name]


@releases
@pytest.mark.parametrize("name", [
    "quorum.expected_votes", "quorum.device", "nodelist.node.quorum_votes", "nodelist.node"])
def test_votes_are_taken_on(name, release):
    assert RECORDED[release][name].expected == ["3"]
    found = planned(name)
    assert found["reload"] and not found["restart"] and not found["refused"]


@releases
def test_a_port_is_not_although_the_log_says_so(release):
    recording = RECORDED[release]["totem.interface.mcastport"]
    assert recording.after["totem.interface.0.mcastport"] == "5505"
    assert recording.ports == [["5405"], ["5405"]]
    # It is the only link: with two ports, no node hears the other.
    assert planned("totem.interface.mcastport")["cold"] == ["totem.interface.0.mcastport"]


ROLLED = re.split(r"^# === (\S+): .*\n", (FOLDER / "debian13" / "roll.txt").read_text(encoding="utf-8"), flags=re.M)[1:]
ROLLED = dict(zip(ROLLED[::2], ROLLED[1::2]))


def test_each_roll_is_recorded():
    assert list(ROLLED) == list(CAPTURE.ROLLS)


@pytest.mark.parametrize("name", CAPTURE.ROLLS)
def test_what_may_differ_between_two_nodes_may_be_rolled(name):
    """Three nodes, and one and then two of them restarted with the new value: do all of them still see each other?"""
    seen = re.findall(r"^Nodes: +(\d+)$", ROLLED[name], re.MULTILINE)
    assert len(seen) == 4
    old, new = (reload.read(CAPTURE.text(wanted)) for wanted in (CAPTURE.rolled(name, {}), CAPTURE.rolled(name)))
    found = reload.plan(old, new)
    assert found["restart"] or found["cold"]
    assert (seen == ["3"] * 4) == (not found["cold"]), found


def keys_recorded():
    """{what: [(messages, links that are dead, members) of each node]}"""
    parts = re.split(r"^# === (.*)\n", (FOLDER / "debian13" / "keys.txt").read_text(encoding="utf-8"), flags=re.M)[1:]
    found = {}
    for what, text in zip(parts[::2], parts[1::2]):
        numbers = [re.findall(pattern, text, re.MULTILINE) for pattern in (
            r"^runtime.services.cfg.4.rx \(u64\) = (\d+)$", r"^Nodes: +(\d+)$")]
        dead = [part.count("disconnected") for part in text.split("corosync-cfgtool -s\n")[1:]]
        found[what] = list(zip(map(int, numbers[0]), dead, map(int, numbers[1])))
    return found


def test_a_new_key_is_counted_and_cuts_nobody_off():
    """What role corosync takes for proof: two messages of each member."""
    seen = keys_recorded()
    assert seen["the same key"] == [(0, 0, 3)] * 3
    assert seen["another key"] == [(6, 0, 3)] * 3
    assert seen["reloaded once more"] == [(6, 0, 3)] * 3


def test_a_node_with_the_old_key_is_cut_off_until_it_is_told():
    """Why all members' keys are compared before a reload, and why each partition is told."""
    seen = keys_recorded()
    assert [node[1:] for node in seen["another key, and node3 has the old one"]] == [(1, 2), (1, 2), (2, 1)]
    assert [node[1:] for node in seen["node3 has it too, and was told"]] == [(0, 3)] * 3


def test_a_refused_reload_ends_with_0_on_debian_13():
    """Why the role looks at what corosync-cfgtool says."""
    ends = {release: "[rc 7]" in RECORDED[release]["nodelist.node.ring0_addr"].told for release in RELEASES}
    assert ends == {"debian12": True, "debian13": False}
    for release in RELEASES:
        assert ["[err]" in recording.told for recording in RECORDED[release].values()] == [
            recording.refused for recording in RECORDED[release].values()]


NODES = [{"name": "a", "nodeid": 1, "ring0_addr": "192.0.2.1"}, {"name": "b", "nodeid": 2, "ring0_addr": "192.0.2.2"}]
VARIABLES = {
    "corosync_cluster_name": "halab", "corosync_nodes": NODES, "corosync_totem": {}, "corosync_quorum": {},
    "corosync_logging": {}, "corosync_system": {}, "corosync_resources": {}, "corosync_nozzle": {},
    "corosync_uidgid": [],
}


def difference(before=None, **after):
    old, new = (reload.read(conf.corosync_conf({**VARIABLES, **given})) for given in (before or {}, after))
    return {what: options for what, options in reload.plan(old, new).items() if options}


def test_nothing_differs():
    assert difference() == {}


def test_what_is_taken_away_is_seen_as_well():
    assert difference({"corosync_totem": {"netmtu": 9000, "token": 1000}}) == {
        "reload": ["totem.token"], "restart": ["totem.netmtu"]}


def test_a_node_goes_by_its_id():
    assert difference(corosync_nodes=NODES[::-1]) == {}


def test_a_node_under_another_id():
    other = [NODES[0], {**NODES[1], "nodeid": 3}]
    assert difference(corosync_nodes=other)["cold"] == [
        "nodelist.node.2.ring0_addr", "nodelist.node.3.ring0_addr"]


def test_a_link_that_comes_and_one_that_stays():
    two = [{**node, "ring1_addr": "198.51.100.%d" % node["nodeid"]} for node in NODES]
    sections = [{"linknumber": 0, "mcastport": 5410}, {"linknumber": 1, "mcastport": 5411, "knet_transport": "sctp"}]
    assert difference(corosync_nodes=two, corosync_totem={"interface": sections}) == {
        "reload": ["nodelist.node.1.ring1_addr", "nodelist.node.2.ring1_addr", "totem.interface.1.knet_transport",
                   "totem.interface.1.mcastport"],
        "restart": ["totem.interface.0.mcastport"]}


def test_a_transport_that_is_the_default_is_no_change():
    assert difference(corosync_totem={"interface": [{"linknumber": 0, "knet_transport": "udp"}]}) == {
        "reload": ["totem.interface.0.knet_transport"]}


def test_a_device():
    before = {"model": "net", "votes": 1, "net": {"host": "q"}}
    after = {"model": "net", "votes": 1, "timeout": 9000, "net": {"host": "r"}, "heuristics": {
        "mode": "sync", "exec_a": "/bin/true"}}
    assert difference({"corosync_quorum": {"device": before}}, corosync_quorum={"device": after}) == {
        "reload": ["quorum.device.timeout"],
        "qdevice": ["quorum.device.heuristics.exec_a", "quorum.device.heuristics.mode", "quorum.device.net.host"]}


def test_the_other_sections():
    assert difference(
        corosync_logging={"debug": True, "logger_subsys": [{"subsys": "TOTEM", "debug": "trace"}]},
        corosync_system={"sched_rr": False}, corosync_resources={"watchdog_device": False},
        corosync_nozzle={"name": "noz0", "ipaddr": "192.0.2.0", "ipprefix": 24}, corosync_uidgid=[{"uid": 33}],
    ) == {
        "reload": ["logging.debug", "logging.logger_subsys.TOTEM.debug", "logging.logger_subsys.TOTEM.subsys",
                   "nozzle.ipaddr", "nozzle.ipprefix", "nozzle.name", "uidgid.uid.33"],
        "restart": ["resources.watchdog_device", "system.sched_rr"]}


def test_a_tie_break_that_is_in_effect_is_not_moved_node_by_node():
    """Two halves could hold it at the same time."""
    tie = {"auto_tie_breaker": True}
    assert difference(corosync_quorum={**tie, "auto_tie_breaker_node": "2"}) == {
        "restart": ["quorum.auto_tie_breaker", "quorum.auto_tie_breaker_node"]}
    assert difference({"corosync_quorum": tie}, corosync_quorum={**tie, "auto_tie_breaker_node": "2"}) == {
        "cold": ["quorum.auto_tie_breaker_node"]}
    assert difference({"corosync_quorum": {**tie, "auto_tie_breaker_node": "2"}}) == {
        "restart": ["quorum.auto_tie_breaker", "quorum.auto_tie_breaker_node"]}


LOADED = {"totem.token": 1000, "totem.transport": "knet"}
TEXT = "totem {\n  token: 1000\n  transport: knet\n%s}\n"


def test_what_a_reload_has_loaded_without_heeding_it_is_remembered():
    netmtu = TEXT % "  netmtu: 1400\n"
    found, heeded = reload.pending(LOADED, netmtu)
    assert (found["restart"], heeded) == (["totem.netmtu"], {"totem.netmtu": None})
    # After the reload, the table has it.
    table = {**LOADED, "totem.netmtu": 1400}
    assert reload.pending(table, netmtu)[0]["restart"] == []
    found, heeded = reload.pending(table, netmtu, heeded)
    assert (found["restart"], heeded) == (["totem.netmtu"], {"totem.netmtu": None})
    # Another value is compared with what is in effect, and so is the way back.
    assert reload.pending(table, TEXT % "  netmtu: 1300\n", heeded)[1] == {"totem.netmtu": None}
    found, heeded = reload.pending(table, TEXT % "", heeded)
    assert (found["restart"], found["reload"], heeded) == ([], [], {"totem.netmtu": None})


def test_every_word_for_a_restart_is_one_of_the_manual_page():
    known = {"totem.%s" % word for word in [*words.TOTEM, "cluster_name"]}
    known |= {"quorum.%s" % word for word in words.QUORUM}
    # threads is corosync's, and not of its manual page.
    assert set(reload.RESTART) - known == {"totem.threads"}
