# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""keepalived.conf to the letter: the examples of docs/keepalived.md, and the rule that writes it.

The expected files are those that keepalived itself has accepted; record.sh beside them asks it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _keepalived_conf as conf
from ansible_collections.halab.cluster.plugins.module_utils._problems_keepalived import keepalived_problems

ROOT = Path(__file__).resolve().parents[4]
FIXTURES = ROOT / "tests" / "unit" / "fixtures" / "keepalived"
EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```yaml\n(.*?)```\n```yaml\n(.*?)```\n", re.DOTALL)
DEFAULTS = yaml.safe_load((ROOT / "roles" / "keepalived" / "defaults" / "main.yml").read_text(encoding="utf-8"))


def examples():
    """{name: hostvars}"""
    text = (ROOT / "docs" / "keepalived.md").read_text(encoding="utf-8")
    found = {}
    for name, group, hosts in EXAMPLE.findall(text):
        common = yaml.safe_load(group)
        assert set(common) <= set(DEFAULTS), name
        hosts = yaml.safe_load(hosts)["hosts"]
        found[name] = {host: {**DEFAULTS, **common, **own} for host, own in hosts.items()}
    return found


EXAMPLES = examples()
CASES = [(name, host) for name, hosts in EXAMPLES.items() for host in hosts]
each_case = pytest.mark.parametrize(("name", "host"), CASES, ids=["%s.%s" % case for case in CASES])


def test_the_page_has_its_examples():
    expected = ["pair", "standby", "sync_group", "ipv6", "haproxy", "haproxy_weight", "ipvs"]
    assert list(EXAMPLES) == expected
    files = {"%s.%s.conf" % case for case in CASES} | {"words.conf"}
    assert {path.name for path in FIXTURES.glob("*.conf")} == files


@each_case
def test_example(name, host):
    hostvars = EXAMPLES[name]
    expected = accepted(FIXTURES / ("%s.%s.conf" % (name, host)))
    assert conf.keepalived_conf(hostvars[host], host, list(hostvars), hostvars) == expected


@each_case
def test_example_is_not_refused(name, host):
    hostvars = EXAMPLES[name]
    assert keepalived_problems(hostvars[host], host, list(hostvars), hostvars) == []


def accepted(path):
    """A file without the header that says which keepalived has accepted it."""
    header, text = path.read_text(encoding="utf-8").split("\n\n", 1)
    assert re.fullmatch(r"# Accepted by keepalived --config-test of v2\.2\.7 .*\n# and of v2\.3\.3 .*", header), header
    return text


def test_every_kind_of_word():
    """Blocks that no example has. words.yml holds the variables."""
    variables = {**DEFAULTS, **yaml.safe_load((FIXTURES / "words.yml").read_text(encoding="utf-8"))}
    hostvars = {"lb1": variables}
    assert keepalived_problems(variables, "lb1", ["lb1"], hostvars) == []
    assert conf.keepalived_conf(variables, "lb1", ["lb1"], hostvars) == accepted(FIXTURES / "words.conf")


