# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""keepalived-standby lets who is connected finish, gives the addresses up, and leaves nothing behind. Without a keepalived."""

from __future__ import annotations

import ipaddress
import json
import socket
from pathlib import Path

import pytest
import scripts

PATH = Path(__file__).resolve().parents[2] / "roles" / "keepalived" / "files" / "keepalived-standby"
# /proc/net/ip_vs of Linux 6.12.118 (Debian 13), after ipvsadm was told of a service of each kind.
TABLE = Path(__file__).parent / "fixtures" / "keepalived" / "ip_vs.txt"
V4, V6 = "192.0.2.100", "2001:db8::100"
GONE = "table inet keepalived_standby\ndelete table inet keepalived_standby\n"


class World:
    """A host with these addresses and connections, and a keepalived that takes addresses away when the file says 1."""

    def __init__(self, script, file, held, connections=0):
        self.file, self.held, self.connections = file, list(held), connections
        self.now, self.obeys, self.refuses, self.done = 0.0, True, None, []
        self.rules = False
        self.handed_on = lambda: 0
        self.real = script.run
        script.run, script.time, script.handed_on = self.run, self, lambda addresses: self.handed_on()

    def run(self, argv, text=None):
        if self.refuses == argv[0]:
            return self.real(["false"])
        if argv[0] == "ip":
            if self.obeys and self.file.read_text() == "1\n":
                self.held = []
            return json.dumps([{"ifname": "eth0", "addr_info": [{"local": address} for address in self.held]}, {}])
        if argv[0] == "ss":
            return "ESTAB 0 0 192.0.2.100:80 192.0.2.9:4711\n" * self.connections
        self.done.append((argv, text, self.file.read_text(), self.connections))
        if argv[0] == "nft":
            self.rules = text != GONE
        return ""

    def sleep(self, seconds):
        self.now += seconds
        # One connection has its answer; new ones only come where nobody keeps them away.
        self.connections = max(0, self.connections - 1) if self.rules else self.connections

    def monotonic(self):
        return self.now


@pytest.fixture
def script():
    return scripts.load(PATH)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "standby"
    path.write_text("0\n")
    return path


def test_new_clients_wait_the_others_finish_then_it_moves_and_nothing_stays(script, file):
    world = World(script, file, [V4, V6], connections=3)
    moved = []
    give_up = script.give_up
    script.give_up = lambda *words: (moved.append((world.rules, world.connections)), give_up(*words))
    script.main(["--reload", "haproxy", str(file), V4, V6])
    assert file.read_text() == "1\n" and world.held == []
    assert moved == [(True, 0)], "it moves while new clients are kept away, and after the last answer"
    (nft, rules, _said, _open), (reload, _text, before, _still), (_nft, gone, after, _none) = world.done
    assert nft == ["nft", "-f", "-"] and reload == ["systemctl", "reload", "haproxy"] and before == "0\n"
    assert "ip daddr @held4 tcp flags & (syn | ack) == syn drop" in rules
    assert "ip6 daddr @held6 tcp flags & (syn | ack) == syn drop" in rules
    assert "elements = { 192.0.2.100 timeout 10s }" in rules, "a rule ends by itself when its maker is killed"
    assert gone == GONE and after == "1\n"


def test_connections_that_do_not_end_are_counted_and_not_waited_for(script, file, capsys):
    world = World(script, file, [V4], connections=1000)
    script.main(["--wait", "0.2", str(file), V4])
    assert file.read_text() == "1\n" and world.now < 0.4
    assert "connections are still open after 0.2 s, and end now" in capsys.readouterr().err


def test_short_connections_that_the_kernel_hands_on_end_and_those_that_last_are_not_waited_for(script, file, capsys):
    """Twenty last, and one ends every 60 ms, until 300 ms have passed."""
    world = World(script, file, [V4])
    world.handed_on = lambda: 20 + max(0, 5 - int(world.now / 0.06))
    script.main([str(file), V4])
    assert file.read_text() == "1\n" and 0.38 < world.now < 0.46 and capsys.readouterr().err == ""


def test_where_nothing_is_handed_on_nothing_is_waited_for(script, file):
    world = World(script, file, [V4])
    script.main([str(file), V4])
    assert file.read_text() == "1\n" and world.now == 0


