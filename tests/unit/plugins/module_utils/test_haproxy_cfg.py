# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role haproxy's variables as haproxy.cfg, and the files beside it."""

from __future__ import annotations

import haproxy_examples
import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_cfg, _haproxy_words

NOTHING = {"global": {}, "defaults": {}}


def variables(**given):
    return dict(haproxy_examples.DEFAULTS, **{"haproxy_" + name: value for name, value in given.items()})


def lines(section):
    """What becomes of one backend, without its first line."""
    text = _haproxy_cfg.haproxy_cfg(variables(backends=[dict({"name": "b"}, **section)]), NOTHING)
    return [line.strip() for line in text.split("backend b\n")[1].splitlines()]


@pytest.mark.parametrize("section, expected", [
    ({"balance": "leastconn"}, ["balance leastconn"]),
    ({"retries": 3}, ["retries 3"]),
    ({"option httpchk": True, "disabled": False}, ["option httpchk"]),
    ({"acl": ["a src 192.0.2.0/24", "b path /"]}, ["acl a src 192.0.2.0/24", "acl b path /"]),
    ({"timeout": {"connect": "3s", "server": "1m"}}, ["timeout connect 3s", "timeout server 1m"]),
    ({"stats": {"http-request": ["auth", "deny"], "enable": True}},
     ["stats http-request auth", "stats http-request deny", "stats enable"]),
    ({"errorfile": {503: "/a", 504: "/b"}}, ["errorfile 503 /a", "errorfile 504 /b"]),
    ({"server": [{"name": "a", "check": True, "backup": False, "address": "192.0.2.1:80", "weight": 10}]},
     ["server a 192.0.2.1:80 check weight 10"]),
    ({"server": ["a 192.0.2.1:80", {"name": "b", "address": "192.0.2.2:80", "crt": ["x", "y"]}]},
     ["server a 192.0.2.1:80", "server b 192.0.2.2:80 crt x crt y"]),
    ({"bind": [{"ssl": True, "name": "plain", "address": ":443"}]}, ["bind :443 ssl name plain"]),
    ({"lines": "  option tcpka\n\nretries 2\n"}, ["option tcpka", "", "retries 2"]),
    ({"retries": 1, "lines": ["# why", "fullconn 3"], "balance": "source"},
     ["retries 1", "# why", "fullconn 3", "balance source"]),
    ({"from": "web", "retries": 2}, None),
])
def test_the_rule(section, expected):
    if expected is None:
        text = _haproxy_cfg.haproxy_cfg(variables(backends=[dict(section, name="b")]), NOTHING)
        assert text.endswith("backend b from web\n    retries 2\n")
    else:
        assert lines(section) == expected


def test_every_variable_is_a_section():
    names = {name: [{"name": "x"}] for name in _haproxy_cfg.SECTIONS}
    names["haproxy_sections"] = [{"section": "fcgi-app", "name": "x"}, {"section": "crt-store"}]
    text = _haproxy_cfg.haproxy_cfg(dict(haproxy_examples.DEFAULTS, **names), NOTHING)
    assert [line for line in text.splitlines() if line and line[0] not in " #"] == [
        "global", "defaults", "userlist x", "resolvers x", "peers x", "mailers x", "cache x", "ring x", "http-errors x",
        "program x", "fcgi-app x", "crt-store", "frontend x", "listen x", "backend x"]


BASE = {"global": {"user": "haproxy", "log": ["a", "b"]}, "defaults": {"mode": "http", "timeout connect": "5s"},
        "defaults_http": {"option httplog": True}, "defaults_tcp": {"option tcplog": True}}


def test_what_the_role_says_can_be_replaced_and_taken_away():
    given = variables(**{"global": {"log": "c", "user": False, "maxconn": 9}},
                      defaults=[{"timeout": {"connect": "1s"}, "option": {"httplog": False}}])
    assert _haproxy_cfg.haproxy_cfg(given, BASE).split("\n\n", 1)[1] == (
        "global\n    log c\n    maxconn 9\n\ndefaults\n    mode http\n    timeout connect 1s\n")


def test_defaults_of_both_modes_and_heirs():
    given = variables(defaults=[{"name": "h"}, {"name": "t", "mode": "tcp"}, {"name": "u", "from": "t", "retries": 1}],
                      errorfiles=[{"code": 503, "content": ""}, {"code": 500, "name": "own", "content": ""}])
    assert _haproxy_cfg.haproxy_cfg(given, BASE).split("\n\n", 2)[2] == (
        "defaults h\n    mode http\n    timeout connect 5s\n    option httplog\n"
        "    errorfile 503 /etc/haproxy/errorfiles/503.http\n\n"
        "defaults t\n    mode tcp\n    timeout connect 5s\n    option tcplog\n\n"
        "defaults u from t\n    retries 1\n")