@pytest.mark.parametrize(
    ("keyword", "value", "lines"),
    [
        ("use_vmac", True, ["use_vmac"]),
        ("nopreempt", False, []),
        ("smtp_alert", False, ["smtp_alert no"]),
        ("smtp_alert", True, ["smtp_alert"]),
        ("advert_int", 0.5, ["advert_int 0.5"]),
        ("some_new_word", "a b", ["some_new_word a b"]),
        ("some_new_word", ["a", "b"], ["some_new_word a", "some_new_word b"]),
        ("some_new_block", {"inside": {"x": 1}}, ["some_new_block {", "\tinside {", "\t\tx 1", "\t}", "}"]),
        ("TCP_CHECK", {}, ["TCP_CHECK {", "}"]),
        ("track_script", [], []),
        (
            "track_script",
            ["a", {"name": "b", "weight": -2, "reverse": True}],
            ["track_script {", "\ta", "\tb weight -2 reverse", "}"],
        ),
        # Of IPv6, with the kernel's own metric where there is none: keepalived 2.3 would leave it behind.
        ("virtual_routes", ["198.19.0.0/24 via 198.18.0.1"],
         ["virtual_routes {", "\t198.19.0.0/24 via 198.18.0.1", "}"]),
        ("virtual_routes", ["198.19.0.0/24 via inet6 fe80::1 dev eth0"],
         ["virtual_routes {", "\t198.19.0.0/24 via inet6 fe80::1 dev eth0", "}"]),
        ("virtual_routes", [{"to": "fd00:9::/64", "via": "fd00::1"}, "default via fd00::1"],
         ["virtual_routes {", "\tto fd00:9::/64 via fd00::1 metric 1024", "\tdefault via fd00::1 metric 1024", "}"]),
        ("virtual_routes", ["::/0 metric 7 via fd00::1", "::/0 priority 7", "::/0 preference 7"],
         ["virtual_routes {", "\t::/0 metric 7 via fd00::1", "\t::/0 priority 7", "\t::/0 preference 7", "}"]),
        ("static_routes", ["blackhole fd00:9::/64", "::/0 nexthop via fd00::1 nexthop via fd00::2"],
         ["static_routes {", "\tblackhole fd00:9::/64 metric 1024",
          "\t::/0 metric 1024 nexthop via fd00::1 nexthop via fd00::2", "}"]),
        ("virtual_server", {"fwmark": 3, "lvs_sched": "rr"}, ["virtual_server fwmark 3 {", "\tlvs_sched rr", "}"]),
        ("virtual_server", {"group": "g"}, ["virtual_server group g {", "}"]),
        ("DNS_CHECK", {"name": "example.com"}, ["DNS_CHECK {", "\tname example.com", "}"]),
        ("script", "/usr/bin/true", ["script /usr/bin/true"]),
        ("script", "/usr/bin/test 1 = 1", ['script "/usr/bin/test 1 = 1"']),
        ("notify", '"/usr/bin/test 1" nobody', ['notify "/usr/bin/test 1" nobody']),
        ("process", "haproxy -f x", ["process haproxy -f x"]),
    ],
)
def test_rule(keyword, value, lines):
    assert conf.statement(keyword, value) == lines


def test_defaults_of_an_instance():
    def made(**given):
        return conf.instances({"keepalived_instances": [{"name": "a", **given}]})[0]

    assert made() == {"name": "a", "state": "BACKUP", "nopreempt": True}
    assert made(state="MASTER", nopreempt=False) == {"name": "a", "state": "MASTER", "nopreempt": False}
    assert made(preempt=True) == {"name": "a", "state": "BACKUP", "preempt": True}


def test_a_password_makes_the_file_a_secret():
    hostvars = {"lb1": {**DEFAULTS, **EXAMPLES["pair"]["lb1"]}}
    files = conf.keepalived_files(hostvars["lb1"], "lb1", ["lb1"], hostvars)
    assert "content" in files[-1] and "secret_content" not in files[-1]
    hostvars["lb1"]["keepalived_node"] = {"web": {"authentication": {"auth_type": "PASS", "auth_pass": "Aeg7ooGh"}}}
    files = conf.keepalived_files(hostvars["lb1"], "lb1", ["lb1"], hostvars)
    assert "Aeg7ooGh" in files[-1]["secret_content"] and "content" not in files[-1]


@pytest.mark.parametrize(
    ("line", "as_root"),
    [
        ("script_user root", False),
        ("script_user nobody", True),
        ("user nobody nogroup", True),
        ("user root", False),
        ('notify_master "/usr/bin/true" nobody', True),
        ('notify_master "/usr/bin/true nobody"', False),
        ("process user", False),
    ],
)
def test_what_debian_12_cannot_test_as_it_is(line, as_root):
    assert (conf.validator("global_defs {\n\t%s\n}\n" % line) != conf.TEST) == as_root