def test_connections_that_the_kernel_hands_on_are_waited_for_as_long_as_is_said(script, file):
    world = World(script, file, [V4])
    world.handed_on = lambda: 1000 - int(world.now / 0.02)
    script.main(["--wait", "0.3", str(file), V4])
    assert file.read_text() == "1\n" and 0.3 < world.now < 0.36


@pytest.mark.parametrize("addresses, expected", [([V4], 3 + 40), ([V6], 5 + 40), ([V4, V6], 3 + 5 + 40), (["192.0.2.101"], 7 + 40)])
def test_connections_of_a_service_are_counted_and_those_of_a_firewall_mark_always(script, tmp_path, addresses, expected):
    active = iter(("1", "3", "7", "5", "40"))
    lines = [line if not line.lstrip().startswith("-> ") or line.endswith("InActConn")
             else " ".join(line.split()[:-2] + [next(active), "100"]) for line in TABLE.read_text().splitlines()]
    path = tmp_path / "ip_vs"
    path.write_text("\n".join(lines) + "\n")
    script.IPVS = str(path)
    assert script.handed_on([ipaddress.ip_address(address) for address in addresses]) == expected
    assert next(active, None) is None


def test_where_ip_vs_is_not_loaded_nothing_is_handed_on(script, tmp_path):
    script.IPVS = str(tmp_path / "missing")
    assert script.handed_on([ipaddress.ip_address(V4)]) == 0


def test_who_has_no_address_keeps_nobody_away(script, file):
    world = World(script, file, [], connections=5)
    script.main([str(file), V4])
    assert file.read_text() == "1\n" and world.done == [] and world.now == 0


@pytest.mark.parametrize("tool", ["nft", "systemctl", "ss"])
def test_a_tool_that_fails_moves_nothing(script, file, capsys, tool):
    world = World(script, file, [V4], connections=1)
    world.refuses = tool
    with pytest.raises(SystemExit):
        script.main(["--reload", "haproxy", str(file), V4])
    assert file.read_text() == "0\n" and "failed, and the addresses stay" in capsys.readouterr().err
    assert not world.rules


def test_a_tool_that_is_not_there_is_said(script, capsys):
    with pytest.raises(SystemExit):
        script.run(["no-such-tool"])
    assert "there is no no-such-tool on this host, and the addresses stay" in capsys.readouterr().err


def test_a_keepalived_that_does_not_listen_is_said(script, file, capsys):
    world = World(script, file, [V4])
    world.obeys = False
    with pytest.raises(SystemExit):
        script.main([str(file), V4])
    assert "keepalived still has 192.0.2.100 after 5 s" in capsys.readouterr().err and not world.rules


@pytest.mark.parametrize("words, expected", [
    (["192.0.2.100/24"], "invalid ip_address value: '192.0.2.100/24'"),
    (["--wait", "61", V4], "--wait 61.0; allowed are 0 to 60 seconds"),
])
def test_what_is_not_allowed_is_refused(script, file, capsys, words, expected):
    world = World(script, file, [V4])
    with pytest.raises(SystemExit):
        script.main(words[:-1] + [str(file), words[-1]])
    assert expected in capsys.readouterr().err and world.done == [] and file.read_text() == "0\n"


def test_a_file_that_is_not_tracked_is_refused(script, file, tmp_path, capsys):
    world = World(script, file, [V4])
    with pytest.raises(SystemExit):
        script.main([str(tmp_path / "other"), V4])
    assert "keepalived makes the files that it tracks" in capsys.readouterr().err and world.done == []


def test_connections_to_an_address_are_those_that_ss_counts(script):
    """With this machine's own ss: what is open counts, and what has ended does not."""
    address = ipaddress.ip_address("127.0.0.77")
    with socket.create_server((str(address), 0)) as server:
        assert script.open_connections([address]) == 0
        client = socket.create_connection(server.getsockname(), source_address=("127.0.0.1", 0))
        accepted = server.accept()[0]
        assert script.open_connections([address]) == 1
        accepted.close()
        client.close()
        assert script.open_connections([address]) == 0
