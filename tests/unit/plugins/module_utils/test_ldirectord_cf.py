# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ldirectord.cf to the letter: the examples of docs/ldirectord.md, every directive, and what ldirectord makes of them.

record.sh beside the expected files has ldirectord read them; words.json and reload.log are what it wrote down.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_cf as cf
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_files as files
from ansible_collections.halab.cluster.plugins.module_utils import _ldirectord_words as words
from ansible_collections.halab.cluster.plugins.module_utils._problems_ldirectord import ldirectord_problems
from ansible_collections.halab.cluster.plugins.module_utils._problems_pacemaker import pacemaker_problems

ROOT = Path(__file__).resolve().parents[4]
ROLE = ROOT / "roles" / "ldirectord"
FIXTURES = ROOT / "tests" / "unit" / "fixtures" / "ldirectord"
EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```yaml\n(.*?)```\n", re.DOTALL)
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
WORDS = yaml.safe_load((FIXTURES / "words.yml").read_text(encoding="utf-8"))
PARSED = json.loads((FIXTURES / "words.json").read_text(encoding="utf-8"))


def examples():
    text = (ROOT / "docs" / "ldirectord.md").read_text(encoding="utf-8")
    return {name: {**DEFAULTS, **yaml.safe_load(block)} for name, block in EXAMPLE.findall(text)}


CASES = {**examples(), "words": WORDS}


