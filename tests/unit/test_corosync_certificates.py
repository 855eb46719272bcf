# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of corosync-qdevice on their way: from a node to the authority, back, and to the other nodes.

The script is run as the role runs it, with folders of its own in the place of /etc/corosync. Stand-ins for the tools do to
these what corosync-qdevice-net-certutil and corosync-qnetd-certutil 3.0.3 and pk12util of Debian 13 did when the same steps
were taken with them: they talk on standard output, and touch no database that is there already.
"""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "roles" / "corosync" / "files" / "qdevice_certificates.sh"
CA = "-----BEGIN CERTIFICATE-----\nof the authority\n-----END CERTIFICATE-----"
TOOLS = {
    "corosync-qdevice-net-certutil": r"""
db=$ETC/qdevice/net/nssdb
case $1 in
    -i) [ ! -e "$db/cert9.db" ] || { echo "Certificate database already exists. Delete it to continue" >&2; exit 1; }
        echo "Creating $db"; mkdir -p "$db"; cat "$3" > "$db/cert9.db"; : > "$db/pwdfile.txt" ;;
    -r) echo "Creating new certificate request"; printf '\1request of %s' "$3" > "$db/qdevice-net-node.crq" ;;
    -M) echo "Importing signed cluster certificate"; [ -e "$db/qdevice-net-node.crq" ]
        cat "$3" >> "$db/cert9.db"; echo p12 > "$db/qdevice-net-node.p12" ;;
    -m) echo "pk12util: PKCS12 IMPORT SUCCESSFUL"; cat "$3" >> "$db/cert9.db" ;;
esac""",
    "corosync-qnetd-certutil": r"""
[ "$1 $2 $4" = "-s -c -n" ]
echo "Signing cluster certificate"
{ printf '\377signed '; cat "$3"; } > "$ETC/qnetd/nssdb/cluster-$5.crt" """,
    "pk12util": r"""
[ "$1 $3 $5 $6 $7 $8" = "-d -o -W  -n Cluster Cert" ]
echo "pk12util: PKCS12 EXPORT SUCCESSFUL"
{ printf '\0key and '; tail -n 1 "$2/cert9.db"; } > "$4" """,
}


@pytest.fixture
def step(tmp_path):
    """step(host, name of the step, ...) -> (rc, standard output)"""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in TOOLS.items():
        (tools / name).write_text("#!/bin/sh\nset -eu\n" + script.strip() + "\n")
        (tools / name).chmod(0o755)
    (tmp_path / "host" / "qnetd" / "nssdb").mkdir(parents=True)
    (tmp_path / "tmp").mkdir()

    def run(host, *arguments, data=b""):
        etc = tmp_path / host
        text = SCRIPT.read_text().replace("/etc/corosync", str(etc))
        assert text.count(str(etc)) == 2, "nothing is done to this machine's own"
        done = subprocess.run(
            ["sh", "-euc", text, "qdevice-certificates", *arguments], input=data, capture_output=True, check=False,
            env={"PATH": "%s:/usr/bin:/bin" % tools, "ETC": str(etc), "TMPDIR": str(tmp_path / "tmp")})
        assert list((tmp_path / "tmp").iterdir()) == [], "keys are not left lying about"
        return done.returncode, done.stdout

    return run


@pytest.fixture
def database(tmp_path):
    return lambda node: tmp_path / node / "qdevice" / "net" / "nssdb"


def taken(step, *arguments, **more):
    rc, out = step(*arguments, **more)
    assert rc == 0
    return out


def test_one_node_has_it_signed_and_all_have_it(step, database, tmp_path):
    request = taken(step, "node1", "request", "recorded", CA)
    # Nothing of what the tools say is in it, and it survives a terminal.
    assert base64.b64decode(request, validate=False) == b"\1request of recorded" and request.isascii()
    signed = taken(step, "host", "sign", "recorded", data=request)
    assert base64.b64decode(signed) == b"\377signed \1request of recorded"
    assert taken(step, "node1", "import", "recorded", data=signed) == b""
    # What was only needed on the way is gone.
    assert sorted(path.name for path in database("node1").iterdir()) == ["cert9.db", "pwdfile.txt"]
    bundle = taken(step, "node1", "export")
    assert base64.b64decode(bundle) == b"\0key and \377signed \1request of recorded"
    assert taken(step, "node2", "join", "recorded", CA, data=bundle) == b""
    for node in ("node1", "node2"):
        content = (database(node) / "cert9.db").read_bytes()
        assert content.startswith(CA.encode() + b"\n") and content.endswith(b"\377signed \1request of recorded")
        assert (database(node) / "cert9.db").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "host" / "qdevice").exists()


@pytest.mark.parametrize("name", ["request", "join"])
def test_what_an_interrupted_run_has_left_is_begun_anew(step, database, name):
    database("node1").mkdir(parents=True)
    for left in ("cert9.db", "qdevice-net-node.crq"):
        (database("node1") / left).write_text("of an authority that is gone\n")
    taken(step, "node1", name, "recorded", CA, data=base64.b64encode(b"p12"))
    assert "gone" not in (database("node1") / "cert9.db").read_text()
    assert (database("node1") / "qdevice-net-node.crq").exists() == (name == "request")


@pytest.mark.parametrize("host, arguments, data", [
    ("node1", ["import", "recorded"], base64.b64encode(b"a certificate that nobody has asked for")),
    ("node1", ["export"], b""),
    ("host", ["sign", "recorded"], b"not base64!"),
    ("node1", ["join", "recorded", CA], b"not base64!"),
])
def test_a_tool_that_fails_ends_it(step, host, arguments, data):
    rc, out = step(host, *arguments, data=data)
    assert rc != 0 and out == b""
