# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what role corosync refuses of corosync_quorum: votequorum(5) and corosync-qdevice(8)."""

from __future__ import annotations

from ansible_collections.halab.cluster.plugins.module_utils import _corosync_words as words
from ansible_collections.halab.cluster.plugins.module_utils import _problems as common

QUORUM = "corosync_quorum"
DEVICE = "corosync_quorum: device"
ALONE = ("two_node", "auto_tie_breaker", "last_man_standing", "allow_downscale")


def votes_of(nodes):
    """The votes of each node, one where nothing is said or nothing can be reckoned with."""
    return [words.sound(node, words.NODE).get("quorum_votes", 1) for node in nodes]


def _is_on(options, word):
    return options.get(word) in (1, True)


def _heuristics(device):
    where = DEVICE + ": heuristics"
    given, problems = common.dictionary(where, device.get("heuristics", {}))
    execs = {word: value for word, value in given.items() if isinstance(word, str) and words.EXEC.fullmatch(word)}
    others = {word: value for word, value in given.items() if word not in execs}
    problems += words.judged(where, others, words.HEURISTICS)
    problems += words.wrong(where, execs, {word: words.COMMAND for word in execs})
    mode = given.get("mode", False)
    if len(execs) > words.MOST_EXECS:
        problems.append("%s has %d commands; allowed are %d." % (where, len(execs), words.MOST_EXECS))
    if mode in (True, "sync") and not execs:
        problems.append("%s: mode is %s without a command; allowed is that with exec_NAME." % (where, mode))
    if mode is False and given:
        problems.append("%s does nothing, for its mode is off; allowed is mode: true or sync, or none." % where)
    if mode == "sync" and "interval" in given:
        problems.append("%s: interval is given with mode sync; allowed is that with mode: true." % where)
    return problems


def _net(nodes, votes, device):
    net = device.get("net")
    if not isinstance(net, dict) or not net.get("host"):
        return ["%s: net is %r; allowed is a dictionary with host." % (DEVICE, net)]
    where = DEVICE + ": net"
    problems = words.judged(where, net, words.NET)
    sound = words.sound(net, words.NET)
    tie_breaker, ids = sound.get("tie_breaker"), [node.get("nodeid") for node in nodes]
    if isinstance(tie_breaker, int) and tie_breaker not in ids:
        problems.append(
            "%s: tie_breaker is %d; allowed are lowest, highest and the nodes, %s."
            % (where, tie_breaker, common.listed(ids))
        )
    own = device.get("votes", sum(votes) - 1)
    if sound.get("algorithm", "ffsplit") == "lms":
        if "votes" in device:
            problems.append("%s: votes is %r with algorithm lms; allowed is none." % (DEVICE, device["votes"]))
        if "keep_active_partition_tie_breaker" in sound:
            problems.append(
                "%s: keep_active_partition_tie_breaker is given with algorithm lms, which does so in any case; allowed "
                "is that with ffsplit." % where
            )
        return problems
    if set(votes) - {1} or own != 1:
        problems.append(
            "%s: votes is %r, and the nodes have %s; allowed with algorithm ffsplit is one vote each: votes: 1, and no "
            "quorum_votes." % (DEVICE, device.get("votes", "sum of the nodes' - 1"), common.listed(votes))
        )
    if len(nodes) % 2:
        problems.append(
            "%s: algorithm is ffsplit with %d nodes; allowed is that with an even number, or lms." % (where, len(nodes))
        )
    return problems


def _device(nodes, votes, quorum):
    """(whether a quorum device is configured, problems)"""
    if quorum.get("device") in (None, {}):
        return False, []
    device, problems = common.dictionary(DEVICE, quorum["device"])
    if problems:
        return False, problems
    if "model" not in device:
        problems.append("%s: model is None; allowed is net." % DEVICE)
    problems += words.judged(DEVICE, device, words.DEVICE, "net", "heuristics")
    broken = bool(problems)
    problems += _net(nodes, votes, {**device, "votes": device["votes"]} if "votes" in device else device)
    problems += _heuristics(device)
    problems += [
        "%s: %s is 1 as well; allowed is one of them." % (DEVICE, word) for word in ALONE if _is_on(quorum, word)
    ]
    return not (broken or not isinstance(device.get("net"), dict) or not device["net"].get("host")), problems


