# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""lookup('halab.cluster.vaulted'): what it writes, ansible-core reads with the same password, and nobody without."""

from __future__ import annotations

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.halab.cluster.plugins.lookup.vaulted import LookupModule

FIRST, SECOND = ("default", VaultSecret(b"correct horse")), ("prod", VaultSecret(b"battery staple"))


def looked_up(*secrets):
    loader = DataLoader()
    loader.set_vault_secrets(list(secrets))
    return LookupModule(loader=loader).run(["a secret"])


def test_can_be_read_again():
    (text,) = looked_up(FIRST)
    assert text.startswith("$ANSIBLE_VAULT;") and "a secret" not in text
    assert VaultLib([FIRST]).decrypt(text) == b"a secret"
    with pytest.raises(AnsibleError):
        VaultLib([SECOND]).decrypt(text)


def test_nothing_without_a_password():
    with pytest.raises(AnsibleError, match="no vault password, and nothing is written unencrypted"):
        looked_up()


def test_the_first_of_several_or_the_one_that_is_named(monkeypatch):
    assert VaultLib([FIRST]).decrypt(looked_up(FIRST, SECOND)[0])
    monkeypatch.setattr(constants, "DEFAULT_VAULT_ENCRYPT_IDENTITY", "prod")
    assert VaultLib([SECOND]).decrypt(looked_up(FIRST, SECOND)[0])
    monkeypatch.setattr(constants, "DEFAULT_VAULT_ENCRYPT_IDENTITY", "nobody")
    with pytest.raises(AnsibleError, match="vault_encrypt_identity"):
        looked_up(FIRST)
