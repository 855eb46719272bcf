# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What role haproxy reads in certificates, and those that it makes for a lab on the controller."""

from __future__ import annotations

import datetime
import re
import ssl
import subprocess

import haproxy_examples
import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.halab.cluster.plugins.plugin_utils import _certificates
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from certificates_lab import LAB, make

NOW = datetime.datetime(2026, 6, 15, 12, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
KEY, OTHER = (ec.generate_private_key(ec.SECP256R1()) for dummy in "12")
HIDDEN = b"eeTh7ieyah"


def certificate(begin=-30, end=60, key=KEY, name="shop"):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(NOW + begin * DAY).not_valid_after(NOW + end * DAY)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")


def private(key=KEY, passphrase=None):
    protection = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection).decode("ascii")


def problems(*entries, bind="ssl crt web.pem", server="a 192.0.2.21:80", **more):
    variables = dict(
        haproxy_examples.DEFAULTS, haproxy_certificates=list(entries),
        haproxy_frontends=[{"name": "f", "bind": ":443 " + bind, "default_backend": "b"}],
        haproxy_backends=[{"name": "b", "server": server}], **more)
    found = _certificates.certificate_problems(variables, haproxy_examples.base(), now=NOW)
    assert all(re.match(r"haproxy_certificates: \S+: .*; allowed is .*\.$", problem) for problem in found), found
    assert "KEY-----" not in str(found) and HIDDEN.decode() not in str(found)
    return found


def web(text, name="web.pem"):
    return {"name": name, "pem": text}


