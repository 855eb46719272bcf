# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private: what is in certificates, those of role haproxy and those that a lab makes. On the controller, which has cryptography 42 or later. No I/O.

No sentence shows anything of a key.
"""

from __future__ import annotations

import datetime
import ipaddress
import posixpath
import re

from ansible.errors import AnsibleFilterError
from ansible_collections.halab.cluster.plugins.module_utils import (
    _haproxy_cfg,
    _haproxy_words,
    _problems_certificates,
)

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
except ImportError as error:
    MISSING = str(error)
else:
    MISSING = ""

BLOCK = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----.*?-----END (?P=label)-----", re.DOTALL)
# Others, such as EC PARAMETERS, are haproxy's business.
CERTIFICATE = ("CERTIFICATE", "X509 CERTIFICATE")
# What is read as PEM; beside it there may be anything, such as web.pem.ocsp.
SUFFIXES = (".pem", ".crt", ".key", ".rsa", ".ecdsa", ".issuer")
# What haproxy leaves out of a folder.
BESIDE = (".key", ".issuer", ".ocsp", ".sctl")
VALID_NOW = "allowed is one that is valid now"


class File:
    """One file of the role: its certificates, the public halves of its keys, and why it cannot be read."""

    def __init__(self, text):
        self.certificates = []
        self.keys = []
        self.problems = []
        for found in BLOCK.finditer(text):
            label, block = found.group("label"), found.group(0).encode("utf-8")
            try:
                if label in CERTIFICATE:
                    self.certificates.append(x509.load_pem_x509_certificate(block))
                elif label.endswith("PRIVATE KEY"):
                    self.keys.append(spki(load_pem_private_key(block, password=None).public_key()))
            except TypeError:
                self.problems.append("its key has a passphrase; allowed is a key without one, since nobody types it "
                                     "when haproxy starts")
            except (ValueError, UnsupportedAlgorithm):
                self.problems.append("it has a %s that cannot be read; allowed is PEM as OpenSSL writes it" % label)
        if "-----BEGIN " in text and not (self.certificates or self.keys or self.problems):
            self.problems.append("it has no certificate and no key with an end; allowed is PEM as OpenSSL writes it")

    def key_fits(self, key):
        """haproxy takes the first certificate for that of the key."""
        return spki(self.certificates[0].public_key()) == key


def spki(public_key):
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def must_have_cryptography(entries):
    if entries and MISSING:
        raise AnsibleFilterError(
            "Certificates are read with cryptography, which the Python that runs Ansible has not (%s). "
            "Put it there: pip install cryptography." % MISSING)


def today():
    return datetime.datetime.now(datetime.timezone.utc)


def certificate_problems(variables, base, certificates=(), now=None):
    """Certificates of haproxy_certificates that are not valid now, and keys that fit none. Of valid shape otherwise."""
    now = now or today()
    entries = variables["haproxy_certificates"]
    must_have_cryptography(entries)
    files = {
        entry["name"]: File(text)
        for entry, text in _haproxy_cfg.certificate_texts(entries, certificates)
        # The role makes those anew when it has to.
        if "lab" not in entry and entry["name"].endswith(SUFFIXES)
    }
    sections = _haproxy_cfg.sections(variables, base)
    del_ext = any(words[0] == "ssl-load-extra-del-ext" for words in sections[0].words())
    users = _users(sections, [entry["name"] for entry in entries])
    elsewhere = [entry["name"] for entry in entries if "on_host" in entry]
    problems = []
    for name, file in files.items():
        found = file.problems or _validity(file, now) + _keys(name, files, elsewhere, del_ext, users.get(name))
        problems += ["haproxy_certificates: %s: %s." % (name, problem) for problem in found]
    problems += [
        "haproxy_certificates: %s: it is that of the lab's CA, without its key, and %s; allowed is that in ca-file."
        % (entry["name"], users[entry["name"]])
        for entry in entries
        if entry.get("lab") == "ca" and entry["name"] in users
    ]
    return problems


def _users(sections, names):
    """{file of the role: who shows it as its own certificate, the first of them}"""
    found = {}
    for section, words, option, path in _haproxy_words.named_files(sections):
        if option != "crt" or not _haproxy_words.is_known(path):
            continue
        folder, name = posixpath.split(posixpath.normpath(path))
        who = "a %s line of %s" % (words[0], section.place())
        if folder == _haproxy_cfg.CERTIFICATES:
            found.setdefault(name, who + " has it as crt")
        elif posixpath.normpath(path) == _haproxy_cfg.CERTIFICATES:
            for name in names:
                if not name.endswith(BESIDE):
                    found.setdefault(name, who + " has its folder as crt")
    return found


def _validity(file, now):
    found = []
    for certificate in file.certificates:
        if certificate.not_valid_after_utc < now:
            found.append("its certificate %s has expired, on %s; %s"
                         % (_subject(certificate), certificate.not_valid_after_utc.date(), VALID_NOW))
        elif certificate.not_valid_before_utc > now:
            found.append("its certificate %s is valid from %s on; %s"
                         % (_subject(certificate), certificate.not_valid_before_utc.date(), VALID_NOW))
    # A bundle of CAs outlives some of them; whoever has a key shows all of the chain to clients.
    return found if file.keys or len(found) == len(file.certificates) else []


def _subject(certificate):
    return certificate.subject.rfc4514_string() or "without a subject"


def _keys(name, files, elsewhere, del_ext, user):
    file = files[name]
    if not file.certificates:
        return []
    # section 3.1, ssl-load-extra-files
    beside = [name + ".key"] + ([posixpath.splitext(name)[0] + ".key"] if del_ext else [])
    own = [("its own", key) for key in file.keys]
    keys = own + [("that in " + other, key) for other in beside if other in files for key in files[other].keys]
    if not keys and user and not set(beside) & set(elsewhere):
        return ["there is no key in it, and %s; allowed is a file with certificate and key, or the key as %s"
                % (user, beside[0])]
    return [
        "the key, %s, does not fit its first certificate, %s; allowed is the key of that one"
        % (which, _subject(file.certificates[0]))
        for which, key in keys
        if not file.key_fits(key)
    ]


# The lab's own


def lab_due(entries, texts, now=None):
    """What is to be made on the controller: {ca: whether, certificates: entries}. texts: {name: text} of what there is.

    That is what is missing, has less than a third of its days left, says other names, or is not of this CA.
    """
    must_have_cryptography(entries)
    now = now or today()
    wanted = [entry for entry in entries if entry.get("lab") == "certificate"]
    if not any("lab" in entry for entry in entries):
        return {"ca": False, "certificates": []}
    ca = _first(texts.get(_problems_certificates.CA, ""))
    if ca is None or _ends_soon(ca, now):
        return {"ca": True, "certificates": wanted}
    return {"ca": False, "certificates": [
        entry for entry in wanted if not _is_good(File(texts.get(entry["name"], "")), entry, ca, now)]}


def _first(text):
    certificates = File(text).certificates
    return certificates[0] if certificates else None


def _ends_soon(certificate, now):
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return end - now < (end - begin) / 3


def _is_good(file, entry, ca, now):
    if file.problems or not file.certificates or [file.key_fits(key) for key in file.keys] != [True]:
        return False
    certificate = file.certificates[0]
    try:
        certificate.verify_directly_issued_by(ca)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    said = {"DNS:" + name for name in names.get_values_for_type(x509.DNSName)}
    said |= {"IP:%s" % address for address in names.get_values_for_type(x509.IPAddress)}
    return said == {_plain(name) for name in entry["subject_alt_name"]} and not _ends_soon(certificate, now)


def _plain(name):
    """An address as others write it."""
    kind, dummy, value = name.partition(":")
    return "IP:%s" % ipaddress.ip_address(value) if kind == "IP" else name
