# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = """
name: vaulted
author:
  - halab.cluster contributors (@halab)
short_description: A text, encrypted with this run's vault password
version_added: 0.1.0
description:
  - Encrypts as C(ansible-vault encrypt) does, with the password that this run was given by C(--vault-password-file),
    C(--vault-id), C(--ask-vault-pass) or their settings. With several of them, it is the first, or the one that
    C(vault_encrypt_identity) names.
  - Without a password it fails, so that nothing is written that anybody could read.
  - The same text gives another result each time.
options:
  _terms:
    description: The texts.
    required: true
seealso:
  - plugin: ansible.builtin.unvault
    plugin_type: lookup
"""

EXAMPLES = """
- name: Keep a secret in a file
  ansible.builtin.copy:
    content: "{{ lookup('halab.cluster.vaulted', secret) }}"
    dest: /root/secret.vault
    mode: "0600"
  no_log: true
"""

RETURN = """
_raw:
  description: The encrypted texts.
  type: list
  elements: str
"""

from ansible import constants
from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.parsing.vault import VaultLib, match_encrypt_secret
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """lookup('halab.cluster.vaulted', text)"""

    def run(self, terms, variables=None, **kwargs):
        # No public way leads to them; ansible-core's own vault lookups go the same one.
        secrets = self._loader._vault.secrets  # pylint: disable=protected-access
        if not secrets:
            raise AnsibleLookupError(
                "This run has no vault password, and nothing is written unencrypted. Give it one: "
                "--vault-password-file=FILE, or --ask-vault-pass.")
        try:
            vault_id, secret = match_encrypt_secret(secrets, constants.DEFAULT_VAULT_ENCRYPT_IDENTITY)
        except AnsibleError as error:
            raise AnsibleLookupError("vault_encrypt_identity: %s" % error) from error
        vault = VaultLib(secrets)
        return [vault.encrypt(term, secret=secret, vault_id=vault_id).decode() for term in terms]