@pytest.mark.parametrize("entries", [
    [web(certificate() + private())],
    [web(private() + certificate())],
    [web(certificate() + certificate(key=OTHER, name="ca") + private())],
    [web(certificate()), web(private(), "web.pem.key")],
    [web(certificate()), {"name": "web.pem.key", "on_host": True}],
    [{"name": "web.pem", "on_host": True}],
    [{"name": "web.pem", "lab": "certificate", "subject_alt_name": ["DNS:shop"]}],
    [web(certificate() + private()), web("binary", "web.pem.ocsp")],
    [web(certificate() + "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + private())],
    # CAs, of which one is enough.
    [web(certificate() + private()), web(certificate(-90, -1) + certificate(key=OTHER), "cas.pem")],
], ids=range(10))
def test_what_is_right(entries):
    assert problems(*entries) == []


@pytest.mark.parametrize("entries, expected", [
    ([web(certificate(-90, -1) + private())], "web.pem: its certificate CN=shop has expired, on 2026-06-14; allowed"),
    ([web(certificate(1, 90) + private())], "web.pem: its certificate CN=shop is valid from 2026-06-16 on; allowed"),
    ([web(certificate() + certificate(-90, -1, OTHER, "ca") + private())], "its certificate CN=ca has expired"),
    ([web(certificate() + private(OTHER))], "web.pem: the key, its own, does not fit its first certificate, CN=shop"),
    ([web(certificate(key=OTHER, name="ca") + certificate() + private())], "does not fit its first certificate, CN=ca"),
    ([web(certificate()), web(private(OTHER), "web.pem.key")], "web.pem: the key, that in web.pem.key, does not fit"),
    ([web(certificate())], "web.pem: there is no key in it, and a bind line of haproxy_frontends: f has it as crt; a"),
    ([web(certificate() + private(passphrase=HIDDEN))], "web.pem: its key has a passphrase"),
    ([web(certificate().replace("MII", "XXX") + private())], "web.pem: it has a CERTIFICATE that cannot be read"),
    ([web(certificate()[:200])], "web.pem: it has no certificate and no key with an end"),
    ([web(certificate() + private()), web(certificate(-90, -1), "ca.pem")], "ca.pem: its certificate CN=shop has exp"),
], ids=range(11))
def test_what_is_wrong(entries, expected):
    found = problems(*entries)
    assert len(found) == 1 and expected in found[0], found


def test_a_controller_without_cryptography_is_told_so_where_there_is_something_to_read(monkeypatch):
    monkeypatch.setattr(_certificates, "MISSING", "No module named 'cryptography'")
    assert problems(bind="") == []
    assert _certificates.lab_due([], {}) == {"ca": False, "certificates": []}
    said = "No module named 'cryptography'.*pip install"
    with pytest.raises(AnsibleFilterError, match=said):
        problems(web(certificate() + private()))
    with pytest.raises(AnsibleFilterError, match=said):
        _certificates.lab_due([{"name": "web.pem"}], {})


def test_a_key_beside_a_certificate_without_its_extension():
    entries = [web(certificate(), "web.crt"), web(private(), "web.key")]
    assert "there is no key" in problems(*entries, bind="ssl crt web.crt")[0]
    assert problems(*entries, bind="ssl crt web.crt", haproxy_global={"ssl-load-extra-del-ext": True}) == []


def test_a_certificate_that_servers_are_shown():
    entries = [web(certificate() + private()), web(certificate(), "own.pem")]
    assert "own.pem: there is no key in it, and a server line of haproxy_backends: b has it as crt;" in problems(
        *entries, server="a 192.0.2.21:443 ssl crt own.pem verify none")[0]


def test_a_folder_is_for_certificates_with_keys():
    entries = [web(certificate() + private()), web(certificate(), "cas.pem"), {"name": "lab.pem", "lab": "ca"},
               web(certificate(), "web.pem.issuer")]
    assert problems(*entries) == []
    found = problems(*entries, bind="ssl crt /etc/haproxy/certs/")
    assert len(found) == 2
    assert "cas.pem: there is no key in it, and a bind line of haproxy_frontends: f has its folder" in found[0]
    assert "lab.pem: it is that of the lab's CA, without its key, and a bind line" in found[1]


def texts(folder):
    return {path.name: path.read_text(encoding="ascii") for path in sorted((folder / "lab").glob("*.pem"))}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    return folder, make(folder, LAB)


class TestLab:
    def test_both_get_the_same_and_a_second_run_changes_nothing(self, lab):
        folder, dummy = lab
        before = texts(folder)
        assert sorted(before) == ["ca.pem", "pages.pem", "shop.pem"]
        again = make(folder, LAB)
        assert texts(folder) == before and "changed=0" in again and "changed=1" not in again

    def test_nobody_else_reads_a_key_and_none_is_shown(self, lab):
        folder, said = lab
        assert "PRIVATE KEY" not in said
        modes = {path.name: path.stat().st_mode & 0o777 for path in (folder / "lab").iterdir()}
        assert {modes[name] for name in modes if not name.endswith(".crt") and name != "ca.pem"} == {0o600}
        assert (folder / "lab").stat().st_mode & 0o777 == 0o700

    def test_openssl_trusts_them_by_the_ca(self, lab):
        folder, dummy = lab
        for name in ("shop.pem", "pages.pem"):
            done = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", "ca.pem", name], cwd=folder / "lab",
                                  capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        ssl.create_default_context(cafile=str(folder / "lab" / "ca.pem"))

    def test_they_last_as_long_as_was_said(self, lab):
        made = x509.load_pem_x509_certificate(texts(lab[0])["pages.pem"].encode("ascii"))
        assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 30

    @pytest.mark.parametrize("days, expected", [(19, []), (21, ["pages.pem"]), (31, ["pages.pem"])])
    def test_they_are_made_anew_in_time(self, lab, days, expected):
        due = _certificates.lab_due(LAB, texts(lab[0]), _certificates.today() + days * DAY)
        assert [entry["name"] for entry in due["certificates"]] == expected and not due["ca"]

    def test_what_is_made_anew_and_what_stays(self, lab):
        here = texts(lab[0])
        other = [dict(LAB[0], subject_alt_name=["DNS:other.example.org"])] + LAB[1:]
        for entries, files, expected in [
            (LAB, here, []), (LAB[2:], {}, []), ([], {}, []),
            (other, here, ["shop.pem"]),
            (LAB, dict(here, **{"shop.pem": here["pages.pem"]}), ["shop.pem"]),
            (LAB, dict(here, **{"shop.pem": certificate() + private()}), ["shop.pem"]),
            (LAB, dict(here, **{"pages.pem": here["pages.pem"].split("-----BEGIN EC")[0].split(
                "-----BEGIN PRIVATE")[0]}), ["pages.pem"]),
            (LAB, {name: text for name, text in here.items() if name != "ca.pem"}, ["shop.pem", "pages.pem"]),
        ]:
            due = _certificates.lab_due(entries, files)
            assert [entry["name"] for entry in due["certificates"]] == expected
            assert due["ca"] == ("ca.pem" not in files and bool(entries))


def test_check_mode_says_what_would_be_made_and_makes_nothing(tmp_path):
    said = make(tmp_path, LAB, "--check")
    assert "the CA" in said and "shop.pem" in said and "changed=1" in said
    assert not (tmp_path / "lab").exists()