def test_pages():
    page = _haproxy_cfg.errorfile(503, "<p>Übermorgen</p>")
    assert page == ("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\n"
                    "Cache-Control: no-cache\r\nContent-Length: 18\r\n\r\n<p>Übermorgen</p>")
    assert _haproxy_cfg.errorfile(503, page) == page


def test_files_come_before_what_names_them():
    given = variables(
        certificates=[{"name": "a.pem", "src": "x"}, {"name": "b.pem", "pem": "B"}, {"name": "c.pem", "src": "y"}],
        errorfiles=[{"code": 500, "content": "HTTP/1.1 500 x\r\n\r\n"}, {"code": 503, "name": "s", "src": "z"}],
    )
    files = _haproxy_cfg.haproxy_files(given, NOTHING, ["A", "C"], ["HTTP/1.1 503 y\r\n\r\n"])
    assert files[:-1] == [
        {"path": "/etc/haproxy/certs/a.pem", "secret_content": "A", "mode": "0600"},
        {"path": "/etc/haproxy/certs/b.pem", "secret_content": "B", "mode": "0600"},
        {"path": "/etc/haproxy/certs/c.pem", "secret_content": "C", "mode": "0600"},
        {"path": "/etc/haproxy/errorfiles/500.http", "content": "HTTP/1.1 500 x\r\n\r\n"},
        {"path": "/etc/haproxy/errorfiles/s.http", "content": "HTTP/1.1 503 y\r\n\r\n"},
    ]
    assert files[-1]["validate"] == ["/usr/sbin/haproxy", "-W", "-c", "-f", "%s"]
    assert files[-1]["path"] == "/etc/haproxy/haproxy.cfg" and files[-1]["mode"] == "0644" and "content" in files[-1]


@pytest.mark.parametrize("given", [
    {"userlists": [{"name": "u", "user": "a insecure-password b"}]},
    {"userlists": [{"name": "u", "user": "a password $5$x"}]},
    {"listens": [{"name": "s", "stats": {"auth": "a:b"}}]},
    {"listens": [{"name": "s", "lines": ["stats\t auth a:b"]}]},
    {"backends": [{"name": "r", "tcp-check": [r"send AUTH\ b\r\n"]}]},
    {"backends": [{"name": "r", "http-check": "send hdr Authorization b"}]},
    {"backends": [{"name": "r", "dynamic-cookie-key": "b"}]},
    {"frontends": [{"name": "r", "http-request": "set-header X-Api-Key b"}]},
    {"secret": True},
])
def test_a_password_is_not_shown(given):
    written = _haproxy_cfg.haproxy_files(variables(**given), NOTHING)[-1]
    assert "content" not in written and written["secret_content"].startswith("# Written") and written["mode"] == "0600"


@pytest.mark.parametrize("given", [{}, {"backends": [{"name": "r", "http-request": "auth unless { http_auth(u) }",
                                                      "stats": {"uri": "/author"}}]}])
def test_what_is_no_password_is_shown(given):
    assert "content" in _haproxy_cfg.haproxy_files(variables(**given), NOTHING)[-1]


@pytest.mark.parametrize("bind, expected", [
    (":80", [("0.0.0.0", 80)]),
    ("192.0.2.1:80-82,[2001:db8::1]:443",
     [("192.0.2.1", 80), ("192.0.2.1", 81), ("192.0.2.1", 82), ("2001:db8::1", 443)]),
    ("ipv6@:::443 ssl crt a", [("::", 443)]),
    ("192.0.2.1:80 transparent", [("192.0.2.1", 80)]),
    ("192.0.2.1:80 interface eth1", []),
    ("quic4@192.0.2.1:443", []),
    ("/run/a.sock mode 660", []),
    ("lb.example.org:80", []),
    ('"${VIP}:80"', []),
])
def test_where_it_has_to_be_able_to_listen(bind, expected):
    given = variables(frontends=[{"name": "f", "bind": bind}, {"name": "off", "disabled": True, "bind": ":90"}])
    needs = _haproxy_cfg.haproxy_needs(given, NOTHING)
    where = "frontend f (haproxy_frontends)"
    assert needs["binds"] == [
        {"address": address, "port": port, "transparent": "transparent" in bind, "where": where}
        for address, port in expected]
    assert needs["interfaces"] == ([{"name": "eth1", "where": where}] if "interface" in bind else [])