def test_every_expected_file_has_a_case():
    assert {path.stem for path in FIXTURES.glob("*.cf")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_to_the_letter(name):
    assert cf.ldirectord_cf(CASES[name]) == (FIXTURES / (name + ".cf")).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_is_not_refused(name):
    assert ldirectord_problems(CASES[name]) == []


def test_words_has_every_directive():
    assert set(words.GLOBAL) <= set(WORDS["ldirectord_global"])
    used = {word for virtual in WORDS["ldirectord_virtual"] for word in virtual}
    assert set(words.VIRTUAL) <= used


def said(value):
    """A value as ldirectord keeps it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


# What ldirectord keeps by another name, or as something else.
NAMES = {"autoreload": "autocheck", "fork": "forking", "logfile": "ldirlog", "maintenancedir": "maintdir"}
OTHERS = ("fallback", "fallback6", "emailalertstatus", "checktype", "request", "virtual", "real")


@pytest.mark.parametrize("word", [word for word in WORDS["ldirectord_global"] if word not in OTHERS])
def test_ldirectord_has_read_a_global_directive(word):
    value, parsed = WORDS["ldirectord_global"][word], PARSED["global"][NAMES.get(word, word)]
    assert parsed == (value if isinstance(value, list) else said(value))


@pytest.mark.parametrize("position", range(len(WORDS["ldirectord_virtual"])))
def test_ldirectord_has_read_a_virtual_service(position):
    virtual, parsed = WORDS["ldirectord_virtual"][position], PARSED["virtual"][position]
    for word in virtual:
        if word not in OTHERS:
            assert str(parsed[word]) == said(virtual[word]), word
    if "request" in virtual:
        assert parsed["request"] == "/" + virtual["request"].lstrip("/")
    where = "%s:%s" % (parsed["server"], parsed["port"]) if "server" in parsed else parsed["fwm"]
    assert where == str(virtual["virtual"])
    kind = cf.checktype(virtual)
    assert (parsed["checktype"], str(parsed["num_connects"])) == (
        ("combined", str(kind)) if isinstance(kind, int) else (kind, "0"))
    if "fallback" in virtual:
        address, port = cf.endpoint(virtual["fallback"].split()[0])
        assert parsed["fallback"]["server"].strip("[]") == str(address)
        assert int(parsed["fallback"]["port"]) == (port or 0)
        assert parsed["fallback"]["forward"] == (virtual["fallback"].split() + ["gate"])[1]


@pytest.mark.parametrize("position", range(len(WORDS["ldirectord_virtual"])))
def test_ldirectord_has_read_the_real_servers(position):
    virtual = WORDS["ldirectord_virtual"][position]
    found = {real["server"].strip("[]"): real for real in PARSED["virtual"][position]["real"]}
    for server in virtual["real"]:
        for end in cf.ends(server):
            real = found[str(end)]
            assert real["forward"] == server["forwarding"]
            assert int(real["port"]) == server.get("port", cf.port(virtual) or 0)
            assert int(real["weight"]) == server.get("weight", 1)
            if "request" in server or "receive" in server:
                request, receive = cf.pair(server, virtual)
                assert (real["request"], real["receive"]) == ("/" + request.lstrip("/"), receive)
            for word in ("l_threshold", "u_threshold"):
                assert real.get(word.replace("_", "-")) == (str(server[word]) if word in server else None)


def recorded():
    """{step: the ipvsadm commands} of the daemon that record.sh had."""
    blocks = re.split(r"^# ", (FIXTURES / "reload.log").read_text(encoding="utf-8"), flags=re.MULTILINE)[2:]
    return {block.splitlines()[0]: block.splitlines()[1:] for block in blocks}


def test_a_reload_touches_only_what_has_changed():
    steps = recorded()
    assert steps["reload, nothing has changed"] == [
        "-E -t 192.0.2.200:80 -s wrr",
        "-E -t 192.0.2.201:80 -s wrr",
    ]
    assert steps["reload, another weight and one virtual service less"] == [
        "-E -t 192.0.2.200:80 -s wrr",
        "-e -t 192.0.2.200:80 -x 0 -y 0 -r 127.0.0.22:80 -m -w 4",
        "-D -t 192.0.2.201:80",
    ]


def test_a_server_that_is_down_never_gets_a_weight():
    commands = [command for step in recorded().values() for command in step]
    assert not any("127.0.0.23" in command or "127.0.0.24" in command for command in commands)


def test_why_a_wrong_file_must_not_be_loaded():
    """When this fails, ldirectord has been mended, and docs/ldirectord.md says too much."""
    steps = recorded()
    assert steps["21 hangs"] == ["-d -t 192.0.2.200:80 -r 127.0.0.21:80"]
    assert steps["22 dies"] == []


def test_a_stop_leaves_the_table():
    assert recorded()["stop"] == []


def with_virtual(**virtual):
    entry = {"virtual": "192.0.2.200:80", "real": [{"address": "192.0.2.21", "forwarding": "gate"}], **virtual}
    return {**DEFAULTS, "ldirectord_virtual": [entry]}


def test_a_password_makes_the_file_a_secret():
    for word in ("passwd", "secret"):
        written = files.ldirectord_files(with_virtual(**{word: "Aeg7ooGh"}))[0]
        assert "Aeg7ooGh" in written["secret_content"] and "content" not in written
    written = files.ldirectord_files(with_virtual())[0]
    assert "content" in written and "secret_content" not in written
    assert (written["path"], written["mode"]) == ("/etc/ha.d/ldirectord.cf", "0600")


def test_the_file_is_tested_by_the_roles_script():
    variables = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))
    assert files.TEST[0] == variables["__ldirectord_test"]["path"]


def test_global_directives_of_ones_own_take_the_place_of_the_roles():
    written = cf.ldirectord_cf({**DEFAULTS, "ldirectord_global": {"quiescent": False}})
    assert "\nquiescent = no\n" in written and "\ncleanstop = no\n" in written
    assert written.count("quiescent =") == 2  # with readdquiescent


@pytest.mark.parametrize(
    ("virtual", "given", "lines"),
    [
        ({}, {}, ["quiescent = yes"]),
        # Its clients would be sent to a server that has failed.
        ({"persistent": 300}, {}, ["quiescent = yes", "    quiescent = no"]),
        ({"persistent": 300, "quiescent": True}, {}, ["quiescent = yes", "    quiescent = yes"]),
        ({"persistent": 300}, {"quiescent": True}, ["quiescent = yes"]),
        ({}, {"quiescent": False}, ["quiescent = no"]),
    ],
)
def test_a_server_that_failed_is_removed_only_where_clients_stay_with_it(virtual, given, lines):
    written = cf.ldirectord_cf({**with_virtual(**virtual), "ldirectord_global": given})
    assert [line for line in written.splitlines() if line.strip().startswith("quiescent")] == lines


NAT = [{"address": "192.0.2.21", "forwarding": "masq"}]


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        (with_virtual(), []),
        (with_virtual(fallback="192.0.2.9:80 gate"), []),
        (with_virtual(real=NAT), ["net.ipv4.ip_forward = 1", "net.ipv4.conf.*.send_redirects = 0"]),
        (with_virtual(fallback="192.0.2.9:80 masq"), ["net.ipv4.ip_forward = 1", "net.ipv4.conf.*.send_redirects = 0"]),
        (
            {**with_virtual(), "ldirectord_global": {"fallback6": "[2001:db8::9]:80 masq"}},
            ["net.ipv6.conf.all.forwarding = 1"],
        ),
        (
            with_virtual(virtual="[2001:db8::200]:80", real=[{"address": "2001:db8::21", "forwarding": "masq"}]),
            ["net.ipv6.conf.all.forwarding = 1"],
        ),
    ],
)
def test_what_masq_needs(variables, wanted):
    assert files.ldirectord_sysctl(variables).splitlines()[1:] == wanted


def test_what_virtual_services_ask_of_a_host():
    real = [
        {"address": "10.0.0.1->10.0.0.4", "forwarding": "gate"},
        {"address": "10.0.0.5", "forwarding": "masq"},
        {"address": "10.0.0.6", "forwarding": "ipip"},
    ]
    variables = with_virtual(real=real, scheduler="mh")
    variables["ldirectord_global"] = {"fallback": "10.0.0.9:80 gate", "fallback6": "[2001:db8::9]:80"}
    own = dict(variables["ldirectord_virtual"][0], virtual=5, fallback="10.0.0.8:80 masq", real=[real[1]])
    del own["scheduler"]
    variables["ldirectord_virtual"].append(own)
    wanted = ["10.0.0.1", "10.0.0.4", "10.0.0.9"]
    assert files.ldirectord_lvs(variables) == {"schedulers": ["mh", "wrr"], "gate": wanted, "interfaces": []}
    real = [{"address": "2001:db8::21", "forwarding": "masq"}]
    variables["ldirectord_virtual"].append({"virtual": "[2001:db8::200]:80", "real": real})
    assert files.ldirectord_lvs(variables)["gate"] == wanted + ["2001:db8::9"]


def test_nothing_is_asked_of_a_host_for_a_fallback_that_nobody_uses():
    variables = {**DEFAULTS, "ldirectord_global": {"fallback": "10.0.0.9:80 gate"}}
    assert files.ldirectord_lvs(variables) == {"schedulers": [], "gate": [], "interfaces": []}


@pytest.mark.parametrize(
    ("virtual", "wanted"),
    [
        ({}, []),
        ({"virtual": "192.0.2.200:3306"}, ["libdbd-mysql-perl"]),
        ({"virtual": "192.0.2.200:3306", "checktype": "connect"}, []),
        ({"service": "pgsql", "checktype": 5}, ["libdbd-pg-perl"]),
        ({"virtual": "[2001:db8::200]:443"}, ["libnet-inet6glue-perl"]),
        ({"virtual": "[2001:db8::200]:443", "checktype": "connect"}, []),
        ({"virtual": "[2001:db8::200]:53"}, []),
    ],
)
def test_what_checks_need(virtual, wanted):
    assert files.ldirectord_packages(with_virtual(**virtual)) == ["ldirectord"] + wanted


STUB = """#!/bin/sh
[ "$1 $3" = '-d status' ] || exit 9
cp "$2" %s
echo "DEBUG2: something" >&2
[ %d != 2 ] || echo "Error [1] reading file $2 at line 2: wrong" >&2
exit %d
"""


@pytest.mark.skipif(shutil.which("perl") is None, reason="the script is in Perl")
@pytest.mark.parametrize(
    ("line", "rc", "message"),
    [
        ("    service = http", 3, None),
        ("    service = http", 2, "candidate at line 2: wrong"),
        # Something runs by this name, so that nothing can be said.
        ("    service = http", 0, "ldirectord ends with 0"),
        ('    receive = "^[a-z]+$"', 3, None),
        ('    receive = "(a"', 3, "line 2: receive is no regular expression"),
        ('    real = 192.0.2.21:80 gate 1 "x", "(a"', 3, "line 2: receive is no regular expression"),
        ('    monitorfile = "/nowhere/at/all.log"', 3, "line 2: there is no directory /nowhere/at"),
        ('    monitorfile = "/var/x.log"', 3, None),
        ('logfile = "/nowhere/x.log"', 3, "line 2: there is no directory /nowhere"),
        ('logfile = "daemon"', 3, None),
    ],
)
def test_script(tmp_path, line, rc, message):
    stub, seen = tmp_path / "ldirectord", tmp_path / "seen"
    stub.write_text(STUB % (seen, rc, rc), encoding="utf-8")
    stub.chmod(0o755)
    script = (ROLE / "files" / "ldirectord-test").read_text(encoding="utf-8").replace("/usr/sbin/ldirectord", str(stub))
    (tmp_path / "script").write_text(script, encoding="utf-8")
    path = tmp_path / "candidate"
    path.write_text("virtual = 192.0.2.200:80\n%s\n" % line, encoding="utf-8")
    done = subprocess.run(["perl", tmp_path / "script", path], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (message is None), done.stderr
    assert (message or "") in done.stderr
    assert "DEBUG" not in done.stderr or rc == 0
    # It would be made by being read.
    assert "\n    monitorfile" not in seen.read_text(encoding="utf-8")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["candidate", "ldirectord", "script", "seen"]


def test_pacemaker_takes_the_example():
    found = []
    for role in ("pacemaker", "corosync"):
        defaults = yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text(encoding="utf-8"))
        found.append(defaults)
    variables = {**found[1], **found[0], **CASES["pacemaker"]}
    variables.update(pacemaker_service_networks=["192.0.2.0/24"], corosync_nodes=[{"name": "lb1"}, {"name": "lb2"}])
    variables["fencing_devices"] = []
    variables["pacemaker_remote_nodes"] = []
    variables["pacemaker_accept_data_loss_without_fencing"] = True
    assert pacemaker_problems(variables) == []