def _expected(nodes, votes, quorum, device):
    """The votes that there are."""
    problems = []
    expected, own = quorum.get("expected_votes"), device.get("votes")
    uneven = bool(set(votes) - {1})
    if nodes and not sum(votes):
        problems.append("corosync_nodes: no node has a vote; allowed is quorum_votes above 0 for one of them.")
    if expected is not None and expected < sum(votes) and not _is_on(quorum, "allow_downscale"):
        problems.append(
            "%s: expected_votes is %d and the nodes have %d; allowed is as many or more, or two parts of the cluster "
            "go on." % (QUORUM, expected, sum(votes))
        )
    if device and own is None and (uneven or expected is not None):
        problems.append(
            "%s has no votes; allowed is that while all nodes have one vote and there are no expected_votes." % DEVICE
        )
    if expected is not None and own and expected - own < 2:
        problems.append(
            "%s: votes is %d of %d expected_votes; allowed is that the nodes have two or more."
            % (DEVICE, own, expected)
        )
    if _is_on(quorum, "last_man_standing") and uneven:
        problems.append(
            "%s: last_man_standing is 1 and the nodes have %s votes; allowed is one for each."
            % (QUORUM, common.listed(votes))
        )
    return problems


def _two_node(nodes, votes, quorum):
    if not _is_on(quorum, "two_node"):
        return []
    problems = []
    if len(nodes) != 2:
        problems.append("%s: two_node is 1 with %d nodes; allowed is two_node with two nodes." % (QUORUM, len(nodes)))
    elif sum(votes) != 2 or quorum.get("expected_votes", 2) != 2:
        problems.append(
            "%s: two_node is 1 and the nodes have %s votes of %s; allowed is one each, of two."
            % (QUORUM, common.listed(votes), quorum.get("expected_votes", sum(votes)))
        )
    if _is_on(quorum, "auto_tie_breaker"):
        problems.append("%s: two_node and auto_tie_breaker are 1; allowed is one of them." % QUORUM)
    return problems


def _tie_breaker(nodes, votes, quorum):
    problems = []
    chosen = quorum.get("auto_tie_breaker_node")
    if not _is_on(quorum, "auto_tie_breaker"):
        if chosen is not None:
            problems.append("%s: auto_tie_breaker_node is given; allowed is that with auto_tie_breaker: 1." % QUORUM)
        return problems
    ids = [node.get("nodeid") for node in nodes]
    wanted = chosen if isinstance(chosen, list) else [chosen] if isinstance(chosen, int) else []
    strangers = [wish for wish in wanted if wish not in ids]
    if strangers:
        problems.append(
            "%s: auto_tie_breaker_node names %s; allowed are lowest, highest and the nodes, %s."
            % (QUORUM, common.listed(strangers), common.listed(ids))
        )
    if sum(votes) % 2 and not _is_on(quorum, "wait_for_all"):
        problems.append(
            "%s: auto_tie_breaker is 1 with an odd number of votes, %d; allowed is that with wait_for_all: 1, or a "
            "part without the tie-breaking node has quorum after a boot." % (QUORUM, sum(votes))
        )
    return problems


def _last_man(quorum):
    if _is_on(quorum, "last_man_standing"):
        if not _is_on(quorum, "wait_for_all"):
            return ["%s: last_man_standing is 1; allowed is that with wait_for_all: 1." % QUORUM]
    elif "last_man_standing_window" in quorum:
        return ["%s: last_man_standing_window is given; allowed is that with last_man_standing: 1." % QUORUM]
    return []


def _even(count, quorum, with_device):
    """A cluster that is split in two."""
    if count == 2 and not with_device and not _is_on(quorum, "two_node"):
        return [
            "corosync_nodes names two nodes and %s is %s: neither can go on without the other; allowed is two_node: 1 "
            "or a device." % (QUORUM, quorum or "empty")
        ]
    if count > 2 and count % 2 == 0 and not with_device and "auto_tie_breaker" not in quorum:
        return [
            "corosync_nodes names %d nodes and %s has no auto_tie_breaker: split in two, both halves stop; allowed is "
            "auto_tie_breaker: 1, a device, or auto_tie_breaker: 0 to accept that." % (count, QUORUM)
        ]
    return []


def quorum_problems(nodes, quorum):
    """Reasons why section quorum cannot work with these nodes."""
    votes = votes_of(nodes)
    problems = []
    if "votes" in quorum:
        problems.append("%s: votes is given; allowed is quorum_votes in corosync_node, which would win." % QUORUM)
    given = {word: value for word, value in quorum.items() if word != "votes"}
    problems += words.judged(QUORUM, given, words.QUORUM, "device")
    with_device, found = _device(nodes, votes, quorum)
    sound = words.sound(quorum, words.QUORUM)
    device = words.sound(quorum["device"], words.DEVICE) if with_device else {}
    problems += found + _even(len(nodes), quorum, with_device)
    problems += _expected(nodes, votes, sound, device)
    return problems + _two_node(nodes, votes, sound) + _tie_breaker(nodes, votes, sound) + _last_man(sound)