@pytest.mark.parametrize("given, expected", [
    ({"backends": [{"name": "b", "source": "0.0.0.0 interface eth1"}]}, ["eth1 backend b (haproxy_backends)"]),
    ({"backends": [{"name": "b", "server": ["a 192.0.2.9:80 source 192.0.2.1 interface eth2",
                                            {"name": "b", "address": "192.0.2.9:80", "source": "192.0.2.1"}],
                    "default-server": "source 0.0.0.0 interface eth1"}]}, ["eth1 backend b (haproxy_backends)", "eth2 backend b (haproxy_backends)"]),
    ({"listens": [{"name": "l", "bind": [":80 interface eth1", {"address": ":81", "interface": "eth1"}]}]},
     ["eth1 listen l (haproxy_listens)"]),
    ({"global": {"stats socket": "ipv4@127.0.0.1:9999 interface lo"}}, ["lo global (haproxy_global)"]),
    ({"sections": [{"section": "log-forward", "name": "syslog", "dgram-bind": ":514 interface eth1"}]},
     ["eth1 log-forward syslog (haproxy_sections)"]),
    # Names, other namespaces, what is only known later, and what haproxy does not start.
    ({"backends": [{"name": "b", "server": "interface 192.0.2.9:80", "lines": ["# source :: interface eth1"]}]}, []),
    ({"frontends": [{"name": "f", "bind": [":80 interface eth1 namespace n", ':81 interface "${NIC}"']}]}, []),
    ({"frontends": [{"name": "f", "disabled": True, "bind": ":80 interface eth1"}]}, []),
])
def test_which_interfaces_it_needs(given, expected):
    found = _haproxy_cfg.haproxy_needs(variables(**given), NOTHING)["interfaces"]
    assert ["%(name)s %(where)s" % need for need in found] == expected


@pytest.mark.parametrize("bind, entries, expected", [
    (":443 ssl crt /etc/ssl/private/web.pem", [], ["/etc/ssl/private/web.pem frontend f (haproxy_frontends)"]),
    (":443 ssl crt /etc/ssl/haproxy/", [], ["/etc/ssl/haproxy frontend f (haproxy_frontends)"]),
    (":443 ssl crt web.pem", [{"name": "web.pem", "on_host": True}], ["/etc/haproxy/certs/web.pem frontend f (haproxy_frontends)"]),
    (":443 ssl crt /etc/haproxy/certs/", [{"name": "web.pem", "on_host": True}, {"name": "b.pem", "pem": "B"}],
     ["/etc/haproxy/certs/web.pem haproxy_certificates"]),
    # What the controller has seen, other options, and what is only known later.
    (":443 ssl crt web.pem ca-file /etc/ssl/ca.pem", [{"name": "web.pem", "pem": "B"}], []),
    (':443 ssl crt "${CRT}" crt "/etc/a b.pem"', [], []),
])
def test_which_certificates_the_host_has_to_look_into(bind, entries, expected):
    given = variables(frontends=[{"name": "f", "bind": bind}], certificates=entries,
                      **{"global": {"crt-base": "/etc/haproxy/certs"}})
    found = _haproxy_cfg.haproxy_needs(given, NOTHING)["certificates"]
    assert ["%(path)s %(where)s" % need for need in found] == expected


def test_a_server_is_shown_a_certificate_too():
    given = variables(backends=[{"name": "b", "server": "a 192.0.2.9:443 ssl crt /etc/ssl/a.pem verify none"}])
    assert _haproxy_cfg.haproxy_needs(given, NOTHING)["certificates"] == [
        {"path": "/etc/ssl/a.pem", "where": "backend b (haproxy_backends)"}]


def test_only_haproxy_cfg_may_need_a_restart():
    *others, cfg = _haproxy_cfg.haproxy_files(variables(errorfiles=[{"code": 503, "content": "x"}]), NOTHING)
    assert cfg["needs_restart"] == [_haproxy_cfg.SCRIPT, "--restart-reasons", _haproxy_cfg.CFG, "%s"]
    assert len(others) == 1 and "needs_restart" not in others[0]


def test_without_reuseport_its_own_ports_could_not_be_told_from_others():
    given = variables(**{"global": {"noreuseport": True}}, frontends=[{"name": "f", "bind": ":80"}])
    assert _haproxy_words.bindable(_haproxy_cfg.sections(given, NOTHING)) == []