def test_scripts_are_written_before_the_file_that_names_them():
    hostvars = EXAMPLES["haproxy"]
    files = conf.keepalived_files(hostvars["lb1"], "lb1", list(hostvars), hostvars)
    assert [(entry["path"], entry["mode"]) for entry in files] == [
        ("/etc/keepalived/haproxy-answers", "0755"),
        ("/etc/keepalived/keepalived.conf", "0600"),
    ]
    assert files[0]["content"].startswith("#!/bin/sh\n")


def test_peers_are_the_other_hosts_of_the_group_in_its_order():
    hostvars = {
        name: {"keepalived_instances": [{"name": "a", "unicast_src_ip": "192.0.2.%d" % last}]}
        for name, last in (("x", 1), ("y", 2), ("z", 3), ("stranger", 4))
    }
    others = conf.members("y", ["z", "y", "x"], hostvars)
    made = conf.with_peers(conf.instances(hostvars["y"])[0], others)
    assert made["unicast_peer"] == ["192.0.2.3", "192.0.2.1"]


def second_opinions(words, **variables):
    """Of one instance with these words."""
    given = {"name": "web", "interface": "eth0", "virtual_router_id": 51, "priority": 150,
             "virtual_ipaddress": ["192.0.2.100/24"], **words}
    return conf.keepalived_second_opinions({**DEFAULTS, "keepalived_instances": [given], **variables})


def test_an_instance_is_watched_by_its_first_address():
    assert second_opinions({"advert_int": 2}) == [
        {"name": "web", "interface": "eth0", "virtual_router_id": 51, "advert_int": 2, "priority": 150,
         "address": "192.0.2.100", "dev": "eth0", "file": "/run/keepalived-second-opinion.web"}
    ]
    assert second_opinions({})[0]["advert_int"] == 1


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ("192.0.2.100", ("192.0.2.100", "eth0")),
        ("192.0.2.100/24 brd + dev eth1 label eth1:1", ("192.0.2.100", "eth1")),
        ({"address": "192.0.2.100/24"}, ("192.0.2.100", "eth0")),
        ({"address": "192.0.2.100/24", "dev": "eth1"}, ("192.0.2.100", "eth1")),
    ],
)
def test_where_an_address_is_looked_for(item, found):
    (watched,) = second_opinions({"virtual_ipaddress": [item]})
    assert (watched["address"], watched["dev"]) == found and watched["interface"] == "eth0"


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        ({}, {"keepalived_second_opinion": False}),
        ({}, {"keepalived_blocks": {"net_namespace": "blue"}}),
        ({}, {"keepalived_global_defs": {"net_namespace": "blue"}}),
        ({"virtual_ipaddress": ["2001:db8::100/64"]}, {}),
        ({"virtual_ipaddress": [], "no_virtual_ipaddress": True}, {}),
        ({"use_vmac": True}, {}),
        ({"use_vmac": "vrrp.51"}, {}),
        ({"use_ipvlan": True}, {}),
        ({"authentication": {"auth_type": "AH", "auth_pass": "x"}}, {}),
    ],
)
def test_what_cannot_be_watched(words, variables):
    assert second_opinions(words, **variables) == []


def test_what_can_be_watched_all_the_same():
    assert second_opinions({"use_vmac": False, "authentication": {"auth_type": "PASS", "auth_pass": "x"}})


def test_without_a_second_opinion_keepalived_hears_of_none():
    hostvars = {"lb1": {**EXAMPLES["standby"]["lb1"], "keepalived_second_opinion": False}}
    written = conf.keepalived_conf(hostvars["lb1"], "lb1", ["lb1"], hostvars)
    assert "second_opinion" not in written and "\ttrack_file {\n\t\tstandby\n\t}\n" in written


def test_the_variables_stay_as_they_were():
    hostvars = EXAMPLES["standby"]
    for dummy in range(2):
        written = conf.keepalived_conf(hostvars["lb1"], "lb1", list(hostvars), hostvars)
    assert written.count("second_opinion_web") == 2
