# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""haproxy_ability_info: certificates on the host that are not valid now."""

from __future__ import annotations

import base64
import datetime
import re

import pytest
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_ability as ability
from ansible_collections.halab.cluster.plugins.module_utils import _haproxy_ability_host as host
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())
PRIVATE = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                            serialization.NoEncryption()).decode("ascii")
# OpenSSL 3.0.19, `openssl req -new -key k.pem -subj /CN=a -out a.csr`, `openssl x509 -req -in a.csr -signkey k.pem
# -days 1`: a certificate of version 1, which does not say so.
FIRST_VERSION = """-----BEGIN CERTIFICATE-----
MIIBEjCBuQIUR1siwrzyrRTqoWJBt4Efvn/2m24wCgYIKoZIzj0EAwIwDDEKMAgG
A1UEAwwBYTAeFw0yNjExMjYxNzQxMTlaFw0yNjExMjcxNzQxMTlaMAwxCjAIBgNV
BAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATF/yHO14dWMYMUupVjIGQk
H3IqxMEfcYiY4i5JFfWZtNPGI85KFsXdh5b1303GtLX/m6MXlWrk0BV0OSlTr6tQ
MAoGCCqGSM49BAMCA0gAMEUCIQD6Gar2hsa29wSDeeOlAxq8OTduEEP7LB9bcsmD
yrQJuQIgX+p7o5LmQq5GjsRUEvoU740/pWp32Oy9TrVrLIZHcHQ=
-----END CERTIFICATE-----
"""
ALLOWED = "; allowed is one that is valid now."


def not_valid(path):
    return " ".join(host.not_valid({"path": str(path), "where": "frontend web"}))


def certificate(begin, end):
    """Valid from so many days from now until so many days from now."""
    # Long enough for a length of more than one byte.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop" * 15)])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    made = made.serial_number(1).not_valid_before(NOW + begin * DAY).not_valid_after(NOW + end * DAY)
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")


GOOD, OVER, EARLY = certificate(-30, 60), certificate(-90, -1), certificate(2, 60)
# After 2049 a date has four digits for its year.
LONG = certificate(-1, 365 * 40)


@pytest.mark.parametrize("text", [
    GOOD + PRIVATE, PRIVATE + GOOD, LONG + PRIVATE, GOOD, "", "binary\x00", PRIVATE,
    # CAs, of which one is enough.
    OVER + GOOD,
], ids=range(8))
def test_what_is_valid(tmp_path, text):
    (tmp_path / "web.pem").write_text(text, encoding="ascii")
    assert not_valid(tmp_path / "web.pem") == ""


@pytest.mark.parametrize("text", [OVER + PRIVATE, PRIVATE + OVER, GOOD + OVER + PRIVATE, OVER], ids=range(4))
def test_what_has_expired_is_named_with_its_date(tmp_path, text):
    path = tmp_path / "web.pem"
    path.write_text(text, encoding="ascii")
    assert not_valid(path) == (
        "certificate %s in frontend web: it has expired, on %s" % (path, (NOW - DAY).date()) + ALLOWED)


def test_what_is_not_valid_yet(tmp_path):
    path = tmp_path / "web.pem"
    path.write_text(EARLY + PRIVATE, encoding="ascii")
    assert "it is valid from %s on" % (NOW + 2 * DAY).date() in not_valid(path)


@pytest.mark.parametrize("key", ["web.pem.key", "web.key"])
def test_a_key_beside_it_makes_all_of_it_a_chain(tmp_path, key):
    (tmp_path / "web.pem").write_text(OVER + GOOD, encoding="ascii")
    (tmp_path / key).write_text(PRIVATE, encoding="ascii")
    assert "has expired" in not_valid(tmp_path / "web.pem")


def test_a_folder_and_files_of_several_kinds(tmp_path):
    for name in ("a.pem", "b.pem", "c.pem.rsa", "d.pem.issuer", ".e.pem"):
        (tmp_path / name).write_text(GOOD if name == "a.pem" else OVER, encoding="ascii")
    found = re.findall(r"/([^/]*) in frontend", not_valid(tmp_path))
    assert found == ["b.pem", "c.pem.rsa"]
    assert "c.pem.rsa in frontend" in not_valid(tmp_path / "c.pem")


def test_a_certificate_of_version_1():
    begin = datetime.datetime(2026, 11, 26, 17, 41, 19, tzinfo=datetime.timezone.utc)
    [block] = ability.CERTIFICATE.findall(FIRST_VERSION)
    assert ability.dates(base64.b64decode(block)) == [begin, begin + DAY]


@pytest.mark.parametrize("inside", ["", "AAAA", "MAAA", "MIIB", "garbage"])
def test_what_is_no_certificate_is_for_haproxy_to_say_too(inside):
    assert ability.invalid("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % inside, NOW) == []


def test_what_is_not_there_is_for_haproxy_to_say(tmp_path):
    assert not_valid(tmp_path / "web.pem") == ""
