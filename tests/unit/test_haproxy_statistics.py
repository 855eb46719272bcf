# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics and metrics of docs/haproxy.md: who sees them, and who does not."""

from __future__ import annotations

import base64
import re

import haproxy_examples
import haproxy_process
import pytest

pytestmark = haproxy_process.needed
# openssl passwd -6 -salt example example
HASH = "$6$example$qxJKSNBLbKQxqLCb2dCNvU0LpRrryL8zvttVk4XH1qOw.BvcOrtYJlSQpel8dWNpl7xWL93RYfWHbD5Vj4AGU/"
OPERATOR = "127.0.0.2"


@pytest.fixture
def port(tmp_path):
    """Where 127.0.0.2 stands for the addresses of operators."""
    port = haproxy_process.free_port()
    variables = haproxy_examples.examples()["statistics"]
    places = dict(haproxy_process.here({":8404": port}), **{"192.0.2.0/24": OPERATOR})
    places[re.search(r"\$6\$\S+", variables["haproxy_userlists"][0]["user"]).group(0)] = HASH
    with haproxy_process.haproxy(tmp_path, variables, places):
        yield port


def basic(user, password):
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode("ascii")).decode("ascii")


def get(port, path, password=None, source=OPERATOR, user="ops"):
    headers = {} if password is None else {"Authorization": basic(user, password)}
    return haproxy_process.get(port, path, source, **headers)


def test_the_page_needs_a_password_and_an_address(port):
    asked = get(port, "/")
    assert (asked.status, asked.headers["WWW-Authenticate"]) == (401, 'Basic realm="statistics"')
    assert get(port, "/", "wrong").status == get(port, "/", "example", user="root").status == 401
    shown = get(port, "/", "example")
    assert shown.status == 200 and "Statistics Report for HAProxy" in shown.text
    # Every ten seconds anew; with its legend.
    assert shown.headers["Refresh"] == "10" and "maxconn" in shown.text
    stranger = get(port, "/", "example", source="127.0.0.1")
    assert stranger.status == 403 and "Statistics" not in stranger.text


def test_the_page_changes_nothing(port):
    sent = haproxy_process.get(port, "/", OPERATOR, "POST", "s=a&action=drain&b=%232",
                               Authorization=basic("ops", "example"))
    assert (sent.status, sent.headers["Location"]) == (303, "/;st=DENY")


def test_metrics_need_an_address_and_no_password(port):
    shown = get(port, "/metrics")
    assert shown.status == 200
    assert re.search(r'^haproxy_frontend_http_requests_total\{proxy="statistics"\} \d+$', shown.text, re.MULTILINE)
    assert re.search(r"^haproxy_process_uptime_seconds \d+$", shown.text, re.MULTILINE)
    assert get(port, "/metrics", source="127.0.0.1").status == 403
